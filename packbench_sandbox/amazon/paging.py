"""Page tokens: opaque, valid for a day, bound to the search that they continue."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass

TOKEN_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Place:
    """Where a page ended, and the end of the time range that all pages share."""

    time: float
    order_id: str
    before: float

    @property
    def key(self) -> tuple[float, str]:
        return (self.time, self.order_id)


def make_token(place: Place, asked: str, *, now: float) -> str:
    """A token that holds +, / and =, because clients must encode those."""
    facts = [place.time, place.order_id, place.before, now, _digest(asked)]
    return "+/" + base64.b64encode(json.dumps(facts).encode()).decode().rstrip("=") + "="


def read_token(token: str, asked: str, *, now: float) -> Place:
    """Where to go on. Raises ValueError with Amazon's kind of message."""
    try:
        text = token.removeprefix("+/").rstrip("=")
        facts = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), validate=True))
        time, order_id, before, issued_at, digest = facts
    except ValueError as error:
        raise ValueError("paginationToken is invalid.") from error
    if not token.startswith("+/"):
        raise ValueError("paginationToken is invalid.")
    if now - issued_at > TOKEN_SECONDS:
        raise ValueError("paginationToken has expired.")
    if digest != _digest(asked):
        raise ValueError("paginationToken does not belong to a request with these parameters.")
    return Place(time, order_id, before)


def _digest(asked: str) -> str:
    return hashlib.sha256(asked.encode()).hexdigest()[:16]
