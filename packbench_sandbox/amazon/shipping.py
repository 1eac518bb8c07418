"""Shipping API v2: rates, purchases, forms and tracking for orders of Amazon.

A token is good for ten minutes. An idempotency key buys once, whatever comes with it later.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
from typing import Any

from packbench_sandbox.amazon.gate import Caller
from packbench_sandbox.carrier.document import label_pdf
from packbench_sandbox.clock import iso, parse_iso
from packbench_sandbox.ledger import Entry
from packbench_sandbox.wire import Refusal, Request, Response, answer, refuse
from packbench_sandbox.world.fates import ship_from
from packbench_sandbox.world.marketplaces import MARKETPLACES
from packbench_sandbox.world.orders import DAY, Order, State, shipped_units
from packbench_sandbox.world.world import World

TOKEN_LIFE = 600.0
BUSINESSES = {
    "US": "AmazonShipping_US", "IN": "AmazonShipping_IN", "GB": "AmazonShipping_UK",
    "AE": "AmazonShipping_UAE", "SA": "AmazonShipping_SA", "EG": "AmazonShipping_EG",
    "IT": "AmazonShipping_IT", "ES": "AmazonShipping_ES", "FR": "AmazonShipping_FR",
    "JP": "AmazonShipping_JP",
}  # fmt: skip
# (service, name, carrier, carrier's name, price of a parcel and of a kilogram, days, protected)
SERVICES = (
    ("AMZ_STD", "Amazon Shipping Standard", "AMZN", "Amazon Shipping", 3.10, 0.45, 3, True),
    ("UPS_GROUND", "UPS Standard", "UPS", "UPS", 5.40, 0.60, 2, True),
    ("UPS_INTL", "UPS Worldwide", "UPS", "UPS", 11.90, 1.20, 4, True),
    ("SLOW_POST", "Economy letter", "POST", "La Poste", 2.05, 0.80, 9, False),
)
LIGHTEST_REFUSED = 30_000
SIGNATURE = ("SIGNATURE", "Signature on delivery", (("NO_CONFIRMATION", "None", 0.0),
             ("SIGNATURE_CONFIRMATION", "Signature", 1.5),
             ("ADULT_SIGNATURE_CONFIRMATION", "Signature of an adult", 2.5)))  # fmt: skip
EVENTS = {  # the codes of the control plane, as Amazon says them
    "ANNOUNCED": "ReadyForReceive",
    "PICKUP": "PickupDone",
    "DEPOT": "ArrivedAtCarrierFacility",
    "NOT_HOME": "DeliveryAttempted",
    "SHOP": "AvailableForPickup",
    "DELIVERED": "Delivered",
    "DAMAGED": "Undeliverable",
    "RETURNING": "ReturnInitiated",
    "RETURNED": "Delivered",
}
MOST_TOKENS = 10_000
_numbers = itertools.count()
_tokens: dict[str, tuple[float, dict[str, Any]]] = {}
SPECIFICATIONS = [
    {
        "format": kind,
        "size": {"width": 4, "length": 6, "unit": "INCH"},
        "printOptions": [
            {
                "supportedDPIs": [203, 300],
                "supportedPageLayouts": ["DEFAULT"],
                "supportedFileJoiningOptions": [False],
                "supportedDocumentDetails": [{"name": "LABEL", "isMandatory": True}],
            }
        ],
    }
    for kind in ("PNG", "ZPL", "PDF")
]


def get_rates(request: Request, caller: Caller, world: World) -> Response:
    """`POST /shipping/v2/shipments/rates`: what each service would cost, and who cannot."""
    body = _read(request)
    order, state = _order(caller, world, body)
    if request.headers.get("x-amzn-shipping-business-id") != BUSINESSES.get(
        MARKETPLACES[order.marketplace_id].country
    ):  # as Amazon's: a wrong business brings no error
        return answer({"payload": {"requestToken": _token(world, {}), "rates": []}})
    package = _package(body)
    grams, currency = _grams(package), MARKETPLACES[order.marketplace_id].currency
    rates, refused = [], []
    for service in SERVICES:
        reason = _reason(service, order, state, grams)
        if reason:
            refused.append(_refused(service, reason))
        else:
            rates.append(_rate(service, grams, currency, world))
    token = _token(world, {"order_id": order.id, "package": package})
    payload = {"requestToken": token, "rates": rates, "ineligibleRates": refused}
    return answer({"payload": payload})


def get_additional_inputs(request: Request, caller: Caller, world: World) -> Response:
    """The JSON schema of what a service abroad asks for."""
    _offer(request.first("requestToken"), world)
    schema = {
        "$schema": "http://json-schema.org/draft-04/schema#",
        "title": "Additional inputs for Shipping Offering",
        "type": "object",
        "properties": {
            "harmonizedSystemCode": {"type": "string", "description": "Commodity code."},
            "contents": {"type": "string", "enum": ["MERCHANDISE", "GIFT", "SAMPLE"]},
        },
        "required": ["harmonizedSystemCode"],
    }
    return answer({"payload": schema})


def purchase(request: Request, caller: Caller, world: World) -> Response:
    """`POST /shipping/v2/shipments`: sell the offer; the same key again shows what was sold."""
    body = _read(request)
    key = request.headers.get("x-amzn-idempotencykey", "")
    with world.lock:
        known = world.ledger.entries("label.sold", carrier="amazon", reference=key) if key else []
        entry = known[0] if known else _sell(body, key, caller, world)
    return answer({"payload": _sold(entry)})


def cancel(request: Request, caller: Caller, world: World, shipment_id: str) -> Response:
    entry = _find(world, shipment_id)
    if world.ledger.count("label.voided", label_id=shipment_id):
        raise _bad("The shipment is already cancelled.")
    world.record("label.voided", label_id=shipment_id, reference=entry["reference"])
    return answer({"payload": {}})


def get_tracking(request: Request, caller: Caller, world: World) -> Response:
    number, carrier = request.first("trackingId"), request.first("carrierId")
    if not number or not carrier:
        raise _bad("TrackingId or CarrierId is missing in the request")
    sold = world.ledger.entries("label.sold", tracking_number=number)
    if not sold:
        raise refuse(404, "NotFound", "The requested resource is invalid or doesn't exist")
    history = [
        {
            "eventCode": EVENTS[each["code"]],
            "eventTime": iso(each["happened_at"]),
            "shipmentType": "RETURNS" if each["code"] == "RETURNED" else "FORWARD",
        }
        for each in world.ledger.entries("parcel.tracked", tracking_number=number)
    ]
    payload = {
        "trackingId": number,
        "alternateLegTrackingId": "",
        "eventHistory": history,
        "promisedDeliveryDate": iso(sold[0]["at"] + 3 * DAY),
        "summary": {"status": "InTransit" if history else "PreTransit"},
    }
    return answer({"payload": payload})


def generate_form(request: Request, caller: Caller, world: World) -> Response:
    """The form that the driver signs; the same key gives the same one."""
    body = _read(request)
    carrier = body.get("carrierId")
    if not carrier:
        raise _bad("CarrierId cannot be null")
    key = request.headers.get("x-amzn-idempotencykey", "")
    if not world.ledger.entries("form.made", reference=key):
        world.record("form.made", reference=key, carrier_id=carrier)
    content = base64.b64encode(label_pdf(["COLLECTION FORM", str(carrier)])).decode()
    form = {"base64EncodedContent": content, "documentFormat": "PDF"}
    return answer({"collectionsFormDocument": form})


def _sell(body: dict[str, Any], key: str, caller: Caller, world: World) -> Entry:
    if not body.get("rateId"):
        raise _bad("RateId cannot be null")
    offer = _offer(str(body.get("requestToken")), world)
    service = next((each for each in SERVICES if each[0] == str(body["rateId"])[:-2]), None)
    if service is None:
        raise _bad("RateId is invalid")
    specification = body.get("requestedDocumentSpecification") or {}
    known = [(each["format"], each["size"]) for each in SPECIFICATIONS]
    if (specification.get("format"), specification.get("size")) not in known:
        raise _bad("The requested document specification is not supported")
    chosen = {each.get("id") for each in body.get("requestedValueAddedServices") or []}
    if not chosen & {each[0] for each in SIGNATURE[2]}:
        raise _bad("requested value added services are invalid")
    if service[0] == "UPS_INTL" and not (body.get("additionalInputs") or {}).get(
        "harmonizedSystemCode"
    ):
        raise _bad("additionalInputs: harmonizedSystemCode is required")
    order = world.orders_of(caller.seller.id)[offer["order_id"]]
    number = world.ledger.count("label.sold") + 1
    tracking = _number(world.seed, number)
    entry = world.record(
        "label.sold",
        carrier="amazon",
        label_id=f"{world.seed:05d}{number:09d}",
        tracking_number=tracking,
        reference=key or f"no-key-{number}",
        order_id=order.id,
        service=service[0],
        format=specification["format"],
        weight_grams=_grams(offer["package"]),
    )
    world.record(
        "package.bought",
        order_id=order.id,
        seller_id=caller.seller.id,
        reference=str(900_000_000 + number),
        package=_shown(offer["package"], service, tracking, caller, 900_000_000 + number, world),
        settle_seconds=world.settle_seconds,
    )
    return entry


def _shown(
    package: dict[str, Any],
    service: Any,
    tracking: str,
    caller: Caller,
    reference: int,
    world: World,
) -> dict[str, Any]:
    """The parcel as PACKAGES of the order will show it."""
    return {
        "packageReferenceId": str(reference),
        "createdTime": iso(world.clock.now()),
        "packageStatus": {"status": "PENDING"},
        "carrier": service[3],
        "shippingService": service[1],
        "shipTime": iso(world.clock.now()),
        "trackingNumber": tracking,
        "shipFromAddress": ship_from(caller.seller),
        "packageItems": [
            {"orderItemId": item["itemIdentifier"], "quantity": item["quantity"]}
            for item in package["items"]
        ],
    }


def _order(caller: Caller, world: World, body: dict[str, Any]) -> tuple[Order, State]:
    channel = body.get("channelDetails")
    if not isinstance(channel, dict):
        raise _bad("ChannelDetails object cannot be null")
    wanted = str((channel.get("amazonOrderDetails") or {}).get("orderId"))
    order = world.orders_of(caller.seller.id).get(wanted)
    state = order.state(world.clock.now()) if order else None
    if order is None or state is None:
        raise refuse(404, "NotFound", "The requested resource is invalid or doesn't exist")
    return order, state


def _package(body: dict[str, Any]) -> dict[str, Any]:
    packages = body.get("packages")
    if not isinstance(packages, list) or len(packages) != 1:
        raise _bad("Exactly one package is supported")
    package = packages[0]
    for name in ("dimensions", "weight", "insuredValue", "packageClientReferenceId", "items"):
        if not package.get(name):
            raise _bad(f"{name} cannot be null")
    if body.get("shipDate"):
        parse_iso(body["shipDate"])
    if not isinstance(body.get("shipFrom"), dict) or not body["shipFrom"].get("addressLine1"):
        raise _bad("ShipFrom cannot be null")
    return dict(package)


def _reason(service: Any, order: Order, state: State, grams: float) -> str:
    left = sum(order.quantities.values()) - sum(
        shipped_units(list(state.packages.values())).values()
    )
    if left <= 0 or state.status not in ("UNSHIPPED", "PARTIALLY_SHIPPED"):
        return "PROGRAM_CONSTRAINTS"
    if grams > LIGHTEST_REFUSED or (service[0] == "SLOW_POST" and grams > 2_000):
        return "WEIGHT_RESTRICTIONS"
    return ""


def _rate(service: Any, grams: float, currency: str, world: World) -> dict[str, Any]:
    code, name, carrier, carrier_name, base, by_kg, days, is_protected = service
    now = world.clock.now()
    price = round(base + by_kg * (-(-grams // 1000)), 2)
    benefits: dict[str, Any] = {"includedBenefits": ["CLAIMS_PROTECTED"], "excludedBenefits": []}
    if not is_protected:
        excluded = {"benefit": "CLAIMS_PROTECTED", "reasonCodes": ["LATE_DELIVERY_RISK"]}
        benefits = {"includedBenefits": [], "excludedBenefits": [excluded]}
    group, description, choices = SIGNATURE
    return {
        "rateId": f"{code}-1",
        "carrierId": carrier,
        "carrierName": carrier_name,
        "serviceId": code,
        "serviceName": name,
        "billedWeight": {"value": grams, "unit": "GRAM"},
        "totalCharge": {"value": price, "unit": currency},
        "promise": {
            "deliveryWindow": {"start": iso(now + (days - 1) * DAY), "end": iso(now + days * DAY)},
            "pickupWindow": {"start": iso(now), "end": iso(now + DAY)},
        },
        "supportedDocumentSpecifications": SPECIFICATIONS,
        "availableValueAddedServiceGroups": [
            {
                "groupId": group,
                "groupDescription": description,
                "isRequired": True,
                "valueAddedServices": [
                    {"id": each, "name": text, "cost": {"value": cost, "unit": currency}}
                    for each, text, cost in choices
                ],
            }
        ],
        "requiresAdditionalInputs": code == "UPS_INTL",
        "rateItemList": [
            {
                "rateItemID": "BASE_RATE",
                "rateItemType": "MANDATORY",
                "rateItemNameLocalization": "Base Rate",
                "rateItemCharge": {"value": price, "unit": currency},
            }
        ],
        "paymentType": "PAY_THROUGH_AMAZON",
        "benefits": benefits,
    }


def _refused(service: Any, reason: str) -> dict[str, Any]:
    return {
        "serviceId": service[0],
        "serviceName": service[1],
        "carrierId": service[2],
        "carrierName": service[3],
        "ineligibilityReasons": [{"code": reason, "message": "The service cannot take it."}],
    }


def _sold(entry: Entry) -> dict[str, Any]:
    lines = ["SANDBOX AMAZON SHIPPING - NOT A REAL LABEL", entry["service"]]
    content = label_pdf([*lines, entry["tracking_number"]])
    if entry["format"] == "ZPL":
        content = f"^XA^FO50,50^A0N,40^FD{entry['tracking_number']}^FS^XZ".encode()
    return {
        "shipmentId": entry["label_id"],
        "packageDocumentDetails": [
            {
                "packageClientReferenceId": "1",
                "packageDocuments": [
                    {
                        "type": "LABEL",
                        "format": entry["format"],
                        "contents": base64.b64encode(content).decode(),
                    }
                ],
                "trackingId": entry["tracking_number"],
            }
        ],
        "promise": {
            "deliveryWindow": {
                "start": iso(entry["at"] + 2 * DAY),
                "end": iso(entry["at"] + 3 * DAY),
            }
        },
        "benefits": {"includedBenefits": ["CLAIMS_PROTECTED"], "excludedBenefits": []},
    }


def _token(world: World, offer: dict[str, Any]) -> str:
    """A word for the offer. Tokens live as long as the process: ten minutes are enough."""
    at = world.clock.now()
    token = hashlib.sha256(f"{world.seed}/{at}/{next(_numbers)}".encode()).hexdigest()[:40]
    while len(_tokens) >= MOST_TOKENS:
        _tokens.pop(next(iter(_tokens)))
    _tokens[token] = (at, offer)
    return token


def _offer(token: str, world: World) -> dict[str, Any]:
    at, offer = _tokens.get(token, (0.0, {}))
    if not offer:
        raise _bad("RequestToken is invalid")
    if world.clock.now() - at > TOKEN_LIFE:
        raise _bad("TOKEN_EXPIRED: the request token expired")
    return offer


def _grams(package: dict[str, Any]) -> float:
    weight = package["weight"]
    factors = {"GRAM": 1.0, "KILOGRAM": 1000.0, "OUNCE": 28.3495, "POUND": 453.592}
    if weight.get("unit") not in factors:
        raise _bad("The weight's unit is invalid")
    return round(float(weight["value"]) * factors[weight["unit"]], 1)


def _number(seed: int, number: int) -> str:
    digits = int(hashlib.sha256(f"{seed}/amazon/{number}".encode()).hexdigest(), 16) % 10**12
    return f"AMZ{digits:012d}"


def _find(world: World, shipment_id: str) -> Entry:
    entries = world.ledger.entries("label.sold", carrier="amazon", label_id=shipment_id)
    if not entries:
        raise refuse(404, "NotFound", "The requested resource is invalid or doesn't exist")
    return entries[0]


def _read(request: Request) -> dict[str, Any]:
    try:
        body = request.json()
    except ValueError as error:
        raise _bad("The request body is not valid JSON") from error
    if not isinstance(body, dict):
        raise _bad("The request body must be an object")
    return body


def _bad(details: str) -> Refusal:
    return refuse(400, "InvalidRequest", "Request is missing or has invalid parameters", details)
