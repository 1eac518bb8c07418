"""What EasyPost is asked for one parcel: pure. It weighs in ounces and measures in inches."""

from decimal import ROUND_UP, Decimal
from typing import Any

from packbench.carriers.base import Contents, LabelRequest, LabelSize, Signature
from packbench.carriers.customs import crosses, numbers_for
from packbench.lib.addresses import Address
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked

GRAMS_IN_OUNCE = Decimal("28.349523125")
MM_IN_INCH = Decimal("25.4")
SIZES = {LabelSize.FOUR_BY_SIX: "4x6", LabelSize.A6: "4x6"}
CONFIRMATIONS = {
    Signature.NONE: "NO_SIGNATURE",
    Signature.ANY: "SIGNATURE",
    Signature.ADULT: "ADULT_SIGNATURE",
}
MOST_NUMBERS = 8
NO_WEIGHT = marked("Enter the parcel's weight in grams, with packaging.")
NO_CUSTOMS = marked(
    "%(sku)s needs an HS code, a country of origin and a value before it can cross a customs "
    "border. Enter them on its product page."
)


def shipment_body(request: LabelRequest) -> dict[str, Any]:
    """Return the body of POST /shipments. Raises Rejected that says what to change."""
    if request.weight_g <= 0:
        raise Rejected(NO_WEIGHT, code="no_weight")
    shipment: dict[str, Any] = {
        "reference": request.reference or request.order_number,
        "from_address": _address(request.ship_from),
        "to_address": _address(request.ship_to),
        "parcel": _parcel(request),
        "options": _options(request),
    }
    if request.is_return:  # EasyPost itself exchanges the addresses
        shipment["is_return"] = True
    if request.ship_from_email:
        shipment["from_address"]["email"] = request.ship_from_email
    if crosses(request):
        shipment["customs_info"] = _customs(request)
        shipment["tax_identifiers"] = _tax_numbers(request)
    return {"shipment": shipment}


def _parcel(request: LabelRequest) -> dict[str, float]:
    ounces = (Decimal(request.weight_g) / GRAMS_IN_OUNCE).quantize(Decimal("0.1"), ROUND_UP)
    parcel = {"weight": float(ounces)}
    if all(request.size_mm):
        for name, mm in zip(("length", "width", "height"), request.size_mm, strict=True):
            inches = (Decimal(mm) / MM_IN_INCH).quantize(Decimal("0.1"), ROUND_UP)
            parcel[name] = float(inches)
    return parcel


def _options(request: LabelRequest) -> dict[str, Any]:
    wanted = request.options
    options: dict[str, Any] = {
        "label_format": "PDF",
        "label_size": SIZES[request.label_size],
        "invoice_number": request.order_number,
        "print_custom_1": request.order_number,
    }
    if wanted.signature in CONFIRMATIONS:
        options["delivery_confirmation"] = CONFIRMATIONS[wanted.signature]
    if wanted.is_saturday:
        options["saturday_delivery"] = True
    if crosses(request):
        options["incoterm"] = "DDP" if wanted.is_duty_paid else "DAP"
    if wanted.collection:
        options["cod_amount"] = str(wanted.collection.amount)
        options["currency"] = wanted.collection.currency
    if any(line.is_dangerous for line in request.contents):
        options["hazmat"] = "LIMITED_QUANTITY"
    return options


def _tax_numbers(request: LabelRequest) -> list[dict[str, str]]:
    """The sender's numbers (EasyPost, TaxIdentifier: at most eight)."""
    return [
        {
            "entity": "SENDER",
            "tax_id": each.number,
            "tax_id_type": each.kind.upper(),
            "issuing_country": each.country or request.ship_from.country,
        }
        for each in numbers_for(request)
    ][:MOST_NUMBERS]


def _customs(request: LabelRequest) -> dict[str, Any]:
    return {
        "contents_type": "returned_goods" if request.is_return else "merchandise",
        "customs_certify": True,
        "customs_signer": request.ship_from.name or request.ship_from.company,
        "restriction_type": "none",
        "customs_items": [_customs_item(line) for line in request.contents],
    }


def _customs_item(line: Contents) -> dict[str, Any]:
    if not (line.hs_code and line.country_of_origin and line.unit_value):
        raise Rejected(NO_CUSTOMS, code="missing_customs", sku=line.sku)
    ounces = Decimal(max(line.weight_g, 1) * line.quantity) / GRAMS_IN_OUNCE
    return {
        "description": line.customs_description or line.title[:45],
        "quantity": line.quantity,
        "value": str(line.unit_value.amount * line.quantity),
        "currency": line.unit_value.currency,
        "weight": float(ounces.quantize(Decimal("0.1"), ROUND_UP)),
        "hs_tariff_number": line.hs_code,
        "origin_country": line.country_of_origin,
        "code": line.sku[:30],
    }


def _address(address: Address) -> dict[str, str]:
    given = {
        "name": address.name,
        "company": address.company,
        "street1": address.line1,
        "street2": address.second_line,
        "city": address.city,
        "state": address.state,
        "zip": address.postal_code,
        "country": address.country,
        "phone": address.phone,
    }
    return {name: value for name, value in given.items() if value}
