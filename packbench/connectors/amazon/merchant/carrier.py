"""Merchant Fulfillment as a Carrier: BLIND, because Amazon takes no key and has no list."""

from typing import Any

import msgspec
from msgspec import Struct

from packbench.carriers.base import (
    BoughtLabel,
    Feature,
    LabelFile,
    LabelRequest,
    Limits,
    Manifested,
    Prepared,
    Rates,
    RetryClass,
    Service,
    Tracking,
)
from packbench.carriers.naming import carrier_words
from packbench.connectors.amazon.answers import Answer
from packbench.connectors.amazon.client import AmazonClient
from packbench.connectors.amazon.errors import Refused, contract_error
from packbench.connectors.amazon.merchant import operations
from packbench.connectors.amazon.merchant.answers import (
    WireService,
    WireServices,
    label_file,
    rates_of,
    read_services,
    read_shipment,
)
from packbench.connectors.amazon.merchant.asking import CITY, LINE, NAME, PHONE, details
from packbench.connectors.amazon.requests import Call
from packbench.connectors.amazon.shipping.carrier import NOT_OFFERED, UNREADABLE
from packbench.lib.errors import NotFound, OutcomeUnknown, Unsupported
from packbench.lib.sentences import marked

NOT_TRACKED = marked("Amazon's Merchant Fulfillment does not say where its parcels are.")
NO_MANIFEST = marked("Amazon's Merchant Fulfillment has no form for the driver.")
NEEDS_INPUTS = marked(
    "This service asks for more than Merchant Fulfillment can be given here. Choose another one, "
    "or buy its label in Seller Central."
)
LABEL_FORMATS = ("PDF", "ZPL203", "PNG")  # the best first


class Ticket(Struct, frozen=True, omit_defaults=True):
    """An offer as it is bought."""

    service: str
    offer: str
    format: str
    name: str = ""
    carrier: str = ""


class MerchantFulfillment:
    """Implements Carrier. A doubt is a person's: the order's parcels in Seller Central tell."""

    features = frozenset({Feature.RATES, Feature.TELLS_STORE, Feature.VOID})
    retry_class = RetryClass.BLIND
    quarantine_s = 30.0
    limits = Limits(weight_g=70_000, name=NAME, line=LINE, city=CITY, phone=PHONE)
    formats = ("pdf", "zpl", "png")

    def __init__(self, client: AmazonClient) -> None:
        self._client = client

    def services(self) -> tuple[Service, ...]:
        """Only rates say what there is for a parcel."""
        return ()

    def rates(self, request: LabelRequest) -> Rates:
        return rates_of(self._services(request))

    def inputs(self, request: LabelRequest) -> dict[str, Any]:
        """Raises Unsupported: its way of asking has no schema."""
        raise Unsupported(NEEDS_INPUTS, code="needs_inputs")

    def prepare(self, request: LabelRequest) -> Prepared:
        service = _offered(self._services(request), request.service)
        if service.requires_additional_seller_inputs:
            raise Unsupported(NEEDS_INPUTS, code="needs_inputs")
        known = service.available_label_formats or []
        ticket = Ticket(
            service=service.shipping_service_id,
            offer=service.shipping_service_offer_id,
            format=next((each for each in LABEL_FORMATS if each in known), ""),
            name=service.shipping_service_name,
            carrier=service.carrier_name,
        )
        cost = service.rate_with_adjustments or service.rate
        return Prepared(
            ticket=msgspec.json.encode(ticket).decode(), cost=cost.money if cost else None
        )

    def buy(self, request: LabelRequest) -> BoughtLabel:
        """Buy the offer of the ticket. Never repeated: Amazon would sell a second one."""
        ticket = msgspec.json.decode(request.ticket, type=Ticket)
        body = {
            "ShipmentRequestDetails": details(request, label_format=ticket.format),
            "ShippingServiceId": ticket.service,
        }
        if ticket.offer:
            body["ShippingServiceOfferId"] = ticket.offer
        call = Call(
            operations.CREATE_SHIPMENT,
            body=msgspec.json.encode(body),
            private=request.ship_to.words,
        )
        return _bought(self._client.call(call), ticket, request)

    def find(self, request: LabelRequest) -> BoughtLabel | None:
        """Nothing can be looked up without the id that got lost."""
        return None

    def void(self, carrier_label_id: str) -> None:
        call = Call(operations.CANCEL_SHIPMENT, path={"shipmentId": carrier_label_id})
        try:
            self._client.call(call)
        except Refused as refusal:
            if "already" not in refusal.fault.text.lower():
                raise

    def track(self, tracking_number: str, carrier_label_id: str) -> Tracking:
        raise Unsupported(NOT_TRACKED, code="not_tracked")

    def manifest(self, carrier_label_ids: tuple[str, ...], reference: str) -> Manifested:
        raise Unsupported(NO_MANIFEST, code="no_manifest")

    def _services(self, request: LabelRequest) -> WireServices:
        body = {"ShipmentRequestDetails": details(request)}
        call = Call(
            operations.GET_SERVICES,
            body=msgspec.json.encode(body),
            private=request.ship_to.words,
        )
        answer = read_services(self._client.call(call).body)
        if answer is None:
            raise contract_error(call.operation)
        return answer


def _offered(answer: WireServices, service: str) -> WireService:
    listed = answer.shipping_service_list
    found = next((each for each in listed if each.shipping_service_id == service), None)
    if found is None:
        raise NotFound(NOT_OFFERED, code="not_offered")
    return found


def _bought(answer: Answer, ticket: Ticket, request: LabelRequest) -> BoughtLabel:
    shipment = read_shipment(answer.body)
    if shipment is None or not shipment.shipment_id:
        raise OutcomeUnknown(UNREADABLE, code="unreadable", request_id=answer.request_id)
    file = label_file(shipment.label.file_contents) if shipment.label else None
    service = shipment.shipping_service
    cost = (service.rate_with_adjustments or service.rate) if service else None
    code, name = carrier_words(ticket.carrier)
    return BoughtLabel(
        carrier_label_id=shipment.shipment_id,
        tracking_number=shipment.tracking_id or "",
        cost=cost.money if cost else None,
        files=(LabelFile(file[0], request.label_size, file[1]),) if file else (),
        deliver_at=service.latest_estimated_delivery_date if service else None,
        service=Service(
            code=ticket.service,
            name=ticket.name,
            channel_code=code,
            channel_name=name,
            channel_method=ticket.name,
        ),
    )
