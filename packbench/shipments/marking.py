"""Marking as shipped: a parcel whose label was bought elsewhere (SEED-61, SEED-65)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from packbench.carriers.naming import carrier_words
from packbench.events.recording import record
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked
from packbench.orders.models import WORK, Order
from packbench.orders.models import Status as OrderStatus
from packbench.shipments.correcting import checked_number
from packbench.shipments.expiring import set_clock
from packbench.shipments.models import Shipment, ShipmentItem
from packbench.shipments.owing import owe
from packbench.shipments.planning import (
    REFUSALS,
    Means,
    has_label_elsewhere,
    lock_for,
    pieces_left,
)
from packbench.shipments.status import UNDER_WAY, Status

NOTHING_LEFT = marked("Everything in this order has a parcel already.")
NOT_WAITING = marked("This order does not wait for a parcel.")
UNDER_WAY_NOW = marked("A label for this order is being bought. Wait until it is there.")
TOO_MANY = marked("Only %(left)s of %(sku)s are left to ship. Enter that or less.")
NO_PIECES = marked("Enter how many pieces are in the parcel: at least one.")


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A parcel that went without a label of ours. `pieces` by item id; empty: all that is left."""

    carrier: str
    tracking_number: str
    method: str = ""
    pieces: Mapping[str, int] | None = None


@transaction.atomic
def mark_as_shipped(
    order: Order, parcel: Elsewhere, means: Means, *, actor: str, now: datetime
) -> Shipment:
    """Note a parcel that is on its way, and owe the store its notice at once. Raises Rejected.

    `means` say which warehouse it left; a label that was refused before is given up.
    """
    here = Order.objects.select_for_update().select_related("store").get(pk=order.pk)
    _check(here)
    code, name = carrier_words(parcel.carrier)
    number = checked_number(parcel.tracking_number)
    lock_for([here.pk])  # with the orders that are combined with it
    for draft in Shipment.objects.of_orders([here.pk]).filter(status=Status.DRAFT):
        draft.move(Status.VOIDED)
    pieces = _pieces(here, parcel.pieces)
    shipment = Shipment.objects.create(
        workspace_id=here.workspace_id,
        order=here,
        status=Status.IN_TRANSIT,
        carrier_account=means.carrier_account,
        warehouse=means.warehouse,
        service=means.service,
        weight_g=here.weight_g or 0,
        tracking_number=number,
        is_manual=True,
        channel_code=code,
        channel_name=name,
        channel_method=parcel.method.strip()[:60],
        created_at=now,
        purchased_at=now,
        handed_over_at=now,
        scanned_at=now,
    )
    ShipmentItem.objects.bulk_create(
        ShipmentItem(shipment=shipment, order_item_id=item_id, quantity=count)
        for item_id, count in pieces.items()
    )
    owe(shipment, now=now)
    set_clock(here.pk, now=now)
    record(
        "shipment.marked",
        here.workspace_id,
        actor=actor,
        now=now,
        order_id=here.pk,
        shipment_id=shipment.pk,
        store_id=here.store_id,
        tracking_number=number,
    )
    return shipment


def _check(order: Order) -> None:
    if order.status not in (*WORK, OrderStatus.ON_HOLD):
        raise Rejected(NOT_WAITING, code="not_waiting")
    if has_label_elsewhere(order):
        raise Rejected(REFUSALS["double_import"], code="double_import")
    if Shipment.objects.of_orders([order.pk]).filter(status__in=UNDER_WAY).exists():
        raise Rejected(UNDER_WAY_NOW, code="under_way")


def _pieces(order: Order, wanted: Mapping[str, int] | None) -> dict[str, int]:
    left = pieces_left(order)
    if not left:
        raise Rejected(NOTHING_LEFT, code="already_labeled")
    if wanted is None:
        return left
    chosen = {item_id: count for item_id, count in wanted.items() if count > 0}
    if not chosen:
        raise Rejected(NO_PIECES, code="no_pieces")
    for item in order.items.filter(pk__in=list(chosen)):
        if chosen[item.pk] > left.get(item.pk, 0):
            raise Rejected(
                TOO_MANY, code="too_many", left=left.get(item.pk, 0), sku=item.sku or item.title
            )
    return {item_id: count for item_id, count in chosen.items() if item_id in left}
