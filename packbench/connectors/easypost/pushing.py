"""What EasyPost's webhooks say of parcels (docs.easypost.com, Webhooks, tracker.updated)."""

import unicodedata
from collections.abc import Mapping, Sequence

from msgspec import Struct

from packbench.carriers.base import Pushed
from packbench.connectors.easypost.answers import WireTracking, read, tracking_of
from packbench.connectors.pushing import check_signature

HEADER = "X-Hmac-Signature"
PREFIX = "hmac-sha256-hex="
ABOUT = ("tracker.created", "tracker.updated")


class WireTracker(WireTracking):
    tracking_code: str | None = None
    shipment_id: str | None = None


class WirePush(Struct):
    description: str = ""
    result: WireTracker | None = None


class _About(Struct):
    description: str = ""


def read_push(
    headers: Mapping[str, str], body: bytes, secrets: Sequence[str]
) -> tuple[Pushed, ...]:
    """Return what is said of a parcel; nothing where it is about something else.

    Raises BadCredentials where the signature is not EasyPost's.
    """
    keys = [unicodedata.normalize("NFKD", secret) for secret in secrets]
    check_signature(headers, body, keys, header=HEADER, prefix=PREFIX)
    about = read(body, _About)
    if about is None or about.description not in ABOUT:
        return ()
    said = read(body, WirePush)
    if said is None or said.result is None:
        return ()
    return (
        Pushed(
            tracking=tracking_of(said.result),
            tracking_number=said.result.tracking_code or "",
            carrier_label_id=said.result.shipment_id or "",
        ),
    )
