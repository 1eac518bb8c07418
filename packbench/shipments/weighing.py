"""Weighing: what a parcel with some of an order's pieces weighs."""

from collections.abc import Mapping

from packbench.orders.models import Order, OrderItem
from packbench.products.weighing import weight_of


def weight_of_pieces(order: Order, pieces: Mapping[str, int]) -> int:
    """Grams of these pieces (by item id), with packaging; 0 where nobody knows.

    All of an order weighs what the order weighs. A part of it has its share: by what its
    products weigh, or by the piece where that is not known of all. Pieces of other orders, in a
    combined parcel, add what they weigh there.
    """
    lines = OrderItem.objects.filter(pk__in=pieces).select_related("product", "order__store")
    by_order: dict[str, dict[str, int]] = {}
    orders = {order.pk: order}
    for line in lines:
        by_order.setdefault(line.order_id, {})[line.pk] = pieces[line.pk]
        orders.setdefault(line.order_id, line.order)
    return sum(_share(orders[pk], own) for pk, own in by_order.items())


def _share(order: Order, pieces: Mapping[str, int]) -> int:
    whole = order.weight_g or 0
    lines = list(order.items.select_related("product"))
    counts = {line.pk: line.quantity for line in lines}
    if not whole or all(pieces.get(pk, 0) >= count for pk, count in counts.items()):
        return whole
    known = {line.pk: _grams(line, order) for line in lines}
    each = {pk: grams or 0 for pk, grams in known.items()}
    if not all(known.values()):
        each = dict.fromkeys(counts, 1)
    total = sum(each[pk] * count for pk, count in counts.items())
    part = sum(each[pk] * count for pk, count in pieces.items())
    return max(-(-whole * part // total), 1) if total else whole


def _grams(line: OrderItem, order: Order) -> int | None:
    if line.product is None:
        return None
    return weight_of(line.product, uses_amazon=order.store.has_weights)
