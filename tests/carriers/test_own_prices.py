"""Own prices: which zone a parcel lies in, what it costs there, and the table as a file."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packbench.carriers.base import Contents, LabelRequest, Options, Signature
from packbench.carriers.rate_file import COLUMNS, read_file, write_file
from packbench.carriers.rate_table import RateTable
from packbench.lib.addresses import Address
from packbench.lib.errors import Rejected
from packbench.lib.money import Money

FILE = """row;service;zone;countries;postal_codes;up_to_g;price;percent;over_mm;currency
zone;;islands;ES;07 35 38;;;;;
zone;;iberia;ES PT;;;;;;
price;standard;home;;;2000;4,90;;;EUR
price;standard;home;;;5000;6,90;;;EUR
price;standard;islands;;;5000;14.90;;;
price;standard;iberia;;;2000;5.20;;;
price;express;eu;;;1000;;;;
fuel;;;;;;;12.5;;
remote;;islands;;;;3.00;;;
oversize;standard;;;;;8.00;;1200;
collection;;;;;;1.00;2;;
signature;;;;;;1.50;;;
"""
HEADER = ";".join(COLUMNS)


def table(text=FILE):
    said = read_file(text.encode())
    assert said.refused == ()
    return said.table


def parcel(country="ES", code="46001", **changes):
    values = {
        "reference": "lbl_1",
        "order_number": "1",
        "service": "standard",
        "ship_from": Address(country="ES", postal_code="46024"),
        "ship_to": Address(country=country, postal_code=code),
        "weight_g": 900,
        "ships_at": datetime(2026, 11, 20, tzinfo=UTC),
        "contents": (Contents(sku="MUG", title="Mug", quantity=1),),
    }
    return LabelRequest(**{**values, **changes})


def euros(amount):
    return Money(Decimal(amount), "EUR")


@pytest.mark.parametrize(
    ("country", "code", "zones"),
    [
        ("ES", "07001", ("islands", "iberia", "home")),
        ("ES", "46001", ("iberia", "home")),
        ("PT", "1000", ("iberia", "eu")),
        ("FR", "07001", ("eu",)),
        ("US", "07001", ("rest",)),
    ],
)
def test_a_parcel_lies_in_all_its_zones_the_closest_first(country, code, zones):
    assert table().zones_of(parcel(country, code)) == zones


@pytest.mark.parametrize(
    ("codes", "code", "is_inside"),
    [
        ("20100-20199", "20150", True),
        ("20100-20199", "2 01 50", True),
        ("20100-20199", "20200", False),
        ("BT", "bt7 1aa", True),
        ("BT", "B1 1AA", False),
        ("07", "", False),
    ],
)
def test_postal_codes_are_beginnings_and_ranges(codes, code, is_inside):
    text = f"{HEADER}\nzone;;there;ES;{codes};;;;;\n"

    zones = table(text).zones_of(parcel(code=code))

    assert ("there" in zones) is is_inside


def test_a_parcel_costs_its_freight_and_what_is_added():
    parts = table().parts(parcel(code="07001", size_mm=(1300, 300, 200)))

    assert parts == (
        ("freight", euros("14.90")),
        ("fuel", euros("1.86")),
        ("remote", euros("3.00")),
        ("oversize", euros("8.00")),
    )
    assert table().cost(parcel(code="07001", size_mm=(1300, 300, 200))) == euros("27.76")


def test_cash_on_delivery_costs_a_part_of_what_is_collected():
    options = Options(collection=euros("50.00"), signature=Signature.ADULT)

    parts = dict(table().parts(parcel(options=options)))

    assert parts["collection"] == euros("2.00")
    assert parts["signature"] == euros("1.50")


@pytest.mark.parametrize(
    "changes",
    [{"weight_g": 2001}, {"service": "express"}, {"ship_to": Address(country="US")}],
)
def test_what_no_price_fits_costs_what_nobody_knows_surcharges_or_not(changes):
    assert table().cost(parcel(**changes)) is None


def test_the_closest_zone_that_has_prices_names_the_price():
    request = parcel(service="standard", weight_g=1500)

    assert table().parts(request)[0] == ("freight", euros("5.20"))


def test_a_table_survives_its_file_and_its_json():
    first = table()

    assert read_file(write_file(first)).table == first
    assert RateTable.from_json(first.as_json()) == first


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("price;standard;moon;;;2000;4.90;;;", "knows no moon: choose one of home"),
        ("price;drone;home;;;2000;4.90;;;", "knows no drone"),
        ("price;standard;home;;;2 kg;4.90;;;", "whole number of grams"),
        ("price;standard;home;;;2000;0.00;;;", "above zero, or left empty"),
        ("price;standard;home;;;2000;-4;;;", "above zero, or left empty"),
        ("price;standard;home;;;900;NaN;;;", "above zero, or left empty"),
        ("price;standard;home;;;900;4.90;;;USD", "cannot be in another currency"),
        ("price;standard;home;;;900;4.90;;;", "must rise from step to step"),
        ("zone;;home;ES;;;;;;", "needs a name"),
        ("zone;;far;Spain;;;;;;", "two-letter code"),
        ("zone;;far;ES;07*;;;;;", "must be beginnings such as 07"),
        ("zone;;far;ES;20199-20100;;;;;", "must be beginnings such as 07"),
        ("fuel;;;;;;;;;", "must have an amount"),
        ("fuel;;;;;;;much;;", "must have an amount"),
        ("oversize;;;;;;8;;;", "above how many millimeters"),
        ("oversize;;;;;;8;;1.2 m;", "whole number of millimeters"),
        ("remote;;;;;;8;;;", "for which zone"),
        ("remote;;moon;;;;8;;;", "knows no moon"),
        ("discount;;;;;;8;;;", "must say one of zone, price, fuel"),
    ],
)
def test_each_row_that_cannot_be_read_says_what_to_change(line, said):
    text = f"{HEADER}\nprice;standard;home;;;1000;4.90;;;EUR\n\n{line}\nbad;;;;;;;;;\n"

    read = read_file(text.encode())

    assert read.table is None
    assert [each.line for each in read.refused] == [4, 5]
    assert said in str(read.refused[0].reason)


def test_two_zones_of_one_name_are_told_apart():
    read = read_file(f"{HEADER}\nzone;;far;ES;;;;;;\nzone;;far;PT;;;;;;\n".encode())

    assert "two zones “far”" in str(read.refused[0].reason)


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"row,price\n\0"])
def test_what_is_no_such_table_is_refused(content):
    with pytest.raises(Rejected):
        read_file(content)


@given(st.binary(max_size=300))
def test_any_file_is_read_or_refused(content):
    try:
        read = read_file(b"row,price,service,zone,up_to_g\n" + content)
    except Rejected:
        return
    assert (read.table is None) == bool(read.refused)


def test_a_table_of_the_most_rows_is_read_in_good_time():
    zones = "".join(f"zone;;z{n};ES;{n:05};;;;;\n" for n in range(150))
    steps = "".join(f"price;standard;z{n % 150};;;{n + 1};4.90;;;\n" for n in range(1800))

    assert len(table(f"{HEADER}\n{zones}{steps}").prices["standard"]) == 150
