"""Labels: asking for them, printing, voiding, and telling the store again."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from packbench.carriers.models import Preset
from packbench.carriers.registry import open_carrier
from packbench.labels.arranging import Wanted, form_of, kinds_wanted, papers_of
from packbench.labels.merging import CannotMerge
from packbench.labels.printing import print_parcels
from packbench.labels.queueing import Queued, queue_at, queue_papers
from packbench.labels.slip_values import Packed
from packbench.labels.slips import pack
from packbench.lib import clock
from packbench.lib.errors import RemoteError
from packbench.orders.models import BulkRun, Order
from packbench.orders.weighing import weigh_order
from packbench.shipments.batching import create_labels, create_parcel_label, start_labels
from packbench.shipments.choosing import NoWarehouse, choose_means, ways_of
from packbench.shipments.models import Batch, Shipment
from packbench.shipments.planning import CannotPlan
from packbench.shipments.resending import notify_again
from packbench.shipments.status import TooLate
from packbench.shipments.voiding import void_label
from packbench.web import grid, shipment_list
from packbench.web.batch_page import batch_context
from packbench.web.doors import DeskRequest, member_page, shipper_page
from packbench.web.forms.parcel import ParcelForm
from packbench.web.saying import say
from packbench.web.selecting import AT_ONCE, selected_ids
from packbench.web.station import BY_SCRIPT, Destination, answer_print, destination_of, say_queued
from packbench.web.templatetags.desk import problem
from packbench.web.views.answering import answer
from packbench.web.views.bulking import show_run
from packbench.web.views.orders import first_error
from packbench.web.views.serving import document

MOST_PRINTED = 1_000  # orders in one document


@require_POST
@shipper_page
def create(request: DeskRequest) -> HttpResponse:
    """Ask for a label for each selected order; the batch shows how far it got."""
    ids = selected_ids(request)
    if not ids:
        return answer(request, gettext("Select an order first."), back="orders", kind="error")
    preset = chosen_preset(request)
    try:
        if len(ids) > AT_ONCE:
            return show_run(request, ask_for_many_labels(request, ids, preset=preset))
        orders = grid.chosen_orders(request.workspace, ids)
        batch = ask_for_labels(request, orders, preset=preset)
    except NoWarehouse:
        return no_warehouse(request)
    if request.htmx:
        return render(request, "web/batches/panel.html", batch_context(batch))
    return redirect("batch", batch.pk)


@require_POST
@shipper_page
def create_one(request: DeskRequest, order_id: str) -> HttpResponse:
    """Ask for the label of one order: as its form says, or by a preset."""
    order = get_object_or_404(request.workspace.orders.select_related("workspace"), pk=order_id)
    back, now = ("order", order.pk), clock.now()
    if request.POST.get("parcel"):
        return _create_for_parcel(request, order)
    try:
        if preset := chosen_preset(request):
            return say_asked(request, ask_for_labels(request, [order], preset=preset), back=back)
        form = ParcelForm(order, None, request.POST)
        if not form.is_valid():
            return answer(request, first_error(form), back=back, kind="error")
        ways = ways_of(request.workspace, now=now)
        means = form.means(choose_means(ways, order, now=now))
    except NoWarehouse:
        return no_warehouse(request)
    except RemoteError as error:
        return answer(request, say(error.sentence), back=back, kind="error")
    grams = form.cleaned_data["weight_g"]
    if grams != order.weight_g:
        weigh_order(order, grams, actor=request.user.pk, now=now)
    batch = create_labels(request.workspace, [order], means, actor=request.user.pk, now=now)
    return say_asked(request, batch, back=back)


def _create_for_parcel(request: DeskRequest, order: Order) -> HttpResponse:
    """Ask for the label of a parcel that a person composed: by form, by preset, or as chosen."""
    rows = request.workspace.shipments.of_orders([order.pk])
    parcel = get_object_or_404(rows.select_related("workspace"), pk=request.POST["parcel"])
    back, now = ("order", order.pk), clock.now()
    try:
        ways = ways_of(request.workspace, preset=chosen_preset(request), now=now)
        means = choose_means(ways, order, now=now)
        if "weight_g" in request.POST and not request.POST.get("preset"):
            form = ParcelForm(order, None, request.POST)
            if not form.is_valid():
                return answer(request, first_error(form), back=back, kind="error")
            means = form.means(means)
        create_parcel_label(parcel, means, actor=request.user.pk, now=now)
    except NoWarehouse:
        return no_warehouse(request)
    except CannotPlan as refusal:
        said = " ".join(problem(code) for code in refusal.problems)
        return answer(request, said, back=back, kind="error")
    except RemoteError as error:
        return answer(request, say(error.sentence), back=back, kind="error")
    return answer(request, gettext("Label asked for."), back=back)


def ask_for_labels(
    request: DeskRequest, orders: Sequence[Order], *, preset: Preset | None = None
) -> Batch:
    """Ask for each with what is chosen for it. Raises NoWarehouse."""
    now = clock.now()
    ways = ways_of(request.workspace, preset=preset, now=now)
    means_of = partial(choose_means, ways, now=now)
    return create_labels(
        request.workspace, orders, means_of, preset=preset, actor=request.user.pk, now=now
    )


def ask_for_many_labels(
    request: DeskRequest, order_ids: Sequence[str], *, preset: Preset | None = None
) -> BulkRun:
    """Have a job plan them. Raises NoWarehouse."""
    actor, now = request.user.pk, clock.now()
    return start_labels(request.workspace, order_ids, preset=preset, actor=actor, now=now)


def chosen_preset(request: DeskRequest) -> Preset | None:
    """The preset that was asked for, if any."""
    if not request.POST.get("preset"):
        return None
    return get_object_or_404(request.workspace.presets, pk=request.POST["preset"])


def no_warehouse(request: DeskRequest) -> HttpResponse:
    """Say where to enter the address that parcels leave from."""
    context = {"settings_url": _url_or_none("settings_warehouses")}
    if request.htmx and request.htmx.target == "panel":
        return render(request, "web/labels/no_warehouse.html", context)
    text = gettext("Enter the address your parcels leave from first: Settings, Warehouses.")
    return answer(request, text, back="orders", kind="error")


@require_POST
@shipper_page
def print_orders(request: DeskRequest) -> HttpResponse:
    """The labels of the selected orders as one document, in the order of the page."""
    ids = selected_ids(request)
    if len(ids) > MOST_PRINTED:
        text = gettext("Print at most %(n)s orders at once.") % {"n": MOST_PRINTED}
        return not_printed(request, text)
    rows = request.workspace.shipments.labeled().of_orders(ids).with_order()
    places = {pk: place for place, pk in enumerate(ids)}

    def place(row: Shipment) -> int:
        return min(places[pk] for pk in row.order_ids() if pk in places)

    return print_out(request, sorted(rows, key=lambda row: (place(row), row.created_at)))


@require_POST
@shipper_page
def print_shipment(request: DeskRequest, shipment_id: str) -> HttpResponse:
    row = get_object_or_404(request.workspace.shipments.with_order(), pk=shipment_id)
    return print_out(request, [row])


def print_out(request: DeskRequest, shipments: Sequence[Shipment]) -> HttpResponse:
    """The labels with what the settings print along: in the browser, or at the station's printers.

    A PDF is shown, ZPL is handed over as a file; neither is ever stored.
    """
    format = "zpl" if request.POST.get("format") == "zpl" else "pdf"
    return print_parcels_out(request, pack(shipments), Wanted(format=format))


def print_parcels_out(
    request: DeskRequest, parcels: Sequence[Packed], wanted: Wanted
) -> HttpResponse:
    """The papers of these parcels, where they are to be printed."""
    settings = papers_of(request.workspace)
    kinds, to, now = kinds_wanted(settings, wanted), destination_of(request), clock.now()
    try:
        if not to.is_here and (planned := _planned(parcels)):
            return say_queued(request, _queued(to, planned, kinds, wanted, request, now=now))
        form = form_of(settings, wanted)
        printout = print_parcels(parcels, kinds, form, actor=request.user.pk, now=now)
    except (RemoteError, CannotMerge) as error:
        return not_printed(request, say(error.sentence))
    return document(printout.content, form.format)


def _planned(parcels: Sequence[Packed]) -> list[Shipment]:
    """Those that a print job can name: what is not planned yet is printed in the browser."""
    if any(packed.shipment._state.adding for packed in parcels):
        return []
    return [packed.shipment for packed in parcels]


def _queued(
    to: Destination,
    shipments: Sequence[Shipment],
    kinds: Sequence[str],
    wanted: Wanted,
    request: DeskRequest,
    *,
    now: datetime,
) -> Queued:
    actor = request.user.pk
    if to.printer:
        return queue_at(to.printer, shipments, kinds, start=wanted.start, actor=actor, now=now)
    assert to.routes is not None  # noqa: S101
    return queue_papers(
        request.workspace, shipments, kinds, to.routes, start=wanted.start, actor=actor, now=now
    )


def not_printed(request: DeskRequest, sentence: str) -> HttpResponse:
    if BY_SCRIPT in request.META:
        return answer_print(request, sentence, kind="error")
    return render(request, "web/labels/not_printed.html", {"sentence": sentence}, status=409)


@require_POST
@shipper_page
def void(request: DeskRequest, shipment_id: str) -> HttpResponse:
    """Give the label back to the carrier."""
    row = get_object_or_404(request.workspace.shipments.with_order(), pk=shipment_id)
    back = ("order", row.order_id)
    try:
        carrier = open_carrier(row.carrier_account)
        void_label(row, carrier, actor=request.user.pk, now=clock.now())
    except RemoteError as error:
        return answer(request, say(error.sentence), back=back, kind="error")
    except TooLate:
        text = gettext("Someone else changed this shipment first. Look at it again.")
        return answer(request, text, back=back, kind="error")
    return answer(request, gettext("Label voided."), back=back)


@require_POST
@shipper_page
def tell_again(request: DeskRequest, notice_id: str) -> HttpResponse:
    """Tell the store of a parcel now, whatever it answered before."""
    row = get_object_or_404(request.workspace.notices, pk=notice_id)
    back = ("order", row.order_id)
    if notify_again(row, actor=request.user.pk, now=clock.now()):
        return answer(request, gettext("Amazon will be told again within seconds."), back=back)
    text = gettext("Amazon is being told of this parcel already, or the parcel is no more.")
    return answer(request, text, back=back, kind="warning")


@never_cache
@require_GET
@member_page
def shipments(request: DeskRequest) -> HttpResponse:
    """Labels that were bought, the latest first."""
    context = shipment_list.read(request.workspace, request.GET, now=clock.now())
    is_more = request.htmx and "after" in request.GET
    if not is_more:
        context["today"] = shipment_list.today_by_carrier(request.workspace, now=clock.now())
    template = "web/labels/rows.html" if is_more else "web/labels/shipments.html"
    return render(request, template, context)


def say_asked(request: DeskRequest, batch: Batch, *, back: Sequence[Any]) -> HttpResponse:
    """Say that the label was asked for, or why it was not."""
    if not batch.refused:
        return answer(request, gettext("Label asked for."), back=back)
    said = " ".join(problem(code) for code in batch.refused[0]["problems"])
    return answer(request, said, back=back, kind="error")


def _url_or_none(name: str) -> str | None:
    try:
        return reverse(name)
    except NoReverseMatch:
        return None
