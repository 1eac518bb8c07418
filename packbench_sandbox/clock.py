"""Sandbox time: anchored once, runs at a speed, can be advanced, frozen and continued."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

Source = Callable[[], float | datetime]


@dataclass(frozen=True)
class Anchor:
    """A moment on both clocks and how fast sandbox time ran from there."""

    source: float
    sandbox: float
    speed: float


class Clock:
    """Give sandbox time as seconds since 1970, exact to the millisecond."""

    def __init__(self, source: Source = time.time, *, speed: float = 1.0) -> None:
        self._source = source
        self.on_change: Callable[[Anchor], None] = lambda anchor: None
        start = self._read()
        self.anchor = Anchor(start, start, speed)

    @classmethod
    def manual(cls, start: float | datetime) -> Clock:
        """A clock that stands still until it is advanced."""
        return cls(lambda: start, speed=0.0)

    def now(self) -> float:
        anchor = self.anchor
        return round(anchor.sandbox + (self._read() - anchor.source) * anchor.speed, 3)

    @property
    def speed(self) -> float:
        return self.anchor.speed

    def advance(self, seconds: float) -> None:
        if seconds < 0:
            raise ValueError("Sandbox time never runs backwards.")
        self._move(self.now() + seconds, self.speed)

    def set_speed(self, speed: float) -> None:
        if speed < 0:
            raise ValueError("Sandbox time never runs backwards.")
        self._move(self.now(), speed)

    def resume_from(self, anchor: Anchor) -> None:
        """Continue where an earlier process stopped; the speed of this process holds.

        A source that stands before the anchor (a manual clock) is taken as standing on it.
        """
        elapsed = max(0.0, self._read() - anchor.source)
        self._move(max(anchor.sandbox + elapsed * anchor.speed, self.now()), self.speed)

    def _move(self, sandbox: float, speed: float) -> None:
        self.anchor = Anchor(self._read(), round(sandbox, 3), speed)
        self.on_change(self.anchor)

    def _read(self) -> float:
        value = self._source()
        return value.timestamp() if isinstance(value, datetime) else float(value)


def make_clock(given: Clock | Source | float | datetime | None, *, speed: float) -> Clock:
    """A clock from whatever is at hand: nothing, a moment to stand at, or a function."""
    if isinstance(given, Clock):
        return given
    if given is None:
        return Clock(speed=speed)
    if callable(given):
        return Clock(given, speed=speed)
    return Clock.manual(given)


def iso(moment: float) -> str:
    """ISO 8601 in UTC, with milliseconds only where there are any."""
    value = datetime.fromtimestamp(round(moment, 3), UTC)
    text = value.strftime("%Y-%m-%dT%H:%M:%S")
    milliseconds = round(value.microsecond / 1000)
    return f"{text}.{milliseconds:03d}Z" if milliseconds else f"{text}Z"


def parse_iso(text: str) -> float:
    """Seconds since 1970. A date alone is midnight UTC. Raises ValueError for anything else."""
    value = datetime.fromisoformat(text.replace(" ", "+"))
    if value.tzinfo is None:
        value = value.replace(tzinfo=UTC)
    return round(value.timestamp(), 3)
