"""Splitting: an order's pieces go out in several parcels (SEED-66), and back together."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from packbench.events.recording import record
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked
from packbench.orders.models import WORK, Order
from packbench.orders.models import Status as OrderStatus
from packbench.shipments.expiring import set_clock
from packbench.shipments.models import Shipment
from packbench.shipments.planning import (
    Means,
    columns_of,
    composed_drafts,
    lock_for,
    pieces_left,
    put_in,
)
from packbench.shipments.reckoning import reckon_parcels
from packbench.shipments.status import UNDER_WAY, Status

MOST_PARTS = 20
NOT_WAITING = marked("This order does not wait for a parcel.")
UNDER_WAY_NOW = marked("A label for this order is being bought. Wait until it is there.")
NOTHING_TO_SPLIT = marked("Put pieces into at least two parcels.")
TOO_MANY_PARTS = marked("Split an order into %(most)s parcels at most.")
TOO_MANY = marked("Only %(left)s of %(sku)s are left to ship. Put that or less into the parcels.")
NOT_SPLIT = marked("No parcel of this order waits to be merged.")


@dataclass(frozen=True, slots=True)
class Part:
    """What goes in one parcel: pieces by item id; `ship_by_at` where it leaves on another day."""

    pieces: Mapping[str, int]
    ship_by_at: datetime | None = None


@transaction.atomic
def split_order(
    order: Order, parts: Sequence[Part], means: Means, *, actor: str, now: datetime
) -> list[Shipment]:
    """Put what is left of the order into parcels, each a draft Shipment with its ShipmentItems.

    What no part names becomes the last parcel. Parcels that were split off before and have no
    label are put together first, so that a split may be changed by splitting again; those with a
    label stay. Nothing is bought: `planning.plan_order` and `plan_parcel` make the drafts ready.

    The order counts as partially shipped from the first label until all of it went, and each
    label makes a Notice of its own (`owing.owe`) whose confirmation lists the ShipmentItems of
    its shipment only. A part with a `ship_by_at` waits for that day, and the order is due with
    the earliest part that has no label. Raises Rejected.
    """
    here = _locked(order)
    _merge(here)
    wanted = [part for part in parts if any(count > 0 for count in part.pieces.values())]
    pieces = _checked(here, [part.pieces for part in wanted])
    rest = pieces[len(wanted) :]
    ends = [*(part.ship_by_at for part in wanted), *(None for _ in rest)]
    if len(pieces) < 2:
        raise Rejected(NOTHING_TO_SPLIT, code="nothing_to_split")
    drafts = [
        _draft(here, its, means, ship_by_at=at, now=now)
        for its, at in zip(pieces, ends, strict=True)
    ]
    reckon_parcels(here, now=now)
    set_clock(here.pk, now=now)
    _note("order.split", here, actor=actor, now=now, count=len(drafts))
    return drafts


@transaction.atomic
def merge_parts(order: Order, *, actor: str, now: datetime) -> int:
    """Put the parcels without a label together again: the undo of a split, and of a combination.

    Returns how many there were. Safe to run again: then it raises Rejected, as it does while a
    label of one is being bought.
    """
    here = _locked(order)
    along = {pk for row in composed_drafts([here.pk]) for pk in row.order_ids()} - {here.pk}
    count = _merge(here)
    if not count:
        raise Rejected(NOT_SPLIT, code="not_split")
    for each in [here, *Order.objects.filter(pk__in=along).order_by("id")]:
        reckon_parcels(each, now=now)
        set_clock(each.pk, now=now)
        _note("order.merged", each, actor=actor, now=now)
    return count


def discard(draft: Shipment) -> None:
    """Free the pieces of a draft. One that was never tried leaves no trace."""
    if draft.labels.exists():
        draft.move(Status.VOIDED)
    else:
        draft.delete()


def _locked(order: Order) -> Order:
    """Raises Rejected where it waits for no parcel, or one of its labels is being bought."""
    (here,) = lock_for([order.pk])
    if here.status not in (*WORK, OrderStatus.ON_HOLD):
        raise Rejected(NOT_WAITING, code="not_waiting")
    if Shipment.objects.of_orders([here.pk]).filter(status__in=UNDER_WAY).exists():
        raise Rejected(UNDER_WAY_NOW, code="under_way")
    return here


def _merge(here: Order) -> int:
    """Discard its drafts; returns how many of them a person had composed."""
    drafts = list(Shipment.objects.of_orders([here.pk]).filter(status=Status.DRAFT))
    for draft in drafts:
        discard(draft)
    return sum(draft.is_composed for draft in drafts)


def _checked(here: Order, wanted: Sequence[Mapping[str, int]]) -> list[dict[str, int]]:
    """The pieces of each parcel, what is left over as the last. Raises Rejected."""
    if len(wanted) > MOST_PARTS:
        raise Rejected(TOO_MANY_PARTS, code="too_many_parts", most=MOST_PARTS)
    left = pieces_left(here)
    given: Counter[str] = Counter()
    for pieces in wanted:
        given.update({pk: max(count, 0) for pk, count in pieces.items()})
    for item in here.items.all():
        if given[item.pk] > left.get(item.pk, 0):
            raise Rejected(
                TOO_MANY, code="too_many", left=left.get(item.pk, 0), sku=item.sku or item.title
            )
    rest = {pk: count - given[pk] for pk, count in left.items() if count > given[pk]}
    own = [_some(pieces, left) for pieces in wanted]
    return [*own, rest] if rest else own


def _some(pieces: Mapping[str, int], left: Mapping[str, int]) -> dict[str, int]:
    return {pk: count for pk, count in pieces.items() if count > 0 and pk in left}


def _draft(
    here: Order, pieces: dict[str, int], means: Means, *, ship_by_at: datetime | None, now: datetime
) -> Shipment:
    draft = Shipment.objects.create(
        workspace_id=here.workspace_id,
        order=here,
        status=Status.DRAFT,
        is_composed=True,
        ship_by_at=ship_by_at,
        created_at=now,
        **columns_of(here, means, pieces=pieces),
    )
    put_in(draft, pieces)
    return draft


def _note(name: str, order: Order, *, actor: str, now: datetime, **data: int) -> None:
    record(
        name,
        order.workspace_id,
        actor=actor,
        now=now,
        order_id=order.pk,
        store_id=order.store_id,
        **data,
    )
