"""What is written down of a purchase, however its news came."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from packbench.carriers.base import BoughtLabel
from packbench.channels.models import Store, sentence_json
from packbench.events.recording import record
from packbench.jobs import defer_once
from packbench.lib.errors import RemoteError
from packbench.orders.shipping import speak_for
from packbench.privacy.fields import sealer
from packbench.shipments.models import Document, Label, Notice, Shipment
from packbench.shipments.status import Status

ACTOR = "packbench"
FIRST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(minutes=30)
OPEN = (Label.Status.BUYING, Label.Status.UNKNOWN)

seal_content = sealer(Document, "content")


@transaction.atomic
def record_purchase(
    shipment: Shipment, label: Label, bought: BoughtLabel, *, now: datetime
) -> None:
    """Write down a bought label, its files, and the notice that the store is owed.

    Does nothing where another worker has written it meanwhile.
    """
    cost = {
        "cost_amount": bought.cost.amount if bought.cost else None,
        "cost_currency": bought.cost.currency if bought.cost else "",
    }
    common = {"tracking_number": bought.tracking_number, "purchased_at": now, **cost}
    mine = Label.objects.filter(pk=label.pk, status__in=OPEN)
    if not mine.update(
        status=Label.Status.PURCHASED, carrier_label_id=bought.carrier_label_id, **common
    ):
        return
    shipment.move(Status.PURCHASED, problem=None, next_try_at=None, **common)
    _keep_files(shipment, label, bought, now=now)
    _owe_notice(shipment, now=now)
    note(
        "shipment.purchased",
        shipment,
        now=now,
        label_id=label.pk,
        tracking_number=bought.tracking_number,
    )


@transaction.atomic
def record_doubt(
    shipment: Shipment, label: Label, error: RemoteError, *, wait: timedelta, now: datetime
) -> None:
    """Nobody knows whether it was bought: look it up after the wait."""
    doubt: dict[str, Any] = {"problem": sentence_json(error), "next_try_at": now + wait}
    Label.objects.filter(pk=label.pk).update(status=Label.Status.UNKNOWN)
    if shipment.status == Status.BUYING:
        shipment.move(Status.UNKNOWN, **doubt)
        note("shipment.doubted", shipment, now=now, code=error.code)
    else:
        Shipment.objects.filter(pk=shipment.pk, status=Status.UNKNOWN).update(**doubt)


@transaction.atomic
def record_no_purchase(
    shipment: Shipment,
    label: Label,
    *,
    error: RemoteError | None,
    again_at: datetime | None,
    now: datetime,
) -> None:
    """Nothing was bought. Ready again from `again_at`; without one a draft, for a person."""
    Label.objects.filter(pk=label.pk).update(status=Label.Status.REFUSED)
    shipment.move(
        Status.READY if again_at else Status.DRAFT,
        problem=sentence_json(error) if error else None,
        next_try_at=again_at,
    )
    if again_at:
        defer_once("shipments.buy", at=again_at, shipment_id=shipment.pk)
    elif error:
        note("shipment.refused", shipment, now=now, code=error.code)


def note(name: str, shipment: Shipment, *, now: datetime, **data: Any) -> None:
    """Record an event of the shipment and its order."""
    record(
        name,
        shipment.workspace_id,
        actor=ACTOR,
        now=now,
        order_id=shipment.order_id,
        shipment_id=shipment.pk,
        store_id=shipment.order.store_id,
        **data,
    )


def wait_after(attempts: int, longest: timedelta = LONGEST_WAIT) -> timedelta:
    """How long to wait after so many attempts: twice as long each time, up to the longest."""
    return min(FIRST_WAIT * float(2 ** min(attempts, 10)), longest)


def _keep_files(shipment: Shipment, label: Label, bought: BoughtLabel, *, now: datetime) -> None:
    key = shipment.order.key.opened()
    Document.objects.bulk_create(
        Document(
            workspace_id=label.workspace_id,
            label=label,
            format=file.format,
            size=file.size,
            content=seal_content(file.content, key),
            created_at=now,
        )
        for file in bought.files
    )


def _owe_notice(shipment: Shipment, *, now: datetime) -> None:
    store = shipment.order.store
    is_wanted = store.feedback != Store.Feedback.NONE
    speak_for(shipment.items.values_list("order_item_id", "quantity"))
    Notice.objects.create(
        workspace_id=shipment.workspace_id,
        shipment=shipment,
        order=shipment.order,
        store=store,
        status=Notice.Status.PENDING if is_wanted else Notice.Status.NOT_REQUIRED,
        deadline_at=shipment.order.due_at,
        created_at=now,
    )
    if is_wanted and store.account_id:
        defer_once("shipments.send_notices", account_id=store.account_id)
