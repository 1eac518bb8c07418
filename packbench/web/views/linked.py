"""Linked shops: who else is told of a store's parcels, and what each was told (SEED-54)."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from packbench.channels.models import Store
from packbench.lib import clock
from packbench.lib.errors import Rejected, RemoteError
from packbench.shipments.forwarding import forward_again, stop_forward
from packbench.shipments.linking import check_link, remove_link, save_link
from packbench.shipments.models import StoreLink
from packbench.web import forward_list
from packbench.web.doors import DeskRequest, member_page, owner_page, shipper_page
from packbench.web.forms.linking import LinkForm
from packbench.web.saying import say
from packbench.web.views.answering import answer


@never_cache
@require_http_methods(["GET", "POST"])
@owner_page
def link(request: DeskRequest, store_id: str) -> HttpResponse:
    """Say how another shop is told; a webhook's secret is shown once."""
    store = _store(request, store_id)
    if request.method != "POST":
        return _page(request, store, LinkForm(link=_link(store)))
    form = LinkForm(request.POST, link=_link(store))
    if not form.is_valid():
        return _page(request, store, form)
    try:
        shown = save_link(store, form.given(), actor=request.user.pk, now=clock.now())
    except Rejected as error:
        return _page(request, store, form, refused=error)
    if shown:
        return render(request, "web/outbox/secret.html", {"store": store, "secret": shown})
    messages.success(request, gettext("Saved. Parcels labeled from now on are told."))
    return redirect("store_link", store.pk)


@require_POST
@owner_page
def test(request: DeskRequest, store_id: str) -> HttpResponse:
    """Try the shop out, and say what is wrong."""
    store = _store(request, store_id)
    row = get_object_or_404(StoreLink.objects.select_related("workspace__key"), store=store)
    try:
        check_link(row)
    except RemoteError as error:
        return _page(request, store, LinkForm(link=row), refused=error)
    messages.success(request, gettext("The shop answers as it should."))
    return redirect("store_link", store.pk)


@require_POST
@owner_page
def remove(request: DeskRequest, store_id: str) -> HttpResponse:
    store = _store(request, store_id)
    row = get_object_or_404(StoreLink, store=store)
    remove_link(row, actor=request.user.pk, now=clock.now())
    messages.success(request, gettext("Removed. The shop is told of nothing more."))
    return redirect("store_link", store.pk)


@never_cache
@require_GET
@member_page
def forwards(request: DeskRequest) -> HttpResponse:
    """What linked shops were told; htmx asks for the next page of rows."""
    context = forward_list.read(request.workspace, request.GET)
    is_more = request.htmx and "after" in request.GET
    template = "web/outbox/forward_rows.html" if is_more else "web/outbox/forwards.html"
    return render(request, template, context)


@require_POST
@shipper_page
def again(request: DeskRequest) -> HttpResponse:
    ids = request.POST.getlist("forward")
    if not ids:
        return answer(request, gettext("Tick a parcel first."), back="forwards", kind="error")
    count = forward_again(request.workspace, ids, now=clock.now())
    text = ngettext(
        "The shop will be told again of %(count)s parcel.",
        "The shops will be told again of %(count)s parcels.",
        count,
    ) % {"count": count}
    return answer(request, text, back="forwards", kind="success" if count else "warning")


@require_POST
@shipper_page
def stop(request: DeskRequest, forward_id: str) -> HttpResponse:
    row = get_object_or_404(request.workspace.forwards, pk=forward_id)
    if stop_forward(row):
        text = gettext("Stopped. The shop is not told of this parcel.")
        return answer(request, text, back="forwards")
    text = gettext("The shop was told of this parcel, or is being told right now.")
    return answer(request, text, back="forwards", kind="warning")


def _store(request: DeskRequest, store_id: str) -> Store:
    stores = request.workspace.stores.select_related("account", "workspace__key")
    return get_object_or_404(stores, pk=store_id)


def _link(store: Store) -> StoreLink | None:
    return StoreLink.objects.filter(store=store).first()


def _page(
    request: DeskRequest, store: Store, form: LinkForm, refused: RemoteError | None = None
) -> HttpResponse:
    context: dict[str, Any] = {
        "store": store,
        "link": _link(store),
        "form": form,
        "refused_words": say(refused.sentence) if refused else "",
    }
    return render(request, "web/outbox/link.html", context, status=409 if refused else 200)
