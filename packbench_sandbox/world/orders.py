"""An order: what it says, and the list of changes that make its state at any moment."""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field
from typing import Any

HOUR = 3600.0
DAY = 24 * HOUR
VISIBLE_AFTER = 120.0  # Amazon shows a change in searches two minutes later.


@dataclass(frozen=True)
class Change:
    """Something that happened to an order, at a moment of sandbox time."""

    at: float
    verb: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass
class State:
    """What an order looks like at one moment."""

    status: str = "PENDING"
    updated_at: float = 0.0
    packages: dict[str, dict[str, Any]] = field(default_factory=dict)
    settled: set[str] = field(default_factory=set)
    cancelled: dict[str, str] | None = None
    cancel_request: dict[str, str] | None = None
    address: dict[str, Any] | None = None


@dataclass
class Order:
    """`body` holds Amazon's words for what never changes; `changes` holds the rest."""

    id: str
    seller_id: str
    marketplace_id: str
    created_at: float
    body: dict[str, Any]
    changes: list[Change]
    traits: tuple[str, ...] = ()

    @property
    def is_merchant_fulfilled(self) -> bool:
        return self.body["fulfillment"]["fulfilledBy"] == "MERCHANT"

    @property
    def quantities(self) -> dict[str, int]:
        return {item["orderItemId"]: item["quantityOrdered"] for item in self.body["orderItems"]}

    def add(self, *changes: Change) -> None:
        """Put changes into their place in time."""
        for change in changes:
            bisect.insort(self.changes, change, key=lambda c: c.at)

    def updated_at(self, moment: float) -> float | None:
        """The last change up to a moment, or nothing where the order does not exist yet."""
        if self.changes[-1].at <= moment:
            return self.changes[-1].at
        times = [change.at for change in self.changes if change.at <= moment]
        return times[-1] if times else None

    def state(self, moment: float) -> State | None:
        """The order as it is at a moment, or nothing where it does not exist yet."""
        if self.updated_at(moment) is None:
            return None
        state = State()
        for change in self.changes:
            if change.at <= moment:
                _VERBS[change.verb](state, change, self)
                state.updated_at = change.at
        return state


def shipped_units(packages: list[dict[str, Any]]) -> dict[str, int]:
    """How many units of each order item these packages hold."""
    units: dict[str, int] = {}
    for package in packages:
        for item in package["packageItems"]:
            units[item["orderItemId"]] = units.get(item["orderItemId"], 0) + item["quantity"]
    return units


def parcel_changes(package: dict[str, Any], *, at: float, settle_seconds: float) -> list[Change]:
    """A confirmed package: known at once, counted a little later, delivered in two days."""
    reference = package["packageReferenceId"]
    steps = [(0.25, "IN_TRANSIT", "PICKED_UP"), (1.8, "IN_TRANSIT", "OUT_FOR_DELIVERY")]
    steps.append((2.0, "DELIVERED", "DELIVERED"))
    moves = [
        Change(
            at + settle_seconds + days * DAY,
            "moved",
            {"reference": reference, "status": status, "detailed": detailed},
        )
        for days, status, detailed in steps
    ]
    return [
        Change(at, "packed", {"package": package}),
        Change(at + settle_seconds, "settled", {"reference": reference}),
        *moves,
    ]


def _placed(state: State, change: Change, order: Order) -> None:
    state.status = change.facts["status"]


def _paid(state: State, change: Change, order: Order) -> None:
    if state.cancelled is None:
        state.status = "UNSHIPPED"


def _packed(state: State, change: Change, order: Order) -> None:
    package = dict(change.facts["package"])
    before = state.packages.get(package["packageReferenceId"])
    if before:
        package["packageStatus"] = before["packageStatus"]
        package["createdTime"] = before["createdTime"]
    state.packages[package["packageReferenceId"]] = package


def _settled(state: State, change: Change, order: Order) -> None:
    state.settled.add(change.facts["reference"])
    counted = [state.packages[reference] for reference in state.settled]
    done = shipped_units(counted)
    is_complete = all(done.get(item, 0) >= ordered for item, ordered in order.quantities.items())
    state.status = "SHIPPED" if is_complete else "PARTIALLY_SHIPPED"
    if state.packages[change.facts["reference"]]["packageStatus"]["status"] == "PENDING":
        _set_parcel_status(state, change.facts["reference"], "SHIPPED", None)


def _moved(state: State, change: Change, order: Order) -> None:
    facts = change.facts
    _set_parcel_status(state, facts["reference"], facts["status"], facts["detailed"])


def _cancelled(state: State, change: Change, order: Order) -> None:
    state.status = "CANCELLED"
    state.cancelled = change.facts


def _cancel_requested(state: State, change: Change, order: Order) -> None:
    state.cancel_request = change.facts


def _address_changed(state: State, change: Change, order: Order) -> None:
    state.address = change.facts["address"]


def _set_parcel_status(state: State, reference: str, status: str, detailed: str | None) -> None:
    if state.packages[reference]["packageStatus"]["status"] == "DELIVERED":
        return
    facts = {"status": status} | ({"detailedStatus": detailed} if detailed else {})
    state.packages[reference]["packageStatus"] = facts


_VERBS = {
    "placed": _placed,
    "paid": _paid,
    "packed": _packed,
    "settled": _settled,
    "moved": _moved,
    "cancelled": _cancelled,
    "cancel_requested": _cancel_requested,
    "address_changed": _address_changed,
}
