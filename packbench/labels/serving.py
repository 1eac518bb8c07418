"""Serving print agents: a job at a time, claimed for as long as the agent says nothing.

A job is handed to one agent's journal. That journal knows what became of it; handed out again,
it goes back to the same journal only. Another one cannot know whether it was printed: then a
person decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from packbench.accounts.models import Workspace
from packbench.channels.models import sentence_json
from packbench.events.recording import record
from packbench.labels.arranging import form_for, papers_of, papers_of_stores
from packbench.labels.bundling import bundle
from packbench.labels.models import Printer, PrintJob
from packbench.labels.printing import NO_PAPERS, record_printed, record_shown
from packbench.labels.slips import pack
from packbench.labels.trial_pages import draw_test_page
from packbench.lib.errors import Rejected, RemoteError
from packbench.lib.sentences import Sentence, marked
from packbench.shipments.models import Shipment

LEASE = timedelta(minutes=5)
MOST_PRINTERS = 50
LATER = timedelta(seconds=20)  # a printer that was not ready is tried again
AWAY = timedelta(minutes=2)

JOURNAL_LOST = marked(
    "Its print agent was set up anew since: nobody knows whether it was printed. Look, and print "
    "it again if it was not."
)
PROBLEMS = {
    "paper_out": marked("The printer is out of paper or ribbon."),
    "open": marked("The printer is open."),
    "paused": marked("The printer is paused."),
    "unreachable": marked("The printer does not answer. Check its cable, power and address."),
    "unknown_printer": marked("The print agent no longer has this printer."),
    "refused": marked("The printer refused what it was sent."),
    "interrupted": marked(
        "The print agent stopped in the middle: nobody knows whether it was printed. Look, and "
        "print it again if it was not."
    ),
    "partly": marked("Only a part of it was printed. Look, and print the rest again."),
    "other": marked("The printer reports a fault."),
}
OUTCOMES = {
    "printed": PrintJob.Status.PRINTED,
    "failed": PrintJob.Status.FAILED,
    "doubtful": PrintJob.Status.DOUBTFUL,
}
OPEN = (PrintJob.Status.WAITING, PrintJob.Status.CLAIMED)


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of a job: printed, failed, doubtful, or later, with the code of a problem.

    `is_begun`: the printer may have heard of it, so that nobody else may print it later.
    """

    job_id: str
    outcome: str
    problem: str = ""
    is_begun: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """What an agent says and asks when its turn comes.

    `printers` are its printers with the code of what is wrong with each.
    """

    agent: str
    journal: str
    printers: tuple[tuple[str, str], ...] = ()
    ended: tuple[Ended, ...] = ()
    wants_more: bool = True


@dataclass(frozen=True, slots=True)
class Handed:
    """A job for the agent. Its content holds buyers' data."""

    job: PrintJob
    printer: str
    format: str
    content: bytes

    def __repr__(self) -> str:
        return f"Handed({self.job.pk})"


@dataclass(slots=True)
class Answer:
    acknowledged: list[str] = field(default_factory=list)
    handed: Handed | None = None


def take_turn(workspace: Workspace, turn: Turn, *, now: datetime) -> Answer:
    """Hear what became of jobs and printers, and hand out the next job, if any.

    Safe to repeat: what was reported stays as it was reported first.
    """
    answer = Answer()
    printers = _hear_printers(workspace, turn, now=now)
    for ended in turn.ended:
        _end(workspace, turn, ended, now=now)
        answer.acknowledged.append(ended.job_id)
    if turn.wants_more:
        while answer.handed is None and (job := _claim(printers, turn, now=now)):
            answer.handed = _hand_out(job, now=now)
    return answer


def is_away(printer: Printer, *, now: datetime) -> bool:
    """Whether its agent has not spoken of it for a while."""
    return printer.seen_at is None or now - printer.seen_at > AWAY


def _hear_printers(workspace: Workspace, turn: Turn, *, now: datetime) -> list[Printer]:
    known = {row.name: row for row in Printer.objects.filter(workspace=workspace, agent=turn.agent)}
    for name, problem in turn.printers[:MOST_PRINTERS]:
        said = _problem(problem) if problem else None
        row = known.get(name)
        if row is None:
            row = Printer(workspace=workspace, agent=turn.agent, name=name, created_at=now)
            row.language = Printer.Language.ZPL if name.endswith(" (ZPL)") else row.language
            known[name] = row
        is_fresh = row.seen_at is not None and now - row.seen_at < AWAY / 4
        if row.problem != said or not is_fresh:
            row.problem, row.seen_at = said, now
            row.save()
    named = {name for name, _ in turn.printers}
    return [row for name, row in known.items() if name in named]


@transaction.atomic
def _claim(printers: Sequence[Printer], turn: Turn, *, now: datetime) -> PrintJob | None:
    """Take the next job for the agent: a new one, or its own that it did not get or forgot."""
    jobs = PrintJob.objects.select_for_update(of=("self",), skip_locked=True)
    mine = Q(status=PrintJob.Status.CLAIMED, journal=turn.journal)
    left = Q(status=PrintJob.Status.CLAIMED, claimed_at__lte=now - LEASE)
    due = Q(next_try_at__isnull=True) | Q(next_try_at__lte=now)
    ready = Q(status=PrintJob.Status.WAITING) & due
    rows = jobs.filter(mine | left | ready, printer__in=printers)
    for row in rows.select_related("printer__workspace").order_by("created_at", "place", "pk")[:50]:
        if row.journal and row.journal != turn.journal:
            _doubt(row, now=now)
            continue
        row.status, row.journal, row.claimed_at = PrintJob.Status.CLAIMED, turn.journal, now
        row.attempts += 1
        row.save(update_fields=["status", "journal", "claimed_at", "attempts"])
        return row
    return None


def _doubt(row: PrintJob, *, now: datetime) -> None:
    row.status, row.ended_at = PrintJob.Status.DOUBTFUL, now
    row.problem = {**Sentence(JOURNAL_LOST).as_json(), "code": "journal_lost"}
    row.save(update_fields=["status", "ended_at", "problem"])


def _hand_out(job: PrintJob, *, now: datetime) -> Handed | None:
    """Make the papers; where that cannot be, the job is over with the reason."""
    try:
        content = _content(job, now=now)
    except RemoteError as error:
        mine = PrintJob.objects.filter(pk=job.pk, status=PrintJob.Status.CLAIMED)
        mine.update(status=PrintJob.Status.FAILED, problem=sentence_json(error), ended_at=now)
        return None
    return Handed(job, job.printer.name, job.printer.language, content)


def _content(job: PrintJob, *, now: datetime) -> bytes:
    settings = papers_of(job.workspace)
    form = form_for(job.printer, is_by_kind=settings.is_by_kind, start=job.start)
    if not job.shipment_ids:
        return draw_test_page(job.printer, form)
    parcels = pack(_shipments(job))
    made = bundle(
        parcels,
        job.kinds,
        papers_of_stores(packed.order.store_id for packed in parcels),
        form,
    )
    if made is None:
        raise Rejected(NO_PAPERS, code="nothing_to_print")
    shown = [packed for packed in parcels if packed.shipment.pk in made.kinds]
    record_shown(shown, made.kinds, actor=job.created_by, now=now)
    return made.content


def _shipments(job: PrintJob) -> list[Shipment]:
    rows = Shipment.objects.with_order().filter(workspace=job.workspace, pk__in=job.shipment_ids)
    places = {pk: place for place, pk in enumerate(job.shipment_ids)}
    return sorted(rows, key=lambda row: places[row.pk])


@transaction.atomic
def _end(workspace: Workspace, turn: Turn, ended: Ended, *, now: datetime) -> None:
    """Write down what became of a job, once, and only for the agent that has it."""
    rows = PrintJob.objects.select_for_update().filter(workspace=workspace, journal=turn.journal)
    job = rows.filter(pk=ended.job_id, status__in=OPEN).first()
    if job is None:
        return
    problem = _problem(ended.problem) if ended.problem else None
    status = OUTCOMES.get(ended.outcome)
    if status is None:  # later: the printer is not ready, and nothing was sent to it
        job.status, job.next_try_at, job.problem = PrintJob.Status.WAITING, now + LATER, problem
        job.journal = job.journal if ended.is_begun else ""
        job.save(update_fields=["status", "next_try_at", "problem", "journal"])
        return
    job.status, job.ended_at, job.problem = status, now, problem
    job.save(update_fields=["status", "ended_at", "problem"])
    if status == PrintJob.Status.PRINTED and job.shipment_ids:
        parcels = pack(_shipments(job))
        kinds = {packed.shipment.pk: job.kinds for packed in parcels}
        record_printed(parcels, kinds, actor=job.created_by, now=now)
    elif status != PrintJob.Status.PRINTED:
        record(
            "print_job.failed",
            workspace.pk,
            actor="packbench",
            now=now,
            job_id=job.pk,
            code=ended.problem,
        )


def _problem(code: str) -> dict[str, object]:
    known = code if code in PROBLEMS else "other"
    return {**Sentence(PROBLEMS[known]).as_json(), "code": known}
