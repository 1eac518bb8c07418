"""Customs of one parcel: whether it crosses a border, what is missing, which numbers go along.

Areas are those of `lib.customs`. IOSS: VAT of distance sales of at most 150 EUR was collected
already (Directive 2006/112/EC, article 369l). EORI: a consignment of more than 1,000 in the
currency of the union it leaves needs an export declaration under the exporter's number
(Delegated Regulation (EU) 2015/2446, article 141(4); the same sum in the United Kingdom).
"""

from collections.abc import Iterator
from decimal import Decimal

from packbench.carriers.base import Contents, LabelRequest, TaxNumber
from packbench.lib.addresses import Address
from packbench.lib.customs import EU, UK, Place, areas_of, crosses_border
from packbench.lib.money import Money
from packbench.lib.sentences import Sentence, marked

DECLARED_ABOVE = {"EUR": Decimal(1000), "GBP": Decimal(1000)}
IOSS, EORI, VAT = "ioss", "eori", "vat"
HS_CODE, ORIGIN = marked("an HS code"), marked("a country of origin")
VALUE, WEIGHT = marked("a value"), marked("a weight")
NO_CONTENTS = marked("Nobody knows what is in the parcel, and customs asks. Look at its items.")
LACKS = marked(
    "%(sku)s needs %(missing)s before it can cross a customs border. Enter it on its product page."
)
LACKS_TWO = marked(
    "%(sku)s needs %(missing)s and %(more)s before it can cross a customs border. Enter them on "
    "its product page."
)
NO_EORI = marked(
    "What is worth %(value)s is declared for export under your EORI number. Enter it in Settings, "
    "Warehouses, Tax numbers."
)


def crosses(request: LabelRequest) -> bool:
    """Whether customs asks what is in the parcel."""
    return crosses_border(_place(request.ship_from), _place(request.ship_to))


def problem_of(request: LabelRequest) -> Sentence | None:
    """Return what must be added before the parcel can cross a border; None where nothing is."""
    if not crosses(request):
        return None
    if not request.contents:
        return Sentence(NO_CONTENTS)
    for line in request.contents:
        missing = list(_missing(line))
        if len(missing) > 1:
            return Sentence(LACKS_TWO, {"sku": line.sku, "missing": missing[0], "more": missing[1]})
        if missing:
            return Sentence(LACKS, {"sku": line.sku, "missing": missing[0]})
    worth = value_of(request)
    if worth and _needs_eori(request, worth) and not number_of(request, EORI):
        return Sentence(NO_EORI, {"value": str(worth)})
    return None


def numbers_for(request: LabelRequest) -> tuple[TaxNumber, ...]:
    """Return the numbers that go along with the parcel: IOSS into the Union from outside only,
    and of the others those of the area that it leaves or enters.
    """
    if not crosses(request):
        return ()
    there = areas_of(_place(request.ship_to))
    places = areas_of(_place(request.ship_from)) | there
    return tuple(
        each
        for each in request.tax_numbers
        if (EU in there if each.kind == IOSS else _is_of(each, places))
    )


def number_of(request: LabelRequest, kind: str) -> str:
    """Return the first number of the kind that goes along; empty where there is none."""
    return next((each.number for each in numbers_for(request) if each.kind == kind), "")


def value_of(request: LabelRequest) -> Money | None:
    """Return what all pieces are worth; None where they have no value or several currencies."""
    values = [line.unit_value for line in request.contents]
    currencies = {value.currency for value in values if value}
    if len(currencies) != 1 or not all(values):
        return None
    total = sum(
        (line.unit_value.amount * line.quantity for line in request.contents if line.unit_value),
        Decimal(),
    )
    return Money(total, currencies.pop())


def _missing(line: Contents) -> Iterator[str]:
    has = {
        HS_CODE: line.hs_code,
        ORIGIN: line.country_of_origin,
        VALUE: line.unit_value and line.unit_value.amount > 0,
        WEIGHT: line.weight_g,
    }
    return (what for what, value in has.items() if not value)


def _needs_eori(request: LabelRequest, worth: Money) -> bool:
    leaves_union = areas_of(_place(request.ship_from)) & {EU, UK}
    limit = DECLARED_ABOVE.get(worth.currency)
    return bool(leaves_union) and limit is not None and worth.amount > limit


def _is_of(number: TaxNumber, areas: frozenset[str]) -> bool:
    return not number.country or bool(areas_of(Place(number.country)) & areas)


def _place(address: Address) -> Place:
    return Place(address.country, address.postal_code, address.state)
