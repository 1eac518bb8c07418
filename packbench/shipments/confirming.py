"""Confirming: telling the store that a parcel went, with only its own items (SEED-66)."""

from datetime import datetime, timedelta

import structlog
from django.db import transaction

from packbench.carriers.registry import service_of
from packbench.channels.base import Channel, Confirmation
from packbench.channels.connecting import end_authorization
from packbench.channels.models import SellerAccount, sentence_json
from packbench.jobs.leasing import lease
from packbench.lib.errors import BadCredentials, RemoteError, TemporaryError, Throttled
from packbench.orders.models import Order
from packbench.orders.shipping import mark_shipped
from packbench.shipments.models import Notice
from packbench.shipments.planning import pieces_left
from packbench.shipments.purchasing import note, wait_after

log = structlog.get_logger(__name__)

ACTOR = "packbench"
LONGEST_WAIT = timedelta(hours=1)
PAUSE_S = 5.0  # where Amazon does not say how long its quota is empty
MOST_IN_A_RUN = 500


def send_due_notices(account: SellerAccount, channel: Channel, *, now: datetime) -> float | None:
    """Send what is due at the account's stores, the most urgent first, until the quota is empty.

    Returns the seconds after which it is worth going on, or None where nothing is left. Safe to
    run at once elsewhere: each notice is claimed first.
    """
    for notice in due_notices(account, now=now)[:MOST_IN_A_RUN]:
        try:
            send_notice(notice, channel, now=now)
        except Throttled as error:
            return error.retry_after or PAUSE_S
        except BadCredentials as error:
            end_authorization(account, error, now=now)
            return None
        except RemoteError:
            continue  # its row says what happened; the others go on
    return None


def due_notices(account: SellerAccount, *, now: datetime) -> "list[Notice]":
    due = Notice.objects.due(now, lease=lease())
    return list(
        due.filter(store__account=account).select_related(
            "order", "shipment__order", "shipment__carrier_account", "store"
        )[:MOST_IN_A_RUN]
    )


def send_notice(notice: Notice, channel: Channel, *, now: datetime) -> None:
    """Tell the store of one parcel: claim → commit → call → record.

    A notice that a worker left half sent is looked up before it is sent again. Raises the
    channel's errors after noting them on the row.
    """
    half_sent = notice.status == Notice.Status.SENDING
    if not Notice.objects.claim(notice, now=now):
        return
    try:
        if half_sent and _is_known(notice, channel):
            request_id = ""
        else:
            request_id = channel.confirm(confirmation_of(notice)).request_id
    except RemoteError as error:
        _record_failure(notice, error, now=now)
        raise
    record_acceptance(notice, request_id=request_id, now=now)


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
    Notice.objects.filter(pk=notice.pk).update(
        status=Notice.Status.ACCEPTED,
        accepted_at=now,
        request_id=request_id,
        problem=None,
        next_try_at=None,
    )
    order = Order.objects.select_for_update().get(pk=notice.order_id)
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


def _record_failure(notice: Notice, error: RemoteError, *, now: datetime) -> None:
    """A quota or a fault: later. A refusal: a person must see it."""
    if isinstance(error, Throttled):
        status, wait = Notice.Status.THROTTLED, timedelta(seconds=error.retry_after or PAUSE_S)
    elif isinstance(error, TemporaryError):
        status, wait = Notice.Status.PENDING, wait_after(notice.attempts, LONGEST_WAIT)
    elif isinstance(error, BadCredentials):
        status, wait = Notice.Status.PENDING, timedelta()
    else:
        status, wait = Notice.Status.FAILED, timedelta()
    with transaction.atomic():
        Notice.objects.filter(pk=notice.pk).update(
            status=status, problem=sentence_json(error), next_try_at=now + wait
        )
        if status == Notice.Status.FAILED:
            note(
                "notice.failed",
                notice.shipment,
                now=now,
                code=error.code,
                request_id=error.request_id,
            )
    tell = log.info if isinstance(error, Throttled) else log.warning
    tell("notice_not_sent", notice_id=notice.pk, code=error.code, request_id=error.request_id)


def _has_open_notices(order: Order) -> bool:
    done = [Notice.Status.ACCEPTED, Notice.Status.NOT_REQUIRED]
    return order.notices.exclude(status__in=done).exists()
