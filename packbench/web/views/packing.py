"""The bench: what is scanned, what the packer is told, the papers and the photo at the end."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from packbench.labels.arranging import Wanted, kinds_wanted, papers_of
from packbench.labels.queueing import Routes
from packbench.labels.slips import pack
from packbench.lib import clock
from packbench.lib.errors import Rejected, RemoteError
from packbench.lib.sentences import Sentence, marked
from packbench.packing.closing import Step, ask_for_label, go_on, override, step_of
from packbench.packing.models import Packing
from packbench.packing.opening import (
    fill_tote,
    is_tote,
    leave_parcel,
    open_packing,
    open_parcel,
    settings_of,
)
from packbench.packing.printing import send_again, settle
from packbench.packing.scanning import Result, scan_piece
from packbench.shipments.choosing import NoWarehouse
from packbench.shipments.photographing import MOST_BYTES, NO_PHOTO, TOO_LARGE, keep_photo
from packbench.web.bench_page import bench_context, papers_context, parcel_context, prints_there
from packbench.web.doors import DeskRequest, owner_page, shipper_page
from packbench.web.forms.bench import BenchForm, LabelForm
from packbench.web.saying import say
from packbench.web.station import routes_here
from packbench.web.views.labels import print_parcels_out
from packbench.web.views.orders import first_error

NO_WAREHOUSE = marked("Enter the address your parcels leave from first: Settings, Warehouses.")
IN_TOTE = marked("Order %(number)s lies in tote %(tote)s.")
LEFT = marked("Put aside. Nothing of it was kept.")
NO_PHOTOS = marked("The bench takes no photos: Settings, Bench.")


@never_cache
@require_GET
@shipper_page
def bench(request: DeskRequest) -> HttpResponse:
    """The bench as this packer left it."""
    packing = open_packing(request.workspace, request.user.pk)
    return render(request, "web/bench/page.html", bench_context(request, packing))


@never_cache
@require_POST
@shipper_page
def scan(request: DeskRequest) -> HttpResponse:
    """A scan: the parcel's where none is open, else a piece's, its own number's, or a tote's."""
    code, now = request.POST.get("code", "").strip(), clock.now()
    packing = open_packing(request.workspace, request.user.pk)
    try:
        if packing is None or step_of(packing) in (Step.PACKED, Step.LEFT):
            packing = open_parcel(request.workspace, code, actor=request.user.pk, now=now)
            return _shown(request, packing, Result.RIGHT)
        if is_tote(code):
            tote = fill_tote(packing, code, now=now)
            values = {"number": packing.order.external_id, "tote": tote.code}
            return _shown(request, None, Result.DONE, Sentence(IN_TOTE, values))
        if step_of(packing) != Step.SCAN:
            return _shown(request, packing, Result.WRONG)
        scanned = scan_piece(packing, code)
    except RemoteError as error:
        return _shown(request, packing, Result.WRONG, error.sentence)
    if scanned.result != Result.DONE:
        return _shown(request, packing, scanned.result, scanned.sentence, scanned.line_id)
    return _gone_on(request, packing)


@never_cache
@require_GET
@shipper_page
def state(request: DeskRequest, packing_id: str) -> HttpResponse:
    """Asked for while the label is being bought."""
    packing = _packing(request, packing_id)
    before = step_of(packing)
    if packing.status == Packing.Status.OPEN and before == Step.PACKED:
        return _gone_on(request, packing)
    return _shown(request, packing, Result.WRONG if before == Step.REFUSED else None)


@never_cache
@require_POST
@shipper_page
def label(request: DeskRequest, packing_id: str) -> HttpResponse:
    """Ask for the label of what was packed: in this box, of this weight."""
    packing = _packing(request, packing_id)
    form = LabelForm(settings_of(request.workspace), request.POST)
    if not form.is_valid():
        return _shown(request, packing, Result.WRONG, Sentence(first_error(form)))
    given = form.cleaned_data
    try:
        ask_for_label(
            packing,
            box=given["package_type"],
            weight_g=given["weight_g"],
            actor=request.user.pk,
            now=clock.now(),
        )
    except RemoteError as error:
        return _shown(request, packing, Result.WRONG, error.sentence)
    except NoWarehouse:
        return _shown(request, packing, Result.WRONG, Sentence(NO_WAREHOUSE))
    return _shown(request, _packing(request, packing_id), Result.RIGHT)


@never_cache
@require_POST
@shipper_page
def overridden(request: DeskRequest, packing_id: str) -> HttpResponse:
    """Take the parcel as whole though not everything was scanned, and say why."""
    packing = _packing(request, packing_id)
    reason = request.POST.get("reason", "")
    try:
        override(packing, reason, member=request.member, now=clock.now())
    except RemoteError as error:
        return _shown(request, packing, Result.WRONG, error.sentence)
    return _gone_on(request, packing)


@never_cache
@require_POST
@shipper_page
def leave(request: DeskRequest) -> HttpResponse:
    """Put the parcel aside; the bench is free."""
    packing = open_packing(request.workspace, request.user.pk)
    if packing is not None:
        leave_parcel(packing, now=clock.now())
    said = Sentence(LEFT) if packing else None
    return _shown(request, None, None, said)


@never_cache
@require_GET
@shipper_page
def papers(request: DeskRequest) -> HttpResponse:
    """What became of the papers, asked for while a printer has some."""
    packing = _packings(request).filter(pk=_plain(request.GET.get("packing", ""))).first()
    context = papers_context(request, packing)
    response = render(request, "web/bench/papers.html", context)
    before = request.GET.get("stuck", "")
    if before.isdigit() and context["stuck_count"] > int(before[:4]):
        trigger_client_event(response, "sounded", {"as": Result.WRONG.value})
    return response


@never_cache
@require_POST
@shipper_page
def settled(request: DeskRequest, packing_id: str) -> HttpResponse:
    """A person saw to what did not come out."""
    settle(_packing(request, packing_id), now=clock.now())
    return _here(request)


@never_cache
@require_POST
@shipper_page
@xframe_options_sameorigin
def print_again(request: DeskRequest, packing_id: str) -> HttpResponse:
    """The parcel's papers once more: at the station's printers, else for the bench's own frame."""
    packing, routes = _packing(request, packing_id), routes_here(request)
    if request.htmx:
        everywhere = routes or Routes.at(request.workspace, None)
        try:
            send_again(packing, everywhere, actor=request.user.pk, now=clock.now())
        except RemoteError as error:
            return _here(request, Result.WRONG, error.sentence)
        return _here(request)
    rows = request.workspace.shipments.with_order()
    shipment = get_object_or_404(rows, pk=packing.shipment_id)
    kinds = kinds_wanted(papers_of(request.workspace), Wanted())
    if routes is not None:  # the station's printers have the others
        kinds = tuple(
            kind for kind in kinds if not routes.printer_for(kind, shipment.order.store_id)
        )
    response = print_parcels_out(request, pack([shipment]), Wanted(kinds=kinds))
    response["Content-Security-Policy"] = "frame-ancestors 'self'"
    return response


@never_cache
@require_POST
@shipper_page
def photo(request: DeskRequest, packing_id: str) -> HttpResponse:
    """Keep a photo of the open parcel; says so, or why not, to the script that took it."""
    packing = _packing(request, packing_id)
    sent = request.FILES.get("photo")
    try:
        if not settings_of(request.workspace).takes_photo:
            raise Rejected(NO_PHOTOS, code="no_photos")
        if sent is None or not sent.size:
            raise Rejected(NO_PHOTO, code="photo_unreadable")
        if sent.size > MOST_BYTES:
            raise Rejected(TOO_LARGE, code="photo_too_large")
        keep_photo(
            packing.order,
            sent.read(),
            shipment=packing.shipment,
            actor=request.user.pk,
            now=clock.now(),
        )
    except Rejected as error:
        return JsonResponse({"text": say(error.sentence), "kind": "error"})
    text = gettext("The photo is kept with order %(number)s.")
    said = text % {"number": packing.order.external_id}
    return JsonResponse({"text": said, "kind": "success"})


@owner_page
def settings(request: DeskRequest) -> HttpResponse:
    """What the bench asks for."""
    here = settings_of(request.workspace)
    form = BenchForm(request.POST or None, instance=here)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, gettext("Saved."))
        return redirect("settings_bench")
    return render(request, "web/settings/bench.html", {"form": form, "tab": "bench"})


def _gone_on(request: DeskRequest, packing: Packing) -> HttpResponse:
    """Do what comes next by itself, and show it."""
    routes = routes_here(request)
    try:
        step = go_on(packing, routes=routes, actor=request.user.pk, now=clock.now())
    except RemoteError as error:
        return _shown(request, packing, Result.WRONG, error.sentence)
    except NoWarehouse:
        return _shown(request, packing, Result.WRONG, Sentence(NO_WAREHOUSE))
    here = _packing(request, packing.pk)
    is_over = step == Step.PACKED
    response = _shown(request, here, Result.DONE if is_over else Result.RIGHT)
    prints_here = not here.is_label_first and not prints_there(routes, here)
    if is_over and prints_here and settings_of(request.workspace).prints_itself:
        # After the swap: the form that prints it comes with this answer.
        trigger_client_event(response, "label-ready", {"packing": here.pk}, after="settle")
    return response


def _here(
    request: DeskRequest, result: Result | None = None, said: Sentence | None = None
) -> HttpResponse:
    """The bench as it is: with the parcel that is open, else with the one that is shown still."""
    packing = open_packing(request.workspace, request.user.pk)
    if packing is None:
        packing = _packings(request).filter(pk=_plain(request.POST.get("shown", ""))).first()
    return _shown(request, packing, result, said)


def _shown(
    request: DeskRequest,
    packing: Packing | None,
    result: Result | None,
    said: Sentence | None = None,
    line_id: int | None = None,
) -> HttpResponse:
    """The bench with the parcel, what is said of the scan, and the sound that goes with it."""
    context: dict[str, Any] = parcel_context(request, packing)
    context |= {"said": said, "result": result, "line_id": line_id}
    response = render(request, "web/bench/parcel.html", context)
    if result is not None:
        trigger_client_event(response, "sounded", {"as": result.value})
    return response


def _packing(request: DeskRequest, packing_id: str) -> Packing:
    return get_object_or_404(_packings(request), pk=packing_id)


def _packings(request: DeskRequest) -> QuerySet[Packing]:
    return request.workspace.packings.select_related("order__store", "shipment", "workspace")


def _plain(text: str) -> str:
    return text[:40].replace("\0", "")
