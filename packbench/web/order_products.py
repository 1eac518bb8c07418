"""What the page of one order shows of its products: weights, where they come from, customs."""

from typing import Any

from packbench.orders.models import Order
from packbench.products.declaring import Piece, lacks
from packbench.products.weighing import weigh_in


def products_part(order: Order) -> dict[str, Any]:
    """The default weights that hold, and the items that a problem of the order is about."""
    rules = list(order.workspace.weight_rules.all())
    items = [item for item in order.items.all() if item.product]
    return {
        "weight_rules": rules,
        "unweighed": [
            item for item in items if not weigh_in(order.store, item.product, rules).grams
        ]
        if "missing_weight" in order.problems
        else [],
        "undeclared": [
            (item, missing)
            for item in items
            if (missing := lacks(Piece(item.product, item.quantity, item.unit_amount is not None)))
        ]
        if "missing_customs" in order.problems
        else [],
    }
