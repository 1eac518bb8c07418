"""The only place that reads the time; verbs are given `now`."""

from datetime import UTC, datetime


def now() -> datetime:
    return datetime.now(UTC)
