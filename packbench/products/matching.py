"""Matching: which product a line of an order is, by SKU or by ASIN as its store says (SEED-21).

A product is one row for each SKU. A store that knows its products by ASIN takes one row for all
SKUs of an ASIN, so that they share its weight: one with a weight entered here first, then one with
Amazon's, then the oldest. A line without ASIN, and one whose ASIN no product has yet, is matched by
its SKU. An alias goes before both, that of the line's own store first; what was merged into another
product is that one.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from packbench.channels.models import Store
from packbench.lib.customs import Place
from packbench.products.declaring import origin_of
from packbench.products.models import Alias, Product, ProductQuerySet, WeightRule
from packbench.products.weighing import weigh_in

ASIN = Store.Identifier.ASIN


class Line(Protocol):
    """What a line of an order says of its product: `ChannelItem` and `OrderItem` alike."""

    @property
    def sku(self) -> str: ...

    @property
    def asin(self) -> str: ...

    @property
    def title(self) -> str: ...


Known = tuple[Line, Store]  # a line, and the store that its order came from
Named = tuple[str, str, str | None]  # kind and value of an alias, the id of its store


@dataclass(frozen=True, slots=True)
class Products:
    """Products found for some lines, with the default weights of their workspace and the place
    that its parcels leave from.
    """

    by_sku: dict[str, Product]
    by_asin: dict[str, Product]
    by_alias: Mapping[Named, Product] = field(default_factory=dict)
    rules: tuple[WeightRule, ...] = ()
    origin: Place | None = None

    def of(self, line: Line, store: Store) -> Product | None:
        is_by_asin = store.product_identifier == ASIN and bool(line.asin)
        if is_by_asin:
            named = self._named(Alias.Kind.ASIN, line.asin, store)
            if named or line.asin in self.by_asin:
                return named or self.by_asin[line.asin]
        return self._named(Alias.Kind.SKU, line.sku, store) or self.by_sku.get(line.sku)

    def weight_of(self, line: Line, store: Store) -> int | None:
        """Grams of a packed piece in orders of the store; None where nobody knows."""
        return weigh_in(store, self.of(line, store), self.rules).grams

    def _named(self, kind: str, value: str, store: Store) -> Product | None:
        own, everywhere = (kind, value, store.pk), (kind, value, None)
        return self.by_alias.get(own) or self.by_alias.get(everywhere)


def find_products(workspace_id: str, lines: Collection[Known], *, now: datetime) -> Products:
    """Return the products of the lines, making those that are new.

    A product that had no ASIN learns it; a line without SKU makes none.
    """
    found = look_up(workspace_id, lines)
    learned = list(_learned(lines, found))
    if learned:
        Product.objects.bulk_update(learned, ["asin"])
    new = list(_new(workspace_id, lines, found, now=now))
    if new:
        Product.objects.bulk_create(new, ignore_conflicts=True)
    return look_up(workspace_id, lines) if new or learned else found


def look_up(workspace_id: str, lines: Collection[Known]) -> Products:
    """Return the products of the lines as far as they are known."""
    products: ProductQuerySet = Product.objects.filter(workspace_id=workspace_id)
    asins = {line.asin for line, store in lines if store.product_identifier == ASIN and line.asin}
    skus = {line.sku for line, _ in lines if line.sku}
    return Products(
        by_sku=products.by_sku(skus),
        by_asin=products.by_asin(asins) if asins else {},
        by_alias=_aliases(workspace_id, skus, asins),
        rules=tuple(WeightRule.objects.filter(workspace_id=workspace_id)),
        origin=origin_of(workspace_id),
    )


def _aliases(workspace_id: str, skus: Iterable[str], asins: Iterable[str]) -> dict[Named, Product]:
    aliases = Alias.objects.filter(workspace_id=workspace_id)
    rows = aliases.filter(kind=Alias.Kind.SKU, value__in=list(skus)) | aliases.filter(
        kind=Alias.Kind.ASIN, value__in=list(asins)
    )
    return {
        (row.kind, row.value, row.store_id): row.product.merged_into or row.product
        for row in rows.select_related("product__merged_into")
    }


def _learned(lines: Iterable[Known], found: Products) -> Iterator[Product]:
    """The products that are seen with an ASIN for the first time, each once."""
    for line, _ in lines:
        product = found.by_sku.get(line.sku)
        if product and product.sku == line.sku and line.asin and not product.asin:
            product.asin = line.asin
            yield product


def _new(
    workspace_id: str, lines: Iterable[Known], found: Products, *, now: datetime
) -> Iterator[Product]:
    """The products that are missing, one for each SKU; in a store of ASINs one for each ASIN."""
    skus: set[str] = set()
    asins: set[str] = set()
    for line, store in lines:
        is_by_asin = bool(store.product_identifier == ASIN and line.asin)
        if not line.sku or line.sku in skus or found.of(line, store):
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
