"""Currencies: which one amounts are shown in as well, and the rates for it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from packbench.currencies.keeping import (
    ImportedRates,
    choose_currency,
    display_currency,
    enter_rate,
    import_rates,
    remove_rate,
)
from packbench.lib import clock
from packbench.lib.errors import Rejected
from packbench.web.doors import DeskRequest, owner_page
from packbench.web.forms.rates import DisplayForm, RateForm, RatesForm
from packbench.web.rate_list import rates_context
from packbench.web.saying import say


@never_cache
@require_GET
@owner_page
def currencies(request: DeskRequest) -> HttpResponse:
    return _page(request)


@require_POST
@owner_page
def choose(request: DeskRequest) -> HttpResponse:
    form = DisplayForm(request.POST)
    if not form.is_valid():
        return _page(request, display_form=form)
    code = form.cleaned_data["currency"]
    try:
        choose_currency(request.workspace, code, actor=request.user.pk, now=clock.now())
    except Rejected as error:
        form.add_error("currency", say(error.sentence))
        return _page(request, display_form=form)
    messages.success(request, gettext("Saved."))
    return redirect("settings_currencies")


@require_POST
@owner_page
def upload(request: DeskRequest) -> HttpResponse:
    form = RatesForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, rates_form=form)
    content = form.cleaned_data["file"].read()
    try:
        done = import_rates(request.workspace, content, actor=request.user.pk, now=clock.now())
    except Rejected as error:
        form.add_error("file", say(error.sentence))
        return _page(request, rates_form=form)
    messages.success(request, _imported(done))
    return redirect("settings_currencies")


@require_POST
@owner_page
def enter(request: DeskRequest) -> HttpResponse:
    form = RateForm(request.POST)
    if not form.is_valid():
        return _page(request, rate_form=form)
    given = form.cleaned_data
    try:
        enter_rate(
            request.workspace,
            given["on"],
            given["base"],
            given["currency"],
            given["rate"],
            actor=request.user.pk,
            now=clock.now(),
        )
    except Rejected:
        text = gettext(
            "Write the day, two different currencies by their three letters, and a rate above zero."
        )
        form.add_error("rate", text)
        return _page(request, rate_form=form)
    messages.success(request, gettext("Rate saved."))
    return redirect("settings_currencies")


@require_POST
@owner_page
def remove(request: DeskRequest, rate_id: int) -> HttpResponse:
    row = get_object_or_404(request.workspace.rates, pk=rate_id)
    remove_rate(row, actor=request.user.pk, now=clock.now())
    messages.success(request, gettext("Rate removed."))
    return redirect("settings_currencies")


def _page(request: DeskRequest, **forms: Any) -> HttpResponse:
    chosen = display_currency(request.workspace)
    context = {
        "display_form": DisplayForm(initial={"currency": chosen}),
        "rates_form": RatesForm(),
        "rate_form": RateForm(initial={"on": clock.now().date().isoformat(), "currency": chosen}),
        "chosen": chosen,
        **rates_context(request.workspace, chosen),
        **forms,
    }
    return render(request, "web/settings/currencies.html", context)


def _imported(done: ImportedRates) -> str:
    if done.first is None or done.last is None:
        return gettext("All rates of this file are older than three years: none was kept.")
    text = gettext("%(n)s rates from %(first)s to %(last)s are here; %(new)s of them are new.") % {
        "n": number_format(done.found - done.too_old, force_grouping=True),
        "first": date_format(done.first),
        "last": date_format(done.last),
        "new": number_format(done.changed, force_grouping=True),
    }
    if done.too_old:
        old = gettext("%(n)s are older than three years and were left out.")
        text = f"{text} {old % {'n': number_format(done.too_old, force_grouping=True)}}"
    return text
