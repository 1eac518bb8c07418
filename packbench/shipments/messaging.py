"""Messages to buyers: that a parcel is on its way. For shops outside Amazon only.

Amazon itself writes to its buyers, and nobody else may (SEED-70, SEED-71). What counts is where
the order is from, not how it was paid (SEED-73), and an address of Amazon's relay is written to
never, whatever shop brought it (SEED-70). Claim → commit → send → record, as any e-mail: what the
server refused is tried again for some hours, what it may have taken is never sent again.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import translation

from packbench.accounts.mailing import post
from packbench.accounts.writing import has_mail
from packbench.channels.models import Store
from packbench.events.recording import record
from packbench.lib.errors import Rejected
from packbench.lib.relays import is_relay
from packbench.lib.sentences import marked
from packbench.orders.models import Order
from packbench.privacy.revealing import reveal
from packbench.privacy.sealing import Unreadable
from packbench.shipments.message_rows import BuyerMessage, StoreMessages
from packbench.shipments.models import Shipment
from packbench.shipments.posting import LANGUAGES, Clock, due, give_up_lost, send_once
from packbench.shipments.status import Status

PATIENCE = timedelta(minutes=30)  # so long a label may be voided before the buyer hears of it
LATEST = timedelta(days=3)  # after so long it is no news
AT_ONCE = 200
UNSENT = (Status.DRAFT, Status.READY, Status.BUYING, Status.UNKNOWN, Status.VOIDING, Status.VOIDED)

AMAZON_WRITES = marked("Amazon itself writes to the buyers of this store. Packbench never does.")
NO_MAIL_SERVER = marked("No mail server is set. Set PACKBENCH_SMTP_URL and start Packbench again.")
NO_ADDRESS = marked("The order shows no e-mail address of the buyer.")
RELAY = marked("The address leads through Amazon: no message about a parcel may go there.")
NOT_SENT_OUT = marked("The label was voided, or the shop's messages were turned off.")


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
    return due(BuyerMessage.objects.all(), now=now)


def settle_messages(*, now: datetime) -> None:
    """Give up what a dead worker may have sent."""
    give_up_lost(BuyerMessage.objects.all(), now=now)


def send_message(message_id: str, *, clock: Clock) -> None:
    """Send it, once, in the language of where the parcel goes. Safe to run again and elsewhere.

    Raises RemoteError after noting on the row what happened and whether it is tried again.
    """
    rows = BuyerMessage.objects.select_related(
        "shipment__order__store", "shipment__order__key__parent"
    )
    send_once(rows, message_id, _send, _note, clock=clock)


def _note(row: BuyerMessage, now: datetime) -> None:
    order = row.shipment.order
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
    address = address_of(order)
    if is_relay(address):
        raise Rejected(RELAY, code="relay")
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


def address_of(order: Order) -> str:
    """The buyer's e-mail address. Raises Rejected where nobody can tell."""
    try:
        buyer = reveal(order, "buyer", order.key)
    except Unreadable:
        buyer = None
    address = str(buyer.email).strip() if buyer else ""
    if not address or order.erased_at:
        raise Rejected(NO_ADDRESS, code="no_address")
    return address
