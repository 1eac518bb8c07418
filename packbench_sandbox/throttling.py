"""Amazon's usage plans: a token bucket per seller account, application and operation."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass

# Requests per second and burst, as the models publish them (read in November 2026).
PUBLISHED: dict[str, tuple[float, float]] = {
    "searchOrders": (0.0056, 20),
    "getOrder": (0.5, 30),
    "confirmShipment": (2, 10),
    "getMarketplaceParticipations": (0.016, 15),
    "getAccount": (0.016, 15),
    "searchListingsItems": (5, 5),
    "getListingsItem": (5, 10),
    "searchCatalogItems": (2, 2),
    "getFeeds": (0.0222, 10),
    "createFeedDocument": (0.5, 15),
    "createFeed": (0.0083, 15),
    "getFeed": (2, 15),
    "getFeedDocument": (0.0222, 10),
    "getReports": (0.0222, 10),
    "getEligibleShipmentServices": (6, 12),
    "createShipment": (2, 2),
    "cancelMerchantShipment": (1, 1),
    "createRestrictedDataToken": (1, 10),
    "getRates": (80, 100),
    "purchaseShipment": (80, 100),
    "getAdditionalInputs": (80, 100),
    "cancelShipment": (80, 100),
    "getTracking": (80, 100),
    "generateCollectionForm": (80, 100),
    "createReport": (0.0167, 15),
    "getReport": (2, 15),
    "getReportDocument": (0.0167, 15),
    "getSubscription": (1, 5),
    "createSubscription": (1, 5),
}


@dataclass
class Bucket:
    tokens: float
    filled_at: float


class Throttle:
    """Count calls, and say which come too fast."""

    def __init__(
        self, *, scale: float = 1.0, overrides: dict[str, tuple[float, float]] | None = None
    ) -> None:
        self.scale = scale
        self.overrides = dict(overrides or {})
        self.calls: Counter[str] = Counter()
        self.throttled: Counter[str] = Counter()
        self._buckets: dict[tuple[str, str, str], Bucket] = {}
        self._lock = threading.Lock()

    def plan(self, operation: str) -> tuple[float, float] | None:
        """Rate and burst in force. An override is taken as it is, unscaled."""
        if operation in self.overrides:
            return self.overrides[operation]
        if operation not in PUBLISHED:
            return None
        rate, burst = PUBLISHED[operation]
        return rate * self.scale, burst * self.scale

    def allow(self, seller_id: str, client_id: str, operation: str, *, now: float) -> bool:
        """Take one token, or take none and say no."""
        plan = self.plan(operation)
        if plan is None:
            return True
        with self._lock:
            bucket = self._filled((seller_id, client_id, operation), plan, now)
            if bucket.tokens < 1:
                return False
            bucket.tokens -= 1
            return True

    def override(self, operation: str, rate: float, burst: float) -> None:
        """Set a plan of one's own; its buckets start full."""
        with self._lock:
            self.overrides[operation] = (rate, burst)
            self._buckets = {key: b for key, b in self._buckets.items() if key[2] != operation}

    def reset(self) -> None:
        """Fill all buckets, as if nobody had called for hours."""
        with self._lock:
            self._buckets.clear()

    def count(self, operation: str, *, throttled: bool = False) -> None:
        with self._lock:
            self.calls[operation] += 1
            self.throttled[operation] += throttled

    def header(self, operation: str) -> str | None:
        plan = self.plan(operation)
        return f"{plan[0]:g}" if plan else None

    def _filled(self, key: tuple[str, str, str], plan: tuple[float, float], now: float) -> Bucket:
        rate, burst = plan
        bucket = self._buckets.setdefault(key, Bucket(burst, now))
        # Floats: 1/rate seconds must give one whole token.
        grown = bucket.tokens + (now - bucket.filled_at) * rate
        bucket.tokens = min(burst, round(grown, 6))
        bucket.filled_at = now
        return bucket
