"""What EasyPost posts to a webhook when something became of a parcel, signed with its secret."""

from __future__ import annotations

import hashlib
import hmac
import json
import unicodedata

from packbench_sandbox.easypost.selling import tracker_of
from packbench_sandbox.world.world import World


def push_of(
    world: World, tracking_number: str, *, secret: str, description: str = "tracker.updated"
) -> tuple[dict[str, str], bytes]:
    """An event of the parcel's tracker: headers and body, as it would be posted."""
    sold = world.ledger.entries("label.sold", tracking_number=tracking_number)[0]
    tracker = {**tracker_of(sold, world), "shipment_id": sold["label_id"]}
    body = {"object": "Event", "description": description, "mode": "test", "result": tracker}
    content = json.dumps(body).encode()
    key = unicodedata.normalize("NFKD", secret).encode()
    digest = hmac.new(key, content, hashlib.sha256).hexdigest()
    return {"X-Hmac-Signature": f"hmac-sha256-hex={digest}"}, content
