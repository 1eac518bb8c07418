"""Deciding: what a person says of a purchase that nobody else can look up (retry class BLIND)."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from packbench.carriers.base import BoughtLabel
from packbench.lib.errors import Rejected
from packbench.lib.money import Money
from packbench.lib.sentences import marked
from packbench.shipments.models import Label, Shipment
from packbench.shipments.purchasing import OPEN, note, record_no_purchase, record_purchase
from packbench.shipments.status import Status

NOT_IN_DOUBT = marked("This purchase is no longer in doubt. Look at the shipment again.")
STILL_LOOKING = marked("The carrier is still being asked about this purchase. Wait for its answer.")
NO_TRACKING = marked("Enter the tracking number of the label that you found at the carrier.")


@dataclass(frozen=True, slots=True)
class Finding:
    """What a person read in the carrier's own list. The cost is None where it shows none."""

    tracking_number: str
    carrier_label_id: str = ""
    cost: Money | None = None


def it_was_bought(shipment: Shipment, finding: Finding, *, actor: str, now: datetime) -> None:
    """Adopt the label that a person found at the carrier. Raises Rejected.

    The label's file stays with the carrier: what is known here is its number and its price.
    """
    number = "".join(finding.tracking_number.split())
    if not number:
        raise Rejected(NO_TRACKING, code="no_tracking")
    with transaction.atomic():
        label = _doubted(shipment)
        bought = BoughtLabel(
            carrier_label_id=finding.carrier_label_id.strip(),
            tracking_number=number,
            cost=finding.cost,
            files=(),
        )
        record_purchase(shipment, label, bought, now=now)
        _note(shipment, label, "bought", actor=actor, now=now)


def it_was_not_bought(shipment: Shipment, *, actor: str, now: datetime) -> None:
    """Buy again: a person saw that the carrier has no such label. Raises Rejected."""
    with transaction.atomic():
        label = _doubted(shipment)
        record_no_purchase(shipment, label, error=None, again_at=now, now=now)
        _note(shipment, label, "not_bought", actor=actor, now=now)


def _doubted(shipment: Shipment) -> Label:
    """Lock the doubt that was left to a person. Raises Rejected where there is none."""
    row = Shipment.objects.select_for_update(of=("self",)).get(pk=shipment.pk)
    if row.status != Status.UNKNOWN:
        raise Rejected(NOT_IN_DOUBT, code="not_in_doubt")
    if row.next_try_at is not None:
        raise Rejected(STILL_LOOKING, code="still_looking")
    shipment.status, shipment.claimed_at = row.status, row.claimed_at
    return shipment.labels.get(status__in=OPEN)  # `buying` where its worker died


def _note(shipment: Shipment, label: Label, said: str, *, actor: str, now: datetime) -> None:
    note("label.decided", shipment, actor=actor, now=now, label_id=label.pk, said=said)
