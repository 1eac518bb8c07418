"""Rates of one order: compared, chosen, asked for more, bought."""

from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from packbench.carriers.registry import open_carrier
from packbench.lib import clock
from packbench.lib.errors import RemoteError
from packbench.orders.models import Order
from packbench.orders.weighing import weigh_order
from packbench.shipments.batching import create_labels, create_parcel_label
from packbench.shipments.choosing import NoWarehouse, choose_means, compared_accounts, ways_of
from packbench.shipments.models import Shipment
from packbench.shipments.planning import CannotPlan, Means
from packbench.shipments.rating import compare_rates, pieces_to_rate, rate_request
from packbench.web.doors import DeskRequest, shipper_page
from packbench.web.forms.parcel import ParcelForm
from packbench.web.rate_page import means_shown, rates_context, read_offer
from packbench.web.saying import say
from packbench.web.schema_form import SchemaForm
from packbench.web.templatetags.desk import problem
from packbench.web.views.answering import answer
from packbench.web.views.labels import no_warehouse, say_asked
from packbench.web.views.orders import first_error

MOST_CHOSEN = 20


@never_cache
@require_POST
@shipper_page
def rates(request: DeskRequest, order_id: str) -> HttpResponse:
    """What the parcel would cost with each carrier, side by side. Nothing is bought."""
    order = _order(request, order_id)
    form, now = ParcelForm(order, None, request.POST), clock.now()
    if not form.is_valid():
        return _said(request, order, first_error(form))
    parcel = _parcel(request, order)
    pieces = dict(parcel.items.values_list("order_item", "quantity")) if parcel else None
    if not (pieces or pieces_to_rate(order)):
        return _said(request, order, gettext("Everything in this order has a label already."))
    accounts = compared_accounts(request.workspace)
    if not accounts:
        return _said(request, order, gettext("No carrier is set up whose rates are compared."))
    try:
        means = form.means(choose_means(ways_of(request.workspace, now=now), order, now=now))
        compared = compare_rates(order, means, accounts, pieces=pieces, now=now)
    except NoWarehouse:
        text = gettext("Enter the address your parcels leave from first: Settings, Warehouses.")
        return _said(request, order, text)
    except RemoteError as error:
        return _said(request, order, say(error.sentence))
    context = rates_context(order, means, compared, grams=form.cleaned_data["weight_g"])
    return _shown(request, {**context, "parcel": parcel})


@never_cache
@require_POST
@shipper_page
def inputs(request: DeskRequest, order_id: str) -> HttpResponse:
    """The form of what a service asks for before it is sold."""
    order, now = _order(request, order_id), clock.now()
    try:
        said, means = _means(request, order, now=now)
        form = _inputs_form(order, means, now=now)
    except NoWarehouse:
        return no_warehouse(request)
    except RemoteError as error:
        return _said(request, order, say(error.sentence))
    return _inputs_page(request, order, said, form)


@require_POST
@shipper_page
def buy(request: DeskRequest, order_id: str) -> HttpResponse:
    """Ask for the label of exactly the offer that was shown."""
    order, now = _order(request, order_id), clock.now()
    back = ("order", order.pk)
    try:
        said, means = _means(request, order, now=now)
        if said["needs_inputs"]:
            form = _inputs_form(order, means, request.POST, now=now)
            if not form.is_valid():
                return _inputs_page(request, order, said, form)
            _, means = _means(request, order, answers=form.answers(), now=now)
    except NoWarehouse:
        return no_warehouse(request)
    except RemoteError as error:
        return answer(request, say(error.sentence), back=back, kind="error")
    if parcel := _parcel(request, order):
        return _buy_for_parcel(request, order, parcel, means)
    if said["grams"] != order.weight_g:
        weigh_order(order, said["grams"], actor=request.user.pk, now=now)
    batch = create_labels(request.workspace, [order], means, actor=request.user.pk, now=now)
    return say_asked(request, batch, back=back)


def _parcel(request: DeskRequest, order: Order) -> Shipment | None:
    """The parcel among those that a person composed which is asked about, if any."""
    if not request.POST.get("parcel"):
        return None
    rows = request.workspace.shipments.of_orders([order.pk]).filter(is_composed=True)
    return get_object_or_404(rows.select_related("workspace"), pk=request.POST["parcel"])


def _buy_for_parcel(
    request: DeskRequest, order: Order, parcel: Shipment, means: Means
) -> HttpResponse:
    back = ("order", order.pk)
    try:
        create_parcel_label(parcel, means, actor=request.user.pk, now=clock.now())
    except CannotPlan as refusal:
        said = " ".join(problem(code) for code in refusal.problems)
        return answer(request, said, back=back, kind="error")
    return answer(request, gettext("Label asked for."), back=back)


def _means(
    request: DeskRequest, order: Order, *, answers: dict[str, Any] | None = None, now: datetime
) -> tuple[dict[str, Any], Means]:
    """What was shown, and the means of it. Raises Rejected, NoWarehouse."""
    said = read_offer(request.POST.get("offer", ""), order)
    ways = ways_of(request.workspace, now=now)
    extras = request.POST.getlist("extra")[:MOST_CHOSEN]
    return said, means_shown(said, order, ways, extras=extras, inputs=answers or {})


def _inputs_form(order: Order, means: Means, *sent: Any, now: datetime) -> SchemaForm:
    """Ask the carrier what it wants to know. Raises RemoteError."""
    carrier = open_carrier(means.carrier_account)
    return SchemaForm(carrier.inputs(rate_request(order, means, now=now)), *sent)


def _inputs_page(
    request: DeskRequest, order: Order, said: dict[str, Any], form: forms.Form
) -> HttpResponse:
    context = {
        "order": order,
        "form": form,
        "name": said["name"],
        "offer": request.POST.get("offer", ""),
        "extras": request.POST.getlist("extra")[:MOST_CHOSEN],
        "parcel": _parcel(request, order),
    }
    return _shown(request, context, "web/rates/inputs.html")


def _shown(
    request: DeskRequest, context: dict[str, Any], template: str = "web/rates/rates.html"
) -> HttpResponse:
    """In its place in the page; as a page of its own where there is no script."""
    if not request.htmx:
        return render(request, "web/rates/page.html", {**context, "part": template})
    response = render(request, template, context)
    response["HX-Retarget"], response["HX-Reswap"] = "#rates", "innerHTML"
    return response


def _said(request: DeskRequest, order: Order, text: str) -> HttpResponse:
    return _shown(request, {"order": order, "sentence": text})


def _order(request: DeskRequest, order_id: str) -> Order:
    rows = request.workspace.orders.select_related("store", "key__parent", "workspace")
    found: Order = get_object_or_404(rows, pk=order_id)
    return found
