"""Scan forms of EasyPost: a shipment is on one form only; forms are made after a while."""

from __future__ import annotations

from typing import Any

from packbench_sandbox.carrier.document import label_pdf
from packbench_sandbox.easypost.selling import authenticate, read, refused, sold_of
from packbench_sandbox.ledger import Entry
from packbench_sandbox.wire import Request, Response, answer
from packbench_sandbox.world.world import World

MAKES_FORMS = "USPS"


def create_form(request: Request, world: World, *, commit_lag: float, base: str) -> Response:
    """`POST /v2/scan_forms`: one form of shipments of one carrier, each for the first time."""
    authenticate(request)
    ids = [str(each.get("id", "")) for each in read(request).get("shipments") or []]
    sold = [sold_of(world, each) for each in ids]
    if not sold or not all(sold):
        raise refused(422, "SCAN_FORM.INVALID_SHIPMENTS")
    if any(each["rate"]["carrier"] != MAKES_FORMS for each in sold if each):
        raise refused(422, "SCAN_FORM.CARRIER_NOT_SUPPORTED")
    with world.lock:
        if any(form_of(world, each) for each in ids):
            raise refused(422, "SCAN_FORM.SHIPMENT_ALREADY_MANIFESTED")
        voided = {entry["label_id"] for entry in world.ledger.entries("label.voided")}
        if voided & set(ids):
            raise refused(422, "SCAN_FORM.SHIPMENT_REFUNDED")
        entry = world.record(
            "form.made",
            carrier="easypost",
            form_id=f"sf_{world.seed}{world.ledger.count('form.made') + 1:06d}",
            label_ids=ids,
            tracking_numbers=[each["tracking_number"] for each in sold if each],
        )
    return answer(shown(entry, world, commit_lag=commit_lag, base=base), 201)


def show_form(
    request: Request, world: World, form_id: str, *, commit_lag: float, base: str
) -> Response:
    """`GET /v2/scan_forms/{id}`: in the making until it is as old as the lag."""
    authenticate(request)
    return answer(shown(_known(world, form_id), world, commit_lag=commit_lag, base=base))


def show_document(world: World, form_id: str) -> Response:
    """The form's file, at an address that needs no key, as EasyPost's."""
    entry = _known(world, form_id)
    lines = ["SANDBOX SCAN FORM - NOT A REAL ONE", *entry["tracking_numbers"]]
    return Response(200, label_pdf(lines), "application/pdf")


def form_of(world: World, shipment_id: str) -> Entry | None:
    """The form that a shipment is on."""
    forms = world.ledger.entries("form.made", carrier="easypost")
    return next((form for form in forms if shipment_id in form["label_ids"]), None)


def shown(entry: Entry, world: World, *, commit_lag: float, base: str) -> dict[str, Any]:
    is_made = entry["at"] <= world.clock.now() - commit_lag
    return {
        "id": entry["form_id"],
        "object": "ScanForm",
        "status": "created" if is_made else "creating",
        "tracking_codes": entry["tracking_numbers"],
        "form_url": f"{base}/easypost/forms/{entry['form_id']}.pdf" if is_made else None,
        "form_file_type": "application/pdf",
    }


def _known(world: World, form_id: str) -> Entry:
    entries = world.ledger.entries("form.made", form_id=form_id)
    if not entries:
        raise refused(404, "NOT_FOUND")
    return entries[0]
