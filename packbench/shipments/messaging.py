"""Messages to buyers: that a parcel is on its way. For shops outside Amazon only.

Amazon itself writes to its buyers, and nobody else may (SEED-70, SEED-71). What counts is where
the order is from, not how it was paid (SEED-73), and an address of Amazon's relay is written to
never, whatever shop brought it (SEED-70). Claim → commit → send → record, as any e-mail: what the
server refused is tried again for some hours, what it may have taken is never sent again.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import F, QuerySet
from django.template.loader import render_to_string
from django.utils import translation

from packbench.accounts.mailing import post
from packbench.accounts.writing import has_mail
from packbench.channels.models import Store
from packbench.events.recording import record
from packbench.jobs.leasing import lease
from packbench.lib.errors import (
    BadCredentials,
    OutcomeUnknown,
    Rejected,
    RemoteError,
    TemporaryError,
)
from packbench.lib.relays import is_relay
from packbench.lib.sentences import marked
from packbench.orders.models import Order
from packbench.privacy.revealing import reveal
from packbench.privacy.sealing import Unreadable
from packbench.shipments.message_rows import BuyerMessage, StoreMessages
from packbench.shipments.models import Shipment
from packbench.shipments.status import Status

log = structlog.get_logger(__name__)

PATIENCE = timedelta(minutes=30)  # so long a label may be voided before the buyer hears of it
LATEST = timedelta(days=3)  # after so long it is no news
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
MOST_ATTEMPTS = 12
AT_ONCE = 200
UNSENT = (Status.DRAFT, Status.READY, Status.BUYING, Status.UNKNOWN, Status.VOIDING, Status.VOIDED)
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

AMAZON_WRITES = marked("Amazon itself writes to the buyers of this store. Packbench never does.")
NO_MAIL_SERVER = marked("No mail server is set. Set PACKBENCH_SMTP_URL and start Packbench again.")
NO_ADDRESS = marked("The order shows no e-mail address of the buyer.")
RELAY = marked("The address leads through Amazon: no message about a parcel may go there.")
NOT_SENT_OUT = marked("The label was voided, or the shop's messages were turned off.")

Clock = Callable[[], datetime]


def writes_to_buyers(store: Store) -> bool:
    return StoreMessages.objects.filter(store=store, since__isnull=False).exists()


@transaction.atomic
def switch_messages(store: Store, *, is_on: bool, actor: str, now: datetime) -> None:
    """Write to the shop's buyers from now on, or no more. Safe to run again. Raises Rejected."""
    if is_on and not store.is_own_shop:
        raise Rejected(AMAZON_WRITES, code="amazon_writes")
    if is_on and not has_mail():
        raise Rejected(NO_MAIL_SERVER, code="no_mail_server")
    if is_on == writes_to_buyers(store):
        return
    StoreMessages.objects.update_or_create(
        store=store, defaults={"since": now if is_on else None, "changed_by": actor}
    )
    name = "messages.started" if is_on else "messages.stopped"
    record(name, store.workspace_id, actor=actor, now=now, store_id=store.pk)


def plan_messages(*, now: datetime, most: int = AT_ONCE) -> int:
    """Owe a message for each parcel that went out of shops that want it. Safe to run again."""
    settings: dict[str, Any] = dict(
        StoreMessages.objects.filter(since__isnull=False).values_list("store_id", "since")
    )
    count = 0
    for store_id, since in settings.items():
        parcels = Shipment.objects.filter(
            order__store_id=store_id,
            purchased_at__gte=max(since, now - LATEST),
            purchased_at__lte=now - PATIENCE,
            buyer_message__isnull=True,
        ).exclude(status__in=UNSENT)
        rows = [
            BuyerMessage(
                workspace_id=parcel.workspace_id,
                shipment=parcel,
                created_at=now,
                next_try_at=now,
            )
            for parcel in parcels.order_by("purchased_at", "pk")[:most]
        ]
        BuyerMessage.objects.bulk_create(rows, ignore_conflicts=True)
        count += len(rows)
    return count


def due_messages(*, now: datetime) -> QuerySet[BuyerMessage]:
    due = BuyerMessage.objects.filter(status=BuyerMessage.Status.PENDING, next_try_at__lte=now)
    return due.order_by("next_try_at", "pk")


def settle_messages(*, now: datetime) -> None:
    """Give up what a dead worker may have sent."""
    left = BuyerMessage.objects.filter(
        status=BuyerMessage.Status.SENDING, claimed_at__lte=now - lease()
    )
    left.update(status=BuyerMessage.Status.UNKNOWN, next_try_at=None)


def send_message(message_id: str, *, clock: Clock) -> None:
    """Send it, once, in the language of where the parcel goes. Safe to run again and elsewhere.

    Raises RemoteError after noting on the row what happened and whether it is tried again.
    """
    claimed_at = clock()
    waiting = BuyerMessage.objects.filter(pk=message_id, status=BuyerMessage.Status.PENDING)
    if not waiting.update(
        status=BuyerMessage.Status.SENDING, claimed_at=claimed_at, attempts=F("attempts") + 1
    ):
        return
    mine = BuyerMessage.objects.filter(
        pk=message_id, status=BuyerMessage.Status.SENDING, claimed_at=claimed_at
    )
    row = mine.select_related("shipment__order__store", "shipment__order__key__parent").get()
    try:
        _send(row)
    except RemoteError as error:
        _record_failure(mine, row, error, now=clock())
        raise
    with transaction.atomic():
        now, order = clock(), row.shipment.order
        mine.update(status=BuyerMessage.Status.SENT, sent_at=now, problem=None, next_try_at=None)
        record(
            "buyer.written",
            row.workspace_id,
            actor="packbench",
            now=now,
            order_id=order.pk,
            store_id=order.store_id,
            shipment_id=row.shipment_id,
        )


def _send(row: BuyerMessage) -> None:
    parcel, order = row.shipment, row.shipment.order
    if not order.store.is_own_shop:
        raise Rejected(AMAZON_WRITES, code="amazon_writes")
    if parcel.status in UNSENT or not writes_to_buyers(order.store):
        raise Rejected(NOT_SENT_OUT, code="not_sent_out")
    address = _address(order)
    with translation.override(LANGUAGES.get(order.ship_to_country, "en")):
        said = {
            "shop": order.store.brand_name or order.store.name,
            "number": order.external_id,
            "tracking_number": parcel.tracking_number,
            "carrier": parcel.carrier_name,
            "language": translation.get_language(),
        }
        subject = translation.gettext("Your order %(number)s is on its way") % said
        post(
            address,
            subject=subject,
            text=render_to_string("shipments/message.txt", said),
            html=render_to_string("shipments/message.html", {**said, "subject": subject}),
            key=row.pk,
        )


def _address(order: Order) -> str:
    """Where to write. Raises Rejected where nobody may, or nobody can tell."""
    try:
        buyer = reveal(order, "buyer", order.key)
    except Unreadable:
        buyer = None
    address = str(buyer.email).strip() if buyer else ""
    if not address or order.erased_at:
        raise Rejected(NO_ADDRESS, code="no_address")
    if is_relay(address):
        raise Rejected(RELAY, code="relay")
    return address


def _record_failure(
    mine: QuerySet[BuyerMessage], row: BuyerMessage, error: RemoteError, *, now: datetime
) -> None:
    problem = {**error.sentence.as_json(), "code": error.code}
    nothing_happened = isinstance(error, TemporaryError | BadCredentials)
    if nothing_happened and row.attempts < MOST_ATTEMPTS:
        wait = min(FIRST_WAIT * 2 ** (row.attempts - 1), LONGEST_WAIT)
        mine.update(status=BuyerMessage.Status.PENDING, problem=problem, next_try_at=now + wait)
        return
    lost = isinstance(error, OutcomeUnknown)
    status = BuyerMessage.Status.UNKNOWN if lost else BuyerMessage.Status.REFUSED
    mine.update(status=status, problem=problem, next_try_at=None)
    log.warning("message_not_sent", code=error.code, attempt=row.attempts)
