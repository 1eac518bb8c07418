"""Following: the orders of a product take over what changed of it, slice by slice.

How far they do stands in the product's row; each slice is one transaction that moves it on and
queues the next. Orders that come in meanwhile are filled by what holds now.
"""

from datetime import datetime

from django.db import transaction

from packbench.accounts.models import Workspace
from packbench.jobs import defer_once
from packbench.orders.models import OrderQuerySet
from packbench.orders.weighing import AT_ONCE, FOLLOWING, reweigh_orders, waiting_for
from packbench.products.models import Product

ACTOR = "packbench"
PRODUCTS_AT_ONCE = 200
MOST_COUNTED = 5_000


@transaction.atomic
def follow_products(workspace: Workspace, *, now: datetime) -> int:
    """Let the next waiting orders follow their products; returns how many changed.

    Safe to run again and at once elsewhere.
    """
    marked = workspace.products.filter(orders_follow_to__isnull=False)
    rows = marked.select_for_update(no_key=True, skip_locked=True).order_by("pk")
    left, changed = AT_ONCE, 0
    for product in rows[:PRODUCTS_AT_ONCE]:
        if not left:
            break
        orders = _beyond(workspace, product).select_for_update().order_by("pk")[:left]
        slice_ = list(orders)
        changed += reweigh_orders(slice_, actor=ACTOR, now=now)
        is_done = len(slice_) < left
        product.orders_follow_to = None if is_done else slice_[-1].pk
        product.save(update_fields=["orders_follow_to"])
        left -= len(slice_)
    if marked.exists():
        defer_once(FOLLOWING, workspace_id=workspace.pk)
    return changed


def unfinished_followings() -> list[str]:
    """The ids of the workspaces with products that some order does not follow yet."""
    marked = Product.objects.filter(orders_follow_to__isnull=False).order_by()
    return list(marked.values_list("workspace_id", flat=True).distinct())


def left_to_follow(workspace: Workspace, product: Product) -> int:
    """How many orders do not follow the product yet, up to a cap."""
    if product.orders_follow_to is None:
        return 0
    return _beyond(workspace, product).order_by()[: MOST_COUNTED + 1].count()


def _beyond(workspace: Workspace, product: Product) -> OrderQuerySet:
    return waiting_for(workspace, [product]).filter(pk__gt=product.orders_follow_to or "")
