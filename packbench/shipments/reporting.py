"""Reporting: what Amazon's report of a feed says, row by row, becomes each notice's answer."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Sum

from packbench.events.recording import event, record_all
from packbench.lib.errors import Rejected
from packbench.orders.models import Order, OrderItem
from packbench.orders.shipping import mark_shipped
from packbench.shipments.attempting import ACTOR, end_attempt
from packbench.shipments.confirming import TO_CORRECT, record_failure
from packbench.shipments.expiring import set_clocks
from packbench.shipments.models import Notice, NoticeAttempt, NoticeFeed, ShipmentItem
from packbench.shipments.status import LABELED, Status

AT_ONCE = 200
# Refusals that say that Amazon has the parcel, perhaps by an earlier message: looked up first.
MAYBE_THERE = frozenset({"package_unknown"})
SETTLED = (Notice.Status.ACCEPTED, Notice.Status.NOT_REQUIRED)


def record_report(feed: NoticeFeed, *, clock: Callable[[], datetime]) -> None:
    """Write down the answer of every message. Safe to run again: what is written stays."""
    while rows := _next_rows(feed):
        now = clock()
        NoticeFeed.objects.filter(pk=feed.pk, claimed_at=feed.claimed_at).update(claimed_at=now)
        feed.claimed_at = now
        _record(feed, rows, now=now)


def _next_rows(feed: NoticeFeed) -> list[NoticeAttempt]:
    unread = feed.tries.filter(outcome=NoticeAttempt.Outcome.OPEN).order_by("id")
    return list(unread.select_related("notice")[:AT_ONCE])


@transaction.atomic
def _record(feed: NoticeFeed, tries: Sequence[NoticeAttempt], *, now: datetime) -> None:
    """Write down some answers at once: all of them, or none."""
    order_ids = sorted({attempt.notice.order_id for attempt in tries})
    locked = Order.objects.filter(pk__in=order_ids).select_for_update().order_by("id")
    list(locked.values_list("pk"))
    refused = [attempt for attempt in tries if str(attempt.pk) in feed.refusals]
    for attempt in refused:
        _refuse(feed, attempt, now=now)
    taken = [attempt for attempt in tries if str(attempt.pk) not in feed.refusals]
    _accept(feed, taken, now=now)
    Notice.objects.filter(pk__in=[attempt.notice_id for attempt in tries], feed=feed).update(
        feed=None
    )
    set_clocks(order_ids, now=now)
    _ship(order_ids, now=now)


def _accept(feed: NoticeFeed, tries: Sequence[NoticeAttempt], *, now: datetime) -> None:
    """Amazon took these; what was corrected since they were told is told once more."""
    told = {attempt.notice_id: attempt.revision for attempt in tries}
    rows = Notice.objects.filter(pk__in=list(told), feed=feed, status=Notice.Status.SENDING)
    notices = list(rows.select_for_update().order_by("id"))
    as_told = [row for row in notices if row.revision == told[row.pk]]
    corrected = [row.pk for row in notices if row.revision != told[row.pk]]
    Notice.objects.filter(pk__in=[row.pk for row in as_told]).update(
        status=Notice.Status.ACCEPTED,
        told_at=now,
        accepted_at=now,
        request_id=feed.remote_id,
        problem=None,
        next_try_at=None,
    )
    Notice.objects.filter(pk__in=corrected).update(
        **TO_CORRECT, status=Notice.Status.PENDING, told_at=now
    )
    NoticeAttempt.objects.filter(pk__in=[attempt.pk for attempt in tries]).update(
        outcome=NoticeAttempt.Outcome.ACCEPTED,
        request_id=feed.remote_id,
        duration_ms=max((now - (feed.sent_at or now)) // timedelta(milliseconds=1), 0),
    )
    record_all(
        event(
            "notice.accepted",
            row.workspace_id,
            actor=ACTOR,
            now=now,
            order_id=row.order_id,
            shipment_id=row.shipment_id,
            store_id=row.store_id,
            request_id=feed.remote_id,
        )
        for row in as_told
    )


def _refuse(feed: NoticeFeed, attempt: NoticeAttempt, *, now: datetime) -> None:
    notice, error = attempt.notice, _error(feed.refusals[str(attempt.pk)], feed.remote_id)
    notice.revision = attempt.revision  # what was told, whatever was corrected since
    end_attempt(attempt, error=error, now=now)
    mine = Notice.objects.filter(pk=notice.pk, feed=feed)
    if error.code in MAYBE_THERE:
        mine.update(claimed_at=feed.created_at)  # taken up at once, after a look
        return
    mine.update(is_fed=False)
    record_failure(notice, error, claimed_at=attempt.at, now=now)


def _ship(order_ids: Sequence[str], *, now: datetime) -> None:
    """Note as shipped what was told of whole: the same rule as for one notice."""
    waiting = set(
        Notice.objects.filter(order__in=order_ids)
        .exclude(status__in=SETTLED)
        .values_list("order", flat=True)
    )
    done = set(order_ids) - waiting - _unsent(order_ids)
    for order in Order.objects.filter(pk__in=done).order_by("id").only("pk", "workspace", "store"):
        mark_shipped(order, actor=ACTOR, now=now)


def _unsent(order_ids: Sequence[str]) -> set[str]:
    """The orders with pieces that no parcel with a label holds and nobody else sent."""
    held = dict(
        ShipmentItem.objects.filter(
            order_item__order__in=order_ids, shipment__status__in=[*LABELED, Status.VOIDING]
        )
        .values_list("order_item")
        .annotate(pieces=Sum("quantity"))
    )
    items = OrderItem.objects.filter(order__in=order_ids).order_by()
    left = items.annotate(ours=F("quantity") - F("quantity_elsewhere"))
    rows = left.values_list("pk", "order", "ours")
    return {order_id for pk, order_id, ours in rows if ours > held.get(pk, 0)}


def _error(problem: dict[str, Any], request_id: str) -> Rejected:
    """The refusal as it was stored."""
    return Rejected(
        problem["text"], code=problem["code"], request_id=request_id, **problem.get("values", {})
    )
