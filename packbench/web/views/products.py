"""Products: the list, one of them, ticked together, or as a table."""

from base64 import b64encode
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import condition, require_POST
from django_htmx.http import trigger_client_event

from packbench.lib import clock
from packbench.lib.errors import Rejected
from packbench.orders.cataloging import ask_about
from packbench.orders.editing import edit_products
from packbench.orders.product_files import (
    COLUMNS,
    ImportedProducts,
    export_products,
    import_products,
    refused_table,
)
from packbench.orders.weighing import weigh_products
from packbench.products.fetching import refusals
from packbench.products.models import Product
from packbench.web import saying
from packbench.web.doors import DeskRequest, member_page, shipper_page
from packbench.web.forms.products import BulkForm, ProductForm, ProductsFileForm, WeightForm
from packbench.web.product_names import naming_context
from packbench.web.product_rows import (
    Choice,
    chosen_products,
    filter_context,
    matching_products,
    product_row,
    product_rows,
    with_store,
)

WEIGHT_COLUMNS = ("sku", "weight_g")
REFUSED_SHOWN = 200
REPORTED = 500  # products whose changes are listed
MOST_AT_ONCE = 10_000


@member_page
def products(request: DeskRequest) -> HttpResponse:
    return products_page(request)


@member_page
def product(request: DeskRequest, product_id: str) -> HttpResponse:
    """Show one product, and save what was entered of it."""
    row = _product(request, product_id)
    if request.method != "POST":
        return product_page(request, row, ProductForm(row))
    return save(request, product_id)


@require_POST
@shipper_page
def save(request: DeskRequest, product_id: str) -> HttpResponse:
    row = _product(request, product_id)
    form = ProductForm(row, request.POST)
    if not form.is_valid():
        return product_page(request, row, form)
    edited = edit_products(
        request.workspace, {row.sku: form.cleaned_data}, actor=request.user.pk, now=clock.now()
    )
    messages.success(request, changed(edited.changed, edited.mended))
    return redirect("product", row.pk)


@member_page
def facts(request: DeskRequest, product_id: str) -> HttpResponse:
    """What Amazon says of the product: asked again while somebody waits for it."""
    row = _product(request, product_id)
    return render(request, "web/products/facts.html", _shown(request, row))


@require_POST
@shipper_page
def weigh(request: DeskRequest, product_id: str) -> HttpResponse:
    """Weigh one product; htmx gets its row back, the mended orders are told in a toast."""
    row = _product(request, product_id)
    form = WeightForm(request.POST)
    context = {"row": product_row(request.workspace, row), "form": form, "member": request.member}
    if not form.is_valid():
        return render(request, "web/products/row.html", context)
    grams = form.cleaned_data["weight_g"]
    mended = weigh_products(
        request.workspace, {row.sku: grams}, actor=request.user.pk, now=clock.now()
    )
    if not request.htmx:
        messages.success(request, weighed(1, mended))
        return redirect(_back(request))
    row.weight_g = grams
    context |= {"row": product_row(request.workspace, row), "form": None}
    answer = render(request, "web/products/row.html", context)
    return trigger_client_event(answer, "toast", {"text": weighed(1, mended), "kind": "success"})


@require_POST
@shipper_page
def edit_ticked(request: DeskRequest) -> HttpResponse:
    """Change the ticked products, or all that the list is narrowed to; say of each what changed."""
    form = BulkForm(request.POST.getlist("product"), request.POST)
    if not form.is_valid():
        return products_page(request, bulk_form=form, ticked=request.POST.getlist("product"))
    given = form.cleaned_data
    ticked = request.workspace.products.filter(pk__in=given["product"])
    if given["every"]:
        ticked = matching_products(request.workspace, _narrowed_to(request))
    skus = list(ticked.order_by("sku").values_list("sku", flat=True)[: MOST_AT_ONCE + 1])
    if len(skus) > MOST_AT_ONCE:
        messages.error(request, gettext("At most 10,000 products at once. Narrow the list."))
        return redirect(_back(request))
    changes = dict.fromkeys(skus, form.changes(given))
    edited = edit_products(request.workspace, changes, actor=request.user.pk, now=clock.now())
    messages.success(request, changed(edited.changed, edited.mended))
    context = {
        "rows": [(sku, _words_of(edited.fields.get(sku, ()))) for sku in skus[:REPORTED]],
        "more": max(0, len(skus) - REPORTED),
        "edited": edited,
        "same": len(skus) - edited.changed,
        "back": _back(request),
    }
    return render(request, "web/products/edited.html", context)


@require_POST
@shipper_page
def fetch(request: DeskRequest) -> HttpResponse:
    """Let the products be fetched from Amazon before all others."""
    wanted = request.POST.getlist("product")
    if not wanted:
        messages.warning(request, gettext("Tick the products to fetch."))
        return redirect(_back(request))
    asked = ask_about(request.workspace, wanted)
    missed = request.workspace.products.filter(pk__in=wanted).count() - asked
    if asked:
        text = ngettext(
            "Amazon is asked about %(count)d product.",
            "Amazon is asked about %(count)d products.",
            asked,
        )
        messages.success(request, text % {"count": asked})
    if missed:
        text = ngettext(
            "%(count)d product is sold in no store that is connected to Amazon and not paused.",
            "%(count)d products are sold in no store that is connected to Amazon and not paused.",
            missed,
        )
        messages.warning(request, text % {"count": missed})
    return redirect(_back(request))


def _version(request: HttpRequest, product_id: str) -> str | None:
    version = request.GET.get("v", "")
    return f'"{version}"' if version.isalnum() and len(version) <= 16 else None


@member_page
@cache_control(private=True, max_age=31_536_000, immutable=True)
def image(request: DeskRequest, product_id: str) -> HttpResponse:
    """Our copy of the product's picture. Its address changes with it."""
    pictured = request.workspace.products.filter(image__isnull=False).select_related("image")
    row = get_object_or_404(pictured, pk=product_id)
    return _picture(request, product_id, bytes(row.image.content))


@condition(etag_func=lambda request, product_id, content: _version(request, product_id))
def _picture(request: HttpRequest, product_id: str, content: bytes) -> HttpResponse:
    answer = HttpResponse(content, content_type="image/webp")
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@member_page
def take_table(request: DeskRequest) -> HttpResponse:
    return _table(export_products(request.workspace, COLUMNS), "products.csv")


@member_page
def take_weights(request: DeskRequest) -> HttpResponse:
    return _table(export_products(request.workspace, WEIGHT_COLUMNS), "weights.csv")


@require_POST
@shipper_page
def upload_table(request: DeskRequest) -> HttpResponse:
    form = ProductsFileForm(request.POST, request.FILES)
    if not form.is_valid():
        return products_page(request, file_form=form)
    try:
        result = import_products(
            request.workspace,
            form.cleaned_data["table"].read(),
            actor=request.user.pk,
            now=clock.now(),
        )
    except Rejected as error:
        return products_page(request, refused=error)
    if not result.refused:
        messages.success(request, changed(result.changed, result.mended))
        return redirect("products")
    return _uploaded(request, result)


def products_page(request: DeskRequest, **more: Any) -> HttpResponse:
    """The list, by page; `more` is what a form that was sent left to show."""
    choice = Choice.read(request.GET)
    shown, next_after = chosen_products(request.workspace, choice)
    context = {
        "rows": product_rows(request.workspace, shown),
        "choice": choice,
        "next_after": next_after,
        "next_url": choice.url(after=next_after) if next_after else "",
        "refusals": refusals(request.workspace, now=clock.now()),
        "bulk_form": BulkForm([]),
        **filter_context(request.workspace, choice),
        "file_form": ProductsFileForm(),
        **more,
    }
    return render(request, "web/products/list.html", context)


def product_page(
    request: DeskRequest, row: Product, form: ProductForm, **more: Any
) -> HttpResponse:
    """One product; `more` are other forms of the page that were sent."""
    context = {**_shown(request, row), "form": form, **more}
    return render(request, "web/products/product.html", context)


def weighed(count: int, mended: int) -> str:
    """Say how many products were weighed and what that did for orders."""
    done = ngettext("%(count)d product weighed.", "%(count)d products weighed.", count)
    return _and_mended(done % {"count": count}, mended)


def changed(count: int, mended: int) -> str:
    """Say how many products were changed and what that did for orders."""
    if not count:
        return gettext("Nothing was to be changed.")
    done = ngettext("%(count)d product changed.", "%(count)d products changed.", count)
    return _and_mended(done % {"count": count}, mended)


def _and_mended(done: str, mended: int) -> str:
    if not mended:
        return done
    cured = ngettext(
        "%(count)d waiting order is mended.",
        "%(count)d waiting orders are mended.",
        mended,
    ) % {"count": mended}
    return f"{done} {cured}"


def _narrowed_to(request: DeskRequest) -> Choice:
    """What the list was narrowed to when the form was sent."""
    return Choice.read(QueryDict(urlsplit(request.POST.get("back", "")).query))


def _words_of(names: Iterable[str]) -> str:
    """The names of fields, in words."""
    columns: dict[str, Any] = {field.name: field for field in Product._meta.concrete_fields}
    return ", ".join(str(columns[name].verbose_name) for name in names)


def _product(request: DeskRequest, product_id: str) -> Product:
    return get_object_or_404(with_store(request.workspace.products.all()), pk=product_id)


def _shown(request: DeskRequest, row: Product) -> dict[str, Any]:
    held = refusals(request.workspace, now=clock.now())
    own = row.store.account_id if row.store else None
    refusal = next((each for each in held if each.account_id == own), None)
    return {
        "row": product_row(request.workspace, row),
        "refusal": refusal,
        "is_waiting": row.is_fetch_asked and refusal is None,
        **naming_context(request.workspace, row),
    }


def _uploaded(request: DeskRequest, result: ImportedProducts) -> HttpResponse:
    table = "".join(refused_table(result.refused, saying.say)).encode("utf-8-sig")
    context = {
        "result": result,
        "shown": result.refused[:REFUSED_SHOWN],
        "table": b64encode(table).decode(),
    }
    return render(request, "web/products/uploaded.html", context)


def _table(lines: Iterator[str], name: str) -> HttpResponse:
    answer = HttpResponse(lines, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _back(request: HttpRequest) -> str:
    """The page of the list that the form stood on."""
    back = request.POST.get("back", "")
    is_ours = back.startswith("/products") and url_has_allowed_host_and_scheme(back, None)
    return back if is_ours else "products"
