"""Attempting: each try to tell a store is written down before the call, then with its answer."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.db import transaction

from packbench.channels.base import Confirmation
from packbench.events.recording import record
from packbench.lib.errors import Rejected, RemoteError, Throttled
from packbench.shipments.models import Notice, NoticeAttempt

ACTOR = "packbench"
MOST_KEPT = 50  # of a notice
Outcome = NoticeAttempt.Outcome


@transaction.atomic
def begin_attempt(
    notice: Notice, said: Confirmation | RemoteError, *, now: datetime
) -> NoticeAttempt | None:
    """Claim the notice as it was seen and write down what is about to be said.

    None: another worker was first, or what is to be said changed meanwhile.
    """
    if not Notice.objects.claim(notice, now=now):
        return None
    _forget_old(notice)
    return NoticeAttempt.objects.create(
        workspace_id=notice.workspace_id,
        notice=notice,
        at=now,
        is_correction=notice.is_correction,
        revision=notice.revision,
        sent={} if isinstance(said, RemoteError) else msgspec.to_builtins(said),
    )


def end_attempt(
    attempt: NoticeAttempt,
    *,
    error: RemoteError | None = None,
    request_id: str = "",
    now: datetime,
) -> None:
    """Write down the answer and how long it took."""
    NoticeAttempt.objects.filter(pk=attempt.pk).update(
        outcome=_outcome(error, request_id),
        code=error.code[:60] if error else "",
        request_id=(error.request_id if error else request_id)[:80],
        duration_ms=max((now - attempt.at) // timedelta(milliseconds=1), 0),
    )


def note_notice(name: str, notice: Notice, *, now: datetime, **data: Any) -> None:
    """Record an event of the notice: of its own order only, whatever else is in the parcel."""
    record(
        name,
        notice.workspace_id,
        actor=ACTOR,
        now=now,
        order_id=notice.order_id,
        shipment_id=notice.shipment_id,
        store_id=notice.store_id,
        **data,
    )


def _outcome(error: RemoteError | None, request_id: str) -> str:
    if error is None:
        return Outcome.ACCEPTED if request_id else Outcome.KNOWN
    if isinstance(error, Throttled):
        return Outcome.THROTTLED
    return Outcome.REFUSED if isinstance(error, Rejected) else Outcome.FAILED


def _forget_old(notice: Notice) -> None:
    old = notice.tries.order_by("-id").values_list("pk", flat=True)[MOST_KEPT - 1 :]
    if notice.attempts >= MOST_KEPT - 1:
        NoticeAttempt.objects.filter(pk__in=list(old[:MOST_KEPT])).delete()
