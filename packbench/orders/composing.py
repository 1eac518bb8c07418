"""Composing: an own shop's order as we have it, as it is told anew, and what of that is new.

Pure but for the seals that it opens.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from packbench.channels.base import Buyer, ChannelItem, ChannelOrder, ItemNotes, OrderStatus
from packbench.channels.tables import Field
from packbench.lib.addresses import Address
from packbench.orders.models import Order, OrderItem
from packbench.privacy.revealing import reveal

# What an order of an own shop is made of. A person's word for a part counts more than a file's.
PARTS = (
    *("status", "created_at", "ship_by_at", "deliver_by_at", "service_level"),
    *("total", "buyer", "recipient", "items"),
)
TOLD_BY: dict[str, frozenset[Field]] = {
    "status": frozenset({Field.STATUS}),
    "created_at": frozenset({Field.PLACED_AT}),
    "ship_by_at": frozenset({Field.SHIP_BY}),
    "deliver_by_at": frozenset({Field.DELIVER_BY}),
    "service_level": frozenset({Field.SERVICE_LEVEL}),
    "total": frozenset({Field.TOTAL, Field.PRICE}),
}
ADDRESS_TOLD_BY: dict[str, frozenset[Field]] = {
    "name": frozenset({Field.NAME, Field.FIRST_NAME, Field.LAST_NAME}),
    "company": frozenset({Field.COMPANY}),
    "line2": frozenset({Field.LINE2}),
    "line3": frozenset({Field.LINE3}),
    "city": frozenset({Field.CITY}),
    "state": frozenset({Field.STATE}),
    "postal_code": frozenset({Field.POSTAL_CODE}),
    "phone": frozenset({Field.PHONE}),
    "instructions": frozenset({Field.INSTRUCTIONS}),
}
BUYER_TOLD_BY: dict[str, frozenset[Field]] = {
    "email": frozenset({Field.EMAIL}),
    "purchase_order_number": frozenset({Field.PURCHASE_ORDER}),
    "note": frozenset({Field.NOTE}),
}


@dataclass(frozen=True, slots=True)
class Told:
    """An order of an own shop as a file or a person tells it.

    `fields` are the fields that were spoken of: the others stay as they are. None: all were.
    """

    order: ChannelOrder
    weight_g: int | None = None
    fields: frozenset[str] | None = None
    lines: tuple[int, ...] = ()


def current_order(row: Order, items: Iterable[OrderItem]) -> ChannelOrder:
    """The order as we have it, in the words of a channel. The buyer's data must be alive."""
    return ChannelOrder(
        external_id=row.external_id,
        marketplace_id="",
        status=OrderStatus(row.channel_status),
        remote_status=row.remote_status,
        created_at=row.placed_at,
        updated_at=row.changed_at,
        seller_order_id=row.seller_order_id,
        service_level=row.service_level,
        ship_by_at=row.ship_by_at,
        deliver_by_at=row.deliver_by_at,
        replaces=row.replaces,
        total=row.total,
        buyer=reveal(row, "buyer", row.key) or Buyer(),
        recipient=reveal(row, "recipient", row.key) or Address(),
        items=tuple(_item(item, row) for item in items if item.quantity),
    )


def merged(told: Told, current: ChannelOrder, edited: Collection[str]) -> ChannelOrder:
    """The order with what is told anew: not with parts that a person edited, nor with silence."""
    new = told.order
    changes: dict[str, Any] = {}
    for part, fields in TOLD_BY.items():
        if _speaks(told, fields) and part not in edited and not _is_unsaid(part, new):
            changes[part] = getattr(new, part)
    if "buyer" not in edited:
        changes["buyer"] = _pieced(current.buyer, new.buyer, told, BUYER_TOLD_BY)
    if "recipient" not in edited and new.recipient and current.recipient:
        own = {"line1": new.recipient.line1, "country": new.recipient.country}
        pieced = _pieced(current.recipient, new.recipient, told, ADDRESS_TOLD_BY)
        changes["recipient"] = replace(pieced, **own)
    if "items" not in edited and _speaks(told, {Field.SKU, Field.TITLE, Field.QUANTITY}):
        changes["items"] = _items(told, current)
    return replace(current, **changes)


def is_same(one: ChannelOrder, other: ChannelOrder) -> bool:
    return all(getattr(one, part) == getattr(other, part) for part in PARTS)


def differing(one: ChannelOrder, other: ChannelOrder) -> list[str]:
    """The parts in which they differ."""
    return [part for part in PARTS if getattr(one, part) != getattr(other, part)]


def _speaks(told: Told, fields: Collection[Field]) -> bool:
    return told.fields is None or not told.fields.isdisjoint(fields)


def _is_unsaid(part: str, order: ChannelOrder) -> bool:
    """Whether a cell was empty that every order has: the date of the order."""
    return part == "created_at" and order.created_at.year < 2000


def _pieced(current: Any, new: Any, told: Told, told_by: dict[str, frozenset[Field]]) -> Any:
    spoken = [name for name, fields in told_by.items() if _speaks(told, fields)]
    return replace(current, **{name: getattr(new, name) for name in spoken})


def _items(told: Told, current: ChannelOrder) -> tuple[ChannelItem, ...]:
    """The items as told; prices and messages that the file does not speak of stay."""
    known = {item.external_id: item for item in current.items}
    return tuple(_with_known(item, known.get(item.external_id), told) for item in told.order.items)


def _with_known(item: ChannelItem, known: ChannelItem | None, told: Told) -> ChannelItem:
    if known is None:
        return item
    kept: dict[str, Any] = {}
    if not _speaks(told, {Field.PRICE}):
        kept["unit_price"] = known.unit_price
    if not _speaks(told, {Field.GIFT_MESSAGE}):
        kept |= {"is_gift": known.is_gift, "notes": known.notes}
    return replace(item, **kept)


def _item(item: OrderItem, row: Order) -> ChannelItem:
    notes: ItemNotes = reveal(item, "notes", row.key) or ItemNotes()
    return ChannelItem(
        external_id=item.external_id,
        sku=item.sku,
        asin=item.asin,
        title=item.title,
        quantity=item.quantity,
        unit_price=item.unit_price,
        is_gift=item.is_gift,
        notes=notes,
    )
