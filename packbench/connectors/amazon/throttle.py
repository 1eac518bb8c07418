"""Amazon's quota: a token bucket for each account, application and operation (`spapi.md` §3)."""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from packbench.channels.base import Buckets, Credentials, Quota
from packbench.connectors.amazon.answers import Answer
from packbench.connectors.amazon.lwa import fingerprint
from packbench.connectors.amazon.operations import Operation
from packbench.lib.errors import Throttled
from packbench.lib.sentences import marked

QUOTA_USED_UP = marked(
    "Amazon's quota for %(operation)s is used up. Packbench goes on in %(seconds)s seconds."
)
SHORTEST_WAIT = 2.0
ROUNDING = 1e-9


class Throttle:
    """Asks the shared buckets before each call of one seller account and application."""

    def __init__(self, buckets: Buckets, credentials: Credentials) -> None:
        self._buckets = buckets
        application = fingerprint(credentials.client_id)
        self._account = f"amazon:{application}:{credentials.region}:{credentials.seller_id}"

    def take(self, operation: Operation) -> None:
        """Take leave for one call; raises Throttled where there is none left."""
        wait = self._buckets.take(self._key(operation), rate=operation.rate, burst=operation.burst)
        if wait > 0:
            raise _throttled(operation, wait)

    def look(self, operation: Operation) -> Quota:
        """What is left for the operation; nothing is taken."""
        return self._buckets.look(self._key(operation), rate=operation.rate, burst=operation.burst)

    def learn(self, operation: Operation, answer: Answer) -> None:
        """Adopt the rate that the answer announces; most answers announce none."""
        rate = _rate(answer.rate_limit)
        if rate:
            self._buckets.learn(self._key(operation), rate=rate)

    def refused(self, operation: Operation, answer: Answer) -> Throttled:
        """Count the bucket as empty, because Amazon does, and return what to raise."""
        self._buckets.empty(self._key(operation), rate=operation.rate)
        wait = max(SHORTEST_WAIT, 1 / operation.rate, answer.retry_after or 0)
        return _throttled(operation, wait, answer.request_id)

    def _key(self, operation: Operation) -> str:
        return f"{self._account}:{operation.name}"


def _throttled(operation: Operation, wait: float, request_id: str = "") -> Throttled:
    return Throttled(
        QUOTA_USED_UP,
        code="throttled",
        request_id=request_id,
        retry_after=wait,
        operation=operation.name,
        seconds=math.ceil(wait),
    )


def _rate(header: str) -> float:
    """Return the announced calls a second, or 0 where the header says nothing usable."""
    try:
        rate = float(header)
    except ValueError:
        return 0.0
    return rate if math.isfinite(rate) and rate > 0 else 0.0


@dataclass(slots=True)
class _Level:
    tokens: float
    rate: float
    at: float
    is_learnt: bool = False


class MemoryBuckets:
    """Buckets of one process: for tests, and for use without a database."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._levels: dict[str, _Level] = {}

    def take(self, key: str, *, rate: float, burst: float) -> float:
        with self._lock:
            level = self._levels.setdefault(key, _Level(burst, rate, self._now()))
            if not level.is_learnt:
                level.rate = rate
            self._refill(level, burst)
            if level.tokens < 1 - ROUNDING:
                return (1 - level.tokens) / level.rate
            level.tokens -= 1
            return 0.0

    def learn(self, key: str, *, rate: float) -> None:
        with self._lock:
            level = self._levels.get(key)
            if level:
                self._refill(level, math.inf)
                level.rate, level.is_learnt = rate, True

    def empty(self, key: str, *, rate: float) -> None:
        with self._lock:
            level = self._levels.setdefault(key, _Level(0, rate, self._now()))
            level.tokens, level.at = 0.0, self._now()

    def look(self, key: str, *, rate: float, burst: float) -> Quota:
        with self._lock:
            level = self._levels.setdefault(key, _Level(burst, rate, self._now()))
            self._refill(level, burst)
            return Quota(calls=level.tokens, rate=level.rate, burst=burst)

    def _refill(self, level: _Level, burst: float) -> None:
        """Add what flowed in since the last look, at the rate that held then."""
        elapsed = max(0.0, self._now() - level.at)
        level.tokens = min(burst, level.tokens + elapsed * level.rate)
        level.at += elapsed
