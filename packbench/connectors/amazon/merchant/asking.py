"""What Merchant Fulfillment is asked: checked here, because Amazon's InvalidInput says nothing."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from packbench.carriers.base import Contents, LabelRequest, Signature
from packbench.carriers.customs import crosses
from packbench.connectors.amazon.shipping.asking import (
    MOST_DESCRIPTION,
    NO_SIZE,
    NO_WEIGHT,
    NOT_AMAZONS,
)
from packbench.lib.addresses import Address
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked

NAME, LINE1, LINE, CITY, PHONE = 30, 180, 60, 30, 30  # Merchant Fulfillment v0, Address
EXPERIENCES = {
    Signature.SERVICE_DEFAULT: "DeliveryConfirmationWithoutSignature",
    Signature.NONE: "NoTracking",
    Signature.ANY: "DeliveryConfirmationWithSignature",
    Signature.ADULT: "DeliveryConfirmationWithAdultSignature",
}
INCOMPLETE = marked(
    "Complete the ship-from address in Settings, Warehouses: Amazon's Merchant Fulfillment needs "
    "its %(part)s."
)
TOO_LONG = marked(
    "The %(part)s of the ship-from address has more than %(longest)s characters: Amazon takes no "
    "longer one. Shorten it."
)
PAST = marked("The ship date has passed. Choose today or later.")


def details(request: LabelRequest, *, label_format: str = "") -> dict[str, Any]:
    """Return the ShipmentRequestDetails of the parcel. Raises Rejected that says what to change."""
    source = request.source
    if source is None or source.channel != "amazon":
        raise Rejected(NOT_AMAZONS, code="not_amazons")
    if request.weight_g <= 0:
        raise Rejected(NO_WEIGHT, code="no_weight")
    if not all(request.size_mm):
        raise Rejected(NO_SIZE, code="no_size")
    length, width, height = (float(Decimal(side) / 10) for side in request.size_mm)
    given: dict[str, Any] = {
        "AmazonOrderId": source.order_id,
        "ItemList": [_item(line, is_declared=crosses(request)) for line in request.contents],
        "ShipFromAddress": _address(request.ship_from, request.ship_from_email),
        "PackageDimensions": {
            "Length": length,
            "Width": width,
            "Height": height,
            "Unit": "centimeters",
        },
        "Weight": {"Value": request.weight_g, "Unit": "g"},
        "ShipDate": _time(request.ships_at),
        "ShippingServiceOptions": _options(request, label_format),
    }
    if request.deliver_by:
        given["MustArriveByDate"] = _time(request.deliver_by)
    return given


def _item(line: Contents, *, is_declared: bool) -> dict[str, Any]:
    """Across a customs border with what it is and what a piece weighs."""
    item: dict[str, Any] = {"OrderItemId": line.item_id, "Quantity": line.quantity}
    if is_declared:
        item["ItemDescription"] = (line.customs_description or line.title)[:MOST_DESCRIPTION]
        if line.weight_g:
            item["ItemWeight"] = {"Value": line.weight_g, "Unit": "g"}
    return item


def _options(request: LabelRequest, label_format: str) -> dict[str, Any]:
    options: dict[str, Any] = {
        "DeliveryExperience": EXPERIENCES[request.options.signature],
        "CarrierWillPickUp": False,
        "CarrierWillPickUpOption": "ShipperWillDropOff",
    }
    insured = request.options.insured
    if insured:
        options["DeclaredValue"] = {
            "CurrencyCode": insured.currency,
            "Amount": float(insured.amount),
        }
    if label_format:
        options["LabelFormat"] = label_format
    return options


def _address(address: Address, email: str) -> dict[str, str]:
    parts = {
        "Name": (address.name or address.company, NAME),
        "AddressLine1": (address.line1, LINE1),
        "Email": (email, LINE),
        "City": (address.city, CITY),
        "PostalCode": (address.postal_code, PHONE),
        "CountryCode": ("GB" if address.country == "UK" else address.country, 2),
        "Phone": (address.phone, PHONE),
        "AddressLine2": (address.line2, LINE),
        "AddressLine3": (address.line3, LINE),
        "StateOrProvinceCode": (address.state, CITY),
    }
    for part, (value, longest) in parts.items():
        if not value and part in list(parts)[:7]:
            raise Rejected(INCOMPLETE, code="ship_from_incomplete", part=part)
        if len(value) > longest:
            raise Rejected(TOO_LONG, code="address_too_long", part=part, longest=longest)
    return {part: value for part, (value, _) in parts.items() if value}  # no empty AddressLine2


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
