"""Splitting an order into parcels, combining orders into one, and undoing both."""

from collections.abc import Sequence
from datetime import date

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.dateparse import parse_date
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from packbench.lib import clock
from packbench.lib.errors import Rejected
from packbench.orders.models import Order
from packbench.shipments.choosing import NoWarehouse, choose_means, ways_of
from packbench.shipments.combining import combine_orders, to_one_address
from packbench.shipments.dismissing import keep_apart, suggest_again
from packbench.shipments.models import Shipment
from packbench.shipments.planning import Means
from packbench.shipments.splitting import Part, merge_parts, split_order
from packbench.web import grid
from packbench.web.doors import DeskRequest, shipper_page
from packbench.web.parcel_part import COLUMNS, end_of
from packbench.web.saying import say
from packbench.web.selecting import selected_ids
from packbench.web.views.answering import answer
from packbench.web.views.labels import no_warehouse

MOST_PIECES = 99_999


@require_POST
@shipper_page
def split(request: DeskRequest, order_id: str) -> HttpResponse:
    """Put the pieces into parcels as the dialog says; what is in none is the last parcel."""
    order = get_object_or_404(request.workspace.orders.select_related("store"), pk=order_id)
    back, now = ("order", order.pk), clock.now()
    try:
        parts = [_part(request, order, n) for n in range(1, COLUMNS + 1)]
        drafts = split_order(order, parts, _means(request, order), actor=request.user.pk, now=now)
    except NoWarehouse:
        return no_warehouse(request)
    except Rejected as error:
        return answer(request, say(error.sentence), back=back, kind="error")
    text = ngettext("Split into %(n)s parcel.", "Split into %(n)s parcels.", len(drafts))
    return answer(request, text % {"n": len(drafts)}, back=back)


@require_POST
@shipper_page
def merge(request: DeskRequest, order_id: str) -> HttpResponse:
    """Undo a split or a combination, as far as no label was bought."""
    order = get_object_or_404(request.workspace.orders, pk=order_id)
    back = ("order", order.pk)
    try:
        merge_parts(order, actor=request.user.pk, now=clock.now())
    except Rejected as error:
        return answer(request, say(error.sentence), back=back, kind="error")
    return answer(request, gettext("What has no label yet is in one parcel again."), back=back)


@require_POST
@shipper_page
def combine(request: DeskRequest) -> HttpResponse:
    """Put the selected orders into one parcel; the first one's page shows it."""
    orders = grid.chosen_orders(request.workspace, selected_ids(request)[: grid.PAGE + 1])
    asked_from = request.POST.get("back", "")
    back: Sequence[str] = ("order", asked_from) if asked_from else ("orders",)
    try:
        shipment = _combined(request, orders)
    except NoWarehouse:
        return no_warehouse(request)
    except Rejected as error:
        return answer(request, say(error.sentence), back=back, kind="error")
    text = ngettext(
        "%(n)s order shares one parcel.", "%(n)s orders share one parcel.", len(orders)
    ) % {"n": len(shipment.order_ids())}
    return answer(request, text, back=back)


@require_POST
@shipper_page
def apart(request: DeskRequest, order_id: str) -> HttpResponse:
    """Suggest no more to combine the order with the others to its address."""
    order = get_object_or_404(request.workspace.orders, pk=order_id)
    back = ("order", order.pk)
    others = to_one_address(request.workspace, [order.pk]).get(order.pk, [])
    try:
        keep_apart(order, others, actor=request.user.pk, now=clock.now())
    except Rejected as error:
        return answer(request, say(error.sentence), back=back, kind="error")
    return answer(request, gettext("Kept apart, until one changes or another joins."), back=back)


@require_POST
@shipper_page
def suggest(request: DeskRequest, order_id: str) -> HttpResponse:
    """Undo that."""
    order = get_object_or_404(request.workspace.orders, pk=order_id)
    suggest_again(order, actor=request.user.pk, now=clock.now())
    return answer(request, gettext("Suggested again."), back=("order", order.pk))


def _combined(request: DeskRequest, orders: Sequence[Order]) -> Shipment:
    """Raises NoWarehouse, Rejected."""
    across = request.POST.get("across_stores") == "yes"
    first = orders[0] if orders else None
    means = _means(request, first)
    return combine_orders(
        orders, means, across_stores=across, actor=request.user.pk, now=clock.now()
    )


def _means(request: DeskRequest, order: Order | None) -> Means:
    """What it would be sent with; chosen again when its label is asked for. Raises NoWarehouse."""
    now = clock.now()
    ways = ways_of(request.workspace, now=now)
    if order is None:
        return Means(ways.account, ways.warehouse, ways.account.default_service)
    return choose_means(ways, order, now=now)


def _part(request: DeskRequest, order: Order, n: int) -> Part:
    said = {item.pk: request.POST.get(f"part{n}_{item.pk}", "") for item in order.items.all()}
    pieces = {pk: min(int(count), MOST_PIECES) for pk, count in said.items() if _is_number(count)}
    day = _day(request.POST.get(f"day{n}", ""))
    return Part(pieces, end_of(day, order) if day else None)


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 7
