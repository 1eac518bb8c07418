"""The settings of one store, saved part by part, and its logo."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import quote_etag
from django.views.decorators.http import require_GET, require_POST

from packbench.channels.models import Store
from packbench.channels.settling import change_store
from packbench.lib import clock
from packbench.lib.errors import Rejected
from packbench.web.doors import DeskRequest, member_page, owner_page
from packbench.web.forms.stores import StoreSettingsForm
from packbench.web.store_parts import Part, keys_of, part_of, saved_words
from packbench.web.views.stores import find_store, store_page

LOGO_AGE_S = 365 * 24 * 3600  # its address changes with it


@require_POST
@owner_page
def change(request: DeskRequest, store_id: str, part: str) -> HttpResponse:
    """Save one part of the settings; htmx gets that part back."""
    row = find_store(request, store_id)
    if part not in keys_of(row):
        raise Http404
    sent = part_of(row, part, request.POST, request.FILES)
    changed = _save(request, row, sent.form) if sent.form.is_valid() else None
    if changed is None:
        return _part_page(request, row, sent) if request.htmx else store_page(request, row, sent)
    said = saved_words(changed)
    if request.htmx:
        row = find_store(request, store_id)
        return _part_page(request, row, part_of(row, part, said=said))
    messages.success(request, said)
    return redirect(reverse("store", args=[row.pk]) + f"#{part}")


@require_GET
@member_page
def logo(request: DeskRequest, store_id: str) -> HttpResponse:
    """The store's logo, which browsers keep for as long as its address is the same."""
    row = find_store(request, store_id)
    if not row.logo:
        raise Http404
    answer = HttpResponse(bytes(row.brand_logo), content_type="image/png")
    etag = quote_etag(row.logo)
    answer["ETag"] = etag
    is_latest = request.GET.get("v") == row.logo
    age: dict[str, Any] = (
        {"max_age": LOGO_AGE_S, "immutable": True} if is_latest else {"no_cache": True}
    )
    patch_cache_control(answer, private=True, **age)
    return get_conditional_response(request, etag=etag, response=answer) or answer


def _save(request: DeskRequest, row: Store, form: StoreSettingsForm) -> list[str] | None:
    """The names of the settings that changed; None where they were refused."""
    try:
        return change_store(row, form.settings(), actor=request.user.pk, now=clock.now())
    except Rejected as error:
        form.refuse(error)
        return None


def _part_page(request: DeskRequest, row: Store, part: Part) -> HttpResponse:
    context = {"store": row, "account": row.account, "part": part, "is_swap": True}
    return render(request, "web/stores/part.html", context)
