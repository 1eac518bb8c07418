"""What UPS says of a parcel; its texts name who signed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from packbench_sandbox.ledger import Entry
from packbench_sandbox.ups.selling import authenticate, refused, sold_of
from packbench_sandbox.wire import Request, Response, answer
from packbench_sandbox.world.orders import DAY
from packbench_sandbox.world.world import World

# The codes of the control plane, as UPS says them: (type, code).
STATES = {
    "ANNOUNCED": ("M", "MP"),
    "PICKUP": ("P", "OR"),
    "DEPOT": ("I", "DP"),
    "NOT_HOME": ("X", "48"),
    "SHOP": ("I", "2Q"),
    "DELIVERED": ("D", "KB"),
    "DAMAGED": ("X", "A7"),
    "RETURNING": ("RS", "RS"),
    "RETURNED": ("RS", "RS"),
}


def show_tracking(request: Request, world: World, number: str, **_: str) -> Response:
    """`GET /api/track/v1/details/{number}`: the newest first, from the label on."""
    authenticate(request)
    sold = sold_of(world, number)
    if sold is None:
        raise refused(404, "TW0001", "Tracking Information Not Found")
    entries = world.ledger.entries("parcel.tracked", tracking_number=number)
    told = [_activity(entry["code"], entry["happened_at"], entry["text"]) for entry in entries]
    activity = [*reversed(told), _activity("ANNOUNCED", sold["at"], "Shipper created a label.")]
    package = {
        "trackingNumber": number,
        "deliveryDate": [{"type": "DEL", "date": _day(sold)}],
        "activity": activity,
        "packageAddress": [],
    }
    return answer({"trackResponse": {"shipment": [{"package": [package]}]}})


def _activity(code: str, at: float, text: str) -> dict[str, Any]:
    kind, word = STATES[code]
    then = datetime.fromtimestamp(at, UTC)
    return {
        "location": {"address": {"city": "LOUISVILLE", "stateProvince": "KY", "country": "US"}},
        "status": {"type": kind, "description": text, "code": word},
        "date": f"{then:%Y%m%d}",
        "time": f"{then:%H%M%S}",
    }


def _day(sold: Entry) -> str:
    return f"{datetime.fromtimestamp(sold['at'] + 4 * DAY, UTC):%Y%m%d}"
