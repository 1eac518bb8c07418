"""What the pages of products show: each with its weight, where that comes from, its links."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from packbench.accounts.models import Workspace
from packbench.channels.models import Store
from packbench.channels.registry import open_authorizer
from packbench.lib.marketplaces import is_known
from packbench.products.models import Product, ProductQuerySet
from packbench.products.weighing import Source, package_mm, source_of, weight_of
from packbench.web.picture_urls import image_url

PAGE = 100
SHOWS = ("unweighed", "uncustomed")


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A product as it is shown. `link` edits its listing in Seller Central.

    It is `known_by` its SKU or ASIN, as its store says, and `also` by the other one.
    """

    product: Product
    known_by: str
    also: str
    weight_g: int | None
    source: Source
    box: str
    image: str
    link: str
    marketplace: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person chose to see. Unknown words in an address are taken for none."""

    q: str = ""
    show: str = ""
    after: str = ""

    @classmethod
    def read(cls, params: Any) -> "Choice":
        given = {name: params.get(name, "").replace("\0", "") for name in ("q", "show", "after")}
        show = given["show"] if given["show"] in SHOWS else ""
        return cls(given["q"].strip()[:100], show, given["after"][:100])


def chosen_products(workspace: Workspace, choice: Choice) -> tuple[list[Product], str]:
    """One page of products by SKU, and the key of the next ("" where there is none)."""
    found: ProductQuerySet = workspace.products.all()
    if choice.show == "unweighed":
        found = found.without_weight()
    elif choice.show == "uncustomed":
        found = found.without_customs()
    if choice.q:
        found = found.filter(_matches(choice.q))
    if choice.after:
        found = found.filter(sku__gt=choice.after)
    ordered = with_store(found).order_by("sku")
    shown = list(ordered[: PAGE + 1])
    return shown[:PAGE], shown[PAGE - 1].sku if len(shown) > PAGE else ""


def with_store(products: ProductQuerySet) -> ProductQuerySet:
    """Each with its store, but not the store's logo."""
    return products.select_related("store").defer("store__brand_logo")


def product_rows(workspace: Workspace, products: Iterable[Product]) -> list[ProductRow]:
    seller_central = open_authorizer()
    by_asin = workspace.stores.filter(product_identifier=Store.Identifier.ASIN).exists()
    return [_row(product, seller_central, by_asin=by_asin) for product in products]


def product_row(workspace: Workspace, product: Product) -> ProductRow:
    return product_rows(workspace, [product])[0]


def _row(product: Product, seller_central: Any, *, by_asin: bool) -> ProductRow:
    """`by_asin` is what holds for a product that is sold in no store we know of."""
    uses_amazon = product.store is None or product.store.has_weights
    is_by_asin = by_asin if product.store is None else product.store.knows_by_asin
    known_by, also = product.sku, product.asin
    if is_by_asin and product.asin:
        known_by, also = also, known_by
    box = package_mm(product)
    return ProductRow(
        product=product,
        known_by=known_by,
        also=also,
        weight_g=weight_of(product, uses_amazon=uses_amazon),
        source=source_of(product, uses_amazon=uses_amazon),
        box=" × ".join(str(side) for side in box) if box else "",
        image=image_url(product.pk, product.image_version),
        link=_link(product, product.store, seller_central),
        marketplace=product.store.name if product.store else "",
    )


def _link(product: Product, store: Store | None, seller_central: Any) -> str:
    if store is None or not is_known(store.marketplace_id):
        return ""
    return str(
        seller_central.listing_url(
            store.marketplace_id,
            sku=product.sku,
            asin=product.asin,
            product_type=product.product_type,
        )
    )


def _matches(text: str) -> Q:
    return (
        Q(sku__icontains=text)
        | Q(title__icontains=text)
        | Q(asin__iexact=text)
        | Q(storage_bin__iexact=text)
        | Q(tags__contains=[text])
    )
