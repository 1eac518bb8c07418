"""Owing: what the store, and a shop that is linked to it, must be told of a parcel."""

from datetime import datetime
from typing import Any

from django.db.models import F

from packbench.carriers.base import Feature
from packbench.carriers.registry import can
from packbench.channels.models import Store
from packbench.jobs import defer_once
from packbench.orders.models import Order
from packbench.orders.shipping import speak_for
from packbench.shipments.closing import close_order
from packbench.shipments.models import Forward, Notice, Shipment, StoreLink
from packbench.shipments.reckoning import reckon_parcels
from packbench.shipments.status import Status
from packbench.shipments.timing import turn_of

SHIP_PLUS = "FBM_SHIP_PLUS"  # Amazon confirms these itself, and refuses whoever else does
# What is said from here on edits what was said before, under the same reference.
AGAIN: dict[str, Any] = {
    "revision": F("revision") + 1,
    "attempts": 0,
    "awaits_scan": False,
    "next_try_at": None,
    "accepted_at": None,
    "problem": None,
}


def owe(shipment: Shipment, *, now: datetime) -> None:
    """Write down what must be told of the parcel and when (SEED-61), and nudge those who tell.

    Each order with pieces in it is owed a notice of its own, of these pieces only (SEED-66,
    SEED-67): `confirming.confirmation_of` reads them off the shipment's items. A shop
    outside Amazon is owed nothing: its order is done with the label. Linked shops hear.

    Where the store still shows a parcel whose label was voided, this one takes its place under
    the same reference: Amazon edits the package (SEED-65).
    """
    for order in shipment.orders():
        if order.store.is_own_shop:
            speak_for(pieces_of(shipment, order).items())
            close_order(order, now=now)
        else:
            _owe_notice(shipment, order, now=now)
        for link in StoreLink.objects.filter(store_id=order.store_id):
            _owe_forward(shipment, order, link, now=now)
        reckon_parcels(order, now=now)


def nudge(store: Store, *, is_first: bool = True) -> None:
    """Let those who tell look at once; the sweep would find it as well."""
    if store.account_id and is_first:
        defer_once("shipments.send_notices", account_id=store.account_id)


def _owe_notice(shipment: Shipment, order: Order, *, now: datetime) -> None:
    store = order.store
    pieces = pieces_of(shipment, order)
    orphan = _orphan(order, pieces)
    speak_for(pieces.items())
    if orphan:
        _take_over(orphan, shipment)
        nudge(store)
        return
    hears_itself = can(shipment.carrier_account, Feature.TELLS_STORE) and not shipment.is_manual
    hears_itself |= SHIP_PLUS in order.programs
    is_wanted = store.feedback != Store.Feedback.NONE and not hears_itself
    turn = turn_of(shipment, store, order=order, now=now) if is_wanted else {}
    Notice.objects.create(
        workspace_id=shipment.workspace_id,
        shipment=shipment,
        order=order,
        store=store,
        status=Notice.Status.PENDING if is_wanted else Notice.Status.NOT_REQUIRED,
        deadline_at=order.deadline_at,
        created_at=now,
        **turn,
    )
    nudge(store, is_first=is_wanted and not turn["awaits_scan"])


def _orphan(order: Order, pieces: dict[str, int]) -> Notice | None:
    """A notice of the order whose parcel was voided after the store was told: the likest."""
    orphans = Notice.objects.filter(order=order, is_orphaned=True)
    found = orphans.select_for_update(of=("self",)).select_related("shipment", "order")
    rows = list(found.order_by("id"))
    return min(rows, key=lambda row: pieces_of(row.shipment, order) != pieces, default=None)


def _take_over(orphan: Notice, shipment: Shipment) -> None:
    told = pieces_of(orphan.shipment, orphan.order)
    speak_for((item_id, -count) for item_id, count in told.items())
    Notice.objects.filter(pk=orphan.pk).update(
        **AGAIN,
        shipment=shipment,
        status=Notice.Status.PENDING,
        is_correction=True,
        is_orphaned=False,
        verified_at=None,
        deadline_at=orphan.order.deadline_at,
    )


def pieces_of(shipment: Shipment, order: Order) -> dict[str, int]:
    """Pieces of the order in the parcel, by item id."""
    items = shipment.items.filter(order_item__order=order)
    return dict(items.values_list("order_item_id", "quantity"))


def _owe_forward(shipment: Shipment, order: Order, link: StoreLink, *, now: datetime) -> None:
    known = Forward.objects.filter(
        link=link,
        order=order,
        shipment__status=Status.VOIDED,
        status=Forward.Status.ACCEPTED,
    )
    orphan = known.order_by("id").first()
    if orphan:
        Forward.objects.filter(pk=orphan.pk).update(
            **AGAIN, shipment=shipment, status=Forward.Status.PENDING
        )
    else:
        Forward.objects.create(
            workspace_id=shipment.workspace_id,
            link=link,
            shipment=shipment,
            order=order,
            created_at=now,
            **turn_of(shipment, link.store, order=order, now=now),
        )
    defer_once("shipments.forward", link_id=link.pk)
