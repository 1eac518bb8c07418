"""Customized items: their pictures, sheets and files, and fetching them again."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from packbench.labels.customization_sheets import print_customizations
from packbench.labels.papers import paper_for
from packbench.lib import clock
from packbench.lib.errors import Rejected
from packbench.orders.customization_files import write_customizations
from packbench.orders.customizations import CustomPicture
from packbench.orders.customized import FIELD, open_picture
from packbench.orders.customizing import ask_again
from packbench.orders.models import Order
from packbench.privacy.revealing import record_disclosure
from packbench.web.customization_page import item_context
from packbench.web.doors import DeskRequest, buyers_page, member_page, shipper_page
from packbench.web.saying import say
from packbench.web.selecting import selected_ids
from packbench.web.views.answering import answer
from packbench.web.views.serving import document, private_file


@never_cache
@require_GET
@member_page
def customization(request: DeskRequest, order_id: str, item_id: str) -> HttpResponse:
    """The part of the page that is about one item, while it is being fetched."""
    orders = request.workspace.orders.select_related("key__parent", "store")
    order = get_object_or_404(orders, pk=order_id)
    item = get_object_or_404(order.items, pk=item_id, is_customized=True)
    context = item_context(order, item, request.member, now=clock.now())
    return render(request, "web/orders/customization.html", context)


@require_GET
@buyers_page
def picture(request: DeskRequest, order_id: str, picture_id: str) -> HttpResponse:
    """A picture of what the buyer chose; no cache may keep it."""
    order = get_object_or_404(
        request.workspace.orders.select_related("key__parent"), pk=order_id, erased_at=None
    )
    row = get_object_or_404(CustomPicture, pk=picture_id, customization__item__order_id=order.pk)
    content = open_picture(row, order)
    if content is None:
        raise Http404
    record_disclosure(
        order.workspace_id, [order.pk], [FIELD], actor=request.user.pk, reason="order",
        now=clock.now(),
    )  # fmt: skip
    return private_file(content, "image/webp")


@require_POST
@shipper_page
def fetch_again(request: DeskRequest, order_id: str, item_id: str) -> HttpResponse:
    """Have the customization of an item fetched now."""
    order = get_object_or_404(request.workspace.orders, pk=order_id)
    item = get_object_or_404(order.items, pk=item_id)
    try:
        ask_again(item, actor=request.user.pk, now=clock.now())
    except Rejected as error:
        return answer(request, say(error.sentence), back=("order", order.pk), kind="error")
    text = gettext("The customization is being fetched.")
    return answer(request, text, back=("order", order.pk))


@require_POST
@buyers_page
def print_sheets(request: DeskRequest) -> HttpResponse:
    """A sheet to work from for each of the selected orders, in the order of the page."""
    orders = _chosen(request)
    warehouse = request.workspace.warehouses.filter(is_default=True).first()
    size = paper_for(warehouse.country if warehouse else "")
    try:
        sheets = print_customizations(orders, size=size, actor=request.user.pk, now=clock.now())
    except Rejected as error:
        return _refused(request, error)
    return document(sheets.content, "pdf", name="customizations")


@require_POST
@buyers_page
def download(request: DeskRequest) -> HttpResponse:
    """What the buyers of the selected orders chose, as a file that names what it holds."""
    format = "json" if request.POST.get("format") == "json" else "csv"
    try:
        file = write_customizations(
            _chosen(request), format=format, actor=request.user.pk, now=clock.now()
        )
    except Rejected as error:
        return _refused(request, error)
    response = private_file(file.content, file.type)
    response["Content-Disposition"] = content_disposition_header(True, file.name) or ""
    return response


def _chosen(request: DeskRequest) -> list[Order]:
    """Those with customized items, in the order of the page."""
    ids = selected_ids(request)
    places = {pk: place for place, pk in enumerate(ids)}
    rows = request.workspace.orders.filter(pk__in=ids, is_customized=True)
    return sorted(rows, key=lambda order: places[order.pk])


def _refused(request: DeskRequest, error: Rejected) -> HttpResponse:
    context = {"sentence": say(error.sentence)}
    return render(request, "web/orders/customization_refused.html", context, status=409)
