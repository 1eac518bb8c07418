"""Doubts: a person says what became of a purchase that nobody else can look up."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from packbench.lib import clock
from packbench.lib.errors import Rejected
from packbench.lib.money import Money
from packbench.shipments.deciding import Finding, it_was_bought, it_was_not_bought
from packbench.shipments.status import TooLate
from packbench.web.doors import DeskRequest, shipper_page
from packbench.web.forms.carriers import amount_field
from packbench.web.saying import say
from packbench.web.views.answering import answer
from packbench.web.views.orders import first_error


class FindingForm(forms.Form):
    """What a person read in the carrier's own list."""

    tracking_number = forms.CharField(max_length=60, required=False)
    carrier_label_id = forms.CharField(max_length=80, required=False)
    cost = amount_field(_("Cost"))
    currency = forms.CharField(max_length=3, required=False)

    def finding(self) -> Finding:
        given = self.cleaned_data
        code = given["currency"].strip().upper()
        cost = Money(given["cost"], code) if given["cost"] and len(code) == 3 else None
        return Finding(given["tracking_number"], given["carrier_label_id"], cost)


@require_POST
@shipper_page
def bought(request: DeskRequest, shipment_id: str) -> HttpResponse:
    """It was bought: its tracking number is entered."""
    row = get_object_or_404(request.workspace.shipments.with_order(), pk=shipment_id)
    back, form = ("order", row.order_id), FindingForm(request.POST)
    if not form.is_valid():
        return answer(request, first_error(form), back=back, kind="error")
    try:
        it_was_bought(row, form.finding(), actor=request.user.pk, now=clock.now())
    except Rejected as error:
        return answer(request, say(error.sentence), back=back, kind="error")
    except TooLate:
        return answer(request, _too_late(), back=back, kind="error")
    text = gettext("Noted. Print the label at the carrier; Amazon is told of the parcel.")
    return answer(request, text, back=back)


@require_POST
@shipper_page
def not_bought(request: DeskRequest, shipment_id: str) -> HttpResponse:
    """It was not bought: ask the carrier again."""
    row = get_object_or_404(request.workspace.shipments.with_order(), pk=shipment_id)
    back = ("order", row.order_id)
    try:
        it_was_not_bought(row, actor=request.user.pk, now=clock.now())
    except Rejected as error:
        return answer(request, say(error.sentence), back=back, kind="error")
    except TooLate:
        return answer(request, _too_late(), back=back, kind="error")
    return answer(request, gettext("The label is asked for again."), back=back)


def _too_late() -> str:
    return gettext("Someone else changed this shipment first. Look at it again.")
