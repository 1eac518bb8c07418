"""Dating: which pick-up a parcel of now still makes, by the warehouse's calendar."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from packbench.carriers.models import Warehouse

END_OF_DAY = time(23, 59, 59)
FARTHEST = 60  # days that are looked at for a pick-up


def departs_at(warehouse: Warehouse, now: datetime) -> datetime:
    """Return when a parcel that is ready now leaves: the cut-off of the next pick-up day.

    Today counts until the cut-off. Without a cut-off the day ends at midnight, in the
    warehouse's time zone. A calendar without any pick-up leaves at once.
    """
    zone = zone_of(warehouse)
    today = now.astimezone(zone).date()
    for ahead in range(FARTHEST):
        day = today + timedelta(days=ahead)
        leaves = cutoff_on(warehouse, day)
        if is_pickup_day(warehouse, day) and leaves >= now:
            return leaves
    return now


def makes(warehouse: Warehouse, ship_by: datetime | None, now: datetime) -> bool:
    """Whether a parcel that is ready now leaves by the ship-by time; without one it always does."""
    return ship_by is None or departs_at(warehouse, now) <= ship_by


def last_cutoff_before(warehouse: Warehouse, ship_by: datetime) -> datetime | None:
    """Return the last pick-up that still keeps the ship-by time; None where there was none."""
    last = ship_by.astimezone(zone_of(warehouse)).date()
    for back in range(FARTHEST):
        day = last - timedelta(days=back)
        leaves = cutoff_on(warehouse, day)
        if is_pickup_day(warehouse, day) and leaves <= ship_by:
            return leaves
    return None


def is_pickup_day(warehouse: Warehouse, day: date) -> bool:
    return day.weekday() in warehouse.pickup_days and day not in warehouse.holidays


def cutoff_on(warehouse: Warehouse, day: date) -> datetime:
    """Return the cut-off of the day. On the day when clocks change it is the local time's."""
    at = warehouse.cutoff_at or END_OF_DAY
    return datetime.combine(day, at, tzinfo=zone_of(warehouse))


def zone_of(warehouse: Warehouse) -> ZoneInfo:
    return ZoneInfo(warehouse.time_zone or "UTC")
