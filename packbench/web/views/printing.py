"""Settings › Printing: stations, printers, what goes where, and what became of it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from packbench.labels.models import Kind, PrintJob, PrintRoute
from packbench.labels.queueing import (
    add_route,
    add_station,
    cancel_job,
    change_printer,
    print_again,
    queue_test,
    remove_printer,
    remove_route,
    remove_station,
)
from packbench.labels.serving import is_away
from packbench.lib import clock
from packbench.lib.errors import Rejected
from packbench.web.doors import DeskRequest, member_page, owner_page, shipper_page
from packbench.web.forms.papers import PrinterForm, RouteForm, StationForm
from packbench.web.saying import say
from packbench.web.station import JOB_MARKS, remember, station_of

MOST_JOBS = 50


@never_cache
@require_GET
@member_page
def overview(request: DeskRequest) -> HttpResponse:
    """Everybody sees what is printed and says where they stand; owners arrange it."""
    return _overview(request)


@require_POST
@owner_page
def new_station(request: DeskRequest) -> HttpResponse:
    form = StationForm(request.POST)
    if not form.is_valid():
        return _overview(request, station_form=form)
    name = form.cleaned_data["name"].strip()
    try:
        add_station(request.workspace, name, actor=request.user.pk, now=clock.now())
    except Rejected as error:
        form.add_error("name", say(error.sentence))
        return _overview(request, station_form=form)
    return redirect("settings_printing")


@require_POST
@owner_page
def delete_station(request: DeskRequest, station_id: str) -> HttpResponse:
    row = get_object_or_404(request.workspace.stations, pk=station_id)
    remove_station(row, actor=request.user.pk, now=clock.now())
    return redirect("settings_printing")


@require_POST
@member_page
def stand_at(request: DeskRequest) -> HttpResponse:
    """This browser stands at that station from now on, or at none."""
    station = request.workspace.stations.filter(pk=request.POST.get("station", "")).first()
    response = redirect("settings_printing")
    remember(response, station)
    return response


@never_cache
@owner_page
def printer(request: DeskRequest, printer_id: str) -> HttpResponse:
    """What one printer speaks, and which paper lies in it."""
    row = get_object_or_404(request.workspace.printers, pk=printer_id)
    form = PrinterForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        change_printer(form.save(commit=False), actor=request.user.pk, now=clock.now())
        messages.success(request, gettext("Printer saved."))
        return redirect("settings_printing")
    return render(request, "web/settings/printer.html", {"form": form, "printer": row})


@require_POST
@owner_page
def delete_printer(request: DeskRequest, printer_id: str) -> HttpResponse:
    row = get_object_or_404(request.workspace.printers, pk=printer_id)
    remove_printer(row, actor=request.user.pk, now=clock.now())
    return redirect("settings_printing")


@require_POST
@shipper_page
def test_printer(request: DeskRequest, printer_id: str) -> HttpResponse:
    row = get_object_or_404(request.workspace.printers.select_related("workspace"), pk=printer_id)
    return _done(
        request,
        lambda: queue_test(row, actor=request.user.pk, now=clock.now()),
        gettext("A test page is on its way to %(printer)s.") % {"printer": row.name},
    )


@require_POST
@owner_page
def new_route(request: DeskRequest) -> HttpResponse:
    form = RouteForm(request.workspace, request.POST)
    if form.is_valid():
        row = form.save(commit=False)
        row.workspace = request.workspace
        try:
            add_route(row, actor=request.user.pk, now=clock.now())
        except Rejected as error:
            form.add_error(None, say(error.sentence))
        else:
            return redirect("settings_printing")
    return _overview(request, route_form=form)


@require_POST
@owner_page
def delete_route(request: DeskRequest, route_id: int) -> HttpResponse:
    row = get_object_or_404(request.workspace.print_routes, pk=route_id)
    remove_route(row, actor=request.user.pk, now=clock.now())
    return redirect("settings_printing")


@require_POST
@shipper_page
def again(request: DeskRequest, job_id: str) -> HttpResponse:
    rows = request.workspace.print_jobs.select_related("printer__workspace", "station", "workspace")
    row = get_object_or_404(rows, pk=job_id)
    return _done(
        request,
        lambda: print_again(row, actor=request.user.pk, now=clock.now()),
        gettext("It is printed again at %(printer)s.") % {"printer": row.printer.name},
    )


@require_POST
@shipper_page
def cancel(request: DeskRequest, job_id: str) -> HttpResponse:
    row = get_object_or_404(request.workspace.print_jobs, pk=job_id)
    return _done(request, lambda: cancel_job(row, now=clock.now()), gettext("Cancelled."))


def _done(request: DeskRequest, act: Any, text: str) -> HttpResponse:
    try:
        act()
    except Rejected as error:
        messages.error(request, say(error.sentence))
    else:
        messages.success(request, text)
    return redirect("settings_printing")


def _overview(
    request: DeskRequest,
    *,
    station_form: StationForm | None = None,
    route_form: RouteForm | None = None,
) -> HttpResponse:
    workspace, now = request.workspace, clock.now()
    printers = list(workspace.printers.order_by("agent", "name"))
    jobs = workspace.print_jobs.select_related("printer", "station")
    context = {
        "here": station_of(request),
        "stations": list(workspace.stations.order_by("name")),
        "printers": [{"row": row, "is_away": is_away(row, now=now)} for row in printers],
        "routes": _routes(request),
        "jobs": [_job(row) for row in jobs.order_by("-created_at", "-place", "-pk")[:MOST_JOBS]],
        "station_form": station_form or StationForm(),
        "route_form": route_form or RouteForm(workspace),
        "desk_url": request.build_absolute_uri("/").rstrip("/"),
    }
    is_refused = station_form is not None or route_form is not None
    return render(request, "web/settings/printing.html", context, status=400 if is_refused else 200)


def _routes(request: DeskRequest) -> list[PrintRoute]:
    rows = request.workspace.print_routes.select_related("printer", "station", "store")
    order = ("kind", "station__name", "store__name", "pk")
    return list(rows.defer("store__brand_logo").order_by(*order))


def _job(row: PrintJob) -> dict[str, Any]:
    kind, icon = JOB_MARKS[PrintJob.Status(row.status)]
    is_over = row.status not in (PrintJob.Status.WAITING, PrintJob.Status.CLAIMED)
    kinds = [str(Kind(each).label) for each in row.kinds]
    return {"row": row, "kind": kind, "icon": icon, "is_over": is_over, "kinds": kinds}
