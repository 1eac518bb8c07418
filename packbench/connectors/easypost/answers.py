"""What EasyPost answers: read without its addresses, which it repeats in every answer."""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TypeVar

import msgspec
from msgspec import Struct

from packbench.carriers.base import NoRate, Rate, Rates, Tracked, Tracking, TrackingCode
from packbench.connectors.calling import plain
from packbench.lib.money import Money

T = TypeVar("T")
SEPARATOR = "/"
CODES = {
    "pre_transit": TrackingCode.NOT_YET,
    "in_transit": TrackingCode.IN_TRANSIT,
    "out_for_delivery": TrackingCode.IN_TRANSIT,
    "available_for_pickup": TrackingCode.COLLECTION_POINT,
    "delivered": TrackingCode.DELIVERED,
    "return_to_sender": TrackingCode.EXCEPTION,
    "failure": TrackingCode.EXCEPTION,
    "error": TrackingCode.EXCEPTION,
    "cancelled": TrackingCode.NOT_YET,
}


class WireRate(Struct):
    id: str
    carrier: str
    service: str
    rate: str = ""
    currency: str = "USD"
    delivery_date: datetime | None = None


class WireMessage(Struct):
    carrier: str = ""
    type: str = ""


class WireLabel(Struct):
    label_url: str | None = None
    label_pdf_url: str | None = None


class WireTracker(Struct):
    id: str = ""


class WireForm(Struct):
    id: str
    status: str = "creating"
    form_url: str | None = None
    tracking_codes: list[str] | None = None


class WireShipment(Struct):
    id: str
    rates: list[WireRate] = []
    messages: list[WireMessage] | None = None
    tracking_code: str | None = None
    selected_rate: WireRate | None = None
    postage_label: WireLabel | None = None
    tracker: WireTracker | None = None
    refund_status: str | None = None
    scan_form: WireForm | None = None


class WireDetail(Struct):
    status: str = "unknown"
    at: datetime | None = msgspec.field(default=None, name="datetime")


class WireTracking(Struct):
    status: str = "unknown"
    tracking_details: list[WireDetail] | None = None
    est_delivery_date: datetime | None = None


class _Fault(Struct):
    code: str = ""


class _Refusal(Struct):
    error: _Fault = msgspec.field(default_factory=_Fault)


def read(body: bytes, kind: type[T]) -> T | None:
    """Return what the body says, or None: a decoding error would carry addresses along."""
    try:
        return msgspec.json.decode(body, type=kind, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def reason_of(body: bytes) -> str:
    refusal = read(body, _Refusal)
    return plain(refusal.error.code) if refusal else ""


def service_code(rate: WireRate) -> str:
    return f"{rate.carrier}{SEPARATOR}{rate.service}"


def rates_of(shipment: WireShipment) -> Rates:
    """Return what is offered, and which carriers have no rate; their messages stay unread."""
    return Rates(
        offers=tuple(_rate(rate) for rate in shipment.rates),
        refused=tuple(
            NoRate(
                service="",
                name="",
                carrier_name=message.carrier,
                reasons=(plain(message.type) or "rate_error",),
            )
            for message in shipment.messages or ()
        ),
    )


def price(rate: WireRate) -> Money | None:
    """The price; one of zero is a price that is not known."""
    try:
        number = Decimal(rate.rate)
    except InvalidOperation:
        return None
    return Money(number, rate.currency) if number.is_finite() and number > 0 else None


def tracking_of(said: WireTracking) -> Tracking:
    """Return codes and times; EasyPost's texts name who signed."""
    return Tracking(
        events=tuple(
            Tracked(
                at=detail.at,
                code=CODES.get(detail.status, TrackingCode.UNKNOWN),
                raw_code=detail.status,
                is_return=detail.status == "return_to_sender",
            )
            for detail in said.tracking_details or ()
            if detail.at and detail.at.tzinfo
        ),
        estimated_at=said.est_delivery_date,
    )


def _rate(rate: WireRate) -> Rate:
    return Rate(
        service=service_code(rate),
        name=rate.service,
        carrier_name=rate.carrier,
        cost=price(rate),
        deliver_at=rate.delivery_date,
    )
