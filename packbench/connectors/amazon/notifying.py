"""Notifications v1: changes of orders announced to the seller's own queue (`spapi.md` §1.10)."""

import re
from typing import Any

import msgspec
from msgspec import Struct

from packbench.connectors.amazon.client import AmazonClient
from packbench.connectors.amazon.decoding import decoded
from packbench.connectors.amazon.errors import Refused, contract_error
from packbench.connectors.amazon.operations import (
    CREATE_DESTINATION,
    CREATE_SUBSCRIPTION,
    DELETE_SUBSCRIPTION,
    GET_DESTINATIONS,
    GET_SUBSCRIPTION,
)
from packbench.connectors.amazon.requests import Call
from packbench.connectors.amazon.sqs import arn_of
from packbench.lib.errors import NotFound, Rejected
from packbench.lib.sentences import marked

ORDER_CHANGE = "ORDER_CHANGE"
VERSION = "1.0"
NAME = "Packbench"
TYPE = {"notificationType": ORDER_CHANGE}
OTHER_QUEUE = marked(
    "Changes of this account's orders are announced to another queue already. Enter that one, or "
    "remove the subscription of the other program."
)


class _Sqs(Struct):
    arn: str = ""


class _Resource(Struct):
    sqs: _Sqs | None = None


class _Destination(Struct):
    destinationId: str
    resource: _Resource | None = None


class _Destinations(Struct):
    payload: list[_Destination]


class _OneDestination(Struct):
    payload: _Destination


class _Subscription(Struct):
    subscriptionId: str
    destinationId: str


class _OneSubscription(Struct):
    payload: _Subscription


_destinations = msgspec.json.Decoder(_Destinations, strict=False)
_one_destination = msgspec.json.Decoder(_OneDestination, strict=False)
_one_subscription = msgspec.json.Decoder(_OneSubscription, strict=False)


def subscribe(client: AmazonClient, queue_url: str) -> str:
    """Make what is missing of destination and subscription; return the subscription's id."""
    destination_id = _destination(client, arn_of(queue_url))
    known = _subscription(client)
    if known is None:
        return _new_subscription(client, destination_id)
    if known.destinationId != destination_id:
        raise Rejected(OTHER_QUEUE, code="other_queue")
    return known.subscriptionId


def destinations_call() -> Call:
    return Call(GET_DESTINATIONS)


def destination_call(arn: str) -> Call:
    body = {"name": f"{NAME} {_plain(arn)}", "resourceSpecification": {"sqs": {"arn": arn}}}
    return Call(CREATE_DESTINATION, body=msgspec.json.encode(body))


def subscription_call() -> Call:
    return Call(GET_SUBSCRIPTION, path=TYPE, query={"payloadVersion": VERSION})


def subscribe_call(destination_id: str) -> Call:
    # Without the directive Amazon refuses it: abuzuhri/Amazon-SP-API-CSharp #621 (2026-11-21).
    directive: dict[str, Any] = {
        "eventFilter": {
            "eventFilterType": ORDER_CHANGE,
            "orderChangeTypes": ["OrderStatusChange", "BuyerRequestedChange"],
        }
    }
    body = {
        "payloadVersion": VERSION,
        "destinationId": destination_id,
        "processingDirective": directive,
    }
    return Call(CREATE_SUBSCRIPTION, path=TYPE, body=msgspec.json.encode(body))


def unsubscribe_call(subscription_id: str) -> Call:
    return Call(DELETE_SUBSCRIPTION, path={**TYPE, "subscriptionId": subscription_id})


def unsubscribe(client: AmazonClient, subscription_id: str) -> None:
    """Let nothing more be announced. Silent where there is no such subscription any more."""
    try:
        client.call(unsubscribe_call(subscription_id))
    except NotFound:
        return


def _destination(client: AmazonClient, arn: str) -> str:
    listed = decoded(_destinations, client.call(destinations_call()).body)
    if listed is None:
        raise contract_error(GET_DESTINATIONS)
    for each in listed.payload:
        if each.resource and each.resource.sqs and each.resource.sqs.arn == arn:
            return each.destinationId
    made = decoded(_one_destination, client.call(destination_call(arn)).body)
    if made is None:
        raise contract_error(CREATE_DESTINATION)
    return made.payload.destinationId


def _subscription(client: AmazonClient) -> _Subscription | None:
    try:
        known = decoded(_one_subscription, client.call(subscription_call()).body)
    except NotFound:
        return None
    if known is None:
        raise contract_error(GET_SUBSCRIPTION)
    return known.payload


def _new_subscription(client: AmazonClient, destination_id: str) -> str:
    try:
        made = decoded(_one_subscription, client.call(subscribe_call(destination_id)).body)
    except Refused as refusal:
        known = _subscription(client)  # another program, or a call whose answer got lost
        if known is None:
            raise refusal from None
        if known.destinationId != destination_id:
            raise Rejected(OTHER_QUEUE, code="other_queue") from None
        return known.subscriptionId
    if made is None:
        raise contract_error(CREATE_SUBSCRIPTION)
    return made.payload.subscriptionId


def _plain(arn: str) -> str:
    return re.sub(r"[^\w-]", " ", arn.rpartition(":")[2])
