"""Importing: from a store's pages to orders here, resuming where the last import stopped."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from packbench.channels.base import Channel, OrdersPage, OrdersQuery
from packbench.channels.connecting import end_authorization
from packbench.channels.models import ImportRun, SellerAccount, Store, sentence_json
from packbench.jobs.leasing import lease
from packbench.lib.errors import BadCredentials, Rejected, RemoteError, Throttled
from packbench.orders.saving import Saved, save_orders

log = structlog.get_logger(__name__)

POLL_EVERY = timedelta(minutes=4)  # searchOrders: one call in 179 s, and room for paging
OVERLAP = timedelta(minutes=5)
RETRY_AFTER = timedelta(minutes=1)
MOST_PAGES = 1000

Clock = Callable[[], datetime]


def import_orders(account: SellerAccount, channel: Channel, *, clock: Clock) -> ImportRun | None:
    """Fetch what is new at the account's stores, page by page.

    Safe to run again and at once elsewhere: only one import of an account runs at a time (None
    where another one does), each page is one transaction, and an import that is cut short goes
    on at the page where it stood. Raises RemoteError; what was read until then is kept.
    """
    now = clock()
    if not SellerAccount.objects.claim_import(account.pk, now=now, until=now + lease()):
        return None
    try:
        run = _backfill_or_poll(account, channel, clock)
    except RemoteError as error:
        _give_back(account, error, now=clock())
        raise
    _finish(account, run, now=clock())
    return run


def _backfill_or_poll(account: SellerAccount, channel: Channel, clock: Clock) -> ImportRun:
    """Read the history of new stores first; then what changed since the last poll."""
    stores = list(account.stores.filter(paused_at__isnull=True).select_related("workspace__key"))
    new = [store for store in stores if store.backfilled_at is None]
    if new:
        run = _read(account, _history_run(account, new, clock()), stores, channel, clock)
        Store.objects.filter(pk__in=[store.pk for store in new]).update(backfilled_at=clock())
        return run
    return _read(account, _poll_run(account, stores, clock()), stores, channel, clock)


def _history_run(account: SellerAccount, stores: list[Store], now: datetime) -> ImportRun:
    days = max(store.history_days for store in stores)
    return _open_run(
        account, stores, now, created_after=now - timedelta(days=days), updated_after=None
    )


def _poll_run(account: SellerAccount, stores: list[Store], now: datetime) -> ImportRun:
    since = (account.imported_until or now - timedelta(days=1)) - OVERLAP
    return _open_run(account, stores, now, created_after=None, updated_after=since)


def _open_run(
    account: SellerAccount,
    stores: list[Store],
    now: datetime,
    *,
    created_after: datetime | None,
    updated_after: datetime | None,
) -> ImportRun:
    """Go on with the run that was cut short, if its page token lives; else begin a new one."""
    marketplaces = sorted(store.marketplace_id for store in stores)
    last = account.import_runs.filter(finished_at__isnull=True).order_by("-started_at").first()
    same_kind = last is not None and (last.created_after is None) == (created_after is None)
    if last and same_kind and last.marketplace_ids == marketplaces and last.can_resume(now):
        return last
    account.import_runs.filter(finished_at__isnull=True).update(finished_at=now, page_token="")
    return ImportRun.objects.create(
        workspace_id=account.workspace_id,
        account=account,
        started_at=now,
        created_after=created_after,
        updated_after=updated_after,
        marketplace_ids=marketplaces,
    )


def _read(
    account: SellerAccount, run: ImportRun, stores: list[Store], channel: Channel, clock: Clock
) -> ImportRun:
    by_marketplace = {store.marketplace_id: store for store in stores}
    for _ in range(MOST_PAGES):
        page = _fetch(run, channel)
        _save_page(account, run, page, by_marketplace, now=clock())
        if not page.next_page_token:
            break
    return run


def _fetch(run: ImportRun, channel: Channel) -> OrdersPage:
    """Fetch the run's next page; begin again where Amazon no longer takes the page token."""
    try:
        return channel.fetch_orders(_query(run))
    except Rejected:
        if not run.page_token:
            raise
        run.page_token = ""
        return channel.fetch_orders(_query(run))


def _query(run: ImportRun) -> OrdersQuery:
    return OrdersQuery(
        marketplace_ids=tuple(run.marketplace_ids),
        created_after=run.created_after,
        updated_after=run.updated_after,
        page_token=run.page_token,
    )


@transaction.atomic
def _save_page(
    account: SellerAccount,
    run: ImportRun,
    page: OrdersPage,
    stores: dict[str, Store],
    *,
    now: datetime,
) -> None:
    saved = save_orders(page.orders, stores, account=account, withheld=page.withheld, now=now)
    saved.skipped += page.skipped
    _count(run, page, saved, now=now)
    run.save()
    SellerAccount.objects.filter(pk=account.pk).update(
        withheld=list(page.withheld), import_claimed_until=now + lease()
    )


def _count(run: ImportRun, page: OrdersPage, saved: Saved, *, now: datetime) -> None:
    run.pages += 1
    run.created_count += len(saved.created)
    run.changed_count += len(saved.changed)
    run.skipped_count += len(saved.skipped)
    run.page_token = page.next_page_token
    run.page_token_at = now if page.next_page_token else None
    # The first page's mark: what changes while we page on is read again by the next poll.
    run.read_until = run.read_until or page.read_until


def _finish(account: SellerAccount, run: ImportRun, *, now: datetime) -> None:
    ImportRun.objects.filter(pk=run.pk).update(finished_at=now)
    until = max(filter(None, [account.imported_until, run.read_until]), default=None)
    if run.created_after and account.imported_until:
        until = account.imported_until  # a new store's history says nothing of the others' news
    SellerAccount.objects.filter(pk=account.pk).update(
        imported_until=until,
        imported_at=now,
        next_import_at=now if run.created_after and account.imported_until else now + POLL_EVERY,
        import_claimed_until=None,
        import_error=None,
    )
    log.info(
        "imported",
        account_id=account.pk,
        import_id=run.pk,
        count=run.created_count,
        skipped=run.skipped_count,
    )


def _give_back(account: SellerAccount, error: RemoteError, *, now: datetime) -> None:
    """Note why the import stopped and when it is worth going on."""
    wait = RETRY_AFTER
    if isinstance(error, Throttled) and error.retry_after:
        wait = timedelta(seconds=error.retry_after)
    SellerAccount.objects.filter(pk=account.pk).update(
        import_claimed_until=None, next_import_at=now + wait, import_error=sentence_json(error)
    )
    if isinstance(error, BadCredentials):
        end_authorization(account, error, now=now)
    log.warning("import_stopped", account_id=account.pk, code=error.code, retry_in_s=wait.seconds)
