"""Reckoning: how much of an order went, and until when what is left must go."""

from collections.abc import Iterable
from datetime import datetime

from packbench.orders.models import Order
from packbench.orders.standing import STANDING_FIELDS, restand
from packbench.shipments.models import Shipment
from packbench.shipments.planning import pieces_left, pieces_unsent
from packbench.shipments.status import LABELED, Status

WITH_LABEL = (*LABELED, Status.VOIDING)


def reckon_parcels(order: Order, *, now: datetime) -> None:
    """Let the order stand as its parcels do; part of the transaction in which one changed.

    It is partially shipped from its first label until all of it went, and is due when the first
    of what has no label yet must leave. The caller holds its lock. Safe to run again.
    """
    rows = Shipment.objects.of_orders([order.pk]).exclude(status=Status.VOIDED)
    parcels = list(rows.values_list("status", "is_composed", "ship_by_at"))
    went = [status for status, *_ in parcels if status in WITH_LABEL]
    is_partly_sent = bool(went) and (len(parcels) > 1 or bool(pieces_unsent(order)))
    rest_by_at = _rest_by(order, parcels)
    found = Order.objects.filter(pk=order.pk)
    if (is_partly_sent, rest_by_at) == found.values_list("is_partly_sent", "rest_by_at").get():
        return
    here = found.get()
    here.is_partly_sent, here.rest_by_at = is_partly_sent, rest_by_at
    here.due_at = rest_by_at or here.deadline_at
    restand(here)
    here.save(update_fields=["is_partly_sent", "rest_by_at", "due_at", *STANDING_FIELDS])


def _rest_by(order: Order, parcels: Iterable[tuple[str, bool, datetime | None]]) -> datetime | None:
    """When the first of what waits must leave; None where that is the order's own time."""
    waiting = [at for status, is_own, at in parcels if is_own and status not in WITH_LABEL]
    if not any(waiting):
        return None
    times = [at or order.deadline_at for at in waiting]
    if pieces_left(order):
        times.append(order.deadline_at)
    return min(times)
