"""Connecting a store: the catalog, and the three ways to connect Amazon."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from packbench.channels.connecting import add_file_store, free_name
from packbench.channels.consenting import Wish, ask_consent
from packbench.channels.models import SellerAccount, Store
from packbench.channels.recognizing import recognize
from packbench.channels.ticking import add_stores
from packbench.channels.verifying import connect_private_app
from packbench.lib import clock
from packbench.lib.errors import Rejected, RemoteError
from packbench.lib.marketplaces import MARKETPLACES, Marketplace
from packbench.web import catalog
from packbench.web.addresses import redirect_uri, standing
from packbench.web.doors import DeskRequest, owner_page
from packbench.web.forms.connecting import (
    FileStoreForm,
    MarketplacesForm,
    PrivateAppForm,
    WebsiteForm,
)
from packbench.web.views.returning import visitor_of, without_referrer

WANTS_ALL = "connect_all"  # in the session: whether the consent on its way is for all marketplaces


@owner_page
def connect(request: DeskRequest) -> HttpResponse:
    """The catalog of integrations: what can be connected, searched as one types (SEED-05)."""
    query = request.GET.get("q", "")[:60]
    context = {
        "q": query,
        "catalog": catalog.find(request.workspace, query),
        "chosen": _chosen(request),
        "old_key": recognize(query),
        "is_sandbox": bool(settings.SANDBOX_URL),
    }
    page = "web/connect/catalog.html" if request.htmx else "web/connect/choose.html"
    return render(request, page, context)


@owner_page
def connect_app(request: DeskRequest) -> HttpResponse:
    """The seller's own private app: nothing is saved before Amazon accepted it."""
    form = PrivateAppForm(request.POST or None, initial={"country": _country(request)})
    refused = None
    if request.method == "POST" and form.is_valid():
        try:
            account = connect_private_app(
                request.workspace,
                form.credentials(),
                actor=request.user.pk,
                ip_address=address_of(request),
                now=clock.now(),
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
    form = WebsiteForm(list(known), request.POST or None, initial=_wished(request))
    refused = None
    if request.method == "POST" and form.is_valid():
        try:
            url = _ask(request, form)
        except Rejected as error:
            refused = error
        else:
            request.session[WANTS_ALL] = form.cleaned_data["has_all"]
            return _leave(request, url)
    address = redirect_uri()
    context = {
        "form": form,
        "refused": refused,
        "redirect_uri": address,
        "standing": standing(address, request.get_host()),
    }
    return render(request, "web/connect/website.html", context)


@owner_page
def connect_files(request: DeskRequest) -> HttpResponse:
    form = FileStoreForm(request.POST or None, initial=_wished(request))
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
    account = find_account(request, account_id)
    form = _marketplaces_form(request, account)
    refused = None
    if request.method == "POST" and form.is_valid():
        try:
            stores = add_stores(account, form.ticked(), actor=request.user.pk, now=clock.now())
            return connected_to(account, stores)
        except Rejected as error:
            refused = error
    context = {"form": form, "account": account, "refused": refused}
    return render(request, "web/connect/marketplaces.html", context)


@owner_page
def connected(request: DeskRequest, account_id: str) -> HttpResponse:
    """It worked: what is connected, and what to do next (SEED-11)."""
    account = find_account(request, account_id)
    context = {
        "account": account,
        "account_stores": account.stores.order_by("name"),
        "further": _marketplaces_form(request, account).markets,
        "has_address": request.workspace.warehouses.exists(),
        "unweighed": request.workspace.products.without_weight().exists(),
    }
    return render(request, "web/connect/connected.html", context)


def connected_to(account: SellerAccount, stores: list[Store]) -> HttpResponse:
    """Lead on after connecting: to the settings of the one store, or to the list (SEED-22)."""
    if len(stores) == 1:
        return redirect(reverse("store", args=[stores[0].pk]) + "?connected=1")
    return redirect("connected", account.pk)


def find_account(request: DeskRequest, account_id: str) -> SellerAccount:
    accounts = request.workspace.seller_accounts.select_related("workspace__key")
    return get_object_or_404(accounts, pk=account_id)


def address_of(request: DeskRequest) -> str | None:
    """The address that the person's request came from, kept with their consent."""
    return request.META.get("REMOTE_ADDR") or None


def _ask(request: DeskRequest, form: WebsiteForm) -> str:
    given = form.cleaned_data
    wish = Wish(given["country"], given["name"], given["feedback"], redirect_uri())
    return ask_consent(
        form.chosen(),
        wish,
        visitor_of(request),
        workspace=request.workspace,
        ip_address=address_of(request),
        now=clock.now(),
    )


def _leave(request: DeskRequest, url: str) -> HttpResponse:
    """Go to Seller Central. The page tells nobody where one came from."""
    context = {"url": url, "workspace": None, "redirect_uri": redirect_uri()}
    answer = without_referrer(render(request, "web/connect/leaving.html", context))
    answer["Refresh"] = f"0;url={url}"
    return answer


def _chosen(request: DeskRequest) -> Marketplace | None:
    """The marketplace whose tile was pressed."""
    country = _country(request)
    return next((market for market in MARKETPLACES if market.country == country), None)


def _country(request: DeskRequest) -> str:
    country = request.GET.get("country", "").upper()
    return "GB" if country == "UK" else country


def _wished(request: DeskRequest) -> dict[str, str]:
    """What a form begins with where a tile was pressed: its country and a free name."""
    market = _chosen(request)
    if market is None:
        return {}
    return {"country": market.country, "name": free_name(request.workspace, market, "")}


def _marketplaces_form(request: DeskRequest, account: SellerAccount) -> MarketplacesForm:
    taken = set(request.workspace.stores.values_list("name", flat=True))
    wanted: Any = request.GET.get("country", "")
    return MarketplacesForm(account, taken, wanted, request.POST or None)
