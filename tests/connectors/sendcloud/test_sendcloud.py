"""Sendcloud against the pretend one: a reference is sold once, whatever gets lost."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from packbench.carriers.base import (
    Carrier,
    CarrierSecrets,
    Contents,
    Feature,
    LabelRequest,
    Opening,
    Options,
    RetryClass,
    Signature,
    TaxNumber,
    TrackingCode,
)
from packbench.connectors.sendcloud.asking import options_body, shipment_body
from packbench.connectors.sendcloud.opening import open_carrier
from packbench.connectors.sendcloud.statuses import CODES, NUMBERS, word_of
from packbench.lib.addresses import Address
from packbench.lib.errors import BadCredentials, NotFound, OutcomeUnknown, Rejected
from packbench.lib.money import Money
from packbench_sandbox import Sandbox
from packbench_sandbox.carrier.tracking import happen
from packbench_sandbox.sendcloud.selling import PUBLIC, SECRET

START = 1_795_000_000
FROM = Address(company="Casa Marina", line1="Stadhuisplein 10", city="Eindhoven",
               postal_code="5611 EM", country="NL", phone="+31401234567")  # fmt: skip
TO = Address(name="Zaphod Beeblebrox", line1="Insulindelaan 115", line2="Floor 2",
             city="Eindhoven", postal_code="5642 CV", country="NL")  # fmt: skip
LONDON = Address(name="Zaphod Beeblebrox", line1="10 Kamal Chunchie Way", city="London",
                 postal_code="E16 1ZE", country="GB")  # fmt: skip
MUG = Contents(sku="MUG", title="Blue mug", quantity=2, weight_g=350, hs_code="691110",
               unit_value=Money(Decimal("12.90"), "EUR"), customs_description="Ceramic mug",
               country_of_origin="PT")  # fmt: skip
STANDARD = "postnl:standard@517"
EXPRESS = "dhl_express:worldwide/incoterm=dap@517"


@pytest.fixture
def sandbox():
    with Sandbox(seed=7, orders_per_store=2, clock=START) as running:
        yield running


def opened(sandbox, secret=SECRET, **settings):
    secrets = CarrierSecrets(values={"public": PUBLIC, "secret": secret})
    return open_carrier(Opening(secrets=secrets, settings=settings, sandbox_url=sandbox.url))


@pytest.fixture
def carrier(sandbox):
    return opened(sandbox)


def make_request(**changes):
    values = {
        "reference": "lbl_1",
        "order_number": "402-1",
        "service": STANDARD,
        "ship_from": FROM,
        "ship_to": TO,
        "weight_g": 1320,
        "size_mm": (250, 180, 95),
        "ships_at": datetime.fromtimestamp(START, UTC),
        "contents": (MUG,),
    }
    return LabelRequest(**{**values, **changes})


def sold(sandbox):
    return sandbox.ledger.entries("label.sold")


def test_it_keeps_the_promises_of_a_carrier(carrier):
    promised: Carrier = carrier

    assert promised.retry_class is RetryClass.KEYED
    assert Feature.MANIFEST not in promised.features


def test_offers_with_price_day_and_contract_and_those_that_need_a_shop(carrier):
    rates = carrier.rates(make_request())

    offers = {rate.service: rate for rate in rates.offers}
    assert offers[STANDARD].cost == Money(Decimal("5.95"), "EUR")
    assert offers[STANDARD].deliver_at == datetime.fromtimestamp(START, UTC) + timedelta(hours=24)
    assert [(each.carrier_name, each.reasons) for each in rates.refused] == [
        ("Mondial Relay", ("needs_service_point",))
    ]


def test_prices_are_asked_for_without_anybodys_name():
    asked = json.dumps(options_body(make_request()))

    assert "Zaphod" not in asked
    assert "Insulindelaan" not in asked


def test_a_wished_signature_leaves_only_services_that_have_it(carrier):
    rates = carrier.rates(make_request(options=Options(signature=Signature.ANY)))

    names = {rate.name for rate in rates.offers}
    assert names == {"PostNL Standard + signature", "DHL Express Worldwide"}


def test_a_label_is_bought_with_its_file_number_and_price(carrier, sandbox):
    prepared = carrier.prepare(make_request())
    bought = carrier.buy(make_request())

    assert prepared.cost == Money(Decimal("5.95"), "EUR")
    assert bought.files[0].content.startswith(b"%PDF")
    assert bought.tracking_number == sold(sandbox)[0]["tracking_number"]
    assert bought.service.channel_code == "PostNL"


def test_labels_come_as_zpl_where_that_was_chosen(sandbox):
    bought = opened(sandbox, format="zpl").buy(make_request())

    assert (bought.files[0].format, bought.files[0].content[:3]) == ("zpl", b"^XA")


def test_a_reference_is_sold_once_and_shows_the_same_label(carrier, sandbox):
    first = carrier.buy(make_request())
    again = carrier.buy(make_request())

    assert again == first
    assert len(sold(sandbox)) == 1


def test_a_lost_answer_is_asked_for_again(carrier, sandbox):
    sandbox.faults.arm("lost_answer", operation="sendcloud.announce", count=1)
    with pytest.raises(OutcomeUnknown):
        carrier.buy(make_request())

    assert carrier.buy(make_request()).tracking_number == sold(sandbox)[0]["tracking_number"]
    assert len(sold(sandbox)) == 1


def test_an_answer_that_cannot_be_read_is_in_doubt(carrier, sandbox):
    sandbox.faults.arm("bad_json", operation="sendcloud.announce", count=1)

    with pytest.raises(OutcomeUnknown):
        carrier.buy(make_request())


def test_a_reference_that_is_taken_but_not_shown_stays_in_doubt(carrier, sandbox):
    sandbox.commit_lag = 60
    carrier.buy(make_request())
    sandbox.faults.arm("bad_json", operation="sendcloud.announce", count=1)

    with pytest.raises(OutcomeUnknown) as doubt:
        carrier.buy(make_request())

    assert doubt.value.code == "not_shown"
    assert carrier.find(make_request()) is None
    sandbox.clock.advance(61)
    assert carrier.find(make_request()).carrier_label_id == sold(sandbox)[0]["label_id"]


def test_a_file_that_does_not_come_leaves_the_label_in_doubt_until_it_does(carrier, sandbox):
    carrier.buy(make_request())
    sandbox.faults.arm("503_html", operation="sendcloud.document", count=1)

    with pytest.raises(OutcomeUnknown):
        carrier.buy(make_request())

    assert carrier.buy(make_request()).files[0].content.startswith(b"%PDF")


def test_what_the_carrier_refused_is_bought_under_another_reference_once(carrier, sandbox):
    refused = make_request(ship_to=replace(TO, postal_code="0000 AA"))
    with pytest.raises(Rejected) as refusal:
        carrier.buy(refused)
    assert refusal.value.code == "parcel_announcement_error"

    first = carrier.buy(make_request())
    again = carrier.buy(make_request())

    assert first == again == carrier.find(make_request())
    assert [entry["reference"] for entry in sold(sandbox)] == ["lbl_1-2"]


def test_a_label_is_given_back_and_giving_it_back_again_is_no_error(carrier, sandbox):
    bought = carrier.buy(make_request())

    carrier.void(bought.carrier_label_id)
    carrier.void(bought.carrier_label_id)

    assert sandbox.ledger.count("label.voided") == 1
    assert carrier.find(make_request()) is None


def test_what_was_delivered_is_not_taken_back(carrier, sandbox):
    bought = carrier.buy(make_request())
    happen(sandbox.world, bought.tracking_number, "DELIVERED")

    with pytest.raises(Rejected):
        carrier.void(bought.carrier_label_id)
    with pytest.raises(NotFound):
        carrier.void("4df31240-daef-40bf-81fc-7a83184073e6")


def test_tracking_speaks_our_codes_and_leaves_the_texts(carrier, sandbox):
    bought = carrier.buy(make_request())
    for code in ("ANNOUNCED", "PICKUP", "NOT_HOME", "SHOP", "DELIVERED", "DAMAGED", "RETURNING"):
        happen(sandbox.world, bought.tracking_number, code)

    tracking = carrier.track(bought.tracking_number, bought.carrier_label_id)

    assert [event.code for event in tracking.events] == [
        TrackingCode.NOT_YET,
        TrackingCode.ACCEPTED,
        TrackingCode.ATTEMPT,
        TrackingCode.COLLECTION_POINT,
        TrackingCode.DELIVERED,
        TrackingCode.EXCEPTION,
        TrackingCode.EXCEPTION,
    ]
    assert [event.is_return for event in tracking.events][-2:] == [False, True]
    assert tracking.estimated_at.hour == 23
    assert "Grünbaum" not in repr(tracking)


def test_every_status_has_a_meaning_and_is_known_however_it_is_written():
    assert set(NUMBERS.values()) <= set(CODES)
    assert word_of("READY_TO_SEND") == word_of("ready-to-send") == word_of("Ready to send")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"service": "gone:gone"}, "not_offered"),
        ({"weight_g": 0}, "no_weight"),
        ({"weight_g": 100_000}, "not_offered"),
        ({"ship_to": LONDON, "service": EXPRESS, "contents": (replace(MUG, hs_code=""),)},
         "missing_customs"),
    ],
)  # fmt: skip
def test_what_cannot_be_sold_says_why_before_anything_is_paid(carrier, sandbox, changes, code):
    with pytest.raises(Rejected) as refusal:
        carrier.prepare(make_request(**changes))

    assert refusal.value.code == code
    assert sold(sandbox) == []


def test_a_refused_field_is_named_and_its_content_is_not(carrier):
    with pytest.raises(Rejected) as refusal:
        carrier.buy(make_request(ship_to=replace(TO, city="")))

    assert refusal.value.code == "required.to_address.city"
    assert "Zaphod" not in str(refusal.value)


@pytest.mark.parametrize("secret", ["", "wrong"])
def test_a_missing_or_wrong_key_asks_for_a_new_one(sandbox, secret):
    with pytest.raises(BadCredentials):
        opened(sandbox, secret).rates(make_request())


def test_customs_data_goes_along_and_its_paper_comes_back(carrier):
    request = make_request(
        ship_to=LONDON,
        service=EXPRESS,
        tax_numbers=(TaxNumber(kind="eori", number="NL123456789", country="NL"),),
    )

    body = shipment_body(request, "lbl_1", format="pdf")
    bought = carrier.buy(request)

    assert body["customs_information"]["tax_numbers"]["sender"] == [
        {"name": "EORI", "country_code": "NL", "value": "NL123456789"}
    ]
    [item] = body["parcels"][0]["parcel_items"]
    assert (item["price"]["value"], item["weight"]["value"]) == ("12.90", 0.35)
    assert body["total_order_price"] == {"value": "25.80", "currency": "EUR"}
    assert [file.kind for file in bought.files] == ["label", "customs"]
    json.dumps(body)


def test_within_the_union_no_customs_data_is_sent():
    berlin = replace(TO, country="DE", postal_code="10117")

    body = shipment_body(make_request(ship_to=berlin), "lbl_1", format="pdf")

    assert "customs_information" not in body
    assert body["parcels"][0]["weight"] == {"value": "1.320", "unit": "kg"}
    assert body["parcels"][0]["dimensions"]["length"] == "25.0"
