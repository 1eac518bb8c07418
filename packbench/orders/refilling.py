"""Refilling: the orders of a store follow its settings, slice by slice.

How far they do stands in the store's row; each slice is one transaction that moves it on and queues
the next. Orders that come in meanwhile are filled by the new settings already (saving._held).
"""

from datetime import datetime

from django.db import transaction

from packbench.channels.models import Store
from packbench.channels.settling import FILLING, JUDGING, MATCHING
from packbench.jobs import defer_once
from packbench.orders.models import OPEN, Order, OrderItem
from packbench.orders.slotting import SLOT_FIELDS, fill_slots
from packbench.orders.weighing import reweigh_orders
from packbench.products.matching import find_products
from packbench.products.models import Product

ACTOR = "packbench"
AT_ONCE = 500  # orders


@transaction.atomic
def refill_slots(store_id: str) -> None:
    """Fill the custom fields of the store's next orders. Safe to run again.

    Where a buyer's data was erased, what came from it stays empty.
    """
    store = Store.objects.held([store_id])[store_id]
    if store.slots_filled_to is None:
        return
    orders = Order.objects.filter(store=store, pk__gt=store.slots_filled_to)
    orders = orders.select_related("key__parent").select_for_update(of=("self",))
    rows = list(orders.order_by("pk")[:AT_ONCE])
    changed = [row for row in rows if fill_slots(row, store)]
    Order.objects.bulk_update(changed, SLOT_FIELDS)
    _go_on(store, FILLING, rows)


@transaction.atomic
def rematch_products(store_id: str, *, now: datetime) -> None:
    """Match the products of the store's next open orders anew, and weigh these (SEED-21).

    Safe to run again. A weight that a person gave an order stays.
    """
    store = Store.objects.held([store_id])[store_id]
    if store.products_matched_to is None:
        return
    orders = Order.objects.filter(store=store, status__in=OPEN, pk__gt=store.products_matched_to)
    rows = list(orders.select_for_update().order_by("pk")[:AT_ONCE])
    lines = list(OrderItem.objects.of(rows))
    products = find_products(store.workspace_id, [(line, store) for line in lines], now=now)
    moved = [line for line in lines if line.product_id != _pk(products.of(line, store))]
    for line in moved:
        line.product = products.of(line, store)
    OrderItem.objects.bulk_update(moved, ["product"])
    reweigh_orders(rows, actor=ACTOR, now=now)
    _go_on(store, MATCHING, rows)


def unfinished_refills() -> list[tuple[str, str]]:
    """The jobs that are to go on, each with its store's id."""
    return [
        (job, store_id)
        for place, job in (FILLING, JUDGING, MATCHING)
        for store_id in Store.objects.filter(**{f"{place}__isnull": False}).values_list(
            "pk", flat=True
        )
    ]


def _go_on(store: Store, kind: tuple[str, str], rows: list[Order]) -> None:
    """Note how far the store's orders follow by now; where there are more, queue the next slice."""
    place, job = kind
    has_more = len(rows) == AT_ONCE
    Store.objects.filter(pk=store.pk).update(**{place: rows[-1].pk if has_more else None})
    if has_more:
        defer_once(job, store_id=store.pk)


def _pk(product: Product | None) -> str | None:
    return product.pk if product else None
