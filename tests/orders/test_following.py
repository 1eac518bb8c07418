"""A product that thousands of orders wait for: they follow slice by slice, each once."""

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from packbench.events.models import Event
from packbench.orders import following, weighing
from packbench.orders.following import follow_products, left_to_follow, unfinished_followings
from packbench.orders.jobs import follow
from packbench.orders.models import Order
from packbench.orders.weighing import weigh_order, weigh_products
from packbench.products.models import Product
from tests.making import NOW, make_item, make_order, make_store

pytestmark = pytest.mark.django_db


@pytest.fixture
def store(monkeypatch):
    monkeypatch.setattr(weighing, "AT_ONCE", 2)
    monkeypatch.setattr(following, "AT_ONCE", 2)
    return make_store()


def sold(store, number, *skus):
    items = tuple(make_item(f"{place}", sku=sku) for place, sku in enumerate(skus))
    return make_order(store, external_id=f"{number}", weight_g=None, items=items)


def weigh(store, **weights):
    return weigh_products(store.workspace, weights, actor="test", now=NOW)


def weights():
    return list(Order.objects.order_by("pk").values_list("weight_g", flat=True))


def test_the_first_slice_follows_at_once_the_others_by_a_job(store):
    for number in range(5):
        sold(store, number, "MUG")

    assert weigh(store, MUG=300) == 2

    assert weights() == [300, 300, None, None, None]
    assert left_to_follow(store.workspace, Product.objects.get()) == 3
    [job] = ProcrastinateJob.objects.filter(task_name="orders.follow_products")
    while unfinished_followings():
        follow(**job.args)
    assert weights() == [300] * 5
    assert Event.objects.filter(name="order.weighed").count() == 5
    assert left_to_follow(store.workspace, Product.objects.get()) == 0


def test_an_exact_slice_leaves_nothing_behind(store):
    for number in range(2):
        sold(store, number, "MUG")

    weigh(store, MUG=300)

    assert unfinished_followings() == []


def test_several_products_are_followed_one_after_another(store):
    for number in range(6):
        sold(store, number, "MUG", "TEA")
    weigh(store, MUG=300)
    weigh(store, TEA=50)

    rounds = 0
    while unfinished_followings():
        follow_products(store.workspace, now=NOW)
        rounds += 1

    assert weights() == [350] * 6
    assert rounds < 10


def test_what_is_weighed_anew_meanwhile_counts(store):
    for number in range(5):
        sold(store, number, "MUG")
    weigh(store, MUG=300)
    follow_products(store.workspace, now=NOW)
    given = Order.objects.order_by("pk").last()
    weigh_order(given, 777, actor="test", now=NOW)

    weigh(store, MUG=310)
    while unfinished_followings():
        follow_products(store.workspace, now=NOW)

    assert weights() == [310, 310, 310, 310, 777]


def test_an_order_that_comes_in_meanwhile_has_the_new_weight(store):
    for number in range(5):
        sold(store, number, "MUG")
    weigh(store, MUG=300)

    sold(store, 9, "MUG")

    assert weights() == [300, 300, None, None, None, 300]
