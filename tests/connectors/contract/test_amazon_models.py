"""Amazon's own cases of Shipping v2 and Merchant Fulfillment v0, all of them, and our requests."""

import itertools
import json
from datetime import UTC, datetime
from decimal import Decimal

import httpx
import msgspec
import pytest

from packbench.carriers.base import Contents, LabelRequest, Options, Signature, Source
from packbench.channels.base import Credentials
from packbench.connectors.amazon.client import AmazonClient
from packbench.connectors.amazon.marketplaces import Endpoints
from packbench.connectors.amazon.merchant import answers as merchant_answers
from packbench.connectors.amazon.merchant import operations as merchant
from packbench.connectors.amazon.merchant.asking import details
from packbench.connectors.amazon.requests import Call
from packbench.connectors.amazon.shipping import answers as shipping_answers
from packbench.connectors.amazon.shipping import operations as shipping
from packbench.connectors.amazon.shipping.asking import rates_body
from packbench.connectors.amazon.tokens import TokenCache
from packbench.lib.errors import (
    BadCredentials,
    NotFound,
    OutcomeUnknown,
    Rejected,
    RemoteError,
    TemporaryError,
    Throttled,
)
from packbench.lib.money import Money
from tests.connectors.contract.playing import FreeBuckets, place
from tests.sandbox import oracle

pytestmark = pytest.mark.skipif(
    not oracle.is_here(), reason="Amazon's models are not beside the repository"
)
FILES = ("shippingV2.json", "merchantFulfillmentV0.json")
READERS = {
    "getRates": shipping_answers.read_rates,
    "purchaseShipment": shipping_answers.read_purchase,
    "getTracking": shipping_answers.read_tracking,
    "getAdditionalInputs": shipping_answers.read_schema,
    "generateCollectionForm": shipping_answers.read_form,
    "getEligibleShipmentServices": merchant_answers.read_services,
    "createShipment": merchant_answers.read_shipment,
    "getShipment": merchant_answers.read_shipment,
    "cancelShipment": None,  # its answer is not read: that it is a success is all
}
OPERATIONS = {each.name: each for each in (*shipping.OPERATIONS, *merchant.OPERATIONS)}
# What a status means to who asked for something repeatable.
ERRORS = {
    "400": Rejected,
    "401": (Rejected, BadCredentials),
    "403": (Rejected, BadCredentials),
    "404": NotFound,
    "413": Rejected,
    "415": Rejected,
    "429": Throttled,
    "500": TemporaryError,
    "503": TemporaryError,
}


def cases():
    if not oracle.is_here():
        return []
    lines = (oracle.MODELS.parent / "sandbox_pairs.jsonl").read_text("utf-8").splitlines()
    return [pair for pair in map(json.loads, lines) if pair["file"] in FILES]


def name_of(pair):
    return f"{pair['operationId']}-{pair['status']}-{pair['kind']}-{pair['index']}"


def client_that_hears(status, body):
    def answer(request):
        if request.url.path.endswith("/auth/o2/token"):
            return httpx.Response(200, json={"access_token": "Atza-1", "expires_in": 3600})
        if "restrictedDataToken" in request.url.path:
            token = {"restrictedDataToken": "Atz.sprdt-1", "expiresIn": 3600}
            return httpx.Response(200, json=token)
        content = b"" if body is None else json.dumps(body).encode()
        headers = {"content-type": "application/json", "x-amzn-requestid": "req-1"}
        return httpx.Response(status, content=content, headers=headers)

    return AmazonClient(
        Credentials(
            region="eu", seller_id="A1", client_id="c", client_secret="s", refresh_token="Atzr|1"
        ),
        buckets=FreeBuckets(),
        endpoints=Endpoints.at("http://amazon.test"),
        http=httpx.Client(transport=httpx.MockTransport(answer)),
        tokens=TokenCache(),
    )


def operation_of(pair):
    """The operation as we call it: two models have one of the same name."""
    own = merchant.OPERATIONS if "merchant" in pair["file"] else shipping.OPERATIONS
    known = {each.name: each for each in own}
    return known.get(pair["operationId"], shipping.GET_TRACKING)


def called(pair):
    operation = operation_of(pair)
    path = dict.fromkeys(operation.path_names, "1")
    body = b"{}" if operation.body else b""
    call = Call(operation, path=path, body=body)
    return client_that_hears(int(pair["status"]), pair["response"]).call(call)


@pytest.mark.parametrize("pair", [p for p in cases() if p["status"][0] == "2"], ids=name_of)
def test_every_success_of_amazons_is_read_where_we_ask_for_it(pair):
    body = json.dumps(pair["response"]).encode()
    if pair["operationId"] not in READERS:
        assert pair["operationId"] not in OPERATIONS  # asked for by nobody here
        return
    read = READERS[pair["operationId"]]

    assert read is None or read(body) is not None
    if pair["operationId"] in OPERATIONS:
        assert 200 <= called(pair).status < 300


@pytest.mark.parametrize("pair", [p for p in cases() if p["status"][0] != "2"], ids=name_of)
def test_every_refusal_of_amazons_becomes_an_error_of_ours_with_its_words(pair):
    with pytest.raises(RemoteError) as refusal:
        called(pair)

    error = refusal.value
    is_repeatable = operation_of(pair).is_repeatable
    expected = ERRORS[pair["status"]]
    if pair["status"][0] == "5" and not is_repeatable:
        expected = OutcomeUnknown
    assert isinstance(error, expected)
    said = (pair["response"].get("errors") or [{}])[0].get("message") or ""
    if isinstance(error, Rejected) and error.code == "rejected" and said:
        assert said.strip()[:20] in str(error.sentence)


def requests():
    """Parcels of every shape: what is bought, how, from where to where."""
    values = (None, Money(Decimal("12.90"), "EUR"))
    wanted = (
        Options(),
        Options(insured=Money(Decimal("80.55"), "EUR"), signature=Signature.ADULT),
        Options(collection=Money(Decimal("20"), "EUR"), signature=Signature.NONE),
        Options(is_saturday=True, is_duty_paid=True, signature=Signature.ANY),
    )
    for value, options, country, is_dangerous, grams in itertools.product(
        values, wanted, ("ES", "US", "DE"), (False, True), (0, 350)
    ):
        line = Contents(
            sku="MUG",
            title="Blue mug, „schön“",
            quantity=2,
            item_id="10000000000001",
            weight_g=grams,
            unit_value=value,
            customs_description="Ceramic mug" if value else "",
            hs_code="691110",
            country_of_origin="PT",
            is_dangerous=is_dangerous,
        )
        yield LabelRequest(
            reference="lbl_1",
            order_number="402-1",
            service="UPS_GROUND",
            ship_from=place("ES", company="Casa Marina"),
            ship_from_email="desk@example.com",
            ship_to=place(country, name="Lucía Ferrer"),
            weight_g=901,
            size_mm=(251, 183, 95),
            ships_at=datetime(2026, 11, 20, 9, tzinfo=UTC),
            deliver_by=datetime(2026, 11, 24, 22, tzinfo=UTC) if value else None,
            contents=(line, line),
            source=Source(order_id="402-1", marketplace_id="A1RKKUPIHCS9HS", channel="amazon"),
            options=options,
        )


def checked(path, body):
    """As it goes over the wire: encoded and read again."""
    oracle.check_request(path, json.loads(msgspec.json.encode(body)), "POST")


def test_every_request_for_rates_and_services_validates():
    count = 0
    for request in requests():
        checked("/shipping/v2/shipments/rates", rates_body(request))
        services = {"ShipmentRequestDetails": details(request)}
        checked("/mfn/v0/eligibleShippingServices", services)
        bought = {
            "ShipmentRequestDetails": details(request, label_format="ZPL203"),
            "ShippingServiceId": "DHL_PAKET",
            "ShippingServiceOfferId": "offer-1",
        }
        checked("/mfn/v0/shipments", bought)
        count += 1

    assert count == 96
