"""Filling: from what a store says of an order to the columns of its row. No query in here."""

from collections.abc import Iterable
from typing import Any

from packbench.channels.base import ChannelItem, ChannelOrder, ChannelPackage
from packbench.channels.models import Store
from packbench.orders.models import Order, OrderItem, Status
from packbench.orders.slotting import fill_slots
from packbench.orders.standing import (
    address_problems,
    channel_status,
    is_bare,
    standing,
    waits,
    with_weight,
)
from packbench.privacy.fields import sealer
from packbench.privacy.sealing import OpenKey
from packbench.products.matching import Products
from packbench.products.models import Product
from packbench.products.weighing import weight_of

seal_recipient = sealer(Order, "recipient")
seal_buyer = sealer(Order, "buyer")
seal_notes = sealer(OrderItem, "notes")

HEAVIEST_G = 100_000_000  # beyond that a weight is a mistake, and counts as missing


def fill_order(
    row: Order,
    order: ChannelOrder,
    key: OpenKey | None,
    products: Products,
    *,
    store: Store,
    is_withheld: bool,
) -> None:
    """Set what the store decides. What a person decided here stays; without key, so do sealed
    fields: the buyer's data was erased.
    """
    _fill_standing(row, order)
    _fill_dates(row, order)
    _fill_contents(row, order)
    _fill_destination(row, order, key, is_withheld=is_withheld)
    if not row.is_weight_given:
        row.weight_g = _weight(order.items, products, store)
    row.problems = _problems(row, order, is_withheld=is_withheld, is_erased=key is None)
    row.has_problems = bool(row.problems)
    fill_slots(row, store)


def item_row(
    row: Order,
    position: int,
    item: ChannelItem,
    key: OpenKey | None,
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
        gift_wrap=text(item.gift_wrap, 60),
        is_gift=item.is_gift,
        is_customized=item.is_customized,
        is_cancel_requested=item.cancel_requested,
        notes=seal_notes(item.notes, key) if key else None,
    )


def text(given: str, longest: int) -> str:
    """The text as a column can hold it: PostgreSQL has no NUL, columns have an end."""
    return given.replace("\0", "")[:longest]


def _fill_standing(row: Order, order: ChannelOrder) -> None:
    row.channel_status = channel_status(order)
    row.remote_status = text(order.remote_status, 40)
    row.status = standing(
        Status(row.channel_status),
        is_held=row.held_at is not None,
        is_confirmed=row.confirmed_at is not None,
        is_reopened=row.reopened_at is not None,
    )


def _fill_dates(row: Order, order: ChannelOrder) -> None:
    row.placed_at = order.created_at
    row.changed_at = order.updated_at
    row.ship_from_at = order.ship_from_at
    row.ship_by_at = order.ship_by_at
    row.deliver_by_at = order.deliver_by_at
    row.due_at = order.ship_by_at or order.created_at


def _fill_contents(row: Order, order: ChannelOrder) -> None:
    row.seller_order_id = text(order.seller_order_id, 60)
    row.service_level = text(order.service_level, 40)
    row.programs = [text(program, 60) for program in order.programs]
    row.replaces = text(order.replaces, 50)
    row.total_amount = order.total.amount if order.total else None
    row.total_currency = text(order.total.currency, 3) if order.total else ""
    row.quantity = sum(item.quantity for item in order.items)
    row.is_gift = any(item.is_gift for item in order.items)
    row.is_customized = any(item.is_customized for item in order.items)
    row.is_cancel_requested = any(item.cancel_requested for item in order.items)
    row.packages = [_package(package) for package in order.packages]


def _fill_destination(
    row: Order, order: ChannelOrder, key: OpenKey | None, *, is_withheld: bool
) -> None:
    """City, state, postal code and country stay readable (SEED-84); the rest is sealed.

    What we know is not forgotten because the store withholds it today.
    """
    place = order.recipient
    if row.has_address and (is_bare(place) if place else is_withheld):
        return
    row.has_address = bool(key and place and place.is_complete)
    row.ship_to_city = text(place.city, 120) if place else ""
    row.ship_to_state = text(place.state, 120) if place else ""
    row.ship_to_postal_code = text(place.postal_code, 30) if place else ""
    row.ship_to_country = text(place.country, 2) if place else ""
    if key:
        row.recipient = seal_recipient(place, key) if place else None
        row.buyer = seal_buyer(order.buyer, key)


def _problems(row: Order, order: ChannelOrder, *, is_withheld: bool, is_erased: bool) -> list[str]:
    if not waits(row.status):
        return []
    problems = address_problems(
        order, has_address=row.has_address, is_withheld=is_withheld, is_erased=is_erased
    )
    open_problems = [problem for problem in problems if problem not in row.waived]
    return with_weight(open_problems, weight_g=row.weight_g)


def _weight(items: Iterable[ChannelItem], products: Products, store: Store) -> int | None:
    """The sum of the products' weights in grams; None where one is not known (SEED-60)."""
    total = 0
    for item in items:
        product = products.of(item, store.product_identifier)
        weight = weight_of(product, uses_amazon=store.has_weights)
        if item.quantity and weight is None:
            return None
        total += item.quantity * (weight or 0)
    return total if 0 < total <= HEAVIEST_G else None


def _package(package: ChannelPackage) -> dict[str, Any]:
    return {
        "reference": text(package.reference, 60),
        "status": text(package.status, 40),
        "carrier": text(package.carrier, 60),
        "tracking_number": text(package.tracking_number, 60),
        "items": [[text(item_id, 50), quantity] for item_id, quantity in package.items],
    }
