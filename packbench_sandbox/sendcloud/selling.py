"""Shipments of Sendcloud: offered with quotes, announced once under each reference, cancelled."""

from __future__ import annotations

import base64
import hashlib
import math
import uuid
from decimal import Decimal, InvalidOperation
from typing import Any

from packbench_sandbox.carrier.document import label_pdf
from packbench_sandbox.clock import iso
from packbench_sandbox.ledger import Entry
from packbench_sandbox.wire import Refusal, Request, Response, answer
from packbench_sandbox.world.world import World

PUBLIC, SECRET = "sandbox-sendcloud-public", "sandbox-sendcloud-secret"
CONTRACT = 517
# code, name, carrier, (price of a parcel and of a kilogram), hours, functionalities
OPTIONS: tuple[tuple[str, str, tuple[str, str], tuple[str, str], int, dict[str, Any]], ...] = (
    ("postnl:standard", "PostNL Standard", ("postnl", "PostNL"), ("5.15", "0.40"), 24, {}),
    (
        "postnl:standard/signature",
        "PostNL Standard + signature",
        ("postnl", "PostNL"),
        ("6.75", "0.40"),
        24,
        {"signature": True},
    ),
    ("dpd:home", "DPD Home", ("dpd", "DPD"), ("4.60", "0.55"), 48, {}),
    (
        "mondial_relay:service_point",
        "Mondial Relay Point",
        ("mondial_relay", "Mondial Relay"),
        ("3.90", "0.20"),
        72,
        {"last_mile": "service_point"},
    ),
    (
        "dhl_express:worldwide/incoterm=dap",
        "DHL Express Worldwide",
        ("dhl_express", "DHL Express"),
        ("21.30", "2.10"),
        24,
        {"signature": True, "incoterm": "dap"},
    ),
)
HEAVIEST_KG = Decimal("31.5")
DOMESTIC_ONLY = frozenset({"postnl:standard", "postnl:standard/signature"})
UNTOLD = "0000"  # a postal code that its carriers refuse to announce


def list_options(request: Request, world: World) -> Response:
    """`POST /api/v3/shipping-options`: what can take the parcels, with quotes."""
    authenticate(request)
    body = read(request)
    kilograms = _weight(body)
    wanted = body.get("functionalities") or {}
    found = [
        _option(each, kilograms)
        for each in OPTIONS
        if body.get("shipping_option_code") in (None, each[0])
        and kilograms <= HEAVIEST_KG
        and not (each[0] in DOMESTIC_ONLY and _is_abroad(body))
        and all(each[5].get(name) == value for name, value in wanted.items())
        and body.get("contract_id", CONTRACT) == CONTRACT
    ]
    return answer({"data": found})


def announce(request: Request, world: World, *, base: str) -> Response:
    """`POST /api/v3/shipments/announce`: sell it, once under each reference of the caller's."""
    authenticate(request)
    body = read(request)
    for name in ("from_address", "to_address", "ship_with", "parcels"):
        if not body.get(name):
            raise refused(400, "required", f"/{name}")
    for which in ("from_address", "to_address"):
        for name in ("name", "address_line_1", "postal_code", "city", "country_code"):
            if not body[which].get(name):
                raise refused(400, "required", f"/{which}/{name}")
    _check_customs(body)
    code = body["ship_with"]["properties"]["shipping_option_code"]
    option = next((each for each in OPTIONS if each[0] == code), None)
    if option is None:
        raise refused(400, "invalid", "/ship_with/properties/shipping_option_code")
    reference = str(body.get("external_reference_id") or "")
    with world.lock:
        if known := _made(world, reference=reference) if reference else None:
            return answer({"data": shown(known, world, base)}, 409)
        entry = _sell(body, option, reference, world)
    return answer({"data": shown(entry, world, base, with_label=True)}, 201)


def list_shipments(request: Request, world: World, *, commit_lag: float, base: str) -> Response:
    """`GET /api/v3/shipments?external_reference_id=`: what is as old as the lag."""
    authenticate(request)
    entry = _made(world, reference=request.first("external_reference_id"))
    is_seen = entry is not None and entry["at"] <= world.clock.now() - commit_lag
    return answer({"data": [shown(entry, world, base)] if entry and is_seen else []})


def show_shipment(request: Request, world: World, shipment_id: str, *, base: str) -> Response:
    authenticate(request)
    return answer({"data": shown(_known(world, shipment_id), world, base)})


def cancel(request: Request, world: World, shipment_id: str) -> Response:
    """`POST /api/v3/shipments/{id}/cancel`: give it back, once, before it went."""
    authenticate(request)
    entry = _known(world, shipment_id)
    tracked = world.ledger.entries("parcel.tracked", tracking_number=entry["tracking_number"])
    if any(each["code"] == "DELIVERED" for each in tracked) or _is_void(world, shipment_id):
        raise refused(409, "invalid")
    world.record("label.voided", label_id=shipment_id, reference=entry["reference"])
    return answer({"data": {"status": "cancelled", "message": "Shipment has been cancelled"}})


def show_document(request: Request, world: World, parcel_id: str, kind: str) -> Response:
    """`GET /api/v3/parcels/{id}/documents/{type}`: a paper, in the format it was asked in."""
    authenticate(request)
    found = world.ledger.entries("label.sold", carrier="sendcloud", parcel_id=int(parcel_id))
    if not found or (kind != "label" and not found[0]["customs"]):
        raise refused(404, "not_found")
    entry = found[0]
    if kind == "label":
        return Response(200, _label(entry), entry["mime_type"])
    pdf = label_pdf(["SANDBOX CUSTOMS DECLARATION", entry["tracking_number"]])
    return Response(200, pdf, "application/pdf")


def shown(
    entry: Entry, world: World, base: str, *, with_label: bool = False
) -> dict[str, Any]:  # fmt: skip
    """The shipment as every answer shows it, addresses included."""
    link = f"{base}/sendcloud/api/v3/parcels/{entry['parcel_id']}/documents"
    parcel: dict[str, Any] = {
        "id": entry["parcel_id"],
        "status": _status(entry, world),
        "tracking_number": entry["tracking_number"],
        "announced_at": iso(entry["at"]),
        "documents": [],
    }
    if entry["kind"] == "label.sold":
        kinds = ["label", "customs-declaration"] if entry["customs"] else ["label"]
        parcel["documents"] = [
            {"document_type": kind, "type": kind, "size": "a6", "link": f"{link}/{kind}"}
            for kind in kinds
        ]
        if with_label:
            parcel["label_file"] = base64.b64encode(_label(entry)).decode()
    return {
        "id": entry["label_id"],
        "external_reference_id": entry["reference"] or None,
        "label_details": {"mime_type": entry["mime_type"], "dpi": 203},
        "parcels": [parcel],
        "to_address": entry["to_address"],
        "ship_with": {
            "type": "shipping_option_code",
            "properties": {"shipping_option_code": entry["option"], "contract_id": CONTRACT},
        },
        "carrier": {"code": entry["carrier_code"], "name": entry["carrier_name"]},
        "errors": entry["errors"],
    }


def authenticate(request: Request) -> None:
    token = base64.b64encode(f"{PUBLIC}:{SECRET}".encode()).decode()
    if request.headers.get("authorization") != f"Basic {token}":
        raise refused(401, "authentication_failed")


def refused(status: int, code: str, pointer: str = "") -> Refusal:
    error: dict[str, Any] = {"status": str(status), "code": code, "detail": "Not possible."}
    if pointer:
        error["source"] = {"pointer": pointer}
    return Refusal(answer({"errors": [error]}, status))


def read(request: Request) -> dict[str, Any]:
    try:
        body = request.json()
    except ValueError as error:
        raise refused(400, "invalid") from error
    if not isinstance(body, dict):
        raise refused(400, "invalid")
    return body


def _sell(body: dict[str, Any], option: Any, reference: str, world: World) -> Entry:
    """Write the sale into the ledger; or that its carrier refused it."""
    code, _name, (carrier_code, carrier_name), prices, _hours, _can = option
    number = world.ledger.count("label.sold") + world.ledger.count("sendcloud.failed") + 1
    digest = hashlib.sha256(f"{world.seed}/sendcloud/{number}".encode()).hexdigest()
    is_failed = str(body["to_address"]["postal_code"]).startswith(UNTOLD)
    facts: dict[str, Any] = {
        "carrier": "sendcloud",
        "label_id": str(uuid.UUID(digest[:32])),
        "parcel_id": 383_000_000 + number,
        "reference": reference,
        "tracking_number": f"3S{int(digest[:12], 16) % 10**11:011d}",
        "option": code,
        "carrier_code": carrier_code,
        "carrier_name": carrier_name,
        "amount": {"amount": _price(prices, _weight(body)), "currency": "EUR"},
        "mime_type": (body.get("label_details") or {}).get("mime_type", "application/pdf"),
        "customs": bool(body.get("customs_information")),
        "to_address": body["to_address"],
        "errors": [{"status": "500", "code": "parcel_announcement_error"}] if is_failed else [],
    }
    return world.record("sendcloud.failed" if is_failed else "label.sold", **facts)


def _check_customs(body: dict[str, Any]) -> None:
    """Between the Union and the rest, papers are asked for."""
    if "GB" not in (body["to_address"]["country_code"], body["from_address"]["country_code"]):
        return
    if body["to_address"]["country_code"] == body["from_address"]["country_code"]:
        return
    if not body.get("customs_information"):
        raise refused(400, "required", "/customs_information")
    for place, item in enumerate(body["parcels"][0].get("parcel_items") or [{}]):
        for name in ("hs_code", "weight", "description", "price"):
            if not item.get(name):
                raise refused(400, "required", f"/parcels/0/parcel_items/{place}/{name}")


def _made(world: World, **facts: Any) -> Entry | None:
    for kind in ("label.sold", "sendcloud.failed"):
        if found := world.ledger.entries(kind, carrier="sendcloud", **facts):
            return found[0]
    return None


def _known(world: World, shipment_id: str) -> Entry:
    entry = _made(world, label_id=shipment_id)
    if entry is None:
        raise refused(404, "not_found")
    return entry


def _is_void(world: World, shipment_id: str) -> bool:
    return world.ledger.count("label.voided", label_id=shipment_id) > 0


def _status(entry: Entry, world: World) -> dict[str, str]:
    if entry["kind"] == "sendcloud.failed":
        return {"code": "ANNOUNCEMENT_FAILED", "message": "Announcement failed"}
    if _is_void(world, entry["label_id"]):
        return {"code": "CANCELLED", "message": "Cancelled"}
    return {"code": "READY_TO_SEND", "message": "Ready to send"}


def _option(option: Any, kilograms: Decimal) -> dict[str, Any]:
    code, name, (carrier_code, carrier_name), prices, hours, can = option
    total = {"value": _price(prices, kilograms), "currency": "EUR"}
    return {
        "code": code,
        "name": name,
        "carrier": {"code": carrier_code, "name": carrier_name},
        "product": {"code": code.partition("/")[0], "name": name},
        "functionalities": {"tracked": True, **can},
        "contract": {"id": CONTRACT, "carrier_code": carrier_code, "name": "Sandbox"},
        "requirements": {
            "fields": [],
            "is_service_point_required": can.get("last_mile") == "service_point",
        },
        "quotes": [
            {
                "price": {
                    "breakdown": [
                        {"type": "price_without_insurance", "label": "Label", "price": total}
                    ],
                    "total": total,
                },
                "lead_time": hours,
            }
        ],
    }


def _price(prices: tuple[str, str], kilograms: Decimal) -> str:
    return f"{Decimal(prices[0]) + Decimal(prices[1]) * math.ceil(kilograms):.2f}"


def _weight(body: dict[str, Any]) -> Decimal:
    try:
        weight = body["parcels"][0]["weight"]
        kilograms = Decimal(weight["value"])
    except (KeyError, IndexError, TypeError, InvalidOperation) as error:
        raise refused(400, "invalid", "/parcels/0/weight") from error
    if weight.get("unit") != "kg" or not kilograms.is_finite() or kilograms <= 0:
        raise refused(400, "min_value", "/parcels/0/weight/value")
    return kilograms


def _is_abroad(body: dict[str, Any]) -> bool:
    return bool(body.get("from_country_code") != body.get("to_country_code"))


def _label(entry: Entry) -> bytes:
    if entry["mime_type"] == "application/zpl":
        return f"^XA^FO40,40^A0N,40^FD{entry['tracking_number']}^FS^XZ".encode()
    return label_pdf(["SANDBOX SENDCLOUD - NOT A REAL LABEL", entry["tracking_number"]])
