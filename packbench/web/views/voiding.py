"""Settings › Carriers › Taking labels back: for how long each does, as of when, and who says so."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from packbench.carriers.kinds import BY_CODE
from packbench.carriers.models import CarrierAccount
from packbench.carriers.registry import default_account
from packbench.carriers.void_days import correct_void_days, known_void_days, void_days_of
from packbench.lib import clock
from packbench.web.doors import DeskRequest, owner_page
from packbench.web.forms.shipping import VoidDaysForm


@never_cache
@require_GET
@owner_page
def void_days(request: DeskRequest) -> HttpResponse:
    """What counts for each carrier of the workspace."""
    return _page(request)


@require_POST
@owner_page
def correct(request: DeskRequest, carrier_id: str) -> HttpResponse:
    """Let the seller's own number count, or Packbench's again."""
    row = get_object_or_404(request.workspace.carrier_accounts, pk=carrier_id)
    form = VoidDaysForm(request.POST, prefix=row.pk)
    if not form.is_valid():
        return _page(request, sent=(row.pk, form))
    given, now = form.cleaned_data, clock.now()
    correct_void_days(row, given["days"], note=given["note"], actor=request.user.pk, now=now)
    messages.success(request, gettext("Saved. It counts from now on, for old labels as well."))
    return redirect("settings_void_days")


def _page(request: DeskRequest, *, sent: tuple[str, VoidDaysForm] | None = None) -> HttpResponse:
    default_account(request.workspace, now=clock.now())
    rows = request.workspace.carrier_accounts.in_use().order_by("-is_default", "name")
    refused = dict([sent]) if sent else {}
    context = {"lines": [_line(row, refused.get(row.pk)) for row in rows]}
    status = 400 if sent else 200
    return render(request, "web/settings/void_days.html", context, status=status)


def _line(row: CarrierAccount, sent: VoidDaysForm | None) -> dict[str, Any]:
    counts, kind = void_days_of(row), BY_CODE.get(row.carrier)
    initial = {"days": row.own_void_days, "note": row.own_void_note}
    return {
        "row": row,
        "kind": gettext(kind.name) if kind else row.carrier,
        "counts": counts,
        "note": counts.note if counts.is_own or not counts.note else gettext(counts.note),
        "known": known_void_days(row.carrier),
        "form": sent or VoidDaysForm(initial=initial, prefix=row.pk),
        "is_open": sent is not None,
    }
