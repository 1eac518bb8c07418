"""Feeding: many notices told in one feed, in steps that may each be cut short (SEED-64).

Claim → commit → call → record for each step. Uploading has no effect and is repeated; handing the
feed over is not: an answer that got lost is looked up among the feeds that Amazon lists, because
each feed makes packages of its own.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Any

import msgspec
import structlog
from django.db import transaction
from django.db.models import F

from packbench.channels.base import Channel, Confirmation, Feed, FeedState
from packbench.channels.ending import end_authorization
from packbench.channels.models import SellerAccount, sentence_json
from packbench.jobs import defer_once
from packbench.jobs.leasing import lease
from packbench.lib.errors import (
    BadCredentials,
    OutcomeUnknown,
    Rejected,
    RemoteError,
    TemporaryError,
    Throttled,
)
from packbench.lib.sentences import marked
from packbench.shipments.clearing import Feeding, Waiting, pick_for_feed
from packbench.shipments.confirming import confirmation_of
from packbench.shipments.models import Notice, NoticeAttempt, NoticeFeed
from packbench.shipments.purchasing import wait_after
from packbench.shipments.reporting import record_report

log = structlog.get_logger(__name__)

MOST_IN_A_FEED = 5000  # messages: some three megabytes
MOST_LOOKED_AT = 2 * MOST_IN_A_FEED
MOST_AT_ONCE = 2  # feeds of an account; Amazon works them off one after the other
FIRST_GUESS_S = 120.0  # that Amazon needs for a feed, until feeds of the account have shown it
SOONEST_GUESS_S = 30.0  # at best
LOOKS_BACK = 5  # feeds
LONGEST_STEP_WAIT = timedelta(minutes=5)
MOST_TRIES = 6  # of one step: what can be told one by one does not wait for ever
LOOK_AFTER = timedelta(minutes=1)  # before a lost answer is looked up
QUARANTINE = timedelta(minutes=3)  # a feed that Amazon has is listed by then
SKEW = timedelta(minutes=5)  # between Amazon's clock and ours
LONGEST = timedelta(hours=6)  # that a feed may take
RESTS = timedelta(hours=6)  # no feed again for so long after Amazon would not take one
STILL_WRITING = timedelta(minutes=5)  # before what an aborted feed may have done is looked up
AFTER_ANOTHER = timedelta(seconds=5)  # a feed that is being handed over is so in a moment
LEAST_LOOK_S, LOOK_SHARE = 2.0, 0.03
FEEDABLE = (Notice.Status.PENDING, Notice.Status.THROTTLED)
Status = NoticeFeed.Status

LOST = marked(
    "Amazon lists several feeds and does not say which one is ours. Its parcels are looked up one "
    "by one."
)
ABORTED = marked(
    "Amazon aborted a feed of confirmations half-way. Its parcels are looked up one by one."
)
CANCELLED = marked("Amazon cancelled a feed of confirmations. Its parcels are told one by one.")
NOT_OURS = marked(
    "The report of a feed does not fit what was sent. Its parcels are looked up one by one."
)
TOO_LONG = marked("Amazon did not work off a feed of confirmations. Its parcels are looked up.")


def begin_feed(account: SellerAccount, channel: Channel, *, now: datetime) -> NoticeFeed | None:
    """Put what is told sooner by a feed into one, and queue its first step.

    None where single calls are as quick, where no feed can be made now, or Amazon refused one
    lately. Safe to run at once elsewhere: each notice is claimed by one.
    """
    under_way = list(NoticeFeed.objects.open().filter(account=account))
    if len(under_way) >= MOST_AT_ONCE or _was_refused_lately(account, now=now):
        return None
    singles, feeds = channel.quotas()
    if feeds.calls < 1:
        return None
    due = Notice.objects.due(now, lease=lease()).filter(store__account=account)
    facts = due.values_list("pk", "status", "told_at", "is_correction", "is_fed")
    waiting = [
        Waiting(pk, status in FEEDABLE and told_at is None and not (is_correction or is_fed))
        for pk, status, told_at, is_correction, is_fed in facts[:MOST_LOOKED_AT]
    ]
    picked = pick_for_feed(waiting, singles, _feeding(account, under_way, now=now))
    return _claim(account, picked, channel, now=now) if picked else None


def carry_on(
    feed: NoticeFeed, channel: Channel, *, clock: Callable[[], datetime]
) -> timedelta | None:
    """Do the feed's next steps; return how long to wait before the one after, or None at its end.

    Safe to run at once elsewhere: each step is claimed. What went wrong stands in the row.
    """
    while feed.status in NoticeFeed.OPEN:
        if not NoticeFeed.objects.claim(feed, now=clock()):
            return None
        before = feed.status
        try:
            STEPS[Status(feed.status)](feed, channel, clock)
        except BadCredentials as error:
            end_authorization(feed.account, error, now=clock())
            _put_off(feed, error, wait=LONGEST_STEP_WAIT, now=clock())
        except Throttled as error:
            wait = timedelta(seconds=error.retry_after or LEAST_LOOK_S)
            _put_off(feed, error, wait=wait, now=clock())
        except RemoteError as error:
            _fail(feed, error, now=clock())
        if feed.status == before or (feed.next_try_at and feed.next_try_at > clock()):
            break
    if feed.status not in NoticeFeed.OPEN or feed.next_try_at is None:
        return None
    return max(feed.next_try_at - clock(), timedelta())


def _was_refused_lately(account: SellerAccount, *, now: datetime) -> bool:
    given_up = NoticeFeed.objects.filter(
        account=account, status=Status.RELEASED, finished_at__gt=now - RESTS
    )
    return given_up.exclude(problem=None).exists()


def _feeding(account: SellerAccount, under_way: Sequence[NoticeFeed], *, now: datetime) -> Feeding:
    """What a feed of now would be, worked off after those before it, judged by the latest ones."""
    done = NoticeFeed.objects.filter(account=account, done_at__isnull=False).order_by("-done_at")
    took = [
        (done_at - sent_at).total_seconds()
        for done_at, sent_at in done.values_list("done_at", "sent_at")[:LOOKS_BACK]
        if done_at and sent_at
    ]
    one = median(took) if took else FIRST_GUESS_S
    left = sum(max(one - (now - (each.sent_at or now)).total_seconds(), 0) for each in under_way)
    soonest = min(took, default=SOONEST_GUESS_S)
    return Feeding(MOST_IN_A_FEED, left + one, left + min(soonest, one))


@transaction.atomic
def _claim(
    account: SellerAccount, ids: list[str], channel: Channel, *, now: datetime
) -> NoticeFeed | None:
    """Take these notices, as far as they are still there to be taken, and write down what each

    says. Those that Amazon would refuse anyway are left to be refused by themselves.
    """
    free = Notice.objects.filter(
        pk__in=ids,
        status__in=FEEDABLE,
        feed__isnull=True,
        told_at__isnull=True,
        is_correction=False,
        is_fed=False,
    )
    rows = free.select_for_update(of=("self",), skip_locked=True).order_by("id")
    notices = rows.select_related("order", "store", "shipment__carrier_account")
    said = _said(notices.prefetch_related("shipment__items__order_item"), channel)
    if not said:
        return None
    feed = NoticeFeed.objects.create(
        workspace_id=account.workspace_id,
        account=account,
        marketplace_ids=sorted({each.marketplace_id for _, each in said}),
        count=len(said),
        created_at=now,
        next_try_at=now,
    )
    NoticeAttempt.objects.bulk_create(
        NoticeAttempt(
            workspace_id=account.workspace_id,
            notice=notice,
            at=now,
            sent=msgspec.to_builtins(each),
            feed=feed,
            revision=notice.revision,
        )
        for notice, each in said
    )
    Notice.objects.filter(pk__in=[notice.pk for notice, _ in said]).update(
        status=Notice.Status.SENDING,
        feed=feed,
        is_fed=True,
        awaits_scan=False,
        claimed_at=now,
        attempts=F("attempts") + 1,
    )
    defer_once("shipments.carry_feed_on", feed_id=feed.pk)
    log.info("feed_begun", feed_id=feed.pk, count=feed.count)
    return feed


def _said(notices: Any, channel: Channel) -> list[tuple[Notice, Confirmation]]:
    said = []
    for notice in notices:
        try:
            confirmation = confirmation_of(notice)
            channel.check_confirmation(confirmation)
        except RemoteError:
            continue  # its own turn says why
        said.append((notice, confirmation))
    return said


def _hand_over(feed: NoticeFeed, channel: Channel, clock: Callable[[], datetime]) -> None:
    if _queues_behind_another(feed, now=clock()):
        return
    rows = NoticeAttempt.objects.filter(feed=feed).order_by("id").values_list("pk", "sent")
    said = [(number, msgspec.convert(sent, Confirmation)) for number, sent in rows]
    document_id = channel.upload_feed(said)
    if not _begin_creating(feed, document_id, now=clock()):
        return
    try:
        remote_id = channel.create_feed(document_id, tuple(feed.marketplace_ids))
    except OutcomeUnknown as error:
        again_at = clock() + LOOK_AFTER
        feed.move(Status.UNKNOWN, problem=sentence_json(error), next_try_at=again_at)
        return
    except Throttled as error:
        _release(feed, error, may_have_happened=False, is_trouble=False, now=clock())
        return
    except Rejected as error:
        _release(feed, error, may_have_happened=False, now=clock())
        return
    except RemoteError:
        # It did not get there.
        feed.move(Status.READY, attempts=feed.attempts, claimed_at=feed.claimed_at)
        raise
    _is_there(feed, remote_id, now=clock())


@transaction.atomic
def _begin_creating(feed: NoticeFeed, document_id: str, *, now: datetime) -> bool:
    """Take the last step before Amazon may have the feed. False where it is not ours to take."""
    SellerAccount.objects.select_for_update(no_key=True).get(pk=feed.account_id)
    if _queues_behind_another(feed, now=now):
        return False
    return feed.move(
        Status.CREATING,
        input_document_id=document_id[:200],
        attempts=feed.attempts,
        claimed_at=now,
        sent_at=now,
    )


def _queues_behind_another(feed: NoticeFeed, *, now: datetime) -> bool:
    """Only one feed of an account is handed over at a time, or in doubt.

    Amazon lists feeds without what is in them: of two in doubt each might take the other's.
    """
    others = NoticeFeed.objects.filter(
        account=feed.account_id, status__in=(Status.CREATING, Status.UNKNOWN)
    )
    if not others.exclude(pk=feed.pk).exists():
        return False
    feed.move(Status.READY, attempts=feed.attempts, next_try_at=now + AFTER_ANOTHER)
    return True


def _look_up(feed: NoticeFeed, channel: Channel, clock: Callable[[], datetime]) -> None:
    """Whether Amazon has the feed whose answer got lost: the only one that we do not know."""
    sent_at = feed.sent_at or feed.created_at
    listed = channel.list_feeds(sent_at - SKEW)
    known = set(
        NoticeFeed.objects.filter(account=feed.account_id)
        .exclude(remote_id="")
        .values_list("remote_id", flat=True)
    )
    strange = [each for each in listed if each.id not in known]
    now = clock()
    if len(strange) == 1:
        _is_there(feed, strange[0].id, now=now)
    elif strange:
        error = Rejected(LOST, code="feed_lost")
        _release(feed, error, may_have_happened=True, is_trouble=False, now=now)
    elif now < sent_at + QUARANTINE:
        feed.move(Status.UNKNOWN, next_try_at=now + LOOK_AFTER)
    else:
        feed.move(Status.READY, next_try_at=now)


def _is_there(feed: NoticeFeed, remote_id: str, *, now: datetime) -> None:
    again_at = now + timedelta(seconds=LEAST_LOOK_S)
    feed.move(Status.PROCESSING, remote_id=remote_id[:80], next_try_at=again_at)


def _look(feed: NoticeFeed, channel: Channel, clock: Callable[[], datetime]) -> None:
    found = channel.look_at_feed(feed.remote_id)
    now = clock()
    if found.state is FeedState.WAITING:
        _wait_on(feed, now=now)
    elif found.state is FeedState.CANCELLED:
        error = Rejected(CANCELLED, code="feed_cancelled")
        _release(feed, error, may_have_happened=False, now=now)
    elif found.state is FeedState.ABORTED or not found.document_id:
        error = Rejected(ABORTED, code="feed_aborted", request_id=feed.remote_id)
        _release(feed, error, may_have_happened=True, now=now)
    else:
        _note_report(feed, found, now=now)


def _wait_on(feed: NoticeFeed, *, now: datetime) -> None:
    """Look again soon, and less often the longer it takes."""
    waited = now - (feed.sent_at or feed.created_at)
    if waited > LONGEST:
        error = Rejected(TOO_LONG, code="feed_too_long", request_id=feed.remote_id)
        _release(feed, error, may_have_happened=True, now=now)
        return
    wait = max(LEAST_LOOK_S, waited.total_seconds() * LOOK_SHARE)
    feed.move(Status.PROCESSING, next_try_at=now + timedelta(seconds=wait))


def _note_report(feed: NoticeFeed, found: Feed, *, now: datetime) -> None:
    document_id = found.document_id[:200]
    feed.move(Status.READING, report_document_id=document_id, done_at=now, next_try_at=now)


def _read(feed: NoticeFeed, channel: Channel, clock: Callable[[], datetime]) -> None:
    report = channel.fetch_feed_report(feed.report_document_id)
    if report.processed != feed.count:
        error = Rejected(NOT_OURS, code="feed_not_ours", request_id=feed.remote_id)
        _release(feed, error, may_have_happened=True, is_trouble=False, now=clock())
        return
    refusals = {str(number): sentence_json(error) for number, error in report.refused.items()}
    feed.move(Status.RECORDING, refusals=refusals, refused_count=len(refusals), next_try_at=clock())


def _record(feed: NoticeFeed, channel: Channel, clock: Callable[[], datetime]) -> None:
    record_report(feed, clock=clock)
    feed.move(Status.FINISHED, finished_at=clock(), next_try_at=None)
    log.info("feed_finished", feed_id=feed.pk, count=feed.count, refused=feed.refused_count)


STEPS: dict[Status, Callable[[NoticeFeed, Channel, Callable[[], datetime]], None]] = {
    Status.READY: _hand_over,
    Status.CREATING: _look_up,  # its worker died: Amazon may have it
    Status.UNKNOWN: _look_up,
    Status.PROCESSING: _look,
    Status.READING: _read,
    Status.RECORDING: _record,
}


def _fail(feed: NoticeFeed, error: RemoteError, *, now: datetime) -> None:
    """A step that went wrong is tried again; after some tries its parcels are told singly."""
    is_hopeless = not isinstance(error, (TemporaryError, OutcomeUnknown))
    if not is_hopeless and feed.attempts + 1 < MOST_TRIES:
        _put_off(feed, error, wait=wait_after(feed.attempts, LONGEST_STEP_WAIT), now=now)
        return
    _release(
        feed,
        error,
        may_have_happened=feed.status != Status.READY,
        is_trouble=is_hopeless,  # an outage says nothing of feeds
        now=now,
    )


def _put_off(feed: NoticeFeed, error: RemoteError, *, wait: timedelta, now: datetime) -> None:
    feed.move(
        Status(feed.status),
        problem=sentence_json(error),
        attempts=feed.attempts + (not isinstance(error, Throttled)),
        next_try_at=now + wait,
    )
    log.info("feed_put_off", feed_id=feed.pk, step=feed.status, code=error.code)


@transaction.atomic
def _release(
    feed: NoticeFeed,
    error: RemoteError,
    *,
    may_have_happened: bool,
    is_trouble: bool = True,
    now: datetime,
) -> None:
    """Give the notices back: those that may have been told are looked up before they are told.

    `is_trouble`: feeds do not work now, and none is made for a while.
    """
    problem = sentence_json(error) if is_trouble else None
    if not feed.move(Status.RELEASED, problem=problem, finished_at=now, next_try_at=None):
        return
    left = Notice.objects.filter(feed=feed)
    if may_have_happened:
        # As if their worker had died: whoever takes them up looks first.
        left.update(feed=None, claimed_at=now + STILL_WRITING - lease())
    else:
        left.update(feed=None, is_fed=False, status=Notice.Status.PENDING, next_try_at=None)
    NoticeAttempt.objects.filter(feed=feed, outcome=NoticeAttempt.Outcome.OPEN).update(
        outcome=NoticeAttempt.Outcome.FAILED, code=error.code[:60], request_id=feed.remote_id
    )
    defer_once("shipments.send_notices", account_id=feed.account_id)
    log.warning("feed_released", feed_id=feed.pk, code=error.code)
