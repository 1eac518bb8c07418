"""Weighing: a weight set once for a product serves every order that waits for it (SEED-60).

In a store that knows its products by ASIN it serves all SKUs of the product's ASIN (SEED-21).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from packbench.accounts.models import Workspace
from packbench.channels.models import Store
from packbench.events.models import Event
from packbench.events.recording import event, record_all
from packbench.jobs import defer_once
from packbench.lib.customs import Place
from packbench.lib.errors import Rejected
from packbench.orders.declaring import lacks_customs
from packbench.orders.filling import HEAVIEST_G
from packbench.orders.models import OPEN, Order, OrderItem, OrderQuerySet, Status
from packbench.orders.standing import waits, with_weight
from packbench.products.declaring import Piece, origin_of
from packbench.products.describing import BAD_WEIGHT, MOST_G
from packbench.products.matching import ASIN, look_up
from packbench.products.models import Product, WeightRule
from packbench.products.weighing import rules_in, weight_of

AT_ONCE = 500  # orders that follow in one transaction
FOLLOWING = "orders.follow_products"
MISSING_CUSTOMS = "missing_customs"
WAITING = [status for status in Status if waits(status)]


@transaction.atomic
def weigh_products(
    workspace: Workspace, weights_g: Mapping[str, int], *, actor: str, now: datetime
) -> int:
    """Set grams a piece by SKU and mend the orders that waited. Returns how many are mended.

    Raises Rejected for a weight out of range.
    """
    for weight in weights_g.values():
        _check(weight)
    rows = workspace.products.listed().filter(sku__in=list(weights_g))
    products = list(rows.select_for_update().order_by("pk"))
    for product in products:
        product.weight_g = weights_g[product.sku]
    workspace.products.bulk_update(products, ["weight_g"], batch_size=500)
    return mend_orders(workspace, products, actor=actor, now=now)


def mend_orders(
    workspace: Workspace, changed: Iterable[Product], *, actor: str, now: datetime
) -> int:
    """Let the waiting orders of products whose facts changed follow; returns how many changed.

    Part of the transaction in which the products changed. Where many wait, the first slice follows
    at once and a job goes on with the others (orders/following.py).
    """
    products = list(changed)
    _let_stand_for_asin(workspace, products)
    ids = list(
        waiting_for(workspace, products).values_list("pk", flat=True).order_by("pk")[: AT_ONCE + 1]
    )
    if len(ids) > AT_ONCE:
        followed = workspace.products.filter(pk__in=[product.pk for product in products])
        followed.update(orders_follow_to=ids[AT_ONCE - 1])
        defer_once(FOLLOWING, workspace_id=workspace.pk)
    rows = Order.objects.filter(pk__in=ids[:AT_ONCE])
    return reweigh_orders(rows.select_for_update().order_by("id"), actor=actor, now=now)


def waiting_for(workspace: Workspace, products: Iterable[Product]) -> OrderQuerySet:
    """The orders that wait for a parcel with one of the products in it, each once."""
    items = OrderItem.objects.filter(product__in=list(products)).values("order_id")
    waiting: OrderQuerySet = workspace.orders.filter(status__in=WAITING, pk__in=items)
    return waiting


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
    """Take weight and customs data of locked orders from their products anew; returns how many
    changed.

    An order whose products' weights are not all known has none; one that a person weighed stays.
    """
    orders = list(rows)
    lines = _lines_of(orders)
    changed, events = [], []
    for row in orders:
        before = (row.weight_g, row.lacks_customs)
        if not row.is_weight_given:
            _set_weight(row, lines.weight_of(row) or row.ruled.get("weight_g"))
        set_customs(row, lines.lacks_customs(row))
        if (row.weight_g, row.lacks_customs) == before:
            continue
        changed.append(row)
        if row.weight_g != before[0]:
            events.append(_weighed(row, actor=actor, now=now))
        if row.lacks_customs != before[1]:
            events.append(_declared(row, actor=actor, now=now))
    fields = ["weight_g", "lacks_customs", "problems", "has_problems"]
    Order.objects.bulk_update(changed, fields, batch_size=500)
    record_all(events)
    return len(changed)


def look_at_border(row: Order) -> None:
    """Set whether customs data is missing for where the order goes by now; nothing is saved."""
    set_customs(row, _lines_of([row]).lacks_customs(row))


def set_customs(row: Order, is_missing: bool) -> None:
    """Note whether customs data is missing, among its problems too where it waits."""
    row.lacks_customs = is_missing
    others = [problem for problem in row.problems if problem != MISSING_CUSTOMS]
    is_problem = is_missing and waits(row.status) and MISSING_CUSTOMS not in row.waived
    row.problems = [*others, MISSING_CUSTOMS] if is_problem else others
    row.has_problems = bool(row.problems)


def _let_stand_for_asin(workspace: Workspace, weighed: Iterable[Product]) -> None:
    """A product that has a weight now may be the one that stands for its ASIN."""
    if not workspace.stores.filter(product_identifier=ASIN).exists():
        return
    lines = OrderItem.objects.filter(
        order__workspace=workspace,
        order__store__product_identifier=ASIN,
        order__status__in=OPEN,
        asin__in={product.asin for product in weighed if product.asin},
    ).select_related("order")
    stores = _stores_of(line.order for line in lines)
    known = [(line, stores[line.order.store_id]) for line in lines]
    found = look_up(workspace.pk, known)
    moved = []
    for line, store in known:
        product = found.of(line, store)
        if product and line.product_id != product.pk:
            line.product = product
            moved.append(line)
    OrderItem.objects.bulk_update(moved, ["product"], batch_size=500)


@dataclass(frozen=True, slots=True)
class _Lines:
    """What some orders are made of, and what their stores and their workspace say of weights."""

    items: dict[str, list[OrderItem]]
    stores: dict[str, Store]
    rules: dict[str, list[WeightRule]]  # by workspace
    origins: dict[str, Place | None]  # by workspace

    def weight_of(self, row: Order) -> int | None:
        """The sum of its products' weights; None where one is not known."""
        total = 0
        store = self.stores[row.store_id]
        rules = rules_in(store, self.rules[row.workspace_id])
        for item in self.items[row.pk]:
            grams = weight_of(item.product, uses_amazon=store.has_weights, rules=rules)
            if item.quantity and grams is None:
                return None
            total += item.quantity * (grams or 0)
        return _possible(total)

    def lacks_customs(self, row: Order) -> bool:
        pieces = (
            Piece(item.product, item.quantity, item.unit_amount is not None)
            for item in self.items[row.pk]
        )
        return lacks_customs(row, pieces, self.origins[row.workspace_id])


def _lines_of(orders: list[Order]) -> _Lines:
    items: dict[str, list[OrderItem]] = {row.pk: [] for row in orders}
    for item in OrderItem.objects.of(orders).select_related("product"):
        items[item.order_id].append(item)
    ids = {row.workspace_id for row in orders}
    rules: dict[str, list[WeightRule]] = {pk: [] for pk in ids}
    for rule in WeightRule.objects.filter(workspace__in=ids):
        rules[rule.workspace_id].append(rule)
    origins = {pk: origin_of(pk) for pk in ids}
    return _Lines(items, _stores_of(orders), rules, origins)


def _stores_of(orders: Iterable[Order]) -> dict[str, Store]:
    return Store.objects.defer("brand_logo").in_bulk({row.store_id for row in orders})


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


def _declared(row: Order, *, actor: str, now: datetime) -> Event:
    return event(
        "order.undeclared" if row.lacks_customs else "order.declared",
        row.workspace_id,
        actor=actor,
        now=now,
        order_id=row.pk,
        store_id=row.store_id,
    )


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
