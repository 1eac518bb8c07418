"""Orders: the grid, one order, and what people do to them."""

from collections.abc import Callable
from datetime import datetime, time
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from packbench.channels.registry import open_channel
from packbench.lib import clock
from packbench.lib.errors import Rejected, RemoteError
from packbench.orders.holding import OVER, hold_order, release_order
from packbench.orders.models import BulkRun, Order
from packbench.orders.refetching import NOTHING_NEW, refetch_order
from packbench.orders.waiving import waive_problem
from packbench.orders.weighing import weigh_order, weigh_products
from packbench.products.describing import MOST_G
from packbench.web import grid
from packbench.web.choosing import Choice
from packbench.web.doors import DeskRequest, member_page, shipper_page
from packbench.web.grid_page import changed_html, head_context, page_context, tabs, view_tabs
from packbench.web.order_page import order_context, shipping_context
from packbench.web.saying import say
from packbench.web.selecting import selected_ids, sent_ids
from packbench.web.views.answering import answer
from packbench.web.views.bulking import begin_bulk

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
    until = forms.DateField(required=False)

    def ends_at(self, time_zone: str) -> datetime | None:
        """The beginning of the day on which it goes on."""
        day = self.cleaned_data["until"]
        return datetime.combine(day, time(), tzinfo=ZoneInfo(time_zone)) if day else None


@never_cache
@require_GET
@member_page
def orders(request: DeskRequest) -> HttpResponse:
    """The grid; htmx asks for the grid alone, or for its next rows."""
    choice = Choice.read(request.GET)
    context = page_context(request, choice)
    if request.htmx and choice.after:
        return render(request, "web/orders/rows.html", context)
    context |= head_context(request, context) | {"is_fragment": bool(request.htmx)}
    template = "web/orders/grid.html" if request.htmx else "web/orders/orders.html"
    return render(request, template, context)


@require_POST
@member_page
def rows(request: DeskRequest) -> HttpResponse:
    """Some rows of the page anew, each to take its old one's place; and the tabs' counts."""
    choice = Choice.read(QueryDict(request.POST.get("shown", "")))
    ids = sent_ids(request)[:MOST_RENEWED]
    context = {
        "rows_html": changed_html(request, choice, ids, now=clock.now()),
        "tabs": tabs(request, choice),
        "view_tabs": view_tabs(request, choice),
        "choice": choice,
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
    context = shipping_context(row, parcel=request.GET.get("parcel", ""), now=clock.now())
    return render(request, "web/orders/shipping.html", context)


@require_POST
@shipper_page
def hold(request: DeskRequest) -> HttpResponse:
    form = HoldForm(request.POST)
    if not form.is_valid():
        return answer(request, first_error(form), back="orders", kind="error")
    reason, until = form.cleaned_data["reason"], form.ends_at(_time_zone(request))
    if until is not None and until <= clock.now():
        return answer(request, gettext(OVER), back="orders", kind="error")
    given = {"reason": reason, "until": until.isoformat() if until else ""}
    if run := begin_bulk(request, BulkRun.Kind.HOLD, given):
        return run

    def act(order: Order, now: datetime) -> bool:
        return hold_order(order, reason=reason, until=until, actor=request.user.pk, now=now)

    done, asked = _each(request, act)
    text = ngettext("%(n)s order on hold.", "%(n)s orders on hold.", done) % {"n": done}
    if until and done:
        day = date_format(form.cleaned_data["until"], "SHORT_DATE_FORMAT")
        text = f"{text} {gettext('Released by itself on %(day)s.') % {'day': day}}"
    return _say_each(request, text, done, asked, gettext("%(n)s did not wait to be shipped."))


@require_POST
@shipper_page
def release(request: DeskRequest) -> HttpResponse:
    if run := begin_bulk(request, BulkRun.Kind.RELEASE, {}):
        return run

    def act(order: Order, now: datetime) -> bool:
        return release_order(order, actor=request.user.pk, now=now)

    done, asked = _each(request, act)
    text = ngettext("%(n)s order released.", "%(n)s orders released.", done) % {"n": done}
    others = gettext(
        "%(n)s were held by nobody. Where the buyer asked to cancel, open the order and ship it "
        "anyway; early orders wait for their time."
    )
    return _say_each(request, text, done, asked, others)


@require_POST
@shipper_page
def weigh(request: DeskRequest) -> HttpResponse:
    form = WeightForm(request.POST)
    if not form.is_valid():
        return answer(request, first_error(form), back="orders", kind="error")
    grams = form.cleaned_data["weight_g"]
    if run := begin_bulk(request, BulkRun.Kind.WEIGH, {"weight_g": grams}):
        return run

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


def _time_zone(request: DeskRequest) -> str:
    """Where the day of a hold begins: where parcels leave from."""
    warehouse = request.workspace.warehouses.filter(is_default=True).first()
    return (warehouse.time_zone if warehouse else "") or "UTC"


def first_error(form: forms.Form) -> str:
    return str(next(iter(form.errors.values()))[0])


def _each(request: DeskRequest, act: Callable[[Order, datetime], bool]) -> tuple[int, int]:
    """Do it to each order that was sent. Returns how many it was done to, and how many asked."""
    now = clock.now()
    found = grid.chosen_orders(request.workspace, selected_ids(request))
    return sum(act(row, now) for row in found), len(found)


def _say_each(request: DeskRequest, text: str, done: int, asked: int, others: str) -> HttpResponse:
    if not asked:
        return answer(request, gettext("Select an order first."), back="orders", kind="error")
    if done < asked and others:
        left = others % {"n": asked - done}
        text = f"{text} {left}" if done else left
    return answer(request, text, back="orders", kind="success" if done else "warning")
