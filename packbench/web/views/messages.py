"""Whether a store's buyers are written to: of parcels, and with return labels."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from packbench.lib import clock
from packbench.lib.errors import Rejected
from packbench.shipments.messaging import switch_messages
from packbench.shipments.return_mailing import confirm_sender
from packbench.web.doors import DeskRequest, owner_page
from packbench.web.saying import say
from packbench.web.views.stores import find_store


@require_POST
@owner_page
def switch(request: DeskRequest, store_id: str) -> HttpResponse:
    """Turn the messages on or off."""
    row, is_on = find_store(request, store_id), request.POST.get("is_on") == "on"
    try:
        switch_messages(row, is_on=is_on, actor=request.user.pk, now=clock.now())
    except Rejected as error:
        messages.error(request, say(error.sentence))
    else:
        said = (
            gettext("Buyers hear of each parcel that goes out from now on.")
            if is_on
            else gettext("Buyers are not written to any more.")
        )
        messages.success(request, said)
    return redirect("store", row.pk)


@require_POST
@owner_page
def approve(request: DeskRequest, store_id: str) -> HttpResponse:
    """Note whether Seller Central approves the sender of e-mails."""
    row, is_on = find_store(request, store_id), request.POST.get("is_approved") == "on"
    try:
        confirm_sender(row, is_approved=is_on, actor=request.user.pk, now=clock.now())
    except Rejected as error:
        messages.error(request, say(error.sentence))
    else:
        said = (
            gettext("Return labels may be e-mailed to buyers of this store now.")
            if is_on
            else gettext("No return label is e-mailed to buyers of this store any more.")
        )
        messages.success(request, said)
    return redirect("store", row.pk)
