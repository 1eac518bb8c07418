"""Collecting: orders are gathered in an open batch, until its labels are asked for."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from packbench.accounts.models import Member, Workspace
from packbench.carriers.models import Preset
from packbench.events.recording import record
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked
from packbench.orders.models import BulkRun
from packbench.shipments.batching import start_labels
from packbench.shipments.models import Batch

MOST = 5_000  # orders in a batch
CLOSED = marked("The labels of this batch were asked for already. Open another batch.")
FULL = marked("A batch holds %(most)s orders at most.")
EMPTY = marked("This batch holds no order yet. Select orders and add them to it.")
NOBODY = marked("This person does not work here.")


@transaction.atomic
def open_batch(
    workspace: Workspace, order_ids: Iterable[str], *, name: str = "", actor: str, now: datetime
) -> Batch:
    """Open a batch with these orders of the workspace. Nothing is asked for. Raises Rejected."""
    batch = Batch.objects.create(
        workspace=workspace,
        name=name.strip()[:60],
        is_open=True,
        created_by=actor,
        created_at=now,
    )
    record("batch.opened", workspace.pk, actor=actor, now=now, batch_id=batch.pk)
    add_to_batch(batch, order_ids)
    batch.refresh_from_db()
    return batch


@transaction.atomic
def add_to_batch(batch: Batch, order_ids: Iterable[str]) -> int:
    """Add orders of the workspace, each once; returns how many are new in it. Raises Rejected."""
    row = _locked(batch)
    wanted = [pk for pk in dict.fromkeys(order_ids) if pk not in set(row.order_ids)]
    ours = set(row.workspace.orders.filter(pk__in=wanted).values_list("pk", flat=True))
    new = [pk for pk in wanted if pk in ours]
    if len(row.order_ids) + len(new) > MOST:
        raise Rejected(FULL, code="batch_full", most=MOST)
    Batch.objects.filter(pk=row.pk).update(order_ids=[*row.order_ids, *new])
    return len(new)


@transaction.atomic
def remove_from_batch(batch: Batch, order_ids: Iterable[str]) -> int:
    """Take orders out again; returns how many were in it. Raises Rejected."""
    row, gone = _locked(batch), set(order_ids)
    kept = [pk for pk in row.order_ids if pk not in gone]
    Batch.objects.filter(pk=row.pk).update(order_ids=kept)
    return len(row.order_ids) - len(kept)


@transaction.atomic
def process_batch(
    batch: Batch, *, preset: Preset | None = None, actor: str, now: datetime
) -> BulkRun:
    """Close the batch and ask for its labels; a job plans them. Raises Rejected, NoWarehouse."""
    row = _locked(batch)
    if not row.order_ids:
        raise Rejected(EMPTY, code="batch_empty")
    ids = row.order_ids
    Batch.objects.filter(pk=row.pk).update(is_open=False, order_ids=[], preset=preset)
    return start_labels(row.workspace, ids, preset=preset, batch=row, actor=actor, now=now)


def describe_batch(batch: Batch, *, name: str, note: str, actor: str, now: datetime) -> None:
    """Set the name and the note of a batch."""
    Batch.objects.filter(pk=batch.pk).update(name=name.strip()[:60], note=note.strip()[:500])
    record("batch.changed", batch.workspace_id, actor=actor, now=now, batch_id=batch.pk)


@transaction.atomic
def assign_batch(batch: Batch, member: Member | None, *, actor: str, now: datetime) -> None:
    """Give the batch to a person of the workspace who ships, or to nobody. Raises Rejected."""
    if member and (member.workspace_id != batch.workspace_id or not member.can_ship):
        raise Rejected(NOBODY, code="nobody")
    person_id = member.person_id if member else None
    same = Q(assignee=person_id) if member else Q(assignee__isnull=True)
    if Batch.objects.filter(~same, pk=batch.pk).update(assignee=person_id):
        record(
            "batch.assigned" if member else "batch.unassigned",
            batch.workspace_id,
            actor=actor,
            now=now,
            batch_id=batch.pk,
            person_id=person_id or "",
        )


def archive_batch(batch: Batch, *, is_archived: bool, actor: str, now: datetime) -> None:
    """Put the batch away, or take it out again. Its labels stay as they are."""
    Batch.objects.filter(pk=batch.pk).update(archived_at=now if is_archived else None)
    name = "batch.archived" if is_archived else "batch.unarchived"
    record(name, batch.workspace_id, actor=actor, now=now, batch_id=batch.pk)


def _locked(batch: Batch) -> Batch:
    row = Batch.objects.select_for_update().get(pk=batch.pk)
    if not row.is_open:
        raise Rejected(CLOSED, code="batch_closed")
    return row
