"""Bulking: one thing done to many orders, slice by slice, by a job whose progress is shown."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from packbench.accounts.models import Workspace
from packbench.jobs import defer, defer_once
from packbench.lib.errors import Rejected
from packbench.orders.holding import hold_order, release_order
from packbench.orders.models import BulkRun, Order
from packbench.orders.weighing import weigh_order

JOB = "orders.bulk"
JOBS = {BulkRun.Kind.LABEL: "shipments.bulk"}  # of the kinds that are not ours
AT_ONCE = 100  # orders in a transaction
LONGEST_RUN = timedelta(seconds=20)  # of one job; the next goes on
LEFT_BEHIND = timedelta(seconds=30)  # then a sweep queues the job again
MOST_SWEPT = 100

Do = Callable[[BulkRun, Sequence[Order], datetime], int]
Clock = Callable[[], datetime]


@transaction.atomic
def start_bulk(
    workspace: Workspace,
    kind: BulkRun.Kind,
    order_ids: Sequence[str],
    *,
    given: Mapping[str, Any],
    actor: str,
    now: datetime,
) -> BulkRun:
    """Ask for it to be done to these orders of the workspace, in this order, by a job."""
    run = BulkRun.objects.create(
        workspace=workspace,
        kind=kind,
        given=dict(given),
        order_ids=list(dict.fromkeys(order_ids)),
        created_by=actor,
        created_at=now,
    )
    defer(JOBS.get(kind, JOB), [{"run_id": run.pk}])
    return run


def work_on(run_id: str, *, clock: Clock) -> None:
    """Hold, release or weigh the run's next orders. Safe to run again."""
    work_off(run_id, _do, job=JOB, clock=clock)


def work_off(run_id: str, do: Do, *, job: str, clock: Clock) -> None:
    """Do it slice by slice for at most LONGEST_RUN; where more are left, queue the job again."""
    ends_at = clock() + LONGEST_RUN
    while _slice(run_id, do, now=clock()):
        if clock() >= ends_at:
            defer_once(job, run_id=run_id)
            return


def unfinished_runs(*, now: datetime) -> list[tuple[str, str]]:
    """The jobs that are to go on, each with its run's id."""
    old = BulkRun.objects.filter(finished_at__isnull=True, created_at__lt=now - LEFT_BEHIND)
    rows = old.order_by("created_at").values_list("kind", "pk")[:MOST_SWEPT]
    return [(JOBS.get(BulkRun.Kind(kind), JOB), pk) for kind, pk in rows]


@transaction.atomic
def _slice(run_id: str, do: Do, *, now: datetime) -> bool:
    """Do it to the next orders, with the mark in the same transaction. False: nothing is left."""
    run = (
        BulkRun.objects.select_for_update(skip_locked=True)
        .filter(pk=run_id, finished_at__isnull=True)
        .first()
    )
    if run is None:
        return False
    ids = run.order_ids[run.done_to : run.done_to + AT_ONCE]
    found = {row.pk: row for row in Order.objects.filter(workspace=run.workspace_id, pk__in=ids)}
    # By id, as imports lock them too: nobody waits for somebody who waits for them.
    done = do(run, [found[pk] for pk in sorted(found)], now)
    behind = run.done_to + len(ids)
    is_last = behind >= len(run.order_ids)
    BulkRun.objects.filter(pk=run.pk).update(
        done_to=behind, done=F("done") + done, finished_at=now if is_last else None
    )
    return not is_last


def _do(run: BulkRun, orders: Sequence[Order], now: datetime) -> int:
    """Returns to how many it was done: the others did not wait any more, or were not held."""
    actor = run.created_by
    if run.kind == BulkRun.Kind.HOLD:
        reason, until = run.given["reason"], _time(run.given.get("until", ""))
        if until is not None and until <= now:
            return 0
        return sum(
            hold_order(row, reason=reason, until=until, actor=actor, now=now) for row in orders
        )
    if run.kind == BulkRun.Kind.RELEASE:
        return sum(release_order(row, actor=actor, now=now) for row in orders)
    grams = run.given["weight_g"]
    return sum(_weigh(row, grams, actor=actor, now=now) for row in orders)


def _time(said: str) -> datetime | None:
    return datetime.fromisoformat(said) if said else None


def _weigh(order: Order, grams: int, *, actor: str, now: datetime) -> bool:
    try:
        weigh_order(order, grams, actor=actor, now=now)
    except Rejected:
        return False
    return True
