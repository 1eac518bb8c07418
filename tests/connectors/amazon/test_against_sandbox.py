"""The connector and the pretend Amazon, which know nothing of each other, over real HTTP."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from packbench.channels.base import Credentials, OrdersQuery, OrderStatus
from packbench.connectors.amazon.channel import AmazonChannel
from packbench.connectors.amazon.datasets import WithheldSets
from packbench.connectors.amazon.marketplaces import Endpoints
from packbench.connectors.amazon.throttle import MemoryBuckets
from packbench.connectors.amazon.tokens import TokenCache
from packbench.lib.errors import BadCredentials, Rejected, TemporaryError
from packbench_sandbox import Sandbox

START = 1_795_000_000


@pytest.fixture
def sandbox():
    with Sandbox(seed=7, orders_per_store=60, clock=START) as running:
        yield running


@pytest.fixture
def connect(sandbox, http):
    def make(seller="europe", **other):
        facts = {**sandbox.authorize(seller), **other}
        facts["region"] = facts["region"].lower()
        return AmazonChannel(
            Credentials(**facts),
            buckets=MemoryBuckets(),
            http=http,
            endpoints=Endpoints.at(sandbox.url),
            tokens=TokenCache(),
            withheld=WithheldSets(),
        )

    return make


def all_pages(channel):
    since = datetime.fromtimestamp(START, UTC) - timedelta(days=60)
    query = OrdersQuery(marketplace_ids=(), created_after=since)
    while True:
        page = channel.fetch_orders(query)
        yield page
        if not page.next_page_token:
            return
        query = replace(query, page_token=page.next_page_token)


def confirmation_of(order, make_confirmation, **facts):
    return make_confirmation(
        order_id=order.id,
        marketplace_id=order.marketplace_id,
        items=tuple(order.quantities.items()),
        shipped_at=datetime.fromtimestamp(START, UTC),
        **facts,
    )


def test_every_order_of_every_page_is_read(connect):
    pages = list(all_pages(connect()))

    orders = [order for page in pages for order in page.orders]
    assert len(pages) > 1
    assert not [skipped for page in pages for skipped in page.skipped]
    assert len({order.external_id for order in orders}) == len(orders)
    ours = [order for order in orders if order.status == OrderStatus.AWAITING_SHIPMENT]
    assert ours
    assert pages[0].read_until


def test_a_seller_sees_where_they_sell(connect):
    assert len(connect().participations()) > 3


def test_the_wrong_region_is_named(connect):
    with pytest.raises(BadCredentials) as refusal:
        connect(region="na").participations()

    assert refusal.value.code == "wrong_region"


def test_a_revoked_authorization_asks_to_reconnect(connect, sandbox):
    channel = connect()
    sandbox.revoke("europe")

    with pytest.raises(BadCredentials):
        channel.participations()


@pytest.mark.parametrize("way", ["omit", "refuse"])
def test_without_the_role_orders_still_come(connect, sandbox, way):
    sandbox.withhold = way

    pages = list(all_pages(connect("no-addresses")))

    orders = [order for page in pages for order in page.orders]
    assert orders
    assert not [order for order in orders if order.buyer.name]
    assert all(page.withheld for page in pages) == (way == "refuse")


def test_a_confirmation_arrives_once_however_often_it_is_sent(connect, sandbox, make_confirmation):
    order = sandbox.world.create_order("europe", country="ES")
    channel, confirmation = connect(), confirmation_of(order, make_confirmation)
    sandbox.faults.arm("lost_answer", "confirmShipment", order.id)

    with pytest.raises(TemporaryError):
        channel.confirm(confirmation)
    receipt = channel.confirm(confirmation)

    assert receipt.request_id
    sandbox.clock.advance(600)
    read = channel.fetch_order(order.id)
    assert read.status == OrderStatus.SHIPPED
    assert [package.reference for package in read.packages] == ["1"]


def test_what_the_sandbox_refuses_has_plain_words(connect, sandbox, make_confirmation):
    order = sandbox.world.create_order("europe", country="ES")
    confirmation = confirmation_of(order, make_confirmation)
    too_many = tuple((item, quantity + 1) for item, quantity in confirmation.items)
    refusals = {
        "quantity_too_high": replace(confirmation, items=too_many),
        "item_unknown": replace(confirmation, items=(("999", 1),)),
        "marketplace_invalid": replace(confirmation, marketplace_id="ATVPDKIKX0DER"),
        "order_not_found": replace(confirmation, order_id="302-0000000-0000000"),
    }

    for code, refused in refusals.items():
        with pytest.raises(Rejected) as refusal:
            connect().confirm(refused)
        assert refusal.value.code == code


@pytest.mark.parametrize("kind", ["500", "503_html", "503_empty", "cut", "bad_json", "reset"])
def test_whatever_fails_once_works_the_next_time(connect, sandbox, kind):
    channel = connect()
    sandbox.faults.arm(kind, "getMarketplaceParticipations")

    with pytest.raises(TemporaryError):
        channel.participations()

    assert channel.participations()


def test_an_expired_token_is_renewed_unnoticed(connect, sandbox):
    sandbox.faults.arm("token_expired", "getMarketplaceParticipations")

    assert connect().participations()
