"""What the page of one order shows; personal data is revealed to those who may, on the record."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from packbench.accounts.models import Member
from packbench.carriers.base import Service
from packbench.carriers.models import CarrierAccount
from packbench.carriers.registry import default_account, open_carrier
from packbench.channels.base import Buyer, ItemNotes
from packbench.channels.models import Store
from packbench.events.models import Event
from packbench.lib.addresses import Address
from packbench.lib.errors import RemoteError
from packbench.orders.models import Order
from packbench.privacy.revealing import record_disclosure, reveal
from packbench.shipments.models import Notice, Shipment
from packbench.shipments.planning import pieces_left
from packbench.shipments.status import LABELED, UNDER_WAY, Status
from packbench.web import saying
from packbench.web.grid import end_of_day
from packbench.web.rows import (
    NEAR,
    notice_state,
    order_marks,
    order_state,
    service_word,
    shipment_state,
    store_code,
)

DISCLOSED = ("recipient", "buyer", "notes")
TOLD = (Notice.Status.ACCEPTED, Notice.Status.SENDING)
MACHINES = {"import": "Amazon", "packbench": "Packbench", "job": "Packbench"}


@dataclass(frozen=True, slots=True)
class Revealed:
    """What the buyer gave, opened; nothing for those who may not see it."""

    recipient: Address | None = None
    buyer: Buyer | None = None
    notes: dict[str, ItemNotes | None] = field(default_factory=dict)


def order_context(order: Order, member: Member, *, now: datetime) -> dict[str, Any]:
    shown = _reveal(order, member, now=now) if member.can_see_buyers else Revealed()
    return shipping_context(order, now=now) | {
        "marks": order_marks(order),
        "store_code": store_code(order.store),
        "service_word": service_word(order.service_level),
        "due_kind": _due_kind(order, order.store, now=now),
        "recipient": shown.recipient,
        "buyer": shown.buyer,
        "items": [(item, shown.notes.get(item.pk)) for item in order.items.all()],
        "events": _timeline(order),
    }


def shipping_context(order: Order, *, now: datetime) -> dict[str, Any]:
    """The parcels of an order, and the form for the next one where there may be one."""
    shipments = _shipments(order)
    account = default_account(order.workspace, now=now)
    services, carrier_problem = services_of(account)
    is_buying = any(shipment.status in UNDER_WAY for shipment in shipments)
    can_ship = (
        order.can_ship
        and not is_buying
        and (
            any(shipment.status == Status.DRAFT for shipment in shipments)
            or bool(pieces_left(order))
        )
    )
    state_of = [
        (shipment.status, shipment.problem)
        for shipment in shipments
        if shipment.status != Status.VOIDED
    ]
    return {
        "order": order,
        "state": order_state(order, state_of),
        "parcels": [_parcel(shipment) for shipment in shipments],
        "is_buying": is_buying,
        "can_create": can_ship,
        "unweighed": [
            item for item in order.items.all() if item.product and not item.product.weight_g
        ]
        if "missing_weight" in order.problems
        else [],
        "warehouse": order.workspace.warehouses.filter(is_default=True).first(),
        "carrier_account": account,
        "services": services,
        "carrier_problem": carrier_problem,
    }


def _shipments(order: Order) -> list[Shipment]:
    rows = order.shipments.select_related("carrier_account", "warehouse").order_by("-created_at")
    return list(rows.prefetch_related("notices", "items__order_item"))


def _parcel(shipment: Shipment) -> dict[str, Any]:
    notices = list(shipment.notices.all())
    told = any(notice.status in TOLD for notice in notices)
    return {
        "row": shipment,
        "service": service_name(shipment.carrier_account, shipment.service),
        "state": shipment_state(shipment.status, shipment.problem),
        "has_label": shipment.status in LABELED,
        "can_void": shipment.status in (Status.PURCHASED, Status.PRINTED) and not told,
        "notices": [
            {"row": notice, "state": state}
            for notice in notices
            if (state := notice_state(notice.status, notice.problem))
        ],
    }


def services_of(account: CarrierAccount) -> tuple[tuple[Service, ...], str]:
    """What the carrier offers, or nothing and why it cannot be asked."""
    try:
        return open_carrier(account).services(), ""
    except RemoteError as error:
        return (), saying.say(error.sentence)


def service_name(account: CarrierAccount, code: str) -> str:
    """The service's name; its code where the carrier does not offer it any more."""
    services, _ = services_of(account)
    return next((service.name for service in services if service.code == code), code)


def _reveal(order: Order, member: Member, *, now: datetime) -> Revealed:
    """Open what the buyer gave, and write down that this person saw it."""
    notes = {item.pk: reveal(item, "notes", order.key) for item in order.items.all()}
    record_disclosure(
        order.workspace_id, [order.pk], DISCLOSED, actor=member.person_id, reason="order", now=now
    )
    return Revealed(
        recipient=reveal(order, "recipient", order.key),
        buyer=reveal(order, "buyer", order.key),
        notes=notes,
    )


def _timeline(order: Order) -> list[dict[str, Any]]:
    events = list(order.workspace.events.of_order(order.pk)[:100])
    names = _names(order, events)
    return [
        {
            "name": event.name,
            "at": event.at,
            "actor": names.get(event.actor, event.actor),
            "data": event.data,
        }
        for event in events
    ]


def _names(order: Order, events: Iterable[Event]) -> dict[str, str]:
    """Who acted, by name: people of the workspace, and our own machines."""
    ids = {event.actor for event in events}
    people = order.workspace.memberships.filter(person__in=ids).select_related("person")
    return MACHINES | {member.person_id: str(member.person) for member in people}


def _due_kind(order: Order, store: Store, *, now: datetime) -> str:
    if order.ship_by_at is None or not (order.can_ship or order.problems):
        return ""
    if order.ship_by_at - now < NEAR:
        return "bad"
    return "warn" if order.ship_by_at <= end_of_day(store, now=now) else ""
