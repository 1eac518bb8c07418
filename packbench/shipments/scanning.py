"""Scanning: the carrier has the parcel, and the store may hear of it (SEED-61)."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from packbench.events.recording import event, record_all
from packbench.jobs import defer_once
from packbench.orders.models import Order
from packbench.shipments.expiring import set_clocks
from packbench.shipments.models import Forward, Notice, Shipment
from packbench.shipments.status import UNSCANNED, Status

UNREAD = ("order__recipient", "order__buyer", "order__packages")  # a scan is not about them


def record_scan(shipment: Shipment, *, at: datetime, code: str, actor: str, now: datetime) -> bool:
    """The carrier had the parcel `at` that time: it is in transit, and the store's turn has come.

    Safe to run again. False: it was scanned before, or is being voided.
    """
    return bool(record_scans([shipment.pk], at=at, code=code, actor=actor, now=now))


@transaction.atomic
def record_scans(
    ids: Sequence[str], *, at: datetime, code: str, actor: str, now: datetime
) -> list[str]:
    """The same for many at once. Returns the ids of those that were not scanned before."""
    orders = lock_orders(ids)
    rows = list(unscanned(ids))
    moved = [row.pk for row in rows]
    Shipment.objects.filter(pk__in=moved).update(
        status=Status.IN_TRANSIT, scanned_at=at, problem=None
    )
    record_all(
        event(
            "shipment.scanned",
            row.workspace_id,
            actor=actor,
            now=now,
            order_id=order.pk,
            shipment_id=row.pk,
            store_id=order.store_id,
            code=code,
        )
        for row in rows
        for order in row.orders()
    )
    _let_go(moved)
    set_clocks(orders, now=now)
    return moved


def lock_orders(shipment_ids: Iterable[str]) -> list[str]:
    """Lock the orders of these shipments, before the shipments themselves, and return their ids."""
    ids = list(shipment_ids)
    own = Order.objects.filter(shipments__in=ids).order_by().values("pk")
    along = Order.objects.filter(companions__shipment__in=ids).order_by().values("pk")
    rows = Order.objects.filter(pk__in=own.union(along)).select_for_update().order_by("id")
    return list(rows.values_list("pk", flat=True))


def unscanned(ids: Iterable[str]) -> Iterable[Shipment]:
    """The labels among them that no carrier has scanned, locked: nobody voids them meanwhile."""
    rows = Shipment.objects.filter(pk__in=list(ids), status__in=UNSCANNED)
    rows = rows.select_related("order").defer(*UNREAD)
    return rows.select_for_update(of=("self",)).order_by("id")


def _let_go(moved: list[str]) -> None:
    """What waited for the scan has its turn now."""
    waited = Notice.objects.filter(
        shipment__in=moved, status=Notice.Status.PENDING, awaits_scan=True
    )
    accounts = set(waited.values_list("store__account", flat=True))
    waited.update(awaits_scan=False, next_try_at=None)
    for account_id in sorted(filter(None, accounts)):
        defer_once("shipments.send_notices", account_id=account_id)
    forwards = Forward.objects.filter(
        shipment__in=moved, status=Forward.Status.PENDING, awaits_scan=True
    )
    links = set(forwards.values_list("link", flat=True))
    forwards.update(awaits_scan=False, next_try_at=None)
    for link_id in sorted(links):
        defer_once("shipments.forward", link_id=link_id)
