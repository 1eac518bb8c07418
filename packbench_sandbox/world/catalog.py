"""What Amazon and the sellers say of the goods: sizes in the units of the place, and stock.

The dotted notebook's listing lacks its weight, which the catalog knows; the tomato seeds' weight
nobody knows.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any

from packbench_sandbox.world import people
from packbench_sandbox.world.goods import asin
from packbench_sandbox.world.marketplaces import Marketplace, load

_UNLISTED_WEIGHT = frozenset({"NOTEBOOK-A5-DOT"})
_GRAMS_A_POUND, _MM_AN_INCH = 453.59237, 25.4


@dataclass(frozen=True)
class Article:
    """One product. Weights are grams, `mm` is length, width and height of the packed piece."""

    sku: str
    title: str
    type: str
    grams: int | None
    item_grams: int | None
    mm: tuple[int, int, int] | None

    @property
    def asin(self) -> str:
        return asin(self.sku)

    @property
    def stock(self) -> int:
        return zlib.crc32(self.sku.encode()) % 120


def article(sku: str, market: Marketplace, *, title: str = "") -> Article:
    """The product of a SKU, in the language of the store; of other SKUs only the title is known."""
    for row in load("products"):
        if row["sku"] == sku:
            title = title or row["titles"][people.language(market.country)]
            sides = tuple(row["mm"])
            return Article(sku, title, row["type"], row["grams"], row["item_grams"], sides)
    return Article(sku, title or sku, "PRODUCT", None, None, None)


def by_asin(code: str, market: Marketplace) -> Article | None:
    skus = (row["sku"] for row in load("products"))
    found = next((sku for sku in skus if asin(sku) == code), None)
    return article(found, market) if found else None


def attributes(of: Article, market: Marketplace) -> dict[str, Any]:
    """The attributes of a listing, as sellers fill them in."""
    here = {"marketplace_id": market.id}
    facts: dict[str, Any] = {
        "item_name": [{"value": of.title, "language_tag": market.locale, **here}]
    }
    if of.grams and of.sku not in _UNLISTED_WEIGHT:
        facts["item_package_weight"] = [{**weight(of.grams, market), **here}]
    if of.item_grams:
        facts["item_weight"] = [{**weight(of.item_grams, market), **here}]
    if of.mm:
        facts["item_package_dimensions"] = [{**sides(of.mm, market), **here}]
    return facts


def dimensions(of: Article, market: Marketplace) -> dict[str, Any]:
    """The same as the catalog has it."""
    facts: dict[str, Any] = {"marketplaceId": market.id}
    package: dict[str, Any] = sides(of.mm, market) if of.mm else {}
    if of.grams:
        package["weight"] = weight(of.grams, market)
    if package:
        facts["package"] = package
    if of.item_grams:
        facts["item"] = {"weight": weight(of.item_grams, market)}
    return facts


def weight(grams: int, market: Marketplace) -> dict[str, Any]:
    if market.region == "NA":
        return {"unit": "pounds", "value": round(grams / _GRAMS_A_POUND, 6)}
    if grams >= 1000:
        return {"unit": "kilograms", "value": grams / 1000}
    return {"unit": "grams", "value": float(grams)}


def sides(mm: tuple[int, int, int], market: Marketplace) -> dict[str, Any]:
    return {
        name: _length(side, market)
        for name, side in zip(("length", "width", "height"), mm, strict=True)
    }


def _length(mm: int, market: Marketplace) -> dict[str, Any]:
    if market.region == "NA":
        return {"unit": "inches", "value": round(mm / _MM_AN_INCH, 4)}
    return {"unit": "centimeters", "value": mm / 10}
