"""Buying: claim → commit → call → record. A label is never bought twice (design §5.1)."""

import time
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from msgspec.structs import replace

from packbench.carriers.base import Carrier
from packbench.lib.errors import OutcomeUnknown, Rejected, RemoteError, TemporaryError
from packbench.lib.sentences import marked
from packbench.orders.models import Order
from packbench.shipments.checking import asks_customs, check_parcel
from packbench.shipments.models import Label, Shipment
from packbench.shipments.preparing import record_preparation
from packbench.shipments.purchasing import (
    record_doubt,
    record_no_purchase,
    record_purchase,
    wait_after,
    withdraw,
)
from packbench.shipments.requesting import label_request
from packbench.shipments.status import Status, TooLate

log = structlog.get_logger(__name__)

NOT_WAITING = marked(
    "The order was cancelled, held or changed before its label was bought. Look at it again."
)


def buy_label(shipment: Shipment, carrier: Carrier, *, now: datetime) -> None:
    """Buy the label of a ready shipment and note what the store must be told.

    Raises TooLate where another worker was first. What the carrier answers ends on the rows: a
    refusal makes it a draft with its reason, a lost answer leaves it in doubt until it has been
    looked up. An order that no longer waits for a parcel gets none.
    """
    label = _claim(shipment, now=now)
    if label is None:
        return
    begun = time.monotonic()
    try:
        request = label_request(shipment, label)
        check_parcel(request, carrier, asks_customs=asks_customs(shipment.order))
        prepared = carrier.prepare(request)
        took = timedelta(seconds=time.monotonic() - begun)
        record_preparation(shipment, label, prepared, now=now + took)
        bought = carrier.buy(replace(request, ticket=prepared.ticket))
    except RemoteError as error:
        _record_failure(shipment, label, carrier, error, now=now)
    else:
        record_purchase(shipment, label, bought, now=now)


@transaction.atomic
def _claim(shipment: Shipment, *, now: datetime) -> Label | None:
    """Take the shipment and write the purchase down before the carrier hears of it.

    An earlier purchase that is known not to have happened hands its reference on.
    """
    if shipment.status != Status.READY:
        raise TooLate(shipment.pk)
    rows = Order.objects.filter(pk__in=shipment.order_ids()).select_for_update().order_by("id")
    orders = {row.pk: row for row in rows}
    if not all(row.can_ship for row in orders.values()):
        withdraw(shipment, Rejected(NOT_WAITING, code="not_waiting"), now=now)
        return None
    shipment.move(Status.BUYING, claimed_at=now, attempts=shipment.attempts + 1, next_try_at=None)
    refused = shipment.labels.filter(status=Label.Status.REFUSED).order_by("-claimed_at")
    label = refused.first() or Label(workspace_id=shipment.workspace_id, shipment=shipment)
    label.status, label.claimed_at = Label.Status.BUYING, now
    label.ticket = label.prepared_at = None
    label.address_script = orders[shipment.order_id].address_script
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
