"""Failures on request: which call fails, how, and how often."""

from __future__ import annotations

import itertools
import threading
from dataclasses import asdict, dataclass
from typing import Any

BEFORE = frozenset(
    {"408", "429", "500", "502", "503_html", "503_empty", "504", "html_before", "timeout"}
    | {"reset", "refused", "token_expired", "page_token_expired"}
)
AFTER = frozenset(
    {"cut", "lost_answer", "slow", "bad_json", "huge", "reset_after", "500_after", "html"}
    | {"empty", "no_content", "redirect", "wrong_type", "not_utf8", "bad_gzip", "gzip_bomb"}
    | {"wrong_length", "garbage", "headers", "interim", "endless"}
)
FEEDS = frozenset({"fatal", "cancelled"})  # how a feed ends, for the operation processFeed
KINDS = BEFORE | AFTER | FEEDS | {"delay"}


@dataclass
class Fault:
    """One armed failure. `order_id` is any text that must stand in the path or the body.

    `status`, `code` and `message` are what a `refused` call is answered with, `retry_after` is the
    header of a 429. A `delay` with `at_once` answers so many at a time: the others wait their
    turn. `at` is how many bytes of the answer a `cut` lets through, its head included
    (None: the head and half of the body), `size` how many a `huge` one has too many.
    """

    kind: str
    operation: str | None = None
    order_id: str | None = None
    count: int = 1
    skip: int = 0
    delay_seconds: float = 0.0
    at_once: int = 0
    seconds: float = 30.0
    status: int = 400
    code: str = "InvalidInput"
    message: str = ""
    retry_after: str = ""
    at: int | None = None
    size: int = 40_000_000
    id: int = 0
    fired: int = 0

    def matches(self, operation: str, target: str, body: bytes) -> bool:
        if self.operation not in (None, operation):
            return False
        if self.kind == "page_token_expired" and "paginationToken=" not in target:
            return False
        return not self.order_id or self.order_id in target or self.order_id.encode() in body

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class Faults:
    """The armed failures, first armed first fired."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self.armed: list[Fault] = []
        self.spent: list[Fault] = []

    def arm(
        self, kind: str, operation: str | None = None, order_id: str | None = None, **rest: Any
    ) -> Fault:
        """Let the next `count` matching calls fail, after `skip` of them went well.

        Raises ValueError for an unknown kind and TypeError for an unknown option.
        """
        if str(kind) not in KINDS:
            raise ValueError(f"Unknown fault {kind!r}. Known: {', '.join(sorted(KINDS))}.")
        fault = Fault(str(kind), operation, order_id, **rest, id=next(self._numbers))
        with self._lock:
            self.armed.append(fault)
        return fault

    def take(self, operation: str, target: str, body: bytes) -> Fault | None:
        """The failure that this call has to suffer, or none. Uses it up."""
        with self._lock:
            for fault in self.armed:
                if not fault.matches(operation, target, body):
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                return self._fire(fault)
        return None

    def clear(self) -> None:
        with self._lock:
            self.armed.clear()

    def _fire(self, fault: Fault) -> Fault:
        fault.fired += 1
        if fault.fired >= fault.count:
            self.armed.remove(fault)
            self.spent.append(fault)
        return fault
