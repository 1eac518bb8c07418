"""Carriers: the accounts that labels are bought with."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from packbench.carriers.base import Service
from packbench.carriers.kinds import BY_CODE, FEATURE_WORDS, CarrierKind, Push, Variant
from packbench.carriers.managing import (
    add_account,
    change_account,
    choose_default,
    close_account,
    kinds_on_offer,
    reopen_account,
    test_account,
)
from packbench.carriers.models import CarrierAccount
from packbench.carriers.pushing import takes_pushes, works
from packbench.carriers.registry import default_account, open_carrier, secrets_of
from packbench.carriers.varying import VARIANT, as_variant, missing_for, variants_of
from packbench.lib import clock
from packbench.lib.errors import Rejected, RemoteError, TemporaryError
from packbench.web.addresses import is_local, push_address
from packbench.web.doors import DeskRequest, owner_page
from packbench.web.forms.carriers import AccountForm, values_of
from packbench.web.saying import say


@never_cache
@require_GET
@owner_page
def accounts(request: DeskRequest) -> HttpResponse:
    """The accounts, the default first, and the kinds that can be added."""
    default_account(request.workspace, now=clock.now())
    rows = request.workspace.carrier_accounts.select_related("seller_account")
    rows = rows.order_by("closed_at", "-is_default", "name")
    context = {
        "accounts": [_line(row) for row in rows if row.closed_at is None],
        "closed": [_line(row) for row in rows if row.closed_at is not None],
        "kinds": [_kind(kind) for kind in kinds_on_offer()],
    }
    return render(request, "web/settings/carriers.html", context)


@never_cache
@sensitive_post_parameters()
@owner_page
def add(request: DeskRequest, code: str) -> HttpResponse:
    """Add an account of one kind of carrier."""
    kind = next((each for each in kinds_on_offer() if each.code == code), None)
    if kind is None:
        raise Http404
    name = gettext(kind.name)
    if kind.family is not None:
        try:
            found = {each.code: each for each in variants_of(kind)}
            chosen = found.get(request.GET.get("of", ""))
            if chosen is None:
                return _choice_page(request, kind, list(found.values()))
            kind, name = as_variant(kind, chosen.code), chosen.name
        except RemoteError as error:
            return _choice_page(request, kind, [], refused=error)
    initial = {"name": _free_name(request, name)}
    form = AccountForm(kind, _sellers(request), (), _sent(request), initial=initial)
    refused = None
    if request.method == "POST" and form.is_valid():
        try:
            row = add_account(
                request.workspace, code, form.wanted(), actor=request.user.pk, now=clock.now()
            )
        except RemoteError as error:
            refused = error
        else:
            text = gettext("Carrier added. Test it, and choose its default service.")
            messages.success(request, text)
            return redirect("settings_carrier", row.pk)
    return _form_page(request, form, kind, refused=refused)


@never_cache
@sensitive_post_parameters()
@owner_page
def account(request: DeskRequest, carrier_id: str) -> HttpResponse:
    """One account: how it is called and used, and its limits."""
    row = _account(request, carrier_id)
    kind = BY_CODE.get(row.carrier)
    if kind is None:
        raise Http404
    refused: RemoteError | None = None
    try:
        kind = as_variant(kind, str(row.settings.get(VARIANT, "")))
    except RemoteError as error:
        refused = error
    initial = values_of(row, kind, _secrets(row))
    form = AccountForm(kind, _sellers(request), _services(row), _sent(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            change_account(row, form.wanted(), actor=request.user.pk, now=clock.now())
        except RemoteError as error:
            refused = error
        else:
            messages.success(request, gettext("Carrier saved."))
            return redirect("settings_carriers")
    return _form_page(request, form, kind, row=row, refused=refused)


@require_POST
@owner_page
def test(request: DeskRequest, carrier_id: str) -> HttpResponse:
    """Ask the carrier something that costs nothing."""
    row = _account(request, carrier_id)
    error = test_account(row, actor=request.user.pk, now=clock.now())
    if error is None:
        messages.success(request, gettext("%(name)s answers.") % {"name": row.name})
    elif isinstance(error, TemporaryError):
        messages.warning(request, say(error.sentence))
    else:
        messages.error(request, say(error.sentence))
    return redirect("settings_carrier", row.pk)


@require_POST
@owner_page
def default(request: DeskRequest, carrier_id: str) -> HttpResponse:
    row = _account(request, carrier_id)
    try:
        choose_default(row, actor=request.user.pk, now=clock.now())
    except Rejected as error:
        messages.error(request, say(error.sentence))
    else:
        text = gettext("Orders go with %(name)s where no rule says otherwise.")
        messages.success(request, text % {"name": row.name})
    return redirect("settings_carriers")


@require_POST
@owner_page
def close(request: DeskRequest, carrier_id: str) -> HttpResponse:
    row = _account(request, carrier_id)
    try:
        close_account(row, actor=request.user.pk, now=clock.now())
    except Rejected as error:
        messages.error(request, say(error.sentence))
    else:
        messages.success(request, gettext("Carrier closed. Its labels stay."))
    return redirect("settings_carriers")


@require_POST
@owner_page
def reopen(request: DeskRequest, carrier_id: str) -> HttpResponse:
    reopen_account(_account(request, carrier_id), actor=request.user.pk, now=clock.now())
    messages.success(request, gettext("Carrier opened again."))
    return redirect("settings_carriers")


def _choice_page(
    request: DeskRequest,
    kind: CarrierKind,
    variants: list[Variant],
    *,
    refused: RemoteError | None = None,
) -> HttpResponse:
    context = {"kind": _kind(kind), "variants": variants, "refused": refused}
    return render(request, "web/settings/carrier_family.html", context)


def _form_page(
    request: DeskRequest,
    form: AccountForm,
    kind: CarrierKind,
    *,
    row: CarrierAccount | None = None,
    refused: RemoteError | None = None,
) -> HttpResponse:
    context = {"form": form, "kind": _kind(kind), "row": row, "refused": refused}
    if kind.needs_seller:
        context["has_sellers"] = bool(form.sellers)
    if row and kind.push:
        context["push"] = _push(row, kind.push)
    return render(request, "web/settings/carrier.html", context)


def _push(row: CarrierAccount, push: Push) -> dict[str, Any]:
    """How the carrier tells of scans by itself, and whether it does."""
    address = push_address(row.pk)
    return {
        "address": address,
        "says": gettext(push.says),
        "has_own_secret": not push.signs_with,
        "is_on": takes_pushes(row),
        "works": works(row, now=clock.now()),
        "is_local": is_local(address),
    }


def _account(request: DeskRequest, carrier_id: str) -> CarrierAccount:
    rows = CarrierAccount.objects.opened().filter(workspace=request.workspace)
    return get_object_or_404(rows, pk=carrier_id)


def _kind(kind: CarrierKind) -> dict[str, Any]:
    can = [gettext(FEATURE_WORDS[each]) for each in sorted(kind.features)]
    return {
        "code": kind.code,
        "name": gettext(kind.name),
        "says": gettext(kind.says),
        "can": can,
        "missing": gettext(missing) if (missing := missing_for(kind)) else "",
        "needs_seller": kind.needs_seller,
        "has_own_prices": kind.has_own_prices,
    }


def _line(row: CarrierAccount) -> dict[str, Any]:
    kind = BY_CODE.get(row.carrier)
    return {"row": row, "kind": gettext(kind.name) if kind else row.carrier}


def _services(row: CarrierAccount) -> tuple[Service, ...]:
    """What the form offers; nothing where the carrier cannot be opened as it is."""
    try:
        return open_carrier(row).services()
    except RemoteError:
        return ()


def _secrets(row: CarrierAccount) -> list[str]:
    """The names of the secrets that are there, never their values."""
    return list(secrets_of(row).values)


def _sellers(request: DeskRequest) -> list[Any]:
    rows = request.workspace.seller_accounts.select_related("application", "workspace__key")
    return list(rows.order_by("seller_id", "region"))


def _sent(request: DeskRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _free_name(request: DeskRequest, name: str) -> str:
    taken = set(request.workspace.carrier_accounts.values_list("name", flat=True))
    numbered = (name, *(f"{name} {number}" for number in range(2, 100)))
    return next((each for each in numbered if each not in taken), "")
