"""Papers of parcels: labels, slips, customs forms, pick lists; to look at, choose and print."""

from collections.abc import Callable, Sequence
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from packbench.labels.arranging import Wanted, papers_of, usual_paper
from packbench.labels.merging import CannotMerge, render_png
from packbench.labels.models import Kind
from packbench.labels.originals import PDF, open_originals
from packbench.labels.pick_lists import Shape, draw_pick_list
from packbench.labels.slip_values import Packed
from packbench.labels.slips import pack, pack_orders
from packbench.lib import clock
from packbench.lib.errors import RemoteError
from packbench.orders.models import Order
from packbench.privacy.revealing import record_disclosure
from packbench.shipments.picking import in_print_order
from packbench.web.doors import DeskRequest, buyers_page, shipper_page
from packbench.web.forms.papers import PapersForm
from packbench.web.saying import say
from packbench.web.selecting import selected_ids
from packbench.web.station import station_of
from packbench.web.views.labels import not_printed, print_parcels_out
from packbench.web.views.serving import document, private_file

MOST_PRINTED = 1_000
PREVIEW_DPI = 203


@never_cache
@shipper_page
def of_batch(request: DeskRequest, batch_id: str) -> HttpResponse:
    """The papers of a batch, in the order that it is printed in."""
    batch = get_object_or_404(request.workspace.batches, pk=batch_id)
    by = papers_of(request.workspace).sort
    context = {"back": "batch", "back_id": batch.pk, "title": batch.name or gettext("Batch")}
    return _page(
        request,
        lambda: pack(in_print_order(batch.shipments.labeled().with_order(), by)),
        context,
    )


@never_cache
@shipper_page
def of_shipment(request: DeskRequest, shipment_id: str) -> HttpResponse:
    """The papers of one parcel, with a look at its label."""
    row = get_object_or_404(request.workspace.shipments.with_order(), pk=shipment_id)
    context = {
        "back": "order",
        "back_id": row.order_id,
        "title": row.order.external_id,
        "preview": row if row.has_label and row.order.erased_at is None else None,
    }
    return _page(request, lambda: pack([row]), context)


@never_cache
@shipper_page
def of_order(request: DeskRequest, order_id: str) -> HttpResponse:
    """The papers of an order, also before it has a label."""
    order = get_object_or_404(_orders(request), pk=order_id)
    context = {"back": "order", "back_id": order.pk, "title": order.external_id}
    return _page(request, lambda: _parcels(request, [order]), context)


@require_POST
@shipper_page
def of_selected(request: DeskRequest) -> HttpResponse:
    """One kind of papers of the selected orders, in the order of the page."""
    kind = request.POST.get("paper_kind", "")
    if kind not in Kind.values:
        raise Http404
    orders = _selected(request)
    if len(orders) > MOST_PRINTED:
        return _too_many(request)
    return print_parcels_out(request, _parcels(request, orders), Wanted(kinds=(kind,)))


@require_POST
@shipper_page
def pick_list(request: DeskRequest) -> HttpResponse:
    """What to fetch for the selected orders: by SKU, by order, or in waves."""
    shape = request.POST.get("shape", "")
    if shape not in list(Shape):
        raise Http404
    orders = _selected(request)
    if len(orders) > MOST_PRINTED:
        return _too_many(request)
    return _pick_list(request, _parcels(request, orders), Shape(shape))


@require_POST
@shipper_page
def batch_pick_list(request: DeskRequest, batch_id: str) -> HttpResponse:
    """What to fetch for the parcels of a batch, those without a label yet as well."""
    batch = get_object_or_404(request.workspace.batches, pk=batch_id)
    shape = request.POST.get("shape", "")
    if shape not in list(Shape):
        raise Http404
    rows = batch.shipments.live().with_order()
    by = papers_of(request.workspace).sort
    parcels = pack(in_print_order(rows[:MOST_PRINTED], by))
    return _pick_list(request, parcels, Shape(shape))


@require_GET
@buyers_page
def preview(request: DeskRequest, shipment_id: str) -> HttpResponse:
    """The first page of the label as a picture; no cache may keep it, and looking is recorded."""
    row = get_object_or_404(request.workspace.shipments.with_order(), pk=shipment_id)
    try:
        originals = open_originals([row], format=PDF)[row.pk]
        if not originals:
            raise Http404
        picture = render_png(originals[0].content, PREVIEW_DPI)
    except (RemoteError, CannotMerge) as error:
        raise Http404 from error
    record_disclosure(
        row.workspace_id, row.order_ids(), ["label"], actor=request.user.pk, reason="preview",
        now=clock.now(),
    )  # fmt: skip
    return private_file(picture, "image/png")


def _page(
    request: DeskRequest, parcels: Callable[[], Sequence[Packed]], context: dict[str, Any]
) -> HttpResponse:
    """What may be printed, and on what; POST prints it."""
    settings = papers_of(request.workspace)
    printers = list(request.workspace.printers.order_by("agent", "name"))
    is_sent = request.method == "POST"
    station = station_of(request)
    sent = request.POST if is_sent else None
    form = PapersForm(printers, sent, settings=settings, station=station)
    if is_sent and form.is_valid():
        return print_parcels_out(request, parcels(), form.wanted())
    shared = {"form": form, "station": station, "shapes": list(Shape)}
    status = 400 if is_sent else 200
    return render(request, "web/papers/page.html", {**shared, **context}, status=status)


def _pick_list(request: DeskRequest, parcels: Sequence[Packed], shape: Shape) -> HttpResponse:
    settings, now = papers_of(request.workspace), clock.now()
    paper = settings.document_paper or usual_paper(request.workspace)
    try:
        content = draw_pick_list(parcels, shape, paper=paper, wave_size=settings.wave_size, now=now)
    except RemoteError as error:
        return not_printed(request, say(error.sentence))
    return document(content, "pdf", name="pick-list")


def _selected(request: DeskRequest) -> list[Order]:
    """The selected orders in the order of the page; one more than may be printed at most."""
    ids = selected_ids(request)[: MOST_PRINTED + 1]
    places = {pk: place for place, pk in enumerate(ids)}
    rows = _orders(request).filter(pk__in=ids)
    return sorted(rows, key=lambda order: places[order.pk])


def _orders(request: DeskRequest) -> Any:
    rows = request.workspace.orders.select_related("store", "key__parent", "workspace")
    return rows.prefetch_related("items__product")


def _parcels(request: DeskRequest, orders: Sequence[Order]) -> list[Packed]:
    home = request.workspace.warehouses.filter(is_default=True).first()
    return pack_orders(orders, warehouse=home)


def _too_many(request: DeskRequest) -> HttpResponse:
    text = gettext("Print at most %(n)s orders at once.") % {"n": MOST_PRINTED}
    return not_printed(request, text)
