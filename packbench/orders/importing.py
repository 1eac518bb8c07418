"""Importing: from a store's pages to orders here, resuming where the last import stopped."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from packbench.channels.base import Channel, OrdersPage, OrdersQuery
from packbench.channels.counting import count_unknown
from packbench.channels.ending import end_authorization
from packbench.channels.models import ImportRun, SellerAccount, Store, sentence_json
from packbench.channels.stalling import lasting
from packbench.jobs.leasing import lease
from packbench.lib.errors import BadCredentials, Rejected, RemoteError, TemporaryError, Throttled
from packbench.lib.sentences import marked
from packbench.orders.saving import Saved, save_orders

log = structlog.get_logger(__name__)

POLL_EVERY = timedelta(minutes=4)  # searchOrders: one call in 179 s, and room for paging
OVERLAP = timedelta(minutes=5)
RETRY_AFTER = timedelta(minutes=1)
MOST_PAGES = 1000
FAULT = marked(
    "The import stopped at a fault of ours (%(kind)s). It is tried again; please report it."
)

Clock = Callable[[], datetime]


class Overtaken(Exception):
    """Another worker has the account's import by now: write nothing more."""


@dataclass(slots=True)
class _Import:
    """One worker's hold on the import of an account. `until` is its claim."""

    account: SellerAccount
    channel: Channel
    clock: Clock
    until: datetime

    def renew(self) -> None:
        """Go on holding the claim. Raises Overtaken."""
        until = self.clock() + lease()
        self.write(import_claimed_until=until)
        self.until = until

    def write(self, **fields: object) -> None:
        """Write to the account while the claim is ours. Raises Overtaken."""
        mine = SellerAccount.objects.filter(pk=self.account.pk, import_claimed_until=self.until)
        if mine.update(**fields) != 1:
            raise Overtaken(self.account.pk)


def import_orders(account: SellerAccount, channel: Channel, *, clock: Clock) -> ImportRun | None:
    """Fetch what is new at the account's stores, page by page.

    Safe to run again and at once elsewhere: only one import of an account runs at a time (None
    where another one does), each page is one transaction, and an import that is cut short goes
    on at the page where it stood. Raises RemoteError; what was read until then is kept.
    """
    now = clock()
    mine = _Import(account, channel, clock, until=now + lease())
    if not SellerAccount.objects.claim_import(account.pk, now=now, until=mine.until):
        return None
    try:
        return _backfill_or_poll(mine)
    except Overtaken:
        return None
    except Exception as error:
        _give_back(mine, error)
        raise


def _backfill_or_poll(mine: _Import) -> ImportRun:
    """Read the history of new stores first, then what was missed in pauses; else what changed."""
    running = mine.account.stores.filter(paused_at__isnull=True)
    stores = list(running.select_related("workspace__key"))
    unread = [store for store in stores if store.backfilled_at is None]
    new = [store for store in unread if store.read_from is None]
    if new:
        return _read_history(mine, new, _history_run(mine, new))
    if unread:
        return _read_history(mine, unread, _missed_run(mine, unread))
    run = _poll_run(mine, stores)
    is_whole = _read(mine, run, stores)
    _finish(mine, run, stores, is_whole=is_whole, is_poll=True)
    return run


def _read_history(mine: _Import, stores: list[Store], run: ImportRun) -> ImportRun:
    is_whole = _read(mine, run, stores)
    with transaction.atomic():
        mine.renew()  # whoever locks an account and its stores locks the account first
        if is_whole:
            Store.objects.filter(pk__in=[store.pk for store in stores]).update(
                backfilled_at=mine.clock(), read_from=None
            )
        _finish(mine, run, stores, is_whole=is_whole, is_poll=False)
    return run


def _history_run(mine: _Import, stores: list[Store]) -> ImportRun:
    days = max(store.history_days for store in stores)
    return _open_run(mine, stores, created_after=mine.clock() - timedelta(days=days))


def _missed_run(mine: _Import, stores: list[Store]) -> ImportRun:
    since = min(store.read_from for store in stores if store.read_from)
    return _open_run(mine, stores, updated_after=since - OVERLAP)


def _poll_run(mine: _Import, stores: list[Store]) -> ImportRun:
    since = mine.account.imported_until or mine.clock() - timedelta(days=1)
    return _open_run(mine, stores, updated_after=since - OVERLAP)


def _open_run(
    mine: _Import,
    stores: list[Store],
    *,
    created_after: datetime | None = None,
    updated_after: datetime | None = None,
) -> ImportRun:
    """Go on with the run that was cut short, if its page token lives; else begin a new one."""
    now = mine.clock()
    wanted = ImportRun(
        workspace_id=mine.account.workspace_id,
        account=mine.account,
        started_at=now,
        created_after=created_after,
        updated_after=updated_after,
        marketplace_ids=sorted(store.marketplace_id for store in stores),
    )
    unfinished = mine.account.import_runs.filter(finished_at__isnull=True)
    last = unfinished.order_by("-started_at").first()
    if last and last.can_resume(now) and _serves(last, wanted):
        return last
    unfinished.update(finished_at=now, page_token="")
    wanted.save()
    return wanted


def _serves(last: ImportRun, wanted: ImportRun) -> bool:
    """Whether the unfinished run reads all that is wanted now."""
    if last.marketplace_ids != wanted.marketplace_ids:
        return False
    for begun, asked in (
        (last.created_after, wanted.created_after),
        (last.updated_after, wanted.updated_after),
    ):
        if (begun is None) != (asked is None):
            return False
        # The same history, begun a while ago, reaches as far back or further.
        if begun and asked and begun > asked:
            return False
    return True


def _read(mine: _Import, run: ImportRun, stores: list[Store]) -> bool:
    """Read the run's pages. False: there are more than one import takes; the next goes on."""
    by_marketplace = {store.marketplace_id: store for store in stores}
    may_begin_again = True
    for _ in range(MOST_PAGES):
        try:
            page = mine.channel.fetch_orders(_query(run))
        except Rejected:
            if not (run.page_token and may_begin_again):
                raise
            run.page_token, may_begin_again = "", False  # Amazon no longer takes the token
            continue
        _save_page(mine, run, page, by_marketplace)
        if not page.next_page_token:
            return True
    return False


def _query(run: ImportRun) -> OrdersQuery:
    return OrdersQuery(
        marketplace_ids=tuple(run.marketplace_ids),
        created_after=run.created_after,
        updated_after=run.updated_after,
        page_token=run.page_token,
    )


@transaction.atomic
def _save_page(mine: _Import, run: ImportRun, page: OrdersPage, stores: dict[str, Store]) -> None:
    mine.renew()
    now = mine.clock()
    saved = save_orders(
        page.orders,
        stores,
        account=mine.account,
        withheld=page.withheld,
        unreadable=page.skipped,
        now=now,
    )
    _count(run, page, saved, now=now)
    run.save()
    SellerAccount.objects.filter(pk=mine.account.pk).update(withheld=list(page.withheld))


def _count(run: ImportRun, page: OrdersPage, saved: Saved, *, now: datetime) -> None:
    run.pages += 1
    run.created_count += len(saved.created)
    run.changed_count += len(saved.changed)
    run.skipped_count += len(saved.skipped)
    run.page_token = page.next_page_token
    run.page_token_at = now if page.next_page_token else None
    run.lacks_packages = run.lacks_packages or "PACKAGES" in page.withheld
    # The first page's mark: what changes while we page on is read again by the next poll.
    run.read_until = run.read_until or page.read_until


@transaction.atomic
def _finish(
    mine: _Import, run: ImportRun, stores: list[Store], *, is_whole: bool, is_poll: bool
) -> None:
    mine.renew()
    now, account = mine.clock(), mine.account
    if not is_whole:
        mine.write(import_claimed_until=None, next_import_at=now, import_error=None)
        return
    ImportRun.objects.filter(pk=run.pk).update(finished_at=now)
    # A new store's history says nothing of the other stores' news.
    advances = is_poll or account.imported_until is None
    if not run.lacks_packages:
        Store.objects.filter(pk__in=[store.pk for store in stores]).update(polled_at=now)
    mine.write(
        imported_until=run.read_until or account.imported_until
        if advances
        else account.imported_until,
        imported_at=now,
        next_import_at=now + POLL_EVERY if advances else now,
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


def _give_back(mine: _Import, error: Exception) -> None:
    """Note why the import stopped and when it is worth going on."""
    now = mine.clock()
    if not isinstance(error, RemoteError):
        error = TemporaryError(FAULT, code="fault", kind=type(error).__name__)
    wait = RETRY_AFTER
    if isinstance(error, Throttled) and error.retry_after:
        wait = timedelta(seconds=error.retry_after)
    try:
        mine.write(
            import_claimed_until=None,
            next_import_at=now + wait,
            import_error=lasting(sentence_json(error), mine.account.import_error, now=now),
        )
    except Overtaken:
        return
    count_unknown(mine.account.workspace_id, error, operation="import", now=now)
    if isinstance(error, BadCredentials):
        end_authorization(mine.account, error, now=now)
    log.warning(
        "import_stopped", account_id=mine.account.pk, code=error.code, retry_in_s=wait.seconds
    )
