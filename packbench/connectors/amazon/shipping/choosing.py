"""What is chosen of an offer: the label's format, and the value-added services it must have."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any

from packbench.carriers.base import Extra, LabelSize, Options, Signature
from packbench.connectors.amazon.shipping.answers import PrintOption, Specification, WireRate
from packbench.lib.errors import Rejected
from packbench.lib.money import Money
from packbench.lib.sentences import marked

FORMATS = ("PDF", "ZPL", "PNG")  # the best first
LAYOUTS = ("DEFAULT", "LEFT")
DOCUMENTS = ("LABEL", "CUSTOM_FORM")
INCH_MM = 25.4
SIZES = {LabelSize.FOUR_BY_SIX: (101.6, 152.4), LabelSize.A6: (105.0, 148.0)}
# Words of Amazon's ids of what the driver does at the door; it documents no list of them.
SIGNED = {
    Signature.ADULT: ("ADULT",),
    Signature.ANY: ("SIGNATURE_CONFIRMATION", "SIG_VERIFICATION", "SIGNATURE"),
    Signature.NONE: ("NO_CONFIRMATION", "DELIVERY_CONFIRMATION", "WAIVE_SIGNATURE"),
}
NO_DOCUMENT = marked("Amazon offers no label of this service that can be printed here.")
NO_EXTRA = marked("Amazon does not offer “%(extra)s” with this service. Choose another one.")
NOT_SIGNED = marked("Amazon offers no such signature with this service. Choose another one.")


def document_for(rate: WireRate, size: LabelSize) -> dict[str, Any]:
    """Return the requestedDocumentSpecification: it must equal one that the rate offers.

    Raises Rejected where there is none.
    """
    offered = [
        (each, option)
        for each in rate.supported_document_specifications
        if each.format in FORMATS
        for option in each.print_options
    ]
    if not offered:
        raise Rejected(NO_DOCUMENT, code="no_document")
    specification, option = min(
        offered, key=lambda pair: (FORMATS.index(pair[0].format), _distance(pair[0], size))
    )
    return _document(specification, option)


def extras_for(extras: Sequence[Extra], options: Options) -> tuple[Extra, ...]:
    """Return the value-added services to ask for: those that were chosen, and one of each
    group that Amazon requires. Raises Rejected where one that was chosen is not offered.
    """
    chosen = [_named(extras, code) for code in options.extras]
    if options.signature is not Signature.SERVICE_DEFAULT:
        chosen += _signed(extras, options.signature, among=chosen)
    answered = {extra.group for extra in chosen}
    for group, members in groupby(
        sorted((each for each in extras if each.is_required), key=lambda each: each.group),
        key=lambda each: each.group,
    ):
        if group not in answered:
            chosen.append(min(members, key=_price))
    return tuple(dict.fromkeys(chosen))


def total(cost: Money | None, extras: Iterable[Extra]) -> Money | None:
    """The offer's price with what was chosen beside it."""
    if cost is None:
        return None
    added = (extra.cost for extra in extras)
    return Money(
        cost.amount
        + sum(
            (each.amount for each in added if each and each.currency == cost.currency), Decimal()
        ),
        cost.currency,
    )


def _document(specification: Specification, option: PrintOption) -> dict[str, Any]:
    names = [detail.name for detail in option.details if detail.is_mandatory]
    names += [
        detail.name
        for detail in option.details
        if detail.name in DOCUMENTS and detail.name not in names
    ]
    document: dict[str, Any] = {
        "format": specification.format,
        "size": {
            "width": specification.size.width,
            "length": specification.size.length,
            "unit": specification.size.unit,
        },
        "needFileJoining": bool(option.joining) and False not in option.joining,
        "requestedDocumentTypes": names or ["LABEL"],
    }
    if option.layouts:
        document["pageLayout"] = next(
            (layout for layout in LAYOUTS if layout in option.layouts), option.layouts[0]
        )
    if option.dpis:
        document["dpi"] = 203 if 203 in option.dpis else option.dpis[0]
    return document


def _distance(specification: Specification, size: LabelSize) -> float:
    unit = INCH_MM if specification.size.unit == "INCH" else 10.0
    width, length = specification.size.width * unit, specification.size.length * unit
    return abs(width - SIZES[size][0]) + abs(length - SIZES[size][1])


def _named(extras: Sequence[Extra], code: str) -> Extra:
    found = next((extra for extra in extras if extra.code == code), None)
    if found is None:
        raise Rejected(NO_EXTRA, code="no_extra", extra=code[:60])
    return found


def _signed(extras: Sequence[Extra], signature: Signature, *, among: list[Extra]) -> list[Extra]:
    for word in SIGNED[signature]:
        for extra in extras:
            if word in extra.code.upper():
                return [extra]
    if signature is Signature.NONE or among:
        return []
    raise Rejected(NOT_SIGNED, code="no_signature")


def _price(extra: Extra) -> tuple[Decimal, str]:
    return (extra.cost.amount if extra.cost else Decimal(0), extra.code)
