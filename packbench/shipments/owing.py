"""Owing: what the store, and a shop that is linked to it, must be told of a parcel."""

from datetime import datetime
from typing import Any

from django.db.models import F

from packbench.carriers.base import Feature
from packbench.carriers.registry import can
from packbench.channels.models import Store
from packbench.jobs import defer_once
from packbench.orders.shipping import speak_for
from packbench.shipments.closing import close_order
from packbench.shipments.models import Forward, Notice, Shipment, StoreLink
from packbench.shipments.status import Status
from packbench.shipments.timing import turn_of

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

    A shop outside Amazon is owed nothing: its order is done with the label. Linked shops hear.

    Where the store still shows a parcel whose label was voided, this one takes its place under
    the same reference: Amazon edits the package (SEED-65).
    """
    if shipment.order.store.is_own_shop:
        speak_for(_pieces(shipment).items())
        close_order(shipment, now=now)
    else:
        _owe_notice(shipment, now=now)
    for link in StoreLink.objects.filter(store_id=shipment.order.store_id):
        _owe_forward(shipment, link, now=now)


def nudge(shipment: Shipment, *, is_first: bool = True) -> None:
    """Let those who tell look at once; the sweep would find it as well."""
    store = shipment.order.store
    if store.account_id and is_first:
        defer_once("shipments.send_notices", account_id=store.account_id)


def _owe_notice(shipment: Shipment, *, now: datetime) -> None:
    order, store = shipment.order, shipment.order.store
    orphan = _orphan(shipment)
    speak_for(_pieces(shipment).items())
    if orphan:
        _take_over(orphan, shipment)
        nudge(shipment)
        return
    hears_itself = can(shipment.carrier_account, Feature.TELLS_STORE) and not shipment.is_manual
    is_wanted = store.feedback != Store.Feedback.NONE and not hears_itself
    turn = turn_of(shipment, store, now=now) if is_wanted else {}
    Notice.objects.create(
        workspace_id=shipment.workspace_id,
        shipment=shipment,
        order=order,
        store=store,
        status=Notice.Status.PENDING if is_wanted else Notice.Status.NOT_REQUIRED,
        deadline_at=order.due_at,
        created_at=now,
        **turn,
    )
    nudge(shipment, is_first=is_wanted and not turn["awaits_scan"])


def _orphan(shipment: Shipment) -> Notice | None:
    """A notice of the order whose parcel was voided after the store was told: the likest."""
    orphans = Notice.objects.filter(order=shipment.order, is_orphaned=True)
    rows = list(orphans.select_for_update(of=("self",)).select_related("shipment").order_by("id"))
    pieces = _pieces(shipment)
    return min(rows, key=lambda row: _pieces(row.shipment) != pieces, default=None)


def _take_over(orphan: Notice, shipment: Shipment) -> None:
    speak_for((item_id, -count) for item_id, count in _pieces(orphan.shipment).items())
    Notice.objects.filter(pk=orphan.pk).update(
        **AGAIN,
        shipment=shipment,
        status=Notice.Status.PENDING,
        is_correction=True,
        is_orphaned=False,
        verified_at=None,
        deadline_at=shipment.order.due_at,
    )


def _pieces(shipment: Shipment) -> dict[str, int]:
    return dict(shipment.items.values_list("order_item_id", "quantity"))


def _owe_forward(shipment: Shipment, link: StoreLink, *, now: datetime) -> None:
    known = Forward.objects.filter(
        link=link,
        order=shipment.order,
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
            order=shipment.order,
            created_at=now,
            **turn_of(shipment, link.store, now=now),
        )
    defer_once("shipments.forward", link_id=link.pk)
