from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from local_labels import BUYERS, SHOP, bought, make_address, make_request

from packbench.carriers.base import Carrier, RetryClass
from packbench.carriers.rate_table import RateTable, Zone, zone_of
from packbench.connectors.local.carrier import LocalCarrier
from packbench.connectors.local.tracking import is_tracking_number, tracking_number
from packbench.lib.errors import Rejected
from packbench.lib.money import Money

PRICES = {
    "currency": "EUR",
    "max_weight_g": 20_000,
    "prices": {
        "standard": {
            "home": [[1000, "4.90"], [5000, "6.90"]],
            "eu": [[5000, "12.90"]],
            "rest": [[2000, None]],
        }
    },
}


def test_it_keeps_the_promises_of_a_carrier():
    carrier: Carrier = LocalCarrier()

    assert carrier.retry_class is RetryClass.KEYED
    assert [service.code for service in carrier.services()] == ["standard", "express"]
    assert {service.channel_code for service in carrier.services()} == {"Self Delivery"}


def test_with_a_name_of_its_own_it_is_other_to_amazon():
    services = LocalCarrier(carrier_name="Wagner Direkt").services()

    assert {(s.channel_code, s.channel_name) for s in services} == {("Other", "Wagner Direkt")}


def test_buying_twice_gives_the_same_label_to_the_byte():
    assert bought() == bought()


def test_other_references_give_other_numbers():
    numbers = {tracking_number(f"shp_{n}", prefix="PB") for n in range(20_000)}

    assert len(numbers) == 20_000


def test_a_bought_label_is_found_by_its_reference():
    request = make_request()

    assert LocalCarrier().find(request) == LocalCarrier().buy(request)


def test_voiding_twice_does_no_harm():
    carrier = LocalCarrier()
    label = carrier.buy(make_request())

    carrier.void(label.carrier_label_id)
    carrier.void(label.carrier_label_id)


def test_the_number_of_a_reference_never_changes():
    assert tracking_number("shp_01kak6w3m8", prefix="PB") == "PB58432452217487353955"


@given(st.text(), st.integers(0, 19), st.integers(1, 9))
def test_a_misread_digit_is_noticed(reference, place, step):
    number = tracking_number(reference, prefix="PB")
    wrong = str((int(number[2 + place]) + step) % 10)

    assert is_tracking_number(number)
    assert not is_tracking_number(number[: 2 + place] + wrong + number[3 + place :])


@pytest.mark.parametrize(
    ("ship_to", "weight_g", "price"),
    [
        ("DE", 1000, "4.90"),
        ("DE", 1001, "6.90"),
        ("FR", 900, "12.90"),
        ("DE", 5001, None),
        ("US", 900, None),
    ],
)
def test_the_price_is_the_first_step_that_takes_the_weight(ship_to, weight_g, price):
    carrier = LocalCarrier(RateTable.from_json(PRICES))
    request = make_request(ship_to=make_address(country=ship_to), weight_g=weight_g)

    quoted = carrier.quote(request)

    assert quoted == (None if price is None else Money(Decimal(price), "EUR"))


def test_a_label_costs_what_was_quoted_and_without_prices_the_cost_is_unknown():
    priced = LocalCarrier(RateTable.from_json(PRICES))

    assert bought(priced).cost == Money(Decimal("6.90"), "EUR")
    assert bought().cost is None


def test_a_rate_table_survives_its_json():
    table = RateTable.from_json(PRICES)

    assert RateTable.from_json(table.as_json()) == table
    assert RateTable.from_json(RateTable().as_json()) == RateTable()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"currency": "euro"}, "three-letter code"),
        ({"max_weight_g": 0}, "whole number of grams"),
        ({"prices": []}, "must have a currency and prices"),
        ({"prices": {"drone": {}}}, "knows no drone: choose one of standard, express"),
        ({"prices": {"standard": {"moon": []}}}, "knows no moon: choose one of home, eu, rest"),
        ({"prices": {"standard": {"home": [[1000]]}}}, "Each step of standard, home"),
        ({"prices": {"standard": {"home": [[5, "1"], [5, "2"]]}}}, "must rise from step to step"),
        ({"prices": {"standard": {"home": [[-5, "1"]]}}}, "must rise from step to step"),
        ({"prices": {"standard": {"home": [[5, "0.00"]]}}}, "above zero, or left empty"),
        ({"prices": {"standard": {"home": [[5, 4.9]]}}}, "above zero, or left empty"),
        ({"prices": {"standard": {"home": [[5, "NaN"]]}}}, "above zero, or left empty"),
    ],
)
def test_a_bad_rate_table_is_refused_with_what_to_change(change, sentence):
    with pytest.raises(Rejected, match=sentence) as refused:
        RateTable.from_json({**PRICES, **change})

    assert refused.value.code == "bad_rate_table"


def test_zones_are_seen_from_where_the_parcel_leaves():
    assert zone_of("DE", "DE") is Zone.HOME
    assert zone_of("DE", "FR") is Zone.EU
    assert zone_of("GB", "FR") is Zone.REST
    assert zone_of("US", "US") is Zone.HOME


@pytest.mark.parametrize(
    ("change", "code", "sentence"),
    [
        ({"weight_g": 0}, "no_weight", "Enter the parcel's weight"),
        ({"weight_g": 31_501}, "too_heavy", "more than 31500 g"),
        ({"service": "drone"}, "unknown_service", "standard, express"),
        ({"reference": ""}, "no_reference", "needs a reference"),
        ({"order_number": "9" * 101}, "order_number_too_long", "100 characters"),
        (
            {"ship_to": make_address(name=" ", line1="", country="")},
            "address_incomplete",
            "ship-to address: the name or company is missing",
        ),
        ({"ship_from": make_address(line1="")}, "address_incomplete", "ship-from address"),
        ({"ship_to": make_address(country="XX")}, "unknown_country", "a country that exists"),
    ],
)
def test_what_must_change_is_named(change, code, sentence):
    with pytest.raises(Rejected, match=sentence) as refused:
        bought(**change)

    assert refused.value.code == code


@pytest.mark.parametrize(
    "options", [{"prefix": "pb"}, {"prefix": "P^"}, {"dpi": 600}, {"carrier_name": "x" * 41}]
)
def test_an_account_that_cannot_print_is_refused_when_it_is_made(options):
    with pytest.raises(Rejected):
        LocalCarrier(**options)


def test_a_refusal_tells_nothing_of_the_buyer():
    secret = make_address(name="Zaphod Beeblebrox", line1="", city="Betelgeuse")

    with pytest.raises(Rejected) as refused:
        bought(ship_to=secret)

    assert "Zaphod" not in str(refused.value)
    assert "Betelgeuse" not in str(refused.value)


def test_labels_bought_on_many_threads_are_the_same_as_one_by_one():
    requests = [
        make_request(reference=f"shp_{n}", ship_to=buyer, ship_from=SHOP)
        for n, buyer in enumerate(BUYERS.values())
    ]
    alone = [LocalCarrier().buy(request) for request in requests]

    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(LocalCarrier().buy, requests))

    assert together == alone
