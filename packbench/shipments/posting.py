"""Posting: one e-mail to a buyer, handed over once. Claim → commit → send → record.

What the server refused is tried again for some hours; what it may have taken is never sent again.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

import structlog
from django.db import transaction
from django.db.models import F, QuerySet

from packbench.jobs.leasing import lease
from packbench.lib.errors import BadCredentials, OutcomeUnknown, RemoteError, TemporaryError
from packbench.shipments.message_rows import Posted

log = structlog.get_logger(__name__)

FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
MOST_ATTEMPTS = 12
LANGUAGES = {
    "DE": "de",
    "AT": "de",
    "CH": "de",
    "LI": "de",
    "FR": "fr",
    "BE": "fr",
    "LU": "fr",
    "MC": "fr",
    "ES": "es",
    "MX": "es",
    "IT": "it",
    "SM": "it",
}

Clock = Callable[[], datetime]
Row = TypeVar("Row", bound=Posted)


def due(rows: QuerySet[Row], *, now: datetime) -> QuerySet[Row]:
    """Those whose turn it is, the longest waiting first."""
    waiting = rows.filter(status=Posted.Status.PENDING, next_try_at__lte=now)
    return waiting.order_by("next_try_at", "pk")


def give_up_lost(rows: QuerySet[Row], *, now: datetime) -> None:
    """Give up what a dead worker may have sent."""
    left = rows.filter(status=Posted.Status.SENDING, claimed_at__lte=now - lease())
    left.update(status=Posted.Status.UNKNOWN, next_try_at=None)


def send_once(
    rows: QuerySet[Row],
    pk: str,
    send: Callable[[Row], None],
    note: Callable[[Row, datetime], None],
    *,
    clock: Clock,
) -> None:
    """Hand one of the rows over by `send`, once. Safe to run again and elsewhere.

    `note` records it in the transaction that says it was sent. Raises RemoteError after noting on
    the row what happened and whether it is tried again.
    """
    claimed_at = clock()
    waiting = rows.filter(pk=pk, status=Posted.Status.PENDING)
    claim: dict[str, Any] = {"status": Posted.Status.SENDING, "claimed_at": claimed_at}
    if not waiting.order_by().update(**claim, attempts=F("attempts") + 1):
        return
    mine = rows.filter(pk=pk, **claim)
    row = mine.get()
    try:
        send(row)
    except RemoteError as error:
        _record_failure(mine, row, error, now=clock())
        raise
    with transaction.atomic():
        now = clock()
        mine.update(status=Posted.Status.SENT, sent_at=now, problem=None, next_try_at=None)
        note(row, now)


def _record_failure(mine: QuerySet[Row], row: Row, error: RemoteError, *, now: datetime) -> None:
    problem = {**error.sentence.as_json(), "code": error.code}
    nothing_happened = isinstance(error, TemporaryError | BadCredentials)
    if nothing_happened and row.attempts < MOST_ATTEMPTS:
        wait = min(FIRST_WAIT * 2 ** (row.attempts - 1), LONGEST_WAIT)
        mine.update(status=Posted.Status.PENDING, problem=problem, next_try_at=now + wait)
        return
    lost = isinstance(error, OutcomeUnknown)
    status = Posted.Status.UNKNOWN if lost else Posted.Status.REFUSED
    mine.update(status=status, problem=problem, next_try_at=None)
    log.warning("message_not_sent", code=error.code, attempt=row.attempts)
