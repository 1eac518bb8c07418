"""What Amazon's getRates is asked for one parcel: pure, checked before a call is spent."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from packbench.carriers.base import Contents, LabelRequest, Source
from packbench.carriers.customs import crosses
from packbench.connectors.amazon.marketplaces import by_id
from packbench.lib.addresses import Address
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked

NAME, LINE, PHONE, EMAIL = 50, 60, 20, 64  # Shipping v2, Address
MOST_DESCRIPTION = 100

NOT_AMAZONS = marked(
    "This order did not come in through Amazon's API: Amazon sells labels for its own orders only."
)
NO_SIZE = marked("Enter the parcel's length, width and height: Amazon names no price without them.")
NO_WEIGHT = marked("Enter the parcel's weight in grams, with packaging.")
TOO_LONG = marked(
    "The %(which)s address has a %(part)s of more than %(longest)s characters: Amazon takes no "
    "longer one. Shorten it."
)
NO_STATE = marked("Enter the state or region of the ship-from address: Amazon needs it.")
SHIP_FROM = marked("ship-from")


def rates_body(request: LabelRequest) -> dict[str, Any]:
    """Return the body of getRates. Raises Rejected that says what to change.

    The recipient is not sent: Amazon takes the address from its own order.
    """
    source = request.source
    if source is None or source.channel != "amazon":
        raise Rejected(NOT_AMAZONS, code="not_amazons")
    return {
        "shipFrom": _address(request.ship_from),
        "shipDate": _time(request.ships_at),
        "packages": [_package(request, source)],
        "channelDetails": {
            "channelType": "AMAZON",
            "amazonOrderDetails": {"orderId": source.order_id},
        },
        **_added_values(request),
    }


def _package(request: LabelRequest, source: Source) -> dict[str, Any]:
    length, width, height = request.size_mm
    if request.weight_g <= 0:
        raise Rejected(NO_WEIGHT, code="no_weight")
    if not (length and width and height):
        raise Rejected(NO_SIZE, code="no_size")
    insured = request.options.insured
    currency = insured.currency if insured else _currency(request, source)
    package: dict[str, Any] = {
        "dimensions": {
            "length": _centimeters(length),
            "width": _centimeters(width),
            "height": _centimeters(height),
            "unit": "CENTIMETER",
        },
        "weight": {"unit": "GRAM", "value": request.weight_g},
        "insuredValue": {"unit": currency, "value": float(insured.amount) if insured else 0},
        "packageClientReferenceId": "1",
        "items": [_item(line, is_declared=crosses(request)) for line in request.contents],
    }
    if any(line.is_dangerous for line in request.contents):
        package["isHazmat"] = True
    return package


def _item(line: Contents, *, is_declared: bool) -> dict[str, Any]:
    item: dict[str, Any] = {"itemIdentifier": line.item_id, "quantity": line.quantity}
    if line.weight_g:
        item["weight"] = {"unit": "GRAM", "value": line.weight_g}
    if line.unit_value:
        item["itemValue"] = {
            "unit": line.unit_value.currency,
            "value": float(line.unit_value.amount),
        }
    if line.is_dangerous:
        item["isHazmat"] = True
    if is_declared:
        item["description"] = (line.customs_description or line.title)[:MOST_DESCRIPTION]
    return item


# What additional inputs may be called that we know already: Amazon's model lists no names.
KNOWN_INPUTS = (
    (re.compile(r"harmoni[sz]ed|hs_?code|tariff", re.IGNORECASE), "hs_code"),
    (re.compile(r"origin", re.IGNORECASE), "country_of_origin"),
    (re.compile(r"description", re.IGNORECASE), "customs_description"),
)


def prefilled(schema: dict[str, Any], contents: Sequence[Contents]) -> dict[str, Any]:
    """Return the schema with what customs data say as defaults, where all lines say the same."""
    filled = dict(schema)
    parts = schema.get("properties")
    if isinstance(parts, dict):
        filled["properties"] = {
            name: _prefilled(name, part, contents) if isinstance(part, dict) else part
            for name, part in parts.items()
        }
    return filled


def _prefilled(name: str, part: dict[str, Any], contents: Sequence[Contents]) -> dict[str, Any]:
    if part.get("type") != "string":
        return prefilled(part, contents)
    field = next((field for pattern, field in KNOWN_INPUTS if pattern.search(name)), "")
    values = {getattr(line, field) for line in contents} if field else set()
    known = values.pop() if len(values) == 1 else ""
    return {**part, "default": known} if known else part


def _added_values(request: LabelRequest) -> dict[str, Any]:
    """Cash on delivery is asked for with the rates, unlike the other value-added services."""
    collection = request.options.collection
    if collection is None:
        return {}
    amount = {"unit": collection.currency, "value": float(collection.amount)}
    return {"valueAddedServices": {"collectOnDelivery": {"amount": amount}}}


def _address(address: Address) -> dict[str, str]:
    name = address.name or address.company
    parts = {
        "name": (name, NAME),
        "addressLine1": (address.line1, LINE),
        "addressLine2": (address.line2, LINE),
        "addressLine3": (address.line3, LINE),
        "companyName": (address.company if address.name else "", NAME),
        "city": (address.city, LINE),
        "phoneNumber": (address.phone, PHONE),
    }
    for part, (value, longest) in parts.items():
        if len(value) > longest:
            raise Rejected(
                TOO_LONG, code="address_too_long", which=SHIP_FROM, part=part, longest=longest
            )
    given = {part: value for part, (value, _) in parts.items() if value}  # no empty AddressLine2
    return given | {
        "stateOrRegion": address.state or address.city,
        "postalCode": address.postal_code,
        "countryCode": "GB" if address.country == "UK" else address.country,
    }


def _currency(request: LabelRequest, source: Source) -> str:
    values = (line.unit_value for line in request.contents)
    return next(
        (value.currency for value in values if value), by_id(source.marketplace_id).currency
    )


def _centimeters(mm: int) -> float:
    return float(Decimal(mm) / 10)


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
