"""Suspecting: why an order was never seen, the likeliest reason first."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max, Prefetch

from packbench.accounts.models import Workspace
from packbench.channels.models import SellerAccount, Store
from packbench.channels.settling import MOST_HISTORY_DAYS
from packbench.lib.marketplaces import by_id, is_known
from packbench.lib.sentences import Sentence, marked
from packbench.orders.explaining import Answer

OVERDUE = timedelta(minutes=5)
MOST_ACCOUNTS = 50  # of one workspace; the page names no more
KINDS = ("bad", "warn", "info")

NO_STORE = marked("No store is connected, so no order can come in.")
ENDED = marked(
    "Seller %(seller)s (%(region)s): Amazon refuses the account, so nothing comes in. Connect it "
    "again; then what was missed is read."
)
NO_STORES = marked(
    "Seller %(seller)s (%(region)s) is connected, but none of its marketplaces is a store here."
)
PAUSED = marked("The store %(store)s is paused. Resume it, and what was missed is read.")
OVERDUE_IMPORT = marked(
    "The import of seller %(seller)s is overdue: no worker seems to run. Start “packbench serve”, "
    "or “packbench worker”."
)
THROTTLED = marked(
    "The import of seller %(seller)s waits for Amazon's quota and goes on by itself."
)
FAILING = marked("The import of seller %(seller)s has stopped and is tried again. The reason:")
READING = marked("The history of %(stores)s is still being read.")
NEVER_IMPORTED = marked("No import of seller %(seller)s has been completed yet.")
NO_STORE_THERE = marked(
    "Seller %(seller)s also sells on %(marketplaces)s, and there is no store for that here."
)
TOO_YOUNG = marked(
    "It may be younger than the last complete import of seller %(seller)s. Amazon itself is some "
    "minutes behind."
)
NOT_RELEASED = marked(
    "It may be pending at Amazon: an order is held back for up to 30 minutes, longer while its "
    "payment is checked."
)
TOO_OLD = marked(
    "It may be older than the %(days)s days of history that were imported for %(stores)s. Choose "
    "more days in the settings, or ask Amazon for this order alone."
)
OLDER_STILL = marked(
    "It may be older than the %(days)s days of history that were imported for %(stores)s. Ask "
    "Amazon for this order alone."
)
ON_FILES = marked("The orders of %(store)s come with its next report: upload a newer one.")
OTHER_ACCOUNT = marked(
    "It may belong to another seller account, or to a region that is not connected. Connected: "
    "%(sellers)s."
)
MISTYPED = marked("The number may be mistyped. Compare it with Seller Central.")
NOT_AMAZONS = marked(
    "This is no Amazon order number (three, seven and seven digits), and no order here has it as "
    "the seller's own order ID."
)


def suspect(workspace: Workspace, *, is_amazon: bool, now: datetime) -> list[Answer]:
    """Return what may explain that an order was never seen, from the rows of the workspace.

    First what stops orders for certain, then what delays them, then what may be so.
    `is_amazon`: the number has the shape of Amazon's.
    """
    stores: Any = Prefetch("stores", queryset=workspace.stores.defer("brand_logo"))
    accounts = list(
        workspace.seller_accounts.prefetch_related(stores).order_by("seller_id", "id")[
            :MOST_ACCOUNTS
        ]
    )
    files = list(
        workspace.stores.filter(account__isnull=True)
        .defer("brand_logo")
        .annotate(reported_at=Max("import_runs__started_at"))
        .order_by("name")
    )
    answers = [] if is_amazon else [Answer("not_amazons", Sentence(NOT_AMAZONS), kind="bad")]
    answers += _of_accounts(accounts, now=now)
    if not accounts and not files:
        answers.append(Answer("nothing_connected", Sentence(NO_STORE), kind="bad"))
    answers += [_on_files(store) for store in files]
    answers += _of_others(accounts)
    return sorted(answers, key=lambda answer: KINDS.index(answer.kind))


def _of_accounts(accounts: list[SellerAccount], *, now: datetime) -> Iterator[Answer]:
    for account in accounts:
        yield from _of_import(account, now=now)
        yield from _of_stores(account)
    active = [row for row in accounts if row.status == SellerAccount.Status.ACTIVE]
    for account in active:
        if account.imported_at and _running(account):
            yield _young(account)
    if active:
        yield Answer("not_released", Sentence(NOT_RELEASED))
    yield from _of_history(store for account in active for store in account.stores.all())


def _of_import(account: SellerAccount, *, now: datetime) -> Iterator[Answer]:
    """What keeps the account's orders from coming in now."""
    values = {"seller": account.seller_id, "region": account.region.upper()}
    if account.status != SellerAccount.Status.ACTIVE:
        reason = Sentence.from_json(account.status_reason) if account.status_reason else None
        yield _about(
            account,
            "account_ended",
            ENDED,
            values,
            kind="bad",
            detail=reason,
            since=account.ended_at,
        )
        return
    if not account.stores.all():
        yield _about(account, "no_stores", NO_STORES, values, kind="bad")
        return
    if not _running(account):
        return
    if _is_overdue(account, now=now):
        since = account.next_import_at
        yield _about(account, "overdue", OVERDUE_IMPORT, values, kind="bad", since=since)
    elif account.import_error:
        yield _stopped(account, values)
    elif account.imported_at is None:
        yield _about(account, "never_imported", NEVER_IMPORTED, values, kind="warn")


def _stopped(account: SellerAccount, values: dict[str, str]) -> Answer:
    error = account.import_error or {}
    if error.get("code") == "throttled":
        until = account.next_import_at
        return _about(account, "throttled", THROTTLED, values, kind="warn", until=until)
    return _about(
        account,
        "failing",
        FAILING,
        values,
        kind="bad",
        detail=Sentence.from_json(error),
        since=_instant(error.get("since")) or account.imported_at,
        until=account.next_import_at,
    )


def _of_stores(account: SellerAccount) -> Iterator[Answer]:
    stores = sorted(account.stores.all(), key=lambda store: store.name)
    for store in stores:
        if store.paused_at:
            yield Answer(
                "store_paused",
                Sentence(PAUSED, {"store": store.name}),
                kind="bad",
                subject_id=store.pk,
                since=store.paused_at,
            )
    if account.status != SellerAccount.Status.ACTIVE:
        return
    reading = [store for store in stores if not store.paused_at and not store.backfilled_at]
    if reading and account.imported_at:
        names = {"stores": _names(reading)}
        yield _about(account, "reading_history", READING, names, kind="warn")
    if stores:
        yield from _of_other_marketplaces(account, {store.marketplace_id for store in stores})


def _of_other_marketplaces(account: SellerAccount, taken: set[str]) -> Iterator[Answer]:
    """SEED-95: only the orders of the US come in, though the account sells in Canada, too."""
    free = [by_id(each) for each in account.marketplace_ids if each not in taken and is_known(each)]
    if not free:
        return
    values = {
        "seller": account.seller_id,
        "marketplaces": ", ".join(market.name for market in free),
    }
    yield _about(
        account,
        "no_store_there",
        NO_STORE_THERE,
        values,
        kind="warn",
        country=free[0].country if len(free) == 1 else "",
    )


def _young(account: SellerAccount) -> Answer:
    return _about(
        account,
        "too_young",
        TOO_YOUNG,
        {"seller": account.seller_id},
        since=account.imported_at,
        until=account.next_import_at,
    )


def _of_history(stores: Iterable[Store]) -> Iterator[Answer]:
    by_days: dict[int, list[Store]] = defaultdict(list)
    for store in stores:
        by_days[store.history_days].append(store)
    for days, those in sorted(by_days.items()):
        text = TOO_OLD if days < MOST_HISTORY_DAYS else OLDER_STILL
        yield Answer(
            "too_old" if days < MOST_HISTORY_DAYS else "older_still",
            Sentence(text, {"days": str(days), "stores": _names(those)}),
            subject_id=those[0].pk if len(those) == 1 else "",
        )


def _on_files(store: Store) -> Answer:
    return Answer(
        "on_files",
        Sentence(ON_FILES, {"store": store.name}),
        subject_id=store.pk,
        since=getattr(store, "reported_at", None),
    )


def _of_others(accounts: list[SellerAccount]) -> Iterator[Answer]:
    if accounts:
        sellers = ", ".join(f"{row.seller_id} ({row.region.upper()})" for row in accounts)
        yield Answer("other_account", Sentence(OTHER_ACCOUNT, {"sellers": sellers}))
    yield Answer("mistyped", Sentence(MISTYPED))


def _about(
    account: SellerAccount,
    code: str,
    text: str,
    values: dict[str, str],
    *,
    kind: str = "info",
    country: str = "",
    detail: Sentence | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Answer:
    return Answer(
        code,
        Sentence(text, values),
        kind=kind,
        subject_id=account.pk,
        country=country,
        detail=detail,
        since=since,
        until=until,
    )


def _instant(text: object) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None


def _running(account: SellerAccount) -> bool:
    return any(store.paused_at is None for store in account.stores.all())


def _is_overdue(account: SellerAccount, *, now: datetime) -> bool:
    claimed = account.import_claimed_until
    is_at_work = claimed is not None and claimed > now
    return not is_at_work and account.next_import_at < now - OVERDUE


def _names(stores: Iterable[Store]) -> str:
    return ", ".join(store.name for store in stores)
