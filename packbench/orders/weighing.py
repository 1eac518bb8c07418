"""Weighing: a weight set once for a product serves every order that waits for it (SEED-60)."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction

from packbench.accounts.models import Workspace
from packbench.events.models import Event
from packbench.events.recording import event, record_all
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked
from packbench.orders.filling import HEAVIEST_G
from packbench.orders.models import Order, OrderItem, Status
from packbench.orders.standing import waits, with_weight

MOST_G = 1_000_000
BAD_WEIGHT = marked("A weight is a whole number of grams from 1 to %(most)s, not %(given)s.")


@transaction.atomic
def weigh_products(
    workspace: Workspace, weights_g: Mapping[str, int], *, actor: str, now: datetime
) -> int:
    """Set grams a piece by SKU and mend the orders that waited. Returns how many are mended.

    Raises Rejected for a weight out of range.
    """
    for weight in weights_g.values():
        _check(weight)
    products = workspace.products.by_sku(weights_g)
    for sku, product in products.items():
        product.weight_g = weights_g[sku]
    workspace.products.bulk_update(products.values(), ["weight_g"], batch_size=500)
    waiting = (
        workspace.orders.filter(items__product__in=products.values(), is_weight_given=False)
        .filter(status__in=[status for status in Status if waits(status)])
        .distinct()
    )
    return _reweigh(list(waiting.values_list("pk", flat=True)), actor=actor, now=now)


@transaction.atomic
def weigh_order(order: Order, weight_g: int, *, actor: str, now: datetime) -> None:
    """Set the weight of one order, with packaging; imports and products leave it alone."""
    _check(weight_g)
    row = Order.objects.select_for_update().get(pk=order.pk)
    row.is_weight_given = True
    _set_weight(row, weight_g)
    row.save(update_fields=["weight_g", "is_weight_given", "problems", "has_problems"])
    record_all([_weighed(row, actor=actor, now=now)])


def _reweigh(order_ids: Iterable[str], *, actor: str, now: datetime) -> int:
    rows = list(Order.objects.filter(pk__in=list(order_ids)).select_for_update().order_by("id"))
    weights = _weights_of(rows)
    mended = []
    for row in rows:
        if not row.is_weight_given and weights[row.pk] not in (None, row.weight_g):
            _set_weight(row, weights[row.pk])
            mended.append(row)
    Order.objects.bulk_update(mended, ["weight_g", "problems", "has_problems"], batch_size=500)
    record_all(_weighed(row, actor=actor, now=now) for row in mended)
    return len(mended)


def _weights_of(rows: Iterable[Order]) -> dict[str, int | None]:
    totals: dict[str, int | None] = {row.pk: 0 for row in rows}
    for item in OrderItem.objects.of(rows).select_related("product"):
        total = totals[item.order_id]
        weight = item.product.weight_g if item.product else None
        if total is not None and item.quantity:
            totals[item.order_id] = None if weight is None else total + item.quantity * weight
    return {
        order_id: total if total and total <= HEAVIEST_G else None
        for order_id, total in totals.items()
    }


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
        "order.weighed",
        row.workspace_id,
        actor=actor,
        now=now,
        order_id=row.pk,
        store_id=row.store_id,
        weight_g=row.weight_g,
    )
