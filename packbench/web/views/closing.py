"""Closing the day: parcels are put on a form for the driver, and the form is printed."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from packbench.labels.driver_lists import draw_driver_list
from packbench.lib import clock
from packbench.lib.errors import Rejected
from packbench.shipments.manifesting import ask_again, begin_manifest, form_of, use_own_list
from packbench.shipments.models import Manifest
from packbench.web import closing_page
from packbench.web.doors import DeskRequest, member_page, shipper_page
from packbench.web.order_page import shipped_with
from packbench.web.saying import say
from packbench.web.views.serving import document


@never_cache
@require_GET
@member_page
def closing(request: DeskRequest) -> HttpResponse:
    """What waits for each driver, and the days that were closed."""
    context = closing_page.read(request.workspace, now=clock.now())
    return render(request, "web/closing/closing.html", context)


@require_POST
@shipper_page
def begin(request: DeskRequest) -> HttpResponse:
    """Put the ticked parcels on one form."""
    ids = request.POST.getlist("shipment")
    is_own = "own" in request.POST
    try:
        row = begin_manifest(
            request.workspace, ids, is_own=is_own, actor=request.user.pk, now=clock.now()
        )
    except Rejected as error:
        messages.error(request, say(error.sentence))
        return redirect("closing")
    return redirect("manifest", row.pk)


@never_cache
@require_GET
@member_page
def manifest(request: DeskRequest, manifest_id: str) -> HttpResponse:
    """One form and the parcels that are on it."""
    row = _manifest(request, manifest_id)
    shipments = row.shipments.select_related("order__store", "carrier_account")
    shipments = shipments.defer("order__recipient", "order__buyer", "order__packages")
    names: dict[tuple[str, str], str] = {}
    lines = [
        {"row": each, "service": shipped_with(each, names)}
        for each in shipments.order_by("tracking_number", "id")
    ]
    return render(request, "web/closing/manifest.html", {**_context(row), "lines": lines})


@never_cache
@require_GET
@member_page
def state(request: DeskRequest, manifest_id: str) -> HttpResponse:
    """How far the form is, for the page that waits for it."""
    row = _manifest(request, manifest_id)
    return render(request, "web/closing/state.html", _context(row))


@never_cache
@require_GET
@shipper_page
def form(request: DeskRequest, manifest_id: str) -> HttpResponse:
    """The carrier's own form."""
    row = _manifest(request, manifest_id)
    content = form_of(row)
    if content is None:
        raise Http404
    return document(content, row.form_format, name=f"form-{row.pk}")


@never_cache
@require_GET
@shipper_page
def driver_list(request: DeskRequest, manifest_id: str) -> HttpResponse:
    """Our own list of the parcels, drawn anew."""
    row = _manifest(request, manifest_id)
    if row.status != Manifest.Status.MADE:
        raise Http404
    return document(draw_driver_list(row), "pdf", name=f"list-{row.pk}")


@require_POST
@shipper_page
def again(request: DeskRequest, manifest_id: str) -> HttpResponse:
    row = _manifest(request, manifest_id)
    try:
        ask_again(row, now=clock.now())
    except Rejected as error:
        messages.error(request, say(error.sentence))
    return redirect("manifest", row.pk)


@require_POST
@shipper_page
def own(request: DeskRequest, manifest_id: str) -> HttpResponse:
    """Wait no longer for the carrier's form."""
    row = _manifest(request, manifest_id)
    try:
        use_own_list(row, actor=request.user.pk, now=clock.now())
    except Rejected as error:
        messages.error(request, say(error.sentence))
    else:
        messages.success(request, gettext("The day is closed. Print the list for the driver."))
    return redirect("manifest", row.pk)


def _manifest(request: DeskRequest, manifest_id: str) -> Manifest:
    rows = request.workspace.manifests.select_related(
        "carrier_account", "warehouse", "workspace__key"
    )
    return get_object_or_404(rows, pk=manifest_id)


def _context(row: Manifest) -> dict[str, Any]:
    return {**closing_page.manifest_line(row), "is_asked": row.status == Manifest.Status.ASKED}
