"""One parcel as Karrio's unified model has it."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from msgspec.structs import replace

from packbench.carriers.base import Contents, LabelRequest, Options, Signature, TaxNumber
from packbench.connectors.karrio.asking import shipment_request
from packbench.lib.errors import Rejected
from packbench.lib.money import Money
from tests.connectors.contract.playing import place

EVERYTHING = ("insurance", "cash_on_delivery", "signature_confirmation", "saturday_delivery")
EUROS = Money(Decimal("12.90"), "EUR")
PARCEL = LabelRequest(
    reference="lbl_1",
    order_number="402-1",
    service="ups_ground",
    ship_from=place("ES", company="Casa Marina"),
    ship_from_email="desk@example.com",
    ship_to=replace(place("US", name="Ada"), line2="Flat 2", line3="Back door", kind="residential"),
    weight_g=901,
    size_mm=(255, 180, 95),
    ships_at=datetime(2026, 11, 23, 9, tzinfo=UTC),
    contents=(
        Contents(
            sku="MUG", title="Mug", quantity=2, weight_g=350, unit_value=EUROS,
            hs_code="691110", country_of_origin="PT",
        ),
    ),
    tax_numbers=(TaxNumber(kind="eori", number="ESB12345678", country="ES"),),
)  # fmt: skip


def asked(options=EVERYTHING, **changes):
    return shipment_request(replace(PARCEL, **changes), options, format="zpl")


def test_a_parcel_has_its_reference_its_measures_and_both_addresses():
    body = asked()

    assert (body["reference"], body["service"], body["label_type"]) == (
        "lbl_1",
        "ups_ground",
        "ZPL",
    )
    (parcel,) = body["parcels"]
    assert (parcel["weight"], parcel["weight_unit"]) == (0.901, "KG")
    assert (parcel["length"], parcel["width"], parcel["height"]) == (25.5, 18.0, 9.5)
    assert parcel["reference_number"] == "lbl_1"
    assert body["recipient"]["address_line2"] == "Flat 2, Back door"
    assert body["recipient"]["residential"]
    assert body["shipper"]["email"] == "desk@example.com"


def test_across_a_border_customs_are_told_each_piece_and_who_pays():
    customs = asked(options=())["customs"]

    (line,) = customs["commodities"]
    assert (line["quantity"], line["weight"], line["value_amount"]) == (2, 0.35, 12.9)
    assert (line["hs_code"], line["origin_country"]) == ("691110", "PT")
    assert customs["duty"] == {"paid_by": "recipient", "currency": "EUR", "declared_value": 25.8}
    assert (customs["incoterm"], customs["options"]) == ("DAP", {"eori_number": "ESB12345678"})
    paid = shipment_request(
        replace(PARCEL, options=Options(is_duty_paid=True)), (), format="pdf"
    )["customs"]  # fmt: skip
    assert (paid["incoterm"], paid["duty"]["paid_by"]) == ("DDP", "sender")
    assert "customs" not in asked(ship_to=place("ES", name="Ada"))


@pytest.mark.parametrize(
    ("options", "name"),
    [
        (Options(insured=EUROS), "insurance"),
        (Options(collection=EUROS), "cash_on_delivery"),
        (Options(signature=Signature.ANY), "signature_confirmation"),
        (Options(is_saturday=True), "saturday_delivery"),
    ],
)
def test_what_a_carrier_cannot_be_asked_for_is_refused_and_never_dropped(options, name):
    assert asked(options=(name,))["options"].keys() == {"shipping_date"}
    request = replace(PARCEL, options=options)
    assert name in shipment_request(request, (name,), format="pdf")["options"]

    with pytest.raises(Rejected) as refusal:
        shipment_request(request, (), format="pdf")

    assert refusal.value.code == "option_not_done"


def test_an_adults_signature_and_dangerous_goods_are_asked_of_who_knows_them():
    grown_up = replace(PARCEL, options=Options(signature=Signature.ADULT))
    dangerous = replace(PARCEL, contents=(replace(PARCEL.contents[0], is_dangerous=True),))

    for request in (grown_up, dangerous):
        with pytest.raises(Rejected):
            shipment_request(request, EVERYTHING, format="pdf")
    known = shipment_request(dangerous, ("dangerous_good",), format="pdf")
    assert known["options"]["dangerous_good"]
