"""What Sendcloud's webhooks say of parcels (sendcloud.dev, Webhooks, parcel_status_changed)."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from msgspec import Struct

from packbench.carriers.base import Pushed, Tracking
from packbench.connectors.pushing import check_signature
from packbench.connectors.sendcloud.answers import read, tracked
from packbench.connectors.sendcloud.statuses import NUMBERS

HEADER = "Sendcloud-Signature"
CHANGED = "parcel_status_changed"
MILLISECONDS = 10**11  # a time beyond this is no number of seconds
LATEST = 4 * 10**9


class WireStatus(Struct):
    id: int | None = None


class WireParcel(Struct):
    tracking_number: str | None = None
    shipment_uuid: str | None = None
    status: WireStatus | None = None


class WirePush(Struct):
    action: str = ""
    timestamp: float | None = None
    carrier_status_change_timestamp: float | None = None
    parcel: WireParcel | None = None


def read_push(
    headers: Mapping[str, str], body: bytes, secrets: Sequence[str]
) -> tuple[Pushed, ...]:
    """Return what is said of a parcel; nothing where it is about something else.

    Raises BadCredentials where the signature is not Sendcloud's.
    """
    check_signature(headers, body, secrets, header=HEADER, prefix="")
    said = read(body, WirePush)
    if said is None or said.action != CHANGED or said.parcel is None:
        return ()
    at = _time(said.carrier_status_change_timestamp) or _time(said.timestamp)
    word = NUMBERS.get((said.parcel.status.id or 0) if said.parcel.status else 0, "")
    events = (tracked(word, at),) if at and word else ()
    return (
        Pushed(
            tracking=Tracking(events=events),
            tracking_number=said.parcel.tracking_number or "",
            carrier_label_id=said.parcel.shipment_uuid or "",
        ),
    )


def _time(stamp: float | None) -> datetime | None:
    if not stamp or stamp < 0:
        return None
    seconds = stamp / 1000 if stamp > MILLISECONDS else stamp
    return datetime.fromtimestamp(int(seconds), UTC) if seconds < LATEST else None
