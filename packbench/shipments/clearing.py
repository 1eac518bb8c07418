"""Clearing: which waiting notices go one by one, and which in one feed (SEED-64).

A pure rule. Single calls go out as the quota flows in; a feed takes all that is in it at one time,
once Amazon has worked it off. All that waits shall be told as early as that allows, and of two
that are told at different times the one with the earlier ship-by first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor
from typing import NamedTuple

from packbench.channels.base import Quota

SAME_S = 1e-6  # seconds: times as equal as floats can say


class Waiting(NamedTuple):
    """A notice that is due, the most urgent first. Not all can go in a feed: no correction can."""

    id: str
    can_feed: bool = True


@dataclass(frozen=True, slots=True)
class Feeding:
    """What a feed would be: how many it takes, and in how many seconds all of it has been told.

    Amazon never says how long it will need. `done_in_s` is what is expected, and decides whether
    a feed is worth while; `soonest_s` is what has been seen at best, and decides how much goes in:
    a feed that is quicker than expected shall not be waited for by single calls.
    """

    most: int
    done_in_s: float
    soonest_s: float


def single_time(place: int, quota: Quota) -> float:
    """In how many seconds the single call at this place (0, 1, 2 …) can go out."""
    lacking = place + 1 - quota.calls
    return max(lacking / quota.rate, 0.0)


def singles_within(seconds: float, quota: Quota) -> int:
    """How many single calls have gone out by then."""
    return max(floor(quota.calls + seconds * quota.rate + SAME_S), 0)


def pick_for_feed(waiting: Sequence[Waiting], singles: Quota, feed: Feeding) -> list[str]:
    """Return the ids of what is to go in one feed now: nothing where single calls are as quick.

    The queue is cleared as early as both ways allow. No more goes in the feed than that takes, and
    what does goes there because its turn among the single calls would come later.
    """
    can = [place for place, each in enumerate(waiting) if each.can_feed]
    if not can or singles_within(feed.done_in_s, singles) >= len(waiting):
        return []
    before = singles_within(feed.soonest_s, singles)
    size = min(len(waiting) - before, feed.most, len(can))
    return [waiting[place].id for place in _latest_turns(can, size, before)]


def _latest_turns(can: list[int], size: int, before: int) -> list[int]:
    """The places that wait until the feed is done: those right behind what goes out before it.

    What can go in the feed and stands earlier goes with it only where too few stand behind.
    """
    behind = [place for place in can if place >= before]
    first = behind[:size]
    missing = size - len(first)
    ahead = [place for place in can if place < before]
    return sorted([*(ahead[-missing:] if missing else []), *first])
