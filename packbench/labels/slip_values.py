"""What templates of slips are filled with: values of one parcel, opened for the paper.

Nothing here can be changed by a template, and none of it shows itself in a log.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format, number_format
from django.utils.translation import override

from packbench.channels.base import ItemNotes
from packbench.labels.markup import BREAK
from packbench.lib.addresses import Address
from packbench.lib.errors import Rejected
from packbench.lib.money import Money, digits
from packbench.lib.personal import Personal
from packbench.lib.postal.lines import address_lines
from packbench.orders.models import Order, OrderItem, OrderNote
from packbench.orders.noting import notes_of
from packbench.orders.sealing import place_of
from packbench.privacy.models import opened_if_alive
from packbench.privacy.revealing import reveal
from packbench.shipments.models import Shipment, ShipmentItem

LANGUAGES = ("en", "fr", "de", "es", "it")
# Whoever reads the slip: the language of the country among those that we write.
LANGUAGE_OF = {
    **dict.fromkeys(("DE", "AT", "CH", "LI"), "de"),
    **dict.fromkeys(("FR", "BE", "LU", "MC", "GP", "MQ", "GF", "RE", "YT", "SN", "CI"), "fr"),
    **dict.fromkeys(
        ("ES", "MX", "AR", "CL", "CO", "PE", "UY", "PY", "BO", "EC", "VE", "CR", "PA", "DO", "GT"),
        "es",
    ),
    **dict.fromkeys(("IT", "SM", "VA"), "it"),
}
MOST_TEXT = 2_000


class StoreValues(Personal, frozen=True, kw_only=True, omit_defaults=True):
    """Who sends it: brand, lines of the ship-from address, e-mail."""

    name: str = ""
    brand: str = ""
    email: str = ""
    address: tuple[str, ...] = ()


class OrderValues(Personal, frozen=True, kw_only=True, omit_defaults=True):
    number: str = ""
    placed_on: str = ""
    ship_by: str = ""
    is_gift: bool = False
    is_business: bool = False


class ItemValues(Personal, frozen=True, kw_only=True, omit_defaults=True):
    """A line of the parcel; of a gift neither price nor sum is known here."""

    title: str = ""
    sku: str = ""
    asin: str = ""
    known_by: str = ""  # the SKU, or the ASIN in a store that goes by those
    quantity: int = 0
    price: str = ""
    sum: str = ""
    wrap: str = ""
    order: str = ""
    is_gift: bool = False
    is_customized: bool = False


class GiftValues(Personal, frozen=True, kw_only=True, omit_defaults=True):
    messages: tuple[str, ...] = ()


class ParcelValues(Personal, frozen=True, kw_only=True, omit_defaults=True):
    tracking: str = ""
    service: str = ""
    weight_g: int = 0


@dataclass(frozen=True, slots=True)
class Packed:
    """A parcel to write papers for: its items, and all orders that go along in it."""

    shipment: Shipment
    items: tuple[ShipmentItem, ...]
    orders: tuple[Order, ...]

    def __repr__(self) -> str:
        return f"Packed({self.shipment.pk})"

    @property
    def order(self) -> Order:
        return self.shipment.order

    @property
    def is_gift(self) -> bool:
        return any(order.is_gift for order in self.orders) or any(
            item.order_item.is_gift for item in self.items
        )


def language_of(country: str) -> str:
    """The language that slips for the country are written in."""
    return LANGUAGE_OF.get(country, "en")


def values_of(packed: Packed, *, shows_prices: bool, language: str) -> dict[str, Any]:
    """All that a template may name, of one parcel. Raises Rejected where the data was erased."""
    order, store = packed.order, packed.order.store
    key = opened_if_alive(order.key)
    address = place_of(order, key) if order.erased_at is None else None
    has_prices = shows_prices and not packed.is_gift
    with override(language):
        items = tuple(_item(item, packed, has_prices=has_prices) for item in packed.items)
        return {
            "store": StoreValues(
                name=store.name,
                brand=store.brand_name or store.name,
                email=store.brand_email,
                address=_lines(packed.shipment.warehouse.address, order.ship_to_country),
            ),
            "order": _order(order, is_gift=packed.is_gift),
            "orders": tuple(each.external_id for each in packed.orders),
            "recipient": _lines(address, packed.shipment.warehouse.country) if address else (),
            "items": items,
            "sum": _sum(packed.items) if has_prices else "",
            "has_prices": has_prices,
            "is_part": _is_part(packed),
            "gift": GiftValues(messages=tuple(gift_messages(packed))),
            "notes": _notes(packed),
            "parcel": ParcelValues(
                tracking=packed.shipment.tracking_number,
                service=packed.shipment.service_name or packed.shipment.service,
                weight_g=packed.shipment.weight_g,
            ),
        }


def gift_messages(packed: Packed) -> list[str]:
    """What givers wrote for the items of the parcel, each once."""
    found: dict[str, None] = {}
    for item in packed.items:
        notes: ItemNotes | None = reveal(item.order_item, "notes", item.order_item.order.key)
        if notes and notes.gift_message.strip():
            found[notes.gift_message] = None
    return [_typed(message) for message in found]


def money_words(money: Money | None) -> str:
    """An amount as people of the language write it."""
    if money is None:
        return ""
    number = number_format(
        money.amount, decimal_pos=digits(money.currency), use_l10n=True, force_grouping=True
    )
    return f"{number} {money.currency}"


def samples(language: str = "en") -> dict[str, Any]:
    """Values of an order that never was, to show and to check templates with."""
    with override(language):
        mug, cards = Money(Decimal("12.90"), "EUR"), Money(Decimal("4.50"), "EUR")
        items = (
            ItemValues(title="Blue mug, 330 ml", sku="MUG-BLUE", asin="B0BLUEMUG1",
                       known_by="MUG-BLUE", quantity=2,
                       price=money_words(mug), sum=money_words(Money(Decimal("25.80"), "EUR")),
                       wrap="Red ribbon", order="402-0000001-0000001", is_gift=True),
            ItemValues(title="Greeting cards, 10 pieces", sku="CARDS-10", known_by="CARDS-10",
                       quantity=1, price=money_words(cards), sum=money_words(cards),
                       order="402-0000001-0000001"),
        )  # fmt: skip
        return {
            "store": StoreValues(
                name="Amazon ES", brand="Casa Marina", email="hola@casamarina.example",
                address=("Casa Marina S.L.", "Carrer del Port 8", "46024 Valencia"),
            ),
            "order": OrderValues(
                number="402-0000001-0000001", placed_on=_day(date(2026, 11, 20)),
                ship_by=_day(date(2026, 11, 21)),
            ),
            "orders": ("402-0000001-0000001",),
            "recipient": ("Lucía Ferrer", "Calle de la Luna 14", "46001 VALENCIA"),
            "items": items,
            "sum": money_words(Money(Decimal("30.30"), "EUR")),
            "has_prices": True,
            "is_part": False,
            "gift": GiftValues(messages=("Happy birthday, and many more!",)),
            "notes": ("The handle was glazed twice, as you wished.",),
            "parcel": ParcelValues(tracking="PB00000000000000000019", service="standard",
                                   weight_g=840),
        }  # fmt: skip


def _order(order: Order, *, is_gift: bool) -> OrderValues:
    zone = ZoneInfo(order.store.time_zone)
    ship_by = order.ship_by_at
    return OrderValues(
        number=order.external_id,
        placed_on=_day(order.placed_at.astimezone(zone).date()),
        ship_by=_day(ship_by.astimezone(zone).date()) if ship_by else "",
        is_gift=is_gift,
        is_business=order.is_business,
    )


def _item(item: ShipmentItem, packed: Packed, *, has_prices: bool) -> ItemValues:
    line = item.order_item
    price = line.unit_price if has_prices else None
    total = Money(price.amount * item.quantity, price.currency) if price else None
    return ItemValues(
        title=_typed(line.title or line.sku),
        sku=line.sku,
        asin=line.asin,
        known_by=line.known_by,
        quantity=item.quantity,
        price=money_words(price),
        sum=money_words(total),
        wrap=line.gift_wrap,
        order=_number_of(line, packed),
        is_gift=line.is_gift,
        is_customized=line.is_customized,
    )


def _number_of(line: OrderItem, packed: Packed) -> str:
    numbers: Mapping[str, str] = {order.pk: order.external_id for order in packed.orders}
    return numbers.get(line.order_id, "")


def _sum(items: Sequence[ShipmentItem]) -> str:
    prices = [(item.order_item.unit_price, item.quantity) for item in items]
    known = [(price, quantity) for price, quantity in prices if price]
    if len(known) < len(prices) or len({price.currency for price, _ in known}) != 1:
        return ""
    total = sum((price.amount * quantity for price, quantity in known), Decimal())
    return money_words(Money(total, known[0][0].currency))


def _is_part(packed: Packed) -> bool:
    """Whether something of its order goes in another parcel, or went."""
    own = [item for item in packed.items if item.order_item.order_id == packed.order.pk]
    return sum(item.quantity for item in own) < packed.order.quantity


def _notes(packed: Packed) -> tuple[str, ...]:
    if not packed.order.note_count:
        return ()
    notes = notes_of(packed.order)
    return tuple(
        _typed(note.text) for note in notes if note.kind == OrderNote.Kind.BUYER and note.text
    )


def _lines(address: Address | None, from_country: str) -> tuple[str, ...]:
    if address is None:
        return ()
    try:
        lines = address_lines(address, is_abroad=address.country != from_country)
    except Rejected:  # a country that does not exist must not keep a slip from being printed
        parts = (address.name, address.company, address.line1, address.line2, address.city)
        return tuple(part for part in parts if part)
    return tuple(line.text[:MOST_TEXT] for line in lines)


def _typed(text: str) -> str:
    """What people typed, its line breaks kept."""
    return text[:MOST_TEXT].strip().replace("\r\n", "\n").replace("\n", BREAK)


def _day(day: date) -> str:
    return date_format(day, "DATE_FORMAT", use_l10n=True)
