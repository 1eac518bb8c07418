"""The world holds everything that a shipping desk has to cope with."""

import re

import pytest

from packbench_sandbox.world.marketplaces import BY_COUNTRY
from packbench_sandbox.world.traits import DECK

from .calling import EVERYTHING, START, Caller, make_sandbox


@pytest.fixture(scope="module")
def shown():
    """All orders of a big Spanish and a big Japanese store, as Amazon shows them."""
    with make_sandbox(orders_per_store=60) as sandbox:
        spain = Caller(sandbox, "europe").pages(
            marketplaceIds=BY_COUNTRY["ES"].id, includedData=EVERYTHING
        )
        japan = Caller(sandbox, "far-east").pages(
            marketplaceIds=BY_COUNTRY["JP"].id, includedData=EVERYTHING
        )
        return [order for pages in (spain, japan) for page in pages for order in page["orders"]]


def addresses(orders):
    return [order["recipient"]["deliveryAddress"] for order in orders if "recipient" in order]


def test_a_big_store_holds_every_trait():
    with make_sandbox(orders_per_store=60) as sandbox:
        traits = {t for o in sandbox.world.orders("europe", country="ES") for t in o.traits}

    assert traits == set(DECK)


def test_most_orders_wait_for_the_merchant(shown):
    waiting = [
        order
        for order in shown
        if order["fulfillment"]["fulfillmentStatus"] == "UNSHIPPED"
        and order["fulfillment"]["fulfilledBy"] == "MERCHANT"
    ]

    assert len(waiting) > 0.7 * len(shown)


def test_ids_look_like_amazons(shown):
    assert all(re.fullmatch(r"\d{3}-\d{7}-\d{7}", order["orderId"]) for order in shown)
    items = [item for order in shown for item in order["orderItems"]]
    assert all(re.fullmatch(r"\d{14}", item["orderItemId"]) for item in items)
    assert len({item["orderItemId"] for item in items}) == len(items)


def test_buyers_write_from_relay_addresses(shown):
    mails = [o["buyer"]["buyerEmail"] for o in shown if "buyerEmail" in o.get("buyer", {})]

    assert mails
    assert all(re.fullmatch(r"\w+@marketplace\.amazon\.(es|co\.jp)", mail) for mail in mails)


def test_totals_add_up(shown):
    for order in shown:
        if "proceeds" in order:
            parts = [row["subtotal"]["amount"] for row in order["proceeds"]["breakdowns"]]
            total = order["proceeds"]["grandTotal"]["amount"]
            assert sum(map(cents, parts)) == cents(total)


def cents(amount):
    return int(amount.replace(".", ""))


def test_words_nobody_documented_occur(shown):
    programs = {program for order in shown for program in order.get("programs", [])}
    levels = {order["fulfillment"].get("fulfillmentServiceLevel") for order in shown}

    assert "AMAZON_LUNAR_DELIVERY" in programs
    assert "DRONE_DROP" in levels


def test_optional_fields_are_missing_here_and_there(shown):
    assert any("shipByWindow" not in order["fulfillment"] for order in shown)
    assert any("recipient" not in order for order in shown)
    assert any("phone" not in address for address in addresses(shown))
    assert any("city" not in address for address in addresses(shown))
    paid = [o for o in shown if o["fulfillment"]["fulfillmentStatus"] == "UNSHIPPED"]
    assert any("proceeds" not in order for order in paid)


def test_texts_are_in_the_language_of_the_store(shown):
    titles = [item["product"]["title"] for order in shown for item in order["orderItems"]]

    assert any(re.search("[ぁ-んァ-ヶ一-龯]", title) for title in titles)
    assert any("ñ" in title for title in titles)


@pytest.mark.parametrize(
    ("seller", "country", "field", "value"),
    [
        ("europe", "DE", "addressLine1", r"Packstation \d+"),
        ("europe", "GB", "postalCode", "BT48 6ZZ"),
        ("america", "US", "city", "APO"),
        ("america", "BR", "extendedFields", ".*neighborhood.*"),
    ],
)
def test_countries_have_addresses_of_their_own(sandbox, seller, country, field, value):
    order = sandbox.world.create_order(seller, country=country, traits=["local"])

    address = Caller(sandbox, seller).order(order.id)["recipient"]["deliveryAddress"]

    assert re.fullmatch(value, str(address[field]))


def test_a_replacement_costs_nothing(sandbox, europe):
    order = europe.order(sandbox.world.create_order("europe", traits=["replacement"]).id)

    assert order["proceeds"]["grandTotal"] == {"amount": "0.00", "currencyCode": "EUR"}
    assert order["associatedOrders"][0]["associationType"] == "REPLACEMENT_ORIGINAL_ID"


def test_a_cancelled_order_says_by_whom_and_holds_no_units(sandbox, europe):
    order = sandbox.world.create_order("europe")
    sandbox.cancel_order(order.id, by="BUYER", reason="Changed my mind")

    shown = europe.order(order.id)

    item = shown["orderItems"][0]
    assert shown["fulfillment"]["fulfillmentStatus"] == "CANCELLED"
    assert item["quantityOrdered"] == 0
    assert item["cancellation"]["cancellationExecution"]["cancelledBy"] == "BUYER"


def test_a_shipped_order_cannot_be_cancelled(sandbox, europe):
    order = sandbox.world.create_order("europe", country="ES")
    europe.confirm(order)

    with pytest.raises(ValueError, match="on their way"):
        sandbox.cancel_order(order.id)


def test_a_poll_from_the_echo_misses_no_change_while_pages_are_turned(sandbox, europe):
    orders = sandbox.world.orders("europe", country="ES", status="UNSHIPPED")
    seen, pages = [], europe.pages(marketplaceIds=BY_COUNTRY["ES"].id, maxResultsPerPage=3)

    for order, page in zip(orders, pages, strict=False):
        seen += page["orders"]
        echo = page["lastUpdatedBefore"]
        sandbox.request_cancel(order.id)
        sandbox.clock.advance(130)
    for page in pages:
        seen += page["orders"]
    for page in europe.pages(marketplaceIds=BY_COUNTRY["ES"].id, lastUpdatedAfter=echo):
        seen += page["orders"]

    everyone = {order.id for order in sandbox.world.orders("europe", country="ES")}
    versions = [(order["orderId"], order["lastUpdatedTime"]) for order in seen]
    assert {order_id for order_id, _ in versions} == everyone
    assert len(set(versions)) == len(versions)
    assert sandbox.clock.now() > START
