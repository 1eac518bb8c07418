"""Closing: an order of an own shop is done when all of it has a label. Nobody is told of it."""

from datetime import datetime

from packbench.events.recording import record
from packbench.orders.models import Order, Status
from packbench.orders.shipping import mark_shipped
from packbench.orders.standing import STANDING_FIELDS, restand
from packbench.shipments.planning import pieces_unsent

ACTOR = "packbench"


def close_order(order: Order, *, now: datetime) -> None:
    """Note the order as shipped where all of it has a label. Safe to run again."""
    if not pieces_unsent(order):
        mark_shipped(order, actor=ACTOR, now=now)


def open_again(order: Order, *, actor: str, now: datetime) -> None:
    """Let an order wait again whose label was voided. The caller holds its lock."""
    if order.status != Status.SHIPPED:
        return
    order.confirmed_at = None
    restand(order)
    order.save(update_fields=["confirmed_at", *STANDING_FIELDS])
    record(
        "order.unclosed",
        order.workspace_id,
        actor=actor,
        now=now,
        order_id=order.pk,
        store_id=order.store_id,
    )
