"""Orders API v0 confirmShipment: one call tells Amazon of one package."""

from __future__ import annotations

import json
import re
from typing import Any

from packbench_sandbox.amazon.gate import Caller
from packbench_sandbox.clock import iso, parse_iso
from packbench_sandbox.wire import Refusal, Request, Response, invalid, refuse
from packbench_sandbox.world.fates import ship_from
from packbench_sandbox.world.marketplaces import BY_COUNTRY
from packbench_sandbox.world.orders import Order, State, shipped_units
from packbench_sandbox.world.sellers import Seller
from packbench_sandbox.world.world import World

_REQUIRED = ("packageReferenceId", "carrierCode", "trackingNumber", "shipDate", "orderItems")
# Both texts as sellers quoted them: selling-partner-api-models 5037 and 492.
_NOTHING_LEFT = (
    "Failed to create package due to not finding a matching package or order already fulfilled. "
    "ErrorMessage(errorCode=GeneralError, errorDescription=Unable to find package to update for "
    "order (), errorMetric=PackageToUpdateNotFound, packageIndex=null)"
)
_WRONG_ITEM = (
    "OrderItemId is invalid, please obtain the value through the getOrderItems API "
    "or Manage Orders page"
)


def confirm_shipment(request: Request, caller: Caller, world: World, order_id: str) -> Response:
    """Take the package into the order and the ledger, and answer 204.

    The same package reference again edits that package.
    """
    body = _read(request)
    detail = _check_body(body)
    order = world.orders_of(caller.seller.id).get(order_id)
    state = order.state(world.clock.now()) if order else None
    if order is None or state is None:
        raise refuse(404, "NotFound", f"Order {order_id} was not found.")
    _check_order(order, state, body, [body["marketplaceId"]])
    is_edit = detail["packageReferenceId"] in state.packages
    _check_quantities(order, state, detail)
    world.record(
        "shipment.edited" if is_edit else "shipment.confirmed",
        order_id=order_id,
        seller_id=caller.seller.id,
        client_id=caller.client_id,
        reference=detail["packageReferenceId"],
        cod=body.get("codCollectionMethod", ""),
        package=package(detail, caller.seller, now=world.clock.now()),
        settle_seconds=world.settle_seconds,
    )
    return Response(204, b"", "")


def check(order: Order, state: State, body: dict[str, Any], marketplaces: list[str]) -> None:
    """Raise the refusal of a package, of the given marketplaces, that came by feed."""
    detail = _check_detail(body)
    _check_order(order, state, body, marketplaces)
    _check_quantities(order, state, detail)


def words_of(refusal: Refusal) -> str:
    """What an answer of Amazon's says, as the report of a feed would."""
    return str(json.loads(refusal.response.body)["errors"][0]["message"])


def _read(request: Request) -> dict[str, Any]:
    kind = request.headers.get("content-type", "application/json")
    if "json" not in kind:
        raise invalid("The content type must be application/json.")
    try:
        body = request.json()
    except ValueError as error:
        raise invalid("The request body is not valid JSON.") from error
    if not isinstance(body, dict):
        raise invalid("The request body must be an object.")
    return body


def _check_body(body: dict[str, Any]) -> dict[str, Any]:
    """The package detail, if the request holds all that the model requires."""
    _require_text(body, "marketplaceId")
    return _check_detail(body)


def _check_detail(body: dict[str, Any]) -> dict[str, Any]:
    detail = body.get("packageDetail")
    if not isinstance(detail, dict):
        raise invalid("packageDetail is required.")
    for name in _REQUIRED:
        if detail.get(name) in (None, "", []):
            raise invalid(f"{name} is required.")
    for name in _REQUIRED[:-1]:
        _require_text(detail, name)
    _check_reference(detail["packageReferenceId"])
    if detail["carrierCode"] == "Other" and not detail.get("carrierName"):
        raise invalid("carrierName is required when carrierCode is Other.")
    _check_ship_date(detail["shipDate"])
    _check_items(detail["orderItems"])
    return detail


def _require_text(facts: dict[str, Any], name: str) -> None:
    value = facts.get(name)
    if not value and value != 0:
        raise invalid(f"{name} is required.")
    if not isinstance(value, str):
        raise invalid(f"{name} is invalid, it must be a string.")


def _check_reference(reference: str) -> None:
    if not re.fullmatch(r"[0-9]+", reference) or int(reference) == 0:
        raise invalid("PackageReferenceId: is invalid, must be a positive numeric value.")


def _check_ship_date(text: str) -> None:
    try:
        is_dated = "T" in text and parse_iso(text)
    except ValueError:
        is_dated = False
    if not is_dated:
        raise invalid("shipDate is invalid, it must be a date and time in ISO 8601 format.")


def _check_items(items: Any) -> None:
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise invalid("orderItems must be a list of order items.")
    for item in items:
        _require_text(item, "orderItemId")
        quantity = item.get("quantity")
        if not isinstance(quantity, int) or isinstance(quantity, bool) or quantity < 1:
            raise invalid("quantity is invalid, it must be a positive integer.")
        codes = item.get("transparencyCodes") or []
        if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
            raise invalid("transparencyCodes must be a list of strings.")


def _check_order(order: Order, state: State, body: dict[str, Any], marketplaces: list[str]) -> None:
    if order.marketplace_id not in marketplaces:
        raise invalid("MarketplaceId is invalid, the order was placed in another marketplace.")
    method = body.get("codCollectionMethod")
    if method and (method != "DirectPayment" or order.marketplace_id != BY_COUNTRY["JP"].id):
        raise invalid("codCollectionMethod is only supported in JP, with DirectPayment.")
    if not order.is_merchant_fulfilled:
        raise invalid("The order is fulfilled by Amazon and cannot be confirmed.")
    if "FBM_SHIP_PLUS" in order.body.get("programs", []):
        raise invalid("FBM_SHIP_PLUS orders are confirmed through Buy Shipping only.")
    if state.status in ("PENDING", "PENDING_AVAILABILITY", "CANCELLED"):
        raise invalid(f"The order cannot be shipped while it is {state.status}.")


def _check_quantities(order: Order, state: State, detail: dict[str, Any]) -> None:
    """Refuse foreign items and more units than other packages have left over."""
    reference = detail["packageReferenceId"]
    old = state.packages.get(reference)
    if old and old["packageStatus"]["status"] == "DELIVERED":
        raise invalid("The package was delivered and can no longer be edited.")
    others = [package for key, package in state.packages.items() if key != reference]
    done, ordered = shipped_units(others), order.quantities
    wanted = shipped_units([{"packageItems": detail["orderItems"]}])
    if any(item not in ordered for item in wanted):
        raise invalid(_WRONG_ITEM)
    if old is None and all(done.get(item, 0) >= units for item, units in ordered.items()):
        raise invalid(_NOTHING_LEFT)
    for item, units in wanted.items():
        if units > ordered[item] - done.get(item, 0):
            raise _too_many(item, ordered[item] - done.get(item, 0))


def _too_many(item: str, left: int) -> Refusal:
    return invalid(f"Quantity of order item {item} is invalid, only {left} remain to be shipped.")


def package(detail: dict[str, Any], seller: Seller, *, now: float) -> dict[str, Any]:
    """The package as PACKAGES will show it."""
    carrier = detail["carrierName"] if detail["carrierCode"] == "Other" else detail["carrierCode"]
    facts = {
        "packageReferenceId": detail["packageReferenceId"],
        "createdTime": iso(now),
        "packageStatus": {"status": "PENDING"},
        "carrier": carrier,
        "shipTime": iso(parse_iso(detail["shipDate"])),
        "trackingNumber": detail["trackingNumber"],
        "shipFromAddress": ship_from(seller),
        "packageItems": [_package_item(item) for item in detail["orderItems"]],
    }
    if detail.get("shippingMethod"):
        facts["shippingService"] = detail["shippingMethod"]
    return facts


def _package_item(item: dict[str, Any]) -> dict[str, Any]:
    facts = {"orderItemId": item["orderItemId"], "quantity": item["quantity"]}
    if item.get("transparencyCodes"):
        facts["transparencyCodes"] = item["transparencyCodes"]
    return facts
