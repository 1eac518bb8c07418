"""What shipments tell the order: which pieces are spoken for, and that all of them went or not."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import F

from packbench.events.recording import record
from packbench.orders.models import WORK, Order, OrderItem, Status
from packbench.orders.standing import STANDING_FIELDS, restand


def speak_for(pieces: Iterable[tuple[str, int]]) -> None:
    """Note pieces of items (id, quantity; negative takes back) as told to the store by us."""
    for item_id, quantity in pieces:
        OrderItem.objects.filter(pk=item_id).update(quantity_told=F("quantity_told") + quantity)


def mark_shipped(order: Order, *, actor: str, now: datetime) -> bool:
    """The store was told of every piece: the order is shipped. Safe to run again."""
    waiting = Order.objects.filter(pk=order.pk, status__in=[*WORK, Status.ON_HOLD])
    shipped = {"status": Status.SHIPPED, "confirmed_at": now, "reopened_at": None}
    if not waiting.update(**shipped, problems=[], has_problems=False):
        return False
    record(
        "order.shipped",
        order.workspace_id,
        actor=actor,
        now=now,
        order_id=order.pk,
        store_id=order.store_id,
    )
    return True


def reopen(order: Order, *, actor: str, now: datetime) -> None:
    """Let the order wait for a parcel again: the one that the store was told of was voided."""
    order.confirmed_at, order.reopened_at = None, now
    restand(order)
    order.save(update_fields=["confirmed_at", "reopened_at", *STANDING_FIELDS])
    record(
        "order.reopened",
        order.workspace_id,
        actor=actor,
        now=now,
        order_id=order.pk,
        store_id=order.store_id,
    )
