"""Planning: from an order to the parcel that serves it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet, Sum
from msgspec import Struct, to_builtins

from packbench.carriers.base import Options
from packbench.carriers.models import (
    CarrierAccount,
    PackageType,
    ServiceRule,
    Warehouse,
    options_json,
)
from packbench.events.recording import record
from packbench.lib.money import Money
from packbench.lib.sentences import marked
from packbench.orders.models import WORK, Order, OrderItem
from packbench.orders.models import Status as OrderStatus
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


AS_USUAL = Options()


class CannotPlan(Exception):
    """The order gets no parcel now; `problems` are codes of REFUSALS or of an order's problems."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__(", ".join(problems))


class Wish(Struct, frozen=True, omit_defaults=True):
    """Which offer of the compared accounts is wanted, and what it must keep.

    `choice` is one of ServiceRule.Choice, `service` the only one that will do, `account_id` the
    only account that is asked.
    """

    choice: str = ServiceRule.Choice.CHEAPEST.value
    service: str = ""
    account_id: str = ""
    must_arrive_in_time: bool = False
    must_be_protected: bool = False


@dataclass(frozen=True, slots=True)
class Means:
    """What a parcel is sent with, and what was shown of its price when that was chosen.

    `weight_g` is in grams with packaging; None: what the order weighs, and the box. Without
    `size_mm` (length, width, height) the box's size counts. With a `wish` the account and the
    service are only what is shown until a job has chosen among the rates.
    """

    carrier_account: CarrierAccount
    warehouse: Warehouse
    service: str
    service_name: str = ""
    carrier_name: str = ""
    package_type: PackageType | None = None
    size_mm: tuple[int, int, int] | None = None
    weight_g: int | None = None
    options: Options = AS_USUAL
    ships_at: datetime | None = None
    quoted: Money | None = None
    promised_at: datetime | None = None
    is_protected: bool = False
    wish: Wish | None = None


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
        created_at=now,
        **columns_of(order, means),
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
    """The same order of Amazon's as it came in through other stores of the workspace (SEED-54).

    Two shops of one's own may give the same number to different orders.
    """
    same = Order.objects.filter(
        store__workspace_id=order.workspace_id, external_id=order.external_id
    )
    if order.store.is_own_shop:
        same = same.exclude(store__marketplace_id="")
    return same.exclude(pk=order.pk).select_related("store").order_by("id")


def has_label_elsewhere(order: Order) -> bool:
    """Whether a parcel of it goes out already, made from its twin."""
    return Shipment.objects.live().filter(order__in=twins(order).values("pk")).exists()


def _check(order: Order) -> None:
    if order.held_at is not None:
        raise CannotPlan(["on_hold"])
    if order.shipments.filter(status__in=UNDER_WAY).exists():
        raise CannotPlan(["under_way"])
    if order.status == OrderStatus.ON_HOLD:
        raise CannotPlan(list(order.problems) or ["on_hold"])
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
        problem=None,
        attempts=0,
        next_try_at=None,
        **columns_of(order, means),
    )


def columns_of(order: Order, means: Means) -> dict[str, Any]:
    """Return what the means say of a shipment's columns."""
    box = means.package_type
    length, width, height = means.size_mm or (
        (box.length_mm, box.width_mm, box.height_mm) if box else (None, None, None)
    )
    weight_g = means.weight_g or (order.weight_g or 0) + (box.tare_g if box else 0)
    return {
        "carrier_account": means.carrier_account,
        "warehouse": means.warehouse,
        "service": means.service,
        "service_name": means.service_name,
        "carrier_name": means.carrier_name,
        "package_type": box,
        "length_mm": length,
        "width_mm": width,
        "height_mm": height,
        "weight_g": weight_g,
        "options": options_json(means.options),
        "ships_at": means.ships_at,
        "quoted_amount": means.quoted.amount if means.quoted else None,
        "quoted_currency": means.quoted.currency if means.quoted else "",
        "promised_at": means.promised_at,
        "is_protected": means.is_protected,
        "wish": to_builtins(means.wish) if means.wish else None,
    }
