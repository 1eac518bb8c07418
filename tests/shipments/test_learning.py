"""What parcels weighed on the scale is learned, offered, taken or refused; never imposed."""

from datetime import timedelta

import pytest

from packbench.orders.models import Order
from packbench.orders.weighing import weigh_order
from packbench.products.learning import offer_of, refuse_offer, with_offer
from packbench.products.models import Product, WeightSample
from packbench.shipments.learning import learn_weights
from packbench.shipments.models import Shipment
from packbench.shipments.planning import plan_shipment
from packbench.shipments.status import Status
from tests.making import NOW, make_account, make_item, make_means, make_order, make_store

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return make_store(make_account())


def ship(store, number, grams=None, pieces=1, *, sku="MUG", more=(), known=100):
    """One parcel; with `grams` a person put it on the scale."""
    items = (make_item("1", sku=sku, quantity=pieces), *more)
    order = make_order(store, external_id=f"{number}", items=items, weight_g=known)
    if grams:
        weigh_order(order, grams, actor="test", now=NOW)
    order = Order.objects.get(pk=order.pk)
    shipment = plan_shipment(order, make_means(store.workspace), batch=None, actor="t", now=NOW)
    Shipment.objects.filter(pk=shipment.pk).update(status=Status.PURCHASED)
    return shipment


def learn(store, now=NOW):
    return learn_weights(store.workspace, now=now)


def mug():
    return Product.objects.get(sku="MUG")


def offered():
    listed = list(with_offer(Product.objects.all()))
    assert listed == [row for row in Product.objects.all() if offer_of(row)]
    return offer_of(mug())


def test_the_median_of_five_parcels_is_offered(store):
    for number, grams in enumerate((410, 405, 415, 2000, 412)):
        assert offered() is None if number else True
        ship(store, number, grams)
        learn(store)

    assert (mug().learned_count, offered()) == (5, 412)
    assert mug().weight_g == 100  # it is offered, not imposed


def test_several_pieces_share_the_weight_of_their_parcel(store):
    for number in range(5):
        ship(store, number, 800, pieces=2)

    assert learn(store) == 5
    assert offered() == 400


def test_a_parcel_teaches_once(store):
    for number in range(5):
        ship(store, number, 410)

    assert (learn(store), learn(store)) == (5, 0)
    assert WeightSample.objects.count() == 5


def test_what_nobody_put_on_the_scale_teaches_nothing(store):
    for number in range(5):
        ship(store, number)

    assert learn(store) == 0


def test_a_parcel_with_two_products_teaches_nothing(store):
    for number in range(5):
        ship(store, number, 500, more=(make_item("2", sku="TEA"),))

    assert learn(store) == 0


def test_a_parcel_that_was_never_bought_or_long_ago_teaches_nothing(store):
    voided, draft, old = (ship(store, number, 410) for number in range(3))
    Shipment.objects.filter(pk=voided.pk).update(status=Status.VOIDED)
    Shipment.objects.filter(pk=draft.pk).update(status=Status.DRAFT)
    Shipment.objects.filter(pk=old.pk).update(created_at=NOW - timedelta(days=8))

    assert learn(store) == 0


def test_what_is_near_to_the_known_weight_is_no_news(store):
    for number in range(5):
        ship(store, number, 104)
    learn(store)

    assert offered() is None


def test_a_refused_weight_is_offered_again_when_parcels_change(store):
    for number in range(5):
        ship(store, number, 400)
    learn(store)
    assert refuse_offer(store.workspace, mug().pk)
    assert offered() is None

    for number in range(5, 11):
        ship(store, number, 600)
    learn(store)

    assert offered() == 600


def test_only_the_latest_parcels_count(store, monkeypatch):
    monkeypatch.setattr("packbench.shipments.learning.KEPT", 5)
    for number in range(5):
        shipment = ship(store, number, 400)
        Shipment.objects.filter(pk=shipment.pk).update(created_at=NOW - timedelta(hours=9))
    learn(store)
    for number in range(5, 10):
        ship(store, number, 600)
    learn(store)

    assert (WeightSample.objects.count(), offered()) == (5, 600)
