"""Parcels: handing over, correcting, and marking as shipped what was bought elsewhere."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from packbench.lib import clock
from packbench.lib.errors import RemoteError
from packbench.orders.models import Order
from packbench.shipments.choosing import NoWarehouse, ways_of
from packbench.shipments.correcting import Correction, correct_parcel
from packbench.shipments.handing_over import hand_over
from packbench.shipments.marking import Elsewhere, mark_as_shipped
from packbench.shipments.planning import Means
from packbench.shipments.status import TooLate
from packbench.web import shipment_list
from packbench.web.doors import DeskRequest, shipper_page
from packbench.web.saying import say
from packbench.web.views.answering import answer
from packbench.web.views.labels import no_warehouse
from packbench.web.views.orders import first_error

MOST = 99_999


class ParcelForm(forms.Form):
    """What a person knows of a parcel: its carrier, its number, the method."""

    carrier = forms.CharField(max_length=60, required=False)
    tracking_number = forms.CharField(
        max_length=60,
        error_messages={
            "required": _("Enter the tracking number: Amazon takes no parcel without one."),
            "max_length": _("The tracking number may have 60 characters at most."),
        },
    )
    method = forms.CharField(max_length=60, required=False)


@require_POST
@shipper_page
def hand_over_parcels(request: DeskRequest) -> HttpResponse:
    """The ticked ones, or all of today of one carrier."""
    now = clock.now()
    if "account" in request.POST:
        account = request.POST["account"]
        today = shipment_list.todays(request.workspace, now=now)
        ids = list(today.filter(carrier_account=account).values_list("pk", flat=True))
    else:
        ticked = request.POST.getlist("shipment")
        ours = request.workspace.shipments.filter(pk__in=ticked)
        ids = list(ours.values_list("pk", flat=True))
    if not ids:
        return answer(request, gettext("Tick a parcel first."), back="shipments", kind="error")
    count = hand_over(ids, actor=request.user.pk, now=now)
    text = ngettext("%(count)s parcel handed over.", "%(count)s parcels handed over.", count) % {
        "count": count
    }
    kind = "success" if count else "warning"
    back = request.POST.get("order", "")
    return answer(request, text, back=("order", back) if back else "shipments", kind=kind)


@require_POST
@shipper_page
def correct(request: DeskRequest, shipment_id: str) -> HttpResponse:
    """Correct what Amazon is told of a parcel (SEED-65)."""
    row = get_object_or_404(request.workspace.shipments.with_order(), pk=shipment_id)
    back, form = ("order", row.order_id), ParcelForm(request.POST)
    if not form.is_valid():
        return answer(request, first_error(form), back=back, kind="error")
    given = form.cleaned_data
    correction = Correction(given["tracking_number"], given["carrier"], given["method"])
    try:
        is_new = correct_parcel(row, correction, actor=request.user.pk, now=clock.now())
    except RemoteError as error:
        return answer(request, say(error.sentence), back=back, kind="error")
    if not is_new:
        text = gettext("Nothing was changed: it says so already.")
        return answer(request, text, back=back, kind="warning")
    text = gettext("Corrected. Amazon is told of it if it knows the parcel already.")
    return answer(request, text, back=back)


@require_POST
@shipper_page
def mark(request: DeskRequest, order_id: str) -> HttpResponse:
    """Note a parcel whose label was bought elsewhere, and tell Amazon of it."""
    order = get_object_or_404(request.workspace.orders, pk=order_id)
    back, form = ("order", order.pk), ParcelForm(request.POST)
    if not form.is_valid():
        return answer(request, first_error(form), back=back, kind="error")
    given = form.cleaned_data
    parcel = Elsewhere(
        given["carrier"], given["tracking_number"], given["method"], _pieces(request, order)
    )
    try:
        ways = ways_of(request.workspace, now=clock.now())
        means = Means(ways.account, ways.warehouse, ways.account.default_service)
        mark_as_shipped(order, parcel, means, actor=request.user.pk, now=clock.now())
    except NoWarehouse:
        return no_warehouse(request)
    except RemoteError as error:
        return answer(request, say(error.sentence), back=back, kind="error")
    except TooLate:
        text = gettext("Someone else changed this order first. Look at it again.")
        return answer(request, text, back=back, kind="error")
    return answer(request, gettext("Marked as shipped. Amazon is told of it."), back=back)


def _pieces(request: DeskRequest, order: Order) -> dict[str, int] | None:
    """How many pieces of each item a person said are in the parcel; all where nothing was said."""
    said = {item.pk: request.POST.get(f"pieces_{item.pk}", "") for item in order.items.all()}
    if not any(said.values()):
        return None
    return {pk: min(int(count), MOST) for pk, count in said.items() if _is_number(count)}


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 7
