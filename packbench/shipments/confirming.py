"""Confirming: telling the store that a parcel went, with only its own items (SEED-66)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction

from packbench.carriers.registry import service_of
from packbench.channels.base import Channel, Confirmation
from packbench.channels.counting import count_unknown
from packbench.channels.ending import end_authorization
from packbench.channels.models import SellerAccount, sentence_json
from packbench.jobs.leasing import lease
from packbench.lib.errors import (
    BadCredentials,
    Rejected,
    RemoteError,
    TemporaryError,
    Throttled,
)
from packbench.orders.models import Order
from packbench.orders.shipping import mark_shipped
from packbench.shipments.attempting import begin_attempt, end_attempt
from packbench.shipments.expiring import set_clock
from packbench.shipments.models import Notice, Shipment
from packbench.shipments.planning import pieces_left
from packbench.shipments.purchasing import ACTOR, note, wait_after

log = structlog.get_logger(__name__)

LONGEST_WAIT = timedelta(hours=1)
# Refusals that say nothing of the parcel: a role, a region. They pass when the account is mended.
OF_THE_ACCOUNT = frozenset({"role_missing_orders", "access_denied"})
PAUSE_S = 5.0  # where Amazon does not say how long its quota is empty
MOST_IN_A_RUN = 500
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
    for notice in due_notices(account, now=clock()):
        if not _is_active(account):
            return None  # ended or revoked here meanwhile
        try:
            send_notice(notice, channel, clock=clock)
        except Throttled as error:
            return error.retry_after or PAUSE_S
        except BadCredentials as error:
            end_authorization(account, error, now=clock())
            return None
        except RemoteError:
            continue  # its row says what happened; the others go on
    return None


def _is_active(account: SellerAccount) -> bool:
    active = SellerAccount.objects.filter(pk=account.pk, status=SellerAccount.Status.ACTIVE)
    return active.exists()


def due_notices(account: SellerAccount, *, now: datetime) -> list[Notice]:
    due = Notice.objects.due(now, lease=lease()).filter(store__account=account)
    rows = due.select_related("order", "shipment__order", "shipment__carrier_account", "store")
    return list(rows[:MOST_IN_A_RUN])


def send_notice(notice: Notice, channel: Channel, *, clock: Callable[[], datetime]) -> None:
    """Tell the store of one parcel: claim → commit → call → record.

    A notice that a worker left half sent is looked up before it is sent again, and one that the
    store refuses after an earlier try is looked up before it counts as refused. Raises the
    channel's errors after noting them on the row.
    """
    half_sent = notice.status == Notice.Status.SENDING
    said = _said(notice)
    attempt = begin_attempt(notice, said, now=clock())
    if attempt is None:
        return
    try:
        is_known = half_sent and _is_known(notice, channel)
        request_id = "" if is_known else _confirm(notice, said, channel)
    except RemoteError as error:
        now = clock()
        end_attempt(attempt, error=error, now=now)
        _record_failure(notice, error, claimed_at=attempt.at, now=now)
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
    items = shipment.items.filter(order_item__order=order).select_related("order_item")
    return Confirmation(
        order_id=order.external_id,
        marketplace_id=notice.store.marketplace_id,
        package_reference=notice.package_reference,
        carrier_code=code,
        carrier_name=name,
        shipping_method=method,
        tracking_number=shipment.tracking_number,
        shipped_at=shipment.purchased_at or notice.created_at,
        items=tuple((item.order_item.external_id, item.quantity) for item in items),
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
    note(name, notice.shipment, now=now, request_id=request_id)
    if not pieces_left(order) and not _has_open_notices(order):
        mark_shipped(order, actor=ACTOR, now=now)


def _is_known(notice: Notice, channel: Channel) -> bool:
    """Whether the store already shows the package of a half-sent notice."""
    order = channel.fetch_order(notice.order.external_id)
    sent = (notice.package_reference, notice.shipment.tracking_number)
    return any((shown.reference, shown.tracking_number) == sent for shown in order.packages)


def _record_failure(
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
            note(
                "notice.failed",
                notice.shipment,
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
