"""BigCommerce: shipments of its Orders API v2 (bigcommerce/docs, reference/orders.v2.oas2.yml).

An order that came from Amazon carries Amazon's number as `external_order_id`.
"""

from collections.abc import Sequence
from typing import TypeVar

import httpx
import msgspec
from msgspec import Struct

from packbench.channels.base import LinkSettings, SentItem, SentParcel
from packbench.connectors.linked.sending import sent, unreadable
from packbench.lib.errors import Rejected, TemporaryError
from packbench.lib.sentences import marked

T = TypeVar("T")
API = "https://api.bigcommerce.com"
PAGE = 250
LONGEST_NUMBER = 50
NO_ORDER = marked("BigCommerce does not have the order %(number)s yet.")
TWO_ORDERS = marked("BigCommerce has the order %(number)s more than once. Delete one there.")
NO_ITEM = marked("The BigCommerce order %(number)s has no product %(sku)s left to ship.")
LONG_NUMBER = marked("BigCommerce takes tracking numbers of 50 characters at most.")
# Its own providers; whatever else is a name in the method.
PROVIDERS = {
    "Australia Post": "auspost",
    "Canada Post": "canadapost",
    "FedEx": "fedex",
    "Royal Mail": "royalmail",
    "UPS": "ups",
    "USPS": "usps",
}


class _Order(Struct):
    id: int


class _Product(Struct):
    id: int
    sku: str = ""
    quantity: int = 0
    quantity_shipped: int = 0
    order_address_id: int = 0


class _Shipment(Struct):
    id: int
    tracking_number: str = ""


class BigCommerce:
    """Implements LinkedShop. Posting twice ships twice, so what is there is looked up first."""

    def __init__(self, settings: LinkSettings, http: httpx.Client) -> None:
        self._base = f"{settings.url.rstrip('/') or API}/stores/{settings.account}/v2"
        self._headers = {"X-Auth-Token": settings.secret, "Accept": "application/json"}
        self._http = http

    def tell(self, parcel: SentParcel) -> str:
        if len(parcel.tracking_number) > LONGEST_NUMBER:
            raise Rejected(LONG_NUMBER, code="tracking_too_long")
        order = self._order(parcel.order_number)
        place = f"orders/{order.id}/shipments"
        there = self._list(place, _Shipment)
        if known := _by_number(there, parcel.tracking_number):
            return str(known.id)
        if old := _known_before(there, parcel):
            body = _words(parcel)
            self._call("PUT", f"{place}/{old.id}", body)
            return str(old.id)
        body = {**_words(parcel), **self._contents(order, parcel)}
        made = self._call("POST", place, body, repeatable=False)
        return str(self._decoded(made, _Shipment).id)

    def check(self) -> None:
        """Read one order: the token must be allowed to."""
        self._call("GET", "orders?limit=1")

    def _order(self, number: str) -> _Order:
        query = httpx.QueryParams({"external_order_id": number, "limit": 2})
        found = self._list(f"orders?{query}", _Order)
        if not found:
            raise TemporaryError(NO_ORDER, code="order_missing", number=number)
        if len(found) > 1:
            raise Rejected(TWO_ORDERS, code="order_twice", number=number)
        return found[0]

    def _contents(self, order: _Order, parcel: SentParcel) -> dict[str, object]:
        """The pieces as lines of its own order, and the address those go to."""
        products = self._list(f"orders/{order.id}/products?limit={PAGE}", _Product)
        left = {product.id: product.quantity - product.quantity_shipped for product in products}
        items, address = [], 0
        for item in parcel.items:
            for product, count in _lines(item, products, left, parcel.order_number):
                left[product.id] -= count
                address = address or product.order_address_id
                items.append({"order_product_id": product.id, "quantity": count})
        return {"order_address_id": address, "items": items}

    def _list(self, place: str, kind: type[T]) -> list[T]:
        """All of a list; 204 means that it is empty."""
        response = self._call("GET", place)
        return self._decoded(response, list[kind]) if response.content else []  # type: ignore[valid-type]

    def _call(
        self, method: str, place: str, body: object = None, *, repeatable: bool = True
    ) -> httpx.Response:
        request = self._http.build_request(
            method,
            f"{self._base}/{place}",
            headers=self._headers,
            **({} if body is None else {"json": body}),  # type: ignore[arg-type]
        )
        return sent(self._http, request, repeatable=repeatable)

    def _decoded(self, response: httpx.Response, kind: type[T]) -> T:
        try:
            return msgspec.json.decode(response.content, type=kind, strict=False)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise unreadable(response.request.url.host) from None


def _words(parcel: SentParcel) -> dict[str, object]:
    name = parcel.carrier_name or parcel.carrier_code
    provider = PROVIDERS.get(parcel.carrier_code, "")
    method = parcel.shipping_method if provider else f"{name} {parcel.shipping_method}"
    return {
        "tracking_number": parcel.tracking_number,
        "shipping_provider": provider,
        "tracking_carrier": "",
        "shipping_method": method.strip(),
    }


def _by_number(there: Sequence[_Shipment], number: str) -> _Shipment | None:
    return next((each for each in there if each.tracking_number == number), None)


def _known_before(there: Sequence[_Shipment], parcel: SentParcel) -> _Shipment | None:
    """The shipment that a correction is about, by its id there or by its former number."""
    ids = {str(each.id): each for each in there}
    if parcel.remote_id in ids:
        return ids[parcel.remote_id]
    former = parcel.former_tracking_number
    return _by_number(there, former) if former else None


def _lines(
    item: SentItem, products: Sequence[_Product], left: dict[int, int], number: str
) -> list[tuple[_Product, int]]:
    """The lines of the order there that these pieces are. Raises Rejected where there are none."""
    wanted, lines = item.quantity, []
    for product in products:
        count = min(wanted, left[product.id]) if product.sku == item.sku else 0
        if count > 0:
            lines.append((product, count))
            wanted -= count
    if wanted:
        raise Rejected(NO_ITEM, code="item_missing", number=number, sku=item.sku)
    return lines
