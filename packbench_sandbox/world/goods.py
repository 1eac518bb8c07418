"""What the sellers sell, with titles in the language of the store."""

from __future__ import annotations

import hashlib
import random
from typing import Any

from packbench_sandbox.world import people
from packbench_sandbox.world.marketplaces import Marketplace, load


def make_item(market: Marketplace, dice: random.Random) -> dict[str, Any]:
    """One order item with its product, before any charges."""
    product = dice.choice(load("products"))
    return {
        "orderItemId": "".join(dice.choices("0123456789", k=14)),
        "quantityOrdered": dice.choices([1, 2, 3, 10], weights=[75, 15, 8, 2])[0],
        "product": {
            "asin": asin(product["sku"]),
            "title": product["titles"][people.language(market.country)],
            "sellerSku": product["sku"],
            "condition": {"conditionType": "NEW", "conditionSubtype": "NEW"},
            "price": {"unitPrice": market.money(unit_price(product, market))},
        },
    }


def unit_price(product: dict[str, Any], market: Marketplace) -> int:
    """The price in minor units: cents, or whole yen."""
    return round(product["euros"] * market.per_euro * 10**market.decimals)


def asin(sku: str) -> str:
    return "B0" + hashlib.sha256(sku.encode()).hexdigest()[:8].upper()


def minor_units(money: dict[str, str]) -> int:
    return int(money["amount"].replace(".", ""))
