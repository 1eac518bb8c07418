"""Waiving: a person ships all the same, though the order has a problem."""

from datetime import datetime

from django.db import transaction

from packbench.events.recording import record
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked
from packbench.orders.models import Order
from packbench.orders.standing import (
    ADDRESS_DOUBTFUL,
    ASKS_TO_CANCEL,
    CONSTRAINTS,
    STANDING_FIELDS,
    restand,
)

WAIVABLE = frozenset({ASKS_TO_CANCEL, "missing_customs", ADDRESS_DOUBTFUL, *CONSTRAINTS})
NOT_WAIVABLE = marked("This problem cannot be waived: it has to be mended.")


@transaction.atomic
def waive_problem(order: Order, code: str, *, actor: str, now: datetime) -> None:
    """Take the problem off the order for good; it is released where that held it.

    Safe to run again. Raises Rejected.
    """
    if code not in WAIVABLE:
        raise Rejected(NOT_WAIVABLE, code="not_waivable")
    row = Order.objects.select_for_update().get(pk=order.pk)
    if code not in row.problems:
        return
    row.waived = sorted({*row.waived, code})
    restand(row)
    row.save(update_fields=["waived", *STANDING_FIELDS])
    record(
        "order.waived",
        row.workspace_id,
        actor=actor,
        now=now,
        order_id=row.pk,
        store_id=row.store_id,
        problem=code,
    )
