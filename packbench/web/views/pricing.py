"""Own prices of a carrier account: zones, steps, surcharges, as a page and as a file."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from packbench.carriers.kinds import BY_CODE
from packbench.carriers.models import CarrierAccount
from packbench.carriers.pricing import add_rate_row, own_rates, remove_rate_row, upload_rates
from packbench.carriers.rate_file import COLUMNS, rows_of, write_file
from packbench.carriers.rate_table import PART_WORDS, RateTable
from packbench.lib import clock
from packbench.lib.errors import Rejected
from packbench.web.doors import DeskRequest, owner_page
from packbench.web.forms.pricing import FORMS, SERVICE_WORDS, PricesFileForm, RowForm, zone_word
from packbench.web.saying import money, say


@never_cache
@require_GET
@owner_page
def prices(request: DeskRequest, carrier_id: str) -> HttpResponse:
    return _page(request, _account(request, carrier_id))


@require_POST
@owner_page
def add(request: DeskRequest, carrier_id: str, kind: str) -> HttpResponse:
    """Add one row: a price, a zone or a surcharge."""
    account = _account(request, carrier_id)
    if kind not in FORMS:
        raise Http404
    form = FORMS[kind](own_rates(account), request.POST)
    if not form.is_valid():
        return _page(request, account, sent={kind: form})
    try:
        add_rate_row(account, form.row(), actor=request.user.pk, now=clock.now())
    except Rejected as error:
        form.add_error(None, say(error.sentence))
        return _page(request, account, sent={kind: form})
    messages.success(request, gettext("Prices saved. New labels cost what they say."))
    return redirect("settings_prices", account.pk)


@require_POST
@owner_page
def remove(request: DeskRequest, carrier_id: str) -> HttpResponse:
    account = _account(request, carrier_id)
    row = {name: request.POST.get(name, "") for name in COLUMNS}
    try:
        remove_rate_row(account, row, actor=request.user.pk, now=clock.now())
    except Rejected as error:
        messages.error(request, say(error.sentence))
    else:
        messages.success(request, gettext("Prices saved. New labels cost what they say."))
    return redirect("settings_prices", account.pk)


@require_GET
@owner_page
def download(request: DeskRequest, carrier_id: str) -> HttpResponse:
    account = _account(request, carrier_id)
    answer = HttpResponse(write_file(own_rates(account)), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="prices.csv"'
    return answer


@require_POST
@owner_page
def upload(request: DeskRequest, carrier_id: str) -> HttpResponse:
    """Put a file in place of all prices; rows that cannot be read are listed one by one."""
    account = _account(request, carrier_id)
    form = PricesFileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, account, file=form)
    content = form.cleaned_data["file"].read()
    try:
        said = upload_rates(account, content, actor=request.user.pk, now=clock.now())
    except Rejected as error:
        form.add_error("file", say(error.sentence))
        return _page(request, account, file=form)
    if said.refused:
        refused = [{"line": each.line, "why": say(each.reason)} for each in said.refused]
        return _page(request, account, file=form, refused=refused)
    messages.success(request, gettext("Prices saved. New labels cost what they say."))
    return redirect("settings_prices", account.pk)


def _page(
    request: DeskRequest,
    account: CarrierAccount,
    *,
    file: PricesFileForm | None = None,
    refused: list[dict[str, Any]] | None = None,
    sent: Mapping[str, RowForm] | None = None,
) -> HttpResponse:
    table = own_rates(account)
    rows = [_shown(row, table) for row in rows_of(table)]
    context = {
        "account": account,
        "currency": table.currency,
        "zones": [row for row in rows if row["kind"] == "zone"],
        "prices": sorted((row for row in rows if row["kind"] == "price"), key=_place),
        "surcharges": [row for row in rows if row["kind"] not in ("zone", "price")],
        "file_form": file or PricesFileForm(),
        "refused": refused or [],
        **{f"{kind}_form": (sent or {}).get(kind) or form(table) for kind, form in FORMS.items()},
    }
    status = 422 if refused else 200
    return render(request, "web/settings/prices.html", context, status=status)


def _shown(row: dict[str, str], table: RateTable) -> dict[str, Any]:
    """A row in words, and the cells that name it when it is removed."""
    own = next((zone for zone in table.zones if zone.name == row.get("zone")), None)
    price = next(
        (
            money(step.price, table.currency)
            for step in table.prices.get(row.get("service", ""), {}).get(row.get("zone", ""), ())
            if str(step.up_to_g) == row.get("up_to_g") and step.price is not None
        ),
        "",
    )
    return {
        "kind": row["row"],
        "cells": row.items(),
        "row": row,
        "service": SERVICE_WORDS.get(row.get("service", ""), ""),
        "zone": zone_word(row["zone"]) if row.get("zone") else "",
        "own": own,
        "price": price,
        "grams": int(row.get("up_to_g") or 0),
        "word": gettext(PART_WORDS[row["row"]]) if row["row"] in PART_WORDS else "",
    }


def _place(row: dict[str, Any]) -> tuple[str, str, int]:
    return (row["row"]["service"], row["row"]["zone"], row["grams"])


def _account(request: DeskRequest, carrier_id: str) -> CarrierAccount:
    rows = request.workspace.carrier_accounts.select_related("workspace")
    row = get_object_or_404(rows, pk=carrier_id)
    kind = BY_CODE.get(row.carrier)
    if kind is None or not kind.has_own_prices:
        raise Http404
    return row
