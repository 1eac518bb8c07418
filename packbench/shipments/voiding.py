"""Voiding: giving a label back, also where the store was told of its parcel already (SEED-65)."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q

from packbench.carriers.base import Carrier
from packbench.channels.models import Store, sentence_json
from packbench.jobs import defer_once
from packbench.lib.errors import OutcomeUnknown, Rejected, RemoteError
from packbench.lib.money import Money
from packbench.lib.sentences import marked
from packbench.orders.models import Order
from packbench.orders.shipping import reopen, speak_for
from packbench.shipments.closing import open_again
from packbench.shipments.expiring import set_clock
from packbench.shipments.models import Charge, Forward, Label, Notice, NoticeAttempt, Shipment
from packbench.shipments.owing import pieces_of
from packbench.shipments.purchasing import note
from packbench.shipments.reckoning import reckon_parcels
from packbench.shipments.spending import charge
from packbench.shipments.status import Status
from packbench.shipments.timing import turn_of

BEING_TOLD = marked("Amazon is being told of this parcel right now. Try again in a minute.")
NOT_BOUGHT = marked("This shipment has no label to void.")
ON_A_FORM = marked("This parcel is on a form for the driver: its label cannot be voided.")
WITH_THE_CARRIER = marked("The carrier has this parcel already: its label cannot be voided.")
MAY_HAVE_ARRIVED = (NoticeAttempt.Outcome.OPEN, NoticeAttempt.Outcome.FAILED)
VOIDABLE = (Status.PURCHASED, Status.PRINTED)


def void_label(shipment: Shipment, carrier: Carrier, *, actor: str, now: datetime) -> None:
    """Void the label at the carrier and free the order for another one.

    Claim → commit → call → record: what a dead worker left half done is taken up by
    `finish_void`. A store that was told of the parcel goes on showing it: the order waits again,
    and its next parcel takes that one's place. Raises Rejected where the carrier has the parcel
    or no longer takes the label back, and TooLate where the shipment moved on meanwhile; the
    store is then told of the parcel as before.
    """
    if shipment.status not in (*VOIDABLE, Status.VOIDED) and shipment.has_label:
        raise Rejected(WITH_THE_CARRIER, code="with_the_carrier")
    label = shipment.labels.filter(status=Label.Status.PURCHASED).first()
    if label is None or shipment.status not in VOIDABLE:
        raise Rejected(NOT_BOUGHT, code="no_label")
    claim_void(shipment, now=now)
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
        _give_back(shipment, error, now=now)
        raise
    _record_void(shipment, label, actor=actor, now=now)


@transaction.atomic
def claim_void(shipment: Shipment, *, now: datetime) -> None:
    """Take the shipment, and stop what was not sent yet. Raises Rejected, TooLate.

    Who does no more leaves the rest to `finish_void`, by its job or the sweep.
    """
    # The shipment before its notices.
    here = Shipment.objects.select_for_update().filter(pk=shipment.pk)
    if here.values_list("manifest", flat=True).first():
        raise Rejected(ON_A_FORM, code="on_a_form")
    for notice in shipment.notices.select_for_update().order_by("id"):
        if notice.status == Notice.Status.SENDING:
            raise Rejected(BEING_TOLD, code="being_told")
    shipment.notices.exclude(status=Notice.Status.ACCEPTED).update(
        status=Notice.Status.NOT_REQUIRED, awaits_scan=False
    )
    shipment.forwards.filter(status=Forward.Status.PENDING, accepted_at__isnull=True).update(
        status=Forward.Status.STOPPED
    )
    shipment.move(Status.VOIDING, claimed_at=now)


@transaction.atomic
def _give_back(shipment: Shipment, error: RemoteError, *, now: datetime) -> None:
    """The label stands: the store is told of it after all."""
    before = Status.PRINTED if shipment.printed_at else Status.PURCHASED
    shipment.move(before, problem=sentence_json(error))
    for order in shipment.orders():
        store = order.store
        turn = turn_of(shipment, store, order=order, now=now)
        if store.feedback != Store.Feedback.NONE:
            stopped = shipment.notices.filter(order=order, status=Notice.Status.NOT_REQUIRED)
            stopped.update(status=Notice.Status.PENDING, **turn)
            if store.account_id:
                defer_once("shipments.send_notices", account_id=store.account_id)
        stopped_forwards = shipment.forwards.filter(order=order, status=Forward.Status.STOPPED)
        stopped_forwards.update(status=Forward.Status.PENDING, **turn)


@transaction.atomic
def _record_void(shipment: Shipment, label: Label, *, actor: str, now: datetime) -> None:
    rows = Order.objects.filter(pk__in=shipment.order_ids())  # orders before their items
    orders = list(rows.select_related("store").select_for_update(of=("self",)).order_by("id"))
    shipment.move(Status.VOIDED, problem=None, next_track_at=None)
    Label.objects.filter(pk=label.pk).update(status=Label.Status.VOIDED)
    if label.cost:
        refund = Money(-label.cost.amount, label.cost.currency)
        charge(label, shipment.carrier_account, Charge.Kind.REFUNDED, refund, now=now)
    label.documents.all().delete()
    note("label.voided", shipment, actor=actor, now=now, label_id=label.pk)
    for order in orders:
        _free(shipment, order, actor=actor, now=now)


def _free(shipment: Shipment, order: Order, *, actor: str, now: datetime) -> None:
    """Let the order's pieces in it wait for another parcel."""
    if _orphan_notices(shipment, order):
        reopen(order, actor=actor, now=now)  # its pieces stay spoken for: the store shows them
    else:
        speak_for((item_id, -count) for item_id, count in pieces_of(shipment, order).items())
    if order.store.is_own_shop:
        open_again(order, actor=actor, now=now)
    reckon_parcels(order, now=now)
    set_clock(order.pk, now=now)


def _orphan_notices(shipment: Shipment, order: Order) -> int:
    """Mark what the store was told of the parcel, or may have been: what it shows is not so."""
    heard = Q(told_at__isnull=False) | Q(tries__outcome__in=MAY_HAVE_ARRIVED)
    told = shipment.notices.filter(heard, order=order).values("pk")
    return shipment.notices.filter(pk__in=told).update(
        is_orphaned=True, status=Notice.Status.ACCEPTED, accepted_at=F("told_at"), problem=None
    )
