"""Dividing: a history between pages of searches and single orders, so that both quotas are spent.

A survey names the orders that there are. Pages come in from one end of each stage, single orders
are fetched from the other, and they meet: no order is read twice but around the meeting point.
What waits for a parcel comes first.
"""

from datetime import datetime, timedelta

from packbench.channels.base import OrdersPage, OrderStatus
from packbench.channels.leads import Lead, Survey
from packbench.channels.models import ImportRun, SellerAccount, Store
from packbench.jobs import defer_once

SHORT = timedelta(seconds=5)  # a history that takes no longer needs no survey
OVERLAP = timedelta(minutes=5)
SPAN = timedelta(days=30)  # of one report
PAGE = 100  # orders
# A page takes as long as 90 single orders: for a few that are left it is not worth while.
FEW = 90
# How much older than its making a report may be. The first poll reads from before that.
REPORT_LAG = timedelta(hours=1)
SURVEY_JOB = "orders.survey"

URGENT = (OrderStatus.AWAITING_SHIPMENT, OrderStatus.PARTIALLY_SHIPPED)
REST = (
    OrderStatus.AWAITING_PAYMENT,
    OrderStatus.SHIPPED,
    OrderStatus.CANCELLED,
    OrderStatus.UNFULFILLABLE,
)
STATUSES = {
    ImportRun.Stage.WHOLE: (),
    ImportRun.Stage.URGENT: URGENT,
    ImportRun.Stage.REST: REST,
    ImportRun.Stage.OURS: REST,
}


def statuses_of(run: ImportRun) -> tuple[OrderStatus, ...]:
    """Which orders the run's next page is about; none means all."""
    return STATUSES[ImportRun.Stage(run.stage)]


def turn_page(run: ImportRun, page: OrdersPage, *, now: datetime) -> bool:
    """Note where the run stands after the page. False: it was the last one of the last stage."""
    run.page_token = page.next_page_token
    run.page_token_at = now if page.next_page_token else None
    if page.next_page_token:
        return True
    if run.stage == ImportRun.Stage.URGENT:
        run.stage = ImportRun.Stage.REST
        return True
    return False


def steer(run: ImportRun) -> bool:
    """Whether a page is still worth its call; a stage that is nearly whole is left. May write.

    Without a survey that named all orders, only the last page tells that there are no more.
    """
    if not run.stage or not _is_surveyed(run):
        return True
    leads = Lead.objects.filter(account_id=run.account_id)
    urgent = leads.filter(rank=Lead.Rank.URGENT).count()
    rest = leads.filter(rank=Lead.Rank.REST).count()
    if urgent + rest == 0:
        return False
    stage = run.stage
    if stage == ImportRun.Stage.URGENT and urgent <= FEW and rest >= PAGE:
        stage, run.page_token = ImportRun.Stage.REST, ""
    if stage == ImportRun.Stage.REST and not run.page_token and _is_ours_only(run):
        stage = ImportRun.Stage.OURS  # the survey has told of what Amazon ships itself
    if stage != run.stage:
        run.stage = stage
        run.save(update_fields=["stage", "page_token"])
    return True


def begin_surveys(account: SellerAccount, run: ImportRun, *, now: datetime) -> None:
    """Let Amazon be asked for the numbers of all orders of the history, a report a month.

    The last of them is asked for an hour later: it names what the others were too old for. A
    short history is read before: then nothing is asked. Safe to run again.
    """
    if run.surveys.exists():
        return
    since = run.created_after or run.updated_after or now
    while since < now:
        until = min(since + SPAN, now)
        _begin(account, run, since, until, is_by_update=run.created_after is None, now=now)
        since = until
    _begin(account, run, now - REPORT_LAG, now + OVERLAP, is_by_update=True, now=now)


def _begin(
    account: SellerAccount,
    run: ImportRun,
    since: datetime,
    until: datetime,
    *,
    is_by_update: bool,
    now: datetime,
) -> None:
    at = until + REPORT_LAG if until > now else now + SHORT
    survey = Survey.objects.create(
        workspace_id=account.workspace_id,
        account=account,
        run=run,
        purpose=Survey.Purpose.HISTORY,
        marketplace_ids=run.marketplace_ids,
        is_by_update=is_by_update,
        since=since,
        until=until,
        next_try_at=at,
        started_at=now,
    )
    defer_once(SURVEY_JOB, at=at, survey_id=survey.pk)


def mark_of(run: ImportRun) -> datetime | None:
    """From when on polls must read what the run did not see."""
    if run.read_until and _is_surveyed(run):
        is_told = run.surveys.filter(until__gt=run.started_at, outcome=Survey.Outcome.READ)
        return run.read_until if is_told.exists() else run.read_until - REPORT_LAG
    return run.read_until


def _is_surveyed(run: ImportRun) -> bool:
    """Whether all orders of the history are named, but perhaps the latest."""
    surveys = run.surveys.filter(until__lte=run.started_at)
    return set(surveys.values_list("outcome", flat=True)) == {Survey.Outcome.READ}


def _is_ours_only(run: ImportRun) -> bool:
    stores = Store.objects.filter(account_id=run.account_id, paused_at__isnull=True)
    return not stores.filter(has_amazon_fulfilled=True).exists()
