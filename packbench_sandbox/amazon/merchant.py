"""Merchant Fulfillment API v0: services, a label without a key, and its cancellation.

As at Amazon nothing can be listed: who lost the answer has lost the id.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
from typing import Any

from packbench_sandbox.amazon.gate import Caller
from packbench_sandbox.carrier.document import label_pdf
from packbench_sandbox.clock import iso
from packbench_sandbox.ledger import Entry
from packbench_sandbox.wire import Refusal, Request, Response, answer, refuse
from packbench_sandbox.world.fates import ship_from
from packbench_sandbox.world.marketplaces import MARKETPLACES
from packbench_sandbox.world.orders import DAY, Order
from packbench_sandbox.world.world import World

# (service, name, carrier, price of a parcel and of a kilogram, days)
SERVICES = (
    ("DHL_PAKET", "DHL Paket", "DHL", 4.10, 0.50, 2),
    ("HERMES_STD", "Hermes Standard", "Hermes", 3.60, 0.40, 4),
)
HEAVIEST_G = 30_000
GRAMS = {"g": 1.0, "oz": 28.3495}
FILES = {"PDF": "application/pdf", "ZPL203": "application/zpl", "PNG": "image/png"}


def get_services(request: Request, caller: Caller, world: World) -> Response:
    """`POST /mfn/v0/eligibleShippingServices`."""
    details = _details(_read(request))
    order = _order(caller, world, details)
    grams = _grams(details)
    listed = (
        [] if grams > HEAVIEST_G else [_service(each, grams, order, world) for each in SERVICES]
    )
    refused = [
        {
            "CarrierName": each[2],
            "ShippingServiceName": each[1],
            "ShippingServiceId": each[0],
            "RejectionReasonCode": "WEIGHT_LIMIT",
        }
        for each in SERVICES
        if grams > HEAVIEST_G
    ]
    payload = {
        "ShippingServiceList": listed,
        "RejectedShippingServiceList": refused,
        "TemporarilyUnavailableCarrierList": [],
        "TermsAndConditionsNotAcceptedCarrierList": [{"CarrierName": "GLS"}],
    }
    return answer({"payload": payload})


def create_shipment(request: Request, caller: Caller, world: World) -> Response:
    """`POST /mfn/v0/shipments`: sell a label, every time."""
    body = _read(request)
    details = _details(body)
    order = _order(caller, world, details)
    service = next((each for each in SERVICES if each[0] == body.get("ShippingServiceId")), None)
    if service is None:
        raise _bad("The shipping service is not valid.")
    with world.lock:
        number = world.ledger.count("label.sold") + 1
        tracking = _number(world.seed, number)
        entry = world.record(
            "label.sold",
            carrier="merchant",
            label_id=f"mfn-{world.seed}-{number:06d}",
            tracking_number=tracking,
            reference=f"none-{number}",
            order_id=order.id,
            service=service[0],
            details=details,
        )
        reference = str(910_000_000 + number)
        world.record(
            "package.bought",
            order_id=order.id,
            seller_id=caller.seller.id,
            reference=reference,
            package={
                "packageReferenceId": reference,
                "createdTime": iso(world.clock.now()),
                "packageStatus": {"status": "PENDING"},
                "carrier": service[2],
                "shippingService": service[1],
                "shipTime": iso(world.clock.now()),
                "trackingNumber": tracking,
                "shipFromAddress": ship_from(caller.seller),
                "packageItems": [
                    {"orderItemId": item["OrderItemId"], "quantity": item["Quantity"]}
                    for item in details["ItemList"]
                ],
            },
            settle_seconds=world.settle_seconds,
        )
    return answer({"payload": _shipment(entry, order, world, "Purchased")})


def cancel_shipment(request: Request, caller: Caller, world: World, shipment_id: str) -> Response:
    """`DELETE /mfn/v0/shipments/{id}`: ask for the money back."""
    sold = world.ledger.entries("label.sold", carrier="merchant", label_id=shipment_id)
    if not sold:
        raise refuse(404, "NotFound", "The shipment was not found.")
    if world.ledger.count("label.voided", label_id=shipment_id):
        raise _bad("The shipment was already cancelled.")
    world.record("label.voided", label_id=shipment_id, reference=sold[0]["reference"])
    order = world.orders_of(caller.seller.id)[sold[0]["order_id"]]
    return answer({"payload": _shipment(sold[0], order, world, "RefundPending")})


def create_restricted_token(request: Request, caller: Caller) -> Response:
    """`POST /tokens/2021-03-01/restrictedDataToken`: the caller's own rights under another name."""
    resources = _read(request).get("restrictedResources")
    if not isinstance(resources, list) or not resources:
        raise _bad("restrictedResources is required.")
    token = request.headers["x-amz-access-token"]
    return answer({"restrictedDataToken": token, "expiresIn": 3600})


def _service(service: Any, grams: float, order: Order, world: World) -> dict[str, Any]:
    code, name, carrier, base, by_kg, days = service
    now = world.clock.now()
    amount = {
        "CurrencyCode": MARKETPLACES[order.marketplace_id].currency,
        "Amount": round(base + by_kg * (-(-grams // 1000)), 2),
    }
    return {
        "ShippingServiceName": name,
        "CarrierName": carrier,
        "ShippingServiceId": code,
        "ShippingServiceOfferId": f"offer-{code}",
        "ShipDate": iso(now),
        "EarliestEstimatedDeliveryDate": iso(now + (days - 1) * DAY),
        "LatestEstimatedDeliveryDate": iso(now + days * DAY),
        "Rate": amount,
        "RateWithAdjustments": amount,
        "ShippingServiceOptions": {
            "DeliveryExperience": "DeliveryConfirmationWithoutSignature",
            "CarrierWillPickUp": False,
        },
        "AvailableLabelFormats": list(FILES),
        "RequiresAdditionalSellerInputs": False,
        "Benefits": {"IncludedBenefits": ["CLAIMS_PROTECTED"], "ExcludedBenefits": []},
    }


def _shipment(entry: Entry, order: Order, world: World, status: str) -> dict[str, Any]:
    service = next(each for each in SERVICES if each[0] == entry["service"])
    details = entry["details"]
    wanted = details["ShippingServiceOptions"].get("LabelFormat") or "PDF"
    content = label_pdf(["SANDBOX MERCHANT FULFILLMENT", entry["tracking_number"]])
    if wanted == "ZPL203":
        content = f"^XA^FO50,50^A0N,40^FD{entry['tracking_number']}^FS^XZ".encode()
    packed = gzip.compress(content, mtime=0)
    return {
        "ShipmentId": entry["label_id"],
        "AmazonOrderId": order.id,
        "ItemList": details["ItemList"],
        "ShipFromAddress": details["ShipFromAddress"],
        "ShipToAddress": details["ShipFromAddress"],
        "PackageDimensions": details["PackageDimensions"],
        "Weight": details["Weight"],
        "Insurance": {"CurrencyCode": MARKETPLACES[order.marketplace_id].currency, "Amount": 0},
        "ShippingService": _service(service, _grams(details), order, world),
        "Label": {
            "Dimensions": {"Length": 6.0, "Width": 4.0, "Unit": "inches"},
            "FileContents": {
                "Contents": base64.b64encode(packed).decode(),
                "FileType": FILES.get(wanted, "application/pdf"),
                "Checksum": base64.b64encode(
                    hashlib.md5(content, usedforsecurity=False).digest()
                ).decode(),
            },
        },
        "Status": status,
        "TrackingId": entry["tracking_number"],
        "CreatedDate": iso(entry["at"]),
    }


def _details(body: dict[str, Any]) -> dict[str, Any]:
    details = body.get("ShipmentRequestDetails")
    if not isinstance(details, dict):
        raise _bad("ShipmentRequestDetails is required.")
    for name in ("AmazonOrderId", "ItemList", "PackageDimensions", "Weight",
                 "ShippingServiceOptions"):  # fmt: skip
        if not details.get(name):
            raise _bad(f"{name} is required.")
    address = details.get("ShipFromAddress") or {}
    for name in ("Name", "AddressLine1", "Email", "City", "PostalCode", "CountryCode", "Phone"):
        if not address.get(name):
            raise _bad("InvalidInput")  # Amazon says no more
    return details


def _order(caller: Caller, world: World, details: dict[str, Any]) -> Order:
    order = world.orders_of(caller.seller.id).get(details["AmazonOrderId"])
    if order is None:
        raise refuse(404, "NotFound", "The order was not found.")
    if any(item.get("OrderItemId") not in order.quantities for item in details["ItemList"]):
        raise _bad("InvalidInput")
    return order


def _grams(details: dict[str, Any]) -> float:
    weight = details["Weight"]
    return round(float(weight["Value"]) * GRAMS[weight["Unit"]], 1)


def _number(seed: int, number: int) -> str:
    digits = int(hashlib.sha256(f"{seed}/merchant/{number}".encode()).hexdigest(), 16) % 10**12
    return f"MFN{digits:012d}"


def _read(request: Request) -> dict[str, Any]:
    try:
        body = request.json()
    except ValueError as error:
        raise _bad("The request body is not valid JSON.") from error
    if not isinstance(body, dict):
        raise _bad("The request body must be an object.")
    return body


def _bad(message: str) -> Refusal:
    return refuse(400, "InvalidInput", message)
