"""Amazon Buy Shipping as a Carrier (Shipping v2)."""

import base64
import binascii
from typing import Any

import msgspec
from msgspec import Struct

from packbench.carriers.base import (
    TICKET_EXPIRED,
    BoughtLabel,
    Feature,
    LabelFile,
    LabelRequest,
    LabelSize,
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
from packbench.connectors.amazon.requests import Call
from packbench.connectors.amazon.shipping import operations
from packbench.connectors.amazon.shipping.answers import (
    WireDetail,
    WireRate,
    WireRates,
    rates_of,
    read_form,
    read_purchase,
    read_rates,
    read_schema,
    read_tracking,
)
from packbench.connectors.amazon.shipping.asking import LINE, NAME, PHONE, prefilled, rates_body
from packbench.connectors.amazon.shipping.businesses import BUSINESSES, business_of
from packbench.connectors.amazon.shipping.choosing import document_for, extras_for, total
from packbench.connectors.amazon.shipping.tracking import tracking_of
from packbench.lib.errors import NotFound, OutcomeUnknown, Rejected, Unsupported
from packbench.lib.sentences import marked

NO_BUSINESS = marked(
    "Amazon's Shipping API does not serve this marketplace. Choose Amazon Merchant Fulfillment."
)
NOT_OFFERED = marked(
    "Amazon no longer offers this service for the parcel. Compare the rates again."
)
EXPIRED = marked(
    "Amazon's offer expired before it was clear whether the label was bought. Look in Seller "
    "Central, Manage orders, before buying again."
)
NOT_OURS = marked(
    "Packbench has no number of Amazon's for this label: it was not bought here. Look after it in "
    "Seller Central, Manage orders."
)
SEVERAL_CARRIERS = marked("A form of Amazon's is of one carrier: close the day for each.")
UNREADABLE = marked("Amazon sold a label but its answer could not be read. It is asked again.")
FORMATS = {"PDF": "pdf", "ZPL": "zpl", "PNG": "png"}
KINDS = {"LABEL": "label", "CUSTOM_FORM": "customs"}
SEPARATOR = " "


class Ticket(Struct, frozen=True, omit_defaults=True):
    """An offer as it is bought: the same words each time, under the same key."""

    token: str
    rate: str
    carrier: str
    carrier_name: str
    service: str
    service_name: str
    document: dict[str, Any]
    extras: tuple[str, ...] = ()
    business: str = ""


class AmazonShipping:
    """Implements Carrier: KEYED, as long as Amazon remembers the offer (ten minutes)."""

    features = frozenset(
        {
            Feature.CUSTOMS,
            Feature.INPUTS,
            Feature.MANIFEST,
            Feature.RATES,
            Feature.TELLS_STORE,
            Feature.TRACKING,
            Feature.VOID,
        }
    )
    retry_class = RetryClass.KEYED
    quarantine_s = 5.0
    limits = Limits(weight_g=70_000, name=NAME, line=LINE, city=LINE, phone=PHONE)
    formats = ("pdf", "zpl", "png")

    def __init__(self, client: AmazonClient) -> None:
        self._client = client

    def services(self) -> tuple[Service, ...]:
        """Only rates say what there is for a parcel."""
        return ()

    def rates(self, request: LabelRequest) -> Rates:
        return rates_of(self._rates(request))

    def inputs(self, request: LabelRequest) -> dict[str, Any]:
        """Return the JSON schema of what the service asks for. Raises Rejected."""
        answer = self._rates(request)
        rate = _offer(answer, request.service)
        if not rate.requires_additional_inputs:
            return {}
        query = {"requestToken": answer.request_token, "rateId": rate.rate_id}
        call = Call(
            operations.GET_ADDITIONAL_INPUTS, query=query, headers=_headers(_business(request))
        )
        schema = read_schema(self._client.call(call).body)
        if schema is None:
            raise contract_error(call.operation)
        return prefilled(schema, request.contents)

    def prepare(self, request: LabelRequest) -> Prepared:
        """Ask for the offer anew: its token is good for ten minutes. Raises Rejected."""
        answer = self._rates(request)
        rate = _offer(answer, request.service)
        offer = next(each for each in rates_of(answer).offers if each.service == request.service)
        extras = extras_for(offer.extras, request.options)
        ticket = Ticket(
            token=answer.request_token,
            rate=rate.rate_id,
            carrier=rate.carrier_id,
            carrier_name=rate.carrier_name,
            service=rate.service_id,
            service_name=rate.service_name,
            document=document_for(rate, request.label_size),
            extras=tuple(extra.code for extra in extras),
            business=_business(request),
        )
        return Prepared(ticket=msgspec.json.encode(ticket).decode(), cost=total(offer.cost, extras))

    def buy(self, request: LabelRequest) -> BoughtLabel:
        """Buy the offer of the ticket under our reference as its key. Safe to repeat."""
        ticket = msgspec.json.decode(request.ticket, type=Ticket)
        body: dict[str, Any] = {
            "requestToken": ticket.token,
            "rateId": ticket.rate,
            "requestedDocumentSpecification": ticket.document,
        }
        if ticket.extras:
            body["requestedValueAddedServices"] = [{"id": code} for code in ticket.extras]
        if request.options.inputs:
            body["additionalInputs"] = request.options.inputs
        headers = {**_headers(ticket.business), "x-amzn-IdempotencyKey": request.reference}
        call = Call(
            operations.PURCHASE_SHIPMENT,
            body=msgspec.json.encode(body),
            headers=headers,
            private=request.ship_to.words,
        )
        try:
            answer = self._client.call(call)
        except Refused as refusal:
            if "TOKEN_EXPIRED" in refusal.fault.text.upper().replace(" ", "_"):
                raise OutcomeUnknown(
                    EXPIRED, code=TICKET_EXPIRED, request_id=refusal.request_id
                ) from None
            raise
        return _bought(answer, ticket, request.label_size)

    def find(self, request: LabelRequest) -> BoughtLabel | None:
        """Buying again under the same key shows it. Raises Unsupported."""
        raise Unsupported(EXPIRED, code="not_searchable")

    def void(self, carrier_label_id: str) -> None:
        business, shipment_id, _ = _parts(carrier_label_id)
        call = Call(
            operations.CANCEL_SHIPMENT,
            path={"shipmentId": shipment_id},
            headers=_headers(business),
        )
        try:
            self._client.call(call)
        except Refused as refusal:
            if "already" not in refusal.fault.text.lower():
                raise

    def track(self, tracking_number: str, carrier_label_id: str) -> Tracking:
        business, _, carrier = _parts(carrier_label_id)
        call = Call(
            operations.GET_TRACKING,
            query={"trackingId": tracking_number, "carrierId": carrier},
            headers=_headers(business),
        )
        answer = read_tracking(self._client.call(call).body)
        if answer is None:
            raise contract_error(call.operation)
        return tracking_of(answer)

    def manifest(self, carrier_label_ids: tuple[str, ...], reference: str) -> Manifested:
        """Close the day at the carrier of these labels, all of one. Raises Rejected."""
        business, _, carrier = _parts(carrier_label_ids[0])
        headers = {**_headers(business), "x-amzn-IdempotencyKey": reference}
        call = Call(
            operations.GENERATE_COLLECTION_FORM,
            body=msgspec.json.encode({"carrierId": carrier}),
            headers=headers,
        )
        form = read_form(self._client.call(call).body)
        content = _file(form.content) if form else None
        if form is None or content is None:
            raise contract_error(call.operation)
        kind = FORMATS.get(form.format.upper(), "pdf")
        return Manifested(
            carrier_manifest_id=reference, files=(LabelFile(kind, "", content, "manifest"),)
        )

    def _rates(self, request: LabelRequest) -> WireRates:
        body = rates_body(request)
        call = Call(
            operations.GET_RATES,
            body=msgspec.json.encode(body),
            headers=_headers(_business(request)),
            private=request.ship_to.words,
        )
        answer = read_rates(self._client.call(call).body)
        if answer is None:
            raise contract_error(call.operation)
        return answer


def _offer(answer: WireRates, service: str) -> WireRate:
    found = next((rate for rate in answer.rates if rate.service_id == service), None)
    if found is None:
        raise NotFound(NOT_OFFERED, code="not_offered")
    return found


def _business(request: LabelRequest) -> str:
    business = business_of(request.source.marketplace_id) if request.source else ""
    if not business:
        raise Rejected(NO_BUSINESS, code="no_business")
    return business


def _parts(carrier_label_id: str) -> tuple[str, str, str]:
    """The business, Amazon's shipment and its carrier. Raises NotFound for a label of others."""
    parts = carrier_label_id.split(SEPARATOR, 2)
    if len(parts) != 3 or parts[0] not in BUSINESSES.values():
        raise NotFound(NOT_OURS, code="label_not_ours")
    return parts[0], parts[1], parts[2]


def _headers(business: str) -> dict[str, str]:
    return {"x-amzn-shipping-business-id": business}


def _bought(answer: Answer, ticket: Ticket, size: LabelSize) -> BoughtLabel:
    purchase = read_purchase(answer.body)
    if purchase is None or not (purchase.shipment_id and purchase.package_document_details):
        raise OutcomeUnknown(UNREADABLE, code="unreadable", request_id=answer.request_id)
    detail = purchase.package_document_details[0]
    window = purchase.promise and purchase.promise.delivery_window
    number = str(detail.tracking_id or "")
    return BoughtLabel(
        carrier_label_id=SEPARATOR.join((ticket.business, purchase.shipment_id, ticket.carrier)),
        tracking_number=number,
        cost=None,  # the answer names none: the offer did
        files=_files(detail, size),
        deliver_at=window.end if window else None,
        service=_service(ticket),
    )


def _service(ticket: Ticket) -> Service:
    """What was sold, in the words that other shops are told."""
    code, name = carrier_words(ticket.carrier_name or ticket.carrier)
    return Service(
        code=ticket.service,
        name=ticket.service_name,
        channel_code=code,
        channel_name=name,
        channel_method=ticket.service_name,
    )


def _files(detail: WireDetail, size: LabelSize) -> tuple[LabelFile, ...]:
    files = (
        (document, _file(document.contents))
        for document in detail.package_documents
        if document.format in FORMATS and document.type in KINDS
    )
    return tuple(
        LabelFile(FORMATS[document.format], size, content, KINDS[document.type])
        for document, content in files
        if content
    )


def _file(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
