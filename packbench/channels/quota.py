"""Token buckets as rows: exact over processes and restarts, one atomic statement each."""

from django.db import connection

TAKE = """
insert into channels_quotabucket as bucket (key, tokens, rate, filled_at)
values (%(key)s, %(burst)s - 1, %(rate)s, clock_timestamp())
on conflict (key) do update set
    tokens = least(%(burst)s, bucket.tokens
        + extract(epoch from clock_timestamp() - bucket.filled_at) * bucket.rate) - 1,
    filled_at = clock_timestamp()
where least(%(burst)s, bucket.tokens
    + extract(epoch from clock_timestamp() - bucket.filled_at) * bucket.rate) >= 1
returning tokens
"""
WAIT = """
select (1 - least(%(burst)s, tokens
    + extract(epoch from clock_timestamp() - filled_at) * rate)) / rate
from channels_quotabucket where key = %(key)s
"""
LEARN = """
update channels_quotabucket set
    tokens = tokens + extract(epoch from clock_timestamp() - filled_at) * rate,
    rate = %(rate)s, filled_at = clock_timestamp()
where key = %(key)s and rate <> %(rate)s
"""
EMPTY = """
insert into channels_quotabucket (key, tokens, rate, filled_at)
values (%(key)s, 0, %(rate)s, clock_timestamp())
on conflict (key) do update set tokens = 0, filled_at = clock_timestamp()
"""
LEAST_WAIT_S = 0.05


class DatabaseBuckets:
    """The `Buckets` of channels.base, kept in PostgreSQL on PostgreSQL's clock.

    Runs outside transactions, as all calls to other systems do: a bucket row is locked for one
    statement only.
    """

    def take(self, key: str, *, rate: float, burst: float) -> float:
        """Take one token and return 0, or take none and return the seconds until there is one."""
        values: dict[str, str | float] = {"key": key, "rate": rate, "burst": burst}
        with connection.cursor() as cursor:
            cursor.execute(TAKE, values)
            if cursor.fetchone():
                return 0.0
            cursor.execute(WAIT, values)
            row = cursor.fetchone()
        return max(float(row[0]) if row else 1 / rate, LEAST_WAIT_S)

    def learn(self, key: str, *, rate: float) -> None:
        self._execute(LEARN, key, rate)

    def empty(self, key: str, *, rate: float) -> None:
        self._execute(EMPTY, key, rate)

    def _execute(self, statement: str, key: str, rate: float) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, {"key": key, "rate": rate})
