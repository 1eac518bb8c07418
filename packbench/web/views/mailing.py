"""E-mails to owners: whether they arrive."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from packbench.accounts.mailing import send_test
from packbench.lib import clock
from packbench.lib.errors import RemoteError
from packbench.web.doors import DeskRequest, owner_page
from packbench.web.saying import say


@require_POST
@owner_page
def test(request: DeskRequest) -> HttpResponse:
    """Write to the owner who asks, now."""
    try:
        send_test(request.workspace, request.user, clock=clock.now)
    except RemoteError as error:
        messages.error(request, say(error.sentence))
    else:
        said = gettext("The mail server took an e-mail to %(address)s. See whether it arrives.")
        messages.success(request, said % {"address": request.user.email})
    return redirect(reverse("settings") + "#mail")
