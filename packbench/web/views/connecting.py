"""Connecting a store: by the seller's own app, by Seller Central's consent, or by files."""

import re
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from packbench.channels.authorizing import Answer, Visitor, finish
from packbench.channels.connecting import add_file_store
from packbench.channels.consenting import Wish, ask_consent
from packbench.channels.models import SellerAccount
from packbench.channels.ticking import add_stores
from packbench.channels.verifying import connect_private_app
from packbench.lib import clock
from packbench.lib.errors import Rejected, RemoteError
from packbench.web.doors import DeskRequest, owner_page
from packbench.web.forms.connecting import (
    FileStoreForm,
    MarketplacesForm,
    PrivateAppForm,
    WebsiteForm,
)

SELLER_ID = re.compile(r"[A-Z0-9]{1,20}")


@owner_page
def connect(request: DeskRequest) -> HttpResponse:
    """The three ways, to choose from."""
    return render(request, "web/connect/choose.html", {"is_sandbox": bool(settings.SANDBOX_URL)})


@owner_page
def connect_app(request: DeskRequest) -> HttpResponse:
    """The seller's own private app: nothing is saved before Amazon accepted it."""
    form = PrivateAppForm(request.POST or None)
    refused = None
    if request.method == "POST" and form.is_valid():
        try:
            account = connect_private_app(
                request.workspace, form.credentials(), actor=request.user.pk, now=clock.now()
            )
        except RemoteError as error:
            refused = error
        else:
            chosen = f"?country={form.cleaned_data['country']}"
            return redirect(reverse("connect_marketplaces", args=[account.pk]) + chosen)
    return render(request, "web/connect/app.html", {"form": form, "refused": refused})


@owner_page
def connect_website(request: DeskRequest) -> HttpResponse:
    """Ask for the two consents, then leave for Seller Central.

    Leaving is a page that refreshes, not a redirect: the form's CSP would have to name every
    host that Amazon's sign-in passes through.
    """
    known = request.workspace.applications.exclude(application_id="").order_by("created_at", "id")
    form = WebsiteForm(list(known), request.POST or None)
    refused = None
    if request.method == "POST" and form.is_valid():
        try:
            url = _ask(request, form)
        except Rejected as error:
            refused = error
        else:
            answer = render(request, "web/connect/leaving.html", {"url": url})
            answer["Refresh"] = f"0;url={url}"
            return answer
    context = {"form": form, "refused": refused, "redirect_uri": redirect_uri()}
    return render(request, "web/connect/website.html", context)


@owner_page
def connect_callback(request: DeskRequest) -> HttpResponse:
    """Where Amazon sends the seller back to; no code stays in the address bar."""
    answer = _answer(request)
    try:
        store = finish(answer, _visitor(request), now=clock.now())
    except RemoteError as error:
        account = _account_saved(request, answer, error)
        context = {"refused": error, "account": account}
        return render(request, "web/connect/failed.html", context, status=400)
    return redirect("connected", store.account_id)


@owner_page
def connect_files(request: DeskRequest) -> HttpResponse:
    form = FileStoreForm(request.POST or None)
    refused = None
    if request.method == "POST" and form.is_valid():
        try:
            store = add_file_store(
                request.workspace,
                form.marketplace().id,
                name=form.cleaned_data["name"],
                actor=request.user.pk,
                now=clock.now(),
            )
            return redirect("store", store.pk)
        except Rejected as error:
            refused = error
    return render(request, "web/connect/files.html", {"form": form, "refused": refused})


@owner_page
def connect_marketplaces(request: DeskRequest, account_id: str) -> HttpResponse:
    """Tick marketplaces of the account: each becomes a store."""
    account = _find_account(request, account_id)
    form = _marketplaces_form(request, account)
    refused = None
    if request.method == "POST" and form.is_valid():
        try:
            add_stores(account, form.ticked(), actor=request.user.pk, now=clock.now())
            return redirect("connected", account.pk)
        except Rejected as error:
            refused = error
    context = {"form": form, "account": account, "refused": refused}
    return render(request, "web/connect/marketplaces.html", context)


@owner_page
def connected(request: DeskRequest, account_id: str) -> HttpResponse:
    """It worked: what is connected, and what to do next (SEED-11)."""
    account = _find_account(request, account_id)
    context = {
        "account": account,
        "account_stores": account.stores.order_by("name"),
        "further": _marketplaces_form(request, account).markets,
        "has_address": request.workspace.warehouses.exists(),
        "unweighed": request.workspace.products.without_weight().exists(),
    }
    return render(request, "web/connect/connected.html", context)


def redirect_uri() -> str:
    """The address to register with the application at Amazon."""
    return settings.BASE_URL + reverse("connect_callback")


def _ask(request: DeskRequest, form: WebsiteForm) -> str:
    given = form.cleaned_data
    wish = Wish(given["country"], given["name"], given["feedback"], redirect_uri())
    return ask_consent(
        form.chosen(),
        wish,
        _visitor(request),
        workspace=request.workspace,
        ip_address=request.META.get("REMOTE_ADDR") or None,
        now=clock.now(),
    )


def _visitor(request: DeskRequest) -> Visitor:
    return Visitor(request.user.pk, request.session.session_key or "", request.workspace.pk)


def _answer(request: DeskRequest) -> Answer:
    given: Any = request.GET
    seller_id = given.get("selling_partner_id", "")
    return Answer(
        state=given.get("state", ""),
        seller_id=seller_id if SELLER_ID.fullmatch(seller_id) else "",
        code=given.get("spapi_oauth_code", ""),
        error=given.get("error", ""),
    )


def _account_saved(
    request: DeskRequest, answer: Answer, error: RemoteError
) -> SellerAccount | None:
    """The account, where Amazon accepted it and only its first store could not be made."""
    if error.code not in ("not_participating", "name_taken", "wrong_region"):
        return None
    accounts = request.workspace.seller_accounts.filter(seller_id=answer.seller_id)
    return accounts.order_by("-authorized_at").first()


def _find_account(request: DeskRequest, account_id: str) -> SellerAccount:
    accounts = request.workspace.seller_accounts.select_related("workspace__key")
    return get_object_or_404(accounts, pk=account_id)


def _marketplaces_form(request: DeskRequest, account: SellerAccount) -> MarketplacesForm:
    taken = set(request.workspace.stores.values_list("name", flat=True))
    wanted = request.GET.get("country", "")
    return MarketplacesForm(account, taken, wanted, request.POST or None)
