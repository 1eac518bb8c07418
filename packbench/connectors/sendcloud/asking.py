"""What Sendcloud is asked for one parcel: pure. Weights in kilograms, lengths in centimeters."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from packbench.carriers.base import Contents, LabelRequest, Signature, TaxNumber
from packbench.lib.addresses import Address
from packbench.lib.customs import Place, crosses_border
from packbench.lib.errors import Rejected
from packbench.lib.money import Money
from packbench.lib.sentences import marked

CONTRACT = "@"  # between the code of a shipping option and the contract that it is bought by
MIME = {"pdf": "application/pdf", "zpl": "application/zpl"}
DPI = 203
GROWN_UP = 18
MOST_DESCRIPTION, MOST_INVOICE, MOST_HS = 255, 40, 12
TAX_NAMES = {"eori": "EORI", "ioss": "IOSS", "vat": "VAT"}
NO_WEIGHT = marked("Enter the parcel's weight in grams, with packaging.")
NO_CUSTOMS = marked(
    "%(sku)s needs an HS code, a country of origin, a weight and a value before it can cross a "
    "customs border. Enter them on its product page."
)


def options_body(request: LabelRequest, *, service: str = "") -> dict[str, Any]:
    """Return the body of POST /shipping-options: countries and postal codes, nobody's name.

    With a `service` only that one is asked for. Raises Rejected that says what to change.
    """
    body: dict[str, Any] = {
        "from_country_code": request.ship_from.country,
        "from_postal_code": request.ship_from.postal_code[:12],
        "to_country_code": request.ship_to.country,
        "to_postal_code": request.ship_to.postal_code[:12],
        "parcels": [_parcel(request)],
        "calculate_quotes": True,
    }
    if wanted := _functionalities(request):
        body["functionalities"] = wanted
    if service:
        code, contract = split(service)
        body["shipping_option_code"] = code
        if contract:
            body["contract_id"] = contract
    return {name: value for name, value in body.items() if value != ""}


def shipment_body(request: LabelRequest, reference: str, *, format: str) -> dict[str, Any]:
    """Return the body of POST /shipments/announce. Raises Rejected that says what to change."""
    code, contract = split(request.service)
    properties: dict[str, Any] = {"shipping_option_code": code}
    if contract:
        properties["contract_id"] = contract
    body: dict[str, Any] = {
        "external_reference_id": reference,
        "order_number": request.order_number,
        "from_address": _address(request.ship_from, email=request.ship_from_email),
        "to_address": _address(request.ship_to),
        "ship_with": {"type": "shipping_option_code", "properties": properties},
        "label_details": {"mime_type": MIME[format], "dpi": DPI},
        "delivery_dates": {"handover_at": request.ships_at.isoformat()},
        "parcels": [_parcel(request)],
    }
    if needs_customs(request):
        body["customs_information"] = _customs(request)
        body["parcels"][0]["parcel_items"] = [_item(line) for line in request.contents]
        if price := total_of(request.contents):
            body["total_order_price"] = _price(price)
    return body


def needs_customs(request: LabelRequest) -> bool:
    return crosses_border(_place(request.ship_from), _place(request.ship_to))


def split(service: str) -> tuple[str, int]:
    """Return the code of a shipping option and its contract, 0 for the default one."""
    code, _, contract = service.partition(CONTRACT)
    return code, int(contract) if contract.isascii() and contract.isdigit() else 0


def join(code: str, contract: int) -> str:
    return f"{code}{CONTRACT}{contract}" if contract else code


def _parcel(request: LabelRequest) -> dict[str, Any]:
    if request.weight_g <= 0:
        raise Rejected(NO_WEIGHT, code="no_weight")
    kilograms = Decimal(request.weight_g) / 1000
    parcel: dict[str, Any] = {"weight": {"value": f"{kilograms:.3f}", "unit": "kg"}}
    if all(request.size_mm):
        sides = zip(("length", "width", "height"), request.size_mm, strict=True)
        parcel["dimensions"] = {name: f"{Decimal(mm) / 10:.1f}" for name, mm in sides}
        parcel["dimensions"]["unit"] = "cm"
    if request.options.insured:
        parcel["additional_insured_price"] = _price(request.options.insured)
    return parcel


def _functionalities(request: LabelRequest) -> dict[str, Any]:
    """What the options have in common that can take the parcel as it is wished."""
    wished = request.options
    wanted: dict[str, Any] = {}
    if wished.signature in (Signature.ANY, Signature.ADULT):
        wanted["signature"] = True
    if wished.signature is Signature.ADULT:
        wanted["age_check"] = GROWN_UP
    if wished.is_saturday:
        wanted["weekend_delivery"] = "saturday"
    if wished.is_duty_paid:
        wanted["incoterm"] = "ddp"
    if any(line.is_dangerous for line in request.contents):
        wanted["dangerous_goods"] = True
    return wanted


def _customs(request: LabelRequest) -> dict[str, Any]:
    return {
        "invoice_number": request.order_number[:MOST_INVOICE],
        "export_reason": "commercial_goods",
        "export_type": "commercial_b2c",
        "tax_numbers": {
            "sender": list(_tax_numbers(request.tax_numbers, request.ship_from.country)),
            "receiver": [],
            "importer_of_record": [],
        },
    }


def _tax_numbers(numbers: Iterable[TaxNumber], country: str) -> Iterable[dict[str, str]]:
    for number in numbers:
        if name := TAX_NAMES.get(number.kind):
            yield {
                "name": name,
                "country_code": number.country or country,
                "value": number.number,
            }


def _item(line: Contents) -> dict[str, Any]:
    if not (line.hs_code and line.country_of_origin and line.unit_value and line.weight_g):
        raise Rejected(NO_CUSTOMS, code="missing_customs", sku=line.sku)
    return {
        "description": (line.customs_description or line.title)[:MOST_DESCRIPTION],
        "quantity": line.quantity,
        "weight": {"value": float(Decimal(line.weight_g) / 1000), "unit": "kg"},
        "price": _price(line.unit_value),
        "hs_code": line.hs_code[:MOST_HS],
        "origin_country": line.country_of_origin,
        "sku": line.sku,
    }


def total_of(contents: Iterable[Contents]) -> Money | None:
    """What is in the parcel is worth; None where there are several currencies or unknown values."""
    total: Money | None = None
    for line in contents:
        value = line.unit_value
        if value is None or (total and total.currency != value.currency):
            return None
        before = total.amount if total else Decimal(0)
        total = Money(before + value.amount * line.quantity, value.currency)
    return total


def _price(money: Money) -> dict[str, str]:
    return {"value": f"{money.amount:f}", "currency": money.currency}


def _address(address: Address, *, email: str = "") -> dict[str, str]:
    given = {
        "name": address.name or address.company,
        "company_name": address.company if address.name else "",
        "address_line_1": address.line1,
        "address_line_2": address.second_line,
        "postal_code": address.postal_code,
        "city": address.city,
        "state_province_code": _state(address),
        "country_code": address.country,
        "phone_number": address.phone,
        "email": email,
    }
    return {name: value for name, value in given.items() if value}


def _state(address: Address) -> str:
    """ISO 3166-2 where the state is a code; a name would be refused."""
    state = address.state.strip().upper()
    is_code = 1 <= len(state) <= 3 and state.isascii() and state.isalnum()
    return f"{address.country}-{state}" if is_code else ""


def _place(address: Address) -> Place:
    return Place(address.country, address.postal_code, address.state)
