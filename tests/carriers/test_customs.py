"""Customs of a parcel: what must be there before it crosses a border, which numbers go along."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from msgspec.structs import replace

from packbench.carriers.base import Contents, LabelRequest, Source, TaxNumber
from packbench.carriers.customs import crosses, number_of, numbers_for, problem_of
from packbench.connectors.amazon.shipping.asking import prefilled, rates_body
from packbench.connectors.easypost.asking import shipment_body
from packbench.lib.addresses import Address
from packbench.lib.money import Money

MUG = {
    "sku": "MUG",
    "title": "Blue mug",
    "quantity": 2,
    "weight_g": 350,
    "unit_value": Money(Decimal("12.90"), "EUR"),
    "hs_code": "691110",
    "country_of_origin": "ES",
}
NUMBERS = (
    TaxNumber(kind="eori", number="ESB12345678", country="ES"),
    TaxNumber(kind="ioss", number="IM7240000001"),
    TaxNumber(kind="vat", number="GB123456789", country="GB"),
)


def parcel(country="US", code="50010", *, leaves="ES", numbers=NUMBERS, **line):
    return LabelRequest(
        reference="lbl_1",
        order_number="1",
        service="USPS/GroundAdvantage",
        ship_from=Address(company="Casa Marina", country=leaves, postal_code="46024"),
        ship_to=Address(name="Lucía", country=country, postal_code=code),
        weight_g=900,
        ships_at=datetime(2026, 11, 20, tzinfo=UTC),
        contents=(Contents(**{**MUG, **line}),),
        tax_numbers=numbers,
    )


@pytest.mark.parametrize(
    ("country", "code", "is_asked"),
    [("FR", "75001", False), ("US", "50010", True), ("GB", "SW1A 1AA", True), ("GB", "BT7 1AA", 0),
     ("ES", "35001", True), ("CH", "8001", True), ("MC", "98000", False)],
)  # fmt: skip
def test_customs_are_asked_where_a_parcel_leaves_its_area(country, code, is_asked):
    request = parcel(country, code, hs_code="")

    assert crosses(request) == bool(is_asked)
    assert (problem_of(request) is not None) == bool(is_asked)
    assert ("customs_info" in shipment_body(parcel(country, code))["shipment"]) == bool(is_asked)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"hs_code": ""}, "MUG needs an HS code before"),
        ({"country_of_origin": ""}, "MUG needs a country of origin before"),
        ({"unit_value": None}, "MUG needs a value before"),
        ({"unit_value": Money(Decimal(0), "EUR")}, "MUG needs a value before"),
        ({"weight_g": 0}, "MUG needs a weight before"),
        ({"weight_g": 0, "hs_code": ""}, "MUG needs an HS code and a weight before"),
    ],
)
def test_what_is_missing_is_named_with_the_product(line, said):
    assert said in str(problem_of(parcel(**line)))


def test_what_is_whole_has_no_problem():
    assert problem_of(parcel()) is None


@pytest.mark.parametrize(
    ("value", "leaves", "is_asked"),
    [("499.00", "ES", False), ("501.00", "ES", True), ("501.00", "GB", True), ("501", "US", False)],
)
def test_an_export_of_more_than_a_thousand_needs_the_eori_number(value, leaves, is_asked):
    request = parcel(
        "CH", "8001", leaves=leaves, numbers=(), unit_value=Money(Decimal(value), "EUR")
    )

    assert ("EORI" in str(problem_of(request) or "")) == is_asked


def test_numbers_go_only_where_they_belong():
    assert {each.kind for each in numbers_for(parcel("US"))} == {"eori"}
    assert {each.kind for each in numbers_for(parcel("GB", "SW1A 1AA"))} == {"eori", "vat"}
    assert number_of(parcel("FR", "75001", leaves="GB"), "ioss") == "IM7240000001"
    assert numbers_for(parcel("FR", "75001")) == ()


def test_easypost_is_told_the_items_and_the_senders_numbers():
    body = shipment_body(parcel("FR", "75001", leaves="GB"))["shipment"]

    assert body["customs_info"]["customs_items"][0]["hs_tariff_number"] == "691110"
    assert {
        "entity": "SENDER",
        "tax_id": "IM7240000001",
        "tax_id_type": "IOSS",
        "issuing_country": "GB",
    } in body["tax_identifiers"]


def test_amazon_is_told_what_the_items_are_across_a_border_only():
    def item(country):
        request = parcel(country)
        source = Source(order_id="1", marketplace_id="A1RKKUPIHCS9HS", channel="amazon")
        body = rates_body(replace(request, source=source, size_mm=(100, 100, 100)))
        return body["packages"][0]["items"][0]

    assert item("US")["description"] == "Blue mug"
    assert "description" not in item("FR")


def test_amazons_form_of_further_inputs_is_filled_in_as_far_as_it_is_known():
    schema = {
        "type": "object",
        "properties": {
            "harmonizedSystemCode": {"type": "string"},
            "origin": {"type": "object", "properties": {"originCountry": {"type": "string"}}},
            "contents": {"type": "string", "enum": ["GIFT"]},
        },
    }
    lines = parcel().contents

    filled = prefilled(schema, lines)["properties"]
    other = prefilled(schema, (*lines, Contents(**{**MUG, "hs_code": "420100"})))["properties"]

    assert filled["harmonizedSystemCode"]["default"] == "691110"
    assert filled["origin"]["properties"]["originCountry"]["default"] == "ES"
    assert "default" not in filled["contents"]
    assert "default" not in other["harmonizedSystemCode"]
