"""Labels for the way back: asking, giving, taking, and e-mailing them."""

from collections.abc import Callable

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from packbench.jobs import defer_once
from packbench.lib import clock
from packbench.lib.errors import RemoteError
from packbench.shipments.models import ReturnLabel, Shipment
from packbench.shipments.return_mailing import mail_return
from packbench.shipments.returning import (
    MOST_BYTES,
    ask_again,
    ask_for_return,
    content_of,
    give_return,
    remove_return,
)
from packbench.web.doors import DeskRequest, buyers_page, shipper_page
from packbench.web.saying import say
from packbench.web.views.answering import answer
from packbench.web.views.serving import document


@require_POST
@shipper_page
def ask(request: DeskRequest, shipment_id: str) -> HttpResponse:
    """Buy a return label by the account and service that were chosen."""
    row = _shipment(request, shipment_id)
    account, _, service = request.POST.get("way", "").partition("|")

    def deed() -> str:
        ask_for_return(row, account, service, actor=request.user.pk, now=clock.now())
        return gettext("The return label is being bought. It is shown here as soon as it is there.")

    return _done(request, row.order_id, deed)


@require_POST
@shipper_page
def give(request: DeskRequest, shipment_id: str) -> HttpResponse:
    """Keep a return label that was made elsewhere."""
    row, file = _shipment(request, shipment_id), request.FILES.get("file")
    if file is None:
        text = gettext("Choose the PDF file of the return label first.")
        return answer(request, text, back=("order", row.order_id), kind="error")
    content = file.read(MOST_BYTES + 1)

    def deed() -> str:
        give_return(row, content, actor=request.user.pk, now=clock.now())
        return gettext("The return label is kept with the order.")

    return _done(request, row.order_id, deed)


@never_cache
@require_POST
@shipper_page
@buyers_page
def take(request: DeskRequest, return_id: str) -> HttpResponse:
    """The file, which shows the buyer's address: on the record."""
    row = _return(request, return_id)
    content = content_of(row, actor=request.user.pk, now=clock.now())
    if content is None:
        raise Http404
    return document(content, row.format, name=f"return-{row.pk}")


@require_POST
@shipper_page
def mail(request: DeskRequest, return_id: str) -> HttpResponse:
    """E-mail it to the buyer."""
    row = _return(request, return_id)

    def deed() -> str:
        owed = mail_return(row, actor=request.user.pk, now=clock.now())
        defer_once("shipments.send_return_mail", mail_id=owed.pk)
        return gettext("The return label is e-mailed to the buyer.")

    return _done(request, row.shipment.order_id, deed)


@require_POST
@shipper_page
def again(request: DeskRequest, return_id: str) -> HttpResponse:
    """Ask again for one that the carrier refused."""
    row = _return(request, return_id)

    def deed() -> str:
        ask_again(row, actor=request.user.pk, now=clock.now())
        return gettext("The return label is asked for again.")

    return _done(request, row.shipment.order_id, deed)


@require_POST
@shipper_page
def remove(request: DeskRequest, return_id: str) -> HttpResponse:
    """Remove a file that was given, or what was refused."""
    row = _return(request, return_id)

    def deed() -> str:
        remove_return(row, actor=request.user.pk, now=clock.now())
        return gettext("The return label was removed.")

    return _done(request, row.shipment.order_id, deed)


def _done(request: DeskRequest, order_id: str, deed: Callable[[], str]) -> HttpResponse:
    back = ("order", order_id)
    try:
        text = deed()
    except RemoteError as error:
        return answer(request, say(error.sentence), back=back, kind="error")
    return answer(request, text, back=back)


def _shipment(request: DeskRequest, shipment_id: str) -> Shipment:
    rows = request.workspace.shipments.select_related("order__store", "order__key__parent")
    return get_object_or_404(rows, pk=shipment_id)


def _return(request: DeskRequest, return_id: str) -> ReturnLabel:
    rows = request.workspace.return_labels.select_related(
        "shipment__order__store", "shipment__order__key__parent"
    )
    return get_object_or_404(rows, pk=return_id)
