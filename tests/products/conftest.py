"""Products of a store that is connected to a pretend Amazon with its own clock."""

from datetime import UTC, datetime, timedelta

import pytest

from packbench.channels.quota import DatabaseBuckets
from packbench.channels.registry import credentials_of
from packbench.connectors.amazon.channel import AmazonChannel
from packbench.connectors.amazon.marketplaces import Endpoints
from packbench.connectors.amazon.tokens import TokenCache
from packbench.lib.http import new_client
from packbench.orders.cataloging import fetch_products, place_products
from packbench.orders.saving import save_orders
from packbench.products.models import Product
from packbench_sandbox import Sandbox
from packbench_sandbox.world.goods import asin
from packbench_sandbox.world.marketplaces import load
from tests.making import ES, NOW, make_account, make_channel_order, make_item, make_store

SKUS = [row["sku"] for row in load("products")]


class Now:
    """One clock for the desk, its buckets, and Amazon."""

    def __init__(self, sandbox):
        self.sandbox = sandbox

    def __call__(self):
        return datetime.fromtimestamp(self.sandbox.clock.now(), UTC)

    def advance(self, seconds):
        self.sandbox.clock.advance(seconds)


@pytest.fixture
def sandbox(settings):
    with Sandbox(clock=NOW.timestamp(), orders_per_store=0, arrivals_per_hour=0) as running:
        settings.SANDBOX_URL = running.url
        yield running


@pytest.fixture
def now(sandbox):
    return Now(sandbox)


@pytest.fixture
def account(sandbox):
    granted = sandbox.authorize("europe")
    account = make_account(seller_id=granted["seller_id"])
    account.application.client_id = granted["client_id"]
    application = account.application
    key = account.workspace.key.opened()
    seal = application._meta.get_field("client_secret").seal
    application.client_secret = seal(granted["client_secret"], key)
    application.save()
    account.refresh_token = account._meta.get_field("refresh_token").seal(
        granted["refresh_token"], key
    )
    account.save()
    return account


@pytest.fixture
def store(account):
    return make_store(account)


@pytest.fixture
def channel(account, sandbox, now):
    with new_client() as http:
        yield AmazonChannel(
            credentials_of(account),
            buckets=DatabaseBuckets(now),
            http=http,
            endpoints=Endpoints.at(sandbox.url),
            tokens=TokenCache(now=sandbox.clock.now),
        )


@pytest.fixture
def sell(sandbox, store):
    """Let Amazon list these SKUs and an order of each come in."""

    def sell(*skus, hours=5, **changes):
        made = []
        for sku in skus:
            product = {"sellerSku": sku, "asin": asin(sku), "title": sku}
            order = sandbox.world.create_order(
                "europe", country="ES", overrides={"orderItems": [{"product": product}]}
            )
            items = (make_item(sku=sku, asin=asin(sku), title=sku),)
            placed_at = NOW - timedelta(hours=hours)
            made.append(make_channel_order(order.id, items=items, created_at=placed_at, **changes))
        save_orders(made, {ES: store}, account=store.account, now=NOW)
        place_products()
        return [store.orders.get(external_id=order.external_id) for order in made]

    return sell


@pytest.fixture
def fetch(account, channel, now):
    def fetch():
        return fetch_products(account, channel, clock=now)

    return fetch


def product(sku):
    return Product.objects.get(sku=sku)
