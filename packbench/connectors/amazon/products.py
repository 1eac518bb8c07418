"""Pure pairs about products: the seller's listings, and Amazon's catalog."""

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Raw, Struct

from packbench.channels.base import PRODUCTS_AT_ONCE, ChannelProduct
from packbench.connectors.amazon.decoding import decoded
from packbench.connectors.amazon.errors import contract_error
from packbench.connectors.amazon.operations import (
    GET_LISTINGS_ITEM,
    SEARCH_CATALOG_ITEMS,
    SEARCH_LISTINGS,
    Operation,
)
from packbench.connectors.amazon.requests import Call, QueryValue
from packbench.connectors.amazon.units import grams, millimetres

LISTING_SETS = ("summaries", "attributes", "fulfillmentAvailability")
CATALOG_SETS = ("summaries", "dimensions", "images", "productTypes")
BY_SELLER = "DEFAULT"  # the fulfilment channel whose stock is the seller's own
MOST_STOCK = 1_000_000_000
SMALLEST_PX = 160  # what a picture must have to be shown sharp


class _Summary(Struct):
    marketplaceId: str | None = None
    asin: str | None = None
    productType: str | None = None
    itemName: str | None = None
    mainImage: Any = None


class _Listing(Struct):
    sku: str
    summaries: list[_Summary] | None = None
    attributes: dict[str, Any] | None = None
    fulfillmentAvailability: list[Any] | None = None


class _CatalogItem(Struct):
    asin: str
    summaries: list[_Summary] | None = None
    dimensions: list[Any] | None = None
    images: list[Any] | None = None
    productTypes: list[_Summary] | None = None


class _Found(Struct):
    items: list[Raw] | None = None


_found = msgspec.json.Decoder(_Found, strict=False)
_listing = msgspec.json.Decoder(_Listing, strict=False)
_catalog_item = msgspec.json.Decoder(_CatalogItem, strict=False)


def skus_call(seller_id: str, marketplace_id: str, skus: tuple[str, ...]) -> Call:
    """Ask for the listings of these SKUs, at most 20; ValueError for more, or a comma in one."""
    if len(skus) > PRODUCTS_AT_ONCE or any("," in sku for sku in skus):
        raise ValueError("at most 20 SKUs without commas")
    query: dict[str, QueryValue] = {
        "marketplaceIds": (marketplace_id,),
        "identifiers": skus,
        "identifiersType": "SKU",
        "includedData": LISTING_SETS,
        "pageSize": PRODUCTS_AT_ONCE,
    }
    return Call(SEARCH_LISTINGS, path={"sellerId": seller_id}, query=query)


def listing_call(seller_id: str, marketplace_id: str, sku: str) -> Call:
    """Ask for one listing: the only way where the SKU holds a comma, which parts lists."""
    return Call(
        GET_LISTINGS_ITEM,
        path={"sellerId": seller_id, "sku": sku},
        query={"marketplaceIds": (marketplace_id,), "includedData": LISTING_SETS},
    )


def catalog_call(marketplace_id: str, asins: tuple[str, ...]) -> Call:
    """Ask for these ASINs, at most 20; ValueError for more."""
    if len(asins) > PRODUCTS_AT_ONCE:
        raise ValueError("at most 20 ASINs")
    query: dict[str, QueryValue] = {
        "marketplaceIds": (marketplace_id,),
        "identifiers": asins,
        "identifiersType": "ASIN",
        "includedData": CATALOG_SETS,
        "pageSize": PRODUCTS_AT_ONCE,
    }
    return Call(SEARCH_CATALOG_ITEMS, query=query)


def parse_listings(body: bytes, marketplace_id: str) -> tuple[ChannelProduct, ...]:
    """Return the listings; one that cannot be read is left out, the others are kept."""
    read = [decoded(_listing, raw) for raw in _items(body, SEARCH_LISTINGS)]
    return tuple([_listed(each, marketplace_id) for each in read if each])


def parse_listing(body: bytes, marketplace_id: str) -> ChannelProduct:
    """Return the one listing; ContractError where it cannot be read."""
    listing = decoded(_listing, body)
    if listing is None:
        raise contract_error(GET_LISTINGS_ITEM)
    return _listed(listing, marketplace_id)


def parse_catalog(body: bytes, marketplace_id: str) -> tuple[ChannelProduct, ...]:
    """Return the items of the catalog; one that cannot be read is left out."""
    read = [decoded(_catalog_item, raw) for raw in _items(body, SEARCH_CATALOG_ITEMS)]
    return tuple([_cataloged(each, marketplace_id) for each in read if each])


def _items(body: bytes, operation: Operation) -> list[Raw]:
    found = decoded(_found, body)
    if found is None:
        raise contract_error(operation)
    return found.items or []


def _listed(listing: _Listing, marketplace_id: str) -> ChannelProduct:
    summary = _summary(listing.summaries, marketplace_id)
    attributes = listing.attributes or {}
    return ChannelProduct(
        sku=listing.sku,
        asin=summary.asin or "",
        title=summary.itemName or "",
        image_url=_text(summary.mainImage, "link"),
        product_type=summary.productType or "",
        package_weight_g=_weight(_here(attributes.get("item_package_weight"), marketplace_id)),
        item_weight_g=_weight(_here(attributes.get("item_weight"), marketplace_id)),
        package_mm=_sides(_here(attributes.get("item_package_dimensions"), marketplace_id)),
        quantity=_quantity(listing.fulfillmentAvailability),
    )


def _cataloged(item: _CatalogItem, marketplace_id: str) -> ChannelProduct:
    summary = _summary(item.summaries, marketplace_id)
    sizes = _here(item.dimensions, marketplace_id, name="marketplaceId")
    package, alone = _part(sizes, "package"), _part(sizes, "item")
    images = _here(item.images, marketplace_id, name="marketplaceId")
    return ChannelProduct(
        asin=item.asin,
        title=summary.itemName or "",
        image_url=_main_image(images.get("images")),
        product_type=_summary(item.productTypes, marketplace_id).productType or "",
        package_weight_g=_weight(_part(package, "weight")),
        item_weight_g=_weight(_part(alone, "weight")),
        package_mm=_sides(package),
    )


def _summary(listed: list[_Summary] | None, marketplace_id: str) -> _Summary:
    here = (each for each in listed or () if each.marketplaceId == marketplace_id)
    return next(here, _Summary())


def _here(listed: Any, marketplace_id: str, *, name: str = "marketplace_id") -> dict[str, Any]:
    """The entry of a list that is about the marketplace, or about all of them."""
    entries = [each for each in listed if isinstance(each, dict)] if _is_list(listed) else []
    fitting = [each for each in entries if each.get(name, marketplace_id) == marketplace_id]
    return fitting[0] if fitting else {}


def _part(sizes: dict[str, Any], name: str) -> dict[str, Any]:
    part = sizes.get(name)
    return part if isinstance(part, dict) else {}


def _weight(measure: dict[str, Any]) -> int | None:
    return grams(measure.get("value"), measure.get("unit"))


def _sides(sizes: dict[str, Any]) -> tuple[int, int, int] | None:
    """Length, width and height; a box of which one side is not known is none."""
    parts = [_part(sizes, name) for name in ("length", "width", "height")]
    sides = [millimetres(part.get("value"), part.get("unit")) for part in parts]
    length, width, height = sides
    return (length, width, height) if length and width and height else None


def _main_image(images: Any) -> str:
    """The address of the smallest main picture that is large enough, else of the largest."""
    listed = [each for each in images if isinstance(each, dict)] if _is_list(images) else []
    sized = sorted((_pixels(each), _text(each, "link")) for each in listed if _is_main(each))
    enough = (link for pixels, link in sized if pixels >= SMALLEST_PX)
    return next(enough, sized[-1][1] if sized else "")


def _is_main(image: dict[str, Any]) -> bool:
    return image.get("variant") == "MAIN" and bool(_text(image, "link"))


def _pixels(image: dict[str, Any]) -> int:
    sides = [image.get("height"), image.get("width")]
    return min(side if isinstance(side, int) else 0 for side in sides)


def _quantity(availability: Iterable[Any] | None) -> int | None:
    for each in availability or ():
        if isinstance(each, dict) and each.get("fulfillmentChannelCode") == BY_SELLER:
            quantity = each.get("quantity")
            is_true = isinstance(quantity, int) and 0 <= quantity <= MOST_STOCK
            return quantity if is_true else None
    return None


def _text(facts: Any, name: str) -> str:
    value = facts.get(name) if isinstance(facts, dict) else None
    return value if isinstance(value, str) else ""


def _is_list(value: Any) -> bool:
    return isinstance(value, list)
