"""A data set that Amazon suddenly refuses: orders keep coming, and are completed afterwards."""

from datetime import timedelta

import pytest

from packbench.channels.leads import Lead
from packbench.channels.models import SellerAccount
from packbench.connectors.amazon.datasets import ASKED
from packbench.events.models import Event
from packbench.orders.lacking import without
from packbench.orders.models import Order
from tests.proofs.backlog import MINUTES

pytestmark = pytest.mark.django_db


def poll(shop):
    SellerAccount.objects.update(next_import_at=shop.now)
    shop.work()


def new_order(shop):
    number = shop.sandbox.world.create_order("europe", country="ES").id
    shop.pass_time(3 * MINUTES)
    return number


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("data_set", ["PACKAGES", "PROCEEDS", "RECIPIENT"])
def test_orders_keep_coming_without_it(shop, data_set, named):
    shop.sandbox.refuse_data(data_set, is_named=named)
    number = new_order(shop)

    poll(shop)

    assert Order.objects.filter(external_id=number).exists()
    account = SellerAccount.objects.get()
    assert data_set in account.withheld
    assert account.import_error is None
    assert data_set in Event.objects.get(name="data.refused").data["data_sets"]


def test_it_is_not_asked_for_again_for_half_an_hour(shop):
    shop.sandbox.refuse_data("PROCEEDS")
    new_order(shop)
    poll(shop)
    before = shop.calls("searchOrders")

    new_order(shop)
    poll(shop)

    assert shop.calls("searchOrders") == before + 1
    account = SellerAccount.objects.get()
    assert without(account, now=shop.now) == ("PROCEEDS",)
    assert without(account, now=shop.now + timedelta(minutes=31)) == ()


def test_what_an_order_lacked_is_fetched_once_amazon_gives_it_again(shop):
    shop.sandbox.refuse_data("PROCEEDS")
    number = new_order(shop)
    poll(shop)
    assert Order.objects.get(external_id=number).total is None

    shop.sandbox.refuse_data("")
    shop.pass_time(65 * MINUTES)
    poll(shop)
    assert Lead.objects.filter(external_id=number, why=Lead.Why.WITHHELD).exists() or not (
        SellerAccount.objects.get().withheld
    )
    shop.work_until(lambda: not Lead.objects.exists())

    assert SellerAccount.objects.get().withheld == []
    assert Event.objects.filter(name="data.returned").count() == 1
    assert Order.objects.get(external_id=number).total is not None


def test_a_refusal_of_everything_still_brings_the_orders(shop):
    for name in ASKED:
        shop.sandbox.refuse_data(name, is_named=False)
    number = new_order(shop)

    poll(shop)

    assert Order.objects.filter(external_id=number).exists()
