"""Default weights: after what was entered here and what Amazon says, in the order of their list."""

import pytest

from packbench.channels.settling import ProductSettings, change_store
from packbench.lib.errors import Rejected
from packbench.orders.editing import edit_products
from packbench.orders.jobs import rematch
from packbench.orders.refilling import unfinished_refills
from packbench.products.models import Product, WeightRule
from packbench.products.ruling import Ruling, add_rule, change_rule, move_rule, remove_rule
from packbench.products.weighing import Source, weigh_in
from tests.making import DE, NOW, make_item, make_order, make_store

pytestmark = pytest.mark.django_db


@pytest.fixture
def store(account):
    return make_store(account)


def rule(shop, weight_g, **about):
    return add_rule(shop.workspace, Ruling(weight_g, **about), actor="test", now=NOW)


def follow():
    while unfinished_refills():
        for _job, store_id in unfinished_refills():
            rematch(store_id=store_id)


def sold(store, number="1", sku="MUG-1"):
    items = (make_item(sku=sku, quantity=2),)
    return make_order(store, external_id=number, weight_g=None, items=items)


def standing(order):
    order.refresh_from_db()
    return order.weight_g, order.problems


def weighed(store, **facts):
    product = Product(sku="MUG-1", **facts)
    found = weigh_in(store, product, WeightRule.objects.all())
    return found.grams, found.source


def test_each_weight_gives_way_to_the_one_before_it(store):
    rule(store, 50)
    rule(store, 40, store=store)
    rule(store, 30, sku_prefix="MUG-")

    assert weighed(store, weight_g=10, amazon_weight_g=20) == (10, Source.HERE)
    assert weighed(store, amazon_weight_g=20) == (20, Source.AMAZON)
    assert weighed(store) == (30, Source.RULE)
    WeightRule.objects.filter(sku_prefix="MUG-").delete()
    assert weighed(store) == (40, Source.DEFAULT)
    WeightRule.objects.filter(store=store).delete()
    assert weighed(store) == (50, Source.DEFAULT)
    WeightRule.objects.all().delete()
    assert weighed(store) == (None, Source.MISSING)


def test_a_rule_fits_by_all_that_it_says(store):
    other = make_store(store.account, DE, "Amazon DE")
    rule(store, 10, tag="fragile", sku_prefix="MUG")
    rule(store, 20, product_type="DRINKING_CUP")
    rule(store, 30, store=other, sku_prefix="MUG")

    assert weighed(store, tags=["fragile"])[0] == 10
    assert weighed(store, product_type="DRINKING_CUP")[0] == 20
    assert weighed(store)[0] is None
    assert weighed(other)[0] == 30


def test_the_first_that_fits_counts_and_its_place_can_be_changed(store):
    rule(store, 10, sku_prefix="MUG")
    second = rule(store, 20, sku_prefix="MUG-1")
    assert weighed(store)[0] == 10

    assert move_rule(second, -1, actor="test", now=NOW)

    assert weighed(store)[0] == 20
    assert not move_rule(second, -1, actor="test", now=NOW)


def test_open_orders_follow_a_rule_that_comes_changes_and_goes(store):
    order = sold(store)
    assert standing(order) == (None, ["missing_weight"])

    made = rule(store, 100)
    follow()
    assert standing(order) == (200, [])

    change_rule(made, Ruling(150), actor="test", now=NOW)
    follow()
    assert standing(order) == (300, [])

    remove_rule(made, actor="test", now=NOW)
    follow()
    assert standing(order) == (None, ["missing_weight"])


def test_an_order_that_comes_in_takes_the_default(store):
    rule(store, 100)

    assert standing(sold(store)) == (200, [])


def test_a_store_may_do_without(store):
    rule(store, 100)
    order = sold(store)

    change_store(store, ProductSettings("sku", True, False), actor="test", now=NOW)
    follow()

    assert standing(order) == (None, ["missing_weight"])
    assert standing(sold(store, "2")) == (None, ["missing_weight"])


def test_a_tag_that_a_product_gets_changes_its_weight(store):
    rule(store, 100, tag="heavy")
    order = sold(store)

    changes = {"MUG-1": {"tags": ["heavy"]}}
    edit_products(store.workspace, changes, actor="test", now=NOW)

    assert standing(order) == (200, [])


def test_the_type_that_amazon_tells_brings_its_default(sell, fetch, store):
    [order] = sell("SEEDS#TOMATO%MIX")
    fetch()
    kind = Product.objects.get().product_type
    assert kind
    Product.objects.update(product_type="", next_fetch_at=None)
    rule(store, 25, product_type=kind)
    follow()
    assert standing(order)[0] is None

    fetch()

    assert standing(order)[0] == 25


@pytest.mark.parametrize("weight_g", [0, -1, 1_000_001])
def test_a_weight_that_cannot_be_is_refused(store, weight_g):
    with pytest.raises(Rejected):
        rule(store, weight_g)


def test_the_same_is_said_once(store):
    rule(store, 10)
    with pytest.raises(Rejected) as refusal:
        rule(store, 20)

    assert refusal.value.code == "rule_twice"
