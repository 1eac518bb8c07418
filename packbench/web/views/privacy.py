"""Personal data: how long it is kept, what was erased, who looked, and erasing one order now."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from packbench.channels.registry import open_channel
from packbench.lib import clock
from packbench.lib.errors import Rejected, RemoteError
from packbench.orders.refetching import readdress_order
from packbench.orders.retaining import change_retention, retention_of
from packbench.privacy.models import MOST_DAYS
from packbench.shipments.erasing import erase_now
from packbench.web.doors import DeskRequest, owner_page, shipper_page
from packbench.web.forms.privacy import EraseForm, RetentionForm
from packbench.web.order_page import rule_words
from packbench.web.privacy_page import looks_context, privacy_context, records_context
from packbench.web.saying import say
from packbench.web.views.answering import answer


@never_cache
@owner_page
def privacy(request: DeskRequest) -> HttpResponse:
    """The rules, what is due, the last sweeps; POST saves the days."""
    now = clock.now()
    retention = retention_of(request.workspace, now=now)
    form = RetentionForm(retention, request.POST or None)
    if request.method == "POST" and form.is_valid():
        days = {name: form.cleaned_data[name] for name in MOST_DAYS}
        change_retention(request.workspace, days, actor=request.user.pk, now=now)
        messages.success(request, gettext("Saved. All clocks are set anew within minutes."))
        return redirect("settings_privacy")
    context = privacy_context(request.workspace, now=now) | {"form": form, "retention": retention}
    return render(request, "web/settings/privacy.html", context)


@never_cache
@require_GET
@owner_page
def records(request: DeskRequest) -> HttpResponse:
    """What was erased, when and by which rule."""
    context = records_context(request.workspace, request.GET.get("after", ""))
    return render(request, "web/settings/erased.html", context)


@never_cache
@require_GET
@owner_page
def looks(request: DeskRequest) -> HttpResponse:
    """Who was shown which orders' personal data, and why."""
    context = looks_context(request.workspace, request.GET.get("after", ""))
    return render(request, "web/settings/looks.html", context)


@never_cache
@owner_page
def erase(request: DeskRequest) -> HttpResponse:
    """Erase one order's data on request: found by its number, meant, then done."""
    number = request.GET.get("number", "").replace("\x00", "").strip()[:50]
    row = request.workspace.orders.select_related("store").filter(external_id=number).first()
    if row is None:
        text = gettext("No order has the number %(number)s.") % {"number": number or "–"}
        return answer(request, text, back="settings_privacy", kind="error")
    form = EraseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        why = form.cleaned_data["why"]
        try:
            is_done = erase_now(row, why=why, actor=request.user.pk, now=clock.now())
        except Rejected as error:
            return answer(request, say(error.sentence), back="settings_privacy", kind="error")
        if is_done:
            return answer(request, gettext("The buyer's data was erased."), back=("order", row.pk))
        text = gettext(
            "A label of this order is being bought. Its data is erased as soon as that has ended."
        )
        return answer(request, text, back=("order", row.pk), kind="warning")
    context = {"order": row, "form": form, "rule": rule_words(row.erase_reason)}
    return render(request, "web/settings/erase.html", context)


@require_POST
@shipper_page
def readdress(request: DeskRequest, order_id: str) -> HttpResponse:
    """Fetch the erased address of an order that is still to be shipped."""
    orders = request.workspace.orders.select_related(
        "store__account__application", "store__account__workspace__key", "store__workspace__key"
    )
    row = get_object_or_404(orders, pk=order_id)
    back, account = ("order", row.pk), row.store.account
    try:
        channel = open_channel(account) if account else None
        is_new = readdress_order(row, channel, actor=request.user.pk, now=clock.now())
    except RemoteError as error:
        return answer(request, say(error.sentence), back=back, kind="error")
    text = gettext("Address fetched again.") if is_new else gettext("The address is here already.")
    return answer(request, text, back=back)
