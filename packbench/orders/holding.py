"""Holding: an order that must not go out yet, and its release."""

from datetime import datetime

from django.db import transaction

from packbench.events.recording import record
from packbench.orders.models import WORK, Order, Status
from packbench.orders.standing import standing


@transaction.atomic
def hold_order(order: Order, *, reason: str, actor: str, now: datetime) -> bool:
    """Put a waiting order on hold. False: it does not wait any more."""
    waiting = Order.objects.filter(pk=order.pk, status__in=WORK)
    if not waiting.update(status=Status.ON_HOLD, held_at=now, hold_reason=reason[:200]):
        return False
    record(
        "order.held",
        order.workspace_id,
        actor=actor,
        now=now,
        order_id=order.pk,
        store_id=order.store_id,
    )
    return True


@transaction.atomic
def release_order(order: Order, *, actor: str, now: datetime) -> bool:
    """Let a held order go on. False: it was not on hold."""
    row = Order.objects.select_for_update().get(pk=order.pk)
    if row.held_at is None:
        return False
    row.held_at, row.hold_reason = None, ""
    row.status = standing(
        Status(row.channel_status),
        is_held=False,
        is_confirmed=row.confirmed_at is not None,
        is_reopened=row.reopened_at is not None,
    )
    row.save(update_fields=["held_at", "hold_reason", "status"])
    record(
        "order.released",
        row.workspace_id,
        actor=actor,
        now=now,
        order_id=row.pk,
        store_id=row.store_id,
    )
    return True
