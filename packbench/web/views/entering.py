"""Orders made by hand: new ones, changes, cancelling, and sending something once more."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from packbench.channels.connecting import add_own_shop
from packbench.lib import clock
from packbench.lib.errors import Rejected
from packbench.orders.entering import (
    can_change,
    cancel_order,
    edit_order,
    enter_order,
    next_number,
    shown_order,
)
from packbench.orders.models import Order
from packbench.privacy.revealing import record_disclosure
from packbench.web.doors import DeskRequest, owner_page, shipper_page
from packbench.web.forms.entering import (
    OrderForm,
    initial_of,
    item_forms,
    items_initial,
    rows_sent,
    tomorrow,
)
from packbench.web.forms.tables import OwnShopForm
from packbench.web.saying import say
from packbench.web.views.answering import answer
from packbench.web.views.uploads import own_shops

SUGGESTED = 12


@never_cache
@shipper_page
def new(request: DeskRequest) -> HttpResponse:
    """An order by hand; `?again=` begins with what another order has."""
    shops = own_shops(request)
    if not shops:
        return render(request, "web/entering/no_shop.html")
    again = _again(request)
    initial, lines = _initial(request, again, list(shops.values()))
    sent = None if "more" in request.POST else request.POST or None
    if "more" in request.POST:
        initial, lines = initial | request.POST.dict(), rows_sent(request.POST)
    form = OrderForm(shops.values(), sent, initial=initial)
    items = item_forms(sent, lines)
    refused = None
    if sent and form.is_valid() and items.is_valid():
        now = clock.now()
        number = form.cleaned_data["number"] or next_number(form.shop)
        try:
            told = form.told(items, number, now)
            row = enter_order(form.shop, told, actor=request.user.pk, now=now)
        except Rejected as error:
            refused = error
        else:
            text = gettext("Order %(number)s entered.") % {"number": row.external_id}
            return answer(request, text, back=("order", row.pk))
    context = {"form": form, "items": items, "refused": refused, "again": again}
    return render(request, "web/entering/order.html", context)


@never_cache
@shipper_page
def edit(request: DeskRequest, order_id: str) -> HttpResponse:
    """Change an order of an own shop while it has no label."""
    row = _find(request, order_id)
    if not can_change(row):
        return answer(
            request,
            gettext("This order cannot be changed any more."),
            back=("order", row.pk),
            kind="error",
        )
    current = shown_order(row)
    weight = row.weight_g if row.is_weight_given else None
    initial = initial_of(current, row.store) | {"weight_g": weight}
    sent, lines = request.POST or None, items_initial(current)
    if "more" in request.POST:
        sent, lines = None, rows_sent(request.POST)
        initial |= request.POST.dict()
    form = OrderForm([row.store], sent, initial=initial)
    form.fields["store"].disabled = form.fields["number"].disabled = True
    items = item_forms(sent, lines)
    refused = None
    if sent and form.is_valid() and items.is_valid():
        try:
            told = form.told(items, row.external_id, row.placed_at)
            edit_order(row, told, actor=request.user.pk, now=clock.now())
            return answer(request, gettext("Order changed."), back=("order", row.pk))
        except Rejected as error:
            refused = error
    else:
        _disclose(request, row)
    context = {"form": form, "items": items, "refused": refused, "order": row}
    return render(request, "web/entering/order.html", context)


@require_POST
@shipper_page
def cancel(request: DeskRequest, order_id: str) -> HttpResponse:
    row = _find(request, order_id)
    try:
        cancel_order(row, actor=request.user.pk, now=clock.now())
    except Rejected as error:
        return answer(request, say(error.sentence), back=("order", row.pk), kind="error")
    return answer(request, gettext("Order cancelled."), back=("order", row.pk))


@require_GET
@shipper_page
def suggest(request: DeskRequest) -> HttpResponse:
    """Products whose SKU or title has what was typed: options of the item's field."""
    typed = str(next((text for name, text in request.GET.items() if name.endswith("-sku")), ""))
    products = request.workspace.products.order_by("sku")
    if typed:
        products = products.filter(sku__icontains=typed[:100]) | products.filter(
            title__icontains=typed[:100]
        )
    return render(request, "web/entering/items.html", {"products": products[:SUGGESTED]})


@owner_page
def shop(request: DeskRequest) -> HttpResponse:
    """Add a shop outside Amazon."""
    first = request.workspace.stores.order_by("pk").first()
    initial = {"currency": first.currency, "time_zone": first.time_zone} if first else {}
    form = OwnShopForm(request.POST or None, initial=initial)
    refused = None
    if request.method == "POST" and form.is_valid():
        try:
            row = add_own_shop(
                request.workspace, **form.cleaned_data, actor=request.user.pk, now=clock.now()
            )
            return redirect(reverse("store", args=[row.pk]))
        except Rejected as error:
            refused = error
    return render(request, "web/connect/shop.html", {"form": form, "refused": refused})


def _find(request: DeskRequest, order_id: str) -> Order:
    """An order of an own shop; others have no such pages."""
    rows = request.workspace.orders.select_related("store", "key__parent").prefetch_related("items")
    row: Order = get_object_or_404(rows, pk=order_id)
    if not row.store.is_own_shop:
        raise Http404
    return row


def _again(request: DeskRequest) -> Order | None:
    """The order that is to be sent once more, of any store, while its buyer is known."""
    order_id = request.GET.get("again", "")
    if not order_id:
        return None
    rows = request.workspace.orders.select_related("store", "key__parent").prefetch_related("items")
    row: Order = get_object_or_404(rows, pk=order_id)
    return row if row.key.is_alive else None


def _initial(request: DeskRequest, again: Order | None, shops: list[Any]) -> tuple[Any, Any]:
    if again is None:
        return {"store": shops[0].pk, "ship_by": tomorrow(clock.now(), shops[0])}, None
    _disclose(request, again)
    current = shown_order(again)
    shop = next((each for each in shops if each.pk == again.store_id), shops[0])
    shown = initial_of(current, again.store) | {
        "store": shop.pk,
        "number": f"{current.external_id[:44]}-R",
        "ship_by": tomorrow(clock.now(), shop),
        "total": None,
        "replaces": current.external_id,
    }
    lines = [line | {"external_id": ""} for line in items_initial(current)]
    return shown, lines


def _disclose(request: DeskRequest, row: Order) -> None:
    record_disclosure(
        row.workspace_id,
        [row.pk],
        ("recipient", "buyer"),
        actor=request.user.pk,
        reason="edit",
        now=clock.now(),
    )
