"""Holding: an order that must not go out yet, and its release."""

from datetime import datetime

from django.db import transaction

from packbench.events.recording import record
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked
from packbench.orders.models import WORK, Order, Status
from packbench.orders.standing import STANDING_FIELDS, restand
from packbench.orders.tagging import HELD, decide, decide_orders

OVER = marked("Choose a day that is still to come.")


@transaction.atomic
def hold_order(
    order: Order, *, reason: str, until: datetime | None = None, actor: str, now: datetime
) -> bool:
    """Put a waiting order on hold. False: it does not wait any more, or somebody holds it.

    With `until` it is released by itself then (`releasing.release_due`); so an order that is held
    already is given another date. One that waits for its date or for a decision can be held
    besides: then it stays. Raises Rejected for a time that is over.
    """
    if until is not None and until <= now:
        raise Rejected(OVER, code="hold_over")
    waiting = Order.objects.filter(pk=order.pk, status__in=[*WORK, Status.ON_HOLD])
    if until is None:
        waiting = waiting.filter(held_at__isnull=True)
    held = {"status": Status.ON_HOLD, "held_at": now, "held_until": until}
    if not waiting.update(**held, hold_reason=reason[:200]):
        return False
    decide_orders([order.pk], HELD)
    record(
        "order.held",
        order.workspace_id,
        actor=actor,
        now=now,
        order_id=order.pk,
        store_id=order.store_id,
        **({"until": until.isoformat()} if until else {}),
    )
    return True


@transaction.atomic
def release_order(order: Order, *, actor: str, now: datetime) -> bool:
    """Let an order go on that somebody holds. False: nobody did.

    One whose buyer asked to cancel, or whose date has not come, stays on hold for that.
    """
    row = Order.objects.select_for_update().get(pk=order.pk)
    if row.held_at is None:
        return False
    row.held_at, row.hold_reason, row.held_until = None, "", None
    decide(row, HELD)
    restand(row)
    row.save(update_fields=["held_at", "hold_reason", "held_until", "decided", *STANDING_FIELDS])
    record(
        "order.released",
        row.workspace_id,
        actor=actor,
        now=now,
        order_id=row.pk,
        store_id=row.store_id,
    )
    return True
