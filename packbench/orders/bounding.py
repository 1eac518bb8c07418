"""Bounding: orders that no table can hold are told apart, the others made to fit."""

from collections.abc import Iterable
from decimal import Decimal

from msgspec.structs import replace

from packbench.channels.base import ChannelItem, ChannelOrder
from packbench.lib.money import Money

LONGEST_ID = 50
LONGEST_SKU = 100
LONGEST_ASIN = 20
MOST_PIECES = 1_000_000
MOST_MONEY = Decimal(10**10)


def bounded(order: ChannelOrder) -> ChannelOrder | None:
    """Return the order with its items once each, its SKUs and ASINs as columns hold them.

    None where an id, a quantity or an amount cannot be true.
    """
    items = _once_each(order.items)
    if not (_is_id(order.external_id) and _is_amount(order.total) and all(map(_is_sane, items))):
        return None
    if len(items) == len(order.items) and not any(map(_needs_cutting, items)):
        return order
    return replace(order, items=tuple(_cut(item) for item in items))


def _once_each(items: Iterable[ChannelItem]) -> list[ChannelItem]:
    return list({item.external_id: item for item in items}.values())


def _is_sane(item: ChannelItem) -> bool:
    return (
        _is_id(item.external_id)
        and 0 <= item.quantity <= MOST_PIECES
        and 0 <= item.quantity_fulfilled <= MOST_PIECES
        and _is_amount(item.unit_price)
    )


def _is_id(given: str) -> bool:
    return 0 < len(given) <= LONGEST_ID and "\0" not in given


def _is_amount(given: Money | None) -> bool:
    return given is None or abs(given.amount) < MOST_MONEY


def _needs_cutting(item: ChannelItem) -> bool:
    too_long = len(item.sku) > LONGEST_SKU or len(item.asin) > LONGEST_ASIN
    return too_long or "\0" in item.sku or "\0" in item.asin


def _cut(item: ChannelItem) -> ChannelItem:
    sku, asin = item.sku.replace("\0", ""), item.asin.replace("\0", "")
    return replace(item, sku=sku[:LONGEST_SKU], asin=asin[:LONGEST_ASIN])
