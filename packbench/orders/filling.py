"""Filling: from what a store says of an order to the columns of its row. No query in here."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from packbench.channels.base import (
    ChannelItem,
    ChannelOrder,
    ChannelPackage,
    Charge,
    Payment,
)
from packbench.channels.models import Store
from packbench.orders.checking import check_place
from packbench.orders.declaring import lacks_customs
from packbench.orders.models import Order, OrderItem
from packbench.orders.sealing import fill_private, text
from packbench.orders.slotting import fill_slots
from packbench.orders.standing import PREORDER, channel_status, is_bare, restand
from packbench.privacy.sealing import OpenKey, Sealed
from packbench.products.declaring import Piece
from packbench.products.matching import Products
from packbench.products.models import Product

HEAVIEST_G = 100_000_000  # beyond that a weight is a mistake, and counts as missing
MOST = 100  # entries of one list: more is no order of this world


def fill_order(
    row: Order,
    order: ChannelOrder,
    key: OpenKey | None,
    products: Products,
    *,
    store: Store,
    is_withheld: bool,
    now: datetime,
) -> bool:
    """Set what the store decides. What a person decided here stays; without key, so do sealed
    fields: the buyer's data was erased. Returns whether the buyer's part was taken too.
    """
    row.channel_status = channel_status(order)
    row.remote_status = text(order.remote_status, 40)
    _fill_dates(row, order, now=now)
    _fill_contents(row, order)
    _fill_money(row, order)
    _fill_items(row, order.items)
    row.is_address_withheld = is_withheld if order.recipient is None else is_bare(order.recipient)
    takes_private = fill_private(row, order, key)
    if takes_private and not row.has_own_address:
        check_place(row, order.recipient, key, store)
    if order.weight_g:
        row.weight_g = row.told_weight_g = order.weight_g
        row.is_weight_given = True
    elif not row.is_weight_given:
        row.weight_g = _weight(order.items, products, store) or row.ruled.get("weight_g")
    row.lacks_customs = _lacks_customs(row, order.items, products, store)
    restand(row)
    fill_slots(row, store)
    return takes_private


def item_row(
    row: Order,
    position: int,
    item: ChannelItem,
    notes: Sealed | None,
    product: Product | None,
    *,
    told: int,
    elsewhere: int,
) -> OrderItem:
    """Return the item's row: `told` pieces were sent by us, at least `elsewhere` by others."""
    price = item.unit_price
    return OrderItem(
        order=row,
        product=product,
        position=position,
        external_id=item.external_id,
        sku=text(item.sku, 100),
        asin=text(item.asin, 20),
        title=text(item.title, 500),
        quantity=item.quantity,
        quantity_elsewhere=max(item.quantity_fulfilled - told, elsewhere),
        unit_amount=price.amount if price else None,
        unit_currency=text(price.currency, 3) if price else "",
        charges=[_charge(charge) for charge in item.charges[:MOST]],
        programs=_texts(item.programs, 60),
        constraints=_texts(item.constraints, 60),
        promotions=_texts(item.promotions, 100),
        condition=text(item.condition, 80),
        condition_note=text(item.condition_note, 500),
        serial_numbers=_texts(item.serial_numbers, 100),
        ioss_number=text(item.ioss_number, 60),
        tax_scheme=text(item.tax_scheme, 40),
        cancelled_by=text(item.cancelled_by, 40),
        facts=_clean(msgspec.to_builtins(item.facts)),
        gift_wrap=text(item.gift_wrap, 60),
        is_gift=item.is_gift,
        is_customized=item.is_customized,
        is_cancel_requested=item.cancel_requested,
        notes=notes,
    )


def _fill_dates(row: Order, order: ChannelOrder, *, now: datetime) -> None:
    row.placed_at = order.created_at
    row.changed_at = order.updated_at
    row.ship_from_at = order.ship_from_at
    row.ship_by_at = order.ship_by_at
    row.deliver_from_at = order.deliver_from_at
    row.deliver_by_at = order.deliver_by_at
    row.due_at = row.rest_by_at or order.ship_by_at or order.created_at
    row.label_from_at = order.label_from_at
    row.opens_at = _opening(order)
    row.is_early = row.opens_at is not None and row.opens_at > now


def _opening(order: ChannelOrder) -> datetime | None:
    """From when on a label may be made; None: at once.

    Ordinary orders may leave before their ship-by window opens, pre-orders may not.
    """
    release = order.ship_from_at if PREORDER in order.programs else None
    return max(filter(None, (release, order.label_from_at)), default=None)


def _fill_contents(row: Order, order: ChannelOrder) -> None:
    row.seller_order_id = text(order.seller_order_id, 60)
    row.service_level = text(order.service_level, 40)
    row.programs = _texts(order.programs, 60)
    row.is_amazon_fulfilled = not order.is_ours_to_ship
    row.replaces = text(order.replaces, 50)
    row.replaces_kind = text(order.replaces_kind, 40)
    row.packages = [_package(package) for package in order.packages[:MOST]]
    row.invoice_status = text(order.invoice_status, 40)
    row.invoice_preference = text(order.invoice_preference, 40)


def _fill_money(row: Order, order: ChannelOrder) -> None:
    """Amounts stay in the currency that the store names (SEED-46)."""
    row.total_amount = order.total.amount if order.total else None
    row.total_currency = text(order.total.currency, 3) if order.total else ""
    row.charges = [_charge(charge) for charge in order.charges[:MOST]]
    row.payments = [_payment(payment) for payment in order.payments[:MOST]]
    row.payment_methods = _texts((payment.method for payment in order.payments), 60)


def _fill_items(row: Order, items: Iterable[ChannelItem]) -> None:
    """What the order is, because one of its items is."""
    lines = list(items)
    row.quantity = sum(item.quantity for item in lines)
    row.is_gift = any(item.is_gift for item in lines)
    row.is_customized = any(item.is_customized for item in lines)
    row.is_cancel_requested = any(item.cancel_requested for item in lines)
    row.item_programs = _texts((name for item in lines for name in item.programs), 60)
    row.constraints = _texts((name for item in lines for name in item.constraints), 60)
    row.promotions = _texts((name for item in lines for name in item.promotions), 100)


def _weight(items: Iterable[ChannelItem], products: Products, store: Store) -> int | None:
    """The sum of the products' weights in grams; None where one is not known (SEED-60)."""
    total = 0
    for item in items:
        weight = products.weight_of(item, store)
        if item.quantity and weight is None:
            return None
        total += item.quantity * (weight or 0)
    return total if 0 < total <= HEAVIEST_G else None


def _lacks_customs(
    row: Order, items: Iterable[ChannelItem], products: Products, store: Store
) -> bool:
    pieces = (
        Piece(products.of(item, store), item.quantity, item.unit_price is not None)
        for item in items
    )
    return lacks_customs(row, pieces, products.origin)


def _charge(charge: Charge) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "kind": text(charge.kind, 40),
        "amount": f"{charge.total.amount:f}",
        "currency": text(charge.total.currency, 3),
    }
    if charge.status:
        entry["status"] = text(charge.status, 40)
    if charge.parts:
        entry["parts"] = [
            [text(kind, 40), f"{part.amount:f}", text(part.currency, 3)]
            for kind, part in charge.parts[:MOST]
        ]
    return entry


def _payment(payment: Payment) -> dict[str, str]:
    total = payment.total
    return {
        "method": text(payment.method, 60),
        "amount": f"{total.amount:f}" if total else "",
        "currency": text(total.currency, 3) if total else "",
    }


def _texts(given: Iterable[str], longest: int) -> list[str]:
    """Each text once, in the order of coming, as a column can hold it."""
    return list(dict.fromkeys(cut for each in given if (cut := text(each, longest))))[:MOST]


def _clean(value: Any) -> Any:
    """The same JSON without what PostgreSQL cannot hold."""
    if isinstance(value, str):
        return text(value, 500)
    if isinstance(value, list):
        return [_clean(each) for each in value[:MOST]]
    if isinstance(value, dict):
        return {name: _clean(each) for name, each in value.items()}
    return value


def _package(package: ChannelPackage) -> dict[str, Any]:
    return {
        "reference": text(package.reference, 60),
        "status": text(package.status, 40),
        "carrier": text(package.carrier, 60),
        "service": text(package.service, 60),
        "tracking_number": text(package.tracking_number, 60),
        "shipped_at": package.shipped_at.isoformat() if package.shipped_at else "",
        "items": [[text(item_id, 50), quantity] for item_id, quantity in package.items],
    }
