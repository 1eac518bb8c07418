"""Notifications API v1: destinations, subscriptions, and what is announced to a queue."""

from __future__ import annotations

import hashlib
import json
import uuid
from typing import Any

from packbench_sandbox.amazon.gate import Caller, denied
from packbench_sandbox.amazon.granting import BadToken, Grants
from packbench_sandbox.clock import iso
from packbench_sandbox.ledger import Entry
from packbench_sandbox.wire import Request, Response, answer, invalid, refuse
from packbench_sandbox.world.world import World

ORDER_CHANGE = "ORDER_CHANGE"
_WORDS = {"UNSHIPPED": "Unshipped", "SHIPPED": "Shipped", "CANCELLED": "Canceled"}


def get_destinations(request: Request, grants: Grants) -> Response:
    client_id = _application(request, grants)
    entries = grants.world.ledger.entries("destination.created", client_id=client_id)
    return answer({"payload": [_destination(entry) for entry in entries]})


def create_destination(request: Request, grants: Grants) -> Response:
    """For the application, by a token without a seller; a queue once."""
    client_id = _application(request, grants)
    facts = request.json()
    try:
        arn = facts["resourceSpecification"]["sqs"]["arn"]
        name = facts["name"]
    except (KeyError, TypeError) as error:
        raise invalid("name and resourceSpecification.sqs.arn are required.") from error
    ledger = grants.world.ledger
    if ledger.entries("destination.created", client_id=client_id, arn=arn):
        raise refuse(409, "Conflict", "Destination with the same resource already exists.")
    now = grants.world.clock.now()
    entry = ledger.append("destination.created", at=now, client_id=client_id, arn=arn, name=name)
    return answer({"payload": _destination(entry)})


def get_subscription(caller: Caller, world: World, kind: str) -> Response:
    entry = subscription_of(world, caller.seller.id, caller.client_id)
    if kind != ORDER_CHANGE or entry is None:
        raise refuse(404, "NotFound", f"There is no subscription for {kind}.")
    return answer({"payload": _subscription(entry)})


def create_subscription(request: Request, caller: Caller, world: World, kind: str) -> Response:
    facts = request.json() or {}
    if kind != ORDER_CHANGE:
        raise invalid(f"{kind} is not supported here.")
    destinations = world.ledger.entries("destination.created", client_id=caller.client_id)
    known = {_id("dst", each): each for each in destinations}
    destination = known.get(facts.get("destinationId", ""))
    if destination is None or facts.get("payloadVersion") != "1.0":
        raise invalid("destinationId and payloadVersion must be given.")
    if facts.get("processingDirective", {}).get("eventFilter", {}).get("eventFilterType") != kind:
        raise invalid("processingDirective with an eventFilter of this type is required.")
    if subscription_of(world, caller.seller.id, caller.client_id):
        raise refuse(409, "Conflict", "A subscription of this type exists already.")
    entry = world.ledger.append(
        "subscription.created",
        at=world.clock.now(),
        seller_id=caller.seller.id,
        client_id=caller.client_id,
        arn=destination["arn"],
        destination_id=facts["destinationId"],
    )
    return answer({"payload": _subscription(entry)})


def delete_subscription(
    request: Request, grants: Grants, kind: str, subscription_id: str
) -> Response:
    client_id = _application(request, grants)
    world = grants.world
    for entry in world.ledger.entries("subscription.created", client_id=client_id):
        if _id("sub", entry) == subscription_id and _is_alive(world, entry):
            facts = {"subscription": entry["number"]}
            world.ledger.append("subscription.deleted", at=world.clock.now(), **facts)
            return answer({})
    raise refuse(404, "NotFound", f"There is no subscription {subscription_id}.")


def subscription_of(world: World, seller_id: str, client_id: str) -> Entry | None:
    facts = {"seller_id": seller_id, "client_id": client_id}
    entries = world.ledger.entries("subscription.created", **facts)
    return next((entry for entry in reversed(entries) if _is_alive(world, entry)), None)


def message_of(world: World, order_id: str) -> str:
    """What Amazon would announce of an order as it is now: an ORDER_CHANGE of version 1.0."""
    order, state = world.find(order_id), world.state(order_id)
    if order is None:
        raise KeyError(order_id)
    now = iso(world.clock.now())
    change: dict[str, Any] = {
        "NotificationLevel": "OrderLevel",
        "SellerId": order.seller_id,
        "AmazonOrderId": order.id,
        "OrderChangeType": "OrderStatusChange",
        "OrderChangeTrigger": {"TimeOfOrderChange": now, "ChangeReason": "Status change"},
        "Summary": {
            "MarketplaceId": order.marketplace_id,
            "OrderStatus": _WORDS.get(state.status, "Pending"),
            "FulfillmentType": "MFN" if order.is_merchant_fulfilled else "AFN",
        },
    }
    return json.dumps(
        {
            "NotificationVersion": "1.0",
            "NotificationType": ORDER_CHANGE,
            "PayloadVersion": "1.0",
            "EventTime": now,
            "Payload": {"OrderChangeNotification": change},
            "NotificationMetadata": {"PublishTime": now, "NotificationId": str(uuid.uuid4())},
        }
    )


def _application(request: Request, grants: Grants) -> str:
    """Whose token it is. One that speaks for a seller is refused here, as at Amazon."""
    try:
        access = grants.check(request.headers.get("x-amz-access-token", ""))
    except BadToken as error:
        raise denied(str(error)) from error
    if access.seller_id is not None:
        raise denied("This operation takes a grantless token.")
    return access.client_id


def _destination(entry: Entry) -> dict[str, Any]:
    return {
        "destinationId": _id("dst", entry),
        "name": entry["name"],
        "resource": {"sqs": {"arn": entry["arn"]}},
    }


def _subscription(entry: Entry) -> dict[str, Any]:
    return {
        "subscriptionId": _id("sub", entry),
        "payloadVersion": "1.0",
        "destinationId": entry["destination_id"],
    }


def _is_alive(world: World, entry: Entry) -> bool:
    return not world.ledger.entries("subscription.deleted", subscription=entry["number"])


def _id(kind: str, entry: Entry) -> str:
    digest = hashlib.sha256(f"{kind}/{entry['number']}".encode()).hexdigest()
    return str(uuid.UUID(digest[:32]))
