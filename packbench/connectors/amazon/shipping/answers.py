"""What Amazon's shipping answers: read with a tolerance for what its own examples leave out."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import Struct

from packbench.carriers.base import Extra, NoRate, Rate, Rates
from packbench.connectors.amazon.decoding import decoded
from packbench.lib.money import Money

PROTECTED = "CLAIMS_PROTECTED"


class Amount(Struct):
    value: Decimal | None = None  # a number in the model, at times a text in the answers
    unit: str = ""

    @property
    def money(self) -> Money | None:
        """The amount; one of zero is a price that is not known."""
        number = self.value
        is_price = number is not None and number.is_finite() and number > 0
        return Money(number, self.unit) if number is not None and is_price else None


class Window(Struct):
    start: datetime | None = None
    end: datetime | None = None


class Promise(Struct, rename="camel"):
    delivery_window: Window | None = None
    pickup_window: Window | None = None


class Detail(Struct, rename="camel"):
    name: str = ""
    is_mandatory: bool = False


class PrintOption(Struct):
    dpis: list[int] | None = msgspec.field(default=None, name="supportedDPIs")
    layouts: list[str] = msgspec.field(default_factory=list, name="supportedPageLayouts")
    joining: list[bool] = msgspec.field(default_factory=list, name="supportedFileJoiningOptions")
    details: list[Detail] = msgspec.field(default_factory=list, name="supportedDocumentDetails")


class Size(Struct):
    width: float
    length: float
    unit: str


class Specification(Struct, rename="camel"):
    format: str
    size: Size
    print_options: list[PrintOption] = []


class AddedService(Struct):
    id: str
    name: str = ""
    cost: Amount | None = None


class AddedGroup(Struct, rename="camel"):
    group_id: str
    is_required: bool = False
    value_added_services: list[AddedService] | None = None


class RateItem(Struct, rename="camel"):
    rate_item_charge: Amount | None = None
    rate_item_name_localization: str = ""
    rate_item_id: str = msgspec.field(default="", name="rateItemID")


class Excluded(Struct, rename="camel"):
    benefit: str
    reason_codes: list[str] | None = None


class Benefits(Struct, rename="camel"):
    included_benefits: list[str] = []
    excluded_benefits: list[Excluded] = []


class WireRate(Struct, rename="camel"):
    rate_id: str
    carrier_id: str
    carrier_name: str
    service_id: str
    service_name: str
    total_charge: Amount
    promise: Promise | None = None
    supported_document_specifications: list[Specification] = []
    available_value_added_service_groups: list[AddedGroup] | None = None
    requires_additional_inputs: bool = False
    rate_item_list: list[RateItem] | None = None
    benefits: Benefits | None = None


class Reason(Struct):
    code: str = "UNKNOWN"
    message: str = ""


class WireNoRate(Struct, rename="camel"):
    service_id: str
    service_name: str = ""
    carrier_name: str = ""
    ineligibility_reasons: list[Reason] = []


class WireRates(Struct, rename="camel"):
    request_token: str
    rates: list[WireRate] = []
    ineligible_rates: list[WireNoRate] | None = None


class WireDocument(Struct):
    type: str
    format: str
    contents: str


class WireDetail(Struct, rename="camel"):
    package_documents: list[WireDocument] = []
    tracking_id: str | int | None = None


class WirePurchase(Struct, rename="camel"):
    shipment_id: str
    package_document_details: list[WireDetail] = []
    promise: Promise | None = None
    benefits: Benefits | None = None


class WireEvent(Struct, rename="camel"):
    event_code: str
    event_time: datetime
    shipment_type: str = "FORWARD"


class WireTracking(Struct, rename="camel"):
    event_history: list[WireEvent] = []
    promised_delivery_date: datetime | None = None


class WireForm(Struct):
    content: str = msgspec.field(default="", name="base64EncodedContent")
    format: str = msgspec.field(default="", name="documentFormat")


class WireForms(Struct, rename="camel"):
    collections_form_document: WireForm | None = None


_envelope = msgspec.json.Decoder(dict[str, msgspec.Raw])
_rates = msgspec.json.Decoder(WireRates, strict=False)
_purchase = msgspec.json.Decoder(WirePurchase, strict=False)
_tracking = msgspec.json.Decoder(WireTracking, strict=False)
_forms = msgspec.json.Decoder(WireForms, strict=False)
_schema = msgspec.json.Decoder(dict[str, Any])


def read_rates(body: bytes) -> WireRates | None:
    return decoded(_rates, _inside(body))


def read_purchase(body: bytes) -> WirePurchase | None:
    return decoded(_purchase, _inside(body))


def read_tracking(body: bytes) -> WireTracking | None:
    return decoded(_tracking, _inside(body))


def read_form(body: bytes) -> WireForm | None:
    answer = decoded(_forms, _inside(body))
    return answer.collections_form_document if answer else None


def read_schema(body: bytes) -> dict[str, Any] | None:
    return decoded(_schema, _inside(body))


def rates_of(answer: WireRates) -> Rates:
    """Return what Amazon offers, and what it does not with its own codes for why."""
    return Rates(
        offers=tuple(_rate(rate) for rate in answer.rates),
        refused=tuple(
            NoRate(
                service=each.service_id,
                name=each.service_name,
                carrier_name=each.carrier_name,
                reasons=tuple(reason.code for reason in each.ineligibility_reasons),
            )
            for each in answer.ineligible_rates or ()
        ),
    )


def _inside(body: bytes) -> bytes | msgspec.Raw:
    """Return the payload; Amazon's examples come with and without its envelope."""
    envelope = decoded(_envelope, body)
    return envelope.get("payload", body) if envelope else body


def _rate(rate: WireRate) -> Rate:
    window = (rate.promise and rate.promise.delivery_window) or Window()
    benefits = rate.benefits or Benefits()
    return Rate(
        service=rate.service_id,
        name=rate.service_name,
        carrier_name=rate.carrier_name,
        cost=rate.total_charge.money,
        parts=tuple(
            (item.rate_item_name_localization or item.rate_item_id, item.rate_item_charge.money)
            for item in rate.rate_item_list or ()
            if item.rate_item_charge and item.rate_item_charge.money
        ),
        deliver_from=window.start,
        deliver_at=window.end,
        is_protected=PROTECTED in benefits.included_benefits,
        benefits=tuple(benefits.included_benefits),
        lacks=tuple(
            (each.benefit, code)
            for each in benefits.excluded_benefits
            for code in each.reason_codes or ("",)
        ),
        extras=tuple(
            Extra(
                code=service.id,
                name=service.name,
                group=group.group_id,
                is_required=group.is_required,
                cost=service.cost.money if service.cost else None,
            )
            for group in rate.available_value_added_service_groups or ()
            for service in group.value_added_services or ()
        ),
        needs_inputs=rate.requires_additional_inputs,
    )
