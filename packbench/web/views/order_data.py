"""What people enter of one order: another address, and notes."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from packbench.lib import clock
from packbench.lib.errors import Rejected
from packbench.orders.addressing import enter_address, keep_address, restore_address
from packbench.orders.models import Order, OrderNote
from packbench.orders.noting import remove_note, write_note
from packbench.orders.sealing import stores_address
from packbench.privacy.models import opened_if_alive
from packbench.web.doors import DeskRequest, shipper_page
from packbench.web.forms.addressing import AddressForm
from packbench.web.saying import say
from packbench.web.views.answering import answer
from packbench.web.views.orders import first_error

Act = Callable[..., Any]


class NoteForm(forms.Form):
    """A note. Its length is the verb's business, so that one sentence says it everywhere."""

    text = forms.CharField(required=False)
    kind = forms.ChoiceField(choices=OrderNote.Kind.choices)


@require_POST
@shipper_page
def address(request: DeskRequest, order_id: str) -> HttpResponse:
    """Ship to another address than the store's."""
    row = _order(request, order_id)
    form = AddressForm(request.POST)
    if not form.is_valid():
        return answer(request, first_error(form), back=("order", row.pk), kind="error")
    stores = stores_address(row, opened_if_alive(row.key))
    given = form.address(stores.kind if stores else "")

    def act(order: Order, *, actor: str, now: datetime) -> bool:
        return enter_address(order, given, actor=actor, now=now)

    said = gettext("The order ships to the address you entered.")
    return _answer(request, row, act, said, gettext("It ships there already."))


@require_POST
@shipper_page
def restore(request: DeskRequest, order_id: str) -> HttpResponse:
    """Take the store's address again."""
    said = gettext("The order ships to Amazon's address.")
    row = _order(request, order_id)
    return _answer(request, row, restore_address, said, gettext("It ships there already."))


@require_POST
@shipper_page
def keep(request: DeskRequest, order_id: str) -> HttpResponse:
    """Stay with the address that was entered here."""
    said = gettext("The order ships to the address entered here.")
    row = _order(request, order_id)
    return _answer(request, row, keep_address, said, gettext("It ships there already."))


@require_POST
@shipper_page
def note(request: DeskRequest, order_id: str) -> HttpResponse:
    """Write a note."""
    row = _order(request, order_id)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return answer(request, first_error(form), back=("order", row.pk), kind="error")
    text, kind = form.cleaned_data["text"], form.cleaned_data["kind"]

    def act(order: Order, *, actor: str, now: datetime) -> OrderNote:
        return write_note(order, text, kind=kind, actor=actor, now=now)

    return _answer(request, row, act, gettext("Note written."), "")


@require_POST
@shipper_page
def unnote(request: DeskRequest, order_id: str, note_id: str) -> HttpResponse:
    """Remove a note."""

    def act(order: Order, *, actor: str, now: datetime) -> bool:
        return remove_note(order, note_id, actor=actor, now=now)

    row = _order(request, order_id)
    return _answer(request, row, act, gettext("Note removed."), gettext("The note is gone."))


def _order(request: DeskRequest, order_id: str) -> Order:
    """The order, for those who may see who bought: what they enter names buyers."""
    if not request.member.can_see_buyers:
        raise PermissionDenied
    orders = request.workspace.orders.select_related("key__parent")
    return get_object_or_404(orders, pk=order_id)


def _answer(request: DeskRequest, row: Order, act: Act, said: str, otherwise: str) -> HttpResponse:
    back = ("order", row.pk)
    try:
        is_done = act(row, actor=request.user.pk, now=clock.now())
    except Rejected as error:
        return answer(request, say(error.sentence), back=back, kind="error")
    return answer(request, said if is_done else otherwise, back=back)
