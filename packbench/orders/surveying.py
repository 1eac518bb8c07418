"""Surveying: what keeps orders from their labels, by cause and by product.

However many orders wait, what is read is bounded: counting stops at a cap, and products are those
behind the most urgent orders.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db import connection
from django.db.models import Count, Q

from packbench.accounts.models import Workspace
from packbench.channels.models import Store
from packbench.orders.counting import CAP
from packbench.orders.models import Order, OrderItem, OrderQuerySet
from packbench.orders.standing import PROBLEMS
from packbench.orders.weighing import WAITING
from packbench.products.declaring import Piece, lacks
from packbench.products.models import Product, WeightRule
from packbench.products.weighing import weigh_in

PAGE = 50
MOST_URGENT = 5_000  # orders whose products are looked at
MOST_PRODUCTS = 50  # shown of one cause
BY_PRODUCT = ("missing_weight", "missing_customs")
COUNT = """(select count(*) from (
    select from orders_order
    where workspace_id = %s and has_problems and problems @> array[%s]::varchar(40)[]
        and status = any(%s) and held_at is null limit %s
) counted)"""
EPOCH = datetime.fromtimestamp(0, UTC)


class Behind(NamedTuple):
    """A product that orders wait for, how many of the urgent ones, and what it lacks."""

    product: Product
    orders: int
    lacks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Survey:
    """The products behind one cause, those of most orders first.

    `more` counts those that are not shown. `is_cut`: only the most urgent orders were looked at.
    """

    products: list[Behind]
    more: int = 0
    is_cut: bool = False


def count_causes(workspace: Workspace) -> dict[str, int]:
    """How many orders wait for each cause to be mended, up to CAP + 1; causes without are left out.

    What a person put on hold waits for that person, and is not counted.
    """
    statuses = [str(status) for status in WAITING]
    values = [part for code in PROBLEMS for part in (workspace.pk, code, statuses, CAP + 1)]
    with connection.cursor() as cursor:
        cursor.execute("select " + ", ".join([COUNT] * len(PROBLEMS)), values)
        row = cursor.fetchone() or ()
    return {code: count for code, count in zip(PROBLEMS, row, strict=True) if count}


def waiting_with(workspace: Workspace, code: str) -> OrderQuerySet:
    """The orders that wait because of this problem, by what a person did not hold."""
    orders: OrderQuerySet = workspace.orders.filter(
        has_problems=True, problems__contains=[code], status__in=WAITING, held_at__isnull=True
    )
    return orders


def page_with(workspace: Workspace, code: str, after: str) -> tuple[list[Order], str]:
    """One page of these orders, the most urgent first, and the key of the next ("": none)."""
    orders = waiting_with(workspace, code).filter(_beyond(after)).order_by("due_at", "id")
    rows = list(orders.defer("recipient", "buyer")[: PAGE + 1])
    return rows[:PAGE], _key(rows[PAGE - 1]) if len(rows) > PAGE else ""


def products_behind(workspace: Workspace, code: str) -> Survey:
    """The products whose facts mend the orders with this problem."""
    if code not in BY_PRODUCT:
        return Survey([])
    urgent = waiting_with(workspace, code).order_by("due_at", "id").values("pk")
    groups = list(
        OrderItem.objects.filter(order__in=urgent[:MOST_URGENT], quantity__gt=0)
        .filter(product__isnull=False)
        .order_by()
        .values_list("product_id", "order__store_id")
        .annotate(
            orders=Count("order_id", distinct=True),
            unpriced=Count("pk", filter=Q(unit_amount__isnull=True)),
        )
    )
    products = Product.objects.in_bulk({group[0] for group in groups})
    rules = list(workspace.weight_rules.all())
    stores = Store.objects.defer("brand_logo").in_bulk({group[1] for group in groups})
    found: dict[str, Behind] = {}
    for product_id, store_id, orders, unpriced in groups:
        product = products[product_id]
        missing = _missing(code, product, stores[store_id], rules, is_priced=not unpriced)
        if missing:
            before = found.get(product_id)
            told = before.lacks if before else ()
            found[product_id] = Behind(
                product,
                orders + (before.orders if before else 0),
                tuple(dict.fromkeys((*told, *missing))),
            )
    ranked = sorted(found.values(), key=lambda row: (-row.orders, row.product.sku))
    return Survey(
        ranked[:MOST_PRODUCTS],
        max(0, len(ranked) - MOST_PRODUCTS),
        urgent[MOST_URGENT : MOST_URGENT + 1].exists(),
    )


def contents_of(orders: Iterable[Order]) -> Mapping[str, list[OrderItem]]:
    """The lines of some orders, by order."""
    lines: dict[str, list[OrderItem]] = {}
    for item in OrderItem.objects.of(orders):
        lines.setdefault(item.order_id, []).append(item)
    return lines


def _missing(
    code: str, product: Product, store: Store, rules: Iterable[WeightRule], *, is_priced: bool
) -> list[str]:
    if code == "missing_weight":
        return [] if weigh_in(store, product, rules).grams else ["weight_g"]
    return lacks(Piece(product, 1, is_priced))


def _beyond(after: str) -> Q:
    try:
        micros, order_id = after.split("-", 1)
        at = EPOCH + timedelta(microseconds=int(micros))
    except (ValueError, OverflowError):
        return Q()
    return Q(due_at__gte=at) & (Q(due_at__gt=at) | Q(pk__gt=order_id))


def _key(row: Order) -> str:
    return f"{(row.due_at - EPOCH) // timedelta(microseconds=1)}-{row.pk}"
