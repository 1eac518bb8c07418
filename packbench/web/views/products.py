"""Products and their weights: one at a time, ticked together, or as a table."""

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from django_htmx.http import trigger_client_event

from packbench.lib import clock
from packbench.lib.errors import Rejected
from packbench.orders.weighing import weigh_products
from packbench.orders.weighing_files import export_weights, import_weights
from packbench.web.doors import DeskRequest, member_page, shipper_page
from packbench.web.forms.products import BulkWeightForm, WeightForm, WeightsFileForm

PRODUCTS_SHOWN = 100


@member_page
def products(request: DeskRequest) -> HttpResponse:
    return products_page(request)


@require_POST
@shipper_page
def weigh(request: DeskRequest, product_id: str) -> HttpResponse:
    """Weigh one product; htmx gets its row back, the mended orders are told in a toast."""
    product = get_object_or_404(request.workspace.products, pk=product_id)
    form = WeightForm(request.POST)
    row = {"product": product, "form": form, "member": request.member}
    if not form.is_valid():
        return render(request, "web/products/row.html", row)
    grams = form.cleaned_data["weight_g"]
    mended = weigh_products(
        request.workspace, {product.sku: grams}, actor=request.user.pk, now=clock.now()
    )
    if not request.htmx:
        messages.success(request, weighed(1, mended))
        return redirect(_back(request))
    product.weight_g = grams
    answer = render(request, "web/products/row.html", {**row, "form": None})
    return trigger_client_event(answer, "toast", {"text": weighed(1, mended), "kind": "success"})


@require_POST
@shipper_page
def weigh_ticked(request: DeskRequest) -> HttpResponse:
    form = BulkWeightForm(request.POST.getlist("product"), request.POST)
    if not form.is_valid():
        return products_page(request, bulk_form=form)
    ticked = request.workspace.products.filter(pk__in=form.cleaned_data["product"])
    weights = dict.fromkeys(ticked.values_list("sku", flat=True), form.cleaned_data["weight_g"])
    mended = weigh_products(request.workspace, weights, actor=request.user.pk, now=clock.now())
    messages.success(request, weighed(len(weights), mended))
    return redirect(_back(request))


@member_page
def take_weights(request: DeskRequest) -> HttpResponse:
    answer = HttpResponse(export_weights(request.workspace), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="weights.csv"'
    return answer


@require_POST
@shipper_page
def upload_weights(request: DeskRequest) -> HttpResponse:
    form = WeightsFileForm(request.POST, request.FILES)
    if not form.is_valid():
        return products_page(request, file_form=form)
    try:
        result = import_weights(
            request.workspace,
            form.cleaned_data["weights"].read(),
            actor=request.user.pk,
            now=clock.now(),
        )
    except Rejected as error:
        return products_page(request, refused=error)
    if not result.refused:
        messages.success(request, weighed(result.weighed, result.mended))
        return redirect("products")
    return render(request, "web/products/uploaded.html", {"result": result})


def products_page(request: DeskRequest, **more: Any) -> HttpResponse:
    """The list, by page; `more` is what a form that was sent left to show."""
    text = request.GET.get("q", "").strip()[:100].replace("\0", "")
    is_unweighed = request.GET.get("show") == "unweighed"
    after = request.GET.get("after", "").replace("\0", "")
    found = request.workspace.products.order_by("sku")
    if is_unweighed:
        found = found.filter(weight_g__isnull=True)
    if text:
        found = found.filter(
            Q(sku__icontains=text) | Q(title__icontains=text) | Q(asin__iexact=text)
        )
    if after:
        found = found.filter(sku__gt=after)
    shown = list(found[: PRODUCTS_SHOWN + 1])
    context = {
        "products": shown[:PRODUCTS_SHOWN],
        "next_after": shown[PRODUCTS_SHOWN - 1].sku if len(shown) > PRODUCTS_SHOWN else "",
        "after": after,
        "q": text,
        "is_unweighed": is_unweighed,
        "bulk_form": WeightForm(),
        "file_form": WeightsFileForm(),
        **more,
    }
    return render(request, "web/products/list.html", context)


def weighed(count: int, mended: int) -> str:
    """Say how many products were weighed and what that did for orders."""
    done = ngettext("%(count)d product weighed.", "%(count)d products weighed.", count) % {
        "count": count
    }
    if not mended:
        return done
    cured = ngettext(
        "%(count)d waiting order has its weight now.",
        "%(count)d waiting orders have their weight now.",
        mended,
    ) % {"count": mended}
    return f"{done} {cured}"


def _back(request: HttpRequest) -> str:
    """The page of the list that the form stood on."""
    back = request.POST.get("back", "")
    is_ours = back.startswith("/products") and url_has_allowed_host_and_scheme(back, None)
    return back if is_ours else "products"
