"""What becomes of an order: traits that write its history, past or to come."""

from __future__ import annotations

from typing import Any

from packbench_sandbox.clock import iso
from packbench_sandbox.world import people
from packbench_sandbox.world.drafts import Draft
from packbench_sandbox.world.orders import DAY, HOUR, parcel_changes

# Carrier, service and the look of its tracking numbers, by country of the store.
CARRIERS = {
    "ES": ("Correos", "Paq Estándar", "PK######@####"),
    "FR": ("Colissimo", "Domicile", "6A###########"),
    "DE": ("DHL", "DHL Paket", "00340434#########"),
    "IT": ("BRT", "Espresso", "##############"),
    "GB": ("Royal Mail", "Tracked 48", "@@#########GB"),
    "US": ("USPS", "Ground Advantage", "9400############"),
    "JP": ("YAMATO", "TA-Q-BIN", "############"),
}


def afn(draft: Draft) -> None:
    """Fulfilled by Amazon, and shipped a day after it was placed."""
    draft.fulfillment["fulfilledBy"] = "AMAZON"
    draft.body["buyer"].pop("buyerEmail")
    draft.address.pop("phone", None)
    _ship(draft, at=_past(draft, 1.0), quantities=_all(draft), reference="1")


def shipped(draft: Draft) -> None:
    if not draft.is_arrival:
        _ship(draft, at=_past(draft, 1.2), quantities=_all(draft), reference="1")


def partially_shipped(draft: Draft) -> None:
    """One unit of the first item has gone in a package that carries reference 1."""
    if draft.is_arrival:
        return
    first = draft.items[0]
    if len(draft.items) == 1:
        first["quantityOrdered"] = max(2, first["quantityOrdered"])
    _ship(draft, at=_past(draft, 0.8), quantities={first["orderItemId"]: 1}, reference="1")


def cancelled(draft: Draft) -> None:
    if draft.is_arrival:
        return
    reason = {"cancelledBy": "BUYER", "cancelReason": "Ordered by mistake"}
    draft.happen(_past(draft, 0.3), "cancelled", **reason)


def cancel_requested(draft: Draft) -> None:
    at = draft.created_at + 2 * HOUR if draft.is_arrival else _past(draft, 0.2)
    draft.happen(at, "cancel_requested", requester="BUYER", cancelReason="Found it cheaper")


def pending(draft: Draft) -> None:
    """Payment is being checked; paid some hours after the world began."""
    draft.changes.clear()
    draft.happen(draft.created_at, "placed", status="PENDING")
    start = max(draft.epoch, draft.created_at)
    draft.happen(start + draft.dice.randint(1, 6) * HOUR, "paid")


def preorder(draft: Draft) -> None:
    draft.changes.clear()
    draft.body.setdefault("programs", []).append("PREORDER")
    draft.happen(draft.created_at, "placed", status="PENDING_AVAILABILITY")
    start = max(draft.epoch, draft.created_at)
    draft.happen(start + 5 * DAY, "placed", status="PENDING")
    draft.happen(start + 5 * DAY + HOUR, "paid")


def replacement(draft: Draft) -> None:
    """Sent again for nothing: every charge is zero."""
    _associate(draft, "REPLACEMENT_ORIGINAL_ID")
    draft.charges = [dict.fromkeys(charges, 0) for charges in draft.charges]
    for item in draft.items:
        item["product"]["price"]["unitPrice"] = draft.market.money(0)


def exchange(draft: Draft) -> None:
    _associate(draft, "EXCHANGE_ORIGINAL_ID")


def _associate(draft: Draft, kind: str) -> None:
    original = people.fill("4##-#######-#######", draft.dice)
    draft.body["associatedOrders"] = [{"orderId": original, "associationType": kind}]


def _past(draft: Draft, days: float) -> float:
    """So many days after placing. History that is over was over when the world began."""
    at = draft.created_at + days * DAY
    if draft.is_arrival:
        return at
    return max(draft.created_at + 60, min(at, draft.epoch - HOUR))


def _all(draft: Draft) -> dict[str, int]:
    return {item["orderItemId"]: item["quantityOrdered"] for item in draft.items}


def _ship(draft: Draft, *, at: float, quantities: dict[str, int], reference: str) -> None:
    # A payment that is still to come would undo the shipping.
    draft.changes = [change for change in draft.changes if change.verb != "paid"]
    package = _package(draft, at=at, quantities=quantities, reference=reference)
    draft.changes += parcel_changes(package, at=at, settle_seconds=60)


def _package(
    draft: Draft, *, at: float, quantities: dict[str, int], reference: str
) -> dict[str, Any]:
    default = ("DHL Express", "Worldwide", "##########")
    carrier, service, pattern = CARRIERS.get(draft.market.country, default)
    return {
        "packageReferenceId": reference,
        "createdTime": iso(at),
        "packageStatus": {"status": "PENDING"},
        "carrier": carrier,
        "shipTime": iso(at),
        "shippingService": service,
        "trackingNumber": people.fill(pattern, draft.dice),
        "shipFromAddress": ship_from(draft.seller),
        "packageItems": [
            {"orderItemId": item, "quantity": quantity} for item, quantity in quantities.items()
        ],
    }


def ship_from(seller: Any) -> dict[str, str]:
    """The seller's warehouse as Amazon shows it on a package."""
    line, city, state, postcode = seller.address
    facts = {
        "name": seller.name,
        "addressLine1": line,
        "city": city,
        "stateOrRegion": state,
        "postalCode": postcode,
        "countryCode": seller.home,
    }
    return {name: value for name, value in facts.items() if value}
