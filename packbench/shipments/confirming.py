"""Confirming: telling the store that a parcel went, with only its own items (SEED-66)."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from msgspec import to_builtins
from msgspec.structs import replace

from packbench.carriers.registry import service_of
from packbench.channels.base import Channel, Confirmation
from packbench.channels.counting import count_unknown
from packbench.channels.ending import end_authorization
from packbench.channels.models import SellerAccount, sentence_json
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
from packbench.orders.models import Order
from packbench.orders.shipping import mark_shipped
from packbench.shipments.attempting import begin_attempt, end_attempt, note_notice
from packbench.shipments.expiring import set_clock
from packbench.shipments.models import Notice, NoticeAttempt, Shipment
from packbench.shipments.planning import pieces_unsent
from packbench.shipments.purchasing import ACTOR, wait_after
from packbench.shipments.recognizing import adopt

log = structlog.get_logger(__name__)

LONGEST_WAIT = timedelta(hours=1)
# Refusals that say nothing of the parcel: a role, a region. They pass when the account is mended.
OF_THE_ACCOUNT = frozenset({"role_missing_orders", "access_denied"})
PAUSE_S = 5.0  # where Amazon does not say how long its quota is empty
MOST_IN_A_RUN = 500
FAULTS_IN_A_ROW = 3  # then Amazon is left alone for a while, and nothing is put off for longer
FIRST_REST, LONGEST_REST = timedelta(seconds=30), timedelta(minutes=5)
AT_ONCE = 25  # read from the table: a quota lets through few
LOOKS_FOR_FED = 8  # tries, an hour or so, until a fed parcel that is not shown counts as not there
NOT_SHOWN_YET = marked(
    "Amazon does not show the parcel yet that it is to correct. Packbench looks again."
)
# The store may have heard of it: what is said next is a correction under the same reference.
TO_CORRECT: dict[str, Any] = {
    "is_correction": True,
    "attempts": 0,
    "next_try_at": None,
    "accepted_at": None,
    "verified_at": None,
    "problem": None,
}


def send_due_notices(
    account: SellerAccount, channel: Channel, *, clock: Callable[[], datetime]
) -> float | None:
    """Send what is due at the account's stores, the most urgent first, until the quota is empty.

    Returns the seconds after which it is worth going on, or None where nothing is left. Safe to
    run at once elsewhere: each notice is claimed first, at the time when its turn comes.
    """
    failed: list[Notice] = []
    for notice in _one_after_the_other(account, clock):
        if not _is_active(account):
            return None  # ended or revoked here meanwhile
        try:
            send_notice(notice, channel, clock=clock)
        except Throttled as error:
            return error.retry_after or PAUSE_S
        except BadCredentials as error:
            end_authorization(account, error, now=clock())
            return None
        except RemoteError as error:
            # Its row says what happened; the others go on, unless none gets through.
            is_outage = isinstance(error, (TemporaryError, OutcomeUnknown))
            failed = [*failed, notice] if is_outage else []
            if len(failed) == FAULTS_IN_A_ROW:
                return _rest(account, failed, now=clock())
        else:
            failed = []
    return None


def _one_after_the_other(account: SellerAccount, clock: Callable[[], datetime]) -> Iterator[Notice]:
    """What is due, the most urgent first, as it stands when its turn comes."""
    for _ in range(MOST_IN_A_RUN // AT_ONCE):
        rows = due_notices(account, now=clock())
        yield from rows
        if len(rows) < AT_ONCE:
            return


def _rest(account: SellerAccount, failed: list[Notice], *, now: datetime) -> float:
    """Nothing gets through: let all that is due wait, the longer the longer that lasts.

    Those that were tried wait no longer than the others, so that all go on together.
    """
    tried = max(notice.attempts for notice in failed)
    rest = min(FIRST_REST * 2.0 ** min(tried, 10), LONGEST_REST)
    due = Notice.objects.due(now, lease=lease()).filter(store__account=account).order_by()
    due.exclude(status=Notice.Status.SENDING).update(next_try_at=now + rest)
    again = Notice.objects.filter(pk__in=[notice.pk for notice in failed])
    again.filter(status=Notice.Status.PENDING).update(next_try_at=now + rest)
    return rest.total_seconds()


def _is_active(account: SellerAccount) -> bool:
    active = SellerAccount.objects.filter(pk=account.pk, status=SellerAccount.Status.ACTIVE)
    return active.exists()


def due_notices(account: SellerAccount, *, now: datetime) -> list[Notice]:
    """The next few. Chosen first and joined then: few rows are joined however many wait."""
    due = Notice.objects.due(now, lease=lease()).filter(store__account=account)
    ids = list(due.values_list("pk", flat=True)[:AT_ONCE])
    known = due.filter(pk__in=ids).select_related(
        "order", "shipment__order", "shipment__carrier_account", "store"
    )
    return list(known.prefetch_related("shipment__items__order_item"))


def send_notice(notice: Notice, channel: Channel, *, clock: Callable[[], datetime]) -> None:
    """Tell the store of one parcel: claim → commit → call → record.

    A notice that a worker left half sent is looked up before it is sent again, as is one that
    went in a feed, and one that the store refuses after an earlier try is looked up before it
    counts as refused. Raises the channel's errors after noting them on the row.
    """
    half_sent = notice.status == Notice.Status.SENDING
    said = _said(notice)
    attempt = begin_attempt(notice, said, now=clock())
    if attempt is None:
        return
    try:
        is_known = (half_sent or notice.is_fed) and _is_known(notice, channel)
        said = _under_its_number(notice, said, attempt)
        request_id = "" if is_known else _confirm(notice, said, channel)
    except RemoteError as error:
        now = clock()
        end_attempt(attempt, error=error, now=now)
        record_failure(notice, error, claimed_at=attempt.at, now=now)
        raise
    now = clock()
    end_attempt(attempt, request_id=request_id, now=now)
    record_acceptance(notice, request_id=request_id, now=now)


def _said(notice: Notice) -> Confirmation | RemoteError:
    """What is going to be said, or why it cannot be said."""
    try:
        return confirmation_of(notice)
    except RemoteError as error:
        return error


def _under_its_number(
    notice: Notice, said: Confirmation | RemoteError, attempt: NoticeAttempt
) -> Confirmation | RemoteError:
    """What is said, under the number that Amazon gave to a parcel that it knows by feed.

    Raises TemporaryError while Amazon does not show the parcel that it took.
    """
    if notice.is_fed and notice.told_at and notice.attempts < LOOKS_FOR_FED:
        raise TemporaryError(NOT_SHOWN_YET, code="not_shown_yet")
    if notice.is_fed:  # it was looked for and is not there
        Notice.objects.filter(pk=notice.pk).update(is_fed=False)
        notice.is_fed = False
    if isinstance(said, RemoteError) or said.package_reference == notice.package_reference:
        return said
    said = replace(said, package_reference=notice.package_reference)
    NoticeAttempt.objects.filter(pk=attempt.pk).update(sent=to_builtins(said))
    return said


def _confirm(notice: Notice, said: Confirmation | RemoteError, channel: Channel) -> str:
    """Send it and return the request id. A refused repeat may mean that the first one arrived."""
    if isinstance(said, RemoteError):
        raise said
    try:
        return channel.confirm(said).request_id
    except Rejected:
        if notice.attempts and _is_known(notice, channel):
            return ""
        raise


def confirmation_of(notice: Notice) -> Confirmation:
    """What the store is told: the service's own words, or those that a person gave."""
    shipment, order = notice.shipment, notice.order
    code, name, method = words_of(shipment)
    # A combined parcel has items of other orders as well: each order hears of its own.
    inside = [item for item in shipment.items.all() if item.order_item.order_id == order.pk]
    return Confirmation(
        order_id=order.external_id,
        marketplace_id=notice.store.marketplace_id,
        package_reference=notice.package_reference,
        carrier_code=code,
        carrier_name=name,
        shipping_method=method,
        tracking_number=shipment.tracking_number,
        shipped_at=shipment.purchased_at or notice.created_at,
        items=tuple((item.order_item.external_id, item.quantity) for item in inside),
        is_cash_on_delivery=order.cod is not None,
        transparency_codes=tuple(
            (item.order_item.external_id, tuple(item.transparency_codes))
            for item in inside
            if item.transparency_codes
        ),
        is_unchecked=notice.is_unchecked,
    )


def words_of(shipment: Shipment) -> tuple[str, str, str]:
    """The carrier's code and name, and the method, as stores are told. Raises Unsupported."""
    if shipment.channel_code:
        return shipment.channel_code, shipment.channel_name, shipment.channel_method
    service = service_of(shipment.carrier_account, shipment.service)
    return service.channel_code, service.channel_name, service.channel_method


@transaction.atomic
def record_acceptance(
    notice: Notice, *, request_id: str, now: datetime, event: str = "notice.accepted"
) -> None:
    """The store took the notice; when that was the last of its order, the order is shipped.

    What was corrected while it was being told is told once more.
    """
    order = Order.objects.select_for_update().get(pk=notice.order_id)
    row = Notice.objects.select_for_update().get(pk=notice.pk)
    if row.status == Notice.Status.ACCEPTED:
        return
    told_at = row.told_at or now
    if row.revision != notice.revision:
        Notice.objects.filter(pk=row.pk).update(
            **TO_CORRECT, status=Notice.Status.PENDING, told_at=told_at
        )
        return
    Notice.objects.filter(pk=row.pk).update(
        status=Notice.Status.ACCEPTED,
        told_at=told_at,
        accepted_at=now,
        request_id=request_id,
        problem=None,
        next_try_at=None,
    )
    set_clock(order.pk, now=now)
    name = "notice.corrected" if row.is_correction else event
    note_notice(name, notice, now=now, request_id=request_id)
    if not pieces_unsent(order) and not _has_open_notices(order):
        mark_shipped(order, actor=ACTOR, now=now)


def _is_known(notice: Notice, channel: Channel) -> bool:
    """Whether the store already shows the package of a half-sent notice."""
    order = channel.fetch_order(notice.order.external_id)
    adopt(notice, order.packages)
    sent = (notice.package_reference, notice.shipment.tracking_number)
    return any((shown.reference, shown.tracking_number) == sent for shown in order.packages)


def record_failure(
    notice: Notice, error: RemoteError, *, claimed_at: datetime, now: datetime
) -> None:
    """Write down what happened, unless another worker owns the notice by now."""
    status, wait = _consequence(notice, error)
    with transaction.atomic():
        mine = Notice.objects.filter(
            pk=notice.pk, status=Notice.Status.SENDING, claimed_at=claimed_at
        )
        updated = mine.filter(revision=notice.revision).update(
            status=status, problem=sentence_json(error), next_try_at=now + wait
        )
        if not updated:  # corrected meanwhile: what was refused is not said any more
            mine.update(**TO_CORRECT, status=Notice.Status.PENDING)
        if updated and status == Notice.Status.FAILED:
            note_notice(
                "notice.failed",
                notice,
                now=now,
                code=error.code,
                request_id=error.request_id,
            )
    count_unknown(notice.workspace_id, error, operation="confirm", now=now)
    tell = log.info if isinstance(error, Throttled) else log.warning
    tell("notice_not_sent", notice_id=notice.pk, code=error.code, request_id=error.request_id)


def _consequence(notice: Notice, error: RemoteError) -> tuple[Notice.Status, timedelta]:
    """A quota or a fault: later. A refusal of this parcel: a person must see it."""
    if isinstance(error, Throttled):
        return Notice.Status.THROTTLED, timedelta(seconds=error.retry_after or PAUSE_S)
    if isinstance(error, BadCredentials):
        return Notice.Status.PENDING, timedelta()
    if isinstance(error, TemporaryError) or error.code in OF_THE_ACCOUNT:
        return Notice.Status.PENDING, wait_after(notice.attempts, LONGEST_WAIT)
    return Notice.Status.FAILED, timedelta()


def _has_open_notices(order: Order) -> bool:
    done = [Notice.Status.ACCEPTED, Notice.Status.NOT_REQUIRED]
    return order.notices.exclude(status__in=done).exists()
