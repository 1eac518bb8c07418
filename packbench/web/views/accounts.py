"""The page of one seller account: the life of its authorization (SEED-85 to SEED-90)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from packbench.channels.checking import check_account, renewed_at_amazon
from packbench.channels.leads import HintQueue
from packbench.channels.models import (
    AUTHORIZATION_LIFE,
    REMINDED_BEFORE,
    SECRET_LIFE,
    SellerAccount,
)
from packbench.channels.registry import open_authorizer
from packbench.channels.renewing import ask_renewal, renew_by_token
from packbench.channels.revoking import revoke_account
from packbench.channels.rotating import save_secret
from packbench.events.models import Event
from packbench.lib import clock
from packbench.lib.errors import Rejected, RemoteError
from packbench.lib.marketplaces import REGION_NAMES, by_id, in_region
from packbench.web.addresses import redirect_uri
from packbench.web.doors import DeskRequest, member_page, owner_page
from packbench.web.forms.accounts import ClientSecretForm, RefreshTokenForm, RevokeForm
from packbench.web.forms.announcing import QueueForm
from packbench.web.people import people_of
from packbench.web.views.connecting import WANTS_ALL
from packbench.web.views.returning import visitor_of, without_referrer

EVENTS_SHOWN = 50
HISTORY = (
    "account.connected",
    "account.expired",
    "account.renewed",
    "account.resumed",
    "account.revoked",
    "account.withdrawn",
    "data.refused",
    "data.returned",
    "orders.missed",
    "queue.removed",
    "queue.saved",
    "secret.changed",
    "secret.refused",
)


@dataclass(frozen=True, slots=True)
class Span:
    """Something that runs out: so many of its days are left, 0 when it is over."""

    days_left: int
    days: int

    @property
    def level(self) -> str:
        """How the bar looks."""
        return "ok" if self.days_left > REMINDED_BEFORE.days else "late"


@member_page
def account(request: DeskRequest, account_id: str) -> HttpResponse:
    return account_page(request, find_account(request, account_id))


@require_POST
@owner_page
def renew(request: DeskRequest, account_id: str) -> HttpResponse:
    """Leave for Seller Central's consent page; the way back renews this account."""
    row, uri = find_account(request, account_id), redirect_uri()
    try:
        url = ask_renewal(row, visitor_of(request), redirect_uri=uri, now=clock.now())
    except Rejected as error:
        return account_page(request, row, refused=error)
    request.session[WANTS_ALL] = False  # whatever a consent asked for that nobody finished
    context = {"url": url, "workspace": None, "redirect_uri": uri}
    answer = without_referrer(render(request, "web/connect/leaving.html", context))
    answer["Refresh"] = f"0;url={url}"
    return answer


@require_POST
@owner_page
def paste(request: DeskRequest, account_id: str) -> HttpResponse:
    """Renew with a refresh token: nothing is saved before Amazon accepted it."""
    row, form = find_account(request, account_id), RefreshTokenForm(request.POST)
    if not form.is_valid():
        return account_page(request, row, token_form=form)
    try:
        renew_by_token(
            row,
            form.cleaned_data["refresh_token"],
            known_order=_known_order(request, row),
            actor=request.user.pk,
            now=clock.now(),
        )
    except RemoteError as error:
        return account_page(request, row, refused=error)
    messages.success(request, gettext("Renewed. What waited goes on where it stood."))
    return redirect("account", row.pk)


@require_POST
@owner_page
def check(request: DeskRequest, account_id: str) -> HttpResponse:
    """Ask Amazon whether the token that is here works again."""
    row = find_account(request, account_id)
    try:
        works = check_account(row, actor=request.user.pk, now=clock.now())
    except RemoteError as error:
        return account_page(request, row, refused=error)
    if works:
        messages.success(request, gettext("Amazon accepts it. What waited goes on."))
    else:
        messages.warning(request, gettext("Amazon still refuses it. Nothing was changed."))
    return redirect("account", row.pk)


@require_POST
@owner_page
def renewed(request: DeskRequest, account_id: str) -> HttpResponse:
    """The owner renewed it in Seller Central and goes on with the same token (SEED-88)."""
    row = find_account(request, account_id)
    try:
        renewed_at_amazon(row, actor=request.user.pk, now=clock.now())
    except RemoteError as error:
        return account_page(request, row, refused=error)
    messages.success(request, gettext("Noted: the authorization runs for another year."))
    return redirect("account", row.pk)


@require_POST
@owner_page
def revoke(request: DeskRequest, account_id: str) -> HttpResponse:
    row, form = find_account(request, account_id), RevokeForm(request.POST)
    if not form.is_valid():
        return account_page(request, row, revoke_form=form)
    revoke_account(row, actor=request.user.pk, now=clock.now())
    messages.success(request, gettext("Revoked here. Remove the application at Amazon as well."))
    return redirect("account", row.pk)


@require_POST
@owner_page
def secret(request: DeskRequest, account_id: str) -> HttpResponse:
    """Save the application's new client secret, once Amazon accepted it."""
    row, form = find_account(request, account_id), ClientSecretForm(request.POST)
    if not form.is_valid():
        return account_page(request, row, secret_form=form)
    try:
        save_secret(
            row.application,
            form.cleaned_data["client_secret"],
            actor=request.user.pk,
            now=clock.now(),
        )
    except RemoteError as error:
        return account_page(request, row, refused_secret=error)
    messages.success(request, gettext("Client secret saved. All work goes on."))
    return redirect("account", row.pk)


def find_account(request: DeskRequest, account_id: str) -> SellerAccount:
    accounts = request.workspace.seller_accounts.select_related(
        "application__workspace__key", "workspace__key"
    )
    return get_object_or_404(accounts, pk=account_id)


def account_page(request: DeskRequest, row: SellerAccount, **more: Any) -> HttpResponse:
    """The page of one account; `more` is what a form that was sent left to show."""
    row.refresh_from_db()
    now, application = clock.now(), row.application
    stores = row.stores.defer("brand_logo").order_by("name", "id")
    country = next((by_id(store.marketplace_id).country for store in stores), _country(row))
    is_active = row.status == SellerAccount.Status.ACTIVE
    queue = HintQueue.objects.filter(account=row).first()
    context = {
        "account": row,
        "application": application,
        "region": REGION_NAMES[row.region],
        "span": _span(row.may_end_at, AUTHORIZATION_LIFE.days, now=now),
        "secret_span": _span(application.secret_expires_at, SECRET_LIFE.days, now=now),
        "is_active": is_active,
        "may_renew_there": is_active and now >= row.may_end_at - REMINDED_BEFORE,
        "has_consent": bool(application.application_id and stores),
        "manage_url": open_authorizer(row.channel).places(country).manage_apps,
        "account_stores": stores,
        "siblings": application.accounts.exclude(pk=row.pk).order_by("seller_id", "region"),
        "history": _history(request, row),
        "queue": queue,
        "queue_form": QueueForm.of(queue),
        "token_form": RefreshTokenForm(),
        "secret_form": ClientSecretForm(),
        "revoke_form": RevokeForm(),
        **more,
    }
    return render(request, "web/accounts/account.html", context)


def _span(ends_at: datetime, days: int, *, now: datetime) -> Span:
    return Span(max((ends_at.date() - now.date()).days, 0), days)


def _country(row: SellerAccount) -> str:
    """One country of the account, for its Seller Central."""
    known = [by_id(each) for each in row.marketplace_ids] or list(in_region(row.region))
    return known[0].country


def _known_order(request: DeskRequest, row: SellerAccount) -> str:
    """The number of the latest order that came in through the account, or nothing."""
    orders = request.workspace.orders.filter(store__account=row).order_by("-id")
    return orders.values_list("external_id", flat=True).first() or ""


def _history(request: DeskRequest, row: SellerAccount) -> list[tuple[Event, str]]:
    """What happened to the account and its application's secret, with who did it."""
    about = Q(data__account_id=row.pk) | Q(data__application_id=row.application_id)
    events = request.workspace.events.of_the_desk().filter(about, name__in=HISTORY)[:EVENTS_SHOWN]
    names = people_of(request.workspace)
    return [(event, names.get(event.actor, "")) for event in events]
