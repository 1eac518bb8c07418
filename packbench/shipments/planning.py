"""Planning: from an order to the parcel that serves it."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet, Sum

from packbench.carriers.models import CarrierAccount, Warehouse
from packbench.events.recording import record
from packbench.lib.sentences import marked
from packbench.orders.models import WORK, Order, OrderItem
from packbench.shipments.expiring import set_clock
from packbench.shipments.models import Batch, Shipment, ShipmentItem
from packbench.shipments.status import UNDER_WAY, Status

REFUSALS: dict[str, str] = {
    "already_labeled": marked("Everything in this order has a label already."),
    "double_import": marked(
        "The same Amazon order came in through another store too, and has a label there. Ship "
        "only one of them."
    ),
    "not_waiting": marked("This order does not wait for a parcel."),
    "on_hold": marked("This order is on hold. Release it first."),
    "under_way": marked("A label for this order is being bought."),
}


class CannotPlan(Exception):
    """The order gets no parcel now; `problems` are codes of REFUSALS or of an order's problems."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__(", ".join(problems))


@dataclass(frozen=True, slots=True)
class Means:
    """What a parcel is sent with."""

    carrier_account: CarrierAccount
    warehouse: Warehouse
    service: str


@transaction.atomic
def plan_shipment(
    order: Order, means: Means, *, batch: Batch | None, actor: str, now: datetime
) -> Shipment:
    """Return a ready shipment for what is left of the order. Raises CannotPlan.

    A draft that was refused before is taken up again, with what was mended since.
    """
    order = Order.objects.select_for_update().get(pk=order.pk)
    _check(order)
    draft = order.shipments.filter(status=Status.DRAFT).first()
    if draft:
        draft.items.all().delete()  # what was left then may not be what is left now
    left = pieces_left(order)
    if not left:
        raise CannotPlan(["already_labeled"])
    if draft:
        _take_up(draft, order, means, batch)
        _put_in(draft, left)
        set_clock(order.pk, now=now)
        return draft
    shipment = Shipment.objects.create(
        workspace_id=order.workspace_id,
        order=order,
        batch=batch,
        status=Status.READY,
        carrier_account=means.carrier_account,
        warehouse=means.warehouse,
        service=means.service,
        weight_g=order.weight_g or 0,
        created_at=now,
    )
    _put_in(shipment, left)
    set_clock(order.pk, now=now)
    record(
        "shipment.planned",
        order.workspace_id,
        actor=actor,
        now=now,
        order_id=order.pk,
        shipment_id=shipment.pk,
        store_id=order.store_id,
    )
    return shipment


def _put_in(shipment: Shipment, pieces: dict[str, int]) -> None:
    ShipmentItem.objects.bulk_create(
        ShipmentItem(shipment=shipment, order_item_id=item_id, quantity=quantity)
        for item_id, quantity in pieces.items()
    )


def pieces_left(order: Order) -> dict[str, int]:
    """Pieces by item id that no live shipment holds and nobody else sent."""
    held = dict(
        ShipmentItem.objects.filter(order_item__order=order)
        .exclude(shipment__status=Status.VOIDED)
        .values_list("order_item_id")
        .annotate(pieces=Sum("quantity"))
    )
    left = {
        item.pk: item.quantity - item.quantity_elsewhere - held.get(item.pk, 0)
        for item in OrderItem.objects.filter(order=order)
    }
    return {item_id: pieces for item_id, pieces in left.items() if pieces > 0}


def twins(order: Order) -> QuerySet[Order]:
    """The same order of Amazon's as it came in through other stores of the workspace (SEED-54)."""
    same = Order.objects.filter(
        store__workspace_id=order.workspace_id, external_id=order.external_id
    )
    return same.exclude(pk=order.pk).select_related("store").order_by("id")


def has_label_elsewhere(order: Order) -> bool:
    """Whether a parcel of it goes out already, made from its twin."""
    return Shipment.objects.live().filter(order__in=twins(order).values("pk")).exists()


def _check(order: Order) -> None:
    if order.held_at is not None:
        raise CannotPlan(["on_hold"])
    if order.shipments.filter(status__in=UNDER_WAY).exists():
        raise CannotPlan(["under_way"])
    if order.status not in WORK:
        raise CannotPlan(["not_waiting"])
    if has_label_elsewhere(order):
        raise CannotPlan(["double_import"])
    if order.problems:
        raise CannotPlan(list(order.problems))


def _take_up(draft: Shipment, order: Order, means: Means, batch: Batch | None) -> None:
    draft.move(
        Status.READY,
        batch=batch or draft.batch,
        carrier_account=means.carrier_account,
        warehouse=means.warehouse,
        service=means.service,
        weight_g=order.weight_g or 0,
        problem=None,
        attempts=0,
        next_try_at=None,
    )
