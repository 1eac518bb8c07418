"""What Sendcloud answers: read without its addresses, which it repeats in every answer."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from packbench.carriers.base import NoRate, Rate, Rates, Tracked, Tracking
from packbench.connectors.calling import plain
from packbench.connectors.sendcloud.asking import join
from packbench.connectors.sendcloud.statuses import RETURNED, UNSOLD, code_of, word_of
from packbench.lib.money import Money

T = TypeVar("T")
MOST_OFFERS = 300
LONGEST_SERVICE = 80
END_OF_DAY = time(23, 59, tzinfo=UTC)


class WirePrice(Struct):
    value: str | float = ""
    currency: str = ""


class WirePart(Struct):
    label: str = ""
    price: WirePrice | None = None


class WireQuotePrice(Struct):
    breakdown: list[WirePart] | None = None
    total: WirePrice | None = None


class WireQuote(Struct):
    price: WireQuotePrice | None = None
    lead_time: float | None = None  # hours


class WireCarrier(Struct):
    code: str = ""
    name: str = ""


class WireContract(Struct):
    id: int | None = None


class WireRequirements(Struct):
    is_service_point_required: bool | None = False


class WireOption(Struct):
    code: str
    name: str = ""
    carrier: WireCarrier | None = None
    contract: WireContract | None = None
    requirements: WireRequirements | None = None
    functionalities: dict[str, Any] | None = None
    quotes: list[WireQuote] | None = None


class WireOptions(Struct):
    data: list[WireOption] | None = None


class WireStatus(Struct):
    code: str = ""


class WireDocument(Struct):
    type: str = ""
    document_type: str = ""


class WireParcel(Struct):
    id: int | None = None
    status: WireStatus | None = None
    tracking_number: str | None = None
    documents: list[WireDocument] | None = None
    label_file: str | None = None


class WireSource(Struct):
    pointer: str | None = None


class WireFault(Struct):
    code: str | None = None
    source: WireSource | None = None


class WireProperties(Struct):
    shipping_option_code: str | None = None
    contract_id: int | None = None


class WireShipWith(Struct):
    properties: WireProperties | None = None


class WireLabelDetails(Struct):
    mime_type: str = ""


class WireShipment(Struct):
    id: str
    external_reference_id: str | None = None
    parcels: list[WireParcel] | None = None
    carrier: WireCarrier | None = None
    ship_with: WireShipWith | None = None
    label_details: WireLabelDetails | None = None
    errors: list[WireFault] | None = None


class OneShipment(Struct):
    data: WireShipment


class ManyShipments(Struct):
    data: list[WireShipment] | None = None


class WireEvent(Struct):
    event_at: datetime | None = None
    status_code: str | None = None
    status_type: str | None = None


class WireDetails(Struct):
    expected_delivery_date: date | None = None


class WireTracking(Struct):
    details: WireDetails | None = None
    events: list[WireEvent] | None = None


class _Refusal(Struct):
    errors: list[WireFault] | None = None


class Stage(StrEnum):
    """How far a shipment got at Sendcloud."""

    SOLD = "sold"
    UNSOLD = "unsold"  # the carrier refused it, or it was cancelled: nothing is paid
    PENDING = "pending"  # still being announced to the carrier


def read(body: bytes, kind: type[T]) -> T | None:
    """Return what the body says, or None: a decoding error would carry addresses along."""
    try:
        return msgspec.json.decode(body, type=kind, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def reason_of(body: bytes) -> str:
    refusal = read(body, _Refusal)
    return fault_word(refusal.errors) if refusal else ""


def fault_word(faults: list[WireFault] | None) -> str:
    """The code of the first error and the field it is about: its text may name somebody."""
    for fault in faults or ():
        pointer = (fault.source.pointer if fault.source else "") or ""
        field = plain(pointer.strip("/").replace("/", "."))
        if code := plain(fault.code or ""):
            return f"{code}.{field}" if field else code
    return ""


def stage_of(shipment: WireShipment) -> Stage:
    """Return whether it was sold. A number alone says nothing: refused ones have one too."""
    parcel = parcel_of(shipment)
    status = word_of(parcel.status.code) if parcel and parcel.status else ""
    if status in UNSOLD:
        return Stage.UNSOLD
    return Stage.SOLD if parcel and parcel.id and parcel.tracking_number else Stage.PENDING


def parcel_of(shipment: WireShipment) -> WireParcel | None:
    return shipment.parcels[0] if shipment.parcels else None


def rates_of(options: list[WireOption], *, ships_at: datetime) -> Rates:
    """Return what is offered; what needs a place to collect it at cannot be chosen here."""
    offers: list[Rate] = []
    refused: list[NoRate] = []
    for option in options[:MOST_OFFERS]:
        service = service_of(option)
        if reason := _reason_against(option, service):
            refused.append(_no_rate(option, service, reason))
        else:
            offers.append(_rate(option, service, ships_at))
    return Rates(offers=tuple(offers), refused=tuple(refused))


def service_of(option: WireOption) -> str:
    return join(option.code, (option.contract.id or 0) if option.contract else 0)


def price(quote: WireQuote | None) -> Money | None:
    """The price; one of zero is a price that is not known."""
    total = quote.price.total if quote and quote.price else None
    return _money(total)


def quote_of(option: WireOption) -> WireQuote | None:
    return option.quotes[0] if option.quotes else None


def tracking_of(said: WireTracking) -> Tracking:
    """Return codes and times; Sendcloud's texts name who signed."""
    day = said.details.expected_delivery_date if said.details else None
    return Tracking(
        events=tuple(
            tracked(word_of(event.status_code), event.event_at)
            for event in said.events or ()
            if event.status_code and event.event_at and event.event_at.tzinfo
        ),
        estimated_at=datetime.combine(day, END_OF_DAY) if day else None,
    )


def tracked(word: str, at: datetime) -> Tracked:
    return Tracked(at=at, code=code_of(word), raw_code=word[:24], is_return=word in RETURNED)


def _reason_against(option: WireOption, service: str) -> str:
    if option.requirements and option.requirements.is_service_point_required:
        return "needs_service_point"
    return "name_too_long" if len(service) > LONGEST_SERVICE else ""


def _rate(option: WireOption, service: str, ships_at: datetime) -> Rate:
    quote = quote_of(option)
    hours = quote.lead_time if quote else None
    return Rate(
        service=service,
        name=option.name or option.code,
        carrier_name=_carrier_name(option),
        cost=price(quote),
        parts=tuple(_parts(quote)),
        deliver_at=ships_at + timedelta(hours=hours) if hours and 0 < hours < 2000 else None,
        is_tracked=bool((option.functionalities or {}).get("tracked", True)),
    )


def _no_rate(option: WireOption, service: str, reason: str) -> NoRate:
    return NoRate(
        service=service[:LONGEST_SERVICE],
        name=option.name or option.code,
        carrier_name=_carrier_name(option),
        reasons=(reason,),
    )


def _carrier_name(option: WireOption) -> str:
    return (option.carrier.name or option.carrier.code) if option.carrier else ""


def _parts(quote: WireQuote | None) -> Iterator[tuple[str, Money]]:
    for part in (quote.price.breakdown if quote and quote.price else None) or ():
        if money := _money(part.price):
            yield part.label, money


def _money(given: WirePrice | None) -> Money | None:
    if given is None or len(given.currency) != 3:
        return None
    try:
        number = Decimal(str(given.value))
    except InvalidOperation:
        return None
    return Money(number, given.currency) if number.is_finite() and number > 0 else None
