"""Planning: from an order to the parcel that serves it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet, Sum
from msgspec import Struct, to_builtins

from packbench.carriers.base import Feature, Options
from packbench.carriers.models import (
    CarrierAccount,
    PackageType,
    ServiceRule,
    Warehouse,
    options_json,
)
from packbench.carriers.registry import can
from packbench.events.recording import record
from packbench.lib.money import Money
from packbench.lib.sentences import marked
from packbench.orders.models import WORK, Order, OrderItem
from packbench.orders.models import Status as OrderStatus
from packbench.shipments.expiring import set_clock
from packbench.shipments.models import (
    Batch,
    Companion,
    Shipment,
    ShipmentItem,
    ShipmentQuerySet,
)
from packbench.shipments.status import LABELED, UNDER_WAY, Status
from packbench.shipments.weighing import weight_of_pieces

REFUSALS: dict[str, str] = {
    "already_labeled": marked("Everything in this order has a label already."),
    "combined_at_store": marked(
        "A label bought through Amazon is for one order alone. Choose another carrier for the "
        "combined parcel, or undo the combination."
    ),
    "double_import": marked(
        "The same Amazon order came in through another store too, and has a label there. Ship "
        "only one of them."
    ),
    "not_waiting": marked("This order does not wait for a parcel."),
    "on_hold": marked("This order is on hold. Release it first."),
    "parts_outdated": marked(
        "The order changed at the store after its parcels were put together. Merge them and split "
        "it again."
    ),
    "parts_wait": marked(
        "What is left of this order waits for its day. To send it earlier, ask for its label on "
        "the order's page."
    ),
    "under_way": marked("A label for this order is being bought."),
}


AS_USUAL = Options()
A_DAY = timedelta(days=1)
_NOT_VOIDED = tuple(status for status in Status if status != Status.VOIDED)
_WITH_LABEL = (*LABELED, Status.VOIDING)


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
def plan_order(
    order: Order, means: Means, *, batch: Batch | None, actor: str, now: datetime
) -> list[Shipment]:
    """Return ready shipments for all of the order that may go now. Raises CannotPlan.

    A parcel that a person composed goes as it was composed, with the orders that are combined in
    it; one with a ship-by of its own waits for that day. What is in none goes as `plan_shipment`
    has it.
    """
    composed = list(composed_drafts([order.pk]).order_by("created_at", "id"))
    if not composed:
        return [plan_shipment(order, means, batch=batch, actor=actor, now=now)]
    lock_for([order.pk])
    due = [row for row in composed if not waits_for_its_day(row, now=now)]
    planned = [plan_parcel(row, means, batch=batch, actor=actor, now=now) for row in due]
    if pieces_left(order):
        planned.append(plan_shipment(order, means, batch=batch, actor=actor, now=now))
    if not planned:
        raise CannotPlan(["parts_wait"])
    return planned


@transaction.atomic
def plan_parcel(
    shipment: Shipment, means: Means, *, batch: Batch | None, actor: str, now: datetime
) -> Shipment:
    """Make a parcel that a person composed ready, with what was put in it. Raises CannotPlan."""
    orders = lock_for(shipment.order_ids())
    row = Shipment.objects.select_related("order").get(pk=shipment.pk)
    if row.status != Status.DRAFT:
        raise CannotPlan(["under_way" if row.status in UNDER_WAY else "already_labeled"])
    if len(orders) > 1 and can(means.carrier_account, Feature.TELLS_STORE):
        raise CannotPlan(["combined_at_store"])
    for order in orders:
        _check(order)
        if _is_overdrawn(order):
            raise CannotPlan(["parts_outdated"])
    pieces = dict(row.items.values_list("order_item_id", "quantity"))
    _take_up(row, row.order, means, batch, pieces=pieces)
    for order in orders:
        set_clock(order.pk, now=now)
    return row


@transaction.atomic
def plan_shipment(
    order: Order, means: Means, *, batch: Batch | None, actor: str, now: datetime
) -> Shipment:
    """Return a ready shipment for what is left of the order. Raises CannotPlan.

    A draft that was refused before is taken up again, with what was mended since. What a person
    put into parcels of its own is not left.
    """
    order = Order.objects.select_for_update().get(pk=order.pk)
    _check(order)
    draft = order.shipments.filter(status=Status.DRAFT, is_composed=False).first()
    if draft:
        draft.items.all().delete()  # what was left then may not be what is left now
    left = pieces_left(order)
    if not left:
        raise CannotPlan([_why_nothing_left(order)])
    if draft:
        _take_up(draft, order, means, batch, pieces=left)
        put_in(draft, left)
        set_clock(order.pk, now=now)
        return draft
    shipment = Shipment.objects.create(
        workspace_id=order.workspace_id,
        order=order,
        batch=batch,
        status=Status.READY,
        created_at=now,
        **columns_of(order, means, pieces=left),
    )
    put_in(shipment, left)
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


def lock_for(order_ids: Iterable[str]) -> list[Order]:
    """Lock these orders and those that are combined with them, by id, as everywhere.

    Returns those that were asked for.
    """
    wanted = set(order_ids)
    shipments = composed_drafts(wanted).values("pk")
    along = Companion.objects.filter(shipment__in=shipments).values_list("order", flat=True)
    owners = composed_drafts(wanted).values_list("order", flat=True)
    ids = wanted.union(along, owners)
    rows = Order.objects.filter(pk__in=ids).select_for_update(of=("self",)).order_by("id")
    return [row for row in rows.select_related("store") if row.pk in wanted]


def composed_drafts(order_ids: Iterable[str]) -> ShipmentQuerySet:
    """The parcels that a person composed of these orders' pieces and that have no label yet."""
    drafts: ShipmentQuerySet = Shipment.objects.of_orders(order_ids)
    return drafts.filter(status=Status.DRAFT, is_composed=True)


def waits_for_its_day(shipment: Shipment, *, now: datetime) -> bool:
    """Whether a part with a ship-by of its own is left alone until that day."""
    return shipment.ship_by_at is not None and now < shipment.ship_by_at - A_DAY


def put_in(shipment: Shipment, pieces: Mapping[str, int]) -> None:
    """Note how many pieces of each item go in the shipment."""
    ShipmentItem.objects.bulk_create(
        ShipmentItem(shipment=shipment, order_item_id=item_id, quantity=quantity)
        for item_id, quantity in pieces.items()
    )


def pieces_left(order: Order) -> dict[str, int]:
    """Pieces by item id that no live shipment holds and nobody else sent."""
    return {pk: count for pk, count in _not_in(order, _NOT_VOIDED).items() if count > 0}


def pieces_unsent(order: Order) -> dict[str, int]:
    """Pieces by item id that no parcel with a label holds and nobody else sent."""
    return {pk: count for pk, count in _not_in(order, _WITH_LABEL).items() if count > 0}


def _not_in(order: Order, statuses: Iterable[Status]) -> dict[str, int]:
    held = dict(
        ShipmentItem.objects.filter(order_item__order=order, shipment__status__in=statuses)
        .values_list("order_item_id")
        .annotate(pieces=Sum("quantity"))
    )
    items = OrderItem.objects.filter(order=order)
    return {
        pk: quantity - elsewhere - held.get(pk, 0)
        for pk, quantity, elsewhere in items.values_list("pk", "quantity", "quantity_elsewhere")
    }


def _is_overdrawn(order: Order) -> bool:
    """Whether its parcels hold more than there is: the store changed it after it was split."""
    return any(count < 0 for count in _not_in(order, _NOT_VOIDED).values())


def _why_nothing_left(order: Order) -> str:
    under_way = Shipment.objects.of_orders([order.pk]).filter(status__in=UNDER_WAY)
    return "under_way" if under_way.exists() else "already_labeled"


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
    ids = list(twins(order).values_list("pk", flat=True))
    return bool(ids) and Shipment.objects.live().of_orders(ids).exists()


def _check(order: Order) -> None:
    if order.held_at is not None:
        raise CannotPlan(["on_hold"])
    if order.shipments.filter(status__in=UNDER_WAY, is_composed=False).exists():
        raise CannotPlan(["under_way"])
    if order.status == OrderStatus.ON_HOLD:
        raise CannotPlan(list(order.problems) or ["on_hold"])
    if order.status not in WORK:
        raise CannotPlan(["not_waiting"])
    if has_label_elsewhere(order):
        raise CannotPlan(["double_import"])
    if order.problems:
        raise CannotPlan(list(order.problems))


def _take_up(
    draft: Shipment, order: Order, means: Means, batch: Batch | None, *, pieces: Mapping[str, int]
) -> None:
    draft.move(
        Status.READY,
        batch=batch or draft.batch,
        problem=None,
        attempts=0,
        next_try_at=None,
        **columns_of(order, means, pieces=pieces),
    )


def columns_of(order: Order, means: Means, *, pieces: Mapping[str, int]) -> dict[str, Any]:
    """Return what the means say of the columns of a shipment with these pieces."""
    box = means.package_type
    length, width, height = means.size_mm or (
        (box.length_mm, box.width_mm, box.height_mm) if box else (None, None, None)
    )
    weight_g = means.weight_g or weight_of_pieces(order, pieces) + (box.tare_g if box else 0)
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
