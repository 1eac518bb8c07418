"""Batching: labels for many orders in one go; each is bought on its own."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from packbench.accounts.models import Workspace
from packbench.events.recording import record
from packbench.jobs import defer
from packbench.orders.models import Order
from packbench.shipments.models import Batch
from packbench.shipments.planning import CannotPlan, Means, plan_shipment

AT_ONCE = 50  # orders locked together


def create_labels(
    workspace: Workspace, orders: Iterable[Order], means: Means, *, actor: str, now: datetime
) -> Batch:
    """Ask for a label for each order and return at once; the batch shows how far it got.

    Orders that cannot be planned are kept in `batch.refused` with their reasons.
    """
    batch = Batch.objects.create(workspace=workspace, created_by=actor, created_at=now)
    # By id, as imports lock them too: nobody waits for somebody who waits for them.
    wanted = sorted(orders, key=lambda order: order.pk)
    for start in range(0, len(wanted), AT_ONCE):
        _plan(batch, wanted[start : start + AT_ONCE], means, actor=actor, now=now)
    Batch.objects.filter(pk=batch.pk).update(refused=batch.refused)
    record(
        "batch.created",
        workspace.pk,
        actor=actor,
        now=now,
        batch_id=batch.pk,
        count=len(wanted) - len(batch.refused),
        refused=len(batch.refused),
    )
    return batch


@transaction.atomic
def _plan(
    batch: Batch, orders: Iterable[Order], means: Means, *, actor: str, now: datetime
) -> None:
    ready = []
    for order in orders:
        try:
            ready.append(plan_shipment(order, means, batch=batch, actor=actor, now=now))
        except CannotPlan as refusal:
            batch.refused.append(_refused(order, refusal))
    defer("shipments.buy", [{"shipment_id": shipment.pk} for shipment in ready])


def _refused(order: Order, refusal: CannotPlan) -> dict[str, object]:
    return {"order_id": order.pk, "number": order.external_id, "problems": refusal.problems}
