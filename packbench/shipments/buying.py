"""Buying: claim → commit → call → record. A label is never bought twice (design §5.1)."""

from datetime import datetime, timedelta

import structlog
from django.db import transaction

from packbench.carriers.base import Carrier
from packbench.lib.errors import OutcomeUnknown, RemoteError, TemporaryError
from packbench.shipments.models import Label, Shipment
from packbench.shipments.purchasing import (
    record_doubt,
    record_no_purchase,
    record_purchase,
    wait_after,
)
from packbench.shipments.requesting import label_request
from packbench.shipments.status import Status

log = structlog.get_logger(__name__)


def buy_label(shipment: Shipment, carrier: Carrier, *, now: datetime) -> None:
    """Buy the label of a ready shipment and note what the store must be told.

    Raises TooLate where another worker was first. What the carrier answers ends on the rows: a
    refusal makes it a draft with its reason, a lost answer leaves it in doubt until it has been
    looked up.
    """
    label = _claim(shipment, now=now)
    try:
        bought = carrier.buy(label_request(shipment, label))
    except RemoteError as error:
        _record_failure(shipment, label, carrier, error, now=now)
    else:
        record_purchase(shipment, label, bought, now=now)


@transaction.atomic
def _claim(shipment: Shipment, *, now: datetime) -> Label:
    """Take the shipment and write the purchase down before the carrier hears of it.

    An earlier purchase that is known not to have happened hands its reference on.
    """
    shipment.move(Status.BUYING, claimed_at=now, attempts=shipment.attempts + 1, next_try_at=None)
    refused = shipment.labels.filter(status=Label.Status.REFUSED).order_by("-claimed_at")
    label = refused.first() or Label(workspace_id=shipment.workspace_id, shipment=shipment)
    label.status, label.claimed_at = Label.Status.BUYING, now
    label.save()
    return label


def _record_failure(
    shipment: Shipment, label: Label, carrier: Carrier, error: RemoteError, *, now: datetime
) -> None:
    log.warning("purchase_failed", shipment_id=shipment.pk, code=error.code)
    if isinstance(error, OutcomeUnknown):
        quarantine = timedelta(seconds=max(carrier.quarantine_s, 1))
        record_doubt(shipment, label, error, wait=quarantine, now=now)
        return
    again_at = now + wait_after(shipment.attempts) if isinstance(error, TemporaryError) else None
    record_no_purchase(shipment, label, error=error, again_at=again_at, now=now)
