"""Batching: labels for many orders in one go; each is bought on its own."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial

from django.db import transaction

from packbench.accounts.models import Workspace
from packbench.carriers.models import Preset
from packbench.events.recording import record
from packbench.jobs import defer
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked
from packbench.orders.bulking import JOBS, start_bulk, work_off
from packbench.orders.models import BulkRun, Order
from packbench.shipments.choosing import choose_means, ways_of
from packbench.shipments.models import Batch, Shipment
from packbench.shipments.planning import CannotPlan, Means, lock_for, plan_order, plan_parcel
from packbench.shipments.status import Status

AT_ONCE = 50  # orders locked together by a job
MeansOf = Callable[[Order], Means]
NOTHING_FAILED = marked("No label of this batch failed.")


@transaction.atomic
def create_labels(
    workspace: Workspace,
    orders: Iterable[Order],
    means: Means | MeansOf,
    *,
    preset: Preset | None = None,
    actor: str,
    now: datetime,
) -> Batch:
    """Ask for a label for each order and return at once; the batch shows how far it got.

    With the same means for all, or with what is chosen for each. No carrier is asked here. The
    batch and all that was planned for it are there together, or nothing is: more orders than one
    waits for go by `start_labels`. `preset` is noted for labels that are asked for again.

    Orders that cannot be planned are kept in `batch.refused` with their reasons.
    """
    batch = Batch.objects.create(
        workspace=workspace, preset=preset, created_by=actor, created_at=now
    )
    # By id, as imports lock them too: nobody waits for somebody who waits for them.
    wanted = sorted(orders, key=lambda order: order.pk)
    _plan(batch, wanted, means, actor=actor, now=now)
    Batch.objects.filter(pk=batch.pk).update(refused=batch.refused)
    _note_created(batch, len(wanted) - len(batch.refused), actor=actor, now=now)
    return batch


@transaction.atomic
def create_parcel_label(shipment: Shipment, means: Means, *, actor: str, now: datetime) -> Batch:
    """Ask for the label of one parcel that a person composed. Raises CannotPlan."""
    batch = Batch.objects.create(workspace=shipment.workspace, created_by=actor, created_at=now)
    ready = plan_parcel(shipment, means, batch=batch, actor=actor, now=now)
    defer("shipments.buy", [{"shipment_id": ready.pk}])
    _note_created(batch, 1, actor=actor, now=now)
    return batch


@transaction.atomic
def start_labels(
    workspace: Workspace,
    order_ids: Sequence[str],
    *,
    preset: Preset | None = None,
    batch: Batch | None = None,
    actor: str,
    now: datetime,
) -> BulkRun:
    """Ask for labels for so many orders that planning them takes a job; their batch is made now.

    Or they join the given batch. What each is sent with is chosen by the job. Raises NoWarehouse.
    """
    ways_of(workspace, preset=preset, now=now)
    if batch is None:
        batch = Batch.objects.create(
            workspace=workspace, preset=preset, created_by=actor, created_at=now
        )
    given = {"batch_id": batch.pk, "preset_id": preset.pk if preset else ""}
    kind = BulkRun.Kind.LABEL
    return start_bulk(workspace, kind, order_ids, given=given, actor=actor, now=now)


@transaction.atomic
def retry_batch(batch: Batch, *, actor: str, now: datetime) -> BulkRun:
    """Ask once more, in the same batch, for the labels that failed and no others.

    Those are what the carriers refused, and what could not be asked for: with what was mended
    since. A job plans them. Raises Rejected where nothing failed, and NoWarehouse.
    """
    row = Batch.objects.select_for_update(of=("self",)).select_related("preset").get(pk=batch.pk)
    failed = row.shipments.filter(status=Status.DRAFT).order_by("pk")
    refused = [entry["order_id"] for entry in row.refused]
    ids = list(dict.fromkeys([*failed.values_list("order_id", flat=True), *refused]))
    if not ids or is_planning(row):
        raise Rejected(NOTHING_FAILED, code="nothing_failed")
    Batch.objects.filter(pk=row.pk).update(refused=[])
    record("batch.retried", row.workspace_id, actor=actor, now=now, batch_id=row.pk, count=len(ids))
    return start_labels(row.workspace, ids, preset=row.preset, batch=row, actor=actor, now=now)


def is_planning(batch: Batch) -> bool:
    """Whether a job still goes through the orders of the batch."""
    return BulkRun.objects.filter(
        workspace=batch.workspace_id, finished_at__isnull=True, given__batch_id=batch.pk
    ).exists()


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
        _note_created(batch, run.done + planned, actor=run.created_by, now=now)
    return planned


@transaction.atomic
def _plan(
    batch: Batch, orders: Sequence[Order], means: Means | MeansOf, *, actor: str, now: datetime
) -> None:
    ready: dict[str, Shipment] = {}
    # At once, with those that share a parcel with them: two batches never wait for each other.
    lock_for(order.pk for order in orders)
    for order in orders:
        its_means = means if isinstance(means, Means) else means(order)
        try:
            planned = plan_order(order, its_means, batch=batch, actor=actor, now=now)
        except CannotPlan as refusal:
            if not _goes_along(order, ready):
                batch.refused.append(_refused(order, refusal))
        else:
            ready |= {shipment.pk: shipment for shipment in planned}
    defer("shipments.buy", [{"shipment_id": pk} for pk in ready])


def _goes_along(order: Order, ready: dict[str, Shipment]) -> bool:
    """Whether it shares the parcel of another one of these that is ready by now."""
    along = order.companions.values_list("shipment", flat=True)
    own = order.shipments.filter(is_composed=True).values_list("pk", flat=True)
    return not ready.keys().isdisjoint([*along, *own])


def _refused(order: Order, refusal: CannotPlan) -> dict[str, object]:
    return {"order_id": order.pk, "number": order.external_id, "problems": refusal.problems}


def _note_created(batch: Batch, count: int, *, actor: str, now: datetime) -> None:
    record(
        "batch.created",
        batch.workspace_id,
        actor=actor,
        now=now,
        batch_id=batch.pk,
        count=count,
        refused=len(batch.refused),
    )
