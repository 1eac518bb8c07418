"""Orders: the grid, one order, and what people do to them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from packbench.channels.registry import open_channel
from packbench.lib import clock
from packbench.lib.errors import Rejected, RemoteError
from packbench.orders.counting import CAP
from packbench.orders.holding import hold_order, release_order
from packbench.orders.models import Order
from packbench.orders.refetching import NOTHING_NEW, refetch_order
from packbench.orders.waiving import waive_problem
from packbench.orders.weighing import weigh_order, weigh_products
from packbench.products.describing import MOST_G
from packbench.web import grid
from packbench.web.context import stores_of
from packbench.web.doors import DeskRequest, member_page, shipper_page
from packbench.web.order_page import order_context, shipping_context
from packbench.web.row_html import rows_html
from packbench.web.rows import order_rows
from packbench.web.saying import say
from packbench.web.slots import Column, slot_columns
from packbench.web.views.answering import answer

MOST_RENEWED = 500  # rows at once


class WeightForm(forms.Form):
    """Grams, with packaging."""

    weight_g = forms.IntegerField(
        label=_("Weight (g)"),
        min_value=1,
        max_value=MOST_G,
        error_messages={
            "required": _("Enter the weight in grams."),
            "invalid": _("Enter the weight as a whole number of grams."),
        },
    )


class ProductWeightForm(WeightForm):
    sku = forms.CharField(max_length=100)


class HoldForm(forms.Form):
    reason = forms.CharField(max_length=200, required=False)


@never_cache
@require_GET
@member_page
def orders(request: DeskRequest) -> HttpResponse:
    """The grid; htmx asks for the grid alone, or for its next rows."""
    choice = grid.Choice.read(request.GET)
    context = _page(request, choice, now=clock.now())
    if request.htmx and choice.after:
        return render(request, "web/orders/rows.html", context)
    context |= {
        "tabs": _tabs(request, choice),
        "chips": _chips(choice),
        "sorts": [
            {"word": word, "url": choice.url(sort=key), "is_on": key == choice.sorted_by}
            for key, word in grid.SORTS.items()
        ],
        "labels": [{"key": key, "word": word} for key, word in grid.LABELS.items()],
        "searched": choice.q,
        "clear_search": choice.url(q=""),
    }
    template = "web/orders/grid.html" if request.htmx else "web/orders/orders.html"
    return render(request, template, context)


@require_POST
@member_page
def rows(request: DeskRequest) -> HttpResponse:
    """Some rows of the page anew, each to take its old one's place; and the tabs' counts."""
    choice = grid.Choice.read(QueryDict(request.POST.get("shown", "")))
    stores = {store.pk: store for store in stores_of(request)}
    ids = request.POST.getlist("order")[:MOST_RENEWED]
    columns = _slot_columns(request, choice)
    shown = order_rows(request.workspace, ids, stores, request.member, columns, now=clock.now())
    context = {
        "rows_html": rows_html(shown, columns, is_swap=True),
        "tabs": _tabs(request, choice),
        "is_swap": True,
    }
    return render(request, "web/orders/changed.html", context)


@never_cache
@require_GET
@member_page
def order(request: DeskRequest, order_id: str) -> HttpResponse:
    """One order: a page, or a panel beside the grid."""
    row = get_object_or_404(request.workspace.orders.for_page(), pk=order_id)
    context = order_context(row, request.member, now=clock.now())
    if not request.htmx:
        return render(request, "web/orders/order.html", context)
    in_panel = request.htmx.target == "panel"
    template = "web/orders/panel.html" if in_panel else "web/orders/details.html"
    return render(request, template, context)


@never_cache
@require_GET
@member_page
def shipping(request: DeskRequest, order_id: str) -> HttpResponse:
    """The parcels of an order, while their labels are being bought."""
    row = get_object_or_404(request.workspace.orders.for_page(), pk=order_id)
    return render(request, "web/orders/shipping.html", shipping_context(row, now=clock.now()))


@require_POST
@shipper_page
def hold(request: DeskRequest) -> HttpResponse:
    form = HoldForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""

    def act(order: Order, now: datetime) -> bool:
        return hold_order(order, reason=reason, actor=request.user.pk, now=now)

    done, asked = _each(request, act)
    text = ngettext("%(n)s order on hold.", "%(n)s orders on hold.", done) % {"n": done}
    return _say_each(request, text, done, asked, gettext("%(n)s did not wait to be shipped."))


@require_POST
@shipper_page
def release(request: DeskRequest) -> HttpResponse:
    def act(order: Order, now: datetime) -> bool:
        return release_order(order, actor=request.user.pk, now=now)

    done, asked = _each(request, act)
    text = ngettext("%(n)s order released.", "%(n)s orders released.", done) % {"n": done}
    return _say_each(request, text, done, asked, gettext("%(n)s were not on hold."))


@require_POST
@shipper_page
def weigh(request: DeskRequest) -> HttpResponse:
    form = WeightForm(request.POST)
    if not form.is_valid():
        return answer(request, first_error(form), back="orders", kind="error")
    grams = form.cleaned_data["weight_g"]

    def act(order: Order, now: datetime) -> bool:
        weigh_order(order, grams, actor=request.user.pk, now=now)
        return True

    done, asked = _each(request, act)
    text = ngettext(
        "%(n)s order weighs %(grams)s g.", "%(n)s orders weigh %(grams)s g each.", done
    ) % {"n": done, "grams": grams}
    return _say_each(request, text, done, asked, "")


@require_POST
@shipper_page
def weigh_product(request: DeskRequest, order_id: str) -> HttpResponse:
    """Set the weight of a product of this order, once for all orders that wait for it."""
    row = get_object_or_404(request.workspace.orders, pk=order_id)
    form = ProductWeightForm(request.POST)
    back = ("order", row.pk)
    if not form.is_valid():
        return answer(request, first_error(form), back=back, kind="error")
    sku, grams = form.cleaned_data["sku"], form.cleaned_data["weight_g"]
    mended = weigh_products(request.workspace, {sku: grams}, actor=request.user.pk, now=clock.now())
    text = ngettext(
        "%(sku)s weighs %(grams)s g; %(n)s order has its weight now.",
        "%(sku)s weighs %(grams)s g; %(n)s orders have their weight now.",
        mended,
    ) % {"sku": sku, "grams": grams, "n": mended}
    return answer(request, text, back=back)


@require_POST
@shipper_page
def refetch(request: DeskRequest, order_id: str) -> HttpResponse:
    """Read the order again from its store, now."""
    orders = request.workspace.orders.select_related(
        "store__account__application", "store__account__workspace__key", "store__workspace__key"
    )
    row = get_object_or_404(orders, pk=order_id)
    back, account = ("order", row.pk), row.store.account
    try:
        channel = open_channel(account) if account else None
        is_news = refetch_order(row, channel, now=clock.now())
    except RemoteError as error:
        return answer(request, say(error.sentence), back=back, kind="error")
    text = gettext("Order fetched again.") if is_news else say(NOTHING_NEW)
    return answer(request, text, back=back)


@require_POST
@shipper_page
def waive(request: DeskRequest, order_id: str) -> HttpResponse:
    """Ship all the same."""
    row = get_object_or_404(request.workspace.orders, pk=order_id)
    code = request.POST.get("problem", "")
    try:
        waive_problem(row, code, actor=request.user.pk, now=clock.now())
    except Rejected as error:
        return answer(request, say(error.sentence), back=("order", row.pk), kind="error")
    return answer(request, gettext("Ready to ship."), back=("order", row.pk))


def first_error(form: forms.Form) -> str:
    return str(next(iter(form.errors.values()))[0])


def _page(request: DeskRequest, choice: grid.Choice, *, now: datetime) -> dict[str, Any]:
    stores = {store.pk: store for store in stores_of(request)}
    ids, after = grid.page_ids(request.workspace, choice, stores.values(), now=now)
    columns = _slot_columns(request, choice)
    shown = order_rows(request.workspace, ids, stores, request.member, columns, now=now)
    return {
        "choice": choice,
        "columns": columns,
        "rows_html": rows_html(shown, columns),
        "more_url": choice.url(after=after) if after else "",
        "stores": list(stores.values()),
        "chosen_store": stores.get(choice.store),
        "store_choices": [(store, choice.url(store=store.pk)) for store in stores.values()],
        "all_stores_url": choice.url(store=""),
    }


def _slot_columns(request: DeskRequest, choice: grid.Choice) -> list[Column]:
    """The custom fields of the stores that may be shown."""
    shown = [store for store in stores_of(request) if choice.store in ("", store.pk)]
    return slot_columns(shown, request.member)


def _tabs(request: DeskRequest, choice: grid.Choice) -> list[dict[str, Any]]:
    counts = grid.counts(request.workspace)
    return [
        {
            "word": tab.word,
            "url": choice.url(tab=tab.key, sort=""),
            "is_here": tab.key == choice.tab,
            "count": _counted(counts[tab.key]),
            "is_bad": tab.key == "problems" and counts[tab.key] > 0,
        }
        for tab in grid.TABS.values()
    ]


def _counted(count: int) -> str:
    """The count in the reader's own digits, with a plus where counting stopped."""
    if count <= CAP:
        return number_format(count, force_grouping=True)
    return f"{number_format(CAP, force_grouping=True)}+"


def _chips(choice: grid.Choice) -> list[dict[str, Any]]:
    """The filters: one of each kind at a time; choosing it again takes it away."""
    icons = {"overdue": "late", "today": "clock"}
    kinds: tuple[tuple[str, dict[str, Any]], ...] = (
        ("due", grid.DUE),
        ("mark", {key: word for key, (word, _icon, _q) in grid.MARKS.items()}),
    )
    return [
        {
            "word": word,
            "icon": icons.get(key, key if kind == "mark" else ""),
            "is_on": getattr(choice, kind) == key,
            "url": choice.url(**{kind: "" if getattr(choice, kind) == key else key}),
        }
        for kind, words in kinds
        for key, word in words.items()
    ]


def _each(request: DeskRequest, act: Callable[[Order, datetime], bool]) -> tuple[int, int]:
    """Do it to each order that was sent. Returns how many it was done to, and how many asked."""
    now = clock.now()
    found = grid.chosen_orders(request.workspace, request.POST.getlist("order"))
    return sum(act(row, now) for row in found), len(found)


def _say_each(request: DeskRequest, text: str, done: int, asked: int, others: str) -> HttpResponse:
    if not asked:
        return answer(request, gettext("Select an order first."), back="orders", kind="error")
    if done < asked and others:
        left = others % {"n": asked - done}
        text = f"{text} {left}" if done else left
    return answer(request, text, back="orders", kind="success" if done else "warning")
