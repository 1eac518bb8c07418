"""Indexing: the entries that orders are found by their buyers with, without a word in clear.

An entry is written in the transaction that saves the order, deleted with the buyer's data, and
made anew, slice by slice, where there is none yet or the workspace's key was replaced. Backups
leave entries out: who restores one has them made.
"""

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from django.db import connection, transaction

from packbench.accounts.models import Workspace
from packbench.channels.base import Buyer
from packbench.jobs import defer_once
from packbench.lib.addresses import Address
from packbench.orders.models import Order, SearchBuild, SearchEntry
from packbench.orders.sealing import own_address, place_of, stores_address
from packbench.privacy.blinding import blind_all
from packbench.privacy.fields import unseal
from packbench.privacy.models import DataKey, KeyDestroyed
from packbench.privacy.sealing import OpenKey, Unreadable
from packbench.privacy.tokenizing import Tokenizer, indexed_terms, month_of

JOB = "orders.index"
PLACE = "place"
AT_ONCE = 500  # orders in a transaction
LONGEST_RUN = timedelta(seconds=20)  # of one job; the next goes on
WRITE = """
insert into orders_searchentry as here (order_id, workspace_id, key_id, month, tokens, place)
select w.order_id, %s, %s, w.month, w.tokens::int[], w.place
from unnest(%s::text[], %s::smallint[], %s::text[], %s::bytea[])
    as w(order_id, month, tokens, place)
on conflict (order_id) do update
    set key_id = excluded.key_id, month = excluded.month, tokens = excluded.tokens,
        place = excluded.place
    where (here.key_id, here.tokens, here.place)
        is distinct from (excluded.key_id, excluded.tokens, excluded.place)
"""
# Each key and month that entries were made with: one step of the index for each of them.
KEYS_IN_USE = """
with recursive used as (
    (select key_id, month from orders_searchentry where workspace_id = %(workspace)s
        order by key_id, month limit 1)
    union all
    select next.key_id, next.month from used, lateral (
        select e.key_id, e.month from orders_searchentry e
        where e.workspace_id = %(workspace)s and (e.key_id, e.month) > (used.key_id, used.month)
        order by e.key_id, e.month limit 1) next
)
select key_id, month from used limit 200
"""


class Indexer:
    """Collects the entries of orders of one workspace, and writes them in one statement."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace, self._workspace_id, self._key = workspace, workspace.pk, workspace.key
        self._found: list[tuple[str, int, str, str]] = []

    def add(self, order: Order, key: OpenKey | None) -> None:
        """Note what the order is found by: what is sealed in its row now. No key: nothing."""
        if key is None:
            return
        month = month_of(order.imported_at)
        tokens = tokenizer(self._key, month).tokens(_terms(order, key), filler=order.pk)
        row = (order.pk, month, "{" + ",".join(map(str, tokens)) + "}", place_text(order, key))
        self._found.append(row)

    def write(self) -> int:
        """Write the entries, in the transaction of the orders; returns how many."""
        if not self._found:
            return 0
        ids, months, tokens, texts = (list(column) for column in zip(*self._found, strict=True))
        blinded = blind_all(self._workspace, PLACE, [text for text in texts if text])
        places = [blinded.get(text) for text in texts]
        with connection.cursor() as cursor:
            cursor.execute(WRITE, [self._workspace_id, self._key.pk, ids, months, tokens, places])
        count = len(self._found)
        self._found.clear()
        return count


def index_again(order: Order, key: OpenKey) -> None:
    """Let the order be found by what is sealed in its row now: part of what changed it."""
    indexer = Indexer(Workspace.objects.select_related("key").get(pk=order.workspace_id))
    indexer.add(order, key)
    indexer.write()


def tokenizer(key: DataKey, month: int) -> Tokenizer:
    """The tokenizer of a workspace's key. Raises KeyDestroyed, sealing.Unreadable."""
    if key.wrapped is None:
        raise KeyDestroyed(key.pk)
    return _derived(key.pk, bytes(key.wrapped), month)


@lru_cache(maxsize=256)
def _derived(key_id: str, wrapped: bytes, month: int) -> Tokenizer:
    """As workspaces' keys themselves, derived ones live as long as the process."""
    return Tokenizer.of(DataKey(id=key_id, wrapped=wrapped).secret(), month)


def tokenizers(workspace: Workspace) -> list[Tokenizer]:
    """One for each key and month that the workspace's entries were made with."""
    used = keys_in_use(workspace.pk)
    keys = {key.pk: key for key in DataKey.objects.filter(pk__in={key_id for key_id, _ in used})}
    return [
        tokenizer(keys[key_id], month)
        for key_id, month in used
        if key_id in keys and keys[key_id].is_alive
    ]


def keys_in_use(workspace_id: str) -> list[tuple[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute(KEYS_IN_USE, {"workspace": workspace_id})
        return [(key_id, month) for key_id, month in cursor.fetchall()]


def forget_entries(order_ids: Sequence[str]) -> None:
    """Part of an erasure: what finds these orders by their buyers goes."""
    SearchEntry.objects.filter(order_id__in=order_ids).delete()


def unindexed_workspaces() -> list[str]:
    """Note which workspaces' entries are to be made anew; returns all that are not done.

    Those that were never indexed, those whose key was replaced, and those where a worker that
    still held the replaced key wrote an entry since.
    """
    builds = {build.workspace_id: build for build in SearchBuild.objects.all()}
    unfinished = []
    for workspace_id, key_id in Workspace.objects.values_list("pk", "key_id"):
        build = builds.get(workspace_id)
        if build is None or build.key_id != key_id or _has_others(workspace_id, build):
            _begin(workspace_id, key_id)
            unfinished.append(workspace_id)
        elif build.indexed_to is not None:
            unfinished.append(workspace_id)
    return unfinished


def _has_others(workspace_id: str, build: SearchBuild) -> bool:
    if build.indexed_to is not None:
        return False  # it is being worked on
    return any(key_id != build.key_id for key_id, _ in keys_in_use(workspace_id))


def _begin(workspace_id: str, key_id: str) -> None:
    SearchBuild.objects.update_or_create(
        workspace_id=workspace_id, defaults={"key_id": key_id, "indexed_to": ""}
    )


@transaction.atomic
def index_slice(workspace_id: str, *, most: int = AT_ONCE) -> bool:
    """Make the entries of the workspace's next orders. False: nothing is left to do.

    Safe to run again, at once elsewhere, and to be killed: the mark moves with the entries.
    """
    build = SearchBuild.objects.select_for_update().filter(pk=workspace_id).first()
    if build is None or build.indexed_to is None:
        return False
    workspace = Workspace.objects.select_related("key").get(pk=workspace_id)
    rows = list(
        Order.objects.filter(workspace_id=workspace_id, pk__gt=build.indexed_to)
        .select_related("key")
        .select_for_update(of=("self",))
        .order_by("pk")[:most]
    )
    indexer = Indexer(workspace)
    for row in _lacking(rows, workspace.key_id):
        _open_and_add(indexer, row, workspace)
    indexer.write()
    has_more = len(rows) == most
    SearchBuild.objects.filter(pk=workspace_id).update(
        key_id=workspace.key_id, indexed_to=rows[-1].pk if has_more else None
    )
    return has_more


def index_orders(workspace_id: str, *, clock: Callable[[], datetime]) -> None:
    """Make entries for at most LONGEST_RUN; where more are lacking, queue the job again."""
    ends_at = clock() + LONGEST_RUN
    while index_slice(workspace_id):
        if clock() >= ends_at:
            defer_once(JOB, workspace_id=workspace_id)
            return


def _lacking(rows: Sequence[Order], key_id: str) -> Iterable[Order]:
    """The orders without a whole entry of this key whose buyers' data is here."""
    alive = {row.pk: row for row in rows if row.erased_at is None and row.key.is_alive}
    done = SearchEntry.objects.filter(order_id__in=alive, key_id=key_id, place__isnull=False)
    for pk in done.values_list("pk", flat=True):
        del alive[pk]
    return alive.values()


def _open_and_add(indexer: Indexer, row: Order, workspace: Workspace) -> None:
    if row.key.parent_id == workspace.key_id:
        row.key.parent = workspace.key  # spare a query for each
    try:
        indexer.add(row, row.key.opened())
    except (KeyDestroyed, Unreadable):
        return  # nobody can read it: nobody finds it


def place_text(order: Order, key: OpenKey) -> str:
    """Recipient and address that the order is shipped to, written one way; "": not known whole.

    It is blinded before it is written anywhere (`SearchEntry.place`).
    """
    place = place_of(order, key)
    if place is None or not place.is_complete:
        return ""
    lines = (place.name, place.company, place.line1, place.line2, place.line3, place.district)
    words = (*lines, place.city, place.state, place.postal_code, place.country)
    return "\n".join(_plain(word) for word in words)


def _plain(text: str) -> str:
    """The same letters and digits for the same words, however they are spaced and punctuated."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(each for each in folded if unicodedata.category(each)[0] in "LMN")


def _terms(order: Order, key: OpenKey) -> set[str]:
    own = own_address(order, key)
    places = [place for place in (stores_address(order, key), own and own.address) if place]
    buyer: Buyer | None = order.buyer and unseal(order.buyer, key)
    people: list[Address | Buyer] = [*places, *([buyer] if buyer else [])]
    return indexed_terms(
        names=[name for each in people for name in (each.name, each.company)],
        emails=[buyer.email] if buyer else [],
        phones=[place.phone for place in places],
    )
