"""Releasing: orders that were held until a time go on by themselves when it has come."""

from datetime import datetime

from django.db import transaction

from packbench.events.recording import event, record_all
from packbench.orders.models import Order
from packbench.orders.standing import STANDING_FIELDS, restand

ACTOR = "packbench"
AT_ONCE = 500


@transaction.atomic
def release_due(*, now: datetime, most: int = AT_ONCE) -> int:
    """Release the orders whose time has come, some at once; returns how many. Safe to run again.

    One that something else holds as well stays on hold for that.
    """
    due = Order.objects.filter(held_until__lte=now).order_by("held_until", "id")
    rows = list(due.select_for_update(skip_locked=True)[:most])
    for row in rows:
        row.held_at, row.hold_reason, row.held_until = None, "", None
        restand(row)
    fields = ["held_at", "hold_reason", "held_until", *STANDING_FIELDS]
    Order.objects.bulk_update(rows, fields)
    record_all(
        event(
            "order.released",
            row.workspace_id,
            actor=ACTOR,
            now=now,
            order_id=row.pk,
            store_id=row.store_id,
        )
        for row in rows
    )
    return len(rows)
