"""Shipments of UPS: rated, shipped in one step, voided. Nothing is looked up by a reference."""

from __future__ import annotations

import base64
import hashlib
import struct
import time
import zlib
from collections.abc import Iterator
from typing import Any

from packbench_sandbox.ledger import Entry
from packbench_sandbox.wire import Refusal, Request, Response, answer
from packbench_sandbox.world.world import World

CLIENT_ID, CLIENT_SECRET = "sandbox-ups-client", "sandbox-ups-secret"
TOKEN = hashlib.sha256(CLIENT_SECRET.encode()).hexdigest()[:32]
TOKEN_S = 14_399
# (code, price of a parcel and of a pound, business days)
SERVICES = (
    ("03", "9.20", "0.60", "4"),
    ("02", "18.50", "1.10", "2"),
    ("01", "31.00", "1.90", "1"),
)
HEAVIEST = {"LBS": 150.0, "KGS": 70.0}
POUNDS = {"LBS": 1.0, "KGS": 2.2046}


def sign_in(request: Request, host: str) -> Response:
    """`POST /security/v1/oauth/token`: a token for four hours."""
    pair = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
    if request.headers.get("authorization") != f"Basic {pair}":
        raise refused(401, "10401", "ClientId is Invalid")
    return answer(
        {
            "token_type": "Bearer",
            "issued_at": str(int(time.time() * 1000)),
            "client_id": CLIENT_ID,
            "access_token": TOKEN,
            "expires_in": str(TOKEN_S),
            "status": "approved",
        }
    )


def rate(request: Request, world: World, **_: str) -> Response:
    """`POST /api/rating/{version}/{option}`: what each service costs."""
    authenticate(request)
    shipment = _shipment(request, "RateRequest")
    pounds = _pounds(shipment)
    rated = [_rated(row, pounds) for row in SERVICES]
    return answer({"RateResponse": {"Response": _success(), "RatedShipment": rated}})


def ship(request: Request, world: World, **_: str) -> Response:
    """`POST /api/shipments/{version}/ship`: sells, as often as it is asked."""
    authenticate(request)
    shipment = _shipment(request, "ShipmentRequest")
    pounds = _pounds(shipment)
    row = next((row for row in SERVICES if row[0] == shipment["Service"].get("Code")), None)
    if row is None:
        raise refused(400, "111210", "The requested service is unavailable between the locations.")
    if not shipment["ShipTo"].get("Name"):
        raise refused(400, "120102", "Missing or invalid ship to name.")
    wanted = _body(request)["ShipmentRequest"].get("LabelSpecification") or {}
    format = (wanted.get("LabelImageFormat") or {}).get("Code", "GIF")
    with world.lock:
        number = _number(world.seed, world.ledger.count("label.sold") + 1)
        sold = world.record(
            "label.sold",
            carrier="ups",
            label_id=number,
            reference=_reference(shipment),
            tracking_number=number,
        )
    return answer({"ShipmentResponse": _sold(sold, row, pounds, format)})


def void(request: Request, world: World, shipment_id: str, **_: str) -> Response:
    """`DELETE /api/shipments/{version}/void/cancel/{id}`: once."""
    authenticate(request)
    sold = sold_of(world, shipment_id)
    if sold is None:
        raise refused(400, "190102", "No shipment found within the allowed void period.")
    with world.lock:
        if world.ledger.count("label.voided", label_id=shipment_id):
            raise refused(400, "190117", "The shipment has already been voided.")
        world.record("label.voided", label_id=shipment_id, reference=sold["reference"])
    result = {"Status": {"Code": "1", "Description": "Voided"}}
    return answer({"VoidShipmentResponse": {"Response": _success(), "SummaryResult": result}})


def sold_of(world: World, number: str) -> Entry | None:
    entries = world.ledger.entries("label.sold", carrier="ups", label_id=number)
    return entries[0] if entries else None


def authenticate(request: Request) -> None:
    if request.headers.get("authorization") != f"Bearer {TOKEN}":
        raise refused(401, "250002", "Invalid Authentication Information.")


def refused(status: int, code: str, message: str) -> Refusal:
    return Refusal(answer({"response": {"errors": [{"code": code, "message": message}]}}, status))


def _body(request: Request) -> dict[str, Any]:
    try:
        body = request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise refused(400, "10002", "The request is not well formed.")
    return body


def _shipment(request: Request, name: str) -> dict[str, Any]:
    shipment = (_body(request).get(name) or {}).get("Shipment")
    needed = ("Shipper", "ShipTo", "Package")
    if not isinstance(shipment, dict) or not all(shipment.get(each) for each in needed):
        raise refused(400, "10002", "The request is not well formed.")
    return shipment


def _packages(shipment: dict[str, Any]) -> list[dict[str, Any]]:
    given = shipment["Package"]
    return given if isinstance(given, list) else [given]


def _pounds(shipment: dict[str, Any]) -> float:
    said = _packages(shipment)[0].get("PackageWeight") or {}
    unit = (said.get("UnitOfMeasurement") or {}).get("Code", "LBS")
    try:
        weight = float(said.get("Weight", 0))
    except ValueError:
        weight = 0.0
    if not 0 < weight <= HEAVIEST.get(unit, 0):
        raise refused(400, "111036", "The package weight is missing or exceeds the maximum.")
    return weight * POUNDS[unit]


def _reference(shipment: dict[str, Any]) -> str:
    """The first reference number, of the shipment or of its package."""
    found = (_first(each.get("ReferenceNumber")) for each in (shipment, *_packages(shipment)))
    return next((str(each["Value"]) for each in found if each.get("Value")), "")


def _first(given: Any) -> dict[str, Any]:
    one = given[0] if isinstance(given, list) and given else given
    return one if isinstance(one, dict) else {}


def _rated(row: tuple[str, str, str, str], pounds: float) -> dict[str, Any]:
    total = _money(_price(row, pounds))
    return {
        "Service": {"Code": row[0], "Description": ""},
        "BillingWeight": {"UnitOfMeasurement": {"Code": "LBS"}, "Weight": f"{pounds:.1f}"},
        "TransportationCharges": total,
        "BaseServiceCharge": total,
        "ServiceOptionsCharges": _money(0),
        "ItemizedCharges": [],
        "TotalCharges": total,
        "TimeInTransit": {
            "ServiceSummary": {"EstimatedArrival": {"BusinessDaysInTransit": row[3]}}
        },
    }


def _sold(
    sold: Entry, row: tuple[str, str, str, str], pounds: float, format: str
) -> dict[str, Any]:
    label = _zpl(sold) if format == "ZPL" else _picture()
    total = _money(_price(row, pounds))
    return {
        "Response": _success(),
        "ShipmentResults": {
            "ShipmentCharges": {"TransportationCharges": total, "TotalCharges": total},
            "ShipmentIdentificationNumber": sold["label_id"],
            "PackageResults": [
                {
                    "TrackingNumber": sold["tracking_number"],
                    "ShippingLabel": {
                        "ImageFormat": {"Code": format, "Description": format},
                        "GraphicImage": base64.b64encode(label).decode(),
                    },
                }
            ],
        },
    }


def _price(row: tuple[str, str, str, str], pounds: float) -> float:
    return float(row[1]) + float(row[2]) * pounds


def _money(amount: float) -> dict[str, str]:
    return {"CurrencyCode": "USD", "MonetaryValue": f"{amount:.2f}"}


def _success() -> dict[str, Any]:
    return {"ResponseStatus": {"Code": "1", "Description": "Success"}}


def _zpl(sold: Entry) -> bytes:
    return f"^XA^FO40,40^A0N,40^FDSANDBOX UPS {sold['tracking_number']}^FS^XZ".encode()


def _picture() -> bytes:
    """A white PNG of 4 × 6 inches lying on its side, which UPS's own pictures do too."""
    width, height = 140, 80
    rows = b"".join(b"\0" + b"\xff" * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunks(head, zlib.compress(rows)))


def _chunks(head: bytes, pixels: bytes) -> Iterator[bytes]:
    for name, body in ((b"IHDR", head), (b"IDAT", pixels), (b"IEND", b"")):
        check = zlib.crc32(name + body)
        yield struct.pack(">I", len(body)) + name + body + struct.pack(">I", check)


def _number(seed: int, count: int) -> str:
    return "1Z" + hashlib.sha256(f"{seed}/ups/{count}".encode()).hexdigest()[:16].upper()
