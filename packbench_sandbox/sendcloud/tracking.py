"""What Sendcloud says of a parcel: asked by number, or pushed with a signature."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

from packbench_sandbox.clock import iso
from packbench_sandbox.ledger import Entry
from packbench_sandbox.sendcloud.selling import SECRET, authenticate, refused
from packbench_sandbox.wire import Request, Response, answer
from packbench_sandbox.world.orders import DAY
from packbench_sandbox.world.world import World

# The codes of the control plane: Sendcloud's word, and its number in webhooks.
STATES = {
    "ANNOUNCED": ("announced", 1),
    "PICKUP": ("shipment_picked_up_by_driver", 22),
    "DEPOT": ("parcel_en_route", 91),
    "NOT_HOME": ("delivery_attempt_failed", 8),
    "SHOP": ("awaiting_customer_pickup", 12),
    "DELIVERED": ("delivered", 11),
    "DAMAGED": ("exception", 62996),
    "RETURNING": ("returned_to_sender", 62992),
    "RETURNED": ("returned_to_sender", 62992),
}


def show_tracking(request: Request, world: World, number: str, *, commit_lag: float) -> Response:
    """`GET /api/v3/parcels/tracking/{number}`: what is as old as the lag; texts name people."""
    authenticate(request)
    sold = world.ledger.entries("label.sold", carrier="sendcloud", tracking_number=number)
    if not sold:
        raise refused(404, "not_found")
    oldest = world.clock.now() - commit_lag
    events = [
        {
            "event_at": iso(entry["happened_at"]),
            "event_type": "carrier",
            "status_code": STATES[entry["code"]][0],
            "status_description": entry["text"],
        }
        for entry in _happened(world, number)
        if entry["at"] <= oldest
    ]
    day = datetime.fromtimestamp(sold[0]["at"] + 2 * DAY, UTC).date().isoformat()
    return answer({"details": {"expected_delivery_date": day}, "events": events})


def push_of(
    world: World, tracking_number: str, *, secret: str = SECRET
) -> tuple[dict[str, str], bytes]:
    """The latest `parcel_status_changed` of a parcel: headers and body, as it would be posted."""
    sold = world.ledger.entries("label.sold", tracking_number=tracking_number)[0]
    entry = _happened(world, tracking_number)[-1]
    body: dict[str, Any] = {
        "action": "parcel_status_changed",
        "timestamp": int(entry["at"] * 1000),
        "carrier_status_change_timestamp": int(entry["happened_at"]),
        "parcel": {
            "id": sold["parcel_id"],
            "name": sold["to_address"].get("name", ""),
            "address": sold["to_address"].get("address_line_1", ""),
            "tracking_number": tracking_number,
            "status": {"id": STATES[entry["code"]][1], "message": entry["text"]},
            "shipment_uuid": sold["label_id"],
        },
    }
    content = json.dumps(body).encode()
    digest = hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()
    return {"Sendcloud-Signature": digest}, content


def _happened(world: World, tracking_number: str) -> list[Entry]:
    return world.ledger.entries("parcel.tracked", tracking_number=tracking_number)
