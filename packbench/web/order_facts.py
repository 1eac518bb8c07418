"""What the page of an order says of it besides items and parcels: words for every field.

Everything that people gave comes opened, or not at all (`web/order_page.py`).
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from packbench.accounts.models import Member
from packbench.channels.base import Buyer, Constraint, ItemFacts, OrderDetails, TaxRegistration
from packbench.lib.addresses import Address, OwnAddress
from packbench.lib.relays import is_masked, is_relay
from packbench.orders.models import Order, OrderItem
from packbench.orders.noting import LONGEST, Note, notes_of
from packbench.orders.standing import waits
from packbench.shipments.models import Shipment
from packbench.shipments.status import LABELED
from packbench.shipments.status import Status as ShipmentStatus
from packbench.web import saying
from packbench.web.forms.addressing import AddressForm
from packbench.web.people import people_of

PROGRAMS: dict[str, Any] = {
    "AMAZON_BAZAAR": _("Amazon Bazaar"),
    "AMAZON_BUSINESS": _("Amazon Business"),
    "AMAZON_EASY_SHIP": _("Easy Ship"),
    "AMAZON_HAUL": _("Amazon Haul"),
    "DELIVERY_BY_AMAZON": _("Delivery by Amazon"),
    "FBM_SHIP_PLUS": _("Ship+"),
    "INVOICE_BY_AMAZON": _("Invoiced by Amazon"),
    "IN_STORE_PICK_UP": _("Pick-up in store"),
    "PREMIUM": _("Premium shipping"),
    "PREORDER": _("Pre-order"),
    "PRIME": _("Prime"),
    "SUBSCRIBE_AND_SAVE": _("Subscribe & Save"),
    "TRANSPARENCY": _("Transparency"),
}
CONSTRAINTS: dict[str, Any] = {
    Constraint.SIGNATURE.value: _("Signature"),
    Constraint.AGE.value: _("Age check"),
    Constraint.IDENTITY.value: _("Identity check"),
    Constraint.CASH_ON_DELIVERY.value: _("Cash on delivery"),
    Constraint.PALLET.value: _("By pallet"),
}
CHARGES: dict[str, Any] = {
    "ITEM": _("Items"),
    "SHIPPING": _("Shipping"),
    "GIFT_WRAP": _("Gift wrap"),
    "COD_FEE": _("Cash-on-delivery fee"),
    "TAX": _("Tax"),
    "DISCOUNT": _("Discount"),
    "DELIVERY_TIP": _("Delivery tip"),
    "OTHER": _("Other"),
}
PAYMENTS: dict[str, Any] = {
    "CashOnDelivery": _("Cash on delivery"),
    "ConvenienceStore": _("Convenience store"),
    "CreditCard": _("Credit card"),
    "Invoice": _("Invoice"),
}
CONDITIONS: dict[str, Any] = {
    "NEW": _("New"),
    "USED": _("Used"),
    "COLLECTIBLE": _("Collectible"),
    "REFURBISHED": _("Refurbished"),
    "MINT": _("mint"),
    "VERY_GOOD": _("very good"),
    "GOOD": _("good"),
    "ACCEPTABLE": _("acceptable"),
    "POOR": _("poor"),
}
INVOICES: dict[str, Any] = {
    "NOT_REQUIRED": _("not required"),
    "NOT_FOUND": _("not uploaded yet"),
    "PROCESSING": _("being checked by Amazon"),
    "ERRORED": _("refused by Amazon"),
    "ACCEPTED": _("accepted by Amazon"),
    "INDIVIDUAL": _("for a person"),
    "BUSINESS": _("for a company"),
}
CANCELLERS: dict[str, Any] = {
    "BUYER": _("the buyer"),
    "MERCHANT": _("the seller"),
    "AMAZON": _("Amazon"),
}
ENTITIES: dict[str, Any] = {
    "BUYER": _("Buyer"),
    "MERCHANT": _("Seller"),
    "MARKETPLACE": _("Marketplace"),
}
CAPABILITIES: dict[str, Any] = {
    "HAS_ACCESS_POINT": _("has an access point"),
    "PALLET_ENABLED": _("takes pallets"),
    "PALLET_DISABLED": _("takes no pallets"),
}
DAYS: dict[str, Any] = {
    "MON": _("Monday"),
    "TUE": _("Tuesday"),
    "WED": _("Wednesday"),
    "THU": _("Thursday"),
    "FRI": _("Friday"),
    "SAT": _("Saturday"),
    "SUN": _("Sunday"),
}
RELATIONS: dict[str, tuple[Any, Any]] = {
    "exchange": (_("Exchange for"), _("Exchanged by")),
    "": (_("Replaces"), _("Replaced by")),
}
MARKED = ("PRIME", "AMAZON_BUSINESS")  # shown as marks already
WORTH_SAYING = {
    "order.redirected": _("The address changed at Amazon after the label was made."),
    "order.addressed": _("Another address was entered after the label was made."),
    "order.restored": _("Amazon's address counts again since the label was made."),
    "order.recalled": _("The buyer asked to cancel after the label was made."),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One amount of a price, in the words of the page."""

    word: str
    amount: Decimal | None
    currency: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Related:
    """Another order that this one replaces or is replaced by; no order where it is not here."""

    word: str
    number: str
    order: Order | None


def facts_context(
    order: Order, member: Member, *, own: OwnAddress | None, details: OrderDetails | None
) -> dict[str, Any]:
    """What the partial templates of the page need. Notes only for those who may see buyers."""
    may_see = member.can_see_buyers and order.erased_at is None
    return {
        "own_address": own,
        "details": details,
        "taxes": [_tax(each) for each in details.taxes] if details else [],
        "hours": [(_day(each.day), each) for each in details.hours] if details else [],
        "capabilities": [word_of(CAPABILITIES, each) for each in details.capabilities]
        if details
        else [],
        "programs": [
            word_of(PROGRAMS, name)
            for name in (*order.programs, *order.item_programs)
            if name not in MARKED
        ],
        "constraints": [word_of(CONSTRAINTS, name) for name in order.constraints],
        "charges": [_charge(entry) for entry in order.charges],
        "payments": [_payment(entry) for entry in order.payments],
        "invoices": [
            word_of(INVOICES, name)
            for name in (order.invoice_status, order.invoice_preference)
            if name
        ],
        "related": related(order),
        "label_warnings": label_warnings(order),
        "order_notes": _signed(order, notes_of(order)) if may_see else [],
        "longest_note": LONGEST,
        "may_see": may_see,
        "can_address": may_see and member.can_ship and waits(order.status),
    }


def buyer_context(
    order: Order, *, recipient: Address | None, buyer: Buyer | None, own: OwnAddress | None
) -> dict[str, Any]:
    """What is said of the buyer, and the form for another address, filled with what it is now."""
    place = own.address if own else recipient
    phone = recipient.phone if recipient else ""
    return {
        "relay_words": relay_words(buyer.email if buyer else "", phone),
        "address_form": AddressForm(
            initial=AddressForm.values_of(place), auto_id=f"to-{order.pk}-%s"
        ),
    }


def item_facts(item: OrderItem) -> list[tuple[str, str]]:
    """What is said of one line: (word, value), only what there is."""
    facts = msgspec.convert(item.facts, ItemFacts, strict=False)
    said: list[tuple[Any, str]] = [
        (_("Condition"), _condition(item)),
        (_("Programs"), ", ".join(word_of(PROGRAMS, name) for name in item.programs)),
        (_("Carrier must"), ", ".join(word_of(CONSTRAINTS, name) for name in item.constraints)),
        (_("Amounts"), " · ".join(_amounts(item))),
        (_("Promotions"), ", ".join(item.promotions)),
        (_("Measure"), facts.measure),
        (_("Serial numbers"), ", ".join(item.serial_numbers)),
        (_("Serial numbers"), gettext("to be told to Amazon") if facts.needs_serials else ""),
        (_("IOSS number"), item.ioss_number),
        (_("Tax scheme"), item.tax_scheme),
        (_("Tax collected by"), facts.tax_party),
        (_("Points"), _points(facts)),
        (_("If out of stock"), _phrase(facts.substitution)),
        (_("Services bought with it"), ", ".join(item_id for _, item_id in facts.services)),
        (_("Cancelled by"), word_of(CANCELLERS, item.cancelled_by)),
    ]
    return [(str(word), value) for word, value in said if value]


def scheduled(item: OrderItem) -> ItemFacts:
    """The facts of a line, for its delivery window."""
    return msgspec.convert(item.facts, ItemFacts, strict=False)


def related(order: Order) -> list[Related]:
    """The order that this one replaces or is an exchange for, and those that do so with it."""
    there = order.workspace.orders.select_related("store")
    found = []
    if order.replaces:
        first = there.filter(external_id=order.replaces).first()
        found.append(Related(_relation(order.replaces_kind, 0), order.replaces, first))
    others = there.filter(replaces=order.external_id).order_by("placed_at", "id")[:20]
    found += [Related(_relation(each.replaces_kind, 1), each.external_id, each) for each in others]
    return found


def label_warnings(order: Order) -> list[str]:
    """What became of the order after its label was made, while the label can still be voided."""
    made = [
        shipment.purchased_at
        for shipment in Shipment.objects.of_orders([order.pk])
        if shipment.purchased_at
        and shipment.status in LABELED
        and shipment.status in (ShipmentStatus.PURCHASED, ShipmentStatus.PRINTED)
    ]
    if not made:
        return []
    events = order.workspace.events.of_order(order.pk).filter(
        name__in=WORTH_SAYING, at__gt=min(made)
    )
    names = set(events.values_list("name", flat=True))
    return [str(words) for name, words in WORTH_SAYING.items() if name in names]


def relay_words(email: str, phone: str) -> str:
    """What to know before writing or calling through Amazon's masks (SEED-48)."""
    if is_relay(email) or is_masked(phone):
        return gettext("Amazon passes these on, for this order only: never for marketing.")
    return ""


def word_of(words: dict[str, Any], code: str) -> str:
    """The word for a code of Amazon's, or the code itself, readable."""
    return str(words[code]) if code in words else _phrase(code)


def _phrase(code: str) -> str:
    return code.replace("_", " ").capitalize() if code.isupper() else code


def _relation(kind: str, side: int) -> str:
    return str(RELATIONS.get(kind, RELATIONS[""])[side])


def _charge(entry: dict[str, Any]) -> Line:
    note = gettext("pending") if entry.get("status") == "PENDING" else ""
    return Line(word_of(CHARGES, entry["kind"]), Decimal(entry["amount"]), entry["currency"], note)


def _payment(entry: dict[str, Any]) -> Line:
    amount = Decimal(entry["amount"]) if entry["amount"] else None
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", entry["method"])
    word = str(PAYMENTS[entry["method"]]) if entry["method"] in PAYMENTS else spaced
    return Line(word, amount, entry["currency"])


def _amounts(item: OrderItem) -> list[str]:
    return [
        f"{word_of(CHARGES, entry['kind'])} "
        f"{saying.money(Decimal(entry['amount']), entry['currency'])}"
        for entry in item.charges
        if Decimal(entry["amount"])
    ]


def _condition(item: OrderItem) -> str:
    words = [word_of(CONDITIONS, part) for part in dict.fromkeys(item.condition.split())]
    said = ", ".join(words)
    return f"{said}: {item.condition_note}" if item.condition_note else said


def _points(facts: ItemFacts) -> str:
    if not facts.points:
        return ""
    value = facts.points_value
    worth = f" ({saying.money(value.amount, value.currency)})" if value else ""
    return f"{facts.points}{worth}"


def _tax(each: TaxRegistration) -> tuple[str, str, str]:
    """Whose number it is, the number, and what is said of it."""
    attributes = [f"{_phrase(key)} {value}" for key, value in each.attributes]
    return (
        " · ".join(filter(None, [word_of(ENTITIES, each.entity), each.kind])),
        each.number,
        ", ".join(filter(None, [each.name, *attributes])),
    )


def _day(day: str) -> str:
    return str(DAYS.get(day, day))


def _signed(order: Order, notes: list[Note]) -> list[tuple[Note, str]]:
    """The notes with the names of who wrote them."""
    names = people_of(order.workspace, {note.author for note in notes})
    return [(note, names.get(note.author, "")) for note in notes]
