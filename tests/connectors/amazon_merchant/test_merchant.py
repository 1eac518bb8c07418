"""Merchant Fulfillment against the pretend Amazon, requests and answers held against the model."""

import base64
import gzip
import json
from datetime import UTC, datetime
from decimal import Decimal

import httpx
import pytest
from msgspec.structs import replace

from packbench.carriers.base import (
    Carrier,
    Contents,
    Feature,
    LabelRequest,
    Options,
    RetryClass,
    Signature,
    Source,
)
from packbench.channels.base import Credentials
from packbench.connectors.amazon.client import AmazonClient
from packbench.connectors.amazon.marketplaces import Endpoints
from packbench.connectors.amazon.merchant import operations
from packbench.connectors.amazon.merchant.answers import (
    WireFile,
    label_file,
    rates_of,
    read_services,
    read_shipment,
)
from packbench.connectors.amazon.merchant.carrier import MerchantFulfillment
from packbench.connectors.amazon.throttle import MemoryBuckets
from packbench.connectors.amazon.tokens import TokenCache
from packbench.lib.addresses import Address
from packbench.lib.errors import NotFound, OutcomeUnknown, Rejected
from packbench.lib.marketplaces import by_country
from packbench.lib.money import Money
from packbench_sandbox import Sandbox
from tests.sandbox import oracle

START = 1_795_000_000
FROM = Address(
    company="Casa Marina",
    line1="Hafenstr. 8",
    city="Hamburg",
    postal_code="20457",
    country="DE",
    phone="+49 40 0000",
)
needs_models = pytest.mark.skipif(
    not oracle.is_here(), reason="Amazon's models are not beside the repository"
)


@pytest.fixture
def sandbox():
    with Sandbox(seed=7, orders_per_store=40, clock=START) as running:
        yield running


def checked(request):
    path = request.url.path[3:]
    if oracle.is_here() and path.startswith(("/mfn", "/tokens")) and request.content:
        oracle.check_request(path, json.loads(request.content), request.method)


def checked_answer(response):
    response.read()
    path = response.request.url.path[3:]
    if oracle.is_here() and path.startswith(("/mfn", "/tokens")):
        method = response.request.method
        oracle.check_answer(method, path, response.status_code, response.content)


@pytest.fixture
def carrier(sandbox):
    facts = sandbox.authorize("europe")
    http = httpx.Client(event_hooks={"request": [checked], "response": [checked_answer]})
    return MerchantFulfillment(
        AmazonClient(
            Credentials(**{**facts, "region": facts["region"].lower()}),
            buckets=MemoryBuckets(),
            endpoints=Endpoints.at(sandbox.url),
            http=http,
            tokens=TokenCache(),
        )
    )


@pytest.fixture
def make_request(sandbox):
    market, now = by_country("DE").id, sandbox.world.clock.now()
    order = next(
        order
        for order in sandbox.world.orders_of(sandbox.world.seller("europe").id).values()
        if order.marketplace_id == market
        and order.is_merchant_fulfilled
        and (state := order.state(now))
        and state.status == "UNSHIPPED"
    )

    def make(**changes):
        values = {
            "reference": "lbl_1",
            "order_number": order.id,
            "service": "DHL_PAKET",
            "ship_from": FROM,
            "ship_from_email": "lager@example.com",
            "ship_to": Address(),
            "weight_g": 900,
            "size_mm": (250, 180, 95),
            "ships_at": datetime.fromtimestamp(START, UTC),
            "contents": tuple(
                Contents(sku="MUG", title="Mug", quantity=count, item_id=item)
                for item, count in order.quantities.items()
            ),
            "source": Source(order_id=order.id, marketplace_id=market, channel="amazon"),
        }
        return LabelRequest(**{**values, **changes})

    return make


def prepared(carrier, request):
    return replace(request, ticket=carrier.prepare(request).ticket)


def sold(sandbox):
    return sandbox.world.ledger.entries("label.sold")


def test_it_keeps_the_promises_of_a_carrier(carrier):
    promised: Carrier = carrier

    assert promised.retry_class is RetryClass.BLIND
    assert Feature.TELLS_STORE in promised.features


def test_offers_and_the_carriers_whose_terms_wait_to_be_accepted(carrier, make_request):
    rates = carrier.rates(make_request())

    assert {(rate.service, rate.cost) for rate in rates.offers} == {
        ("DHL_PAKET", Money(Decimal("4.6"), "EUR")),
        ("HERMES_STD", Money(Decimal("4.0"), "EUR")),
    }
    assert all(rate.is_protected for rate in rates.offers)
    assert [(each.carrier_name, each.reasons) for each in rates.refused] == [
        ("GLS", ("TERMS_AND_CONDITIONS_NOT_ACCEPTED",))
    ]


def test_a_label_comes_unpacked_with_its_number_and_price(carrier, make_request, sandbox):
    bought = carrier.buy(prepared(carrier, make_request()))

    assert bought.files[0].content.startswith(b"%PDF")
    assert bought.cost == Money(Decimal("4.6"), "EUR")
    assert bought.tracking_number == sold(sandbox)[0]["tracking_number"]
    assert bought.service.channel_code == "DHL"


def test_a_lost_answer_is_a_doubt_that_nothing_can_be_found_of(carrier, make_request, sandbox):
    request = prepared(carrier, make_request())
    sandbox.faults.arm("lost_answer", operation="createShipment", count=1)

    with pytest.raises(OutcomeUnknown):
        carrier.buy(request)

    assert carrier.find(request) is None
    assert len(sold(sandbox)) == 1


def test_a_label_is_given_back_and_giving_it_back_again_is_no_error(carrier, make_request, sandbox):
    bought = carrier.buy(prepared(carrier, make_request()))
    sandbox.world.clock.advance(5)

    carrier.void(bought.carrier_label_id)
    sandbox.world.clock.advance(5)
    carrier._client._throttle._buckets = MemoryBuckets()
    carrier.void(bought.carrier_label_id)

    assert sandbox.world.ledger.count("label.voided") == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"size_mm": (0, 0, 0)}, "no_size"),
        ({"weight_g": 0}, "no_weight"),
        ({"source": None}, "not_amazons"),
        ({"ship_from_email": ""}, "ship_from_incomplete"),
        ({"ship_from": replace(FROM, company="x" * 31)}, "address_too_long"),
        ({"service": "GONE"}, "not_offered"),
    ],
)
def test_what_amazon_would_only_call_invalid_says_what_to_change(
    carrier, make_request, sandbox, changes, code
):
    with pytest.raises((Rejected, NotFound)) as refusal:
        carrier.prepare(make_request(**changes))

    assert refusal.value.code == code
    assert sold(sandbox) == []


def test_a_signature_and_an_insured_value_are_asked_for(carrier, make_request, sandbox):
    options = Options(signature=Signature.ADULT, insured=Money(Decimal("80"), "EUR"))

    carrier.buy(prepared(carrier, make_request(options=options)))

    asked = sold(sandbox)[0]["details"]["ShippingServiceOptions"]
    assert asked["DeliveryExperience"] == "DeliveryConfirmationWithAdultSignature"
    assert asked["DeclaredValue"] == {"CurrencyCode": "EUR", "Amount": 80.0}


@pytest.mark.parametrize(
    "contents",
    [
        "not base64",
        base64.b64encode(b"not gzip").decode(),
        base64.b64encode(gzip.compress(b"%PDF whole")[:-6]).decode(),
        base64.b64encode(gzip.compress(b"0" * (9 * 1024 * 1024))).decode(),
        "",
    ],
    ids=["text", "no gzip", "cut", "bomb", "empty"],
)
def test_a_label_that_cannot_be_unpacked_is_none(contents):
    assert label_file(WireFile(contents=contents, file_type="application/pdf")) is None


@needs_models
def test_all_of_amazons_own_answers_are_read():
    lines = (oracle.MODELS.parent / "sandbox_pairs.jsonl").read_text("utf-8").splitlines()
    readers = {
        "getEligibleShipmentServices": read_services,
        "createShipment": read_shipment,
        "getShipment": read_shipment,
        "cancelShipment": read_shipment,
    }
    pairs = [json.loads(line) for line in lines]
    ours = [
        pair
        for pair in pairs
        if pair["file"] == "merchantFulfillmentV0.json"
        and pair["status"] == "200"
        and pair["operationId"] in readers
    ]

    assert len(ours) == 4
    for pair in ours:
        said = readers[pair["operationId"]](json.dumps(pair["response"]).encode())
        assert said is not None, pair["operationId"]
        if pair["operationId"] == "getEligibleShipmentServices":
            assert rates_of(said).offers[0].cost == Money(Decimal("33.73"), "USD")


@needs_models
@pytest.mark.parametrize("operation", operations.OPERATIONS, ids=lambda each: each.name)
def test_operations_are_as_amazons_model_states_them(operation):
    path = operation.path.format(shipmentId="1")

    said = oracle.describe(operation.method, path)

    assert f"| {operation.rate} | {operation.burst} |" in said
