"""A Handmade order is an order like any other, but for the weeks that making it takes (SEED-51)."""

from datetime import timedelta

import pytest

from packbench.channels.models import SellerAccount
from packbench.channels.registry import open_customizations
from packbench.labels.customization_sheets import print_customizations
from packbench.orders.customizations import Customization
from packbench.orders.customizing import fetch_due
from packbench.orders.handling import ends_before_shipping, handling_days
from packbench.orders.importing import import_orders
from packbench.orders.models import Order, OrderItem, Status
from packbench.orders.refetching import readdress_order
from packbench.orders.weighing import weigh_products
from packbench.shipments.buying import buy_label
from packbench.shipments.confirming import send_due_notices
from packbench.shipments.erasing import erase_slice
from packbench.shipments.models import Shipment
from packbench.shipments.planning import plan_shipment
from tests.making import make_means
from tests.orders.test_customizing import channel, now, sandbox, store
from tests.shipments.faking import FakeCarrier

__all__ = ["channel", "now", "sandbox", "store"]
pytestmark = pytest.mark.django_db
DAY_S = 86_400


def test_a_handmade_order_goes_the_whole_way(sandbox, store, channel, now):
    made = sandbox.world.create_order("europe", country="ES", traits=["handmade"])
    sandbox.clock.advance(600)

    import_orders(store.account, channel, clock=now)

    order = store.orders.get(external_id=made.id)
    assert order.status == Status.AWAITING_SHIPMENT
    assert handling_days(order, time_zone=store.time_zone) == 21
    assert order.ship_by_at - now() > timedelta(days=20)

    fetch_due(open_customizations(), lambda account: channel, clock=now)
    assert Customization.objects.get().state == "fetched"
    assert print_customizations([order], actor="ines", now=now()).content.startswith(b"%PDF")

    # It is still being made when Amazon's policy ends the buyer's data (SEED-79).
    assert ends_before_shipping(order)
    sandbox.clock.advance(15 * DAY_S)
    assert [each.order_id for each in erase_slice(now=now())] == [order.pk]
    order = Order.objects.get(pk=order.pk)
    assert order.problems == ["erased", *order.problems[1:]]
    assert Customization.objects.get().details is None

    # It is made: its address and what the buyer chose are fetched again.
    sandbox.clock.advance(3 * DAY_S)
    order = Order.objects.select_related("store__account__workspace__key").get(pk=order.pk)
    readdress_order(order, channel, actor="ines", now=now())
    fetch_due(open_customizations(), lambda account: channel, clock=now)
    assert Customization.objects.get().state == "fetched"
    skus = dict.fromkeys(OrderItem.objects.values_list("sku", flat=True), 300)
    weigh_products(store.workspace, skus, actor="ines", now=now())

    order = Order.objects.get(pk=order.pk)
    means = make_means(store.workspace)
    shipment = plan_shipment(order, means, batch=None, actor="ines", now=now())
    buy_label(Shipment.objects.with_order().get(pk=shipment.pk), FakeCarrier(), now=now())
    account = SellerAccount.objects.get(pk=store.account_id)
    send_due_notices(account, channel, clock=now)

    assert Order.objects.get(pk=order.pk).status == Status.SHIPPED
    (told,) = sandbox.ledger.confirmations(made.id)
    assert told["at"] < order.ship_by_at.timestamp()
