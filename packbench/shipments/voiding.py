"""Voiding: giving a label back while the store has not been told of it."""

from datetime import datetime

from django.db import transaction

from packbench.carriers.base import Carrier
from packbench.channels.models import sentence_json
from packbench.events.recording import record
from packbench.jobs import defer_once
from packbench.lib.errors import OutcomeUnknown, Rejected, RemoteError
from packbench.lib.sentences import marked
from packbench.orders.models import Order
from packbench.orders.shipping import speak_for
from packbench.shipments.models import Label, Notice, Shipment
from packbench.shipments.status import Status

TOLD_ALREADY = marked(
    "Amazon has been told of this parcel. Correct it in Seller Central, or send the parcel."
)
NOT_BOUGHT = marked("This shipment has no label to void.")
VOIDABLE = (Status.PURCHASED, Status.PRINTED)


def void_label(shipment: Shipment, carrier: Carrier, *, actor: str, now: datetime) -> None:
    """Void the label at the carrier and free the order for another one.

    Claim → commit → call → record: what a dead worker left half done is taken up by
    `finish_void`. Raises Rejected where the store knows the parcel already or the carrier no
    longer takes the label back, and TooLate where the shipment moved on meanwhile; the store is
    then told of the parcel as before.
    """
    label = shipment.labels.filter(status=Label.Status.PURCHASED).first()
    if label is None or shipment.status not in VOIDABLE:
        raise Rejected(NOT_BOUGHT, code="no_label")
    _claim(shipment, now=now)
    _ask_carrier(shipment, label, carrier, actor=actor, now=now)


def finish_void(shipment: Shipment, carrier: Carrier, *, actor: str, now: datetime) -> None:
    """Ask again for a void whose answer never came. Safe to run again. Raises RemoteError."""
    label = shipment.labels.filter(status=Label.Status.PURCHASED).first()
    mine = Shipment.objects.filter(
        pk=shipment.pk, status=Status.VOIDING, claimed_at=shipment.claimed_at
    )
    if label is not None and mine.update(claimed_at=now):
        shipment.claimed_at = now
        _ask_carrier(shipment, label, carrier, actor=actor, now=now)


def _ask_carrier(
    shipment: Shipment, label: Label, carrier: Carrier, *, actor: str, now: datetime
) -> None:
    try:
        carrier.void(label.carrier_label_id)
    except OutcomeUnknown:
        raise  # it may be void: the sweep asks again, and Amazon is not told until it is clear
    except RemoteError as error:
        _give_back(shipment, error)
        raise
    _record_void(shipment, label, actor=actor, now=now)


@transaction.atomic
def _claim(shipment: Shipment, *, now: datetime) -> None:
    """Stop the notices that were not sent yet, and take the shipment. Raises Rejected, TooLate."""
    notices = list(shipment.notices.select_for_update().order_by("id"))
    for notice in notices:
        if notice.accepted_at or notice.status in (Notice.Status.SENDING, Notice.Status.ACCEPTED):
            raise Rejected(TOLD_ALREADY, code="told_already")
    shipment.notices.update(status=Notice.Status.NOT_REQUIRED)
    shipment.move(Status.VOIDING, claimed_at=now)


@transaction.atomic
def _give_back(shipment: Shipment, error: RemoteError) -> None:
    """The label stands: the store is told of it after all."""
    before = Status.PRINTED if shipment.printed_at else Status.PURCHASED
    shipment.move(before, problem=sentence_json(error))
    store = shipment.order.store
    if store.feedback != store.Feedback.NONE:
        shipment.notices.update(status=Notice.Status.PENDING, next_try_at=None)
        if store.account_id:
            defer_once("shipments.send_notices", account_id=store.account_id)


@transaction.atomic
def _record_void(shipment: Shipment, label: Label, *, actor: str, now: datetime) -> None:
    Order.objects.select_for_update().get(pk=shipment.order_id)  # orders before their items
    shipment.move(Status.VOIDED, problem=None)
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
