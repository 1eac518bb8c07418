"""What becomes of a parcel of the pretend carrier: said by the control plane, asked by number."""

from __future__ import annotations

from typing import Any

from packbench_sandbox.carrier.selling import authenticate, refused
from packbench_sandbox.clock import iso
from packbench_sandbox.wire import Request, Response, answer
from packbench_sandbox.world.world import World

# The carrier's own codes; the texts name people, as those of real carriers do.
TEXTS = {
    "ANNOUNCED": "Shipment data received",
    "PICKUP": "Handed over by Ottilie Grünbaum",
    "DEPOT": "Sorted at the depot",
    "NOT_HOME": "Mrs. Ottilie Grünbaum was not at home",
    "SHOP": "Waits in the parcel shop of A. Grünbaum",
    "DELIVERED": "Signed for by OTTILIE GRÜNBAUM",
    "DAMAGED": "The parcel was damaged",
    "RETURNING": "Refused by Ottilie Grünbaum, goes back",
    "RETURNED": "Came back to the sender",
}


def happen(
    world: World, tracking_number: str, code: str, *, at: float | None = None,
    estimated_at: float | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Let something happen to a parcel. Raises KeyError for a number or a code it has not."""
    if not world.ledger.entries("label.sold", tracking_number=tracking_number):
        raise KeyError(tracking_number)
    return world.record(
        "parcel.tracked",
        tracking_number=tracking_number,
        code=code,
        text=TEXTS[code],
        happened_at=world.clock.now() if at is None else at,
        estimated_at=estimated_at,
    )


def show_tracking(
    request: Request, world: World, tracking_number: str, *, commit_lag: float
) -> Response:
    """`GET /carrier/v1/tracking/{number}`: what happened, once it is as old as the lag."""
    authenticate(request)
    if not world.ledger.entries("label.sold", tracking_number=tracking_number):
        raise refused(404, "not_found", "There is no such parcel.")
    oldest = world.clock.now() - commit_lag
    entries = world.ledger.entries("parcel.tracked", tracking_number=tracking_number)
    seen = [entry for entry in entries if entry["at"] <= oldest]
    estimates = [entry["estimated_at"] for entry in seen if entry["estimated_at"] is not None]
    return answer(
        {
            "tracking_number": tracking_number,
            "events": [
                {"at": iso(e["happened_at"]), "code": e["code"], "text": e["text"]} for e in seen
            ],
            "estimated_delivery_at": iso(estimates[-1]) if estimates else None,
        }
    )
