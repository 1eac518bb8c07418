"""Default weights: what a piece weighs where neither a person nor Amazon said so."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from packbench.lib import clock
from packbench.lib.errors import Rejected
from packbench.products.models import WeightRule
from packbench.products.ruling import add_rule, change_rule, move_rule, remove_rule
from packbench.web.context import stores_of
from packbench.web.doors import DeskRequest, owner_page
from packbench.web.forms.products import WeightRuleForm
from packbench.web.saying import say


@owner_page
def weights(request: DeskRequest) -> HttpResponse:
    """The default weights in the order in which they are tried; POST adds one."""
    form = WeightRuleForm(request.workspace, _sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            add_rule(request.workspace, form.ruling(), actor=request.user.pk, now=clock.now())
        except Rejected as error:
            form.add_error(None, say(error.sentence))
        else:
            return _saved(request)
    return weights_page(request, form=form)


@owner_page
def rule(request: DeskRequest, rule_id: str) -> HttpResponse:
    """Change one default weight."""
    row = _rule(request, rule_id)
    initial = {
        "weight_g": row.weight_g,
        "store": row.store_id,
        "tag": row.tag,
        "product_type": row.product_type,
        "sku_prefix": row.sku_prefix,
    }
    form = WeightRuleForm(request.workspace, _sent(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            change_rule(row, form.ruling(), actor=request.user.pk, now=clock.now())
        except Rejected as error:
            form.add_error(None, say(error.sentence))
        else:
            return _saved(request)
    return weights_page(request, form=form, changed=row)


@require_POST
@owner_page
def remove(request: DeskRequest, rule_id: str) -> HttpResponse:
    remove_rule(_rule(request, rule_id), actor=request.user.pk, now=clock.now())
    return _saved(request)


@require_POST
@owner_page
def move(request: DeskRequest, rule_id: str) -> HttpResponse:
    """Try it one place earlier or later."""
    by = -1 if request.POST.get("to") == "earlier" else 1
    move_rule(_rule(request, rule_id), by, actor=request.user.pk, now=clock.now())
    return _saved(request)


def weights_page(request: DeskRequest, **more: Any) -> HttpResponse:
    rows = list(
        request.workspace.weight_rules.select_related("store")
        .defer("store__brand_logo")
        .order_by("position", "id")
    )
    tags = request.workspace.products.exclude(product_type="").order_by("product_type")
    context = {
        "rules": [row for row in rows if not row.is_default],
        "defaults": sorted(
            (row for row in rows if row.is_default), key=lambda row: row.store_id is None
        ),
        "types": list(tags.values_list("product_type", flat=True).distinct()[:200]),
        "matched": [s for s in stores_of(request) if s.products_matched_to is not None],
        "off": [s for s in stores_of(request) if not s.has_default_weights],
        **more,
    }
    return render(request, "web/settings/weights.html", context)


def _sent(request: DeskRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _saved(request: DeskRequest) -> HttpResponse:
    messages.success(request, gettext("Saved. Open orders follow within moments."))
    return redirect("settings_weights")


def _rule(request: DeskRequest, rule_id: str) -> WeightRule:
    return get_object_or_404(request.workspace.weight_rules, pk=rule_id)
