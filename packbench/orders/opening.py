"""Opening: orders that must not leave before their time become ready when it has come."""

from datetime import datetime

from django.db import transaction

from packbench.events.models import Event
from packbench.events.recording import event, record_all
from packbench.orders.models import Order
from packbench.orders.standing import STANDING_FIELDS, restand

ACTOR = "packbench"
AT_ONCE = 500


def open_orders(*, now: datetime) -> int:
    """Let pre-orders and orders whose label window opened go on; returns how many.

    Safe to run again, and at once elsewhere.
    """
    count = 0
    while opened := _open_slice(now=now):
        count += opened
    return count


@transaction.atomic
def _open_slice(*, now: datetime) -> int:
    due = Order.objects.filter(is_early=True, opens_at__lte=now).order_by("opens_at", "id")
    rows = list(due.select_for_update(skip_locked=True, of=("self",))[:AT_ONCE])
    events = []
    for row in rows:
        before = row.status
        row.is_early = False
        restand(row)
        if row.status != before:
            events.append(_opened(row, now=now))
    Order.objects.bulk_update(rows, ["is_early", *STANDING_FIELDS])
    record_all(events)
    return len(rows)


def _opened(row: Order, *, now: datetime) -> Event:
    return event(
        "order.opened",
        row.workspace_id,
        actor=ACTOR,
        now=now,
        order_id=row.pk,
        store_id=row.store_id,
    )
