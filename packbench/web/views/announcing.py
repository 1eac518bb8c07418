"""The seller's own queue, into which Amazon announces changes of orders."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from packbench.channels.subscribing import remove_queue, save_queue
from packbench.lib import clock
from packbench.lib.errors import RemoteError
from packbench.web.doors import DeskRequest, owner_page
from packbench.web.forms.announcing import QueueForm
from packbench.web.views.accounts import account_page, find_account


@require_POST
@owner_page
def save(request: DeskRequest, account_id: str) -> HttpResponse:
    """Nothing is saved before AWS gave messages and Amazon took the subscription."""
    row = find_account(request, account_id)
    form = QueueForm(request.POST, needs_secret=not hasattr(row, "hint_queue"))
    if not form.is_valid():
        return account_page(request, row, queue_form=form)
    try:
        save_queue(row, form.access(), actor=request.user.pk, now=clock.now())
    except RemoteError as error:
        return account_page(request, row, queue_form=form, refused_queue=error)
    messages.success(request, gettext("Saved. Amazon announces changes to this queue."))
    return redirect("account", row.pk)


@require_POST
@owner_page
def remove(request: DeskRequest, account_id: str) -> HttpResponse:
    row = find_account(request, account_id)
    if remove_queue(row, actor=request.user.pk, now=clock.now()):
        messages.success(request, gettext("Removed. Orders come in with the imports alone."))
    return redirect("account", row.pk)
