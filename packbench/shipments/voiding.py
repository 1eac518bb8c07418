"""Voiding: giving a label back while the store has not been told of it."""

from datetime import datetime

from django.db import transaction

from packbench.carriers.base import Carrier
from packbench.events.recording import record
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked
from packbench.orders.shipping import speak_for
from packbench.shipments.models import Label, Notice, Shipment
from packbench.shipments.status import Status

TOLD_ALREADY = marked(
    "Amazon has been told of this parcel. Correct it in Seller Central, or send the parcel."
)
NOT_BOUGHT = marked("This shipment has no label to void.")


def void_label(shipment: Shipment, carrier: Carrier, *, actor: str, now: datetime) -> None:
    """Void the label at the carrier and free the order for another one.

    Raises Rejected where the store knows the parcel already, or the carrier no longer takes the
    label back.
    """
    label = shipment.labels.filter(status=Label.Status.PURCHASED).first()
    if label is None:
        raise Rejected(NOT_BOUGHT, code="no_label")
    _stop_notices(shipment)
    carrier.void(label.carrier_label_id)
    with transaction.atomic():
        shipment.move(Status.VOIDED)
        Label.objects.filter(pk=label.pk).update(status=Label.Status.VOIDED)
        label.documents.all().delete()
        pieces = shipment.items.values_list("order_item_id", "quantity")
        speak_for((item_id, -quantity) for item_id, quantity in pieces)
        record(
            "label.voided",
            shipment.workspace_id,
            actor=actor,
            now=now,
            order_id=shipment.order_id,
            shipment_id=shipment.pk,
            store_id=shipment.order.store_id,
            label_id=label.pk,
        )


def _stop_notices(shipment: Shipment) -> None:
    """Withdraw what was not sent yet. Raises Rejected where something was."""
    stoppable = [
        Notice.Status.PENDING,
        Notice.Status.THROTTLED,
        Notice.Status.FAILED,
        Notice.Status.NOT_REQUIRED,
    ]
    shipment.notices.filter(status__in=stoppable).update(status=Notice.Status.NOT_REQUIRED)
    if shipment.notices.exclude(status=Notice.Status.NOT_REQUIRED).exists():
        raise Rejected(TOLD_ALREADY, code="told_already")
