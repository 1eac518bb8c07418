"""Waiving: a person ships all the same, though the order has a problem."""

from datetime import datetime

from django.db import transaction

from packbench.events.recording import record
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked
from packbench.orders.models import Order

WAIVABLE = frozenset({"cancel_requested"})
NOT_WAIVABLE = marked("This problem cannot be waived: it has to be mended.")


@transaction.atomic
def waive_problem(order: Order, code: str, *, actor: str, now: datetime) -> None:
    """Take the problem off the order for good. Safe to run again. Raises Rejected."""
    if code not in WAIVABLE:
        raise Rejected(NOT_WAIVABLE, code="not_waivable")
    row = Order.objects.select_for_update().get(pk=order.pk)
    if code not in row.problems:
        return
    row.waived = sorted({*row.waived, code})
    row.problems = [problem for problem in row.problems if problem != code]
    row.has_problems = bool(row.problems)
    row.save(update_fields=["waived", "problems", "has_problems"])
    record(
        "order.waived",
        row.workspace_id,
        actor=actor,
        now=now,
        order_id=row.pk,
        store_id=row.store_id,
        problem=code,
    )
