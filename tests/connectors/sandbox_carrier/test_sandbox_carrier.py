from datetime import UTC, datetime
from decimal import Decimal

import pytest
from pretend_carrier import KEY, PDF, serving

from packbench.carriers.base import Carrier, LabelRequest, RetryClass
from packbench.connectors.sandbox.carrier import SandboxCarrier
from packbench.lib.addresses import Address
from packbench.lib.errors import (
    BadCredentials,
    NotFound,
    OutcomeUnknown,
    Rejected,
    TemporaryError,
    Throttled,
)
from packbench.lib.http import new_client
from packbench.lib.money import Money


@pytest.fixture
def server():
    with serving() as carrier:
        yield carrier


@pytest.fixture
def carrier(server):
    with new_client() as http:
        yield SandboxCarrier(server.url, KEY, http)


def make_request(**changes):
    values = {
        "reference": "shp_1",
        "order_number": "302-1",
        "service": "express",
        "ship_from": Address(name="Shop", line1="Weg 1", country="DE"),
        "ship_to": Address(
            name="Zaphod Beeblebrox", line1="Gasse 2", postal_code="80331", country="DE"
        ),
        "weight_g": 900,
        "ships_at": datetime(2026, 11, 21, tzinfo=UTC),
    }
    return LabelRequest(**{**values, **changes})


def test_it_keeps_the_promises_of_a_carrier(carrier):
    promised: Carrier = carrier

    assert promised.retry_class is RetryClass.SEARCHABLE
    assert promised.quarantine_s > 0
    assert [service.code for service in promised.services()] == ["standard", "express"]
    assert promised.prepare(make_request()).ticket == ""


def test_a_bought_label_has_its_number_its_price_and_its_pdf(carrier):
    label = carrier.buy(make_request())

    assert label.tracking_number == "SC000000001"
    assert label.cost == Money(Decimal("5.49"), "EUR")
    assert [(file.format, file.content) for file in label.files] == [("pdf", PDF)]


def test_no_more_is_told_of_the_buyer_than_the_carrier_needs(carrier, server):
    carrier.buy(make_request())

    assert server.requests == [
        (
            "POST",
            "/carrier/v1/labels",
            {
                "reference": "shp_1",
                "service": "express",
                "weight_grams": 900,
                "recipient_country": "DE",
                "recipient_postal_code": "80331",
            },
        )
    ]


def test_a_lost_answer_leaves_the_outcome_unknown_and_the_label_is_found(carrier, server):
    server.failures = ["lost"]

    with pytest.raises(OutcomeUnknown):
        carrier.buy(make_request())

    found = carrier.find(make_request())
    assert found is not None
    assert found.tracking_number == "SC000000001"
    assert len(server.labels) == 1


def test_what_was_never_bought_is_not_found(carrier):
    carrier.buy(make_request())

    assert carrier.find(make_request(reference="shp_2")) is None


def test_a_voided_label_is_not_found_again(carrier):
    label = carrier.buy(make_request())

    carrier.void(label.carrier_label_id)
    carrier.void(label.carrier_label_id)

    assert carrier.find(make_request()) is None


def test_an_unknown_label_cannot_be_voided(carrier):
    with pytest.raises(NotFound):
        carrier.void("lab/9")


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_server_error_while_buying_leaves_the_outcome_unknown(carrier, server, status):
    server.failures = [status]

    with pytest.raises(OutcomeUnknown):
        carrier.buy(make_request())


def test_a_server_error_while_looking_is_worth_another_try(carrier, server):
    server.failures = [503, "lost"]

    for _ in range(2):
        with pytest.raises(TemporaryError):
            carrier.find(make_request())
    assert carrier.find(make_request()) is None


def test_a_nonsense_yes_leaves_the_outcome_unknown(carrier, server):
    server.failures = [{"label_id": "lab/1", "label_pdf_base64": "PGh0bWw+"}, [1, 2]]

    for _ in range(2):
        with pytest.raises(OutcomeUnknown):
            carrier.buy(make_request())


def test_a_nonsense_search_result_is_not_taken_for_nothing_bought(carrier, server):
    server.failures = [{"results": []}]

    with pytest.raises(TemporaryError):
        carrier.find(make_request())


def test_a_throttled_purchase_says_when_to_come_back(carrier, server):
    server.failures = [429]

    with pytest.raises(Throttled) as error:
        carrier.buy(make_request())

    assert error.value.retry_after == 7
    assert server.labels == []


def test_a_refusal_says_what_to_change_and_nothing_of_the_buyer(carrier):
    with pytest.raises(Rejected, match="30 kg at most") as error:
        carrier.buy(make_request(weight_g=30_001))

    assert error.value.code == "too_heavy"
    assert "80331" not in str(error.value)


def test_a_refusal_we_do_not_know_is_named_by_its_code(carrier, server):
    server.failures = [422]

    with pytest.raises(Rejected, match="failed") as error:
        carrier.buy(make_request())

    assert error.value.code == "failed"


def test_a_bad_key_asks_for_another_one(server):
    with new_client() as http, pytest.raises(BadCredentials):
        SandboxCarrier(server.url, "key-2", http).buy(make_request())

    assert server.labels == []


def test_an_unreachable_carrier_has_sold_nothing():
    with new_client() as http, pytest.raises(TemporaryError):
        SandboxCarrier("http://127.0.0.1:9", KEY, http).buy(make_request())


@pytest.mark.parametrize("amount", ["0.00", "-1", "NaN"])
def test_a_price_of_nothing_is_a_price_not_known(carrier, server, amount):
    sell = server.sell
    server.sell = lambda body: {**sell(body), "amount": {"amount": amount, "currency": "EUR"}}

    assert carrier.buy(make_request()).cost is None
