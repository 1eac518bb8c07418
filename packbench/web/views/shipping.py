"""What parcels are sent with: warehouses, package types, presets, service rules, tax numbers."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from packbench.carriers.keeping import Kept, choose_box, drop, keep
from packbench.carriers.models import PackageType, Preset, ServiceRule, TaxNumber
from packbench.carriers.settling import choose_warehouse, save_warehouse
from packbench.lib import clock
from packbench.lib.errors import Rejected
from packbench.web.doors import DeskRequest, owner_page
from packbench.web.forms.shipping import (
    PackageForm,
    PresetForm,
    RuleForm,
    TaxNumberForm,
    WarehouseForm,
)
from packbench.web.saying import say, service_word


@never_cache
@require_GET
@owner_page
def warehouses(request: DeskRequest) -> HttpResponse:
    return _warehouses_page(request)


@owner_page
def warehouse(request: DeskRequest, warehouse_id: str = "") -> HttpResponse:
    """Add a warehouse or change one."""
    row = None
    if warehouse_id:
        row = get_object_or_404(request.workspace.warehouses, pk=warehouse_id)
    initial = WarehouseForm.initial_of(row) if row else {"pickup_days": [0, 1, 2, 3, 4]}
    form = WarehouseForm(request.POST or None, initial=initial)
    refused = None
    if "fill" in request.POST:
        form = form.with_public_holidays(today=clock.now().date())
    elif request.method == "POST" and form.is_valid():
        try:
            save_warehouse(
                request.workspace,
                form.ship_from(),
                form.calendar(),
                warehouse=row,
                actor=request.user.pk,
                now=clock.now(),
            )
        except Rejected as error:
            refused = error
        else:
            messages.success(request, gettext("Address saved. New labels use it."))
            return redirect("settings_warehouses")
    context = {"form": form, "warehouse": row, "refused": refused}
    return render(request, "web/settings/address.html", context)


@require_POST
@owner_page
def default_warehouse(request: DeskRequest, warehouse_id: str) -> HttpResponse:
    row = get_object_or_404(request.workspace.warehouses, pk=warehouse_id)
    choose_warehouse(row, actor=request.user.pk, now=clock.now())
    messages.success(request, gettext("New parcels leave from this address."))
    return redirect("settings_warehouses")


@require_POST
@owner_page
def tax_number(request: DeskRequest) -> HttpResponse:
    row = TaxNumber(workspace=request.workspace)
    form = TaxNumberForm(request.POST, instance=row)
    if form.is_valid() and _kept(request, form, form.save(commit=False)):
        messages.success(request, gettext("Tax number saved."))
        return redirect("settings_warehouses")
    return _warehouses_page(request, tax_form=form)


@require_POST
@owner_page
def remove_tax_number(request: DeskRequest, row_id: str) -> HttpResponse:
    return _removed(request, request.workspace.tax_numbers, row_id, "settings_warehouses")


@never_cache
@owner_page
def packages(request: DeskRequest, row_id: str = "") -> HttpResponse:
    """The package types; POST adds one or changes the given one."""
    row = _given(request.workspace.package_types, row_id) or PackageType(
        workspace=request.workspace
    )
    form = PackageForm(_sent(request), instance=row)
    is_sent = request.method == "POST" and form.is_valid()
    if is_sent and _kept(request, form, form.save(commit=False)):
        messages.success(request, gettext("Package type saved."))
        return redirect("settings_packages")
    context = {
        "form": form,
        "changed": row if row_id else None,
        "rows": request.workspace.package_types.order_by("-is_default", "name"),
    }
    return render(request, "web/settings/packages.html", context)


@require_POST
@owner_page
def default_package(request: DeskRequest, row_id: str) -> HttpResponse:
    row = get_object_or_404(request.workspace.package_types, pk=row_id)
    is_default = request.POST.get("is_default") == "yes"
    choose_box(row, is_default=is_default, actor=request.user.pk, now=clock.now())
    return redirect("settings_packages")


@require_POST
@owner_page
def remove_package(request: DeskRequest, row_id: str) -> HttpResponse:
    return _removed(request, request.workspace.package_types, row_id, "settings_packages")


@never_cache
@owner_page
def presets(request: DeskRequest, row_id: str = "") -> HttpResponse:
    """The presets; POST adds one or changes the given one."""
    row = _given(request.workspace.presets, row_id) or Preset(workspace=request.workspace)
    form = PresetForm(request.workspace, _sent(request), instance=row)
    if request.method == "POST" and form.is_valid() and _kept(request, form, form.row()):
        messages.success(request, gettext("Preset saved."))
        return redirect("settings_presets")
    rows = request.workspace.presets.select_related("carrier_account", "package_type")
    context = {
        "form": form,
        "changed": row if row_id else None,
        "rows": rows.order_by("hotkey", "name"),
    }
    return render(request, "web/settings/presets.html", context)


@require_POST
@owner_page
def remove_preset(request: DeskRequest, row_id: str) -> HttpResponse:
    return _removed(request, request.workspace.presets, row_id, "settings_presets")


@never_cache
@owner_page
def rules(request: DeskRequest, row_id: str = "") -> HttpResponse:
    """The service rules, the closest first; POST adds one or changes the given one."""
    row = _given(request.workspace.service_rules, row_id) or ServiceRule(
        workspace=request.workspace
    )
    form = RuleForm(request.workspace, _sent(request), instance=row)
    is_sent = request.method == "POST" and form.is_valid()
    if is_sent and _kept(request, form, form.save(commit=False)):
        messages.success(request, gettext("Service rule saved."))
        return redirect("settings_service_rules")
    found = request.workspace.service_rules.select_related(
        "carrier_account", "package_type", "store"
    ).defer("store__brand_logo")
    lines = [{"row": each, "level": service_word(each.service_level)} for each in found]
    context = {
        "form": form,
        "changed": row if row_id else None,
        "lines": sorted(lines, key=_by_closeness),
        "default": request.workspace.carrier_accounts.filter(is_default=True).first(),
    }
    return render(request, "web/settings/service_rules.html", context)


@require_POST
@owner_page
def remove_rule(request: DeskRequest, row_id: str) -> HttpResponse:
    return _removed(request, request.workspace.service_rules, row_id, "settings_service_rules")


def _warehouses_page(request: DeskRequest, **more: Any) -> HttpResponse:
    context = {
        "warehouses": request.workspace.warehouses.order_by("-is_default", "name"),
        "tax_numbers": request.workspace.tax_numbers.order_by("kind", "country"),
        "tax_form": TaxNumberForm(),
        **more,
    }
    return render(request, "web/settings/warehouses.html", context)


def _given(rows: Any, row_id: str) -> Any:
    return get_object_or_404(rows, pk=row_id) if row_id else None


def _kept(request: DeskRequest, form: Any, row: Kept) -> bool:
    """Whether it was saved; else the form says why not."""
    try:
        keep(row, actor=request.user.pk, now=clock.now())
    except Rejected as error:
        form.add_error(None, say(error.sentence))
        return False
    return True


def _removed(request: DeskRequest, rows: Any, row_id: str, back: str) -> HttpResponse:
    drop(get_object_or_404(rows, pk=row_id), actor=request.user.pk, now=clock.now())
    messages.success(request, gettext("Removed."))
    return redirect(back)


def _sent(request: DeskRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _by_closeness(line: dict[str, Any]) -> tuple[bool, bool, bool, str]:
    row = line["row"]
    store = row.store.name if row.store else ""
    return (row.store_id is None, not row.service_level, not row.destination, store)
