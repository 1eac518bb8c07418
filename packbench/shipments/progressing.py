"""Progressing: how far batches got, in the words that other desks use (`market.md` C3)."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, TextChoices
from django.utils.translation import gettext_lazy as _

from packbench.orders.models import BulkRun
from packbench.shipments.models import Batch, Shipment
from packbench.shipments.status import LABELED, UNDER_WAY, Status


class State(TextChoices):
    OPEN = "open", _("Open")  # orders are still collected
    QUEUED = "queued", _("Queued")  # nothing was asked of a carrier yet
    PROCESSING = "processing", _("Processing")
    COMPLETED = "completed", _("Completed")
    COMPLETED_WITH_ERRORS = "completed_with_errors", _("Completed with errors")
    INVALID = "invalid", _("Invalid")  # none of its labels could be asked for
    ARCHIVED = "archived", _("Archived")


@dataclass(frozen=True, slots=True)
class Progress:
    """Counts of one batch: labels that are there, under way and failed, and orders besides.

    `refused` orders were not asked for (validation); `failed` labels were refused by the carrier
    (purchase); `unplanned` orders were not looked at yet.
    """

    done: int = 0
    left: int = 0
    failed: int = 0
    refused: int = 0
    unplanned: int = 0
    ready: int = 0  # of those left: no carrier was asked yet

    @property
    def total(self) -> int:
        return self.done + self.left + self.failed + self.unplanned

    @property
    def processed(self) -> int:
        return self.done + self.failed

    @property
    def is_going_on(self) -> bool:
        return bool(self.left or self.unplanned)

    @property
    def to_retry(self) -> int:
        return self.failed + self.refused


def progress_of(batches: Iterable[Batch]) -> dict[str, Progress]:
    """How far each of them got, by id, in two queries."""
    rows = {batch.pk: batch for batch in batches}
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    found = Shipment.objects.filter(batch__in=list(rows)).order_by()
    for pk, status, count in found.values_list("batch", "status").annotate(count=Count("id")):
        counts[pk][status] = count
    waiting = _unplanned(list(rows))
    return {
        pk: Progress(
            done=sum(counts[pk][status] for status in LABELED),
            left=sum(counts[pk][status] for status in UNDER_WAY),
            failed=counts[pk][Status.DRAFT],
            refused=len(batch.refused),
            unplanned=waiting[pk],
            ready=counts[pk][Status.READY],
        )
        for pk, batch in rows.items()
    }


def state_of(batch: Batch, progress: Progress) -> State:
    """Where the batch stands."""
    if batch.is_open:
        return State.OPEN
    if batch.archived_at:
        return State.ARCHIVED
    if progress.is_going_on:
        is_begun = progress.done or progress.failed or progress.left > progress.ready
        return State.PROCESSING if is_begun else State.QUEUED
    if not progress.total:
        return State.INVALID
    return State.COMPLETED_WITH_ERRORS if progress.to_retry else State.COMPLETED


def _unplanned(batch_ids: list[str]) -> Counter[str]:
    """How many orders of each a job has still to look at."""
    runs = BulkRun.objects.filter(finished_at__isnull=True, given__batch_id__in=batch_ids)
    found: Counter[str] = Counter()
    for run in runs:
        found[run.given["batch_id"]] += len(run.order_ids) - run.done_to
    return found
