"""A row of the grid, ready to be shown: every word is said here, the template only places it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from packbench.accounts.models import Member, Workspace
from packbench.channels.base import Buyer
from packbench.channels.models import Store
from packbench.lib.addresses import Address
from packbench.lib.marketplaces import by_id, is_known
from packbench.orders.handling import handling_days
from packbench.orders.models import WORK, Order, Status
from packbench.orders.sealing import place_of
from packbench.orders.standing import HOLDING, PROBLEMS
from packbench.privacy.models import opened_if_alive
from packbench.privacy.redacting import redacted
from packbench.privacy.revealing import record_disclosure, reveal
from packbench.shipments.combining import combinable
from packbench.shipments.listing import Listed, list_orders
from packbench.shipments.models import Notice
from packbench.shipments.status import LABELED, UNDER_WAY
from packbench.shipments.status import Status as ShipmentStatus
from packbench.web import saying
from packbench.web.columns import Column, Shown
from packbench.web.narrowing import end_of_day
from packbench.web.picture_urls import image_url
from packbench.web.templatetags.branding import color_class

NEAR = timedelta(hours=4)
People = tuple[Address | None, Buyer | None]
NOBODY: People = (None, None)
NO_NAMES: Mapping[str, str] = {}
FULFILLED_BY_AMAZON = _("Fulfillment by Amazon")  # SEED-36: the carrier that we never buy from
PROBLEM_WORDS: dict[str, Any] = {
    "address_changed": _("Address changed"),
    "cancel_requested": _("Cancel requested"),
    "constraint_age": _("Age check"),
    "constraint_cash_on_delivery": _("Cash on delivery"),
    "constraint_identity": _("Identity check"),
    "constraint_other": _("Special demand"),
    "constraint_pallet": _("By pallet"),
    "constraint_signature": _("Signature"),
    "erased": _("Address erased"),
    "label_window": _("No label yet"),
    "address_doubtful": _("Doubtful address"),
    "missing_address": _("No address"),
    "missing_customs": _("No customs data"),
    "missing_role": _("Role missing"),
    "missing_weight": _("No weight"),
    "needs_buy_shipping": _("Needs Buy Shipping"),
    "pre_order": _("Pre-order"),
}

PARCEL_MARKS = {
    ShipmentStatus.PRINTED: ("ok", "print"),
    ShipmentStatus.MANIFESTED: ("ok", "shipments"),
    ShipmentStatus.IN_TRANSIT: ("info", "shipments"),
    ShipmentStatus.EXCEPTION: ("bad", "warning"),
    ShipmentStatus.RETURNED: ("warn", "release"),
    ShipmentStatus.VOIDED: ("", "void"),
}


@dataclass(frozen=True, slots=True)
class State:
    """A state as a badge: colour, icon and words, and the whole sentence as its title."""

    kind: str
    icon: str
    word: str | Promise
    title: str = ""


@dataclass(slots=True)
class Row:
    """One order of the grid. `name` is empty where the member may not see buyers."""

    id: str
    number: str
    store: str
    store_code: str
    age: str
    due: str
    due_kind: str
    due_icon: str
    due_title: str
    name: str
    place: str
    country: str
    title: str
    sku: str
    quantity: int
    more: int
    image: str
    initials: str
    marks: list[tuple[str, str]]
    weight: str
    grams: int
    service: str
    price: str
    color: str
    said: dict[str, str]  # what the plain columns say, by their keys
    state: State
    notice: State | None
    labels: int
    is_waiting: bool
    is_redacted: bool = False


def order_rows(
    workspace: Workspace,
    ids: Sequence[str],
    stores: dict[str, Store],
    member: Member,
    columns: Sequence[Column] = (),
    names: Mapping[str, str] = NO_NAMES,
    *,
    now: datetime,
) -> list[Row]:
    """The rows of these orders, in this order. Buyers shown are recorded.

    `names` are those of tags and people by their ids, where a column says them.
    """
    sealed = [column for column in columns if column.discloses]
    listed = list_orders(workspace, ids, with_buyers=bool(sealed))
    people = _people(listed.values(), bool(sealed)) if member.can_see_buyers else {}
    record_disclosure(
        workspace.pk,
        people,
        ["recipient.name", *(column.discloses for column in sealed)],
        actor=member.person_id,
        reason="grid",
        now=now,
    )
    found = [listed[pk] for pk in ids if pk in listed]
    rows = [
        _said(each, stores, columns, people.get(each.order.pk, NOBODY), names, now=now)
        for each in found
    ]
    return _with_hints(rows, workspace) if member.can_ship else rows


def _with_hints(rows: list[Row], workspace: Workspace) -> list[Row]:
    """Mark those that could share a parcel with others (SEED-67)."""
    found = combinable(workspace, [row.id for row in rows])
    for row in rows:
        if others := found.get(row.id):
            word = ngettext(
                "%(n)s other order goes to the same address",
                "%(n)s other orders go to the same address",
                len(others),
            )
            row.marks = [*row.marks, ("combine", word % {"n": len(others)})]
    return rows


def _said(
    listed: Listed,
    stores: dict[str, Store],
    columns: Sequence[Column],
    people: People,
    names: Mapping[str, str],
    *,
    now: datetime,
) -> Row:
    place, buyer = people
    name = place.name or place.company if place else ""
    row = _row(listed.order, stores, listed.items, listed.parcels, name, now=now)
    shown = Shown(listed, stores[listed.order.store_id], place, buyer, names)
    row.said = {column.key: column.say(shown) for column in columns if column.say}
    return row


def _people(listed: Iterable[Listed], has_buyers: bool) -> dict[str, People]:
    """Who gets each order, and, where asked for, who bought it."""
    people: dict[str, People] = {}
    for order in (each.order for each in listed):
        key = opened_if_alive(order.key)
        place = place_of(order, key)
        buyer = reveal(order, "buyer", order.key) if has_buyers else None
        if place is not None or buyer is not None:
            people[order.pk] = (place, buyer)
    return people


def _row(
    order: Order,
    stores: dict[str, Store],
    items: list[tuple[Any, ...]],
    shipments: list[tuple[Any, ...]],
    name: str,
    *,
    now: datetime,
) -> Row:
    store = stores[order.store_id]
    title, sku, quantity, product_id, version = items[0][:5] if items else ("", "", 0, "", "")
    due, due_kind, due_icon = _due(order, store, now=now)
    grams = order.weight_g or 0
    return Row(
        id=order.pk,
        number=order.external_id,
        store=store.name,
        store_code=store_code(store),
        age=saying.span(now - order.placed_at),
        due=due,
        due_kind=due_kind,
        due_icon=due_icon,
        due_title=_due_title(order, store),
        name=redacted() if order.erased_at else name,
        place=order.ship_to_city or order.ship_to_state,
        country=order.ship_to_country,
        title=title or sku,
        sku=sku,
        quantity=quantity,
        more=len(items) - 1,
        image=image_url(product_id, version),
        initials=initials(title or sku),
        marks=order_marks(order),
        weight=saying.weight(grams),
        grams=grams,
        service=saying.service_word(order.service_level),
        price=saying.money(order.total_amount, order.total_currency),
        color=color_class(store.brand_color),
        said={},
        state=order_state(order, shipments),
        notice=_notice_state(shipments),
        labels=sum(line[0] in LABELED for line in shipments),
        is_waiting=order.status in WORK,
        is_redacted=order.erased_at is not None,
    )


def store_code(store: Store) -> str:
    if not is_known(store.marketplace_id):
        return "·"
    return str(by_id(store.marketplace_id).shown_country)


def initials(title: str) -> str:
    words = [word for word in title.replace("-", " ").split() if word[0].isalnum()]
    return "".join(word[0] for word in words[:2]).upper() or "·"


def order_marks(order: Order) -> list[tuple[str, str]]:
    """What makes the order special: (icon, word)."""
    marks = (
        (order.is_prime, "prime", _("Prime")),
        (order.is_business, "business", _("Business")),
        (order.is_gift, "gift", _("Gift")),
        (order.is_customized, "custom", _("Custom")),
        (bool(order.replaces), "replacement", _("Replacement")),
        (order.is_amazon_fulfilled, "shipments", FULFILLED_BY_AMAZON),
    )
    return [(icon, str(word)) for has, icon, word in marks if has]


def _due(order: Order, store: Store, *, now: datetime) -> tuple[str, str, str]:
    """How long is left to ship it, with the colour and icon of how near that is."""
    if order.status not in (*WORK, Status.ON_HOLD):
        return "", "", ""
    if order.ship_by_at is None:
        return gettext("No date"), "", ""
    ship_by = order.rest_by_at or order.ship_by_at
    left = ship_by - now
    if left < timedelta():
        return gettext("%(span)s late") % {"span": saying.span(left)}, "bad", "late"
    words = gettext("%(span)s left") % {"span": saying.span(left)}
    if left < NEAR:
        return words, "bad", "late"
    if ship_by <= end_of_day(store, now=now):
        return words, "warn", "clock"
    return words, "", ""


def _due_title(order: Order, store: Store) -> str:
    if order.ship_by_at is None:
        return gettext("The store promised no date.")
    at = saying.instant(order.rest_by_at or order.ship_by_at, store.time_zone)
    days = handling_days(order, time_zone=store.time_zone)
    if days is None:
        return gettext("Ship by %(at)s") % {"at": at}
    return gettext("Ship by %(at)s, within %(days)s days of the order") % {"at": at, "days": days}


def order_state(order: Order, shipments: list[tuple[Any, ...]]) -> State:
    """Where the order stands: `shipments` are (status, problem, …) of its live parcels."""
    if order.status == Status.ON_HOLD:
        return _held_state(order)
    if order.status not in WORK:
        kind, icon = {
            Status.SHIPPED: ("ok", "check"),
            Status.UNFULFILLABLE: ("bad", "error"),
        }.get(Status(order.status), ("", "info"))
        return State(kind, icon, order.get_status_display())
    if shipments and not _is_only_composed(shipments):
        return _several_state(shipments) or shipment_state(*shipments[-1][:2])
    if order.problems:
        code = order.problems[0]
        said = " ".join(gettext(PROBLEMS.get(problem, problem)) for problem in order.problems)
        return State("bad", "warning", PROBLEM_WORDS.get(code, code), said)
    if shipments:
        return State("", "split", _("Put together"), gettext("Its parcels wait for their labels."))
    return State("", "", _("Ready"))


def _is_only_composed(shipments: Iterable[tuple[Any, ...]]) -> bool:
    """Whether all are parcels that a person put together, and no label was asked for yet."""
    return all(each[0] == ShipmentStatus.DRAFT and not each[1] for each in shipments)


def _several_state(shipments: Sequence[tuple[Any, ...]]) -> State | None:
    """How many of several parcels have their label; None where that says nothing more."""
    done = sum(each[0] in LABELED for each in shipments)
    troubled = [each for each in shipments if each[0] in (*UNDER_WAY, ShipmentStatus.DRAFT)]
    if len(shipments) < 2 or not done or not troubled:
        return None
    if telling := [each for each in troubled if each[1] or each[0] != ShipmentStatus.DRAFT]:
        return shipment_state(*telling[-1][:2])
    words = gettext("%(done)s of %(n)s labels") % {"done": done, "n": len(shipments)}
    return State("info", "split", words)


def _held_state(order: Order) -> State:
    """On hold, and for what: a person's reason, else what the order itself waits for."""
    waits_for = next((code for code in order.problems if code in HOLDING), "")
    if order.held_until:
        day = date_format(order.held_until, "SHORT_DATE_FORMAT")
        word = gettext("On hold until %(day)s") % {"day": day}
        return State("warn", "hold", word, order.hold_reason)
    if order.hold_reason or not waits_for:
        return State("warn", "hold", _("On hold"), order.hold_reason)
    return State("warn", "hold", PROBLEM_WORDS[waits_for], gettext(PROBLEMS[waits_for]))


def shipment_state(status: str, problem: Any) -> State:
    if status == ShipmentStatus.DRAFT and not problem:
        return State("", "clock", _("Not asked for yet"))
    if status == ShipmentStatus.DRAFT:
        return State("bad", "error", _("Label refused"), saying.say(problem))
    if status == ShipmentStatus.UNKNOWN:
        return State("warn", "warning", _("In doubt"), saying.say(problem))
    if status in UNDER_WAY:
        return State("info", "clock", _("Buying label"), saying.say(problem))
    kind, icon = PARCEL_MARKS.get(ShipmentStatus(status), ("ok", "check"))
    return State(kind, icon, ShipmentStatus(status).label, saying.say(problem))


def _notice_state(shipments: list[tuple[Any, ...]]) -> State | None:
    if not shipments or not shipments[-1][2]:
        return None
    return notice_state(*shipments[-1][2:5])


def notice_state(
    status: str, problem: Any = None, awaits_scan: bool = False, is_orphaned: bool = False
) -> State | None:
    """What the store knows of a parcel, in words."""
    said = saying.say(problem)
    if is_orphaned:
        return State("warn", "warning", _("Amazon shows the voided parcel"), said)
    if awaits_scan and status == Notice.Status.PENDING:
        return State("", "clock", _("Waits for the first scan"), said)
    states = {
        Notice.Status.PENDING: State("", "clock", _("Amazon not told yet"), said),
        Notice.Status.SENDING: State("info", "notice", _("Telling Amazon"), said),
        Notice.Status.THROTTLED: State("warn", "clock", _("Waiting for quota"), said),
        Notice.Status.ACCEPTED: State("ok", "check", _("Amazon told"), said),
        Notice.Status.FAILED: State("bad", "error", _("Amazon refused"), said),
    }
    return states.get(Notice.Status(status))
