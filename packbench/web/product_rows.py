"""What the pages of products show: each with its weight, where that comes from, its links."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import urlencode

from django.db.models import Func, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from packbench.accounts.models import Workspace
from packbench.channels.models import Store
from packbench.channels.registry import open_authorizer
from packbench.lib.marketplaces import is_known
from packbench.products.learning import offer_of, with_offer
from packbench.products.models import Product, ProductQuerySet, WeightRule
from packbench.products.naming import find_by_barcode
from packbench.products.weighing import Source, package_mm, weigh_in
from packbench.web.picture_urls import image_url

PAGE = 100
MOST_CHOICES = 100  # tags, or bins, to filter by
SHOWS: dict[str, tuple[Any, str, Callable[[ProductQuerySet], ProductQuerySet]]] = {
    "unweighed": (_("Without weight"), "weight", ProductQuerySet.without_weight),
    "uncustomed": (_("Without customs data"), "place", ProductQuerySet.without_customs),
    "dangerous": (_("Dangerous goods"), "warning", ProductQuerySet.dangerous),
    "learned": (_("Another weight in parcels"), "info", with_offer),
}


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
    offer: int | None
    box: str
    image: str
    link: str
    marketplace: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person chose to see. Unknown words in an address are taken for none."""

    q: str = ""
    show: str = ""
    tag: str = ""
    bin: str = ""
    after: str = ""

    @classmethod
    def read(cls, params: Any) -> "Choice":
        names = [field.name for field in fields(cls)]
        given = {name: params.get(name, "").replace("\0", "")[:100] for name in names}
        show = given["show"] if given["show"] in SHOWS else ""
        return cls(**{**given, "q": given["q"].strip(), "show": show})

    @property
    def is_narrowed(self) -> bool:
        return bool(self.q or self.show or self.tag or self.bin)

    def url(self, **changes: str) -> str:
        """The address of the same choice with something changed, at its first page."""
        chosen = replace(self, **{"after": "", **changes})
        words = {field.name: getattr(chosen, field.name) for field in fields(chosen)}
        asked = urlencode({name: word for name, word in words.items() if word})
        return f"{reverse('products')}?{asked}" if asked else reverse("products")


def chosen_products(workspace: Workspace, choice: Choice) -> tuple[list[Product], str]:
    """One page of products by SKU, and the key of the next ("" where there is none)."""
    found = matching_products(workspace, choice)
    if choice.after:
        found = found.filter(sku__gt=choice.after)
    ordered = with_store(found).order_by("sku")
    shown = list(ordered[: PAGE + 1])
    return shown[:PAGE], shown[PAGE - 1].sku if len(shown) > PAGE else ""


def matching_products(workspace: Workspace, choice: Choice) -> ProductQuerySet:
    """All products that the choice is about, on whatever page."""
    found: ProductQuerySet = workspace.products.all().listed()
    if choice.show:
        found = SHOWS[choice.show][2](found)
    if choice.tag:
        found = found.filter(tags__contains=[choice.tag])
    if choice.bin:
        found = found.filter(storage_bin=choice.bin)
    if choice.q:
        scanned = find_by_barcode(workspace, choice.q)
        found = found.filter(_matches(workspace, choice.q) | Q(pk=scanned.pk if scanned else ""))
    return found


def tags_and_bins(workspace: Workspace) -> tuple[list[str], list[str]]:
    """The tags and storage bins in use, to filter by."""
    tagged = workspace.products.exclude(tags=[]).annotate(tag=Func("tags", function="unnest"))
    tags = tagged.order_by("tag").values_list("tag", flat=True).distinct()
    binned = workspace.products.exclude(storage_bin="").order_by("storage_bin")
    bins = binned.values_list("storage_bin", flat=True).distinct()
    return list(tags[:MOST_CHOICES]), list(bins[:MOST_CHOICES])


def filter_context(workspace: Workspace, choice: Choice) -> dict[str, Any]:
    """What narrows the list, each with its address."""
    tags, bins = tags_and_bins(workspace)
    return {
        "shows": [
            {"word": word, "icon": icon, "url": choice.url(show=key), "is_on": choice.show == key}
            for key, (word, icon, _narrow) in SHOWS.items()
        ],
        "show_urls": {
            "all": choice.url(show=""),
            "first": choice.url(),
            "without_tag": choice.url(tag=""),
            "without_bin": choice.url(bin=""),
        },
        "tags_and_bins": (tags, bins),
        "tag_choices": [{"word": tag, "url": choice.url(tag=tag)} for tag in tags],
        "bin_choices": [{"word": each, "url": choice.url(bin=each)} for each in bins],
    }


def with_store(products: ProductQuerySet) -> ProductQuerySet:
    """Each with its store, but not the store's logo."""
    return products.select_related("store").defer("store__brand_logo")


def product_rows(workspace: Workspace, products: Iterable[Product]) -> list[ProductRow]:
    seller_central = open_authorizer()
    by_asin = workspace.stores.filter(product_identifier=Store.Identifier.ASIN).exists()
    rules = list(workspace.weight_rules.all())
    return [_row(product, seller_central, rules, by_asin=by_asin) for product in products]


def product_row(workspace: Workspace, product: Product) -> ProductRow:
    return product_rows(workspace, [product])[0]


def _row(
    product: Product, seller_central: Any, rules: Iterable[WeightRule], *, by_asin: bool
) -> ProductRow:
    """`by_asin` is what holds for a product that is sold in no store we know of."""
    weighed = weigh_in(product.store, product, rules)
    is_by_asin = by_asin if product.store is None else product.store.knows_by_asin
    known_by, also = product.sku, product.asin
    if is_by_asin and product.asin:
        known_by, also = also, known_by
    box = package_mm(product)
    return ProductRow(
        product=product,
        known_by=known_by,
        also=also,
        weight_g=weighed.grams,
        source=weighed.source,
        offer=offer_of(product),
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


def _matches(workspace: Workspace, text: str) -> Q:
    named = workspace.product_aliases.filter(value=text).values("product")
    return (
        Q(sku__icontains=text)
        | Q(title__icontains=text)
        | Q(asin__iexact=text)
        | Q(storage_bin__iexact=text)
        | Q(tags__contains=[text])
        | Q(pk__in=named)
    )
