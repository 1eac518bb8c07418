"""An order as Amazon shows it: the data asked for, less what the roles do not open."""

from __future__ import annotations

from typing import Any

from packbench_sandbox.clock import iso, parse_iso
from packbench_sandbox.world.orders import Order, State, shipped_units
from packbench_sandbox.world.sellers import DELIVERY, SHIPPING, TAX_INVOICING, TAX_REMITTANCE

View = dict[str, Any]

INCLUDABLE = [
    "BUYER",
    "RECIPIENT",
    "PROCEEDS",
    "EXPENSE",
    "PROMOTION",
    "CANCELLATION",
    "FULFILLMENT",
    "PACKAGES",
    "TAX",
    "PAYMENT",
    "FULFILLMENT_ORDERS",
]
_UNPAID = {"PENDING", "PENDING_AVAILABILITY"}
_WITH_EMAIL = {"UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED"}
_CITY_ONLY = ("city", "districtOrCounty", "stateOrRegion", "municipality", "countryCode")
# Amazon's pages call the role by both names.
_OPENS_ADDRESS = {DELIVERY, SHIPPING}
_OPENS_NAME = _OPENS_ADDRESS | {TAX_INVOICING, TAX_REMITTANCE}


def opens_addresses(roles: frozenset[str]) -> bool:
    return bool(roles & _OPENS_ADDRESS)


def opens_taxes(roles: frozenset[str]) -> bool:
    return bool(roles & {TAX_INVOICING, TAX_REMITTANCE})


def view(
    order: Order, state: State, *, included: set[str], roles: frozenset[str], now: float
) -> View:
    """The order as the 2026-01-01 model spells it. Builds new objects, changes none."""
    body = order.body
    shown = _pick(body, "orderId", "orderAliases", "createdTime")
    shown["lastUpdatedTime"] = iso(state.updated_at)
    shown |= _pick(body, "programs", "associatedOrders", "salesChannel")
    is_paid = state.status not in _UNPAID
    if "BUYER" in included and is_paid:
        shown["buyer"] = _buyer(order, state, roles)
    if "RECIPIENT" in included and is_paid and state.status != "CANCELLED":
        shown |= _recipient(order, state, roles, now)
    for name, data in (("proceeds", "PROCEEDS"), ("payment", "PAYMENT"), ("tax", "TAX")):
        if data in included and is_paid:
            shown |= _pick(body, name)
    shown["fulfillment"] = _fulfillment(order, state, included)
    shown["orderItems"] = [_item(order, item, state, included, roles) for item in _items(order)]
    if "PACKAGES" in included and order.is_merchant_fulfilled and state.packages:
        shown["packages"] = list(state.packages.values())
    if "FULFILLMENT_ORDERS" in included:
        shown |= _pick(body, "fulfillmentOrders")
    return shown


def _buyer(order: Order, state: State, roles: frozenset[str]) -> View:
    buyer = dict(order.body["buyer"])
    opens_name = _OPENS_NAME if order.is_merchant_fulfilled else {TAX_INVOICING, TAX_REMITTANCE}
    if not roles & opens_name:
        buyer.pop("buyerName", None)
    if not opens_addresses(roles) or state.status not in _WITH_EMAIL:
        buyer.pop("buyerEmail", None)
    return buyer


def _recipient(order: Order, state: State, roles: frozenset[str], now: float) -> View:
    """Nothing at all for digital orders; town and country where the role is missing."""
    recipient = order.body.get("recipient")
    if recipient is None:
        return {}
    address = dict(state.address or recipient["deliveryAddress"])
    if not opens_addresses(roles):
        return {"recipient": {"deliveryAddress": _pick(address, *_CITY_ONLY)}}
    if not order.is_merchant_fulfilled:
        return {"recipient": {"deliveryAddress": _pick(address, *_CITY_ONLY, "postalCode")}}
    if _phone_is_withheld(order, state, now):
        address.pop("phone", None)
    return {"recipient": {**recipient, "deliveryAddress": address}}


def _phone_is_withheld(order: Order, state: State, now: float) -> bool:
    window = order.body["fulfillment"].get("deliverByWindow")
    return state.status == "SHIPPED" and bool(window) and now > parse_iso(window["latestDateTime"])


def _fulfillment(order: Order, state: State, included: set[str]) -> View:
    shown = {"fulfillmentStatus": state.status}
    return shown | order.body["fulfillment"] if "FULFILLMENT" in included else shown


def _items(order: Order) -> list[View]:
    return order.body["orderItems"]


def _item(
    order: Order, item: View, state: State, included: set[str], roles: frozenset[str]
) -> View:
    is_paid = state.status not in _UNPAID
    shown = _pick(item, "orderItemId", "quantityOrdered", "measurement", "programs")
    if state.cancelled:
        shown["quantityOrdered"] = 0
    shown["product"] = _product(item["product"], is_paid, roles)
    for name in ("proceeds", "expense", "promotion", "tax"):
        if name.upper() in included and is_paid:
            shown |= _pick(item, name)
    if "CANCELLATION" in included:
        shown |= _cancellation(state)
    if "FULFILLMENT" in included:
        shown["fulfillment"] = _item_fulfillment(item, state, is_paid, roles)
    return shown


def _product(product: View, is_paid: bool, roles: frozenset[str]) -> View:
    shown = dict(product)
    if not is_paid:
        shown.pop("price", None)
    if not is_paid or not opens_addresses(roles):
        shown.pop("customization", None)
    return shown


def _cancellation(state: State) -> View:
    facts = {}
    if state.cancel_request:
        facts["cancellationRequest"] = state.cancel_request
    if state.cancelled:
        facts["cancellationExecution"] = state.cancelled
    return {"cancellation": facts} if facts else {}


def _item_fulfillment(item: View, state: State, is_paid: bool, roles: frozenset[str]) -> View:
    done = shipped_units(list(state.packages.values())).get(item["orderItemId"], 0)
    ordered = 0 if state.cancelled else item["quantityOrdered"]
    shown: View = {"quantityFulfilled": done, "quantityUnfulfilled": max(0, ordered - done)}
    if not is_paid:
        return shown
    shown |= item.get("fulfillment", {})
    gift = shown.get("packing", {}).get("giftOption")
    if gift and not opens_addresses(roles):
        shown["packing"] = {"giftOption": _pick(gift, "giftWrapLevel")}
    return shown


def _pick(facts: View, *names: str) -> View:
    return {name: facts[name] for name in names if name in facts}
