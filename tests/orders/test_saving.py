"""Saving orders: each once, whatever comes twice."""

from datetime import timedelta

import pytest

from packbench.channels.base import OrderStatus
from packbench.channels.models import Skip
from packbench.events.models import Event
from packbench.orders.models import Order, Status
from packbench.orders.saving import save_orders
from packbench.privacy.revealing import reveal
from tests.making import ES, NOW, make_channel_order, make_item, make_order, make_store

pytestmark = pytest.mark.django_db


def save(store, *orders):
    return save_orders(orders, {ES: store}, account=store.account, now=NOW)


def test_an_order_that_comes_twice_is_there_once():
    store = make_store()

    save(store, make_channel_order())
    save(store, make_channel_order())

    order = Order.objects.get()
    assert order.items.count() == 1
    assert Event.objects.filter(name="order.imported").count() == 1


def test_an_older_state_does_not_overwrite_a_newer_one():
    store = make_store()
    save(store, make_channel_order(updated_at=NOW, status=OrderStatus.CANCELLED))

    save(store, make_channel_order(updated_at=NOW - timedelta(hours=1)))

    assert Order.objects.get().status == Status.CANCELLED


def test_the_recipient_is_sealed_and_opens_with_the_orders_key():
    order = make_order()

    assert "Ferrer" not in repr(order.recipient)
    assert reveal(order, "recipient", order.key).name == "Lucía Ferrer"
    assert order.ship_to_city == "Valencia"


def test_what_is_not_ours_to_ship_is_skipped_with_its_reason():
    store = make_store()

    saved = save(
        store,
        make_channel_order("1", is_ours_to_ship=False),
        make_channel_order("2", recipient=None),
        make_channel_order("3", is_from_channel=False),
        make_channel_order("4", marketplace_id="unknown"),
        make_channel_order("5"),
    )

    assert len(saved.created) == 1
    assert dict(Skip.objects.values_list("external_id", "reason")) == {
        "1": "amazon_fulfilled",
        "2": "digital",
        "3": "other_channel",
        "4": "no_store",
    }


def test_a_product_without_weight_is_a_problem_and_not_a_refusal():
    order = make_order(weight_g=None, items=(make_item(sku="NEW-SKU"),))

    assert order.problems == ["missing_weight"]
    assert order.status == Status.AWAITING_SHIPMENT


def test_an_amazon_fulfilled_order_comes_only_shipped_with_its_items_and_no_recipient():
    store = make_store()
    store.has_amazon_fulfilled = True
    store.save()
    afn = {"is_ours_to_ship": False, "recipient": None}

    save(
        store,
        make_channel_order("1", status=OrderStatus.SHIPPED, **afn),
        make_channel_order("2", **afn),
    )

    order = Order.objects.get()
    assert (order.external_id, order.status, order.problems) == ("1", Status.SHIPPED, [])
    assert order.items.get().sku == "MUG-BLUE"
    assert not Order.objects.to_ship().exists()


def test_a_digital_order_that_came_in_unpaid_does_not_wait_for_ever():
    store = make_store()
    save(store, make_channel_order(status=OrderStatus.AWAITING_PAYMENT, recipient=None))

    save(store, make_channel_order(updated_at=NOW, recipient=None))

    assert Order.objects.get().status == Status.PENDING_FULFILLMENT
    assert Skip.objects.get().reason == "digital"
