"""Stores: what is connected, and how it is imported."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import Count, Max, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from packbench.channels.deadlines import deadline_of_account
from packbench.channels.leads import Survey
from packbench.channels.models import SellerAccount, Skip, Store
from packbench.channels.settling import import_now, pause_store, resume_store
from packbench.lib import clock
from packbench.lib.errors import Rejected
from packbench.web.doors import DeskRequest, member_page, owner_page
from packbench.web.forms.stores import ReportForm
from packbench.web.store_parts import Part, parts_of

SKIPS_SHOWN = 50
RUNS_SHOWN = 20
RECOUNTS_SHOWN = 3
FILES_SHOWN = 50


@dataclass(slots=True)
class StoreLine:
    """A store in the list: the store, orders that wait, and how many of those have problems."""

    store: Store
    waiting: int = 0
    problems: int = 0
    to_confirm: int = 0
    reported_at: datetime | None = None  # a file store's last report


@dataclass(slots=True)
class AccountLine:
    """A seller account with its stores, and the days until its authorization ends."""

    account: SellerAccount
    days_left: int
    can_add: bool
    lines: list[StoreLine] = field(default_factory=list)


@member_page
def stores(request: DeskRequest) -> HttpResponse:
    """All seller accounts with their stores, then the stores that live on files."""
    lines = _lines(request)
    accounts = [
        AccountLine(
            account,
            days_left=deadline_of_account(account).days_left(clock.now()),
            can_add=len(account.marketplace_ids) > len(account.stores.all()),
            lines=[line for line in lines if line.store.account_id == account.pk],
        )
        for account in request.workspace.seller_accounts.prefetch_related("stores").order_by("id")
    ]
    files = [line for line in lines if line.store.is_file_store]
    return render(request, "web/stores/list.html", {"accounts": accounts, "file_lines": files})


@member_page
def store(request: DeskRequest, store_id: str) -> HttpResponse:
    return store_page(request, find_store(request, store_id))


@never_cache
@require_GET
@member_page
def log(request: DeskRequest, store_id: str) -> HttpResponse:
    """How the imports go: a part of the store's page that asks again while orders come in."""
    row = find_store(request, store_id)
    return render(request, "web/stores/log.html", log_of(row) | {"store": row})


@require_POST
@owner_page
def pause(request: DeskRequest, store_id: str) -> HttpResponse:
    row = find_store(request, store_id)
    pause_store(row, actor=request.user.pk, now=clock.now())
    messages.success(request, gettext("Paused. Nothing more is imported until you resume."))
    return redirect("store", row.pk)


@require_POST
@owner_page
def resume(request: DeskRequest, store_id: str) -> HttpResponse:
    row = find_store(request, store_id)
    resume_store(row, actor=request.user.pk, now=clock.now())
    messages.success(request, gettext("Resumed. The orders that were missed come in now."))
    return redirect("store", row.pk)


@require_POST
@owner_page
def import_orders(request: DeskRequest, store_id: str) -> HttpResponse:
    row = find_store(request, store_id)
    try:
        import_now(row, now=clock.now())
    except Rejected as error:
        return store_page(request, row, refused=error)
    messages.success(request, gettext("Importing. New orders appear within a minute."))
    return redirect("store", row.pk)


def find_store(request: DeskRequest, store_id: str) -> Any:
    """The store, with `logo` beside its columns."""
    stores = request.workspace.stores.select_related("account__application", "workspace__key")
    return get_object_or_404(stores.with_logos(), pk=store_id)


def store_page(
    request: DeskRequest, row: Store, shown: Part | None = None, **more: Any
) -> HttpResponse:
    """The page of one store; `shown` and `more` are what a form that was sent left to show."""
    is_owner = request.member.can_manage
    is_new = is_owner and request.GET.get("connected") == "1"
    context = {
        "store": row,
        **log_of(row),
        "line": _lines(request, store=row)[0],
        "parts": parts_of(row, shown) if is_owner else [],
        "is_new": is_new,
        **(_next_steps(request) if is_new else {}),
        **(_files(row) if row.account is None else _skips(request, row.account)),
        **more,
    }
    return render(request, "web/stores/store.html", context)


def log_of(row: Store) -> dict[str, Any]:
    """The latest imports; `is_importing` while the first one of the store brings its orders."""
    account = row.account
    log = row.import_runs if account is None else account.import_runs
    is_importing = bool(
        account
        and account.status == SellerAccount.Status.ACTIVE
        and not account.import_error
        and row.backfilled_at is None
        and not row.is_paused
    )
    return {
        "account": account,
        "runs": log.order_by("-started_at", "-id")[:RUNS_SHOWN],
        "is_importing": is_importing,
        **counted(account),
        "store_orders": row.orders.count() if is_importing else 0,
    }


def counted(account: SellerAccount | None) -> dict[str, Any]:
    """How many orders are fetched one by one, and what the latest recounts found."""
    if account is None:
        return {}
    ended = account.surveys.filter(purpose=Survey.Purpose.RECOUNT, finished_at__isnull=False)
    return {
        "leads": account.leads.count(),
        "recounts": ended.order_by("-started_at")[:RECOUNTS_SHOWN],
    }


def _next_steps(request: DeskRequest) -> dict[str, Any]:
    """What is still to be done once a store is connected (SEED-11)."""
    return {
        "has_address": request.workspace.warehouses.exists(),
        "unweighed": request.workspace.products.without_weight().exists(),
    }


def _files(row: Store) -> dict[str, Any]:
    files = row.notice_files.defer("content").order_by("-created_at", "-id")[:FILES_SHOWN]
    return {"report_form": ReportForm(), "files": files}


def _skips(request: DeskRequest, account: SellerAccount) -> dict[str, Any]:
    """The account's skipped orders, the latest first, by page and by reason."""
    skips = account.skips.order_by("-id")
    reason, before = request.GET.get("reason", ""), request.GET.get("before", "")
    if reason in Skip.Reason.values:
        skips = skips.filter(reason=reason)
    if before.isascii() and before.isdigit() and len(before) < 19:
        skips = skips.filter(id__lt=int(before))
    shown = list(skips[: SKIPS_SHOWN + 1])
    return {
        "skips": shown[:SKIPS_SHOWN],
        "older": shown[SKIPS_SHOWN - 1].pk if len(shown) > SKIPS_SHOWN else None,
        "is_paged": bool(before),
        "reason": reason,
        "reasons": Skip.Reason.choices,
    }


def _lines(request: DeskRequest, store: Store | None = None) -> list[StoreLine]:
    stores = request.workspace.stores.with_logos().order_by("name", "id")
    if store:
        stores = stores.filter(pk=store.pk)
    lines = {row.pk: StoreLine(row) for row in stores}
    waiting = request.workspace.orders.to_ship().filter(store__in=list(lines)).values("store")
    for row in waiting.annotate(all=Count("id"), bad=Count("id", filter=Q(has_problems=True))):
        lines[row["store"]].waiting, lines[row["store"]].problems = row["all"], row["bad"]
    _add_files(request, [line for line in lines.values() if line.store.is_file_store])
    return list(lines.values())


def _add_files(request: DeskRequest, lines: list[StoreLine]) -> None:
    """Note when each file store had its last report and what its next file will hold."""
    by_store = {line.store.pk: line for line in lines}
    runs = request.workspace.import_runs.filter(store__in=list(by_store)).values("store")
    for row in runs.annotate(last=Max("started_at")):
        by_store[row["store"]].reported_at = row["last"]
    unsent = request.workspace.notices.filter(store__in=list(by_store))
    unsent = unsent.to_file(clock.now())
    for row in unsent.values("store").annotate(all=Count("id")):
        by_store[row["store"]].to_confirm = row["all"]
