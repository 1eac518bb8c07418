"""The station that a browser stands at, and where what it prints goes."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext

from packbench.labels.models import Kind, Printer, PrintJob, Station
from packbench.labels.queueing import Queued, Routes
from packbench.web.doors import DeskRequest
from packbench.web.forms.papers import HERE

COOKIE = "station"
A_YEAR_S = 365 * 24 * 3600
BY_SCRIPT = "HTTP_X_PRINT"
JOB_MARKS = {
    PrintJob.Status.WAITING: ("info", "clock"),
    PrintJob.Status.CLAIMED: ("info", "print"),
    PrintJob.Status.PRINTED: ("ok", "check"),
    PrintJob.Status.FAILED: ("bad", "error"),
    PrintJob.Status.DOUBTFUL: ("warn", "warning"),
    PrintJob.Status.CANCELLED: ("", "close"),
}  # colour and icon of a job


@dataclass(frozen=True, slots=True)
class Destination:
    """Where to print: at a printer, by a station's routes, or here in the browser."""

    printer: Printer | None = None
    routes: Routes | None = None

    @property
    def is_here(self) -> bool:
        return self.printer is None and self.routes is None


def station_of(request: DeskRequest) -> Station | None:
    """The station that this browser remembers, if there still is one."""
    remembered = request.COOKIES.get(COOKIE, "")[:32].replace("\0", "")
    return request.workspace.stations.filter(pk=remembered).first() if remembered else None


def destination_of(request: DeskRequest) -> Destination:
    """Where this is to be printed: as asked for, else where the station prints."""
    asked = request.POST.get("to", "")
    if asked == HERE or request.POST.get("format") == "zpl":
        return Destination()
    if asked:
        printer = request.workspace.printers.select_related("workspace").filter(pk=asked).first()
        return Destination(printer=printer)
    return Destination(routes=routes_here(request))


def routes_here(request: DeskRequest) -> Routes | None:
    """Which printer prints what where this browser stands; None where it prints by itself."""
    station = station_of(request)
    routes = Routes.at(request.workspace, station) if station else None
    return routes if routes and not routes.is_empty else None


def remember(response: HttpResponse, station: Station | None) -> None:
    """Let the browser remember its station, or forget it."""
    if station is None:
        response.delete_cookie(COOKIE)
    else:
        response.set_cookie(COOKIE, station.pk, max_age=A_YEAR_S, samesite="Lax", httponly=True)


def say_queued(request: DeskRequest, queued: Queued) -> HttpResponse:
    """Say which printers have it, and what nobody prints."""
    names = ", ".join(dict.fromkeys(job.printer.name for job in queued.jobs))
    text = gettext("Sent to %(printers)s.") % {"printers": names}
    kind = "success"
    if queued.unrouted:
        kinds = ", ".join(str(Kind(each).label) for each in queued.unrouted)
        text += " " + gettext("No printer here prints: %(kinds)s.") % {"kinds": kinds}
        kind = "warning"
    return answer_print(request, text, kind=kind)


def answer_print(request: DeskRequest, text: str, *, kind: str, status: int = 200) -> HttpResponse:
    """An answer to a print: a toast where a script asked, a page else."""
    if BY_SCRIPT in request.META:
        return JsonResponse({"text": text, "kind": kind})
    context: dict[str, Any] = {"sentence": text, "kind": kind}
    return render(request, "web/papers/said.html", context, status=status)
