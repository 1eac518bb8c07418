"""Delivering: the window in which a buyer was promised the parcel, as Japan's carriers have it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from packbench.channels.base import ItemFacts
from packbench.orders.models import Order

LONGEST = timedelta(hours=6)  # a longer one is a day, not a window
# Yamato, Sagawa and Japan Post call the first window by its name: until noon.
MORNING = (8, 12)


@dataclass(frozen=True, slots=True)
class Slot:
    """A window of hours; `name` is "morning" for the one until noon."""

    from_at: datetime
    by_at: datetime
    name: str = ""


def slot_of(order: Order) -> Slot | None:
    """The window of the order, or of the first of its items that has one; None: only a day."""
    spans = [(order.deliver_from_at, order.deliver_by_at)]
    for item in order.items.all():
        facts = msgspec.convert(item.facts, ItemFacts, strict=False)
        spans.insert(0, (facts.scheduled_from_at, facts.scheduled_by_at))
    for begin, end in spans:
        if begin and end and timedelta() < end - begin <= LONGEST:
            return Slot(begin, end, _name(begin, end, ZoneInfo(order.store.time_zone)))
    return None


def _name(begin: datetime, end: datetime, zone: ZoneInfo) -> str:
    local = (begin.astimezone(zone), end.astimezone(zone))
    is_morning = local[0].hour <= MORNING[0] and local[1].hour == MORNING[1]
    return "morning" if is_morning and zone.key == "Asia/Tokyo" else ""
