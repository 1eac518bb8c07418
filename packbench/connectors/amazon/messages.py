"""Pure pairs: what we ask, and what the answers say."""

import re
from datetime import UTC, datetime
from typing import Any

import msgspec

from packbench.channels.base import (
    ChannelOrder,
    Confirmation,
    OrdersPage,
    OrdersQuery,
    Participation,
    SkippedOrder,
)
from packbench.connectors.amazon import marketplaces, wire
from packbench.connectors.amazon.confirming import is_paid_at_the_door
from packbench.connectors.amazon.decoding import decoded
from packbench.connectors.amazon.errors import contract_error
from packbench.connectors.amazon.operations import (
    CONFIRM_SHIPMENT,
    GET_FEEDS,
    GET_ORDER,
    GET_PARTICIPATIONS,
    GET_REPORTS,
    SEARCH_LISTINGS,
    SEARCH_ORDERS,
)
from packbench.connectors.amazon.reading import STATUSES, read_order
from packbench.connectors.amazon.requests import Call
from packbench.connectors.amazon.salvaging import salvaged
from packbench.connectors.amazon.times import instant

UNREADABLE = "unreadable"
FEED_OF_CONFIRMATIONS = "POST_ORDER_FULFILLMENT_DATA"
REPORT_OF_ORDERS = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL"
# The statuses that searchOrders takes; answers may hold others.
SEARCHABLE = (
    "PENDING_AVAILABILITY",
    "PENDING",
    "UNSHIPPED",
    "PARTIALLY_SHIPPED",
    "SHIPPED",
    "CANCELLED",
    "UNFULFILLABLE",
)
ORDER_ID = re.compile(rb'"orderId"\s*:\s*"([\w-]{1,60})"')

_page = msgspec.json.Decoder(wire.Page, strict=False)
_raw_page = msgspec.json.Decoder(wire.RawPage, strict=False)
_order = msgspec.json.Decoder(wire.Order, strict=False)
_envelope = msgspec.json.Decoder(wire.OrderEnvelope, strict=False)
_raw_envelope = msgspec.json.Decoder(wire.RawEnvelope, strict=False)
_just_id = msgspec.json.Decoder(wire.JustId)
_participations = msgspec.json.Decoder(wire.Participations, strict=False)


def participations_call() -> Call:
    return Call(GET_PARTICIPATIONS)


def search_call(query: OrdersQuery, data_sets: tuple[str, ...], page_token: str = "") -> Call:
    """Ask for a page. Every page repeats all parameters; ValueError unless one time is given.

    No `…Before` is sent: Amazon refuses one less than two minutes old, and echoes its own.
    """
    if (query.updated_after is None) == (query.created_after is None):
        raise ValueError("a query needs updated_after or created_after, and not both")
    parameters: dict[str, Any] = {"includedData": data_sets} if data_sets else {}
    if query.marketplace_ids:
        parameters["marketplaceIds"] = query.marketplace_ids
    if query.statuses:
        parameters["fulfillmentStatuses"] = tuple(
            word for word in SEARCHABLE if STATUSES[word] in query.statuses
        )
    if query.is_ours_only:
        parameters["fulfilledBy"] = ("MERCHANT",)
    if query.updated_after:
        parameters["lastUpdatedAfter"] = iso(query.updated_after)
    if query.created_after:
        parameters["createdAfter"] = iso(query.created_after)
    if page_token:
        parameters["paginationToken"] = page_token
    return Call(SEARCH_ORDERS, query=parameters)


def unshipped_call(since: datetime) -> Call:
    """Ask for a few orders that wait for a parcel, without any data set: ids and times."""
    parameters: dict[str, Any] = {
        "createdAfter": iso(since),
        "fulfillmentStatuses": ("UNSHIPPED", "PARTIALLY_SHIPPED"),
        "fulfilledBy": ("MERCHANT",),
        "maxResultsPerPage": 10,
    }
    return Call(SEARCH_ORDERS, query=parameters)


def listings_call(seller_id: str, marketplace_id: str) -> Call:
    """Ask for one listing of the seller, whichever it is."""
    parameters: dict[str, Any] = {"marketplaceIds": (marketplace_id,), "pageSize": 1}
    return Call(SEARCH_LISTINGS, path={"sellerId": seller_id}, query=parameters)


def feeds_call() -> Call:
    """Ask for the latest feed of confirmations, if there is one."""
    parameters: dict[str, Any] = {"feedTypes": (FEED_OF_CONFIRMATIONS,), "pageSize": 1}
    return Call(GET_FEEDS, query=parameters)


def reports_call() -> Call:
    """Ask for the latest report of orders, if there is one."""
    parameters: dict[str, Any] = {"reportTypes": (REPORT_OF_ORDERS,), "pageSize": 1}
    return Call(GET_REPORTS, query=parameters)


def order_call(order_id: str, data_sets: tuple[str, ...]) -> Call:
    query: dict[str, Any] = {"includedData": data_sets} if data_sets else {}
    return Call(GET_ORDER, path={"orderId": order_id}, query=query)


def confirm_call(confirmation: Confirmation) -> Call:
    body = msgspec.json.encode(confirm_body(confirmation))
    return Call(CONFIRM_SHIPMENT, path={"orderId": confirmation.order_id}, body=body)


def confirm_body(confirmation: Confirmation) -> dict[str, Any]:
    """Return the body of confirmShipment (Orders v0) for one parcel."""
    body: dict[str, Any] = {
        "marketplaceId": confirmation.marketplace_id,
        "packageDetail": _package_detail(confirmation),
    }
    if is_paid_at_the_door(confirmation):
        body["codCollectionMethod"] = "DirectPayment"
    return body


def iso(time: datetime) -> str:
    """Return the time in UTC as Amazon reads it, whole seconds."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_participations(body: bytes) -> tuple[Participation, ...]:
    """Return where the account sells; what is no marketplace of Amazon's is left out."""
    listed = decoded(_participations, body)
    if listed is None:
        raise contract_error(GET_PARTICIPATIONS)
    known = [each for each in listed.payload if marketplaces.is_known(each.marketplace.id)]
    return tuple([_participation(each) for each in known])


def parse_page(body: bytes) -> OrdersPage:
    """Return the page. An order that cannot be read is reported, and the others are kept."""
    page = decoded(_page, body) or decoded(_raw_page, body)
    if page is None:
        raise contract_error(SEARCH_ORDERS)
    read = [_read(order) for order in page.orders]
    return OrdersPage(
        orders=tuple([order for order in read if isinstance(order, ChannelOrder)]),
        skipped=tuple([order for order in read if isinstance(order, SkippedOrder)]),
        next_page_token=(page.pagination.nextToken or "") if page.pagination else "",
        read_until=instant(page.lastUpdatedBefore) or instant(page.createdBefore),
    )


def parse_order_ids(body: bytes) -> tuple[str, ...]:
    """Return the ids of a page's orders, whatever else it says of them."""
    page = decoded(_raw_page, body)
    if page is None:
        raise contract_error(SEARCH_ORDERS)
    return tuple([order_id for each in page.orders if (order_id := _id_in(bytes(each)))])


def parse_order(body: bytes) -> ChannelOrder:
    """Return the order; ContractError where it cannot be read."""
    envelope = decoded(_envelope, body) or decoded(_raw_envelope, body)
    order = _read(envelope.order) if envelope else None
    if not isinstance(order, ChannelOrder):
        raise contract_error(GET_ORDER)
    return order


def _package_detail(confirmation: Confirmation) -> dict[str, Any]:
    codes = dict(confirmation.transparency_codes)
    detail: dict[str, Any] = {
        # A string that holds a number: JSON numbers are refused since January 2026,
        # https://github.com/amzn/selling-partner-api-models/issues/5094 (2026-11-21).
        "packageReferenceId": confirmation.package_reference,
        "carrierCode": confirmation.carrier_code,
        "trackingNumber": confirmation.tracking_number,
        "shipDate": iso(confirmation.shipped_at),
        "orderItems": [
            {"orderItemId": item_id, "quantity": quantity}
            | ({"transparencyCodes": list(codes[item_id])} if item_id in codes else {})
            for item_id, quantity in confirmation.items
        ],
    }
    if confirmation.carrier_code == "Other":
        detail["carrierName"] = confirmation.carrier_name
    if confirmation.shipping_method:
        detail["shippingMethod"] = confirmation.shipping_method
    return detail


def _participation(listed: wire.Participation) -> Participation:
    state = listed.participation or wire.ParticipationState()
    return Participation(
        marketplace_id=listed.marketplace.id,
        store_name=listed.storeName or "",
        is_participating=state.isParticipating is not False,
        has_suspended_listings=bool(state.hasSuspendedListings),
    )


def _read(order: wire.Order | msgspec.Raw) -> ChannelOrder | SkippedOrder:
    if isinstance(order, msgspec.Raw):
        whole = decoded(_order, order) or salvaged(order, wire.Order)
        return _read(whole) if whole else SkippedOrder(_id_in(bytes(order)), UNREADABLE)
    try:
        return read_order(order)
    except (ValueError, OverflowError):
        return SkippedOrder(order.orderId, UNREADABLE)


def _id_in(content: bytes) -> str:
    """Return the id of an order that cannot be read, or nothing where it has none."""
    named = decoded(_just_id, content)
    if named:
        return named.orderId
    found = ORDER_ID.search(content)
    return found[1].decode() if found else ""
