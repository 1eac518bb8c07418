"""Listings Items 2021-08-01 and Catalog Items 2022-04-01, and the pictures they name."""

from __future__ import annotations

import struct
import zlib
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from packbench_sandbox.amazon.gate import Caller
from packbench_sandbox.clock import iso
from packbench_sandbox.wire import Request, Response, answer, invalid, page, refuse
from packbench_sandbox.world.catalog import Article, article, attributes, by_asin, dimensions
from packbench_sandbox.world.marketplaces import MARKETPLACES, Marketplace, find_country

if TYPE_CHECKING:
    from packbench_sandbox.sandbox import Sandbox

Facts = dict[str, Any]

_LISTING_SETS = frozenset(
    {"summaries", "attributes", "issues", "offers", "fulfillmentAvailability", "procurement"}
    | {"relationships", "productTypes"}
)
_CATALOG_SETS = frozenset(
    {"attributes", "classifications", "dimensions", "identifiers", "images", "productTypes"}
    | {"relationships", "salesRanks", "summaries", "vendorDetails"}
)
_MOST = 20
_IMAGE_PX = 240


def search_listings(request: Request, caller: Caller, sandbox: Sandbox, seller_id: str) -> Response:
    """`GET /listings/2021-08-01/items/{sellerId}`: what the seller's orders are about, by SKU."""
    market = _market(request, caller, seller_id)
    titles = _titles(caller, sandbox, market)
    wanted = _identifiers(request, "SKU")
    skus = [sku for sku in wanted if sku in titles] if wanted else sorted(titles)
    included = _included(request, _LISTING_SETS)
    shown = [
        _listing(article(sku, market, title=titles[sku]), market, included, sandbox)
        for sku in skus[: _page_size(request)]
    ]
    return answer({"numberOfResults": len(skus), "items": shown})


def get_listing(
    request: Request, caller: Caller, sandbox: Sandbox, seller_id: str, sku: str
) -> Response:
    """`GET /listings/2021-08-01/items/{sellerId}/{sku}`."""
    market, sku = _market(request, caller, seller_id), unquote(sku)
    titles = _titles(caller, sandbox, market)
    if sku not in titles:
        raise refuse(404, "NOT_FOUND", f"SKU '{sku}' not found in marketplace {market.id}.")
    included = _included(request, _LISTING_SETS)
    return answer(_listing(article(sku, market, title=titles[sku]), market, included, sandbox))


def search_catalog(request: Request, caller: Caller, sandbox: Sandbox) -> Response:
    """`GET /catalog/2022-04-01/items` by ASINs; what the world does not sell is not found."""
    market = _one_market(request)
    codes = _identifiers(request, "ASIN")
    if not codes:
        raise invalid("identifiers is required.")
    included = _included(request, _CATALOG_SETS)
    found = [each for code in codes if (each := by_asin(code, market))]
    shown = [_item(each, market, included, sandbox) for each in found[: _page_size(request)]]
    return answer({"numberOfResults": len(found), "items": shown})


def show_editor(request: Request, country: str) -> Response:
    """Seller Central's page of one listing, as far as its weight goes."""
    market = find_country(country)
    sku = request.first("sku")
    if market is None or request.first("marketplaceID") != market.id or not sku:
        raise refuse(404, "NotFound", "There is no such listing.")
    of = article(sku, market)
    weight = f"{of.grams} g" if of.grams else ""
    return page(
        f"<h1>{escape(of.title)}</h1><p>SKU {escape(sku)}</p><h2>Shipping</h2>"
        f'<label>Item Package Weight <input value="{weight}" readonly></label>'
    )


def show_image(name: str) -> Response:
    """A square of a colour of its own, with a lighter one inside."""
    return Response(200, picture(name, _IMAGE_PX), "image/png")


def picture(name: str, side: int) -> bytes:
    """The same as a PNG of so many pixels a side."""
    red, green, blue = zlib.crc32(name.encode()).to_bytes(4, "big")[:3]
    dark = bytes(60 + part // 2 for part in (red, green, blue))
    light = bytes(255 - (255 - part) // 3 for part in dark)
    return _png(dark, light, side)


def _listing(of: Article, market: Marketplace, included: set[str], sandbox: Sandbox) -> Facts:
    facts: Facts = {"sku": of.sku}
    if "summaries" in included:
        at = iso(sandbox.world.epoch)
        facts["summaries"] = [
            {
                "marketplaceId": market.id,
                "asin": of.asin,
                "productType": of.type,
                "conditionType": "new_new",
                "status": ["BUYABLE", "DISCOVERABLE"],
                "itemName": of.title,
                "createdDate": at,
                "lastUpdatedDate": at,
                "mainImage": _image(of, sandbox),
            }
        ]
    if "attributes" in included:
        facts["attributes"] = attributes(of, market)
    if "fulfillmentAvailability" in included:
        facts["fulfillmentAvailability"] = [
            {"fulfillmentChannelCode": "DEFAULT", "quantity": of.stock}
        ]
    return facts


def _item(of: Article, market: Marketplace, included: set[str], sandbox: Sandbox) -> Facts:
    facts: Facts = {"asin": of.asin}
    if "summaries" in included:
        facts["summaries"] = [{"marketplaceId": market.id, "itemName": of.title}]
    if "dimensions" in included:
        facts["dimensions"] = [dimensions(of, market)]
    if "images" in included:
        images = [{"variant": "MAIN", **_image(of, sandbox)}]
        facts["images"] = [{"marketplaceId": market.id, "images": images}]
    if "productTypes" in included:
        facts["productTypes"] = [{"marketplaceId": market.id, "productType": of.type}]
    return facts


def _image(of: Article, sandbox: Sandbox) -> Facts:
    link = f"{sandbox.url}/images/I/{of.asin}.png"
    return {"link": link, "height": _IMAGE_PX, "width": _IMAGE_PX}


def _market(request: Request, caller: Caller, seller_id: str) -> Marketplace:
    if seller_id != caller.seller.id:
        raise invalid("Invalid 'sellerId' and 'marketplaceId' combination provided.")
    market = _one_market(request)
    if not caller.seller.participates_in(market.id):
        raise invalid("marketplaceIds must name one marketplace of the seller.")
    return market


def _one_market(request: Request) -> Marketplace:
    named = _values(request, "marketplaceIds")
    if len(named) != 1 or named[0] not in MARKETPLACES:
        raise invalid("marketplaceIds must name one marketplace of the seller.")
    return MARKETPLACES[named[0]]


def _identifiers(request: Request, kind: str) -> list[str]:
    named = _values(request, "identifiers")
    if len(named) > _MOST:
        raise invalid(f"identifiers may not hold more than {_MOST} values.")
    if named and request.first("identifiersType") != kind:
        raise invalid(f"This sandbox knows identifiers of the type {kind} only.")
    return named


def _included(request: Request, known: frozenset[str]) -> set[str]:
    named = set(_values(request, "includedData")) or {"summaries"}
    if named - known:
        raise invalid(f"includedData holds the invalid value '{min(named - known)}'.")
    return named


def _page_size(request: Request) -> int:
    text = request.first("pageSize", "10")
    if not text.isdecimal() or not 1 <= int(text) <= _MOST:
        raise invalid(f"pageSize must be a number between 1 and {_MOST}.")
    return int(text)


def _values(request: Request, name: str) -> list[str]:
    texts = request.query.get(name, [])
    return [value for text in texts for value in text.split(",") if value]


def _titles(caller: Caller, sandbox: Sandbox, market: Marketplace) -> dict[str, str]:
    """The seller's SKUs in the marketplace, with their titles: what the orders are about."""
    orders = sandbox.world.orders_of(caller.seller.id).values()
    return {
        item["product"]["sellerSku"]: item["product"]["title"]
        for order in orders
        if order.marketplace_id == market.id
        for item in order.body["orderItems"]
    }


def _png(dark: bytes, light: bytes, side: int) -> bytes:
    edge = side // 4
    plain = b"\0" + dark * side
    middle = b"\0" + dark * edge + light * (side - 2 * edge) + dark * edge
    rows = plain * edge + middle * (side - 2 * edge) + plain * edge
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, content) for name, content in chunks)


def _chunk(name: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)
