"""What Merchant Fulfillment answers. Its labels are gzipped, and bounded while they are opened."""

import base64
import binascii
import zlib
from datetime import datetime
from decimal import Decimal

import msgspec
from msgspec import Struct

from packbench.carriers.base import NoRate, Rate, Rates
from packbench.connectors.amazon.decoding import decoded
from packbench.lib.money import Money

PROTECTED = "CLAIMS_PROTECTED"
MOST_LABEL_BYTES = 8 * 1024 * 1024
FORMATS = {"application/pdf": "pdf", "application/zpl": "zpl", "image/png": "png"}
NOT_ACCEPTED = "TERMS_AND_CONDITIONS_NOT_ACCEPTED"
UNAVAILABLE = "TEMPORARILY_UNAVAILABLE"


class Amount(Struct, rename="pascal"):
    currency_code: str = ""
    amount: Decimal | None = None

    @property
    def money(self) -> Money | None:
        """The amount; one of zero is a price that is not known."""
        number = self.amount
        is_price = number is not None and number.is_finite() and number > 0
        return Money(number, self.currency_code) if number is not None and is_price else None


class Excluded(Struct, rename="pascal"):
    benefit: str = ""
    reason_codes: list[str] | None = None


class Benefits(Struct, rename="pascal"):
    included_benefits: list[str] | None = None
    excluded_benefits: list[Excluded] | None = None


class WireService(Struct, rename="pascal"):
    shipping_service_name: str
    carrier_name: str
    shipping_service_id: str
    shipping_service_offer_id: str = ""
    rate: Amount | None = None
    rate_with_adjustments: Amount | None = None
    earliest_estimated_delivery_date: datetime | None = None
    latest_estimated_delivery_date: datetime | None = None
    available_label_formats: list[str] | None = None
    requires_additional_seller_inputs: bool = False
    benefits: Benefits | None = None


class WireRejected(Struct, rename="pascal"):
    carrier_name: str = ""
    shipping_service_name: str = ""
    shipping_service_id: str = ""
    rejection_reason_code: str = "UNKNOWN"


class WireCarrier(Struct, rename="pascal"):
    carrier_name: str = ""


class WireServices(Struct, rename="pascal"):
    shipping_service_list: list[WireService] = []
    rejected_shipping_service_list: list[WireRejected] | None = None
    temporarily_unavailable_carrier_list: list[WireCarrier] | None = None
    terms_and_conditions_not_accepted_carrier_list: list[WireCarrier] | None = None


class WireFile(Struct, rename="pascal"):
    contents: str = ""
    file_type: str = ""
    checksum: str = ""


class WireLabel(Struct, rename="pascal"):
    file_contents: WireFile = msgspec.field(default_factory=WireFile)


class WireShipment(Struct, rename="pascal"):
    """Of the answer no more than the label and its number: the addresses stay unread."""

    shipment_id: str
    status: str = ""
    tracking_id: str | None = None
    label: WireLabel | None = None
    shipping_service: WireService | None = None


class _Services(Struct):
    payload: WireServices


class _Shipment(Struct):
    payload: WireShipment


_services = msgspec.json.Decoder(_Services, strict=False)
_shipment = msgspec.json.Decoder(_Shipment, strict=False)


def read_services(body: bytes) -> WireServices | None:
    answer = decoded(_services, body)
    return answer.payload if answer else None


def read_shipment(body: bytes) -> WireShipment | None:
    answer = decoded(_shipment, body)
    return answer.payload if answer else None


def rates_of(answer: WireServices) -> Rates:
    """Return what is offered; what is not, and whose terms wait in Seller Central, with codes."""
    refused = [
        NoRate(
            service=each.shipping_service_id,
            name=each.shipping_service_name,
            carrier_name=each.carrier_name,
            reasons=(each.rejection_reason_code,),
        )
        for each in answer.rejected_shipping_service_list or ()
    ]
    carriers = (
        (answer.temporarily_unavailable_carrier_list, UNAVAILABLE),
        (answer.terms_and_conditions_not_accepted_carrier_list, NOT_ACCEPTED),
    )
    refused += [
        NoRate(service="", name="", carrier_name=each.carrier_name, reasons=(reason,))
        for listed, reason in carriers
        for each in listed or ()
    ]
    return Rates(
        offers=tuple(_rate(service) for service in answer.shipping_service_list),
        refused=tuple(refused),
    )


def label_file(file: WireFile) -> tuple[str, bytes] | None:
    """Return (format, content) of a label that is base64 of gzip; None where it is neither."""
    kind = FORMATS.get(file.file_type)
    try:
        packed = base64.b64decode(file.contents, validate=True)
        unpacking = zlib.decompressobj(16 + zlib.MAX_WBITS)
        content = unpacking.decompress(packed, MOST_LABEL_BYTES)
    except (binascii.Error, ValueError, zlib.error):
        return None
    is_whole = unpacking.eof and content
    return (kind, content) if kind and is_whole else None


def _rate(service: WireService) -> Rate:
    benefits = service.benefits or Benefits()
    included = tuple(benefits.included_benefits or ())
    cost = service.rate_with_adjustments or service.rate
    return Rate(
        service=service.shipping_service_id,
        name=service.shipping_service_name,
        carrier_name=service.carrier_name,
        cost=cost.money if cost else None,
        deliver_from=service.earliest_estimated_delivery_date,
        deliver_at=service.latest_estimated_delivery_date,
        is_protected=PROTECTED in included,
        benefits=included,
        lacks=tuple(
            (each.benefit, code)
            for each in benefits.excluded_benefits or ()
            for code in each.reason_codes or ("",)
        ),
        needs_inputs=service.requires_additional_seller_inputs,
    )
