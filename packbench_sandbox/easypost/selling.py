"""Shipments of EasyPost: made with rates, bought once, shown as bought after the commit lag."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from packbench_sandbox.carrier.document import label_pdf
from packbench_sandbox.clock import iso
from packbench_sandbox.ledger import Entry
from packbench_sandbox.wire import Refusal, Request, Response, answer
from packbench_sandbox.world.orders import DAY
from packbench_sandbox.world.world import World

KEY = "sandbox-easypost-key"
# (carrier, service, price of a parcel and of a pound, days)
SERVICES = (
    ("USPS", "GroundAdvantage", 4.30, 0.55, 4),
    ("USPS", "Priority", 7.10, 0.80, 2),
    ("UPS", "Ground", 8.20, 0.60, 3),
)
HEAVIEST_OZ = 2400
# Within it no customs form is asked for.
UNION = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # noqa: SIM905
)
OUNCES_IN_POUND = 16
STATES = {  # the codes of the control plane, as EasyPost says them
    "ANNOUNCED": "pre_transit",
    "PICKUP": "in_transit",
    "DEPOT": "in_transit",
    "NOT_HOME": "in_transit",
    "SHOP": "available_for_pickup",
    "DELIVERED": "delivered",
    "DAMAGED": "failure",
    "RETURNING": "return_to_sender",
    "RETURNED": "return_to_sender",
}


def create_shipment(request: Request, world: World, *, base: str) -> Response:
    """`POST /v2/shipments`: a shipment with its rates; nothing is paid."""
    authenticate(request)
    shipment = read(request).get("shipment")
    if not isinstance(shipment, dict):
        raise refused(422, "SHIPMENT.INVALID_PARAMS")
    for name in ("from_address", "to_address", "parcel"):
        if not isinstance(shipment.get(name), dict):
            raise refused(422, "PARAMETER.REQUIRED")
    if not shipment["to_address"].get("street1"):
        raise refused(422, "ADDRESS.VERIFY.FAILURE")
    ounces = shipment["parcel"].get("weight")
    if not isinstance(ounces, int | float) or ounces <= 0:
        raise refused(422, "PARCEL.WEIGHT.INVALID")
    countries = {shipment[name].get("country") for name in ("from_address", "to_address")}
    is_abroad = len(countries) > 1 and not countries <= UNION
    if is_abroad and not shipment.get("customs_info"):
        raise refused(422, "SHIPMENT.CUSTOMS_INFO.REQUIRED")
    with world.lock:
        number = world.ledger.count("easypost.made") + 1
        entry = world.record(
            "easypost.made",
            shipment_id=f"shp_{world.seed}{number:08d}",
            ounces=float(ounces),
            reference=str(shipment.get("reference", "")),
        )
    return answer(_shown(entry, None, world, base), 201)


def buy(request: Request, world: World, shipment_id: str, *, base: str) -> Response:
    """`POST /v2/shipments/{id}/buy`: sell its rate, once and for all."""
    authenticate(request)
    made = _made(world, shipment_id)
    wanted = (read(request).get("rate") or {}).get("id")
    rate = next((each for each in _rates(made, world) if each["id"] == wanted), None)
    if rate is None:
        raise refused(422, "RATE.UNAVAILABLE")
    with world.lock:
        if world.ledger.entries("label.sold", carrier="easypost", label_id=shipment_id):
            raise refused(422, "SHIPMENT.POSTAGE.EXISTS")
        number = world.ledger.count("label.sold") + 1
        sold = world.record(
            "label.sold",
            carrier="easypost",
            label_id=shipment_id,
            reference=made["reference"],
            tracking_number=_number(world.seed, number),
            rate=rate,
        )
    return answer(_shown(made, sold, world, base))


def show_shipment(
    request: Request, world: World, shipment_id: str, *, commit_lag: float, base: str
) -> Response:
    """`GET /v2/shipments/{id}`: a purchase is seen once it is as old as the lag."""
    authenticate(request)
    made, sold = _made(world, shipment_id), sold_of(world, shipment_id)
    is_seen = sold is not None and sold["at"] <= world.clock.now() - commit_lag
    shown = _shown(made, sold if is_seen else None, world, base)
    forms = world.ledger.entries("form.made", carrier="easypost")
    on = next((form for form in forms if shipment_id in form["label_ids"]), None)
    if on is not None and on["at"] <= world.clock.now() - commit_lag:
        shown["scan_form"] = {"id": on["form_id"], "object": "ScanForm"}
    return answer(shown)


def refund(request: Request, world: World, shipment_id: str, *, base: str) -> Response:
    """`POST /v2/shipments/{id}/refund`: ask for the money back, once."""
    authenticate(request)
    made, sold = _made(world, shipment_id), sold_of(world, shipment_id)
    if sold is None or world.ledger.count("label.voided", label_id=shipment_id):
        raise refused(422, "SHIPMENT.REFUND.UNAVAILABLE")
    world.record("label.voided", label_id=shipment_id, reference=sold["reference"])
    return answer(_shown(made, sold, world, base))


def show_tracker(request: Request, world: World, tracker_id: str) -> Response:
    """`GET /v2/trackers/{id}`: what happened to the parcel; the texts name people."""
    authenticate(request)
    sold = sold_of(world, tracker_id.removeprefix("trk_"))
    if sold is None:
        raise refused(404, "TRACKER.NOT_FOUND")
    return answer(tracker_of(sold, world))


def tracker_of(sold: Entry, world: World) -> dict[str, Any]:
    """The tracker of a label, with all that happened to its parcel."""
    entries = world.ledger.entries("parcel.tracked", tracking_number=sold["tracking_number"])
    details = [
        {
            "object": "TrackingDetail",
            "status": STATES[entry["code"]],
            "datetime": iso(entry["happened_at"]),
            "message": entry["text"],
        }
        for entry in entries
    ]
    return {
        "id": f"trk_{sold['label_id']}",
        "object": "Tracker",
        "tracking_code": sold["tracking_number"],
        "status": details[-1]["status"] if details else "pre_transit",
        "est_delivery_date": iso(sold["at"] + 3 * DAY),
        "tracking_details": details,
    }


def show_label(world: World, shipment_id: str) -> Response:
    """The label's file, at an address that needs no key, as EasyPost's."""
    sold = sold_of(world, shipment_id)
    if sold is None:
        raise refused(404, "NOT_FOUND")
    content = label_pdf(["SANDBOX EASYPOST - NOT A REAL LABEL", sold["tracking_number"]])
    return Response(200, content, "application/pdf")


def _shown(made: Entry, sold: Entry | None, world: World, base: str) -> dict[str, Any]:
    shipment_id = made["shipment_id"]
    voided = world.ledger.count("label.voided", label_id=shipment_id) > 0
    return {
        "id": shipment_id,
        "object": "Shipment",
        "mode": "test",
        "reference": made["reference"],
        "rates": _rates(made, world),
        "messages": [{"carrier": "FedEx", "type": "rate_error", "message": "No account."}],
        "tracking_code": sold["tracking_number"] if sold else None,
        "selected_rate": sold["rate"] if sold else None,
        "postage_label": {
            "label_url": f"{base}/easypost/labels/{shipment_id}.pdf",
            "label_pdf_url": None,
        }
        if sold
        else None,
        "tracker": {"id": f"trk_{shipment_id}"} if sold else None,
        "refund_status": "submitted" if voided else None,
    }


def _rates(made: Entry, world: World) -> list[dict[str, Any]]:
    if made["ounces"] > HEAVIEST_OZ:
        return []
    pounds = -(-made["ounces"] // OUNCES_IN_POUND)
    return [
        {
            "id": f"rate_{made['shipment_id']}_{index}",
            "object": "Rate",
            "carrier": carrier,
            "service": service,
            "rate": f"{base + by_pound * pounds:.2f}",
            "currency": "USD",
            "delivery_days": days,
            "delivery_date": iso(made["at"] + days * DAY),
        }
        for index, (carrier, service, base, by_pound, days) in enumerate(SERVICES)
    ]


def _made(world: World, shipment_id: str) -> Entry:
    entries = world.ledger.entries("easypost.made", shipment_id=shipment_id)
    if not entries:
        raise refused(404, "NOT_FOUND")
    return entries[0]


def sold_of(world: World, shipment_id: str) -> Entry | None:
    entries = world.ledger.entries("label.sold", carrier="easypost", label_id=shipment_id)
    return entries[0] if entries else None


def _number(seed: int, number: int) -> str:
    digits = int(hashlib.sha256(f"{seed}/easypost/{number}".encode()).hexdigest(), 16) % 10**18
    return f"94{digits:018d}"


def authenticate(request: Request) -> None:
    token = base64.b64encode(f"{KEY}:".encode()).decode()
    if request.headers.get("authorization") != f"Basic {token}":
        raise refused(401, "APIKEY.INACTIVE")


def read(request: Request) -> dict[str, Any]:
    try:
        body = request.json()
    except ValueError as error:
        raise refused(400, "BAD_REQUEST") from error
    if not isinstance(body, dict):
        raise refused(400, "BAD_REQUEST")
    return body


def refused(status: int, code: str) -> Refusal:
    error = {"code": code, "message": "The request could not be done.", "errors": []}
    return Refusal(answer({"error": error}, status))
