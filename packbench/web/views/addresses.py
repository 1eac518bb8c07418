"""The address of an order: what is suggested for it, and it in Latin letters."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from packbench.lib import clock
from packbench.lib.errors import Rejected
from packbench.lib.postal.suggesting import suggested
from packbench.orders.addressing import enter_address
from packbench.orders.romanizing import NO_PLACE, use_latin, use_native
from packbench.orders.sealing import place_of
from packbench.privacy.models import opened_if_alive
from packbench.web.doors import DeskRequest, shipper_page
from packbench.web.forms.addresses import LatinForm
from packbench.web.saying import say
from packbench.web.views.answering import answer
from packbench.web.views.orders import first_error


@require_POST
@shipper_page
def latin(request: DeskRequest, order_id: str) -> HttpResponse:
    """Let labels use what is in the form."""
    row = get_object_or_404(request.workspace.orders.select_related("key__parent"), pk=order_id)
    back, form = ("order", row.pk), LatinForm(request.POST)
    if not form.is_valid():
        return answer(request, first_error(form), back=back, kind="error")
    place = place_of(row, opened_if_alive(row.key))
    try:
        if place is None:
            raise Rejected(NO_PLACE, code="no_address")
        use_latin(row, form.address(place), actor=request.user.pk, now=clock.now())
    except Rejected as error:
        return answer(request, say(error.sentence), back=back, kind="error")
    return answer(request, gettext("Labels write the address in Latin letters."), back=back)


@require_POST
@shipper_page
def native(request: DeskRequest, order_id: str) -> HttpResponse:
    """Let labels use the address as it came."""
    row = get_object_or_404(request.workspace.orders, pk=order_id)
    use_native(row, actor=request.user.pk, now=clock.now())
    return answer(request, gettext("Labels write the address as it came."), back=("order", row.pk))


@require_POST
@shipper_page
def suggestion(request: DeskRequest, order_id: str) -> HttpResponse:
    """Take one suggestion: the address with it is entered here, beside the store's own."""
    row = get_object_or_404(request.workspace.orders.select_related("key__parent"), pk=order_id)
    back = ("order", row.pk)
    place = place_of(row, opened_if_alive(row.key))
    try:
        if place is None:
            raise Rejected(NO_PLACE, code="no_address")
        better = suggested(place, [request.POST.get("field", "")])
        is_new = enter_address(row, better, actor=request.user.pk, now=clock.now())
    except Rejected as error:
        return answer(request, say(error.sentence), back=back, kind="error")
    if not is_new:
        return answer(request, gettext("Nothing was changed."), back=back)
    return answer(request, gettext("The order ships to the mended address."), back=back)
