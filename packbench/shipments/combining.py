"""Combining: orders of one recipient at one address go out in one parcel (SEED-67).

Addresses are compared by `SearchEntry.place`, a keyed hash of recipient and address: nobody's data
is read. It is suggested, and done only where a person says so.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import chain
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from packbench.accounts.models import Workspace
from packbench.events.recording import record
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked
from packbench.orders.models import WORK, Order, SearchEntry
from packbench.shipments.dismissing import split_dismissed
from packbench.shipments.expiring import set_clocks
from packbench.shipments.models import Companion, Shipment
from packbench.shipments.planning import (
    Means,
    columns_of,
    has_label_elsewhere,
    lock_for,
    pieces_left,
    put_in,
)
from packbench.shipments.reckoning import reckon_parcels
from packbench.shipments.splitting import discard
from packbench.shipments.status import UNDER_WAY, Status

MOST = 20  # orders in one parcel
MOST_LOOKED_AT = 1_000  # orders that go where those on the page go
# In two steps: PostgreSQL would plan one query of both for longer than it works on it.
TO_ONE_ADDRESS = """
select here.order_id, other.id
from orders_searchentry here
    join orders_searchentry there on there.place = here.place and there.order_id <> here.order_id
    join orders_order other on other.id = there.order_id
where here.order_id = any(%(ids)s)
    and other.workspace_id = %(workspace)s and other.status = any(%(work)s)
order by other.due_at, other.id limit %(most)s
"""
IN_NO_PARCEL = """
select o.id, o.store_id from orders_order o
where o.id = any(%(ids)s) and o.workspace_id = %(workspace)s and o.status = any(%(work)s)
    and not exists (select 1 from shipments_shipment s
        where s.order_id = o.id and s.status <> %(voided)s)
    and not exists (select 1 from shipments_companion c
        join shipments_shipment s on s.id = c.shipment_id
        where c.order_id = o.id and s.status <> %(voided)s)
"""
TOO_FEW = marked("Select at least two orders that go to the same address.")
TOO_MANY = marked("Combine %(most)s orders at most into one parcel.")
NOT_WAITING = marked("Order %(number)s does not wait for a parcel, or is on hold.")
UNDER_WAY_NOW = marked("A label for order %(number)s is being bought. Wait until it is there.")
NOTHING_LEFT = marked("Everything in order %(number)s has a label already.")
OTHER_PLACE = marked(
    "Order %(number)s goes to another recipient or address. Only orders for the same recipient at "
    "the same address can share a parcel."
)
OTHER_STORE = marked(
    "Order %(number)s comes from another store. Say so if the parcel is to hold orders of several "
    "stores."
)


@transaction.atomic
def combine_orders(
    orders: Sequence[Order],
    means: Means,
    *,
    across_stores: bool = False,
    actor: str,
    now: datetime,
) -> Shipment:
    """Put what is left of these orders into one parcel: a draft that a label can be asked for.

    Its order is the first one, its ShipmentItems hold the pieces of all, and its companions name
    the others. When the label is bought each order is owed a Notice of its own, with its pieces
    and the same tracking number; a void frees the pieces of all. Refused labels of the orders
    are given up, and splits and combinations of before are undone. Raises Rejected.
    """
    ids = list(dict.fromkeys(order.pk for order in orders))
    here = {row.pk: row for row in lock_for(ids)}
    rows = [here[pk] for pk in ids if pk in here]
    _check(rows, across_stores=across_stores)
    along = {pk for draft in _drafts(ids) for pk in draft.order_ids()}
    for draft in _drafts(ids):
        discard(draft)
    pieces = {row.pk: pieces_left(row) for row in rows}
    for row in rows:
        if not pieces[row.pk]:
            raise Rejected(NOTHING_LEFT, code="already_labeled", number=row.external_id)
    all_pieces = {pk: count for each in pieces.values() for pk, count in each.items()}
    shipment = _draft(rows, all_pieces, means, now)
    for row in [*rows, *Order.objects.filter(pk__in=along.difference(ids)).order_by("pk")]:
        reckon_parcels(row, now=now)
    set_clocks(sorted(along.union(ids)), now=now)
    for row in rows:
        record(
            "order.combined",
            row.workspace_id,
            actor=actor,
            now=now,
            order_id=row.pk,
            shipment_id=shipment.pk,
            store_id=row.store_id,
            count=len(rows),
        )
    return shipment


def combinable(workspace: Workspace, order_ids: Iterable[str]) -> dict[str, list[str]]:
    """Which others each of these orders could share a parcel with, by id: of the same store.

    Orders of which something is in a parcel already are not suggested, nor what was dismissed.
    One query where nobody shares an address, else up to five.
    """
    suggested, _ = split_dismissed(to_one_address(workspace, order_ids))
    return suggested


def to_one_address(workspace: Workspace, order_ids: Iterable[str]) -> dict[str, list[str]]:
    """The same, with what was dismissed."""
    groups: dict[str, list[str]] = defaultdict(list)
    wanted: dict[str, Any] = {
        "ids": list(order_ids),
        "workspace": workspace.pk,
        "work": [status.value for status in WORK],
        "voided": Status.VOIDED.value,
        "most": MOST_LOOKED_AT,
    }
    with connection.cursor() as cursor:
        cursor.execute(TO_ONE_ADDRESS, wanted)
        pairs = cursor.fetchall()
        if not pairs:
            return {}
        cursor.execute(IN_NO_PARCEL, wanted | {"ids": list(set(chain.from_iterable(pairs)))})
        stores = dict(cursor.fetchall())
    for pk, other in pairs:
        if pk in stores and stores[pk] == stores.get(other):
            groups[pk].append(other)
    return {pk: others[: MOST - 1] for pk, others in groups.items()}


def _check(rows: Sequence[Order], *, across_stores: bool) -> None:
    if len(rows) < 2:
        raise Rejected(TOO_FEW, code="too_few")
    if len(rows) > MOST:
        raise Rejected(TOO_MANY, code="too_many_orders", most=MOST)
    entries = SearchEntry.objects.filter(order__in=[row.pk for row in rows], place__isnull=False)
    places = _places(entries)
    for row in rows:
        number = row.external_id
        if row.status not in WORK or row.held_at is not None or has_label_elsewhere(row):
            raise Rejected(NOT_WAITING, code="not_waiting", number=number)
        if Shipment.objects.of_orders([row.pk]).filter(status__in=UNDER_WAY).exists():
            raise Rejected(UNDER_WAY_NOW, code="under_way", number=number)
        is_same = row.pk in places and places[row.pk] == places.get(rows[0].pk)
        if row.workspace_id != rows[0].workspace_id or not is_same:
            raise Rejected(OTHER_PLACE, code="other_place", number=number)
        if row.store_id != rows[0].store_id and not across_stores:
            raise Rejected(OTHER_STORE, code="other_store", number=number)


def _places(entries: QuerySet[SearchEntry]) -> dict[str, bytes]:
    return {pk: bytes(place or b"") for pk, place in entries.values_list("order_id", "place")}


def _drafts(order_ids: Sequence[str]) -> list[Shipment]:
    return list(Shipment.objects.of_orders(order_ids).filter(status=Status.DRAFT).order_by("id"))


def _draft(rows: Sequence[Order], pieces: dict[str, int], means: Means, now: datetime) -> Shipment:
    first, *others = rows
    shipment = Shipment.objects.create(
        workspace_id=first.workspace_id,
        order=first,
        status=Status.DRAFT,
        is_composed=True,
        created_at=now,
        **columns_of(first, means, pieces=pieces),
    )
    put_in(shipment, pieces)
    Companion.objects.bulk_create(Companion(shipment=shipment, order=row) for row in others)
    return shipment
