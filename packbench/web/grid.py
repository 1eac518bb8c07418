"""The grid of orders: which are shown, in which order, page by page.

All state is in the address. Pages follow a key, never an offset: a page costs the same at any
depth, and an order that comes or goes meanwhile neither repeats nor hides another.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import and_
from typing import Any

from django.db.models import Q

from packbench.accounts.models import Workspace
from packbench.channels.models import Store
from packbench.orders.counting import count_capped
from packbench.orders.models import Order, OrderQuerySet, Status
from packbench.orders.searching import Found, find_orders, find_sku
from packbench.web.choosing import DUE, LABELS, MARKS, SORTS, TABS, Choice, Sort
from packbench.web.narrowing import Narrow, end_of_day, found_by_label, narrowing, slots_in_use

__all__ = ["DUE", "LABELS", "MARKS", "SORTS", "TABS", "Choice", "end_of_day"]

FIRST_PAGE = 30  # more than a screen holds: it is there at once, the next rows follow
PAGE = 50
MOST_BRANCHES = 24
MOST_MATCHING = 5_000  # orders that one action may be done to
# How many rows of the list are looked at, step by step, for orders that a common text finds: for
# a page, and for all that match.
STEPS = (400, 500)
LONG_WALK = (10_000,) * 50
EPOCH = datetime.fromtimestamp(0, UTC)

Key = tuple[Any, str]  # of the column that sorts, and of the order


@dataclass(frozen=True, slots=True)
class Asked:
    """A choice with what is needed to answer it. `text` is what was typed, wherever it is kept."""

    workspace: Workspace
    choice: Choice
    stores: Sequence[Store]
    now: datetime
    text: str = ""
    may_see_buyers: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One page: the orders' ids in their order, and the key of the next page ("": the last)."""

    ids: list[str]
    after: str = ""
    has_looked: bool = False  # whether buyers' data was searched
    by_buyer: set[str] = field(default_factory=set)  # those of `ids` that it found


def page_of(asked: Asked) -> Page:
    """Read one page of what was asked for."""
    size = PAGE if asked.choice.after else FIRST_PAGE
    found = _found(asked)
    keys, stopped_at = _keys(asked, found, size + 1)
    next_key = keys[size - 1] if len(keys) > size else stopped_at
    shown = [order_id for _, order_id in keys[:size]]
    return Page(
        shown,
        _key_text(next_key) if next_key else "",
        has_looked=any(each.has_looked for each in found),
        by_buyer={pk for each in found for pk in each.by_buyer}.intersection(shown),
    )


def matching_ids(asked: Asked) -> list[str]:
    """All orders that match, in their order and from the first on; at most MOST_MATCHING + 1."""
    keys, _ = _keys(asked, _found(asked), MOST_MATCHING + 1, steps=LONG_WALK)
    return [order_id for _, order_id in keys]


def counts(workspace: Workspace) -> dict[str, int]:
    """How many orders each tab holds, up to a cap."""
    groups = {tab.key: [str(status) for status in tab.statuses] for tab in TABS.values()}
    return count_capped(workspace.pk, groups)


def chosen_orders(workspace: Workspace, ids: Iterable[str]) -> list[Order]:
    """The orders of these ids, in the order of the ids; others' are not found."""
    wanted = list(dict.fromkeys(ids))
    rows = {order.pk: order for order in workspace.orders.filter(pk__in=wanted)}
    return [rows[pk] for pk in wanted if pk in rows]


def _found(asked: Asked) -> list[Found]:
    """What is found apart from the list: by a text, by an item, by a label."""
    found = []
    if asked.text:
        slots = slots_in_use(asked.stores)
        found.append(
            find_orders(
                asked.workspace, asked.text, slots=slots, may_see_buyers=asked.may_see_buyers
            )
        )
    elif asked.choice.s:
        found.append(Found())  # it was forgotten: nothing matches
    if asked.choice.sku:
        found.append(find_sku(asked.workspace, asked.choice.sku))
    if asked.choice.label in ("labeled", "unprinted"):
        found.append(found_by_label(asked.workspace, asked.choice.label))
    return found


def _keys(
    asked: Asked, found: Sequence[Found], most: int, *, steps: Sequence[int] = STEPS
) -> tuple[list[Key], Key | None]:
    """The first keys of what was asked for; and where looking stopped, if it did before the end."""
    narrow = narrowing(asked.workspace, asked.choice, asked.stores, now=asked.now)
    beyond = _beyond(asked.choice)
    if found and all(each.common for each in found):
        return _walk(asked, narrow, found, most, steps)
    wanted = _narrowed(narrow, reduce(and_, (each.condition for each in found), beyond))
    return _read(asked, wanted, bool(found), most), None


def _narrowed(narrow: Narrow, wanted: Q) -> Narrow:
    return lambda orders: narrow(orders).filter(wanted)


def _walk(
    asked: Asked, narrow: Narrow, found: Sequence[Found], most: int, steps: Sequence[int]
) -> tuple[list[Key], Key | None]:
    """Go along the list and keep what matches: it is common, so the page is soon full.

    However rare it is among these orders, only so many are looked at: the next page goes on.
    """
    kept: list[Key] = []
    place = _key(asked.choice)
    for size in steps:
        beyond = _after(asked.choice.sorted_by, place) if place else Q()
        keys = _read(asked, _narrowed(narrow, beyond), False, size)
        ids = [order_id for _, order_id in keys]
        hits = set.intersection(*(each.among(ids) for each in found))
        kept += [key for key in keys if key[1] in hits]
        if len(kept) >= most or len(keys) < size:
            return kept[:most], None
        place = keys[-1]
    return kept, place


def _read(asked: Asked, narrow: Narrow, is_listed: bool, most: int) -> list[Key]:
    """The first keys of the choice, as `narrow` narrows it."""
    sort = asked.choice.sorted_by
    # Each branch stops by itself: PostgreSQL then walks its index instead of sorting all of it.
    branches = [
        narrow(branch).values_list(sort.column, "pk").order_by(*sort.order)[:most]
        for branch in _branches(asked, is_listed)
    ]
    keys = branches[0]
    if branches[1:]:
        keys = keys.union(*branches[1:], all=True).order_by(*sort.order)[:most]
    return list(keys)


def _branches(asked: Asked, is_listed: bool) -> list[OrderQuerySet]:
    """The queries whose merged rows are the page.

    One for each store and status that its index holds in the wanted order, not for several.
    """
    tab, chosen = TABS[asked.choice.tab], asked.choice.status
    orders: OrderQuerySet = asked.workspace.orders.all()
    if tab.key == "problems":
        orders = orders.filter(has_problems=True)
    statuses = [
        status for status in tab.statuses or tuple(Status.values) if status in chosen or not chosen
    ]
    stores, column = asked.choice.store, asked.choice.sorted_by.column
    if not stores:
        is_any = column == "placed_at" and not (tab.statuses or chosen)
        one_store = [orders]
    elif len(stores) * len(statuses) <= MOST_BRANCHES:
        is_any = column == "placed_at"
        one_store = [orders.filter(store_id=store) for store in stores]
    else:
        is_any = False
        one_store = [orders.filter(store_id__in=stores)]
    if is_listed or is_any or column == "external_id" or not statuses:
        return [
            each.filter(status__in=statuses) if tab.statuses or chosen else each
            for each in one_store
        ]
    return [each.filter(status=status) for each in one_store for status in statuses]


def _beyond(choice: Choice) -> Q:
    key = _key(choice)
    return _after(choice.sorted_by, key) if key else Q()


def _after(sort: Sort, key: Key) -> Q:
    """Rows after the key. The bound on the column alone lets the index skip what came before."""
    column, then = sort.column, "lt" if sort.is_descending else "gt"
    next_id = Q(pk__lt=key[1]) if sort.are_ids_descending else Q(pk__gt=key[1])
    return Q(**{f"{column}__{then}e": key[0]}) & (Q(**{f"{column}__{then}": key[0]}) | next_id)


def _key(choice: Choice) -> Key | None:
    """The key in the address; None where there is none, or none that this sort knows."""
    value, _, order_id = choice.after.rpartition("-")
    if not value:
        return None
    if choice.sorted_by.column == "external_id":
        return value, order_id
    try:
        return EPOCH + timedelta(microseconds=int(value)), order_id
    except (ValueError, OverflowError):
        return None


def _key_text(key: Key) -> str:
    value, order_id = key
    if isinstance(value, datetime):
        value = (value - EPOCH) // timedelta(microseconds=1)
    return f"{value}-{order_id}"
