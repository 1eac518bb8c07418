"""Buy Shipping against the pretend Amazon: every request and answer held against the model."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import httpx
import pytest
from msgspec.structs import replace

from packbench.carriers.base import (
    TICKET_EXPIRED,
    Carrier,
    Contents,
    Feature,
    LabelRequest,
    Options,
    RetryClass,
    Signature,
    Source,
    TrackingCode,
)
from packbench.channels.base import Credentials
from packbench.connectors.amazon.client import AmazonClient
from packbench.connectors.amazon.marketplaces import Endpoints
from packbench.connectors.amazon.shipping import operations
from packbench.connectors.amazon.shipping.answers import (
    rates_of,
    read_purchase,
    read_rates,
    read_tracking,
)
from packbench.connectors.amazon.shipping.businesses import BUSINESSES, business_of
from packbench.connectors.amazon.shipping.carrier import AmazonShipping
from packbench.connectors.amazon.throttle import MemoryBuckets
from packbench.connectors.amazon.tokens import TokenCache
from packbench.lib.addresses import Address
from packbench.lib.errors import NotFound, OutcomeUnknown, Rejected
from packbench.lib.marketplaces import MARKETPLACES, by_country
from packbench.lib.money import Money
from packbench_sandbox import Sandbox
from packbench_sandbox.carrier.tracking import happen
from tests.sandbox import oracle

START = 1_795_000_000
FROM = Address(
    company="Casa Marina",
    line1="Carrer del Port 8",
    city="Valencia",
    postal_code="46024",
    country="ES",
    phone="+34 960 000 000",
)


@pytest.fixture
def sandbox():
    with Sandbox(seed=7, orders_per_store=40, clock=START) as running:
        yield running


def checked(request):
    path = request.url.path[3:]
    if oracle.is_here() and path.startswith("/shipping") and request.content:
        oracle.check_request(path, json.loads(request.content), request.method)


def checked_answer(response):
    response.read()
    path = response.request.url.path[3:]
    if oracle.is_here() and path.startswith("/shipping"):
        oracle.check_answer(response.request.method, path, response.status_code, response.content)


@pytest.fixture
def carrier(sandbox):
    facts = sandbox.authorize("europe")
    http = httpx.Client(event_hooks={"request": [checked], "response": [checked_answer]})
    return AmazonShipping(
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
    market = by_country("ES").id
    now = sandbox.world.clock.now()
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
            "service": "UPS_GROUND",
            "ship_from": FROM,
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

    assert promised.retry_class is RetryClass.KEYED
    assert Feature.TELLS_STORE in promised.features


def test_offers_name_price_promise_protection_and_what_is_lacking(carrier, make_request):
    rates = carrier.rates(make_request())

    by_service = {rate.service: rate for rate in rates.offers}
    assert by_service["UPS_GROUND"].cost == Money(Decimal("6.0"), "EUR")
    assert by_service["UPS_GROUND"].is_protected
    assert by_service["SLOW_POST"].lacks == (("CLAIMS_PROTECTED", "LATE_DELIVERY_RISK"),)
    assert by_service["UPS_INTL"].needs_inputs
    assert by_service["UPS_GROUND"].deliver_at.tzinfo


def test_a_service_that_cannot_take_the_parcel_says_why(carrier, make_request):
    rates = carrier.rates(make_request(weight_g=2500))

    assert [(each.service, each.reasons) for each in rates.refused] == [
        ("SLOW_POST", ("WEIGHT_RESTRICTIONS",))
    ]


def test_a_label_is_bought_as_it_was_prepared_and_under_its_key_once(
    carrier, make_request, sandbox
):
    request = make_request()
    offer = carrier.prepare(request)
    request = replace(request, ticket=offer.ticket)

    bought = carrier.buy(request)
    again = carrier.buy(request)

    assert offer.cost == Money(Decimal("6.0"), "EUR")
    assert bought == again
    assert bought.files[0].format == "pdf"
    assert bought.files[0].content.startswith(b"%PDF")
    assert bought.service.channel_code == "UPS"
    assert len(sold(sandbox)) == 1


def test_a_lost_answer_is_a_doubt_and_asking_again_buys_nothing_more(
    carrier, make_request, sandbox
):
    request = prepared(carrier, make_request())
    sandbox.faults.arm("lost_answer", operation="purchaseShipment", count=1)

    with pytest.raises(OutcomeUnknown):
        carrier.buy(request)
    bought = carrier.buy(request)

    assert [entry["tracking_number"] for entry in sold(sandbox)] == [bought.tracking_number]


def test_an_expired_offer_is_a_doubt_that_only_a_person_can_end(carrier, make_request, sandbox):
    request = prepared(carrier, make_request())
    sandbox.world.clock.advance(601)

    with pytest.raises(OutcomeUnknown) as doubt:
        carrier.buy(request)

    assert doubt.value.code == TICKET_EXPIRED
    assert sold(sandbox) == []


def test_a_signature_is_asked_for_and_costs_what_it_costs(carrier, make_request, sandbox):
    request = make_request(options=Options(signature=Signature.ADULT))

    offer = carrier.prepare(request)

    assert offer.cost == Money(Decimal("8.5"), "EUR")
    carrier.buy(replace(request, ticket=offer.ticket))


def test_what_amazon_requires_is_chosen_for_the_least(carrier, make_request):
    assert "NO_CONFIRMATION" in carrier.prepare(make_request()).ticket


def test_more_inputs_are_asked_for_by_their_schema_and_sent_along(carrier, make_request, sandbox):
    request = make_request(service="UPS_INTL")
    schema = carrier.inputs(request)
    with pytest.raises(Rejected):
        carrier.buy(prepared(carrier, request))

    answered = replace(request, options=Options(inputs={"harmonizedSystemCode": "691110"}))
    carrier.buy(prepared(carrier, answered))

    assert schema["required"] == ["harmonizedSystemCode"]
    assert len(sold(sandbox)) == 1


def test_a_label_is_given_back_and_giving_it_back_again_is_no_error(carrier, make_request, sandbox):
    bought = carrier.buy(prepared(carrier, make_request()))

    carrier.void(bought.carrier_label_id)
    carrier.void(bought.carrier_label_id)

    assert sandbox.world.ledger.count("label.voided") == 1


def test_tracking_speaks_our_codes(carrier, make_request, sandbox):
    bought = carrier.buy(prepared(carrier, make_request()))
    for code in ("PICKUP", "DELIVERED", "RETURNED"):
        happen(sandbox.world, bought.tracking_number, code)

    tracking = carrier.track(bought.tracking_number, bought.carrier_label_id)

    assert [event.code for event in tracking.events] == [
        TrackingCode.ACCEPTED,
        TrackingCode.DELIVERED,
        TrackingCode.DELIVERED,
    ]
    assert [event.is_return for event in tracking.events] == [False, False, True]


def test_the_day_is_closed_with_a_form_once(carrier, make_request, sandbox):
    bought = carrier.buy(prepared(carrier, make_request()))

    first = carrier.manifest((bought.carrier_label_id,), "man_1")
    again = carrier.manifest((bought.carrier_label_id,), "man_1")

    assert first == again
    assert first.files[0].content.startswith(b"%PDF")
    assert sandbox.world.ledger.count("form.made") == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"size_mm": (0, 0, 0)}, "no_size"),
        ({"weight_g": 0}, "no_weight"),
        ({"source": None}, "not_amazons"),
        ({"ship_from": replace(FROM, line1="x" * 61)}, "address_too_long"),
        ({"service": "GONE"}, "not_offered"),
        ({"options": Options(extras=("NONSENSE",))}, "no_extra"),
    ],
)
def test_what_amazon_would_refuse_is_said_before_anything_is_bought(
    carrier, make_request, sandbox, changes, code
):
    with pytest.raises((Rejected, NotFound)) as refusal:
        carrier.prepare(make_request(**changes))

    assert refusal.value.code == code
    assert sold(sandbox) == []


def test_a_marketplace_without_a_business_is_said_to_have_none(carrier, make_request):
    source = replace(make_request().source, marketplace_id=by_country("DE").id)

    with pytest.raises(Rejected) as refusal:
        carrier.rates(make_request(source=source))

    assert refusal.value.code == "no_business"


def test_each_business_is_the_one_of_its_country():
    served = {market.country for market in MARKETPLACES if business_of(market.id)}

    assert served == set(BUSINESSES)


def pairs():
    lines = (oracle.MODELS.parent / "sandbox_pairs.jsonl").read_text("utf-8").splitlines()
    found = [json.loads(line) for line in lines]
    return [pair for pair in found if pair["file"] == "shippingV2.json"]


@pytest.mark.skipif(not oracle.is_here(), reason="Amazon's models are not beside the repository")
def test_all_of_amazons_own_answers_are_read():
    readers = {
        "getRates": read_rates,
        "purchaseShipment": read_purchase,
        "getTracking": read_tracking,
    }
    answers = [
        (pair, readers[pair["operationId"]])
        for pair in pairs()
        if pair["status"] == "200" and pair["operationId"] in readers
    ]

    assert len(answers) >= 3
    for pair, read in answers:
        said = read(json.dumps(pair["response"]).encode())
        assert said is not None, pair["operationId"]
        if pair["operationId"] == "getRates":
            (rate,) = rates_of(said).offers
            assert rate.cost == Money(Decimal("7"), "USD")
            assert len(rate.parts) == 3


@pytest.mark.skipif(not oracle.is_here(), reason="Amazon's models are not beside the repository")
@pytest.mark.parametrize("operation", operations.OPERATIONS, ids=lambda each: each.name)
def test_operations_are_as_amazons_model_states_them(operation):
    path = operation.path.format(shipmentId="1")

    said = oracle.describe(operation.method, path)

    assert f"| {operation.rate} | {operation.burst} |" in said
