"""Handing over: a person gives parcels to the carrier."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from packbench.carriers.base import Feature
from packbench.carriers.models import CarrierAccount
from packbench.carriers.registry import can
from packbench.events.models import Event
from packbench.events.recording import event, record_all
from packbench.orders.models import Order
from packbench.shipments.expiring import set_clocks
from packbench.shipments.models import Shipment
from packbench.shipments.scanning import UNREAD, lock_orders, record_scans
from packbench.shipments.status import Status

HANDED_OVER = "handed_over"
AT_ONCE = 200
SOON = timedelta(minutes=10)


def hand_over(ids: Iterable[str], *, actor: str, now: datetime) -> int:
    """Note that the carrier took these parcels. Returns how many were not with it before.

    Where nobody scans parcels (own delivery) this is the scan: the store is told (SEED-61). A
    carrier that tracks them is asked for its own. Voided, refused and unfinished ones are left
    alone. Safe to run again.
    """
    wanted = sorted(set(ids))
    return sum(
        _hand_over(wanted[start : start + AT_ONCE], actor=actor, now=now)
        for start in range(0, len(wanted), AT_ONCE)
    )


@transaction.atomic
def _hand_over(ids: list[str], *, actor: str, now: datetime) -> int:
    lock_orders(ids)
    rows = Shipment.objects.filter(pk__in=ids, status__in=(Status.PURCHASED, Status.PRINTED))
    rows = rows.select_related("order", "carrier_account").defer(*UNREAD)
    here = list(rows.select_for_update(of=("self",)).order_by("id"))
    tracking = _tracking_accounts(row.carrier_account for row in here)
    given = Shipment.objects.filter(pk__in=[row.pk for row in here])
    given.filter(carrier_account__in=tracking).update(next_track_at=now + SOON)
    given.update(status=Status.MANIFESTED, handed_over_at=now, problem=None)
    record_all(_event(row, order, actor=actor, now=now) for row in here for order in row.orders())
    untracked = {row.pk for row in here if row.carrier_account_id not in tracking}
    record_scans(sorted(untracked), at=now, code=HANDED_OVER, actor=actor, now=now)
    tracked = (row for row in here if row.pk not in untracked)
    set_clocks([order_id for row in tracked for order_id in row.order_ids()], now=now)
    return len(here)


def _tracking_accounts(accounts: Iterable[CarrierAccount]) -> set[str]:
    """The accounts among them whose carrier says itself when it scanned a parcel."""
    return {account.pk for account in set(accounts) if can(account, Feature.TRACKING)}


def _event(row: Shipment, order: Order, *, actor: str, now: datetime) -> Event:
    return event(
        "shipment.manifested",
        row.workspace_id,
        actor=actor,
        now=now,
        order_id=order.pk,
        shipment_id=row.pk,
        store_id=order.store_id,
    )
