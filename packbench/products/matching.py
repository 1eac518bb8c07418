"""Matching: which product a line of an order is, by SKU or by ASIN as its store says (SEED-21).

A product is one row for each SKU. A store that knows its products by ASIN takes one row for all
SKUs of an ASIN, so that they share its weight: one with a weight entered here first, then one with
Amazon's, then the oldest. A line without ASIN, and one whose ASIN no product has yet, is matched by
its SKU.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from packbench.channels.models import Store
from packbench.products.models import Product, ProductQuerySet

ASIN = Store.Identifier.ASIN


class Line(Protocol):
    """What a line of an order says of its product: `ChannelItem` and `OrderItem` alike."""

    @property
    def sku(self) -> str: ...

    @property
    def asin(self) -> str: ...

    @property
    def title(self) -> str: ...


Known = tuple[Line, str]  # a line, and the Store.Identifier of its store


@dataclass(frozen=True, slots=True)
class Products:
    """Products found for some lines."""

    by_sku: dict[str, Product]
    by_asin: dict[str, Product]

    def of(self, line: Line, identifier: str) -> Product | None:
        if identifier == ASIN and line.asin in self.by_asin:
            return self.by_asin[line.asin]
        return self.by_sku.get(line.sku)


def find_products(workspace_id: str, lines: Collection[Known], *, now: datetime) -> Products:
    """Return the products of the lines, making those that are new.

    A product that had no ASIN learns it; a line without SKU makes none.
    """
    found = _look_up(workspace_id, lines)
    learned = list(_learned(lines, found))
    if learned:
        Product.objects.bulk_update(learned, ["asin"])
    new = list(_new(workspace_id, lines, found, now=now))
    if new:
        Product.objects.bulk_create(new, ignore_conflicts=True)
    return _look_up(workspace_id, lines) if new or learned else found


def _look_up(workspace_id: str, lines: Collection[Known]) -> Products:
    products: ProductQuerySet = Product.objects.filter(workspace_id=workspace_id)
    asins = {line.asin for line, identifier in lines if identifier == ASIN and line.asin}
    return Products(
        by_sku=products.by_sku({line.sku for line, _ in lines if line.sku}),
        by_asin=products.by_asin(asins) if asins else {},
    )


def _learned(lines: Iterable[Known], found: Products) -> Iterator[Product]:
    """The products that are seen with an ASIN for the first time, each once."""
    for line, _ in lines:
        product = found.by_sku.get(line.sku)
        if product and line.asin and not product.asin:
            product.asin = line.asin
            yield product


def _new(
    workspace_id: str, lines: Iterable[Known], found: Products, *, now: datetime
) -> Iterator[Product]:
    """The products that are missing, one for each SKU; in a store of ASINs one for each ASIN."""
    skus: set[str] = set()
    asins: set[str] = set()
    for line, identifier in lines:
        is_by_asin = bool(identifier == ASIN and line.asin)
        if not line.sku or line.sku in skus or found.of(line, identifier):
            continue
        if is_by_asin and line.asin in asins:
            continue
        skus.add(line.sku)
        asins |= {line.asin} if is_by_asin else set()
        yield Product(
            workspace_id=workspace_id,
            sku=line.sku,
            asin=line.asin,
            title=line.title.replace("\0", "")[:500],
            created_at=now,
        )
