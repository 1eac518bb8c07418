"""Dismissing: orders to one address that a person wants in parcels of their own.

The suggestion is gone for all orders of the group, until one of them changes or another order
joins them.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from packbench.events.recording import event, record_all
from packbench.lib.errors import Rejected
from packbench.lib.ids import new_id
from packbench.lib.sentences import marked
from packbench.orders.models import Order, SearchEntry
from packbench.shipments.models import KeptApart

NO_GROUP = marked("Nothing is suggested for this order any more.")

Groups = Mapping[str, Sequence[str]]  # by order: the others that could share its parcel


def keep_apart(order: Order, others: Sequence[str], *, actor: str, now: datetime) -> None:
    """Suggest no more to combine the order with these others. Raises Rejected without any."""
    if not others:
        raise Rejected(NO_GROUP, code="nothing_suggested")
    ids = [order.pk, *others]
    seen, group = _seen(ids), new_id("apt")
    with transaction.atomic():
        KeptApart.objects.bulk_create(
            [
                KeptApart(
                    order_id=pk, group=group, seen=seen[pk], dismissed_by=actor, dismissed_at=now
                )
                for pk in sorted(seen)
            ],
            update_conflicts=True,
            unique_fields=["order"],
            update_fields=["group", "seen", "dismissed_by", "dismissed_at"],
        )
        _note("order.separated", order, seen, actor=actor, now=now)


@transaction.atomic
def suggest_again(order: Order, *, actor: str, now: datetime) -> None:
    """Undo it, for all of the order's group. Safe to run again."""
    row = KeptApart.objects.filter(order=order).first()
    if row is None:
        return
    rows = KeptApart.objects.filter(group=row.group)
    ids = list(rows.values_list("order_id", flat=True))
    rows.delete()
    _note("order.suggested", order, ids, actor=actor, now=now)


def split_dismissed(groups: Groups) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Part what may be suggested from what was dismissed, both by order. Two queries at most."""
    ids = {pk for pk, others in groups.items() for pk in (pk, *others)}
    rows = {row.order_id: row for row in KeptApart.objects.filter(order__in=ids)} if ids else {}
    seen = _seen(rows) if rows else {}
    group_of = {pk: row.group for pk, row in rows.items() if row.seen == seen.get(pk)}
    open_groups: dict[str, list[str]] = {}
    dismissed: dict[str, list[str]] = {}
    for pk, others in groups.items():
        group = group_of.get(pk)
        is_apart = group is not None and all(group_of.get(other) == group for other in others)
        (dismissed if is_apart else open_groups)[pk] = list(others)
    return open_groups, dismissed


def forget_kept_apart(order_ids: Iterable[str]) -> None:
    """Forget these orders' rows, within the erasure's transaction: they speak of an address."""
    KeptApart.objects.filter(order__in=list(order_ids)).delete()


def _seen(order_ids: Iterable[str]) -> dict[str, str]:
    """What each order is like now: another digest once it, its pieces or its address changed."""
    ids = list(order_ids)
    entries = SearchEntry.objects.filter(order__in=ids).values_list("order_id", "place")
    places = {pk: bytes(place or b"") for pk, place in entries}
    orders = Order.objects.filter(pk__in=ids).values_list("pk", "changed_at", "quantity")
    return {
        pk: hashlib.sha256(
            f"{changed_at.isoformat()} {quantity} ".encode() + places.get(pk, b"")
        ).hexdigest()
        for pk, changed_at, quantity in orders
    }


def _note(name: str, order: Order, order_ids: Iterable[str], *, actor: str, now: datetime) -> None:
    record_all(
        event(name, order.workspace_id, actor=actor, now=now, order_id=pk)
        for pk in sorted(order_ids)
    )
