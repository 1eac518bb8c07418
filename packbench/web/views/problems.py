"""Problems: why orders cannot be shipped, each with what mends it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from packbench.lib import clock
from packbench.lib.errors import Rejected
from packbench.orders.editing import edit_products
from packbench.orders.waiving import waive_problem
from packbench.products.describing import read_field
from packbench.products.learning import offer_of, refuse_offer
from packbench.products.models import Product
from packbench.web import grid
from packbench.web.context import stores_of
from packbench.web.doors import DeskRequest, member_page, shipper_page
from packbench.web.problem_page import (
    FIELD_WORDS,
    NOTHING,
    Refused,
    following_context,
    problem_context,
)
from packbench.web.saying import say
from packbench.web.selecting import sent_ids
from packbench.web.views.answering import answer


@never_cache
@require_GET
@member_page
def problems(request: DeskRequest) -> HttpResponse:
    """The causes with their counts, and what is behind the chosen one."""
    return _page(request, _asked(request, "cause"), after=_asked(request, "after"))


@never_cache
@require_GET
@member_page
def following(request: DeskRequest) -> HttpResponse:
    """How far orders took over what was mended: asked again while any is left."""
    context = following_context(request.workspace, stores_of(request))
    return render(request, "web/problems/following.html", context)


@require_POST
@shipper_page
def weigh(request: DeskRequest) -> HttpResponse:
    """Weigh a product, once for all orders that wait for it."""
    return _mend(request, "missing_weight", ("weight_g",))


@require_POST
@shipper_page
def declare(request: DeskRequest) -> HttpResponse:
    """Tell what customs asks of a product, once for all orders that wait for it."""
    return _mend(request, "missing_customs", tuple(FIELD_WORDS))


@require_POST
@shipper_page
def settle_offer(request: DeskRequest) -> HttpResponse:
    """Take the weight that parcels showed, or have it offered no more."""
    row = _product(request)
    back = request.POST.get("back", "")
    if request.POST.get("take") == "1" and (grams := offer_of(row)):
        changes = {row.sku: {"weight_g": grams}}
        done = edit_products(request.workspace, changes, actor=request.user.pk, now=clock.now())
        text = _mended(row, done.mended)
    else:
        refuse_offer(request.workspace, row.pk)
        text = gettext("%(sku)s keeps its weight.") % {"sku": row.sku}
    if back == "product":
        messages.success(request, text)
        return redirect("product", row.pk)
    return _answer(request, text, "missing_weight")


@require_POST
@shipper_page
def waive(request: DeskRequest) -> HttpResponse:
    """Ship the ticked orders all the same, though they have this problem."""
    code, now = _asked(request, "problem"), clock.now()
    orders = grid.chosen_orders(request.workspace, sent_ids(request))
    if not orders:
        text = gettext("Tick the orders to ship.")
        return _answer(request, text, code, kind="warning")
    try:
        for order in orders:
            waive_problem(order, code, actor=request.user.pk, now=now)
    except Rejected as error:
        return _answer(request, say(error.sentence), code, kind="error")
    text = ngettext(
        "%(n)s order waits for its label no more because of this.",
        "%(n)s orders wait for their labels no more because of this.",
        len(orders),
    ) % {"n": len(orders)}
    return _answer(request, text, code)


def _mend(request: DeskRequest, cause: str, fields: tuple[str, ...]) -> HttpResponse:
    row = _product(request)
    given = {name: request.POST.get(name, "") for name in fields if name in request.POST}
    changes, errors = _read(given)
    if cause == "missing_weight" and not changes and not errors:
        errors = {"weight_g": gettext("Enter the weight in grams.")}
    order_id = _asked(request, "order")  # where it was asked from the order's own page
    if errors and order_id:
        back = ("order", order_id)
        return answer(request, next(iter(errors.values())), back=back, kind="error")
    if errors:
        return _page(request, cause, refused=Refused(row.pk, given, errors))
    done = edit_products(
        request.workspace, {row.sku: changes}, actor=request.user.pk, now=clock.now()
    )
    text = _mended(row, done.mended)
    if order_id:
        return answer(request, text, back=("order", order_id))
    return _answer(request, text, cause)


def _read(given: dict[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """What was entered, by field; an empty field is left alone."""
    changes: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name, text in given.items():
        if not text.strip():
            continue
        try:
            changes[name] = read_field(name, text)
        except Rejected as error:
            errors[name] = say(error.sentence)
    return changes, errors


def _mended(row: Product, count: int) -> str:
    row.refresh_from_db(fields=["orders_follow_to"])
    if row.orders_follow_to is not None:
        return gettext("%(sku)s is saved. Its orders follow one after another.") % {"sku": row.sku}
    return ngettext(
        "%(sku)s is saved; %(n)s waiting order is mended.",
        "%(sku)s is saved; %(n)s waiting orders are mended.",
        count,
    ) % {"sku": row.sku, "n": count}


def _product(request: DeskRequest) -> Product:
    return get_object_or_404(request.workspace.products, pk=_asked(request, "product"))


def _asked(request: DeskRequest, name: str) -> str:
    given = request.POST if request.method == "POST" else request.GET
    return given.get(name, "").replace("\0", "")[:100]


def _answer(request: DeskRequest, text: str, cause: str, *, kind: str = "success") -> HttpResponse:
    """Say what happened, over the page as it is now."""
    if not request.htmx:
        level = {"success": messages.SUCCESS, "warning": messages.WARNING, "error": messages.ERROR}
        messages.add_message(request, level[kind], text)
        return redirect(f"/problems?cause={cause}")
    page = _page(request, cause)
    return trigger_client_event(page, "toast", {"text": text, "kind": kind})


def _page(
    request: DeskRequest, cause: str, *, after: str = "", refused: Refused = NOTHING
) -> HttpResponse:
    context = problem_context(
        request.workspace,
        stores_of(request),
        chosen=cause,
        after=after,
        refused=refused,
        now=clock.now(),
    )
    template = "web/problems/content.html" if request.htmx else "web/problems/page.html"
    return render(request, template, context)
