"""What a carrier would refuse is said before it hears of the parcel."""

from dataclasses import replace as changed

import pytest
from msgspec.structs import replace

from packbench.carriers.base import Feature, Limits
from packbench.carriers.models import TaxNumber
from packbench.orders.waiving import waive_problem
from packbench.products.models import Product
from packbench.shipments.buying import buy_label
from packbench.shipments.checking import check_parcel
from packbench.shipments.models import Charge, Label, Shipment
from packbench.shipments.planning import plan_shipment
from packbench.shipments.requesting import label_request
from packbench.shipments.status import Status
from tests.making import NOW, make_address, make_means, make_order, make_store, make_warehouse
from tests.shipments.faking import FakeCarrier

pytestmark = pytest.mark.django_db


def ready(store=None, means=None, **changes):
    order = make_order(store, **changes)
    plan = means or make_means(order.workspace)
    return fresh(plan_shipment(order, plan, batch=None, actor="test", now=NOW))


def fresh(shipment):
    return Shipment.objects.with_order().get(pk=shipment.pk)


def bought(shipment, carrier):
    buy_label(shipment, carrier, now=NOW)
    return fresh(shipment)


def said(shipment):
    return shipment.problem["text"] % shipment.problem["values"]


@pytest.mark.parametrize(
    ("part", "word"),
    [("name", "name"), ("company", "company"), ("line1", "first address line"),
     ("line2", "second address line"), ("city", "city")],
)  # fmt: skip
def test_a_line_that_is_too_long_names_itself_and_not_what_it_says(part, word):
    carrier = FakeCarrier()

    shipment = bought(ready(recipient=make_address(**{part: "Quexwold" * 4 + " 1234567"})), carrier)

    assert shipment.status == Status.DRAFT
    assert f"The recipient's {word} has 40 characters: the carrier takes 35." in said(shipment)
    assert "Quexwold" not in str(shipment.problem)
    assert carrier.sold == []
    assert not Charge.objects.exists()


def test_a_line_of_the_sender_names_the_settings():
    store, carrier = make_store(), FakeCarrier()
    warehouse = make_warehouse(store.workspace)
    warehouse.line1 = "x" * 36
    warehouse.save()

    shipment = bought(ready(store), carrier)

    assert "The sender's first address line has 36 characters" in said(shipment)


def test_where_the_store_tells_the_address_it_is_not_measured():
    carrier = FakeCarrier()
    carrier.features = frozenset({Feature.TELLS_STORE})

    shipment = bought(ready(recipient=make_address(name="x" * 90)), carrier)

    assert shipment.status == Status.PURCHASED


@pytest.mark.parametrize(
    ("limits", "said_of"),
    [
        ({"weight_g": 300}, "weighs 350 g: more than the 300 g"),
        ({"weight_g": 9_000, "length_mm": 400}, "is 500 mm long: more than the 400 mm"),
        ({"weight_g": 9_000, "girth_mm": 1_000}, "length and girth are 1100 mm"),
    ],
)
def test_a_parcel_beyond_the_limits_is_told_of_before_it_is_asked_for(limits, said_of):
    store, carrier = make_store(), FakeCarrier()
    carrier.limits = Limits(**limits)
    means = changed(make_means(store.workspace), size_mm=(500, 200, 100))

    shipment = bought(ready(store, means), carrier)

    assert said_of in said(shipment)
    assert carrier.sold == []


ABROAD = {"name": "Ann Lee", "line1": "1 Main St", "line2": "", "city": "Ames", "state": "IA",
          "postal_code": "50010", "country": "US"}  # fmt: skip


def waived():
    """An order abroad that a person ships without customs data."""
    store = make_store()
    make_warehouse(store.workspace)
    order = make_order(store, recipient=make_address(**ABROAD))
    waive_problem(order, "missing_customs", actor="test", now=NOW)
    order.refresh_from_db()
    assert order.waived == ["missing_customs"]
    return order


def test_a_product_that_lost_its_customs_data_stops_the_purchase_and_names_what_to_add():
    order = make_order(recipient=make_address(**ABROAD))  # nobody ships from anywhere yet
    means = make_means(order.workspace)
    shipment = fresh(plan_shipment(order, means, batch=None, actor="test", now=NOW))
    Product.objects.update(country_of_origin="ES")
    carrier = FakeCarrier()

    shipment = bought(shipment, carrier)

    assert shipment.problem["code"] == "missing_customs"
    assert "MUG-BLUE needs an HS code before it can cross a customs border" in said(shipment)
    assert carrier.sold == []


def test_what_a_person_ships_all_the_same_is_not_asked_for_it():
    order = waived()
    means = make_means(order.workspace)
    shipment = plan_shipment(order, means, batch=None, actor="test", now=NOW)

    assert bought(fresh(shipment), FakeCarrier()).status == Status.PURCHASED


def test_the_workspaces_numbers_go_along_abroad():
    order = waived()
    TaxNumber.objects.create(
        workspace=order.workspace, kind="eori", country="ES", number="ESB1", created_at=NOW
    )
    means = make_means(order.workspace)
    shipment = fresh(plan_shipment(order, means, batch=None, actor="test", now=NOW))

    request = label_request(shipment, Label(shipment=shipment, claimed_at=NOW))

    assert [each.number for each in request.tax_numbers] == ["ESB1"]


def test_limits_of_zero_are_none():
    carrier = FakeCarrier()
    carrier.limits = Limits(weight_g=0, name=0, line=0, city=0, phone=0)
    shipment = ready(recipient=make_address(name="x" * 200))
    request = label_request(shipment, Label(shipment=shipment, claimed_at=NOW))

    check_parcel(replace(request, weight_g=10**6), carrier)
