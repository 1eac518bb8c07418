"""Buying: claim → commit → call → record. A label is never bought twice (design §5.1)."""

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction

from packbench.carriers.base import (
    BoughtLabel,
    Carrier,
    Contents,
    LabelRequest,
    LabelSize,
    RetryClass,
)
from packbench.channels.models import Store, sentence_json
from packbench.events.recording import record
from packbench.jobs import defer_once
from packbench.lib.errors import OutcomeUnknown, Rejected, RemoteError, TemporaryError
from packbench.lib.sentences import marked
from packbench.orders.models import Order
from packbench.orders.shipping import speak_for
from packbench.privacy.revealing import reveal
from packbench.shipments.models import Document, Label, Notice, Shipment
from packbench.shipments.status import Status

log = structlog.get_logger(__name__)

ACTOR = "packbench"
FIRST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(minutes=30)

ERASED = marked("The buyer's address was erased. Fetch the order again from the store.")
NOBODY_KNOWS = marked(
    "The carrier's answer got lost and cannot be looked up. Look in the carrier's own list of "
    "labels for the reference %(reference)s before buying again."
)


def buy_label(shipment: Shipment, carrier: Carrier, *, now: datetime) -> None:
    """Buy the label of a ready shipment and note what the store must be told.

    Raises TooLate where another worker was first. What the carrier answers ends on the rows: a
    refusal makes it a draft with its reason, a lost answer leaves it in doubt until it has been
    looked up.
    """
    label = _claim(shipment, now=now)
    try:
        bought = carrier.buy(_request(shipment, label))
    except RemoteError as error:
        _record_failure(shipment, label, carrier, error, now=now)
    else:
        record_purchase(shipment, label, bought, now=now)


def settle_doubt(shipment: Shipment, carrier: Carrier, *, now: datetime) -> None:
    """Find out what became of a purchase whose worker died or whose answer got lost.

    Found: adopted. Not found, after the carrier's quarantine: ready to be bought, under the same
    reference. A carrier that cannot be asked leaves it to a person. Safe to run again.
    """
    label = shipment.labels.filter(
        status__in=[Label.Status.BUYING, Label.Status.UNKNOWN]
    ).first()
    if label is None or not _claim_doubt(shipment, now=now):
        return
    try:
        found = _look_up(shipment, label, carrier, now=now)
    except RemoteError as error:
        _stay_in_doubt(shipment, label, error, wait=_wait(shipment), now=now)
        return
    if found:
        record_purchase(shipment, label, found, now=now)
    elif carrier.retry_class is RetryClass.BLIND:
        _leave_to_a_person(shipment, label)
    else:
        _release(shipment, label, now=now)


def record_purchase(
    shipment: Shipment, label: Label, bought: BoughtLabel, *, now: datetime
) -> None:
    """Write down a bought label, its files, and the notice that the store is owed."""
    order = shipment.order
    with transaction.atomic():
        # A worker that was overtaken meanwhile must not write: the row says who owns the purchase.
        mine = Label.objects.filter(pk=label.pk, status__in=["buying", "unknown"])
        cost = {
            "cost_amount": bought.cost.amount if bought.cost else None,
            "cost_currency": bought.cost.currency if bought.cost else "",
        }
        if not mine.update(
            status=Label.Status.PURCHASED,
            carrier_label_id=bought.carrier_label_id,
            tracking_number=bought.tracking_number,
            purchased_at=now,
            **cost,
        ):
            return
        shipment.move(
            Status.PURCHASED,
            tracking_number=bought.tracking_number,
            purchased_at=now,
            problem=None,
            next_try_at=None,
            **cost,
        )
        _keep_files(label, order, bought, now=now)
        notice = _owe_notice(shipment, order, now=now)
        record("shipment.purchased", shipment.workspace_id, actor=ACTOR, now=now,
               order_id=order.pk, shipment_id=shipment.pk, store_id=order.store_id,
               label_id=label.pk, tracking_number=bought.tracking_number)
        if notice.status == Notice.Status.PENDING and order.store.account_id:
            defer_once("shipments.send_notices", account_id=order.store.account_id)


def _claim(shipment: Shipment, *, now: datetime) -> Label:
    """Take the shipment and write the purchase down before the carrier hears of it.

    An earlier purchase of this shipment that was found not to have happened keeps its reference.
    """
    with transaction.atomic():
        shipment.move(
            Status.BUYING, claimed_at=now, attempts=shipment.attempts + 1, next_try_at=None
        )
        refused = shipment.labels.filter(status=Label.Status.REFUSED).order_by("-claimed_at")
        label = refused.first() or Label(workspace_id=shipment.workspace_id, shipment=shipment)
        label.status, label.claimed_at = Label.Status.BUYING, now
        label.save()
    return label


def _claim_doubt(shipment: Shipment, *, now: datetime) -> bool:
    """Take a doubt for ourselves by renewing its claim. False: another worker was first."""
    seen = Shipment.objects.filter(
        pk=shipment.pk, status=shipment.status, claimed_at=shipment.claimed_at
    )
    if seen.update(status=Status.UNKNOWN, claimed_at=now, next_try_at=now + lease()) != 1:
        return False
    shipment.status, shipment.claimed_at = Status.UNKNOWN, now
    return True


def _look_up(
    shipment: Shipment, label: Label, carrier: Carrier, *, now: datetime
) -> BoughtLabel | None:
    if carrier.retry_class is RetryClass.BLIND:
        return None
    request = _request(shipment, label)
    if carrier.retry_class is RetryClass.KEYED:
        return carrier.buy(request)
    found = carrier.find(request)
    if found is None and now < label.claimed_at + timedelta(seconds=carrier.quarantine_s):
        raise TemporaryError(
            marked("The carrier may still be writing the purchase down."), code="quarantine"
        )
    return found


def _request(shipment: Shipment, label: Label) -> LabelRequest:
    order = shipment.order
    ship_to = reveal(order, "recipient", order.key)
    if ship_to is None:
        raise Rejected(ERASED, code="erased")
    items = shipment.items.select_related("order_item").order_by("order_item__position")
    return LabelRequest(
        reference=label.pk,
        order_number=order.external_id,
        service=shipment.service,
        ship_from=shipment.warehouse.address,
        ship_to=ship_to,
        weight_g=shipment.weight_g,
        ships_at=label.claimed_at,
        label_size=LabelSize(shipment.carrier_account.label_size),
        contents=tuple(
            Contents(
                sku=item.order_item.sku, title=item.order_item.title, quantity=item.quantity
            )
            for item in items
        ),
    )


def _record_failure(
    shipment: Shipment, label: Label, carrier: Carrier, error: RemoteError, *, now: datetime
) -> None:
    if isinstance(error, OutcomeUnknown):
        wait = max(timedelta(seconds=carrier.quarantine_s), timedelta(seconds=1))
        _stay_in_doubt(shipment, label, error, wait=wait, now=now)
        return
    again = isinstance(error, TemporaryError)
    with transaction.atomic():
        Label.objects.filter(pk=label.pk).update(status=Label.Status.REFUSED)
        shipment.move(
            Status.READY if again else Status.DRAFT,
            problem=sentence_json(error),
            next_try_at=now + _wait(shipment) if again else None,
        )
        if not again:
            _event("shipment.refused", shipment, now=now, code=error.code)
    log.warning("purchase_failed", shipment_id=shipment.pk, code=error.code)


def _stay_in_doubt(
    shipment: Shipment, label: Label, error: RemoteError, *, wait: timedelta, now: datetime
) -> None:
    with transaction.atomic():
        Label.objects.filter(pk=label.pk).update(status=Label.Status.UNKNOWN)
        if shipment.status == Status.BUYING:
            shipment.move(Status.UNKNOWN, problem=sentence_json(error), next_try_at=now + wait)
            _event("shipment.doubted", shipment, now=now, code=error.code)
        else:
            Shipment.objects.filter(pk=shipment.pk, status=Status.UNKNOWN).update(
                problem=sentence_json(error), next_try_at=now + wait
            )


def _leave_to_a_person(shipment: Shipment, label: Label) -> None:
    error = OutcomeUnknown(NOBODY_KNOWS, code="nobody_knows", reference=label.pk)
    Shipment.objects.filter(pk=shipment.pk, status=Status.UNKNOWN).update(
        problem=sentence_json(error), next_try_at=None
    )


def _release(shipment: Shipment, label: Label, *, now: datetime) -> None:
    """Nothing was bought: ready again, and at once."""
    with transaction.atomic():
        Label.objects.filter(pk=label.pk).update(status=Label.Status.REFUSED)
        shipment.move(Status.READY, problem=None, next_try_at=None)
        defer_once("shipments.buy", shipment_id=shipment.pk)


def _keep_files(label: Label, order: Order, bought: BoughtLabel, *, now: datetime) -> None:
    key = order.key.opened()
    field = Document._meta.get_field("content")
    Document.objects.bulk_create(
        Document(
            workspace_id=label.workspace_id,
            label=label,
            format=file.format,
            size=file.size,
            content=field.seal(file.content, key),
            created_at=now,
        )
        for file in bought.files
    )


def _owe_notice(shipment: Shipment, order: Order, *, now: datetime) -> Notice:
    wanted = order.store.feedback != Store.Feedback.NONE
    speak_for(shipment.items.values_list("order_item_id", "quantity"))
    return Notice.objects.create(
        workspace_id=shipment.workspace_id,
        shipment=shipment,
        order=order,
        store=order.store,
        status=Notice.Status.PENDING if wanted else Notice.Status.NOT_REQUIRED,
        deadline_at=order.due_at,
        created_at=now,
    )


def _event(name: str, shipment: Shipment, *, now: datetime, code: str) -> None:
    record(name, shipment.workspace_id, actor=ACTOR, now=now, order_id=shipment.order_id,
           shipment_id=shipment.pk, store_id=shipment.order.store_id, code=code)


def _wait(shipment: Shipment) -> timedelta:
    return min(FIRST_WAIT * 2 ** min(shipment.attempts, 8), LONGEST_WAIT)


def lease() -> timedelta:
    """How long a claimed purchase or notice may be silent before it is looked into."""
    return timedelta(seconds=settings.LEASE_S)
