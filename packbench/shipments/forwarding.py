"""Forwarding: a linked shop is told of each parcel once, however often it takes (SEED-54)."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

import msgspec
import structlog
from django.db import transaction

from packbench.accounts.models import Workspace
from packbench.channels.base import LinkedShop, SentItem, SentParcel
from packbench.channels.models import sentence_json
from packbench.jobs import defer_once
from packbench.jobs.leasing import lease
from packbench.lib.errors import (
    OutcomeUnknown,
    Rejected,
    RemoteError,
    TemporaryError,
    Throttled,
    Unsupported,
)
from packbench.shipments.confirming import words_of
from packbench.shipments.models import Forward, StoreLink
from packbench.shipments.purchasing import note, wait_after
from packbench.shipments.status import LABELED

log = structlog.get_logger(__name__)

MOST_IN_A_RUN = 200
MOST_ATTEMPTS = 20  # over about three days
LONGEST_WAIT = timedelta(hours=6)
STILL_WRITING = timedelta(minutes=1)  # before a lost answer is looked up there
PAUSE_S = 30.0  # where the shop does not say how long it wants to be left alone
Status = Forward.Status


def send_due_forwards(
    link: StoreLink, shop: LinkedShop, *, clock: Callable[[], datetime]
) -> float | None:
    """Tell the shop what is due, the oldest first, until it asks us to wait.

    Returns the seconds after which it is worth going on, or None where nothing is left. Each is
    claimed first: safe to run at once elsewhere, and what a dead worker left is sent again under
    the same message id after the lease.
    """
    for forward in _due(link, now=clock()):
        try:
            send_forward(forward, shop, clock=clock)
        except Throttled as error:
            return error.retry_after or PAUSE_S
        except RemoteError:
            continue  # its row says what happened; the others go on
    return None


def send_forward(forward: Forward, shop: LinkedShop, *, clock: Callable[[], datetime]) -> None:
    """Tell the shop of one parcel: claim → commit → call → record.

    Raises the shop's errors after noting them on the row.
    """
    claimed_at = clock()
    if not Forward.objects.claim(forward, now=claimed_at):
        return
    try:
        parcel = parcel_of(forward)
        Forward.objects.filter(pk=forward.pk).update(sent=msgspec.to_builtins(parcel))
        remote_id = shop.tell(parcel)
    except RemoteError as error:
        _record_failure(forward, error, claimed_at=claimed_at, now=clock())
        raise
    _record_acceptance(forward, remote_id, now=clock())


def parcel_of(forward: Forward) -> SentParcel:
    """What the shop is told: nothing of the buyer. Raises Unsupported."""
    shipment, order = forward.shipment, forward.order
    code, name, method = words_of(shipment)
    items = shipment.items.filter(order_item__order=order).select_related("order_item")
    return SentParcel(
        message_id=f"{forward.pk}.{forward.revision}",
        parcel_id=shipment.pk,
        order_number=order.external_id,
        seller_order_id=order.seller_order_id,
        store=order.store.name,
        carrier_code=code,
        carrier_name=name,
        shipping_method=method,
        tracking_number=shipment.tracking_number,
        shipped_at=shipment.purchased_at or forward.created_at,
        items=tuple(
            SentItem(item.order_item.external_id, item.order_item.sku, item.quantity)
            for item in items.order_by("order_item__position")
        ),
        is_correction=forward.revision > 0,
        remote_id=forward.remote_id,
        former_tracking_number=str(forward.sent.get("tracking_number", "")),
    )


@transaction.atomic
def forward_again(workspace: Workspace, ids: Iterable[str], *, now: datetime) -> int:
    """Tell the shops again of these parcels, whatever they answered before. Returns how many."""
    ended = workspace.forwards.filter(
        pk__in=list(ids),
        status__in=(Status.FAILED, Status.PENDING, Status.STOPPED),
        shipment__status__in=LABELED,
    )
    rows = list(ended.select_for_update(of=("self",)).order_by("id"))
    Forward.objects.filter(pk__in=[row.pk for row in rows]).update(
        status=Status.PENDING, awaits_scan=False, attempts=0, problem=None, next_try_at=now
    )
    for link_id in sorted({row.link_id for row in rows}):
        defer_once("shipments.forward", link_id=link_id)
    return len(rows)


@transaction.atomic
def stop_forward(forward: Forward) -> bool:
    """Never tell the shop of this parcel. False: it was told, or is being told right now."""
    waiting = Forward.objects.filter(pk=forward.pk, status__in=(Status.PENDING, Status.FAILED))
    return bool(waiting.update(status=Status.STOPPED, awaits_scan=False, next_try_at=None))


def _due(link: StoreLink, *, now: datetime) -> list[Forward]:
    due = Forward.objects.due(now, lease=lease()).filter(link=link)
    rows = due.select_related("order__store", "shipment__order__store", "shipment__carrier_account")
    return list(rows[:MOST_IN_A_RUN])


@transaction.atomic
def _record_acceptance(forward: Forward, remote_id: str, *, now: datetime) -> None:
    row = Forward.objects.select_for_update().get(pk=forward.pk)
    known: dict[str, Any] = {"remote_id": remote_id[:80] or row.remote_id, "problem": None}
    if row.revision != forward.revision:  # corrected meanwhile: the shop hears of that as well
        known |= {"status": Status.PENDING, "attempts": 0, "next_try_at": None}
        Forward.objects.filter(pk=row.pk).update(**known)
        return
    if row.status == Status.ACCEPTED:
        return
    known |= {"status": Status.ACCEPTED, "accepted_at": now, "next_try_at": None}
    Forward.objects.filter(pk=row.pk).update(**known)
    note("forward.accepted", forward.shipment, now=now)


def _record_failure(
    forward: Forward, error: RemoteError, *, claimed_at: datetime, now: datetime
) -> None:
    """Write down what happened, unless another worker owns it by now or it was corrected."""
    mine = Forward.objects.filter(pk=forward.pk, status=Status.SENDING, claimed_at=claimed_at)
    status, wait = _consequence(forward, error)
    with transaction.atomic():
        current = mine.filter(revision=forward.revision)
        is_ours = current.update(
            status=status, problem=sentence_json(error), next_try_at=now + wait
        )
        if not is_ours:
            mine.update(status=Status.PENDING, attempts=0, next_try_at=None)
        if is_ours and status == Status.FAILED:
            note("forward.failed", forward.shipment, now=now, code=error.code)
    log.warning("forward_not_sent", forward_id=forward.pk, code=error.code)


def _consequence(forward: Forward, error: RemoteError) -> tuple[Status, timedelta]:
    """A fault: later, with longer and longer waits. A refusal: a person must see it."""
    if isinstance(error, (Rejected, Unsupported)) or forward.attempts + 1 >= MOST_ATTEMPTS:
        return Status.FAILED, timedelta()
    wait = wait_after(forward.attempts, LONGEST_WAIT)
    if isinstance(error, OutcomeUnknown):
        return Status.PENDING, max(wait, STILL_WRITING)
    asked = error.retry_after if isinstance(error, TemporaryError) else None
    return Status.PENDING, max(wait, timedelta(seconds=asked or 0))
