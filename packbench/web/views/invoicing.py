"""Carriers' invoices, and what every label cost, cent by cent."""

from base64 import b64encode
from typing import Any

from django.contrib import messages
from django.db.models import Count, Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from packbench.carriers.models import CarrierAccount
from packbench.lib import clock
from packbench.lib.errors import Rejected
from packbench.shipments.invoice_file import refused_file
from packbench.shipments.invoicing import (
    ImportedInvoice,
    import_invoice,
    remembered_columns,
)
from packbench.web.cost_list import costs_context
from packbench.web.doors import DeskRequest, owner_page, shipper_page
from packbench.web.forms.invoicing import InvoiceForm, initial_of
from packbench.web.saying import money, say

SHOWN = 200
INVOICES = 50


@never_cache
@require_GET
@owner_page
def invoices(request: DeskRequest, carrier_id: str) -> HttpResponse:
    """The invoices of one account, the newest first, and the form for another one."""
    return _page(request, _account(request, carrier_id))


@require_POST
@owner_page
def upload(request: DeskRequest, carrier_id: str) -> HttpResponse:
    account = _account(request, carrier_id)
    form = InvoiceForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, account, form=form)
    content = form.cleaned_data["file"].read()
    try:
        done = import_invoice(
            account, content, form.wanted(), actor=request.user.pk, now=clock.now()
        )
    except Rejected as error:
        form.add_error(None, say(error.sentence))
        return _page(request, account, form=form)
    if not done.unmatched:
        messages.success(request, summary(done))
        return redirect("settings_invoices", account.pk)
    reasons = {line: say(why) for line, why in done.unmatched.items()}
    context = {
        "account": account,
        "summary": summary(done),
        "left": [{"line": line, "why": reasons[line]} for line in sorted(reasons)[:SHOWN]],
        "count": len(reasons),
        "table": b64encode(refused_file(content, reasons)).decode(),
    }
    return render(request, "web/settings/invoice_left.html", context)


@never_cache
@require_GET
@shipper_page
def costs(request: DeskRequest) -> HttpResponse:
    """What every label cost: quoted, bought, adjusted, refunded; htmx asks for more rows."""
    context = costs_context(request.workspace, request.GET, now=clock.now())
    is_more = request.htmx and "after" in request.GET
    template = "web/costs/rows.html" if is_more else "web/costs/list.html"
    return render(request, template, context)


def summary(done: ImportedInvoice) -> str:
    """Say what a file brought."""
    said = ngettext("%(count)d row is new.", "%(count)d rows are new.", done.matched)
    parts = [said % {"count": done.matched}]
    if done.known:
        again = ngettext(
            "%(count)d row was here already.", "%(count)d rows were here already.", done.known
        )
        parts.append(again % {"count": done.known})
    if done.adjusted:
        sums = ", ".join(money(amount, code) for code, amount in sorted(done.sums.items()))
        booked = ngettext(
            "%(count)d label cost something else than was paid: %(sums)s in all.",
            "%(count)d labels cost something else than was paid: %(sums)s in all.",
            done.adjusted,
        )
        parts.append(booked % {"count": done.adjusted, "sums": sums})
    else:
        parts.append(gettext("Nothing differs from what was paid."))
    return " ".join(parts)


def _page(
    request: DeskRequest, account: CarrierAccount, *, form: InvoiceForm | None = None
) -> HttpResponse:
    rows = account.invoices.order_by("-uploaded_at", "-id")[:INVOICES]
    lines = (
        account.invoices.filter(pk__in=[row.pk for row in rows])
        .values_list("pk", "lines__currency")
        .annotate(total=Sum("lines__amount"), count=Count("lines"))
        .order_by("pk")
    )
    sums: dict[str, list[dict[str, Any]]] = {}
    for invoice_id, currency, total, count in lines:
        if count:
            sums.setdefault(invoice_id, []).append(
                {"amount": money(total, currency), "count": count}
            )
    context = {
        "account": account,
        "form": form or InvoiceForm(initial=initial_of(remembered_columns(account))),
        "invoices": [{"row": row, "sums": sums.get(row.pk, [])} for row in rows],
    }
    return render(request, "web/settings/invoices.html", context)


def _account(request: DeskRequest, carrier_id: str) -> CarrierAccount:
    rows = request.workspace.carrier_accounts.select_related("workspace")
    return get_object_or_404(rows, pk=carrier_id)
