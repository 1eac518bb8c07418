"""Weighing: a weight set once for a product serves every order that waits for it (SEED-60).

In a store that knows its products by ASIN it serves all SKUs of the product's ASIN (SEED-21).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction

from packbench.accounts.models import Workspace
from packbench.channels.models import Store
from packbench.events.models import Event
from packbench.events.recording import event, record_all
from packbench.lib.errors import Rejected
from packbench.orders.filling import HEAVIEST_G
from packbench.orders.models import OPEN, Order, OrderItem, Status
from packbench.orders.standing import waits, with_weight
from packbench.products.describing import BAD_WEIGHT, MOST_G
from packbench.products.matching import ASIN
from packbench.products.models import Product
from packbench.products.weighing import weight_of


@transaction.atomic
def weigh_products(
    workspace: Workspace, weights_g: Mapping[str, int], *, actor: str, now: datetime
) -> int:
    """Set grams a piece by SKU and mend the orders that waited. Returns how many are mended.

    Raises Rejected for a weight out of range.
    """
    for weight in weights_g.values():
        _check(weight)
    products = workspace.products.select_for_update().order_by("pk").by_sku(weights_g)
    for sku, product in products.items():
        product.weight_g = weights_g[sku]
    workspace.products.bulk_update(products.values(), ["weight_g"], batch_size=500)
    return mend_orders(workspace, products.values(), actor=actor, now=now)


def mend_orders(
    workspace: Workspace, weighed: Iterable[Product], *, actor: str, now: datetime
) -> int:
    """Weigh the waiting orders of products whose weight changed; returns how many changed.

    Part of the transaction in which they were weighed.
    """
    products = list(weighed)
    _let_stand_for_asin(workspace, products)
    waiting = (
        workspace.orders.filter(items__product__in=products, is_weight_given=False)
        .filter(status__in=[status for status in Status if waits(status)])
        .distinct()
    )
    rows = Order.objects.filter(pk__in=list(waiting.values_list("pk", flat=True)))
    return reweigh_orders(rows.select_for_update().order_by("id"), actor=actor, now=now)


@transaction.atomic
def weigh_order(order: Order, weight_g: int, *, actor: str, now: datetime) -> None:
    """Set the weight of one order, with packaging; imports and products leave it alone."""
    _check(weight_g)
    row = Order.objects.select_for_update().get(pk=order.pk)
    row.is_weight_given = True
    _set_weight(row, weight_g)
    row.save(update_fields=["weight_g", "is_weight_given", "problems", "has_problems"])
    record_all([_weighed(row, actor=actor, now=now)])


def reweigh_orders(rows: Iterable[Order], *, actor: str, now: datetime) -> int:
    """Take the weights of locked orders from their products anew; returns how many changed.

    An order whose products' weights are not all known has none; one that a person weighed stays.
    """
    changed = []
    for row, weight in _weights_of(row for row in rows if not row.is_weight_given):
        if weight != row.weight_g:
            _set_weight(row, weight)
            changed.append(row)
    Order.objects.bulk_update(changed, ["weight_g", "problems", "has_problems"], batch_size=500)
    record_all(_weighed(row, actor=actor, now=now) for row in changed)
    return len(changed)


def _let_stand_for_asin(workspace: Workspace, weighed: Iterable[Product]) -> None:
    """A product that has a weight now may be the one that stands for its ASIN."""
    if not workspace.stores.filter(product_identifier=ASIN).exists():
        return
    firsts = workspace.products.by_asin({product.asin for product in weighed if product.asin})
    lines = OrderItem.objects.filter(
        order__workspace=workspace,
        order__store__product_identifier=ASIN,
        order__status__in=OPEN,
        asin__in=firsts,
    )
    moved = [line for line in lines if line.product_id != firsts[line.asin].pk]
    for line in moved:
        line.product = firsts[line.asin]
    OrderItem.objects.bulk_update(moved, ["product"], batch_size=500)


def _weights_of(rows: Iterable[Order]) -> list[tuple[Order, int | None]]:
    """The orders with the sum of their products' weights, None where one is not known."""
    orders = list(rows)
    uses_amazon = _uses_amazon(orders)
    totals: dict[str, int | None] = {row.pk: 0 for row in orders}
    for item in OrderItem.objects.of(orders).select_related("product"):
        total = totals[item.order_id]
        weight = weight_of(item.product, uses_amazon=uses_amazon[item.order_id])
        if total is not None and item.quantity:
            totals[item.order_id] = None if weight is None else total + item.quantity * weight
    return [(row, _possible(totals[row.pk])) for row in orders]


def _uses_amazon(orders: Iterable[Order]) -> dict[str, bool]:
    """By order, whether its store imports Amazon's weights (SEED-28)."""
    stores = Store.objects.filter(pk__in={row.store_id for row in orders})
    choices = dict(stores.values_list("pk", "has_weights"))
    return {row.pk: choices[row.store_id] for row in orders}


def _possible(weight_g: int | None) -> int | None:
    return weight_g if weight_g and weight_g <= HEAVIEST_G else None


def _set_weight(row: Order, weight_g: int | None) -> None:
    row.weight_g = weight_g
    if waits(row.status):
        row.problems = with_weight(row.problems, weight_g=weight_g)
    row.has_problems = bool(row.problems)


def _check(weight_g: int) -> None:
    if not 0 < weight_g <= MOST_G:
        raise Rejected(BAD_WEIGHT, code="bad_weight", most=MOST_G, given=weight_g)


def _weighed(row: Order, *, actor: str, now: datetime) -> Event:
    return event(
        "order.weighed" if row.weight_g else "order.unweighed",
        row.workspace_id,
        actor=actor,
        now=now,
        order_id=row.pk,
        store_id=row.store_id,
        weight_g=row.weight_g,
    )
