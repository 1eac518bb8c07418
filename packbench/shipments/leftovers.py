"""Leftovers: labels that nobody used, found while the carrier still takes them back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from packbench.accounts.models import Workspace
from packbench.carriers.models import MOST_VOID_DAYS
from packbench.carriers.void_days import void_days_of
from packbench.jobs import defer_once
from packbench.lib.errors import Rejected
from packbench.shipments.models import Label, Shipment
from packbench.shipments.purchasing import note
from packbench.shipments.status import TooLate
from packbench.shipments.voiding import VOIDABLE, claim_void

UNUSED_AFTER = timedelta(hours=24)
MOST = 500
LONGEST = timedelta(days=MOST_VOID_DAYS)


@dataclass(frozen=True, slots=True)
class Unused:
    """A label without a scan or a hand-over. `void_by`: None where it costs nothing to keep.

    `is_known` is false where nobody knows when its carrier stops taking it back.
    """

    shipment: Shipment
    void_by: datetime | None
    is_known: bool = True

    def is_over(self, now: datetime) -> bool:
        return self.void_by is not None and self.void_by <= now


def unused_labels(workspace: Workspace, *, now: datetime) -> list[Unused]:
    """The workspace's labels that are older than a day and with nobody: the most urgent first."""
    rows = workspace.shipments.filter(
        status__in=VOIDABLE,
        is_manual=False,
        purchased_at__lte=now - UNUSED_AFTER,
        purchased_at__gt=now - LONGEST,
    )
    rows = rows.select_related("order__store", "carrier_account").order_by("purchased_at", "id")
    found = [_unused(row) for row in rows.defer("order__recipient")[:MOST]]
    return sorted(found, key=lambda each: each.void_by or now + LONGEST)


def _unused(row: Shipment) -> Unused:
    return Unused(row, void_by(row), void_days_of(row.carrier_account).is_known)


def void_by(shipment: Shipment) -> datetime | None:
    """Until when its carrier usually takes the label back; None where nothing is lost."""
    days, bought = void_days_of(shipment.carrier_account).days, shipment.purchased_at
    return bought + timedelta(days=days) if days is not None and bought else None


def ask_voids(shipments: Iterable[Shipment], *, actor: str, now: datetime) -> int:
    """Have these labels voided, each by a job; returns how many were asked for.

    A label whose store is just being told of it, and one that moved on, are left alone. What a
    lost job leaves behind is taken up by the sweep of voids.
    """
    return sum(_ask(row, actor=actor, now=now) for row in shipments)


@transaction.atomic
def _ask(shipment: Shipment, *, actor: str, now: datetime) -> bool:
    if shipment.status not in VOIDABLE:
        return False
    if not shipment.labels.filter(status=Label.Status.PURCHASED).exists():
        return False
    try:
        claim_void(shipment, now=now)
    except (Rejected, TooLate):
        return False
    note("void.asked", shipment, actor=actor, now=now)
    defer_once("shipments.finish_void", shipment_id=shipment.pk)
    return True
