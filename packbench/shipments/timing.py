"""Timing: a store is told with the label, at the carrier's first scan, or never (SEED-61).

The scan is waited for only until the guard: Amazon judges lateness by the time of confirmation.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Case, DateTimeField, DurationField, ExpressionWrapper, F, Value, When
from django.db.models.functions import Coalesce

from packbench.channels.models import Store
from packbench.jobs import defer_once
from packbench.orders.models import Order
from packbench.shipments.models import Forward, Notice, NoticeQuerySet, Shipment

WITHOUT_SHIP_BY = timedelta(hours=24)  # after the purchase
MOST_AT_ONCE = 500
GUARD = Case(
    When(order__ship_by_at__isnull=True, then=F("shipment__purchased_at") + WITHOUT_SHIP_BY),
    default=F("order__ship_by_at")
    - ExpressionWrapper(
        F("store__confirm_hours_before") * Value(timedelta(hours=1)), output_field=DurationField()
    ),
    output_field=DateTimeField(),
)
NOW: dict[str, Any] = {"awaits_scan": False, "next_try_at": None}


def guard_of(order: Order, store: Store, *, purchased_at: datetime) -> datetime:
    """When the store is told at the latest, scanned or not: before the ship-by time."""
    if order.ship_by_at is None:
        return purchased_at + WITHOUT_SHIP_BY
    return order.ship_by_at - timedelta(hours=store.confirm_hours_before)


def turn_of(
    shipment: Shipment, store: Store, *, order: Order | None = None, now: datetime
) -> dict[str, Any]:
    """When something unsent has its turn: the columns `awaits_scan` and `next_try_at`.

    `order` is the one that is told of, where it is not the shipment's own.
    """
    if store.feedback != Store.Feedback.FIRST_SCAN or shipment.scanned_at:
        return NOW
    since = shipment.purchased_at or shipment.created_at
    guard = guard_of(order or shipment.order, store, purchased_at=since)
    return {"awaits_scan": True, "next_try_at": guard} if guard > now else NOW


def retime(store: Store, *, after: str = "", now: datetime) -> int:
    """Give what waits its turn by the store's settings of today. Returns how many it was.

    What was tried before, or what a person sent, keeps its turn; what is not to be told any more
    is not required. Safe to run again, also from the notice `after` on.
    """
    return _retime_notices(store, after, now=now) + _retime_forwards(store, now=now)


def renew_guards(*, now: datetime) -> int:
    """Follow ship-by times that the store changed after the label. Returns how many it was."""
    awaiting = Notice.objects.filter(status=Notice.Status.PENDING, awaits_scan=True)
    moved = awaiting.annotate(guard=GUARD).exclude(
        next_try_at=F("guard"),
        deadline_at=Coalesce("order__ship_by_at", "order__placed_at"),
    )
    stores = Store.objects.filter(pk__in=moved.values("store_id")[:MOST_AT_ONCE])
    return sum(retime(store, now=now) for store in stores)


def _retime_notices(store: Store, last: str, *, now: datetime) -> int:
    count = 0
    while ids := _next_ids(_untried(store), last):
        with transaction.atomic():
            rows = _untried(store).filter(pk__in=ids).select_for_update(of=("self",))
            count += sum(_retime(notice, store, now=now) for notice in rows.order_by("id"))
        last = ids[-1]
    if count and store.account_id:
        defer_once("shipments.send_notices", account_id=store.account_id)
    return count


def _untried(store: Store) -> NoticeQuerySet:
    notices = Notice.objects.filter(
        store=store, status=Notice.Status.PENDING, attempts=0, told_at__isnull=True
    )
    return notices.select_related("order", "shipment__order")


def _next_ids(rows: Any, last: str) -> list[str]:
    return list(rows.filter(pk__gt=last).order_by("id").values_list("pk", flat=True)[:MOST_AT_ONCE])


def _retime(notice: Notice, store: Store, *, now: datetime) -> bool:
    if not notice.awaits_scan and notice.next_try_at:
        return False  # a person's own doing
    turn = turn_of(notice.shipment, store, order=notice.order, now=now)
    turn = turn | {"deadline_at": notice.order.deadline_at}  # a dict of its own, not NOW
    if store.feedback == Store.Feedback.NONE:
        turn |= {"status": Notice.Status.NOT_REQUIRED, "awaits_scan": False, "next_try_at": None}
    if all(getattr(notice, name) == value for name, value in turn.items()):
        return False
    return bool(Notice.objects.filter(pk=notice.pk).update(**turn))


def _retime_forwards(store: Store, *, now: datetime) -> int:
    """The same for a linked shop, which hears of parcels whatever Amazon is told."""
    count, last = 0, ""
    waiting = Forward.objects.filter(
        link__store=store, status=Forward.Status.PENDING, attempts=0, revision=0
    )
    while ids := _next_ids(waiting, last):
        with transaction.atomic():
            rows = waiting.filter(pk__in=ids).select_related("order", "shipment__order")
            for forward in rows.select_for_update(of=("self",)).order_by("id"):
                turn = turn_of(forward.shipment, store, order=forward.order, now=now)
                count += Forward.objects.filter(pk=forward.pk).exclude(**turn).update(**turn)
        last = ids[-1]
    return count
