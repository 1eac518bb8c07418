"""Orders across a customs border: what customs asks for, once for each product."""

from decimal import Decimal

import pytest

from packbench.carriers.models import Warehouse
from packbench.events.models import Event
from packbench.orders.addressing import enter_address
from packbench.orders.declaring import follow_origins
from packbench.orders.editing import edit_products
from packbench.orders.jobs import rematch
from packbench.orders.models import Order
from packbench.orders.refilling import unfinished_refills
from packbench.orders.waiving import waive_problem
from packbench.products.models import Product
from tests.making import (
    NOW,
    OrderStatus,
    make_account,
    make_address,
    make_item,
    make_order,
    make_store,
    make_warehouse,
)

pytestmark = pytest.mark.django_db
DATA = {"hs_code": "691200", "country_of_origin": "CN"}
ABROAD = {"city": "Zürich", "state": "", "postal_code": "8001", "country": "CH"}


@pytest.fixture
def store():
    store = make_store(make_account())
    make_warehouse(store.workspace)
    return store


def abroad(store, number="1", **changes):
    address = make_address(**ABROAD)
    return make_order(store, external_id=number, recipient=address, **changes)


def problems(order):
    return Order.objects.get(pk=order.pk).problems


def tell(store, sku="MUG-BLUE", **data):
    edit_products(store.workspace, {sku: data}, actor="test", now=NOW)


def follow():
    follow_origins()
    while unfinished_refills():
        for _job, store_id in unfinished_refills():
            rematch(store_id=store_id)


def test_an_order_abroad_comes_in_and_waits_for_customs_data(store):
    assert problems(abroad(store)) == ["missing_customs"]


def test_an_order_within_the_union_needs_none(store):
    assert problems(make_order(store)) == []


def test_the_data_of_a_product_mends_every_order_that_waits(store):
    orders = [abroad(store, f"{number}") for number in range(3)]

    tell(store, hs_code="691200")
    assert problems(orders[0]) == ["missing_customs"]
    tell(store, **DATA)

    assert [problems(order) for order in orders] == [[], [], []]
    assert Event.objects.filter(name="order.declared").count() == 3
    assert problems(abroad(store, "9")) == []


def test_each_item_needs_its_data(store):
    items = (make_item("1"), make_item("2", sku="TEA"))
    order = abroad(store, items=items)
    tell(store, **DATA)
    assert problems(order) == ["missing_customs"]

    tell(store, "TEA", **DATA)

    assert problems(order) == []


def test_an_item_without_price_needs_a_value(store):
    order = abroad(store, items=(make_item(unit_price=None),))
    tell(store, **DATA)
    assert problems(order) == ["missing_customs"]

    tell(store, customs_value=Decimal("4.50"), customs_currency="EUR")

    assert problems(order) == []


def test_data_that_is_taken_away_is_missing_again(store):
    order = abroad(store)
    tell(store, **DATA)
    tell(store, hs_code="")

    assert problems(order) == ["missing_customs"]
    assert Event.objects.filter(name="order.undeclared").count() == 1


def test_the_border_is_that_of_the_place_that_parcels_leave_from(store):
    order, home = abroad(store), make_order(store, external_id="2")
    follow()
    moved = {"country": "CH", "postal_code": "8001", "state": ""}
    Warehouse.objects.update(**moved)

    follow()

    assert (problems(order), problems(home)) == ([], ["missing_customs"])
    assert follow_origins() == 0


def test_orders_that_came_before_the_place_was_known_are_looked_through():
    store = make_store(make_account())
    order = abroad(store)
    assert problems(order) == []
    make_warehouse(store.workspace)

    follow()

    assert problems(order) == ["missing_customs"]


def test_an_address_that_a_person_enters_counts(store):
    order = make_order(store)

    enter_address(order, make_address(**ABROAD), actor="test", now=NOW)
    assert problems(order) == ["missing_customs"]
    enter_address(order, make_address(line1="Calle del Sol 2"), actor="test", now=NOW)

    assert problems(order) == []


def test_a_person_may_ship_all_the_same_and_that_stays(store):
    order = abroad(store)

    waive_problem(order, "missing_customs", actor="test", now=NOW)
    assert problems(order) == []
    tell(store, **DATA)
    tell(store, hs_code="")

    assert problems(order) == []


def test_an_order_that_waits_for_nothing_has_no_problem(store):
    order = abroad(store, status=OrderStatus.SHIPPED)
    tell(store, hs_code="691200")

    assert problems(order) == []
    assert Product.objects.get().hs_code == "691200"
