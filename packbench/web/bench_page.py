"""What the bench shows: the parcel, line by line, or the day so far."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from packbench.labels.models import Kind, PrintJob
from packbench.labels.queueing import Routes
from packbench.labels.serving import is_away
from packbench.lib import clock
from packbench.packing.closing import Step, packed_since, problem_of, step_of
from packbench.packing.models import PackedPaper, Packing
from packbench.packing.opening import settings_of
from packbench.packing.printing import is_printing, papers_of_packing, troubled
from packbench.packing.scanning import lines_of
from packbench.shipments.status import Status
from packbench.shipments.weighing import weight_of_pieces
from packbench.web.doors import DeskRequest
from packbench.web.forms.papers import HERE
from packbench.web.station import JOB_MARKS, routes_here

LATEST = 8
BOXES = 4  # each under a key of its own


def bench_context(request: DeskRequest, packing: Packing | None) -> dict[str, Any]:
    """The whole page."""
    return parcel_context(request, packing) | {"is_page": True}


def parcel_context(request: DeskRequest, packing: Packing | None) -> dict[str, Any]:
    """The parcel on the bench; with none, or a closed one, also what was packed before."""
    step = step_of(packing) if packing else None
    context: dict[str, Any] = {"packing": packing, "step": step, "here": HERE}
    context |= {"settings": settings_of(request.workspace)} | papers_context(request, packing)
    if packing is None or step in (Step.PACKED, Step.LEFT):
        context |= _day(request)
    if packing is None or step == Step.LEFT:
        return context | {"packing": None}
    lines = lines_of(packing)
    counted, expected = sum(row.packed for row in lines), sum(row.expected for row in lines)
    context |= {
        "order": packing.order,
        "others": _others(packing),
        "shipment": packing.shipment,
        "lines": lines,
        "next_id": next((row.pk for row in lines if not row.is_complete), None),
        "counted": counted,
        "expected": expected,
        "photo_count": packing.order.photos.count(),
    }
    if step in (Step.BOX, Step.REFUSED):
        pieces = {row.order_item_id: row.expected for row in lines}
        context |= {
            "boxes": list(request.workspace.package_types.order_by("-is_default", "name")),
            "grams": packing.weight_g or weight_of_pieces(packing.order, pieces) or None,
            "problem": problem_of(packing.shipment) if packing.shipment else None,
        }
    return context


def papers_context(request: DeskRequest, packing: Packing | None) -> dict[str, Any]:
    """What became of the parcel's papers, and what did not come out of those before it."""
    now, routes = clock.now(), routes_here(request)
    rows = papers_of_packing(packing) if packing else []
    stuck = troubled(request.workspace, request.user.pk, now=now)
    elsewhere = [row for row in stuck if packing is None or row.packing_id != packing.pk]
    return {
        "packing": packing,
        "is_at_station": prints_there(routes, packing) if packing else routes is not None,
        "papers": _lines(rows, now=now),
        "stuck": _lines(elsewhere, now=now),
        "stuck_count": len(stuck),
        "is_printing": is_printing(request.workspace, request.user.pk, now=now),
    }


def prints_there(routes: Routes | None, packing: Packing) -> bool:
    """Whether the label comes out of a printer of the station, and not of the browser."""
    store_id = packing.order.store_id
    return routes is not None and routes.printer_for(Kind.LABEL, store_id) is not None


def _lines(rows: Iterable[PackedPaper], *, now: datetime) -> list[dict[str, Any]]:
    """A line for each job, or for what nobody has."""
    groups: dict[tuple[str, str], list[PackedPaper]] = {}
    for row in rows:
        groups.setdefault((row.packing_id, row.job_id or ""), []).append(row)
    return [_line(group, now=now) for group in groups.values()]


def _line(rows: list[PackedPaper], *, now: datetime) -> dict[str, Any]:
    job, kinds = rows[0].job, {row.kind for row in rows}
    line = {
        "packing": rows[0].packing,
        "kinds": [str(kind.label) for kind in Kind if kind.value in kinds],
        "job": job,
        "problem": rows[0].problem,
    }
    if job is None:
        return line | {"kind": "bad", "icon": "error"}
    kind, icon = JOB_MARKS[PrintJob.Status(job.status)]
    waits = job.status in (PrintJob.Status.WAITING, PrintJob.Status.CLAIMED)
    return line | {
        "kind": "warn" if waits and job.problem else kind,
        "icon": icon,
        "problem": job.problem,
        "is_away": waits and not job.problem and is_away(job.printer, now=now),
    }


def _others(packing: Packing) -> list[Any]:
    """The orders that go along in a combined parcel."""
    return packing.shipment.orders()[1:] if packing.shipment else []


def _day(request: DeskRequest) -> dict[str, Any]:
    workspace, now = request.workspace, clock.now()
    counts = packed_since(workspace, now=now)
    rows = workspace.packings.filter(status=Packing.Status.PACKED).select_related(
        "order", "shipment"
    )
    return {
        "packed_count": sum(counts.values()),
        "packed_by_me": counts.get(request.user.pk, 0),
        "waiting_count": workspace.shipments.filter(status__in=(Status.PURCHASED, Status.PRINTED))
        .exclude(packings__status=Packing.Status.PACKED)
        .count(),
        "latest": list(rows.order_by("-closed_at")[:LATEST]),
    }
