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


def create_labels(
    workspace: Workspace, orders: Iterable[Order], means: Means, *, actor: str, now: datetime
) -> Batch:
    """Ask for a label for each order and return at once; the batch shows how far it got.

    Orders that cannot be planned are kept in `batch.refused` with their reasons.
    """
    batch = Batch.objects.create(workspace=workspace, created_by=actor, created_at=now)
    refused, ready = [], []
    with transaction.atomic():
        for order in orders:
            try:
                ready.append(plan_shipment(order, means, batch=batch, actor=actor, now=now))
            except CannotPlan as refusal:
                refused.append(
                    {
                        "order_id": order.pk,
                        "number": order.external_id,
                        "problems": refusal.problems,
                    }
                )
        Batch.objects.filter(pk=batch.pk).update(refused=refused)
        record(
            "batch.created",
            workspace.pk,
            actor=actor,
            now=now,
            batch_id=batch.pk,
            count=len(ready),
            refused=len(refused),
        )
        defer("shipments.buy", [{"shipment_id": shipment.pk} for shipment in ready])
    batch.refused = refused
    return batch
