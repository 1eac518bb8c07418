"""What the page of one order shows; personal data is revealed to those who may, on the record."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch

from packbench.accounts.models import Member
from packbench.carriers.models import CarrierAccount
from packbench.carriers.naming import KNOWN
from packbench.channels.base import Buyer, ItemNotes, OrderDetails
from packbench.channels.models import Skip, Store
from packbench.events.models import Event
from packbench.lib.addresses import Address, OwnAddress
from packbench.lib.errors import RemoteError
from packbench.orders.customized import FIELD
from packbench.orders.entering import can_change
from packbench.orders.expiring import Reason
from packbench.orders.handling import ends_before_shipping, handling_days
from packbench.orders.models import WORK, Order, OrderItem
from packbench.orders.models import Status as OrderStatus
from packbench.orders.waiving import WAIVABLE
from packbench.privacy.redacting import redacted
from packbench.privacy.revealing import record_disclosure, reveal
from packbench.shipments.confirming import words_of
from packbench.shipments.models import Document, Shipment, TrackingEvent
from packbench.shipments.photographing import photos_of
from packbench.shipments.planning import pieces_left, twins
from packbench.shipments.status import LABELED, UNDER_WAY, Status
from packbench.shipments.wishing import wish_of
from packbench.web import saying
from packbench.web.address_part import address_part
from packbench.web.alert_words import alert_lines
from packbench.web.customization_page import (
    ShownCustomization,
    hidden_customizations,
    shown_customizations,
)
from packbench.web.doubt_part import doubt_of, is_left_to_a_person
from packbench.web.explaining import seller_central_url
from packbench.web.grid import end_of_day
from packbench.web.order_facts import buyer_context, facts_context
from packbench.web.order_products import products_part
from packbench.web.parcel_money import charges_of
from packbench.web.parcel_part import contents_of, parts_context
from packbench.web.people import people_of
from packbench.web.rows import (
    NEAR,
    notice_state,
    order_marks,
    order_state,
    shipment_state,
    store_code,
)
from packbench.web.ship_form import services_of, ship_context, wish_words
from packbench.web.slots import slot_columns

DISCLOSED = ("recipient", "buyer", "notes", "details")
AT_HAND = (Status.PURCHASED, Status.PRINTED)
LATEST_FIRST = Prefetch("tracking_events", TrackingEvent.objects.order_by("-at", "-id"))
MACHINES = {"import": "Amazon", "packbench": "Packbench", "job": "Packbench"}


@dataclass(frozen=True, slots=True)
class Revealed:
    """What the buyer gave, opened; nothing for those who may not see it."""

    recipient: Address | None = None
    buyer: Buyer | None = None
    own: OwnAddress | None = None
    details: OrderDetails | None = None
    notes: dict[str, ItemNotes | None] = field(default_factory=dict)
    custom: dict[str, ShownCustomization] = field(default_factory=dict)


def order_context(order: Order, member: Member, *, now: datetime) -> dict[str, Any]:
    may_see = member.can_see_buyers and order.erased_at is None
    shown = (
        _reveal(order, member, now=now)
        if may_see
        else Revealed(custom=hidden_customizations(order))
    )
    address = address_part(order) if may_see else {}
    return (
        shipping_context(order, now=now)
        | address
        | {
            "marks": order_marks(order),
            "store_code": store_code(order.store),
            "service_word": saying.service_word(order.service_level),
            "due_kind": _due_kind(order, order.store, now=now),
            "recipient": shown.recipient,
            "buyer": shown.buyer,
            "items": [
                (item, shown.notes.get(item.pk), shown.custom.get(item.pk))
                for item in order.items.all()
            ],
            "twins": list(twins(order)),
            "photos": photos_of(order) if may_see else [],
            "is_changeable": can_change(order),
            "left_out": _left_out(order),
            "slots": [
                (column.word, column.value(order)) for column in slot_columns([order.store], member)
            ],
            "events": _timeline(order),
            "erase_rule": rule_words(order.erase_reason),
            "handling_days": handling_days(order, time_zone=order.store.time_zone),
            "ends_before_shipping": ends_before_shipping(order),
            **facts_context(order, member, own=shown.own, details=shown.details),
            **buyer_context(order, recipient=shown.recipient, buyer=shown.buyer, own=shown.own),
        }
    )


def shipping_context(order: Order, *, parcel: str = "", now: datetime) -> dict[str, Any]:
    """The parcels of an order, and the form for the next one where there may be one.

    `parcel` is the one among those that a person composed which the form is about.
    """
    shipments = _shipments(order)
    chosen = next((row for row in shipments if row.pk == parcel and _is_composed(row)), None)
    is_buying = any(_is_moving(shipment) for shipment in shipments)
    can_ship = (
        order.can_ship
        and not any(
            shipment.status in UNDER_WAY and not shipment.is_composed for shipment in shipments
        )
        and (
            any(row.status == Status.DRAFT and not row.is_composed for row in shipments)
            or bool(pieces_left(order))
        )
    ) or (order.can_ship and chosen is not None)
    state_of = [
        (shipment.status, shipment.problem)
        for shipment in shipments
        if shipment.status != Status.VOIDED
    ]
    return {
        "order": order,
        "waivable": WAIVABLE,
        "seller_central": seller_central_url(order),
        "is_redacted": order.erased_at is not None,
        "redacted": redacted(),
        "state": order_state(order, state_of),
        "parcels": [_parcel(row, order, len(shipments), now=now) for row in shipments],
        "chosen_parcel": chosen,
        **parts_context(order, shipments, now=now),
        "is_buying": is_buying,
        "can_create": can_ship,
        **products_part(order),
        **(ship_context(order, parcel=chosen, now=now) if can_ship else {}),
        "left": _left(order) if order.status in (*WORK, OrderStatus.ON_HOLD) else [],
        "carriers": KNOWN,
    }


def _is_moving(shipment: Shipment) -> bool:
    """Whether a job is at it; what was left to a person waits for them."""
    return shipment.status in UNDER_WAY and not is_left_to_a_person(shipment)


def _left_out(order: Order) -> str:
    """Through which other stores the same Amazon order came in and was left out (SEED-54)."""
    skips = order.workspace.skips.filter(
        external_id=order.external_id, reason=Skip.Reason.OTHER_STORE
    )
    accounts = skips.values("account")
    names = order.workspace.stores.filter(
        account__in=accounts, marketplace_id=order.store.marketplace_id
    ).exclude(pk=order.store_id)
    return ", ".join(names.order_by("name").values_list("name", flat=True))


def _left(order: Order) -> list[tuple[OrderItem, int]]:
    """The items that have pieces left to go into a parcel bought elsewhere."""
    left = pieces_left(order)
    return [(item, left[item.pk]) for item in order.items.all() if item.pk in left]


def _shipments(order: Order) -> list[Any]:
    """The order's shipments, the latest first; `is_redacted` where a label's file was erased."""
    rows = Shipment.objects.of_orders([order.pk]).exclude(
        status=Status.VOIDED, purchased_at__isnull=True
    )
    rows = rows.select_related("order", "carrier_account", "warehouse").order_by("-created_at")
    emptied = Document.objects.filter(label__shipment=OuterRef("pk"), content__isnull=True)
    rows = rows.annotate(is_redacted=Exists(emptied))
    return list(
        rows.prefetch_related(
            "notices", "items__order_item", "labels__charges", "companions__order", LATEST_FIRST
        )
    )


def _is_composed(shipment: Shipment) -> bool:
    return shipment.is_composed and shipment.status == Status.DRAFT


def _parcel(shipment: Any, order: Order, count: int, *, now: datetime) -> dict[str, Any]:
    notices = [notice for notice in shipment.notices.all() if notice.order_id == order.pk]
    erased = shipment.is_redacted and shipment.status in LABELED
    return {
        "row": shipment,
        "inside": contents_of(shipment, order) if count > 1 or shipment.is_composed else None,
        "can_ask": _is_composed(shipment),
        "service": shipped_with(shipment, {}),
        "state": shipment_state(shipment.status, shipment.problem),
        "has_label": shipment.status in LABELED and not shipment.is_manual,
        "can_hand_over": shipment.status in AT_HAND,
        "can_correct": shipment.status in LABELED and shipment.status != Status.DELIVERED,
        "tracking": list(shipment.tracking_events.all()),
        "alerts": alert_lines(shipment, now=now),
        "told": _words_told(shipment),
        "is_redacted": erased,
        "can_void": shipment.status in AT_HAND,
        "can_act": shipment.status in LABELED
        and (shipment.status != Status.DELIVERED or not (shipment.is_manual or erased)),
        "was_told": any(notice.told_at for notice in notices),
        "charges": charges_of(shipment),
        "doubt": doubt_of(shipment),
        "notices": [
            {"row": notice, "state": state}
            for notice in notices
            if (
                state := notice_state(
                    notice.status, notice.problem, notice.awaits_scan, notice.is_orphaned
                )
            )
        ],
    }


def _words_told(shipment: Shipment) -> tuple[str, str]:
    """The carrier and the method as Amazon is told them, for the form that corrects them."""
    try:
        code, name, method = words_of(shipment)
    except RemoteError:
        return "", ""
    return name or code, method


def shipped_with(row: Shipment, names: dict[tuple[str, str], str]) -> str:
    """The service's name, or what a person said of the parcel; `names` remembers the first."""
    if row.wish is not None:
        return wish_words(wish_of(row))
    if row.service_name:
        return row.service_name
    if row.channel_code:
        return " ".join(filter(None, [row.channel_name or row.channel_code, row.channel_method]))
    key = (row.carrier_account_id, row.service)
    if key not in names:
        names[key] = service_name(row.carrier_account, row.service)
    return names[key]


def service_name(account: CarrierAccount, code: str) -> str:
    """The service's name; its code where the carrier does not offer it any more."""
    services, _ = services_of(account)
    return next((service.name for service in services if service.code == code), code)


def _reveal(order: Order, member: Member, *, now: datetime) -> Revealed:
    """Open what the buyer gave, and write down that this person saw it."""
    notes = {item.pk: reveal(item, "notes", order.key) for item in order.items.all()}
    custom = shown_customizations(order)
    fields = (*DISCLOSED, FIELD) if any(each.is_here for each in custom.values()) else DISCLOSED
    record_disclosure(
        order.workspace_id, [order.pk], fields, actor=member.person_id, reason="order", now=now
    )
    return Revealed(
        recipient=reveal(order, "recipient", order.key),
        buyer=reveal(order, "buyer", order.key),
        own=reveal(order, "own_address", order.key),
        details=reveal(order, "details", order.key),
        notes=notes,
        custom=custom,
    )


def rule_words(rule: str) -> str:
    """The rule that ends the data of an order, in words."""
    return str(Reason(rule).label) if rule in Reason.values else rule


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
    return MACHINES | people_of(order.workspace, ids)


def _due_kind(order: Order, store: Store, *, now: datetime) -> str:
    if order.ship_by_at is None or not (order.can_ship or order.problems):
        return ""
    if order.ship_by_at - now < NEAR:
        return "bad"
    return "warn" if order.ship_by_at <= end_of_day(store, now=now) else ""
