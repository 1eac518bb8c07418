"""Amazon's times, in UTC."""

from datetime import UTC, datetime

# Beyond these no order was placed: such a time is a mistake, and cannot be told in every zone.
FIRST_YEAR, LAST_YEAR = 1900, 2999


def instant(text: str | None) -> datetime | None:
    """Return the time in UTC, or None where there is none that can be read."""
    if not text:
        return None
    try:
        return utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None


def utc(time: datetime) -> datetime:
    """Return the time in UTC; ValueError where it cannot be one of an order."""
    if not FIRST_YEAR <= time.year <= LAST_YEAR:
        raise ValueError("no time of an order")
    if time.tzinfo is UTC:
        return time
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
