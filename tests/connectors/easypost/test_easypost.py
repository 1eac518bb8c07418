"""EasyPost against the pretend one: a ticket is sold once, whatever gets lost."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from msgspec.structs import replace

from packbench.carriers.base import (
    Carrier,
    CarrierSecrets,
    Contents,
    LabelRequest,
    Opening,
    Options,
    RetryClass,
    Signature,
    TrackingCode,
)
from packbench.connectors.easypost.asking import shipment_body
from packbench.connectors.easypost.opening import open_carrier
from packbench.lib.addresses import Address
from packbench.lib.errors import BadCredentials, NotFound, OutcomeUnknown, Rejected, TemporaryError
from packbench.lib.money import Money
from packbench_sandbox import Sandbox
from packbench_sandbox.carrier.tracking import happen
from packbench_sandbox.easypost.selling import KEY

START = 1_795_000_000
FROM = Address(company="Casa Marina", line1="Port 8", city="Newark", state="NJ",
               postal_code="07101", country="US", phone="201-555-0100")  # fmt: skip
TO = Address(name="Zaphod Beeblebrox", line1="1 Main St", line2="Apt 4", city="Ames",
             state="IA", postal_code="50010", country="US")  # fmt: skip


@pytest.fixture
def sandbox():
    with Sandbox(seed=7, orders_per_store=2, clock=START) as running:
        yield running


def opened(sandbox, key=KEY):
    secrets = CarrierSecrets(values={"key": key} if key else {})
    return open_carrier(Opening(secrets=secrets, sandbox_url=sandbox.url))


@pytest.fixture
def carrier(sandbox):
    return opened(sandbox)


def make_request(**changes):
    values = {
        "reference": "lbl_1",
        "order_number": "111-1",
        "service": "USPS/GroundAdvantage",
        "ship_from": FROM,
        "ship_to": TO,
        "weight_g": 900,
        "size_mm": (250, 180, 95),
        "ships_at": datetime.fromtimestamp(START, UTC),
        "contents": (Contents(sku="MUG", title="Blue mug", quantity=2),),
    }
    return LabelRequest(**{**values, **changes})


def prepared(carrier, request):
    return replace(request, ticket=carrier.prepare(request).ticket)


def sold(sandbox):
    return sandbox.world.ledger.entries("label.sold")


def test_it_keeps_the_promises_of_a_carrier(carrier):
    promised: Carrier = carrier

    assert promised.retry_class is RetryClass.TWO_PHASE


def test_offers_and_the_carriers_that_have_none(carrier):
    rates = carrier.rates(make_request())

    assert {(rate.service, rate.cost) for rate in rates.offers} >= {
        ("USPS/GroundAdvantage", Money(Decimal("5.40"), "USD")),
        ("UPS/Ground", Money(Decimal("9.40"), "USD")),
    }
    assert [each.carrier_name for each in rates.refused] == ["FedEx"]


def test_of_a_return_easypost_exchanges_the_addresses_itself():
    there, back = shipment_body(make_request()), shipment_body(make_request(is_return=True))

    assert "is_return" not in there["shipment"]
    assert back["shipment"].pop("is_return") is True
    assert back == there


def test_a_return_across_a_border_says_so_to_customs():
    line = Contents(
        sku="MUG", title="Mug", quantity=1, weight_g=300, unit_value=Money(Decimal(9), "USD"),
        hs_code="6912.00", country_of_origin="PT",
    )  # fmt: skip
    abroad = replace(TO, country="CA", state="ON", postal_code="K1A 0B1")
    asked = make_request(ship_to=abroad, contents=(line,), is_return=True)

    customs = shipment_body(asked)["shipment"]["customs_info"]

    assert customs["contents_type"] == "returned_goods"


def test_a_label_is_bought_with_its_file_number_and_price(carrier, sandbox):
    bought = carrier.buy(prepared(carrier, make_request()))

    assert bought.files[0].content.startswith(b"%PDF")
    assert bought.cost == Money(Decimal("5.40"), "USD")
    assert bought.tracking_number == sold(sandbox)[0]["tracking_number"]
    assert bought.service.channel_code == "USPS"


def test_a_lost_answer_is_found_by_its_ticket(carrier, sandbox):
    request = prepared(carrier, make_request())
    sandbox.faults.arm("lost_answer", operation="easypost.buy", count=1)
    with pytest.raises(OutcomeUnknown):
        carrier.buy(request)

    assert carrier.find(request).tracking_number == sold(sandbox)[0]["tracking_number"]


def test_a_ticket_that_is_sold_but_not_shown_yet_stays_in_doubt_and_is_sold_once(sandbox, carrier):
    sandbox.commit_lag = 5
    request = prepared(carrier, make_request())
    carrier.buy(request)

    assert carrier.find(request) is None
    with pytest.raises(OutcomeUnknown):
        carrier.buy(request)
    sandbox.world.clock.advance(6)

    assert carrier.buy(request) == carrier.find(request)
    assert len(sold(sandbox)) == 1


def test_a_label_whose_file_does_not_come_is_in_doubt_until_it_does(carrier, sandbox):
    request = prepared(carrier, make_request())
    sandbox.faults.arm("503_html", operation="easypost.label", count=2)

    with pytest.raises(OutcomeUnknown):
        carrier.buy(request)
    with pytest.raises(TemporaryError):
        carrier.find(request)

    assert carrier.find(request).files[0].content.startswith(b"%PDF")


def test_a_label_is_given_back_and_giving_it_back_again_is_no_error(carrier, sandbox):
    bought = carrier.buy(prepared(carrier, make_request()))

    carrier.void(bought.carrier_label_id)
    carrier.void(bought.carrier_label_id)

    assert sandbox.world.ledger.count("label.voided") == 1


def test_tracking_speaks_our_codes_and_leaves_the_texts(carrier, sandbox):
    bought = carrier.buy(prepared(carrier, make_request()))
    for code in ("PICKUP", "SHOP", "DELIVERED", "RETURNING"):
        happen(sandbox.world, bought.tracking_number, code)

    tracking = carrier.track(bought.tracking_number, bought.carrier_label_id)

    assert [event.code for event in tracking.events] == [
        TrackingCode.IN_TRANSIT,
        TrackingCode.COLLECTION_POINT,
        TrackingCode.DELIVERED,
        TrackingCode.EXCEPTION,
    ]
    assert [event.is_return for event in tracking.events][-1]
    assert "Grünbaum" not in repr(tracking)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"service": "GONE"}, "not_offered"),
        ({"weight_g": 0}, "no_weight"),
        ({"weight_g": 100_000}, "not_offered"),
        ({"ship_to": replace(TO, country="GB")}, "missing_customs"),
        ({"ship_to": replace(TO, line1="")}, "ADDRESS.VERIFY.FAILURE"),
    ],
)
def test_what_cannot_be_sold_says_why_and_costs_nothing(carrier, sandbox, changes, code):
    with pytest.raises((Rejected, NotFound)) as refusal:
        carrier.prepare(make_request(**changes))

    assert refusal.value.code == code
    assert sold(sandbox) == []


@pytest.mark.parametrize("key", ["", "wrong"])
def test_a_missing_or_wrong_key_asks_for_a_new_one(sandbox, key):
    with pytest.raises(BadCredentials):
        opened(sandbox, key).rates(make_request())


def test_customs_signature_and_duties_go_along():
    line = Contents(
        sku="MUG",
        title="Blue mug",
        quantity=2,
        weight_g=350,
        unit_value=Money(Decimal("12.90"), "USD"),
        customs_description="Ceramic mug",
        hs_code="691110",
        country_of_origin="PT",
    )
    options = Options(signature=Signature.ADULT, is_duty_paid=True)
    request = make_request(ship_to=replace(TO, country="GB"), contents=(line,), options=options)

    body = shipment_body(request)["shipment"]

    assert body["options"]["delivery_confirmation"] == "ADULT_SIGNATURE"
    assert body["options"]["incoterm"] == "DDP"
    (item,) = body["customs_info"]["customs_items"]
    assert (item["value"], item["hs_tariff_number"]) == ("25.80", "691110")
    assert item["weight"] == 24.7
    assert body["parcel"] == {"weight": 31.8, "length": 9.9, "width": 7.1, "height": 3.8}
    json.dumps(body)


def bought(carrier, reference, **changes):
    return carrier.buy(prepared(carrier, make_request(reference=reference, **changes)))


def ids_of(carrier, count=2):
    return tuple(bought(carrier, f"lbl_{n}").carrier_label_id for n in range(count))


def forms(sandbox):
    return sandbox.world.ledger.entries("form.made")


def test_a_form_closes_the_day_and_asking_again_gives_the_same_one(carrier, sandbox):
    ids = ids_of(carrier)

    first = carrier.manifest(ids, "man_1")
    again = carrier.manifest(ids, "man_1")

    assert first == again
    assert first.files[0].content.startswith(b"%PDF")
    assert [form["label_ids"] for form in forms(sandbox)] == [list(ids)]
    assert sandbox.stats()["calls"]["easypost.form"] == 1


@pytest.mark.parametrize("fault", ["lost_answer", "bad_json", "500"])
def test_a_form_whose_answer_got_lost_is_found_and_not_made_twice(carrier, sandbox, fault):
    ids = ids_of(carrier)
    sandbox.faults.arm(fault, operation="easypost.form", count=1)
    with pytest.raises((OutcomeUnknown, TemporaryError)):
        carrier.manifest(ids, "man_1")

    assert carrier.manifest(ids, "man_1").carrier_manifest_id == forms(sandbox)[0]["form_id"]
    assert len(forms(sandbox)) == 1


def test_a_form_in_the_making_is_asked_for_later(carrier, sandbox):
    ids = ids_of(carrier)
    sandbox.commit_lag = 30

    for _ in range(2):
        with pytest.raises(TemporaryError):
            carrier.manifest(ids, "man_1")
    sandbox.clock.advance(31)

    assert carrier.manifest(ids, "man_1").files[0].content.startswith(b"%PDF")
    assert len(forms(sandbox)) == 1


def test_a_parcel_of_another_form_or_a_carrier_without_forms_is_refused(carrier, sandbox):
    ids = ids_of(carrier, 3)
    carrier.manifest(ids[:2], "man_1")

    with pytest.raises(Rejected) as refusal:
        carrier.manifest(ids, "man_2")
    assert refusal.value.code == "on_other_form"
    ups = bought(carrier, "lbl_9", service="UPS/Ground").carrier_label_id
    with pytest.raises(Rejected):
        carrier.manifest((ups,), "man_3")
    assert len(forms(sandbox)) == 1
