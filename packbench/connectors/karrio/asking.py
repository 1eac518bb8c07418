"""What Karrio is asked for one parcel, in its unified model: pure. Kilograms and centimeters."""

from collections.abc import Collection
from decimal import Decimal
from typing import Any

from packbench.carriers.base import Contents, LabelRequest, Signature
from packbench.carriers.customs import EORI, IOSS, VAT, crosses, number_of, value_of
from packbench.lib.addresses import Address
from packbench.lib.errors import Rejected
from packbench.lib.money import Money
from packbench.lib.sentences import marked

LABEL_TYPES = {"pdf": "PDF", "zpl": "ZPL"}
MOST_DESCRIPTION = 35
NO_WEIGHT = marked("Enter the parcel's weight in grams, with packaging.")
NOT_DONE = marked(
    "This carrier cannot be asked for it through Karrio: %(what)s. Take it off the parcel, or "
    "choose another carrier."
)
# Karrio's words for what a parcel may ask for, and ours.
WORDS = {
    "insurance": marked("insurance"),
    "cash_on_delivery": marked("cash on delivery"),
    "signature_confirmation": marked("signature"),
    "saturday_delivery": marked("Saturday delivery"),
    "dangerous_good": marked("dangerous goods"),
    "adult_signature": marked("an adult's signature"),
}


def rate_request(request: LabelRequest, options: Collection[str]) -> dict[str, Any]:
    """Return Karrio's RateRequest. `options` are those that the carrier knows.

    Raises Rejected that says what to change.
    """
    return {
        "shipper": _address(request.ship_from, email=request.ship_from_email),
        "recipient": _address(request.ship_to),
        "parcels": [_parcel(request)],
        "options": _options(request, options),
        "reference": request.reference or request.order_number,
    }


def shipment_request(
    request: LabelRequest, options: Collection[str], *, format: str
) -> dict[str, Any]:
    """Return Karrio's ShipmentRequest under our reference. Raises Rejected as `rate_request`."""
    body = rate_request(request, options)
    body |= {"service": request.service, "label_type": LABEL_TYPES[format]}
    body["payment"] = {"paid_by": "sender"}
    if crosses(request):
        body["customs"] = _customs(request)
    return body


def _parcel(request: LabelRequest) -> dict[str, Any]:
    """`reference_number` is what UPS shows for parcels within the United States."""
    if request.weight_g <= 0:
        raise Rejected(NO_WEIGHT, code="no_weight")
    parcel: dict[str, Any] = {
        "weight": float(Decimal(request.weight_g) / 1000),
        "weight_unit": "KG",
        "reference_number": request.reference or request.order_number,
        "description": _description(request.contents),
    }
    if all(request.size_mm):
        sides = zip(("length", "width", "height"), request.size_mm, strict=True)
        parcel |= {name: float(Decimal(mm) / 10) for name, mm in sides}
        parcel["dimension_unit"] = "CM"
    return parcel


def _description(contents: tuple[Contents, ...]) -> str:
    words = (line.customs_description or line.title for line in contents)
    return next(words, "")[:MOST_DESCRIPTION]


def _options(request: LabelRequest, known: Collection[str]) -> dict[str, Any]:
    """What is wished of the carrier: one that Karrio does not pass on would be lost in silence."""
    wished = request.options
    wanted: dict[str, Any] = {}
    if wished.signature is Signature.ADULT:
        wanted["adult_signature"] = True
    if wished.signature is Signature.ANY:
        wanted["signature_confirmation"] = True
    if wished.is_saturday:
        wanted["saturday_delivery"] = True
    if wished.insured:
        wanted["insurance"] = float(wished.insured.amount)
    if wished.collection:
        wanted["cash_on_delivery"] = float(wished.collection.amount)
    if any(line.is_dangerous for line in request.contents):
        wanted["dangerous_good"] = True
    for name in wanted:
        if name not in known:
            raise Rejected(NOT_DONE, code="option_not_done", what=WORDS[name])
    if currency := _currency(wished.insured or wished.collection):
        wanted["currency"] = currency
    wanted["shipping_date"] = f"{request.ships_at:%Y-%m-%dT%H:%M}"
    return wanted


def _currency(money: Money | None) -> str:
    return money.currency if money else ""


def _customs(request: LabelRequest) -> dict[str, Any]:
    numbers = {
        "eori_number": number_of(request, EORI),
        "vat_registration_number": number_of(request, VAT),
        "ioss": number_of(request, IOSS),
    }
    worth = value_of(request)
    duty: dict[str, Any] = {"paid_by": "sender" if request.options.is_duty_paid else "recipient"}
    if worth:
        duty |= {"currency": worth.currency, "declared_value": float(worth.amount)}
    return {
        "commodities": [_commodity(line) for line in request.contents],
        "certify": True,
        "signer": request.ship_from.name or request.ship_from.company,
        "content_type": "merchandise",
        "commercial_invoice": True,
        "incoterm": "DDP" if request.options.is_duty_paid else "DAP",
        "invoice": request.order_number,
        "invoice_date": f"{request.ships_at:%Y-%m-%d}",
        "duty": duty,
        "options": {name: number for name, number in numbers.items() if number},
    }


def _commodity(line: Contents) -> dict[str, Any]:
    """Weight and value of one piece; that they are there was checked before (carriers/customs)."""
    value = line.unit_value
    return {
        "sku": line.sku,
        "title": line.title[:MOST_DESCRIPTION],
        "description": (line.customs_description or line.title)[:MOST_DESCRIPTION],
        "quantity": line.quantity,
        "hs_code": line.hs_code,
        "origin_country": line.country_of_origin,
        "weight": float(Decimal(line.weight_g) / 1000),
        "weight_unit": "KG",
        "value_amount": float(value.amount) if value else None,
        "value_currency": value.currency if value else None,
    }


def _address(address: Address, *, email: str = "") -> dict[str, Any]:
    given = {
        "person_name": address.name,
        "company_name": address.company,
        "address_line1": address.line1,
        "address_line2": address.second_line,
        "city": address.city,
        "state_code": address.state,
        "postal_code": address.postal_code,
        "country_code": address.country,
        "phone_number": address.phone,
        "email": email,
        "residential": address.kind == "residential",
    }
    return {name: value for name, value in given.items() if value}
