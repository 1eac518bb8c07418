"""Printing: the papers of a packed parcel go to its station's printers, each of them once."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from packbench.accounts.models import Workspace
from packbench.channels.models import sentence_json
from packbench.events.models import Event
from packbench.labels import queueing
from packbench.labels.arranging import (
    Wanted,
    kinds_wanted,
    known_kinds,
    papers_of,
    papers_of_stores,
)
from packbench.labels.having import papers_there
from packbench.labels.models import Kind, PrintJob
from packbench.labels.queueing import Routes, queue_papers
from packbench.labels.slips import pack
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked
from packbench.packing.models import PackedPaper, Packing
from packbench.packing.opening import settings_of
from packbench.shipments.models import Shipment
from packbench.shipments.status import LABELED

RECENT = timedelta(hours=12)  # what a printer did not do is shown for so long
MOST_SHOWN = 5
AT_WORK = (PrintJob.Status.WAITING, PrintJob.Status.CLAIMED)
WRONG = (PrintJob.Status.FAILED, PrintJob.Status.DOUBTFUL)
# What may have come out, or may still: asked for again by a person only.
TAKEN = (*AT_WORK, PrintJob.Status.DOUBTFUL, PrintJob.Status.PRINTED)

NO_LABEL = marked("This parcel has no label yet.")


@transaction.atomic
def send_papers(packing: Packing, routes: Routes, *, actor: str, now: datetime) -> None:
    """Queue what the parcel still lacks of its papers at the printers of these routes.

    Safe to run again: what was printed, or waits at a printer, is left out, whoever asked for it.
    What no printer here prints is left to the browser. Where the queue is full, that is kept.
    """
    Packing.objects.select_for_update().get(pk=packing.pk)
    _send(packing, routes, _due(packing), actor=actor, now=now)


@transaction.atomic
def send_again(packing: Packing, routes: Routes, *, actor: str, now: datetime) -> None:
    """Print once more what was sent for the parcel; its label, where nothing was.

    What still waits at a printer is left to its turn. Raises Rejected before there is a label.
    """
    Packing.objects.select_for_update().get(pk=packing.pk)
    if packing.shipment is None or packing.shipment.status not in LABELED:
        raise Rejected(NO_LABEL, code="no_label")
    rows = list(_papers(packing).select_related("job__printer__workspace", "job__workspace"))
    with_job = [row for row in rows if row.job is not None]
    for job in {row.job_id: row.job for row in with_job}.values():
        assert job is not None  # noqa: S101
        again = queueing.print_again(job, actor=actor, now=now)
        _papers(packing).filter(job=job).update(job=again, problem=None, settled_at=None)
    left = [row.kind for row in rows if row.job is None]
    _papers(packing).filter(job=None).delete()
    _send(packing, routes, left or ([] if rows else [Kind.LABEL.value]), actor=actor, now=now)


def settle(packing: Packing, *, now: datetime) -> None:
    """A person saw to what was not printed: it is shown no more. Safe to run again."""
    _papers(packing).filter(settled_at=None).update(settled_at=now)


def papers_of_packing(packing: Packing) -> list[PackedPaper]:
    """What was sent for the parcel, with its printers, as it was sent."""
    if packing.shipment_id is None:
        return []
    return list(_papers(packing).select_related("job__printer").order_by("id"))


def troubled(workspace: Workspace, actor: str, *, now: datetime) -> list[PackedPaper]:
    """Papers of what the person packed lately that did not come out, the latest first."""
    stuck = Q(job__status__in=AT_WORK, job__problem__isnull=False)
    lost = Q(job=None) | Q(job__status__in=WRONG) | stuck
    rows = _recent(workspace, actor, now=now).filter(lost, settled_at=None)
    again = PrintJob.objects.filter(again_of=OuterRef("job"))
    rows = rows.exclude(Exists(again)).select_related("packing__order", "job__printer")
    return list(rows.order_by("-packing__closed_at", "id")[:MOST_SHOWN])


def is_printing(workspace: Workspace, actor: str, *, now: datetime) -> bool:
    """Whether papers of what the person packed lately still wait at a printer."""
    rows = _recent(workspace, actor, now=now)
    return rows.filter(job__status__in=AT_WORK, settled_at=None).exists()


def _send(
    packing: Packing, routes: Routes, kinds: Sequence[str], *, actor: str, now: datetime
) -> None:
    shipment = _shipment(packing)
    store_id = shipment.order.store_id
    here = [kind for kind in kinds if routes.printer_for(kind, store_id)]
    if not here:
        return
    jobs: dict[str, PrintJob] = {}
    problem = None
    try:
        with transaction.atomic():
            queued = queue_papers(packing.workspace, [shipment], here, routes, actor=actor, now=now)
            jobs = {kind: job for job in queued.jobs for kind in job.kinds}
    except Rejected as error:
        problem = sentence_json(error)
    PackedPaper.objects.bulk_create(
        PackedPaper(
            packing=packing, shipment=shipment, kind=kind, job=jobs.get(kind), problem=problem
        )
        for kind in here
    )


def _due(packing: Packing) -> list[str]:
    """What the bench prints of the parcel's papers, without what is there or on its way."""
    packed = pack([_shipment(packing)])[0]
    wanted = kinds_wanted(papers_of(packing.workspace), Wanted())
    slip = (Kind.SLIP.value,) if settings_of(packing.workspace).prints_slip else ()
    store_id = packed.order.store_id
    settings = papers_of_stores([store_id])[store_id]
    there = papers_there(packed, known_kinds((*wanted, *slip)), settings)
    done = _done(packed.shipment)
    return [kind for kind in there if kind not in done]


def _done(shipment: Shipment) -> set[str]:
    """The kinds that were printed, or that some printer has."""
    done = set(PackedPaper.objects.filter(shipment=shipment).values_list("kind", flat=True))
    if shipment.printed_at:
        done.add(Kind.LABEL.value)
    printed = Event.objects.filter(name="papers.printed", order_id=shipment.order_id)
    said = printed.filter(shipment_id=shipment.pk).values_list("data", flat=True)
    done |= {kind for data in said for kind in data.get("kinds", ())}
    since = shipment.purchased_at or shipment.created_at
    jobs = PrintJob.objects.filter(
        workspace=shipment.workspace_id, created_at__gte=since, status__in=TAKEN
    )
    named = jobs.filter(shipment_ids__contains=[shipment.pk]).values_list("kinds", flat=True)
    return done | {kind for kinds in named for kind in kinds}


def _papers(packing: Packing) -> QuerySet[PackedPaper]:
    return PackedPaper.objects.filter(shipment=packing.shipment_id)


def _recent(workspace: Workspace, actor: str, *, now: datetime) -> QuerySet[PackedPaper]:
    packings = workspace.packings.filter(packed_by=actor, closed_at__gt=now - RECENT)
    return PackedPaper.objects.filter(packing__in=packings)


def _shipment(packing: Packing) -> Shipment:
    return Shipment.objects.with_order().get(pk=packing.shipment_id)
