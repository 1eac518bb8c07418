"""Products known by SKU or by ASIN, as the store says (SEED-21)."""

import pytest

from packbench.channels.models import Store
from packbench.channels.settling import ProductSettings, change_store
from packbench.events.models import Event
from packbench.orders import refilling
from packbench.orders.jobs import rematch
from packbench.orders.models import Order
from packbench.orders.refilling import rematch_products, unfinished_refills
from packbench.orders.weighing import weigh_order, weigh_products
from packbench.products.models import Product
from tests.making import DE, NOW, OrderStatus, make_account, make_item, make_order, make_store

pytestmark = pytest.mark.django_db

ASIN = "B0BLUEMUG1"


@pytest.fixture
def store():
    return make_store()


def know_by(store, identifier):
    change_store(store, ProductSettings(identifier, True), actor="test", now=NOW)


def switch(store, identifier):
    know_by(store, identifier)
    rematch(store_id=store.pk)


def sold(store, number, sku, asin=ASIN, **changes):
    items = (make_item(sku=sku, asin=asin),)
    return make_order(store, external_id=number, weight_g=None, items=items, **changes)


def weigh(store, sku, grams):
    weigh_products(store.workspace, {sku: grams}, actor="test", now=NOW)


def state(order):
    row = Order.objects.get(pk=order.pk)
    return row.items.get().product.sku, row.weight_g, row.has_problems


def skus():
    return sorted(Product.objects.values_list("sku", flat=True))


def test_by_sku_each_sku_is_a_product_of_its_own(store):
    one, other = sold(store, "1", "MUG-A"), sold(store, "2", "MUG-B")
    weigh(store, "MUG-A", 300)

    assert state(one) == ("MUG-A", 300, False)
    assert state(other) == ("MUG-B", None, True)


def test_by_asin_all_skus_of_an_asin_share_product_and_weight(store):
    know_by(store, "asin")
    one = sold(store, "1", "MUG-A")
    weigh(store, "MUG-A", 300)
    other = sold(store, "2", "MUG-B")

    assert state(one) == state(other) == ("MUG-A", 300, False)
    assert skus() == ["MUG-A"]


def test_two_skus_of_a_new_asin_in_one_order_make_one_product(store):
    know_by(store, "asin")
    items = (make_item("1", sku="MUG-A"), make_item("2", sku="MUG-B", quantity=2))
    order = make_order(store, weight_g=None, items=items)

    weigh(store, "MUG-A", 300)

    assert skus() == ["MUG-A"]
    assert Order.objects.get(pk=order.pk).weight_g == 900


def test_switching_to_asin_gives_open_orders_the_weight_of_the_asin(store):
    one, other = sold(store, "1", "MUG-A"), sold(store, "2", "MUG-B")
    weigh(store, "MUG-B", 300)

    switch(store, "asin")

    assert state(one) == state(other) == ("MUG-B", 300, False)


def test_switching_back_to_sku_takes_the_weight_away_again(store):
    know_by(store, "asin")
    one, other = sold(store, "1", "MUG-A"), sold(store, "2", "MUG-B")
    weigh(store, "MUG-A", 300)

    switch(store, "sku")

    assert state(one) == ("MUG-A", 300, False)
    assert state(other) == ("MUG-B", None, True)  # a product that had not been needed so far
    assert Order.objects.get(pk=other.pk).problems == ["missing_weight"]
    assert Event.objects.get(name="order.unweighed").order_id == other.pk


def test_a_weight_that_a_person_gave_the_order_stays(store):
    order = sold(store, "1", "MUG-A")
    weigh_order(order, 777, actor="test", now=NOW)
    sold(store, "2", "MUG-B")
    weigh(store, "MUG-B", 300)

    switch(store, "asin")

    assert state(order) == ("MUG-B", 777, False)


def test_orders_that_went_keep_their_product(store):
    gone = sold(store, "1", "MUG-A", status=OrderStatus.SHIPPED)
    sold(store, "2", "MUG-B")
    weigh(store, "MUG-B", 300)

    switch(store, "asin")

    assert state(gone)[0] == "MUG-A"


def test_weighing_any_sku_of_an_asin_serves_all_its_orders(store):
    one, other = sold(store, "1", "MUG-A"), sold(store, "2", "MUG-B")
    switch(store, "asin")
    assert state(other) == ("MUG-A", None, True)

    weigh(store, "MUG-B", 300)  # not the one that stood for the ASIN until now

    assert state(one) == state(other) == ("MUG-B", 300, False)


def test_a_line_without_asin_goes_by_its_sku(store):
    know_by(store, "asin")
    order = sold(store, "1", "MUG-A", asin="")
    weigh(store, "MUG-A", 300)

    assert state(order) == ("MUG-A", 300, False)


def test_a_product_without_asin_learns_it(store):
    sold(store, "1", "MUG-A", asin="")
    weigh(store, "MUG-A", 300)
    know_by(store, "asin")

    order = sold(store, "2", "MUG-A")

    assert Product.objects.get().asin == ASIN
    assert state(sold(store, "3", "MUG-B")) == state(order) == ("MUG-A", 300, False)


def test_a_sku_whose_product_has_another_asin_goes_by_its_sku(store):
    sold(store, "1", "MUG-A", asin="B0OLD")
    know_by(store, "asin")

    order = sold(store, "2", "MUG-A")

    assert state(order)[0] == "MUG-A"
    assert Product.objects.get().asin == "B0OLD"


def test_a_store_of_skus_beside_it_goes_on_by_sku():
    account = make_account()
    by_asin, by_sku = make_store(account), make_store(account, DE, "Amazon DE")
    know_by(by_asin, "asin")
    sold(by_asin, "1", "MUG-A")
    weigh(by_asin, "MUG-A", 300)

    order = sold(by_sku, "2", "MUG-B")

    assert state(order) == ("MUG-B", None, True)


def test_many_orders_are_matched_slice_by_slice(store, monkeypatch):
    monkeypatch.setattr(refilling, "AT_ONCE", 2)
    orders = [sold(store, f"{n}", f"MUG-{n}") for n in range(5)]
    weigh(store, "MUG-3", 300)
    know_by(store, "asin")

    while unfinished_refills():
        rematch_products(store.pk, now=NOW)

    assert {state(order) for order in orders} == {("MUG-3", 300, False)}


def test_the_same_choice_again_matches_nothing(store):
    know_by(store, "sku")

    assert not Event.objects.filter(name="store.changed").exists()
    assert Store.objects.get().product_identifier == "sku"
