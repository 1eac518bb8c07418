"""A webhook: JSON, signed as in the Standard Webhooks scheme (standardwebhooks.com).

`webhook-signature` is `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`, under the
bytes that the secret holds after `whsec_`. A repeat has the same `webhook-id`.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable

import httpx
import msgspec

from packbench.channels.base import LinkSettings, SentParcel
from packbench.connectors.linked.sending import sent
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked

PREFIX = "whsec_"
BAD_SECRET = marked("The webhook's secret cannot be read. Make a new one.")


def new_secret() -> str:
    """A secret of 32 random bytes."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signature(secret: str, *, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the header's value. Raises Rejected for a secret that is none."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise Rejected(BAD_SECRET, code="bad_secret") from None
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def message(parcel: SentParcel) -> dict[str, object]:
    """What is posted of a parcel."""
    return {
        "type": "shipment.corrected" if parcel.is_correction else "shipment.shipped",
        "id": parcel.message_id,
        "shipment_id": parcel.parcel_id,
        "store": parcel.store,
        "order_number": parcel.order_number,
        "seller_order_id": parcel.seller_order_id,
        "carrier_code": parcel.carrier_code,
        "carrier_name": parcel.carrier_name,
        "shipping_method": parcel.shipping_method,
        "tracking_number": parcel.tracking_number,
        "shipped_at": parcel.shipped_at,
        "items": [
            {"order_item_id": item.item_id, "sku": item.sku, "quantity": item.quantity}
            for item in parcel.items
        ],
    }


class Webhook:
    """Implements LinkedShop."""

    def __init__(
        self,
        settings: LinkSettings,
        http: httpx.Client,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._url, self._secret, self._http, self._clock = (
            settings.url,
            settings.secret,
            http,
            clock,
        )

    def tell(self, parcel: SentParcel) -> str:
        self._post(parcel.message_id, message(parcel))
        return ""

    def check(self) -> None:
        """Post a message of the type `test`."""
        message_id = f"test_{secrets.token_hex(8)}"
        self._post(message_id, {"type": "test", "id": message_id})

    def _post(self, message_id: str, said: dict[str, object]) -> None:
        body, timestamp = msgspec.json.encode(said), int(self._clock())
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(
                self._secret, message_id=message_id, timestamp=timestamp, body=body
            ),
        }
        sent(
            self._http,
            self._http.build_request("POST", self._url, content=body, headers=headers),
        )
