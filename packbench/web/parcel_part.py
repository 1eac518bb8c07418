"""The parcels that a person puts together of an order's pieces, and of other orders'."""

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from packbench.orders.models import WORK, Order
from packbench.orders.models import Status as OrderStatus
from packbench.shipments.combining import to_one_address
from packbench.shipments.dismissing import split_dismissed
from packbench.shipments.models import Shipment
from packbench.shipments.planning import pieces_left
from packbench.shipments.status import UNDER_WAY, Status

COLUMNS = 6  # parcels that the dialog has room for; what is in none is one more
MOST_SUGGESTED = 10


def parts_context(order: Order, shipments: list[Shipment], *, now: datetime) -> dict[str, Any]:
    """What can be split, what can be put together again, and what goes to the same address."""
    drafts = [row for row in shipments if row.status == Status.DRAFT and row.is_composed]
    is_moving = any(row.status in UNDER_WAY for row in shipments)
    waits = order.status in (*WORK, OrderStatus.ON_HOLD) and not is_moving
    lines = _lines(order, shipments, drafts) if waits else []
    is_open = waits and order.status in WORK and not drafts
    others, apart = _others(order) if is_open else ([], 0)
    return {
        "drafts": drafts,
        "can_merge": bool(drafts) and not is_moving,
        "is_combined": any(row.companions.all() for row in drafts),
        "split_lines": lines if sum(line["left"] for line in lines) > 1 else [],
        "split_columns": [_column(n, drafts, order) for n in range(1, COLUMNS + 1)],
        "suggested": others,
        "kept_apart": apart,
    }


def contents_of(shipment: Shipment, order: Order) -> dict[str, Any]:
    """What is in a parcel, where an order has several or shares it with others."""
    items = list(shipment.items.all())
    own = [item for item in items if item.order_item.order_id == order.pk]
    orders = [shipment.order, *(each.order for each in shipment.companions.all())]
    return {
        "lines": own,
        "with_orders": [each for each in orders if each.pk != order.pk],
    }


def end_of(day: date, order: Order) -> datetime:
    """When the day ends at the order's store."""
    zone = ZoneInfo(order.store.time_zone)
    return datetime.combine(day, time(23, 59, 59), tzinfo=zone)


def _lines(order: Order, shipments: list[Shipment], drafts: list[Shipment]) -> list[dict[str, Any]]:
    """What is not in a parcel with a label yet, with how it is put into parcels now."""
    left = pieces_left(order)
    for draft in (row for row in shipments if row.status == Status.DRAFT):
        for item in draft.items.all():
            if item.order_item.order_id == order.pk:
                left[item.order_item_id] = left.get(item.order_item_id, 0) + item.quantity
    own = [] if any(row.companions.all() for row in drafts) else drafts[: COLUMNS + 1]
    return [
        {
            "item": item,
            "left": left[item.pk],
            "counts": [_count(own, n, item.pk) for n in range(1, COLUMNS + 1)],
        }
        for item in order.items.all()
        if item.pk in left
    ]


def _count(drafts: list[Shipment], n: int, item_id: str) -> tuple[int, int]:
    """The number of the parcel, and how many pieces of the item are in it."""
    by_age = sorted(drafts, key=lambda row: (row.created_at, row.pk))
    if n >= len(by_age):  # the last one holds what is in no other
        return n, 0
    return n, sum(
        item.quantity for item in by_age[n - 1].items.all() if item.order_item_id == item_id
    )


def _column(n: int, drafts: list[Shipment], order: Order) -> dict[str, Any]:
    by_age = sorted(drafts, key=lambda row: (row.created_at, row.pk))
    at = by_age[n - 1].ship_by_at if n < len(by_age) else None
    day = at.astimezone(ZoneInfo(order.store.time_zone)).date().isoformat() if at else ""
    return {"n": n, "day": day, "is_shown": n <= max(1, len(drafts) - 1)}


def _others(order: Order) -> tuple[list[Order], int]:
    """The orders that could share its parcel, the most urgent first, or how many were dismissed."""
    found, dismissed = split_dismissed(to_one_address(order.workspace, [order.pk]))
    ids = found.get(order.pk, [])[:MOST_SUGGESTED]
    rows = order.workspace.orders.filter(pk__in=ids).defer("recipient", "buyer", "details")
    return list(rows.order_by("due_at", "id")), len(dismissed.get(order.pk, []))
