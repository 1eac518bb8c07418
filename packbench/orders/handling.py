"""Handling: how long a store gives to make and ship an order (SEED-51).

Amazon marks neither Handmade orders nor others that are made to order: their long handling time
is all that tells them apart. They are orders like any other, with later ship-by times.
"""

from datetime import timedelta
from zoneinfo import ZoneInfo

from packbench.orders.models import Order

USUAL = timedelta(days=5)  # what goods in stock take at most, a weekend included


def handling_days(order: Order, *, time_zone: str) -> int | None:
    """Days from the order to its ship-by day, where they are more than usual; else None.

    Days are those of the store's marketplace, where ship-by days end.
    """
    if order.ship_by_at is None or order.ship_by_at - order.placed_at <= USUAL:
        return None
    zone = ZoneInfo(time_zone)
    ship_by, placed = order.ship_by_at.astimezone(zone), order.placed_at.astimezone(zone)
    return (ship_by.date() - placed.date()).days


def ends_before_shipping(order: Order) -> bool:
    """Whether the buyer's data ends before the order must be shipped (SEED-79)."""
    if order.ship_by_at is None or order.erase_at is None or order.erased_at is not None:
        return False
    return order.erase_at < order.ship_by_at
