"""Saving: one odd order must not stop the whole account."""

from datetime import timedelta
from decimal import Decimal

import pytest

from packbench.channels.base import Buyer, ChannelPackage, OrderStatus
from packbench.channels.connecting import add_file_store
from packbench.lib.money import Money
from packbench.orders.models import Order, Status
from packbench.orders.saving import save_orders
from packbench.privacy.revealing import reveal
from packbench.products.models import Product
from tests.making import (
    ES,
    NOW,
    make_address,
    make_channel_order,
    make_item,
    make_order,
    make_store,
)

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=10)


def save(store, *orders, **more):
    return save_orders(orders, {ES: store}, account=store.account, now=NOW, **more)


ODD = {
    "nul_in_title": {"items": (make_item(title="Blue\0mug"),)},
    "nul_in_city": {"recipient": make_address(city="Val\0encia")},
    "nul_in_package": {"packages": (ChannelPackage(reference="1", carrier="D\0HL"),)},
    "long_title": {"items": (make_item(title="x" * 501),)},
    "long_sku": {"items": (make_item(sku="x" * 101),)},
    "same_item_twice": {"items": (make_item("1"), make_item("1"))},
    "negative_quantity": {"items": (make_item(quantity=-1),)},
    "huge_quantity": {"items": (make_item(quantity=2**31),)},
    "huge_price": {"items": (make_item(unit_price=Money(Decimal(10**12), "EUR")),)},
    "long_currency": {"total": Money(Decimal(1), "EURO")},
    "long_order_id": {"external_id": "4" * 51},
    "long_item_id": {"items": (make_item("1" * 51),)},
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_one_odd_order_does_not_stop_the_others(odd):
    store = make_store()
    strange = make_channel_order(**{"external_id": "402-0000002-0000002", **odd})

    save(store, make_channel_order(), strange)

    assert Order.objects.filter(external_id="402-0000001-0000001").exists()


def test_a_changed_order_with_an_item_twice_does_not_stop_the_others():
    store = make_store()
    save(store, make_channel_order())

    save(store, make_channel_order(updated_at=NOW, items=(make_item("1"), make_item("1"))))

    assert Order.objects.count() == 1


def test_a_weight_beyond_the_column_does_not_stop_the_import():
    store = make_store()
    make_order(store, weight_g=1_000_000)
    save(
        store,
        make_channel_order("402-0000002-0000002", items=(make_item("2", quantity=3000),)),
    )

    assert Order.objects.count() == 2


def test_a_withheld_address_does_not_wipe_the_one_we_have():
    order = make_order()
    bare = make_channel_order(updated_at=NOW, recipient=None, buyer=Buyer())

    save(order.store, bare, withheld=("BUYER", "RECIPIENT"))

    order = Order.objects.select_related("key__parent").get(pk=order.pk)
    assert reveal(order, "recipient", order.key) is not None
    assert reveal(order, "buyer", order.key).name
    assert order.problems == []


def test_a_cancellation_within_the_same_second_is_news():
    order = make_order()

    save(order.store, make_channel_order(status=OrderStatus.CANCELLED))

    assert Order.objects.get().status == Status.CANCELLED


def test_an_order_of_a_file_store_is_not_doubled_by_the_api():
    store = make_store()
    files = add_file_store(store.workspace, ES, name="Files ES", actor="test", now=NOW)
    save_orders([make_channel_order()], {ES: files}, account=None, now=NOW)

    save(store, make_channel_order())

    assert Order.objects.filter(external_id="402-0000001-0000001").count() == 1


def test_copied_text_comes_back_as_it_was():
    title = "tab\t back\\slash \\N new\nline \\. \r é 😀"
    order = make_order(items=(make_item(title=title),))

    assert order.items.get().title == title
    assert Product.objects.get().title == title
