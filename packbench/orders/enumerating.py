"""Enumerating: which orders Amazon has, by their numbers; what is not here is then fetched.

A survey is told by Amazon's report of orders, which costs none of the quota that orders come in
by. Where reports are denied, a recount searches without data, one page now and then.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from packbench.channels.base import (
    Channel,
    ListedOrder,
    OrdersQuery,
    ReportQuery,
    ReportState,
    SkippedOrder,
)
from packbench.channels.counting import count_unknown
from packbench.channels.ending import end_authorization
from packbench.channels.leads import Lead, Survey
from packbench.channels.models import ImportRun, SellerAccount, Skip, Store
from packbench.events.recording import record
from packbench.jobs import defer_once
from packbench.jobs.leasing import lease
from packbench.lib.errors import (
    BadCredentials,
    OutcomeUnknown,
    Rejected,
    RemoteError,
    TemporaryError,
)
from packbench.orders.chasing import JOB as CHASE_JOB
from packbench.orders.chasing import note_leads
from packbench.orders.dividing import SURVEY_JOB
from packbench.orders.models import Order
from packbench.orders.saving import Saved, record_skips
from packbench.products.fetching import lacks_role

log = structlog.get_logger(__name__)

LOOK_EVERY = timedelta(seconds=20)
SEARCH_EVERY = timedelta(minutes=20)  # three pages an hour of the five that polls leave
RETRY_AFTER = timedelta(minutes=5)
REPORT_PATIENCE = timedelta(hours=3)
SEARCH_PATIENCE = timedelta(hours=23)  # the life of a page token
MOST_TRIES = 3
RECOUNT_EVERY = timedelta(days=1)
RECOUNTED = timedelta(days=3)
SECOND = timedelta(seconds=1)  # reports tell whole ones
ACTOR = "recount"

Clock = Callable[[], datetime]


class Overtaken(Exception):
    """Another worker has the survey by now: write nothing more."""


def place_recounts(*, now: datetime) -> int:
    """Begin what recounts are due, once a day for each account; return how many."""
    rows = SellerAccount.objects.due_for_recount(now).order_by("id")[:1000]
    return sum(_place_recount(account, now=now) for account in rows)


@transaction.atomic
def _place_recount(account: SellerAccount, *, now: datetime) -> int:
    mine = SellerAccount.objects.filter(pk=account.pk, recount_at=account.recount_at)
    if mine.update(recount_at=now + RECOUNT_EVERY) != 1 or account.recount_at is None:
        return 0  # another was first; or it was connected just now
    stores = account.stores.filter(paused_at__isnull=True, backfilled_at__isnull=False)
    marketplaces = sorted(stores.values_list("marketplace_id", flat=True))
    if not marketplaces or account.surveys.open().exists():
        return 0
    survey = Survey.objects.create(
        workspace_id=account.workspace_id,
        account=account,
        purpose=Survey.Purpose.RECOUNT,
        marketplace_ids=marketplaces,
        is_by_update=True,
        since=now - RECOUNTED,
        until=now,
        next_try_at=now,
        started_at=now,
    )
    defer_once(SURVEY_JOB, survey_id=survey.pk)
    return 1


def carry_on(survey: Survey, channel: Channel, *, clock: Clock) -> None:
    """Take the survey's next step: ask for the report, look for it, read it, or read a page.

    Safe to run again and at once elsewhere: one worker holds a survey, and its row says where it
    stands. A report that was asked for twice is read once and harms nobody.
    """
    now = clock()
    until = now + lease()
    if not Survey.objects.claim(survey.pk, now=now, until=until):
        return
    survey.refresh_from_db()
    mine = _Surveying(survey, channel, clock, until)
    try:
        mine.step_or_stop()
    except Overtaken:
        return


@dataclass(slots=True)
class _Surveying:
    """One worker's hold on a survey. `until` is its claim."""

    row: Survey
    channel: Channel
    clock: Clock
    until: datetime

    def step_or_stop(self) -> None:
        try:
            self.step()
        except RemoteError as error:
            self.stop_at(error)

    def step(self) -> None:
        row, now = self.row, self.clock()
        patience = SEARCH_PATIENCE if row.way == Survey.Way.SEARCH else REPORT_PATIENCE
        if now > row.started_at + patience or (row.run and row.run.finished_at):
            self._end(Survey.Outcome.FAILED)
        elif row.way == Survey.Way.SEARCH:
            self._search()
        elif not row.report_id:
            report_id = self.channel.ask_report(self._report_query())
            self._wait(LOOK_EVERY, report_id=report_id)
        else:
            self._look()

    def stop_at(self, error: RemoteError) -> None:
        """Note when it is worth going on, or that reports are denied."""
        now, row = self.clock(), self.row
        log.info("survey_stopped", account_id=row.account_id, code=error.code)
        if isinstance(error, BadCredentials):
            end_authorization(row.account, error, now=now)
        elif lacks_role(error.code):
            self._do_without_report(Survey.Outcome.DENIED)
            return
        elif isinstance(error, (Rejected, OutcomeUnknown)):
            count_unknown(row.workspace_id, error, operation="survey", now=now)
            if row.tries + 1 >= MOST_TRIES:
                self._do_without_report(Survey.Outcome.FAILED)
                return
            self._wait(RETRY_AFTER, tries=row.tries + 1)
            return
        wait = RETRY_AFTER
        if isinstance(error, TemporaryError) and error.retry_after:
            wait = timedelta(seconds=error.retry_after)
        self._wait(wait)

    def _look(self) -> None:
        report = self.channel.look_at_report(self.row.report_id)
        if report.state is ReportState.WAITING:
            self._wait(LOOK_EVERY)
        elif report.state is ReportState.READY:
            listed = self.channel.fetch_report(report.document_id)
            self._take(listed, is_last=True)
        else:
            self._do_without_report(Survey.Outcome.FAILED)

    def _search(self) -> None:
        row = self.row
        query = OrdersQuery(
            marketplace_ids=tuple(row.marketplace_ids),
            updated_after=row.since,
            is_bare=True,
            page_token=row.page_token,
        )
        listed, token = self.channel.list_orders(query)
        row.page_token = token
        self._take(listed, is_last=not token)

    def _report_query(self) -> ReportQuery:
        row = self.row
        return ReportQuery(
            marketplace_ids=tuple(row.marketplace_ids),
            since=row.since,
            until=row.until,
            is_by_update=row.is_by_update,
        )

    def _do_without_report(self, outcome: Survey.Outcome) -> None:
        """A recount goes on by searching; a history comes in by its pages alone."""
        row = self.row
        if row.purpose == Survey.Purpose.RECOUNT and row.way == Survey.Way.REPORT:
            self._wait(timedelta(0), way=Survey.Way.SEARCH, tries=0)
        else:
            self._end(outcome)

    @transaction.atomic
    def _take(self, listed: Sequence[ListedOrder], *, is_last: bool) -> None:
        """Note what is missing as leads, and the place in the survey, together or not at all."""
        row, now = self.row, self.clock()
        wanted = self._wanted(listed)
        missing = _missing(row, wanted)
        if row.purpose == Survey.Purpose.HISTORY:
            self._settle(listed)
            _note_history(row.account, missing, now=now)
        else:
            note_leads(
                row.account,
                {order.external_id: now for order in missing},
                why=Lead.Why.GAP,
                now=now,
            )
        row.listed_count += len(listed)
        row.missing_count += len(missing)
        counts = {
            "pages": row.pages + 1,
            "page_token": row.page_token,
            "listed_count": row.listed_count,
            "missing_count": row.missing_count,
        }
        if is_last:
            self._end(Survey.Outcome.READ, **counts)
        else:
            self._wait(SEARCH_EVERY, **counts)
        if missing:
            defer_once(CHASE_JOB, account_id=row.account_id)

    def _wanted(self, listed: Sequence[ListedOrder]) -> list[ListedOrder]:
        """The orders that a running store takes."""
        running = {store.marketplace_id: store for store in self._stores()}
        takes_all = any(store.has_amazon_fulfilled for store in running.values())
        return [
            order
            for order in listed
            if order.is_from_channel
            and (order.is_ours_to_ship or takes_all)
            and (not order.marketplace_id or order.marketplace_id in running)
        ]

    def _stores(self) -> list[Store]:
        running = self.row.account.stores.filter(paused_at__isnull=True)
        return list(running.only("marketplace_id", "has_amazon_fulfilled"))

    def _settle(self, listed: Sequence[ListedOrder]) -> None:
        """What the report itself says is not ours needs no call: it is listed with its reason."""
        if any(store.has_amazon_fulfilled for store in self._stores()):
            return
        skipped = [
            SkippedOrder(order.external_id, _reason(order), order.marketplace_id)
            for order in listed
            if not (order.is_ours_to_ship and order.is_from_channel)
        ]
        record_skips(Saved(skipped=skipped), account=self.row.account, now=self.clock())

    def _wait(self, span: timedelta, **fields: object) -> None:
        at = self.clock() + span
        self._write(next_try_at=at, claimed_until=None, **fields)
        defer_once(SURVEY_JOB, at=at, survey_id=self.row.pk)

    def _end(self, outcome: Survey.Outcome, **fields: object) -> None:
        row, now = self.row, self.clock()
        with transaction.atomic():
            self._write(finished_at=now, outcome=outcome, claimed_until=None, **fields)
            if row.purpose == Survey.Purpose.RECOUNT and row.missing_count:
                record(
                    "orders.missed",
                    row.workspace_id,
                    actor=ACTOR,
                    now=now,
                    account_id=row.account_id,
                    survey_id=row.pk,
                    count=row.missing_count,
                )
        log.info("surveyed", account_id=row.account_id, outcome=outcome, count=row.listed_count)

    def _write(self, **fields: object) -> None:
        """Write while the claim is ours; else another worker has taken the step."""
        mine = Survey.objects.filter(pk=self.row.pk, claimed_until=self.until)
        if mine.update(**fields) != 1:
            raise Overtaken(self.row.pk)


def _reason(order: ListedOrder) -> Skip.Reason:
    is_ours = order.is_from_channel
    return Skip.Reason.AMAZON_FULFILLED if is_ours else Skip.Reason.OTHER_CHANNEL


def _missing(row: Survey, listed: Sequence[ListedOrder]) -> list[ListedOrder]:
    """Those that are not here, or here in an older state than should be.

    A recount leaves out what the next poll may still bring. What changes after a history's first
    page is for the polls: only what a pause missed may be here and old.
    """
    numbers = [order.external_id for order in listed]
    orders = Order.objects.filter(workspace_id=row.workspace_id, external_id__in=numbers)
    here = dict(orders.values_list("external_id", "changed_at"))
    skips = Skip.objects.filter(account_id=row.account_id, external_id__in=numbers)
    skipped = set(skips.values_list("external_id", flat=True))
    before, is_first = _polled_until(row), _is_first_history(row)
    return [
        order
        for order in listed
        if order.updated_at <= before
        and order.external_id not in skipped
        and (
            order.external_id not in here
            or (not is_first and here[order.external_id] + SECOND < order.updated_at)
        )
    ]


def _is_first_history(row: Survey) -> bool:
    return bool(row.run and row.run.purpose == ImportRun.Purpose.HISTORY)


def _polled_until(row: Survey) -> datetime:
    """What changed before that has been read by a poll that ended, or should have been."""
    if row.purpose == Survey.Purpose.HISTORY:
        return row.until
    polled = SellerAccount.objects.values_list("imported_until", flat=True).get(pk=row.account_id)
    return min(row.until, polled or row.since)


def _note_history(account: SellerAccount, missing: Sequence[ListedOrder], *, now: datetime) -> None:
    for rank, waits in ((Lead.Rank.URGENT, True), (Lead.Rank.REST, False)):
        ordered_at = {
            order.external_id: order.created_at for order in missing if order.waits is waits
        }
        note_leads(account, ordered_at, why=Lead.Why.HISTORY, rank=rank, now=now)
