"""Token buckets as rows: exact over processes and restarts, one atomic statement each."""

from collections.abc import Callable
from datetime import datetime

from django.db import connection

from packbench.channels.base import Quota

# ruff: noqa: S608 - put together from the constants below, never from input
NOW = "coalesce(%(now)s::timestamptz, clock_timestamp())"
LEVEL = f"least(%(burst)s, bucket.tokens + extract(epoch from {NOW} - bucket.filled_at) * rate)"
TAKE = f"""
insert into channels_quotabucket as bucket (key, tokens, rate, filled_at)
values (%(key)s, %(burst)s - 1, %(rate)s, {NOW})
on conflict (key) do update set
    tokens = {LEVEL.replace("* rate", "* bucket.rate")} - 1, filled_at = {NOW}
where {LEVEL.replace("* rate", "* bucket.rate")} >= %(least)s
returning tokens
"""
WAIT = f"select (%(least)s - {LEVEL}) / rate from channels_quotabucket bucket where key = %(key)s"
LOOK = f"select {LEVEL}, rate from channels_quotabucket bucket where key = %(key)s"
LEARN = f"""
update channels_quotabucket as bucket set
    tokens = tokens + extract(epoch from {NOW} - filled_at) * rate,
    rate = %(rate)s, filled_at = {NOW}
where key = %(key)s and rate <> %(rate)s
"""
EMPTY = f"""
insert into channels_quotabucket (key, tokens, rate, filled_at)
values (%(key)s, 0, %(rate)s, {NOW})
on conflict (key) do update set tokens = 0, filled_at = excluded.filled_at
"""
LEAST_WAIT_S = 0.05
ON_THE_WAY_S = 1.0

Values = dict[str, str | float]


class DatabaseBuckets:
    """The `Buckets` of channels.base, kept in PostgreSQL on PostgreSQL's clock.

    Runs outside transactions, as all calls to other systems do: a bucket row is locked for one
    statement only. `now` replaces the clock in tests.
    """

    def __init__(self, now: Callable[[], datetime] | None = None) -> None:
        self._now = now

    def take(self, key: str, *, rate: float, burst: float) -> float:
        """Take one token and return 0, or take none and return the seconds until there is one."""
        # A call may be a second on its way: the other side's bucket refills that much later.
        on_the_way = min(rate * ON_THE_WAY_S, 1.0, burst - 1)
        values: Values = {"key": key, "rate": rate, "burst": burst, "least": 1 + on_the_way}
        with connection.cursor() as cursor:
            cursor.execute(TAKE, self._timed(values))
            if cursor.fetchone():
                return 0.0
            cursor.execute(WAIT, self._timed(values))
            row = cursor.fetchone()
        return max(float(row[0]) if row else 1 / rate, LEAST_WAIT_S)

    def learn(self, key: str, *, rate: float) -> None:
        self._execute(LEARN, key, rate)

    def empty(self, key: str, *, rate: float) -> None:
        self._execute(EMPTY, key, rate)

    def look(self, key: str, *, rate: float, burst: float) -> Quota:
        """What the bucket holds now, on this side's clock; nothing is taken."""
        values: Values = {"key": key, "rate": rate, "burst": burst, "least": 0.0}
        with connection.cursor() as cursor:
            cursor.execute(LOOK, self._timed(values))
            row = cursor.fetchone()
        calls, learnt = (float(row[0]), float(row[1])) if row else (burst, rate)
        return Quota(calls=calls, rate=learnt, burst=burst)

    def _execute(self, statement: str, key: str, rate: float) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, self._timed({"key": key, "rate": rate}))

    def _timed(self, values: Values) -> dict[str, str | float | datetime | None]:
        return {**values, "now": self._now() if self._now else None}
