"""Batching: labels for many orders in one go; each is bought on its own."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial

from django.db import transaction

from packbench.accounts.models import Workspace
from packbench.carriers.models import Preset
from packbench.events.recording import record
from packbench.jobs import defer
from packbench.orders.bulking import JOBS, start_bulk, work_off
from packbench.orders.models import BulkRun, Order
from packbench.shipments.choosing import choose_means, ways_of
from packbench.shipments.models import Batch
from packbench.shipments.planning import CannotPlan, Means, plan_shipment

AT_ONCE = 50  # orders locked together
MeansOf = Callable[[Order], Means]


def create_labels(
    workspace: Workspace,
    orders: Iterable[Order],
    means: Means | MeansOf,
    *,
    actor: str,
    now: datetime,
) -> Batch:
    """Ask for a label for each order and return at once; the batch shows how far it got.

    With the same means for all, or with what is chosen for each. No carrier is asked here.

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
def start_labels(
    workspace: Workspace,
    order_ids: Sequence[str],
    *,
    preset: Preset | None = None,
    actor: str,
    now: datetime,
) -> BulkRun:
    """Ask for labels for so many orders that planning them takes a job; their batch is made now.

    What each is sent with is chosen by the job. Raises NoWarehouse.
    """
    ways_of(workspace, preset=preset, now=now)
    batch = Batch.objects.create(workspace=workspace, created_by=actor, created_at=now)
    given = {"batch_id": batch.pk, "preset_id": preset.pk if preset else ""}
    kind = BulkRun.Kind.LABEL
    return start_bulk(workspace, kind, order_ids, given=given, actor=actor, now=now)


def plan_more(run_id: str, *, clock: Callable[[], datetime]) -> None:
    """Plan the shipments of the run's next orders. Safe to run again."""
    work_off(run_id, _plan_slice, job=JOBS[BulkRun.Kind.LABEL], clock=clock)


def _plan_slice(run: BulkRun, orders: Sequence[Order], now: datetime) -> int:
    """Returns how many were planned; the others are refused in the batch, with their reasons."""
    batch = Batch.objects.select_for_update().get(pk=run.given["batch_id"])
    preset = run.workspace.presets.filter(pk=run.given.get("preset_id", "")).first()
    ways = ways_of(run.workspace, preset=preset, now=now)
    before = len(batch.refused)
    means_of = partial(choose_means, ways, now=now)
    _plan(batch, orders, means_of, actor=run.created_by, now=now)
    Batch.objects.filter(pk=batch.pk).update(refused=batch.refused)
    planned = len(orders) - (len(batch.refused) - before)
    if run.done_to + len(orders) >= len(run.order_ids):
        record(
            "batch.created",
            run.workspace_id,
            actor=run.created_by,
            now=now,
            batch_id=batch.pk,
            count=run.done + planned,
            refused=len(batch.refused),
        )
    return planned


@transaction.atomic
def _plan(
    batch: Batch, orders: Iterable[Order], means: Means | MeansOf, *, actor: str, now: datetime
) -> None:
    ready = []
    for order in orders:
        its_means = means if isinstance(means, Means) else means(order)
        try:
            ready.append(plan_shipment(order, its_means, batch=batch, actor=actor, now=now))
        except CannotPlan as refusal:
            batch.refused.append(_refused(order, refusal))
    defer("shipments.buy", [{"shipment_id": shipment.pk} for shipment in ready])


def _refused(order: Order, refusal: CannotPlan) -> dict[str, object]:
    return {"order_id": order.pk, "number": order.external_id, "problems": refusal.problems}
