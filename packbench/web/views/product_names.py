"""The names and the picture of one product: added, taken away, merged, split, uploaded."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from packbench.lib import clock
from packbench.lib.errors import Rejected
from packbench.products.models import Product
from packbench.products.naming import (
    add_name,
    merge_products,
    read_name,
    remove_name,
    split_product,
)
from packbench.products.picturing import keep_picture, remove_picture
from packbench.web.doors import DeskRequest, shipper_page
from packbench.web.forms.products import MergeForm, NameForm, PictureForm, ProductForm
from packbench.web.product_rows import with_store
from packbench.web.saying import say
from packbench.web.views.products import product_page


@require_POST
@shipper_page
def add(request: DeskRequest, product_id: str) -> HttpResponse:
    row = _product(request, product_id)
    form = NameForm(request.workspace, request.POST)

    def act() -> str:
        given = form.cleaned_data
        name = read_name(given["kind"], given["value"], given["store"])
        add_name(row, name, actor=request.user.pk, now=clock.now())
        return gettext("Saved. Open orders follow within moments.")

    return _act(request, row, form, "value", act, name_form=form)


@require_POST
@shipper_page
def remove(request: DeskRequest, product_id: str, alias_id: int) -> HttpResponse:
    row = _product(request, product_id)
    alias = get_object_or_404(row.aliases.select_related("product"), pk=alias_id)
    remove_name(alias, actor=request.user.pk, now=clock.now())
    messages.success(request, gettext("Name removed. Open orders follow within moments."))
    return redirect("product", row.pk)


@require_POST
@shipper_page
def merge(request: DeskRequest, product_id: str) -> HttpResponse:
    """Let another product stand for this one."""
    row = _product(request, product_id)
    form = MergeForm(request.POST)

    def act() -> str:
        sku = form.cleaned_data["into"].strip()
        into = request.workspace.products.filter(sku=sku).first()
        if into is None:
            form.add_error("into", gettext("There is no product with this SKU."))
            return ""
        merge_products(row, into, actor=request.user.pk, now=clock.now())
        return gettext("%(sku)s is %(into)s from now on. Open orders follow within moments.") % {
            "sku": row.sku,
            "into": into.sku,
        }

    return _act(request, row, form, "into", act, merge_form=form)


@require_POST
@shipper_page
def split(request: DeskRequest, product_id: str) -> HttpResponse:
    """Let a merged product stand for itself again."""
    row = _product(request, product_id)
    try:
        split_product(row, actor=request.user.pk, now=clock.now())
    except Rejected as error:
        messages.error(request, say(error.sentence))
    else:
        text = gettext("%(sku)s stands for itself again. Open orders follow within moments.")
        messages.success(request, text % {"sku": row.sku})
    return redirect("product", row.pk)


@require_POST
@shipper_page
def picture(request: DeskRequest, product_id: str) -> HttpResponse:
    """Keep an uploaded picture, or go back to Amazon's."""
    row = _product(request, product_id)
    if "remove" in request.POST:
        remove_picture(row, actor=request.user.pk, now=clock.now())
        messages.success(request, gettext("Picture removed."))
        return redirect("product", row.pk)
    form = PictureForm(request.POST, request.FILES)

    def act() -> str:
        content = form.cleaned_data["picture"].read()
        keep_picture(row, content, actor=request.user.pk, now=clock.now())
        return gettext("Picture saved.")

    return _act(request, row, form, "picture", act, picture_form=form)


def _act(
    request: DeskRequest, row: Product, form: Any, field: str, act: Callable[[], str], **shown: Any
) -> HttpResponse:
    """Do it where the form is right; what is refused stays beside the field."""
    if form.is_valid():
        try:
            said = act()
        except Rejected as error:
            form.add_error(field, say(error.sentence))
        else:
            if said:
                messages.success(request, said)
                return redirect("product", row.pk)
    return product_page(request, row, ProductForm(row), **shown)


def _product(request: DeskRequest, product_id: str) -> Product:
    return get_object_or_404(with_store(request.workspace.products.all()), pk=product_id)
