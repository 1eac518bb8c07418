"""ShipStation's Custom Store protocol, the side of the one who ships: `action=shipnotify`.

As public implementations of stores take it: parameters in the address, ShipNotice as XML, Basic
authentication. The notice names no recipient.
"""

from datetime import UTC, datetime, timedelta
from xml.etree.ElementTree import Element, SubElement, tostring

import httpx

from packbench.channels.base import LinkSettings, SentParcel
from packbench.connectors.linked.sending import sent

MINUTE = "%m/%d/%Y %H:%M"
DAY = "%m/%d/%Y"


def notice(parcel: SentParcel) -> bytes:
    """The parcel as a ShipNotice; times are UTC."""
    root, at = Element("ShipNotice"), parcel.shipped_at.astimezone(UTC)
    facts = {
        "OrderNumber": parcel.order_number,
        "OrderID": parcel.seller_order_id or parcel.order_number,
        "LabelCreateDate": at.strftime(MINUTE),
        "ShipDate": at.strftime(DAY),
        "Carrier": parcel.carrier_name or parcel.carrier_code,
        "Service": parcel.shipping_method,
        "TrackingNumber": parcel.tracking_number,
        "NotifyCustomer": "false",
    }
    for name, text in facts.items():
        SubElement(root, name).text = text
    items = SubElement(root, "Items")
    for item in parcel.items:
        node = SubElement(items, "Item")
        for name, value in (
            ("SKU", item.sku),
            ("Quantity", item.quantity),
            ("LineItemID", item.item_id),
        ):
            SubElement(node, name).text = str(value)
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))


class ShipNotify:
    """Implements LinkedShop. The order's number and the tracking number make a repeat harmless."""

    def __init__(self, settings: LinkSettings, http: httpx.Client) -> None:
        self._url, self._http = settings.url, http
        self._auth = httpx.BasicAuth(settings.account, settings.secret)

    def tell(self, parcel: SentParcel) -> str:
        said = {
            "action": "shipnotify",
            "order_number": parcel.order_number,
            "carrier": parcel.carrier_name or parcel.carrier_code,
            "service": parcel.shipping_method,
            "tracking_number": parcel.tracking_number,
        }
        self._call("POST", said, content=notice(parcel), headers={"Content-Type": "text/xml"})
        return ""

    def check(self) -> None:
        """Ask for the orders of an empty stretch of time."""
        now = datetime.now(UTC)
        said = {
            "action": "export",
            "start_date": (now - timedelta(minutes=1)).strftime(MINUTE),
            "end_date": now.strftime(MINUTE),
            "page": "1",
        }
        self._call("GET", said)

    def _call(
        self,
        method: str,
        said: dict[str, str],
        *,
        content: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        url = httpx.URL(self._url).copy_merge_params(said)
        request = self._http.build_request(method, url, content=content, headers=headers)
        [signed] = self._auth.auth_flow(request)
        sent(self._http, signed)
