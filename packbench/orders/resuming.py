"""Resuming: which import is gone on with, and from when on a new one reads."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import QuerySet

from packbench.channels.models import ImportRun, SellerAccount, Store
from packbench.orders.dividing import OVERLAP

# A look for news costs a page, one of the twenty that an hour of history has.
NEWS_IN_A_HISTORY = timedelta(hours=1)


def news_are_due(account: SellerAccount, *, now: datetime) -> bool:
    """Whether a history that is being read is to be left for a look at what is new."""
    history = _histories(account).order_by("-started_at").first()
    if history is None or not history.can_resume(now):
        return False
    news = account.import_runs.filter(purpose=ImportRun.Purpose.NEWS, pages__gt=0)
    last = news.order_by("-started_at").first()
    if last and last.finished_at is None and last.can_resume(now):
        return True
    looked_at = max(history.started_at, last.started_at) if last else history.started_at
    return now >= looked_at + NEWS_IN_A_HISTORY


def open_history(account: SellerAccount, stores: Sequence[Store], *, now: datetime) -> ImportRun:
    """The reading of these stores' history, or of what they missed in a pause."""
    paused = [store.read_from for store in stores if store.read_from]
    if paused:
        wanted = _new(account, stores, ImportRun.Purpose.MISSED, now=now)
        wanted.updated_after = min(paused) - OVERLAP
    else:
        wanted = _new(account, stores, ImportRun.Purpose.HISTORY, now=now)
        days = max(store.history_days for store in stores)
        wanted.created_after = now - timedelta(days=days)
    wanted.stage = ImportRun.Stage.URGENT
    return _open(wanted, _histories(account), now=now)


def open_news(account: SellerAccount, stores: Sequence[Store], *, now: datetime) -> ImportRun:
    """The poll of all these stores at once, of what changed since the last one."""
    history = _histories(account).order_by("-started_at").first()
    mark = history.read_until if history else None
    since = account.imported_until or mark or now - timedelta(days=1)
    wanted = _new(account, stores, ImportRun.Purpose.NEWS, now=now)
    wanted.updated_after = since - OVERLAP
    unfinished = account.import_runs.filter(finished_at__isnull=True)
    return _open(wanted, unfinished.filter(purpose=ImportRun.Purpose.NEWS), now=now)


def _histories(account: SellerAccount) -> QuerySet[ImportRun]:
    unfinished = account.import_runs.filter(finished_at__isnull=True)
    return unfinished.exclude(purpose=ImportRun.Purpose.NEWS)


def _new(
    account: SellerAccount,
    stores: Sequence[Store],
    purpose: ImportRun.Purpose,
    *,
    now: datetime,
) -> ImportRun:
    return ImportRun(
        workspace_id=account.workspace_id,
        account=account,
        purpose=purpose,
        started_at=now,
        marketplace_ids=sorted(store.marketplace_id for store in stores),
    )


def _open(wanted: ImportRun, unfinished: QuerySet[ImportRun], *, now: datetime) -> ImportRun:
    """Go on with the run that was cut short, if its page token lives; else begin a new one."""
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
