"""Selling, finding and voiding labels. Deliberately not idempotent: two posts, two labels."""

from __future__ import annotations

import base64
import hashlib
from decimal import Decimal
from typing import Any

from packbench_sandbox.carrier.document import label_pdf
from packbench_sandbox.clock import iso
from packbench_sandbox.ledger import Entry
from packbench_sandbox.wire import Refusal, Request, Response, answer
from packbench_sandbox.world.world import World

KEY = "sandbox-parcel-key"
SERVICES = {"standard": Decimal("3.90"), "express": Decimal("8.50")}
MAX_GRAMS = 30_000
_TEXTS = ("reference", "service", "recipient_country")


def buy_label(request: Request, world: World) -> Response:
    """`POST /carrier/v1/labels`: sell a label and write it into the ledger, every time."""
    authenticate(request)
    order = _check(_read(request))
    number = world.ledger.count("label.sold") + 1
    entry = world.record(
        "label.sold",
        label_id=f"lbl-{number:06d}",
        tracking_number=_tracking_number(world.seed, number),
        amount={"amount": str(_price(order)), "currency": "EUR"},
        **order,
    )
    return answer(_sold(entry, world), 201)


def find_labels(request: Request, world: World, *, commit_lag: float) -> Response:
    """`GET /carrier/v1/labels?reference=`: sold labels, once they are as old as the lag."""
    authenticate(request)
    oldest = world.clock.now() - commit_lag
    found = world.ledger.labels(request.first("reference") or None)
    return answer({"labels": [_sold(entry, world) for entry in found if entry["at"] <= oldest]})


def show_label(request: Request, world: World, label_id: str) -> Response:
    authenticate(request)
    return answer(_sold(_find(world, label_id), world))


def void_label(request: Request, world: World, label_id: str) -> Response:
    """`POST /carrier/v1/labels/{id}/void`: take a label back, once."""
    authenticate(request)
    entry = _find(world, label_id)
    if _is_voided(world, label_id):
        raise refused(409, "already_voided", "The label was voided before.")
    world.record("label.voided", label_id=label_id, reference=entry["reference"])
    return answer({"label_id": label_id, "status": "voided"})


def authenticate(request: Request) -> None:
    if request.headers.get("authorization") != f"Bearer {KEY}":
        raise refused(401, "bad_key", "The API key is not valid.")


def _read(request: Request) -> dict[str, Any]:
    try:
        body = request.json()
    except ValueError as error:
        raise refused(400, "bad_json", "The body is not valid JSON.") from error
    if not isinstance(body, dict):
        raise refused(400, "bad_json", "The body must be an object.")
    return body


def _check(body: dict[str, Any]) -> dict[str, Any]:
    for name in _TEXTS:
        if not isinstance(body.get(name), str) or not body[name]:
            raise refused(422, "missing", f"{name} is required.")
    if body["service"] not in SERVICES:
        raise refused(422, "unknown_service", "The services are standard and express.")
    grams = body.get("weight_grams")
    if not isinstance(grams, int) or isinstance(grams, bool) or grams < 1:
        raise refused(422, "bad_weight", "weight_grams must be a positive whole number.")
    if grams > MAX_GRAMS:
        raise refused(422, "too_heavy", "Parcels may weigh 30 kg at most.")
    names = (*_TEXTS, "weight_grams", "recipient_postal_code")
    return {name: body.get(name) for name in names}


def _price(order: dict[str, Any]) -> Decimal:
    """The base price and 40 cents for every kilogram begun."""
    kilograms = -(-order["weight_grams"] // 1000)
    return SERVICES[order["service"]] + Decimal("0.40") * kilograms


def _tracking_number(seed: int, number: int) -> str:
    digits = int(hashlib.sha256(f"{seed}/label/{number}".encode()).hexdigest(), 16) % 10**12
    return f"SBX{digits:012d}"


def _find(world: World, label_id: str) -> Entry:
    entries = world.ledger.entries("label.sold", label_id=label_id)
    if not entries:
        raise refused(404, "not_found", "There is no such label.")
    return entries[0]


def _is_voided(world: World, label_id: str) -> bool:
    return world.ledger.count("label.voided", label_id=label_id) > 0


def _sold(entry: Entry, world: World) -> dict[str, Any]:
    lines = ["SANDBOX PARCEL - NOT A REAL LABEL", entry["service"].upper()]
    lines += [f"To {entry['recipient_country']} {entry['recipient_postal_code'] or ''}"]
    lines += [f"Ref {entry['reference']}", entry["tracking_number"]]
    return {
        "label_id": entry["label_id"],
        "tracking_number": entry["tracking_number"],
        "amount": entry["amount"],
        "reference": entry["reference"],
        "service": entry["service"],
        "status": "voided" if _is_voided(world, entry["label_id"]) else "sold",
        "sold_at": iso(entry["at"]),
        "label_pdf_base64": base64.b64encode(label_pdf(lines)).decode(),
    }


def refused(status: int, code: str, message: str) -> Refusal:
    return Refusal(answer({"error": {"code": code, "message": message}}, status))
