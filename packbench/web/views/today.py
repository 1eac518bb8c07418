"""The morning board, today's labels in one go, and the end of the day."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from packbench.labels.arranging import papers_of
from packbench.lib import clock
from packbench.orders.models import Order
from packbench.shipments.batching import start_labels
from packbench.shipments.choosing import NoWarehouse, ways_of
from packbench.shipments.leftovers import ask_voids
from packbench.shipments.picking import in_print_order
from packbench.shipments.readying import preview, ready_today, unprinted_today
from packbench.web import grid
from packbench.web.context import stores_of
from packbench.web.doors import DeskRequest, member_page, shipper_page
from packbench.web.evening_page import chosen_unused, evening_context
from packbench.web.order_page import service_name
from packbench.web.today_page import today_context
from packbench.web.views.answering import answer
from packbench.web.views.labels import no_warehouse, print_out

MOST_PREVIEWED = 500
MOST_VOIDED = 200


@never_cache
@require_GET
@member_page
def today(request: DeskRequest) -> HttpResponse:
    """What is to be done today."""
    context = today_context(request.workspace, stores_of(request), now=clock.now())
    return render(request, "web/today/today.html", context)


@never_cache
@require_GET
@shipper_page
def run(request: DeskRequest) -> HttpResponse:
    """What *Print today's labels* would ask for, before anything is."""
    now = clock.now()
    ids = ready_today(request.workspace, stores_of(request), now=now)
    shown = grid.chosen_orders(request.workspace, ids[:MOST_PREVIEWED])
    try:
        ways = ways_of(request.workspace, now=now)
    except NoWarehouse:
        return render(request, "web/today/run.html", {"has_warehouse": False})
    found = preview(_with_store(shown, request), ways, now=now)
    context = {
        "has_warehouse": True,
        "count": len(ids),
        "is_part": len(ids) > len(shown),
        "preview": found,
        "services": [
            (account.name, service_name(account, code), count) if account else ("", "", count)
            for account, code, count in found.services
        ],
        "warehouse": ways.warehouse,
    }
    return render(request, "web/today/run.html", context)


@require_POST
@shipper_page
def create(request: DeskRequest) -> HttpResponse:
    """Ask for the labels of all that is ready and due today: one batch."""
    now = clock.now()
    ids = ready_today(request.workspace, stores_of(request), now=now)
    if not ids:
        text = gettext("Nothing that is due today waits for a label.")
        return answer(request, text, back="today", kind="warning")
    try:
        started = start_labels(request.workspace, ids, actor=request.user.pk, now=now)
    except NoWarehouse:
        return no_warehouse(request)
    return redirect("batch", started.given["batch_id"])


@require_POST
@shipper_page
def print_unprinted(request: DeskRequest) -> HttpResponse:
    """Today's labels that were bought before and not printed, as they are picked."""
    rows = unprinted_today(request.workspace, stores_of(request), now=clock.now())
    return print_out(request, in_print_order(rows, papers_of(request.workspace).sort))


@never_cache
@require_GET
@member_page
def end_of_day(request: DeskRequest) -> HttpResponse:
    """What somebody should look at before going home."""
    context = evening_context(request.workspace, stores_of(request), now=clock.now())
    return render(request, "web/today/evening.html", context)


@require_POST
@shipper_page
def void_unused(request: DeskRequest) -> HttpResponse:
    """Have the ticked labels voided, each by a job."""
    ids = request.POST.getlist("shipment")[:MOST_VOIDED]
    rows = chosen_unused(request.workspace, ids)
    if not rows:
        text = gettext("Tick a label first.")
        return answer(request, text, back="end_of_day", kind="error")
    count = ask_voids(rows, actor=request.user.pk, now=clock.now())
    text = ngettext("%(n)s label is being voided.", "%(n)s labels are being voided.", count) % {
        "n": count
    }
    if count < len(rows):
        text += " " + gettext("The others moved on meanwhile, or Amazon is being told of them.")
    return answer(request, text, back="end_of_day", kind="success" if count else "warning")


def _with_store(orders: list[Order], request: DeskRequest) -> list[Order]:
    """The orders with their stores, which are loaded already."""
    stores = {store.pk: store for store in stores_of(request)}
    for order in orders:
        order.store = stores[order.store_id]
    return orders
