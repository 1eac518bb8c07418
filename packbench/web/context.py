"""What every page shows around itself. Nothing is asked of the database before it is shown."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from packbench.accounts.models import Workspace
from packbench.channels.deadlines import deadlines_of
from packbench.channels.models import SellerAccount, Store
from packbench.lib import clock
from packbench.web import notice_list
from packbench.web.saying import ago, say

# URL name, its key after `g`, icon, word, and how the names of the pages below it begin.
PLACES = (
    ("today", "d", "today", _("Today"), ("today", "end_of_day")),
    ("orders", "o", "orders", _("Orders"), ("order",)),
    ("problems", "f", "warning", _("Problems"), ("problem",)),
    ("batches", "b", "batches", _("Batches"), ("batch",)),
    ("bench", "k", "scan", _("Bench"), ("bench",)),
    ("shipments", "s", "shipments", _("Shipments"), ("shipment", "notice")),
    ("products", "p", "products", _("Products"), ("product",)),
    ("customers", "c", "person", _("Customers"), ("customer",)),
    ("rules", "r", "rules", _("Rules"), ("rule", "tag")),
    (
        "stores",
        "t",
        "stores",
        _("Stores"),
        ("store", "account", "application", "connect", "trace", "compliance"),
    ),
    ("health", "a", "health", _("Health"), ("health",)),
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
    accounts = _once(lambda: _accounts(stores_of(request)))
    return shared | {
        "workspace": workspace,
        "member": request.member,  # type: ignore[attr-defined]
        "is_compact": request.COOKIES.get("density") == "compact",
        "has_station": bool(request.COOKIES.get("station")),
        "places": partial(_places, request),
        "stores": partial(stores_of, request),
        "accounts_to_renew": lambda: [row for row, _ in accounts() if _waits(row)],
        "deadlines": lambda: _deadlines([row for row, _ in accounts()], now=clock.now()),
        "import_state": _once(lambda: _import_state(accounts(), now=clock.now())),
        "notices_waiting": _once(lambda: notice_list.waiting(workspace, now=clock.now())),
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


def stores_of(request: HttpRequest) -> list[Store]:
    """The workspace's stores by name, with their accounts; asked for once a request."""
    stores: list[Store] | None = getattr(request, "_stores", None)
    if stores is None:
        workspace: Workspace = request.workspace  # type: ignore[attr-defined]
        rows = workspace.stores.select_related("account__application").order_by("name")
        stores = list(rows.defer("brand_logo", "account__application__client_secret"))
        request._stores = stores  # type: ignore[attr-defined]
    return stores


def _accounts(stores: list[Store]) -> list[tuple[SellerAccount, list[Store]]]:
    """The accounts with their stores; that whose orders came in last is first."""
    by_account: dict[str, tuple[SellerAccount, list[Store]]] = {}
    for store in stores:
        if store.account:
            by_account.setdefault(store.account.pk, (store.account, []))[1].append(store)
    return sorted(by_account.values(), key=lambda pair: _last_import(pair[0]), reverse=True)


def _last_import(account: SellerAccount) -> tuple[float, str]:
    return (account.imported_at.timestamp() if account.imported_at else 0.0, account.pk)


def _waits(account: SellerAccount) -> bool:
    """Whether Amazon refuses the account. Who revoked it here needs no reminder of that."""
    return not _is_active(account) and account.has_token


def _deadlines(accounts: list[SellerAccount], *, now: datetime) -> list[dict[str, Any]]:
    """What ends soon, with the page where it is mended."""
    return [
        {"said": say(each.say(each.days_left(now))), "path": each.path}
        for each in deadlines_of(accounts)
        if each.has_banner(now)
    ]


def _is_active(account: SellerAccount) -> bool:
    return account.status == SellerAccount.Status.ACTIVE


def _import_state(
    accounts: list[tuple[SellerAccount, list[Store]]], *, now: datetime
) -> list[dict[str, Any]]:
    """When each account's orders came in last and come next."""
    return [_account_state(account, stores, now=now) for account, stores in accounts]


def _account_state(account: SellerAccount, stores: list[Store], *, now: datetime) -> dict[str, Any]:
    names = [store.name for store in stores]
    is_active = _is_active(account)
    imported = ago(account.imported_at, now=now) if account.imported_at else gettext("not yet")
    return {
        "name": ", ".join(names),
        "short_name": names[0] if len(names) == 1 else f"{names[0]} +{len(names) - 1}",
        "said": imported if is_active else account.get_status_display(),
        "next_at": account.next_import_at if is_active else None,
        "is_bad": not is_active or bool(account.import_error),
        "problem": say(account.import_error),
        "code": (account.import_error or {}).get("code", ""),
    }
