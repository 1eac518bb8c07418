"""Products fill themselves from Amazon, within its quotas, and mend the orders that wait."""

from datetime import timedelta

import pytest

from packbench.channels.base import ChannelProduct, OrderStatus
from packbench.channels.connecting import add_file_store, save_account
from packbench.channels.models import SellerAccount
from packbench.channels.registry import credentials_of
from packbench.channels.revoking import revoke_account
from packbench.events.models import Event
from packbench.lib.errors import Rejected, Throttled
from packbench.orders.cataloging import (
    accounts_to_ask,
    ask_about,
    fetch_products,
    mend_recent,
    place_products,
)
from packbench.orders.jobs import fetch_account_products
from packbench.orders.models import Order
from packbench.orders.weighing import weigh_order, weigh_products
from packbench.products.models import CatalogPause, Product
from packbench_sandbox.world.sellers import TRACKING
from tests.making import DE, NOW, make_item, make_order, make_store
from tests.products.conftest import SKUS, product

pytestmark = pytest.mark.django_db


def test_a_product_gets_what_the_listing_says(sell, fetch):
    [order] = sell("MUG-ENAMEL-350")
    assert order.problems == ["missing_weight"]

    fetch()

    mug = product("MUG-ENAMEL-350")
    assert (mug.amazon_weight_g, mug.item_weight_g, mug.weight_g) == (410, 320, None)
    assert (mug.amazon_length_mm, mug.amazon_width_mm, mug.amazon_height_mm) == (130, 105, 100)
    assert mug.product_type == "DRINKING_CUP"
    assert mug.amazon_title == "MUG-ENAMEL-350"
    assert mug.stock_quantity is not None
    assert (mug.fetched_at, mug.stock_at, mug.fetch_error) == (NOW, NOW, None)
    assert mug.image_url.endswith(".png")
    assert mug.next_image_at == NOW


def test_the_orders_that_waited_for_the_weight_are_mended(sell, fetch):
    [order] = sell("MUG-ENAMEL-350")

    fetch()

    order.refresh_from_db()
    assert (order.weight_g, order.problems, order.has_problems) == (410, [], False)
    names = set(Event.objects.values_list("name", flat=True))
    assert {"product.weighed", "order.weighed"} <= names


def test_what_the_listing_lacks_comes_from_the_catalog(sell, fetch, sandbox):
    sell("NOTEBOOK-A5-DOT", "MUG-ENAMEL-350")

    fetch()

    assert product("NOTEBOOK-A5-DOT").amazon_weight_g == 295
    assert sandbox.stats()["calls"]["searchCatalogItems"] == 1


def test_a_weight_that_nobody_knows_stays_missing(sell, fetch):
    [order] = sell("SEEDS#TOMATO%MIX")

    fetch()

    order.refresh_from_db()
    assert product("SEEDS#TOMATO%MIX").amazon_weight_g is None
    assert order.problems == ["missing_weight"]


def test_what_amazon_no_longer_says_is_kept(sell, fetch, sandbox, now):
    sell("MUG-ENAMEL-350")
    fetch()
    Product.objects.update(amazon_weight_g=410, next_fetch_at=None, sku="SEEDS#TOMATO%MIX")

    fetch()

    assert Product.objects.get().amazon_weight_g == 410


def test_an_order_that_comes_later_takes_amazons_weight(sell, fetch, store):
    sell("MUG-ENAMEL-350")
    fetch()

    later = make_order(
        store,
        weight_g=None,
        external_id="402-9",
        items=(make_item(sku="MUG-ENAMEL-350", quantity=3),),
    )

    assert (later.weight_g, later.problems) == (1230, [])


def test_a_weight_of_a_person_is_left_alone(sell, fetch, store):
    one, _ = sell("MUG-ENAMEL-350", "TOWEL-LINEN 50x70")
    weigh_order(one, 999, actor="test", now=NOW)
    weigh_products(store.workspace, {"TOWEL-LINEN 50x70": 100}, actor="test", now=NOW)

    fetch()

    assert set(Order.objects.values_list("weight_g", flat=True)) == {999, 100}
    assert product("TOWEL-LINEN 50x70").amazon_weight_g == 350


def test_nothing_is_asked_twice_within_a_day(sell, fetch, sandbox, now):
    sell("MUG-ENAMEL-350")
    fetch()
    fetch()
    assert sandbox.stats()["calls"]["searchListingsItems"] == 1

    now.advance(86_400)
    fetch()

    assert sandbox.stats()["calls"]["searchListingsItems"] == 2


def test_the_products_of_the_newest_open_orders_come_first(sell, sandbox, account, now):
    sell("OLD", hours=50)
    sell("NEW", hours=1)
    sell("GONE", hours=0, status=OrderStatus.CANCELLED)
    seen = []

    class Watching:
        def fetch_listings(self, marketplace_id, skus):
            seen.extend(skus)
            return ()

        def fetch_catalog(self, marketplace_id, asins):
            return ()

    fetch_products(account, Watching(), clock=now)

    assert seen == ["NEW", "OLD", "GONE"]


def test_a_product_without_listing_says_so_and_waits_a_day(sell, fetch, now):
    sell("MUG-ENAMEL-350")
    Product.objects.update(sku="NEVER", asin="B0NEVER")

    fetch()

    gone = product("NEVER")
    assert gone.fetch_error["code"] == "no_listing"
    assert gone.next_fetch_at == NOW + timedelta(days=1)


def many(sell, store, count):
    """So many products of one order each, without an order at Amazon."""
    sell("MUG-ENAMEL-350")
    made = Product.objects.bulk_create(
        Product(
            workspace=store.workspace,
            store=store,
            sku=f"P{number:04}",
            asin=f"B0{number:06}",
            created_at=NOW,
        )
        for number in range(count)
    )
    assert len(made) == count


def test_amazons_quota_is_kept_to_the_letter(sell, fetch, store, sandbox, now, account):
    many(sell, store, 399)
    began, rounds = now(), 0

    while Product.objects.filter(fetched_at__isnull=True).exists():
        rounds += 1
        assert rounds < 500
        fetch()
        now.advance(0.25)

    stats = sandbox.stats()
    assert stats["calls"]["searchCatalogItems"] >= 20
    assert not any(stats["throttled"].values())
    assert now() - began < timedelta(seconds=60)


def test_a_quota_that_is_used_up_goes_on_by_itself(sell, fetch, sandbox, account, now):
    sell("NOTEBOOK-A5-DOT")
    sandbox.faults.arm("429", "searchCatalogItems")

    assert fetch() is False

    book = product("NOTEBOOK-A5-DOT")
    assert (book.fetched_at, book.product_type) == (None, "BLANK_BOOK")
    assert accounts_to_ask(now=now()) == []
    now.advance(3)
    assert accounts_to_ask(now=now()) == [account.pk]
    fetch()
    assert product("NOTEBOOK-A5-DOT").amazon_weight_g == 295
    assert not CatalogPause.objects.exists()


@pytest.mark.parametrize("kind", ["500", "503_html", "cut", "bad_json", "reset"])
def test_whatever_fails_is_tried_again_after_a_while(sell, fetch, sandbox, now, kind):
    sell("MUG-ENAMEL-350")
    sandbox.faults.arm(kind, "searchListingsItems")

    fetch()
    fetch()
    assert product("MUG-ENAMEL-350").fetched_at is None
    now.advance(61)
    fetch()

    assert product("MUG-ENAMEL-350").amazon_weight_g == 410


def test_a_missing_role_is_remembered_and_told_once(sell, fetch, sandbox, account, now):
    sell(*SKUS)
    sandbox.set_roles("europe", [TRACKING])

    for _ in range(5):
        fetch()
        now.advance(3600)

    assert sandbox.stats()["calls"]["searchListingsItems"] == 1
    assert Event.objects.filter(name="catalog.refused").count() == 1
    assert "Product Listing" in CatalogPause.objects.get().reason["values"]["role"]
    assert accounts_to_ask(now=now()) == []
    now.advance(86_400)
    fetch()
    assert sandbox.stats()["calls"]["searchListingsItems"] == 2
    assert Event.objects.filter(name="catalog.refused").count() == 1


def test_a_new_authorization_asks_at_once(sell, fetch, sandbox, account, now):
    sell("MUG-ENAMEL-350")
    sandbox.set_roles("europe", [TRACKING])
    fetch()
    sandbox.set_roles("europe", ["Product Listing", TRACKING])
    now.advance(60)

    renewed = save_account(
        account.application,
        credentials_of(account),
        way=account.way,
        marketplace_ids=account.marketplace_ids,
        actor="test",
        now=now(),
    )
    account.refresh_from_db()

    assert accounts_to_ask(now=now()) == [renewed.pk]
    fetch()
    assert product("MUG-ENAMEL-350").amazon_weight_g == 410


def test_asking_again_by_hand_tries_a_missing_role_anew(sell, fetch, sandbox, store):
    sell("MUG-ENAMEL-350", "TOWEL-LINEN 50x70")
    sandbox.set_roles("europe", [TRACKING])
    fetch()
    sandbox.set_roles("europe", ["Product Listing", TRACKING])

    asked = ask_about(store.workspace, [product("TOWEL-LINEN 50x70").pk])
    fetch()

    assert asked == 1
    assert product("TOWEL-LINEN 50x70").amazon_weight_g == 350
    assert product("TOWEL-LINEN 50x70").is_fetch_asked is False


def test_a_revoked_authorization_ends_it(sell, fetch, sandbox, now):
    sell("MUG-ENAMEL-350")
    sandbox.revoke("europe")

    fetch()

    assert SellerAccount.objects.get().status != SellerAccount.Status.ACTIVE
    now.advance(3600)
    assert accounts_to_ask(now=now()) == []


def test_one_product_that_amazon_refuses_spoils_no_other(sell, account, now):
    sell("GOOD", "BAD", "FINE")

    class Picky:
        def fetch_listings(self, marketplace_id, skus):
            if "BAD" in skus:
                raise Rejected("The SKU is not valid.", code="rejected")
            return ()

        def fetch_catalog(self, marketplace_id, asins):
            return ()

    fetch_products(account, Picky(), clock=now)

    assert product("BAD").fetch_error["code"] == "rejected"
    assert product("BAD").next_fetch_at == NOW + timedelta(days=1)
    assert {product(sku).fetched_at for sku in ("GOOD", "FINE")} == {NOW}


def test_a_refused_product_and_a_small_quota_still_come_to_an_end(sell, account, now):
    for hours, sku in enumerate(("A", "B", "BAD", "C", "D", "E")):
        sell(sku, hours=hours)

    class Picky:
        left = 0

        def fetch_listings(self, marketplace_id, skus):
            if not self.left:
                raise Throttled("Wait.", code="throttled", retry_after=1)
            self.left -= 1
            if "BAD" in skus:
                raise Rejected("The SKU is not valid.", code="rejected")
            return ()

        def fetch_catalog(self, marketplace_id, asins):
            return ()

    channel = Picky()
    for _ in range(9):
        channel.left = 3
        fetch_products(account, channel, clock=now)
        now.advance(2)

    assert product("BAD").fetch_error["code"] == "rejected"
    assert not Product.objects.exclude(sku="BAD").filter(fetched_at__isnull=True).exists()


def test_what_no_table_can_hold_keeps_no_product_waiting(sell, account, now):
    sell("ODD")
    Product.objects.update(asin="")

    class Odd:
        def fetch_listings(self, marketplace_id, skus):
            return tuple(ChannelProduct(sku=sku, asin="B0\0", title="\0") for sku in skus)

        def fetch_catalog(self, marketplace_id, asins):
            return ()

    fetch_products(account, Odd(), clock=now)

    assert (product("ODD").asin, product("ODD").fetched_at) == ("B0", NOW)


def test_a_paused_store_is_not_asked_about(sell, store, now):
    sell("MUG-ENAMEL-350")
    store.paused_at = NOW
    store.save()

    assert accounts_to_ask(now=now()) == []


def test_who_died_over_a_product_leaves_it_after_the_lease(sell, fetch, account, now):
    sell("MUG-ENAMEL-350")

    class Dying:
        def fetch_listings(self, marketplace_id, skus):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch_products(account, Dying(), clock=now)
    assert fetch() is False
    assert product("MUG-ENAMEL-350").fetched_at is None
    now.advance(600)
    fetch()

    assert product("MUG-ENAMEL-350").fetched_at is not None


def test_products_are_placed_where_they_sold_last_and_an_account_goes_first(store):
    shop = add_file_store(
        store.workspace, store.marketplace_id, name="Files", actor="test", now=NOW
    )
    make_order(shop, weight_g=None, external_id="402-1")
    place_products()
    assert Product.objects.get().store == shop
    make_order(store, weight_g=None, external_id="402-2")

    place_products()

    assert Product.objects.get().store == store
    assert place_products() == 0


def test_an_order_that_missed_its_weight_is_mended_by_the_sweep(store):
    order = make_order(store, weight_g=None)
    Product.objects.update(amazon_weight_g=250)

    assert mend_recent(now=NOW) == 1
    order.refresh_from_db()
    assert (order.weight_g, order.problems) == (250, [])
    assert mend_recent(now=NOW) == 0


def test_orders_of_two_stores_follow_each_its_own_choice(account, store):
    german = make_store(account, DE, "Amazon DE")
    german.has_weights = False
    german.save()
    here = make_order(store, weight_g=None, external_id="402-1")
    there = make_order(german, weight_g=None, external_id="402-2")
    Product.objects.update(amazon_weight_g=250)

    mend_recent(now=NOW)

    here.refresh_from_db()
    there.refresh_from_db()
    assert (here.weight_g, there.weight_g) == (250, None)
    assert there.problems == ["missing_weight"]


def test_a_job_of_an_account_that_was_revoked_here_ends_quietly(sell, account):
    sell("MUG-ENAMEL-350")
    revoke_account(account, actor="test", now=NOW)

    fetch_account_products(account_id=account.pk)

    assert product("MUG-ENAMEL-350").fetched_at is None
