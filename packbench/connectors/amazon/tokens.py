"""Access tokens, kept until shortly before they end; however many ask, one fetches."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

MARGIN_SECONDS = 90.0


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token, the seconds it lives, and Amazon's number for the call that brought it."""

    value: str = field(repr=False)
    lifetime: float
    request_id: str = ""


@dataclass(slots=True)
class _Kept:
    value: str = ""
    good_until: float = 0.0
    flight: Future[str] | None = None


class TokenCache:
    """The tokens of one process. Whoever asks while one is fetched waits for that fetch."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._kept: dict[str, _Kept] = {}

    def get(self, key: str, fetch: Callable[[], AccessToken]) -> str:
        """Return the token kept under the key, else the one that `fetch` brings.

        What `fetch` raises reaches everyone who waited for it, and is not remembered.
        """
        with self._lock:
            kept = self._kept.setdefault(key, _Kept())
            if self._now() < kept.good_until:
                return kept.value
            flight, is_ours = kept.flight, kept.flight is None
            if flight is None:
                flight = kept.flight = Future()
        if is_ours:
            self._fly(kept, flight, fetch)
        return flight.result()

    def renew(self, key: str, fetch: Callable[[], AccessToken]) -> str:
        """Fetch a new token in place of the one that is kept."""
        with self._lock:
            if key in self._kept:
                self._kept[key].good_until = 0.0
        return self.get(key, fetch)

    def forget(self, key: str, value: str) -> None:
        """Drop the token, unless another has taken its place already."""
        with self._lock:
            kept = self._kept.get(key)
            if kept and kept.value == value:
                kept.good_until = 0.0

    def _fly(self, kept: _Kept, flight: Future[str], fetch: Callable[[], AccessToken]) -> None:
        try:
            token = fetch()
        except BaseException as error:
            self._land(kept, "", 0.0)
            flight.set_exception(error)
            return
        self._land(kept, token.value, self._now() + token.lifetime - MARGIN_SECONDS)
        flight.set_result(token.value)

    def _land(self, kept: _Kept, value: str, good_until: float) -> None:
        with self._lock:
            kept.value, kept.good_until, kept.flight = value, good_until, None


SHARED_TOKENS = TokenCache()
