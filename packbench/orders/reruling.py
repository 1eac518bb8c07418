"""Asking the rules on demand: for chosen orders, or for all that are open, slice by slice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from packbench.accounts.models import Workspace
from packbench.events.recording import record
from packbench.jobs import defer_once
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked
from packbench.orders.models import OPEN, OrderQuerySet
from packbench.orders.ruling import AT_ONCE, Case, rehearse_rules, rule_orders
from packbench.rules.models import Rule, RuleRun

JOB = "orders.ask_rules"
MOST_REHEARSED = 2_000
RUNNING = marked("The rules are being asked already. Wait until that is done.")


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What would change: of how many orders, and whether there are more that were not looked at."""

    cases: list[Case]
    looked_at: int
    has_more: bool


def rehearse_open_orders(
    workspace: Workspace, rule: Rule | None = None, *, now: datetime
) -> Rehearsal:
    """Try the rules, or one of them, on the open orders that are due first. Changes nothing."""
    rows = list(_open(workspace).order_by("due_at", "id")[: MOST_REHEARSED + 1])
    shown = rows[:MOST_REHEARSED]
    cases = rehearse_rules(workspace, shown, rule, now=now)
    return Rehearsal(cases, looked_at=len(shown), has_more=len(rows) > len(shown))


def ask_for(workspace: Workspace, order_ids: Sequence[str], *, now: datetime) -> int:
    """Carry out the rules on these orders, slice by slice. Returns how many changed."""
    slices = range(0, len(order_ids), AT_ONCE)
    return sum(_ask_slice(workspace, order_ids[at : at + AT_ONCE], now=now) for at in slices)


@transaction.atomic
def _ask_slice(workspace: Workspace, ids: Sequence[str], *, now: datetime) -> int:
    rows = _open(workspace).filter(pk__in=ids).select_for_update(of=("self",)).order_by("id")
    return len(rule_orders(workspace, list(rows), moment="asked", now=now))


@transaction.atomic
def ask_for_all(workspace: Workspace, *, actor: str, now: datetime) -> RuleRun:
    """Have the rules carried out on all open orders, by a job. Raises Rejected while one runs."""
    try:
        with transaction.atomic():
            run = RuleRun.objects.create(workspace=workspace, asked_by=actor, asked_at=now)
    except IntegrityError as error:
        raise Rejected(RUNNING, code="rules_running") from error
    record("rules.asked", workspace.pk, actor=actor, now=now, run_id=run.pk)
    defer_once(JOB, run_id=run.pk)
    return run


@transaction.atomic
def go_on(run_id: str, *, now: datetime, most: int = AT_ONCE) -> bool:
    """Do the next orders of a run, and queue the next slice. False: it is finished.

    Safe to run again and at once elsewhere.
    """
    run = RuleRun.objects.select_for_update().select_related("workspace").get(pk=run_id)
    if run.finished_at is not None:
        return False
    beyond = _open(run.workspace).filter(pk__gt=run.reached)
    rows = list(beyond.select_for_update(of=("self",)).order_by("id")[:most])
    run.changed += len(rule_orders(run.workspace, rows, moment="asked", now=now))
    run.looked_at += len(rows)
    run.reached = rows[-1].pk if rows else run.reached
    has_more = len(rows) == most
    run.finished_at = None if has_more else now
    run.save()
    if has_more:
        defer_once(JOB, run_id=run.pk)
    return has_more


def unfinished_runs() -> list[str]:
    """The ids of runs that are to go on."""
    return list(RuleRun.objects.filter(finished_at__isnull=True).values_list("pk", flat=True))


def _open(workspace: Workspace) -> OrderQuerySet:
    rows: OrderQuerySet = workspace.orders.filter(status__in=OPEN)
    return rows.select_related("key__parent")
