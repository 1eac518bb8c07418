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
from packbench.orders.chasing import forget_met
from packbench.orders.dividing import (
    begin_surveys,
    mark_of,
    statuses_of,
    steer,
    turn_page,
)
from packbench.orders.lacking import note_withheld, without
from packbench.orders.resuming import news_are_due, open_history, open_news
from packbench.orders.saving import Saved, save_orders

log = structlog.get_logger(__name__)

POLL_EVERY = timedelta(minutes=4)  # searchOrders: one call in 179 s, and room for paging
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
        return _read_next(mine)
    except Overtaken:
        return None
    except Exception as error:
        _give_back(mine, error)
        raise


def _read_next(mine: _Import) -> ImportRun:
    """Read the history of new stores first, then what was missed in pauses; else what changed.

    While a long history comes in, news are looked for once an hour all the same.
    """
    running = mine.account.stores.filter(paused_at__isnull=True)
    stores = list(running.select_related("workspace__key"))
    unread = [store for store in stores if store.backfilled_at is None]
    if not unread or news_are_due(mine.account, now=mine.clock()):
        run = open_news(mine.account, stores, now=mine.clock())
        is_whole = _read(mine, run, stores)
        _finish(mine, run, stores, is_whole=is_whole)
        return run
    new = [store for store in unread if store.read_from is None]
    return _read_history(mine, new or unread)


def _read_history(mine: _Import, stores: list[Store]) -> ImportRun:
    run = open_history(mine.account, stores, now=mine.clock())
    begin_surveys(mine.account, run, now=mine.clock())
    is_whole = _read(mine, run, stores)
    with transaction.atomic():
        mine.renew()  # whoever locks an account and its stores locks the account first
        if is_whole:
            Store.objects.filter(pk__in=[store.pk for store in stores]).update(
                backfilled_at=mine.clock(), read_from=None
            )
        _finish(mine, run, stores, is_whole=is_whole)
    return run


def _read(mine: _Import, run: ImportRun, stores: list[Store]) -> bool:
    """Read the run's pages. False: there are more than one import takes; the next goes on."""
    by_marketplace = {store.marketplace_id: store for store in stores}
    may_begin_again = True
    for _ in range(MOST_PAGES):
        if not steer(run):
            return True
        query = _query(mine, run)
        try:
            page = mine.channel.fetch_orders(query)
        except Rejected:
            if not (run.page_token and may_begin_again):
                raise
            run.page_token, may_begin_again = "", False  # Amazon no longer takes the token
            continue
        if not _save_page(mine, run, query, page, by_marketplace):
            return True
    return False


def _query(mine: _Import, run: ImportRun) -> OrdersQuery:
    return OrdersQuery(
        marketplace_ids=tuple(run.marketplace_ids),
        created_after=run.created_after,
        updated_after=run.updated_after,
        statuses=statuses_of(run),
        is_ours_only=run.stage == ImportRun.Stage.OURS,
        without=without(mine.account, now=mine.clock()),
        page_token=run.page_token,
    )


@transaction.atomic
def _save_page(
    mine: _Import, run: ImportRun, query: OrdersQuery, page: OrdersPage, stores: dict[str, Store]
) -> bool:
    """Save the page and where the run stands after it. False: it was the last one."""
    mine.renew()
    now, account = mine.clock(), mine.account
    saved = save_orders(
        page.orders,
        stores,
        account=account,
        withheld=page.withheld,
        unreadable=page.skipped,
        now=now,
    )
    _count(run, page, saved)
    goes_on = turn_page(run, page, now=now)
    run.save()
    forget_met(account, _numbers(page))
    note_withheld(account, page.withheld, left_out=query.without or (), now=now)
    return goes_on


def _numbers(page: OrdersPage) -> list[str]:
    return [
        *(order.external_id for order in page.orders),
        *(skip.external_id for skip in page.skipped),
    ]


def _count(run: ImportRun, page: OrdersPage, saved: Saved) -> None:
    run.pages += 1
    run.created_count += len(saved.created)
    run.changed_count += len(saved.changed)
    run.skipped_count += len(saved.skipped)
    run.lacks_packages = run.lacks_packages or "PACKAGES" in page.withheld
    # The first page's mark: what changes while we page on is read again by the next poll.
    run.read_until = run.read_until or page.read_until


@transaction.atomic
def _finish(mine: _Import, run: ImportRun, stores: list[Store], *, is_whole: bool) -> None:
    mine.renew()
    now, account = mine.clock(), mine.account
    if not is_whole:
        mine.write(import_claimed_until=None, next_import_at=now, import_error=None)
        return
    ImportRun.objects.filter(pk=run.pk).update(finished_at=now)
    mark = mark_of(run)
    if run.purpose != ImportRun.Purpose.NEWS and account.imported_until:
        # It says nothing of the other stores' news, but its survey may have missed the latest.
        mark = min(account.imported_until, mark) if mark and mark != run.read_until else None
    if not run.lacks_packages:
        Store.objects.filter(pk__in=[store.pk for store in stores]).update(polled_at=now)
    mine.write(
        imported_until=mark or account.imported_until,
        imported_at=now,
        next_import_at=now + POLL_EVERY if _is_up_to_date(run, mark) else now,
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


def _is_up_to_date(run: ImportRun, mark: datetime | None) -> bool:
    """Whether nothing is left to be read at once: a history's rest, or what its survey missed."""
    if mark is None:
        return False
    if run.purpose == ImportRun.Purpose.NEWS:
        return not Store.objects.unread().filter(account_id=run.account_id).exists()
    return mark == run.read_until


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
