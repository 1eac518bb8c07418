"""Converting for display: the rate of a day, or of the last one before it, with its date (SEED-47).

The original amount is what counts and is never replaced. A currency is reached directly, by the
rate the other way round, or over one other currency; of several ways the newest rate counts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from packbench.accounts.models import Workspace
from packbench.currencies.models import ExchangeRate
from packbench.lib.money import Money, rounded

LAST_BEFORE = """
select w.base, w.currency, w.day, r.rate, r."on"
from unnest(%s::text[], %s::text[], %s::date[]) w(base, currency, day)
cross join lateral (
    select rate, "on" from currencies_exchangerate
    where workspace_id = %s and base = w.base and currency = w.currency and "on" <= w.day
    order by "on" desc limit 1) r
"""


class Wanted(NamedTuple):
    """An amount, and the day whose rate counts for it."""

    money: Money
    day: date


@dataclass(frozen=True, slots=True)
class Converted:
    """An amount in the other currency, by rates of that day at the oldest.

    `exact` is not rounded, for sums.
    """

    exact: Money
    rate_on: date | None  # None: it was in this currency all along

    @property
    def money(self) -> Money:
        return rounded(self.exact)


class _Leg(NamedTuple):
    """A step from one currency to another by a kept pair, perhaps the other way round."""

    base: str
    currency: str
    is_inverse: bool


Way = tuple[_Leg, ...]
Found = dict[tuple[str, str, date], tuple[Decimal, date]]


def convert_all(
    workspace: Workspace, target: str, wanted: Iterable[Wanted]
) -> dict[Wanted, Converted]:
    """Convert each amount by the rates of its day, in two queries; what has no rate is left out."""
    asked = set(wanted)
    same = {each: Converted(each.money, None) for each in asked if each.money.currency == target}
    others = [each for each in asked if each not in same]
    if not others:
        return same
    ways = _ways({each.money.currency for each in others}, target, _pairs(workspace))
    found = _rates(workspace, others, ways)
    for each in others:
        done = _best(each, target, ways[each.money.currency], found)
        if done:
            same[each] = done
    return same


def _pairs(workspace: Workspace) -> list[tuple[str, str]]:
    rows = ExchangeRate.objects.filter(workspace=workspace).order_by("base", "currency").distinct()
    return list(rows.values_list("base", "currency"))


def _ways(
    sources: Iterable[str], target: str, pairs: Sequence[tuple[str, str]]
) -> dict[str, list[Way]]:
    """The ways to the target: of one step, then of two."""
    steps: dict[str, list[tuple[str, _Leg]]] = {}
    for base, currency in pairs:
        steps.setdefault(base, []).append((currency, _Leg(base, currency, False)))
        steps.setdefault(currency, []).append((base, _Leg(base, currency, True)))
    return {source: list(_ways_from(source, target, steps)) for source in sources}


def _ways_from(source: str, target: str, steps: dict[str, list[tuple[str, _Leg]]]) -> list[Way]:
    direct: list[Way] = [(leg,) for place, leg in steps.get(source, ()) if place == target]
    over: list[Way] = [
        (first, second)
        for middle, first in steps.get(source, ())
        if middle != target
        for place, second in steps.get(middle, ())
        if place == target
    ]
    return direct + over


def _rates(workspace: Workspace, wanted: Iterable[Wanted], ways: dict[str, list[Way]]) -> Found:
    legs = sorted(
        {
            (leg.base, leg.currency, each.day)
            for each in wanted
            for way in ways[each.money.currency]
            for leg in way
        }
    )
    if not legs:
        return {}
    with connection.cursor() as cursor:
        columns = [list(column) for column in zip(*legs, strict=True)]
        cursor.execute(LAST_BEFORE, [*columns, workspace.pk])
        return {(base, code, day): (rate, on) for base, code, day, rate, on in cursor.fetchall()}


def _best(each: Wanted, target: str, ways: Iterable[Way], found: Found) -> Converted | None:
    """By the way whose oldest rate is the newest; of equal ones, the first."""
    best: Converted | None = None
    for way in ways:
        steps = [found.get((leg.base, leg.currency, each.day)) for leg in way]
        known = [step for step in steps if step is not None]
        if len(known) < len(way):
            continue
        oldest = min(on for _, on in known)
        if best is None or best.rate_on is None or oldest > best.rate_on:
            exact = each.money.amount
            for leg, (rate, _) in zip(way, known, strict=True):
                exact = exact / rate if leg.is_inverse else exact * rate
            best = Converted(Money(exact, target), oldest)
    return best
