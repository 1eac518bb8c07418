"""Confirming: telling the store that a parcel went, with only its own items (SEED-66)."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from packbench.carriers.registry import service_of
from packbench.channels.base import Channel, Confirmation
from packbench.channels.connecting import end_authorization
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
from packbench.shipments.models import Notice
from packbench.shipments.planning import pieces_left
from packbench.shipments.purchasing import ACTOR, note, wait_after

log = structlog.get_logger(__name__)

LONGEST_WAIT = timedelta(hours=1)
# Refusals that say nothing of the parcel: a role, a region. They pass when the account is mended.
OF_THE_ACCOUNT = frozenset({"access_denied"})
PAUSE_S = 5.0  # where Amazon does not say how long its quota is empty
MOST_IN_A_RUN = 500


def send_due_notices(
    account: SellerAccount, channel: Channel, *, clock: Callable[[], datetime]
) -> float | None:
    """Send what is due at the account's stores, the most urgent first, until the quota is empty.

    Returns the seconds after which it is worth going on, or None where nothing is left. Safe to
    run at once elsewhere: each notice is claimed first, at the time when its turn comes.
    """
    for notice in due_notices(account, now=clock()):
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
    claimed_at = clock()
    if not Notice.objects.claim(notice, now=claimed_at):
        return
    try:
        is_known = half_sent and _is_known(notice, channel)
        request_id = "" if is_known else _confirm(notice, channel)
    except RemoteError as error:
        _record_failure(notice, error, claimed_at=claimed_at, now=clock())
        raise
    record_acceptance(notice, request_id=request_id, now=clock())


def _confirm(notice: Notice, channel: Channel) -> str:
    """Send it and return the request id. A refused repeat may mean that the first one arrived."""
    try:
        return channel.confirm(confirmation_of(notice)).request_id
    except Rejected:
        if notice.attempts and _is_known(notice, channel):
            return ""
        raise


def confirmation_of(notice: Notice) -> Confirmation:
    shipment, order = notice.shipment, notice.order
    service = service_of(shipment.carrier_account, shipment.service)
    items = shipment.items.filter(order_item__order=order).select_related("order_item")
    return Confirmation(
        order_id=order.external_id,
        marketplace_id=notice.store.marketplace_id,
        package_reference=notice.package_reference,
        carrier_code=service.channel_code,
        carrier_name=service.channel_name,
        shipping_method=service.channel_method,
        tracking_number=shipment.tracking_number,
        shipped_at=shipment.purchased_at or notice.created_at,
        items=tuple((item.order_item.external_id, item.quantity) for item in items),
    )


@transaction.atomic
def record_acceptance(
    notice: Notice, *, request_id: str, now: datetime, event: str = "notice.accepted"
) -> None:
    """The store took the notice; when that was the last of its order, the order is shipped."""
    order = Order.objects.select_for_update().get(pk=notice.order_id)
    news = Notice.objects.filter(pk=notice.pk).exclude(status=Notice.Status.ACCEPTED)
    if not news.update(
        status=Notice.Status.ACCEPTED,
        accepted_at=now,
        request_id=request_id,
        problem=None,
        next_try_at=None,
    ):
        return
    note(event, notice.shipment, now=now, request_id=request_id)
    if not pieces_left(order) and not _has_open_notices(order):
        mark_shipped(order, actor=ACTOR, now=now)


@transaction.atomic
def notify_again(notice: Notice, *, now: datetime) -> bool:
    """Send a refused notice once more (SEED-68). False: it does not wait for that."""
    refused = Notice.objects.filter(pk=notice.pk, status=Notice.Status.FAILED)
    return bool(
        refused.update(status=Notice.Status.PENDING, problem=None, next_try_at=now, attempts=0)
    )


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
        updated = mine.update(status=status, problem=sentence_json(error), next_try_at=now + wait)
        if updated and status == Notice.Status.FAILED:
            note(
                "notice.failed",
                notice.shipment,
                now=now,
                code=error.code,
                request_id=error.request_id,
            )
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
