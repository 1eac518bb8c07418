"""What every page shows around itself. Nothing is asked of the database before it is shown."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import F
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from packbench.accounts.models import Workspace
from packbench.channels.models import SellerAccount
from packbench.lib import clock
from packbench.web.saying import ago, say

# URL name, its key after `g`, icon, word, and how the names of the pages below it begin.
PLACES = (
    ("orders", "o", "orders", _("Orders"), ("order",)),
    ("batches", "b", "batches", _("Batches"), ("batch",)),
    ("shipments", "s", "shipments", _("Shipments"), ("shipment",)),
    ("products", "p", "products", _("Products"), ("product",)),
    ("stores", "t", "stores", _("Stores"), ("store", "account", "application", "connect")),
    ("settings", "e", "settings", _("Settings"), ("setting", "warehouse", "ship_from")),
)
THEMES = ("light", "dark")


def desk(request: HttpRequest) -> dict[str, Any]:
    """The workspace, its stores, and what the owner must be told now."""
    theme = request.COOKIES.get("theme", "")
    shared: dict[str, Any] = {"theme": theme if theme in THEMES else "", "workspace": None}
    workspace: Workspace | None = getattr(request, "workspace", None)
    if workspace is None:
        return shared
    accounts = _once(partial(_accounts, workspace))
    return shared | {
        "workspace": workspace,
        "member": request.member,  # type: ignore[attr-defined]
        "is_compact": request.COOKIES.get("density") == "compact",
        "places": partial(_places, request),
        "stores": workspace.stores.order_by("name"),
        "accounts_to_renew": lambda: [row for row in accounts() if not _is_active(row)],
        "import_state": _once(lambda: _import_state(accounts(), now=clock.now())),
        "notices_waiting": _once(lambda: workspace.notices.waiting().count()),
    }


def _once(ask: Callable[[], Any]) -> Callable[[], Any]:
    """Ask when first shown, and only once."""
    answers: list[Any] = []

    def answer() -> Any:
        if not answers:
            answers.append(ask())
        return answers[0]

    return answer


def _places(request: HttpRequest) -> list[dict[str, Any]]:
    """The pages that exist, for the rail."""
    here = request.resolver_match.url_name or "" if request.resolver_match else ""
    places = []
    for name, key, icon, word, beginnings in PLACES:
        try:
            url = reverse(name)
        except NoReverseMatch:
            continue
        is_here = here.startswith(beginnings)
        places.append({"url": url, "key": key, "icon": icon, "name": word, "is_here": is_here})
    return places


def _accounts(workspace: Workspace) -> list[SellerAccount]:
    """The accounts with their stores; that whose orders came in last is first."""
    latest = F("imported_at").desc(nulls_last=True)
    return list(workspace.seller_accounts.prefetch_related("stores").order_by(latest, "id"))


def _is_active(account: SellerAccount) -> bool:
    return account.status == SellerAccount.Status.ACTIVE


def _import_state(accounts: list[SellerAccount], *, now: datetime) -> list[dict[str, Any]]:
    """When each account's orders came in last and come next."""
    return [_account_state(row, now=now) for row in accounts if row.stores.all()]


def _account_state(account: SellerAccount, *, now: datetime) -> dict[str, Any]:
    names = sorted(store.name for store in account.stores.all())
    is_active = _is_active(account)
    imported = ago(account.imported_at, now=now) if account.imported_at else gettext("not yet")
    return {
        "name": ", ".join(names),
        "short_name": names[0] if len(names) == 1 else f"{names[0]} +{len(names) - 1}",
        "said": imported if is_active else account.get_status_display(),
        "next_at": account.next_import_at if is_active else None,
        "is_bad": not is_active or bool(account.import_error),
        "problem": say(account.import_error),
    }
