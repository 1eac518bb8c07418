"""Queueing: what printers are to print, each paper at the printer that its kind goes to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, transaction

from packbench.accounts.models import Workspace
from packbench.channels.models import sentence_json
from packbench.events.recording import record
from packbench.labels.bundling import ORDER
from packbench.labels.models import Printer, PrintJob, PrintRoute, Station
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked
from packbench.shipments.models import Shipment

AT_ONCE = 24  # parcels in a job: whole sheets, and what is printed in part is soon found
MOST_OPEN = 2_000  # jobs of a workspace that wait
MOST_STATIONS = 50
MOST_ROUTES = 500

NO_PRINTER = marked("No printer here prints these papers. Choose one in Settings › Printing.")
TOO_MANY = marked("%(most)s print jobs wait already. Look after the printers first.")
NAME_TAKEN = marked("Another station has this name. Choose another one.")
ROUTE_TAKEN = marked("These papers have a printer there already. Remove that line first.")
TOO_MANY_STATIONS = marked("There are %(most)s of them already. Remove one first.")
CANCELLED = marked("Cancelled before it was printed.")
ENDED = marked("It is over already: print it again instead.")


@dataclass(frozen=True, slots=True)
class Queued:
    """What was handed to printers, and the kinds of papers that no printer here prints."""

    jobs: tuple[PrintJob, ...]
    unrouted: tuple[str, ...] = ()


@dataclass(slots=True)
class Routes:
    """Which printer prints what, at one station or anywhere."""

    station: Station | None
    rows: list[PrintRoute] = field(default_factory=list)

    @classmethod
    def at(cls, workspace: Workspace, station: Station | None) -> "Routes":
        rows = PrintRoute.objects.filter(workspace=workspace).select_related("printer__workspace")
        mine = [row for row in rows if row.station_id in (None, station.pk if station else None)]
        return cls(station, mine)

    def printer_for(self, kind: str, store_id: str) -> Printer | None:
        """The printer of the closest route; None where there is none."""
        fitting = [
            row for row in self.rows if row.kind == kind and row.store_id in (None, store_id)
        ]
        if not fitting:
            return None
        closest = min(fitting, key=lambda row: (row.station_id is None, row.store_id is None))
        return closest.printer

    @property
    def is_empty(self) -> bool:
        return not self.rows


def queue_papers(
    workspace: Workspace,
    shipments: Sequence[Shipment],
    kinds: Sequence[str],
    routes: Routes,
    *,
    start: int = 0,
    actor: str,
    now: datetime,
) -> Queued:
    """Have the papers printed where their kinds go, in the order given.

    Raises Rejected where no printer prints any of them.
    """
    wanted: dict[str, tuple[Printer, dict[str, list[str]]]] = {}
    unrouted: set[str] = set()
    for shipment in shipments:
        for kind in kinds:
            printer = routes.printer_for(kind, shipment.order.store_id)
            if printer is None:
                unrouted.add(kind)
                continue
            _, parcels = wanted.setdefault(printer.pk, (printer, {}))
            parcels.setdefault(shipment.pk, []).append(kind)
    if not wanted:
        raise Rejected(NO_PRINTER, code="no_printer")
    jobs = [
        job
        for printer, parcels in wanted.values()
        for job in _jobs(printer, parcels, routes.station, start=start, actor=actor, now=now)
    ]
    _save(workspace, jobs)
    return Queued(tuple(jobs), tuple(kind for kind in ORDER if kind in unrouted))


def queue_at(
    printer: Printer,
    shipments: Sequence[Shipment],
    kinds: Sequence[str],
    *,
    station: Station | None = None,
    start: int = 0,
    actor: str,
    now: datetime,
) -> Queued:
    """Have the papers printed at one printer, whatever the routes say."""
    parcels = {shipment.pk: list(kinds) for shipment in shipments}
    jobs = list(_jobs(printer, parcels, station, start=start, actor=actor, now=now))
    _save(printer.workspace, jobs)
    return Queued(tuple(jobs))


def queue_test(printer: Printer, *, actor: str, now: datetime) -> PrintJob:
    """Have a test page printed."""
    job = PrintJob(workspace=printer.workspace, printer=printer, created_by=actor, created_at=now)
    _save(printer.workspace, [job])
    return job


@transaction.atomic
def print_again(job: PrintJob, *, actor: str, now: datetime) -> PrintJob:
    """Have it printed once more, as a job of its own; a job that waits is left to its turn."""
    if job.status in (PrintJob.Status.WAITING, PrintJob.Status.CLAIMED):
        return job
    again = PrintJob(
        workspace=job.workspace,
        printer=job.printer,
        station=job.station,
        shipment_ids=job.shipment_ids,
        kinds=job.kinds,
        start=job.start,
        again_of=job,
        created_by=actor,
        created_at=now,
    )
    _save(job.workspace, [again])
    return again


def cancel_job(job: PrintJob, *, now: datetime) -> None:
    """Take it out of the queue. Raises Rejected where it is being printed or over."""
    waiting = PrintJob.objects.filter(pk=job.pk, status=PrintJob.Status.WAITING)
    error = Rejected(CANCELLED, code="cancelled")
    fields = {"status": PrintJob.Status.CANCELLED, "problem": sentence_json(error), "ended_at": now}
    if waiting.update(**fields) != 1:
        raise Rejected(ENDED, code="print_job_ended")


def add_station(workspace: Workspace, name: str, *, actor: str, now: datetime) -> Station:
    """Add a place where parcels are packed. Raises Rejected: the name is taken."""
    if workspace.stations.count() >= MOST_STATIONS:
        raise Rejected(TOO_MANY_STATIONS, code="too_many", most=MOST_STATIONS)
    try:
        with transaction.atomic():
            row = Station.objects.create(workspace=workspace, name=name, created_at=now)
            record("station.saved", workspace.pk, actor=actor, now=now, station_id=row.pk)
    except IntegrityError:
        raise Rejected(NAME_TAKEN, code="taken") from None
    return row


@transaction.atomic
def remove_station(row: Station, *, actor: str, now: datetime) -> None:
    """Remove it with its routes; what was printed there stays listed."""
    record("station.removed", row.workspace_id, actor=actor, now=now, station_id=row.pk)
    row.delete()


def add_route(row: PrintRoute, *, actor: str, now: datetime) -> None:
    """Let a kind of papers go to a printer. Raises Rejected: it has one there already."""
    if PrintRoute.objects.filter(workspace_id=row.workspace_id).count() >= MOST_ROUTES:
        raise Rejected(TOO_MANY_STATIONS, code="too_many", most=MOST_ROUTES)
    try:
        with transaction.atomic():
            row.save()
            record("printing.arranged", row.workspace_id, actor=actor, now=now)
    except IntegrityError:
        raise Rejected(ROUTE_TAKEN, code="taken") from None


@transaction.atomic
def remove_route(row: PrintRoute, *, actor: str, now: datetime) -> None:
    record("printing.arranged", row.workspace_id, actor=actor, now=now)
    row.delete()


@transaction.atomic
def change_printer(row: Printer, *, actor: str, now: datetime) -> None:
    """Keep what the printer speaks and which paper lies in it."""
    row.save(update_fields=["language", "dpi", "label_sheet", "document_paper"])
    record("printing.arranged", row.workspace_id, actor=actor, now=now)


@transaction.atomic
def remove_printer(row: Printer, *, actor: str, now: datetime) -> None:
    """Forget the printer, its routes and its jobs; its agent brings it back if it still has it."""
    record("printing.arranged", row.workspace_id, actor=actor, now=now)
    row.delete()


def _jobs(
    printer: Printer,
    parcels: dict[str, list[str]],
    station: Station | None,
    *,
    start: int,
    actor: str,
    now: datetime,
) -> Iterable[PrintJob]:
    """Jobs of a few parcels each; what follows on a sheet of several labels stays together."""
    alike: list[tuple[list[str], list[str]]] = []
    size = AT_ONCE if printer.language == Printer.Language.ZPL else 10 * AT_ONCE
    for shipment_id, wanted in parcels.items():
        if not alike or alike[-1][0] != wanted or len(alike[-1][1]) >= size:
            alike.append((wanted, []))
        alike[-1][1].append(shipment_id)
    for place, (kinds, ids) in enumerate(alike):
        yield PrintJob(
            workspace=printer.workspace,
            printer=printer,
            station=station,
            shipment_ids=ids,
            kinds=list(kinds),
            start=start if place == 0 else 0,
            created_by=actor,
            created_at=now,
        )


@transaction.atomic
def _save(workspace: Workspace, jobs: Sequence[PrintJob]) -> None:
    waiting = PrintJob.objects.filter(workspace=workspace, status=PrintJob.Status.WAITING)
    if waiting.count() + len(jobs) > MOST_OPEN:
        raise Rejected(TOO_MANY, code="too_many_print_jobs", most=MOST_OPEN)
    for place, job in enumerate(jobs):
        job.place = place
    PrintJob.objects.bulk_create(jobs)
