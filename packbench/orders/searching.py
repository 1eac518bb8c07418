"""Searching: the orders that a typed text finds, by an index for each way an order may match.

No way reads further than CAP orders: what is that common is looked up along the list instead.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet, SmallIntegerField, Value
from django.db.models.functions import Upper

from packbench.accounts.models import Workspace
from packbench.database.one_of import one_of
from packbench.orders.indexing import tokenizers
from packbench.orders.models import Order, OrderItem, Search, SearchEntry
from packbench.privacy.fields import sealer, unseal
from packbench.privacy.models import KeyDestroyed
from packbench.privacy.sealing import Unreadable
from packbench.privacy.tokenizing import sought_terms
from packbench.products.models import Alias

CAP = 2_000  # orders that one way may list
LONGEST = 60  # letters
FEWEST = 3  # letters of a part; shorter texts must be the whole of a field
KEPT = timedelta(days=1)
MOST_FORGOTTEN = 10_000
NUMBER = re.compile(r"\d{3}-\d{7}-\d{7}")
NUMBERS = re.compile(r"[\w.#/-]+")  # order numbers, of Amazon and of shops of one's own
ASIN = re.compile(r"[0-9a-z]{4,10}", re.IGNORECASE)
LONGEST_POSTAL_CODE = 12
# What cannot be the name, address or number of a person: it may stand in an address.
PLAIN = re.compile(r"\d{3}-\d{1,7}(-\d{0,7})?|B0[0-9A-Z]{8}", re.IGNORECASE)
MOST_SKUS = 200  # that a text may be a part of
HAS = "position(%s in upper(sku)) > 0"
# From the orders to their items, whatever PostgreSQL thinks of going the other way.
AMONG_ITEMS = """
select distinct wanted.id from unnest(%s::text[]) as wanted(id), lateral (
    select i.sku, i.asin from orders_orderitem i where i.order_id = wanted.id offset 0
) item where {has}
"""
# Ids hold no space; one text of them is read much faster than as many rows.
LISTED = """
select way, case when count(*) <= %s then string_agg(id, ' ') end
from ({found}) found(id, way) group by way
"""
seal_text = sealer(Search, "text")


@dataclass(frozen=True, slots=True)
class Way:
    """One way that orders match.

    `ids` is the query of all of them, None where they are known to be too many; `condition` is
    the same of an order; `among` returns those of a few orders that match.
    """

    ids: QuerySet[Any, Any] | None
    condition: Q
    among: Callable[[Sequence[str]], set[str]]


@dataclass(slots=True)
class Found:
    """The orders that match: those listed, and those of the ways that are too common to list."""

    ids: set[str] = field(default_factory=set)
    common: list[Way] = field(default_factory=list)
    by_buyer: set[str] = field(default_factory=set)  # those of `ids` found by personal data
    has_looked: bool = False  # whether buyers' data was searched

    def add(self, ways: Sequence[Way]) -> list[set[str]]:
        """Look all ways up in one query; returns what each of those that list anything listed."""
        self.common += [way for way in ways if way.ids is None]
        listing = [way for way in ways if way.ids is not None]
        listed: list[set[str]] = [set() for _ in listing]
        for number, ids in _listed([way.ids for way in listing if way.ids is not None]):
            if ids is None:
                self.common.append(listing[number])
            else:
                listed[number] = set(ids.split())
        self.ids.update(*listed)
        return listed

    @property
    def condition(self) -> Q:
        """What matches, as a condition of orders."""
        condition = one_of("pk", self.ids)
        for way in self.common:
            condition |= way.condition
        return condition

    def among(self, ids: Sequence[str]) -> set[str]:
        """Those of these orders that match."""
        return self.ids.intersection(ids).union(*(way.among(ids) for way in self.common))


def find_orders(
    workspace: Workspace, text: str, *, slots: Iterable[str] = (), may_see_buyers: bool = False
) -> Found:
    """Find by number, SKU, ASIN, city, postal code, tracking number and these custom fields.

    `may_see_buyers`: also by name, company, e-mail address and phone number of the buyer and the
    recipient. The caller records that look.
    """
    found, text = Found(), text[:LONGEST]
    if NUMBER.fullmatch(text):
        found.add([_of_order(workspace, Q(external_id=text))])
        return found
    ways = list(_ways(workspace, text, slots))
    alternatives = sought_terms(text) if may_see_buyers else []
    found.has_looked = bool(alternatives)
    by_buyer = list(_by_buyer(workspace, alternatives))
    listed = found.add([*by_buyer, *ways])
    found.by_buyer = set().union(*listed[: len(by_buyer)])
    return found


def find_sku(workspace: Workspace, text: str) -> Found:
    """Find the orders with an item whose SKU has this text in it."""
    found = Found()
    found.add([_of_sku(workspace, text)])
    return found


def names_nobody(text: str) -> bool:
    """Whether the text is a number of Amazon's, of an order or a product, and so nobody's name."""
    return PLAIN.fullmatch(text) is not None


def keep_search(workspace: Workspace, text: str, *, now: datetime) -> Search:
    """Seal what was typed, so that an address names its id instead."""
    sealed = seal_text(text[:LONGEST], workspace.key.opened())
    return Search.objects.create(workspace=workspace, text=sealed, asked_at=now)


def kept_text(workspace: Workspace, search_id: str, *, now: datetime) -> str:
    """What was typed; "" where it was forgotten meanwhile."""
    row = workspace.searches.filter(pk=search_id, asked_at__gt=now - KEPT).first()
    if row is None or row.text is None:
        return ""
    try:
        text: str = unseal(row.text, workspace.key.opened())
    except (KeyDestroyed, Unreadable):
        return ""
    return text


def forget_searches(*, now: datetime) -> int:
    """Delete what was typed a day ago; returns how many. Safe to run again."""
    old = Search.objects.filter(asked_at__lte=now - KEPT).order_by("asked_at")
    ids = list(old.values_list("pk", flat=True)[:MOST_FORGOTTEN])
    Search.objects.filter(pk__in=ids).delete()
    return len(ids)


def _ways(workspace: Workspace, text: str, slots: Iterable[str]) -> Iterator[Way]:
    """The ways that a text of this shape may be meant."""
    has_digit = any(char.isdecimal() for char in text)
    is_long, is_word = len(text) >= FEWEST, " " not in text and "@" not in text
    yield _of_order(workspace, Q(seller_order_id__iexact=text))
    for slot in slots:
        yield _of_order(workspace, Q(**{f"{slot}__iexact": text}) & ~Q(**{slot: ""}))
    if has_digit and len(text) <= LONGEST_POSTAL_CODE:
        yield _of_order(workspace, Q(ship_to_postal_code__iexact=text))
    if has_digit and is_long and is_word:
        yield _of_order(workspace, Q(pk__in=_with_tracking(text)))
    if is_long and NUMBERS.fullmatch(text):
        yield _of_order(workspace, Q(external_id__icontains=text))
    if is_long and not has_digit and "@" not in text:
        yield _of_order(workspace, Q(ship_to_city__icontains=text))
    if ASIN.fullmatch(text):
        yield _of_asin(text)
    if is_long and "@" not in text:
        yield _of_sku(workspace, text)


def _listed(queries: Sequence[QuerySet[Any, Any]]) -> list[tuple[int, str | None]]:
    """The ids that each query finds, by its place; None where they are more than CAP.

    Rows are counted, not orders: two lines of an order may match, and the list still be cut off.
    """
    if not queries:
        return []
    parts = [
        each.annotate(way=Value(number, SmallIntegerField()))[: CAP + 1]
        for number, each in enumerate(queries)
    ]
    try:
        found, values = parts[0].union(*parts[1:], all=True).query.sql_with_params()
    except EmptyResultSet:  # Django sees that none finds anything
        return []
    with connection.cursor() as cursor:
        cursor.execute(LISTED.format(found=found), [CAP, *values])
        return list(cursor.fetchall())


def _with_tracking(text: str) -> QuerySet[Any]:
    numbers = [text, text.upper()]
    own = Order.objects.filter(shipments__tracking_number__in=numbers)
    along = Order.objects.filter(companions__shipment__tracking_number__in=numbers)
    return own.order_by().values("pk").union(along.order_by().values("pk"))


def _of_order(workspace: Workspace, condition: Q) -> Way:
    matching = workspace.orders.filter(condition).order_by().values_list("pk")

    def among(ids: Sequence[str]) -> set[str]:
        return {pk for (pk,) in matching.filter(one_of("pk", ids))}

    return Way(matching, condition, among)


def _of_asin(text: str) -> Way:
    lines = OrderItem.objects.filter(asin__iexact=text)
    return _of_items(lines, "upper(asin) = %s", text.upper())


def _of_sku(workspace: Workspace, text: str) -> Way:
    """By the SKUs that have the text in them: they are few, where items are millions."""
    upper = text.upper()
    products = workspace.products.filter(sku__icontains=text).order_by()
    aliases = Alias.objects.filter(workspace=workspace, kind=Alias.Kind.SKU, value__icontains=text)
    known = products.values_list("sku").union(aliases.order_by().values_list("value"))
    skus = sorted({sku.upper() for (sku,) in known[: MOST_SKUS + 1]})
    lines = OrderItem.objects.alias(upper=Upper("sku"))
    if len(skus) > MOST_SKUS:
        way = _of_items(lines.filter(upper__contains=upper), HAS, upper)
        return replace(way, ids=None)
    return _of_items(lines.filter(upper__in=skus), "upper(sku) = any(%s)", skus)


def _of_items(lines: QuerySet[OrderItem], has: str, value: Any) -> Way:
    """`has` says the same of a line as the query, in SQL, of that value."""
    here = lines.filter(order=OuterRef("pk"))

    def among(ids: Sequence[str]) -> set[str]:
        with connection.cursor() as cursor:
            cursor.execute(AMONG_ITEMS.format(has=has), [list(ids), value])
            return {pk for (pk,) in cursor.fetchall()}

    # Of all workspaces: the list is of one anyhow, and to ask here costs as much as all the rest.
    return Way(lines.order_by().values_list("order_id"), Q(Exists(here)), among)


def _by_buyer(workspace: Workspace, alternatives: Sequence[Sequence[str]]) -> Iterator[Way]:
    """A way for each alternative, whichever key and month an entry was made with.

    A term's tokens of all of them are looked up together: one condition for each term is what
    the index answers best.
    """
    makers = tokenizers(workspace) if alternatives else []
    for terms in alternatives if makers else ():
        condition = Q()
        for term in terms:
            condition &= Q(tokens__overlap=[each.token(term) for each in makers])
        yield _of_entries(workspace, condition)


def _of_entries(workspace: Workspace, condition: Q) -> Way:
    matching = SearchEntry.objects.filter(condition, workspace_id=workspace.pk).order_by()
    here = SearchEntry.objects.filter(condition, order=OuterRef("pk"))

    def among(ids: Sequence[str]) -> set[str]:
        return set(matching.filter(one_of("pk", ids)).values_list("pk", flat=True))

    return Way(matching.values_list("pk"), Q(Exists(here)), among)
