"""What is written down of a purchase, however its news came."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from packbench.carriers.base import BoughtLabel, Feature
from packbench.carriers.registry import can
from packbench.channels.models import sentence_json
from packbench.events.recording import record
from packbench.jobs import defer_once
from packbench.lib.errors import RemoteError
from packbench.orders.models import Order
from packbench.privacy.fields import sealer
from packbench.privacy.models import opened_if_alive
from packbench.shipments.expiring import set_clocks
from packbench.shipments.models import Charge, Document, Label, Shipment
from packbench.shipments.owing import owe
from packbench.shipments.spending import charge, cost_columns
from packbench.shipments.status import Status, TooLate

ACTOR = "packbench"
FIRST_LOOK = timedelta(minutes=15)  # at a carrier that tracks
FIRST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(minutes=30)
OPEN = (Label.Status.BUYING, Label.Status.UNKNOWN)
UNSETTLED = (Status.BUYING, Status.UNKNOWN, Status.READY, Status.DRAFT)

seal_content = sealer(Document, "content")


@transaction.atomic
def record_purchase(
    shipment: Shipment, label: Label, bought: BoughtLabel, *, now: datetime
) -> None:
    """Write down a bought label, its files, and the notice that the store is owed.

    A label in the hand counts, though somebody doubted it meanwhile. Where another one was
    written down first, this one is surplus: it is recorded for a person to void.
    """
    # Orders before their items. The key of now: the data may have been erased since the claim.
    order = _locked(shipment)
    row = Label.objects.select_for_update().get(pk=label.pk)
    if row.status not in (*OPEN, Label.Status.REFUSED):
        _note_surplus(shipment, row, bought, now=now)
        return
    cost = bought.cost or row.cost  # who names no price while selling named it while preparing
    facts = {
        "tracking_number": bought.tracking_number[:60],
        "purchased_at": now,
        **cost_columns(cost),
    }
    Label.objects.filter(pk=label.pk).update(
        status=Label.Status.PURCHASED, carrier_label_id=bought.carrier_label_id[:200], **facts
    )
    if cost:
        charge(label, shipment.carrier_account, Charge.Kind.BOUGHT, cost, now=now)
    facts |= _promises(shipment, bought)
    tracks = can(shipment.carrier_account, Feature.TRACKING)
    facts["next_track_at"] = now + FIRST_LOOK if tracks else None
    unsettled = Shipment.objects.filter(pk=shipment.pk, status__in=UNSETTLED)
    unsettled.update(status=Status.PURCHASED, problem=None, next_try_at=None, **facts)
    shipment.refresh_from_db(fields=["status", "claimed_at", *facts])
    _keep_files(order, label, bought, now=now)
    owe(shipment, now=now)
    set_clocks(shipment.order_ids(), now=now)
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
    """Nobody knows whether it was bought: look it up after the wait. Raises TooLate."""
    doubt: dict[str, Any] = {"problem": sentence_json(error), "next_try_at": now + wait}
    _set_label(label, Label.Status.UNKNOWN)
    if shipment.status == Status.BUYING:
        shipment.move(Status.UNKNOWN, **doubt)
        note("shipment.doubted", shipment, now=now, code=error.code)
    else:
        mine = Shipment.objects.filter(
            pk=shipment.pk, status=Status.UNKNOWN, claimed_at=shipment.claimed_at
        )
        mine.update(**doubt)


@transaction.atomic
def record_no_purchase(
    shipment: Shipment,
    label: Label,
    *,
    error: RemoteError | None,
    again_at: datetime | None,
    now: datetime,
) -> None:
    """Nothing was bought. Ready again from `again_at`; without one a draft, for a person.

    Raises TooLate where the purchase is another worker's by now.
    """
    _locked(shipment)
    _set_label(label, Label.Status.REFUSED)
    if again_at is None:
        withdraw(shipment, error, now=now)
        set_clocks(shipment.order_ids(), now=now)
        return
    problem = sentence_json(error) if error else None
    shipment.move(Status.READY, problem=problem, next_try_at=again_at)
    defer_once("shipments.buy", at=again_at, shipment_id=shipment.pk)


def withdraw(shipment: Shipment, error: RemoteError | None, *, now: datetime) -> None:
    """Make the shipment a draft, with the reason, until a person mends it. Raises TooLate."""
    shipment.move(Status.DRAFT, problem=sentence_json(error) if error else None, next_try_at=None)
    note("shipment.refused", shipment, now=now, code=error.code if error else "")


def note(name: str, shipment: Shipment, *, actor: str = ACTOR, now: datetime, **data: Any) -> None:
    """Record an event of the shipment, for each order with pieces in it."""
    for order in shipment.orders():
        record(
            name,
            shipment.workspace_id,
            actor=actor,
            now=now,
            order_id=order.pk,
            shipment_id=shipment.pk,
            store_id=order.store_id,
            **data,
        )


def wait_after(attempts: int, longest: timedelta = LONGEST_WAIT) -> timedelta:
    """How long to wait after so many attempts: twice as long each time, up to the longest."""
    return min(FIRST_WAIT * float(2 ** min(attempts, 10)), longest)


def _promises(shipment: Shipment, bought: BoughtLabel) -> dict[str, Any]:
    """What the carrier says of what it sold, where that is more than was known before."""
    facts: dict[str, Any] = {}
    if bought.deliver_at:
        facts["promised_at"] = bought.deliver_at
    if bought.service and not shipment.channel_code:
        facts |= {
            "channel_code": bought.service.channel_code[:60],
            "channel_name": bought.service.channel_name[:60],
            "channel_method": bought.service.channel_method[:60],
        }
    return facts


def _set_label(label: Label, status: Label.Status) -> None:
    """Set the label's status while the purchase is still the one we know. Raises TooLate."""
    mine = Label.objects.filter(pk=label.pk, status__in=OPEN, claimed_at=label.claimed_at)
    if mine.update(status=status) != 1:
        raise TooLate(label.pk)


def _note_surplus(shipment: Shipment, label: Label, bought: BoughtLabel, *, now: datetime) -> None:
    if label.carrier_label_id == bought.carrier_label_id:
        return
    note(
        "label.surplus",
        shipment,
        now=now,
        carrier_label_id=bought.carrier_label_id,
        tracking_number=bought.tracking_number,
    )


def _locked(shipment: Shipment) -> Order:
    """Lock its orders, by id as everywhere, and return its own."""
    orders = Order.objects.select_related("key__parent").select_for_update(of=("self",))
    rows = {row.pk: row for row in orders.filter(pk__in=shipment.order_ids()).order_by("id")}
    return rows[shipment.order_id]


def _keep_files(order: Order, label: Label, bought: BoughtLabel, *, now: datetime) -> None:
    """Keep the label's files, sealed; only that there were some where the data was erased."""
    key = opened_if_alive(order.key)
    Document.objects.bulk_create(
        Document(
            workspace_id=label.workspace_id,
            label=label,
            kind=file.kind,
            format=file.format,
            size=file.size,
            dpi=file.dpi or None,
            content=seal_content(file.content, key) if key else None,
            created_at=now,
        )
        for file in bought.files
    )
