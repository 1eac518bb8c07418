"""Every answer is what Amazon's models say, in all 23 marketplaces, at any time."""

import pytest

from packbench_sandbox.throttling import PUBLISHED
from packbench_sandbox.world.marketplaces import MARKETPLACES
from packbench_sandbox.world.traits import DECK

from . import oracle
from .calling import EVERYTHING, Caller, make_sandbox

pytestmark = pytest.mark.skipif(
    not oracle.is_here(), reason="Amazon's models are not beside the repository"
)
OPERATIONS = {
    "/orders/2026-01-01/orders": ("searchOrders", "GET"),
    "/orders/2026-01-01/orders/1": ("getOrder", "GET"),
    "/orders/v0/orders/1/shipmentConfirmation": ("confirmShipment", "POST"),
    "/sellers/v1/account": ("getAccount", "GET"),
    "/listings/2021-08-01/items/A1": ("searchListingsItems", "GET"),
    "/listings/2021-08-01/items/A1/MUG": ("getListingsItem", "GET"),
    "/catalog/2022-04-01/items": ("searchCatalogItems", "GET"),
    "/feeds/2021-06-30/feeds": ("getFeeds", "GET"),
    "/feeds/2021-06-30/feeds/1": ("getFeed", "GET"),
    "/feeds/2021-06-30/documents": ("createFeedDocument", "POST"),
    "/feeds/2021-06-30/documents/1": ("getFeedDocument", "GET"),
    "/reports/2021-06-30/reports": ("getReports", "GET"),
    "/reports/2021-06-30/reports/1": ("getReport", "GET"),
    "/reports/2021-06-30/documents/1": ("getReportDocument", "GET"),
    "/notifications/v1/subscriptions/ORDER_CHANGE": ("getSubscription", "GET"),
    "/sellers/v1/marketplaceParticipations": ("getMarketplaceParticipations", "GET"),
    "/shipping/v2/shipments": ("purchaseShipment", "POST"),
    "/shipping/v2/shipments/rates": ("getRates", "POST"),
    "/shipping/v2/shipments/additionalInputs/schema": ("getAdditionalInputs", "GET"),
    "/shipping/v2/shipments/1/cancel": ("cancelShipment", "PUT"),
    "/shipping/v2/tracking": ("getTracking", "GET"),
    "/shipping/v2/collectionForms": ("generateCollectionForm", "POST"),
    "/mfn/v0/eligibleShippingServices": ("getEligibleShipmentServices", "POST"),
    "/mfn/v0/shipments": ("createShipment", "POST"),
    "/mfn/v0/shipments/1": ("cancelMerchantShipment", "DELETE"),
    "/tokens/2021-03-01/restrictedDataToken": ("createRestrictedDataToken", "POST"),
}
POSTED = [  # the same addresses as others, by another method
    ("/feeds/2021-06-30/feeds", "createFeed", "POST"),
    ("/reports/2021-06-30/reports", "createReport", "POST"),
    ("/notifications/v1/subscriptions/ORDER_CHANGE", "createSubscription", "POST"),
]
SELLERS = ["europe", "america", "far-east", "wide", "no-addresses", "individual"]


@pytest.fixture(scope="module")
def world():
    with make_sandbox(orders_per_store=60) as sandbox:
        yield sandbox


@pytest.mark.parametrize("seller", SELLERS)
def test_all_orders_of_all_marketplaces_are_valid(world, seller):
    caller = Caller(world, seller)

    shown = [o for page in caller.pages(includedData=EVERYTHING) for o in page["orders"]]

    markets = {order["salesChannel"]["marketplaceId"] for order in shown}
    assert markets == {market.id for market in caller.seller.marketplaces}
    assert len({order["orderId"] for order in shown}) == len(shown)


def test_all_23_marketplaces_are_inhabited(world):
    inhabited = {m.id for key in SELLERS for m in world.world.seller(key).marketplaces}

    assert inhabited == set(MARKETPLACES)
    assert len(inhabited) == 23


def test_orders_stay_valid_while_they_age(sandbox):
    caller = Caller(sandbox, "far-east")

    for _ in range(4):
        sandbox.clock.advance(2 * 24 * 3600)
        caller.refresh()
        shown = [o for page in caller.pages(includedData=EVERYTHING) for o in page["orders"]]

    statuses = {order["fulfillment"]["fulfillmentStatus"] for order in shown}
    assert {"UNSHIPPED", "SHIPPED"} <= statuses


@pytest.mark.parametrize(
    ("seller", "country"), [("europe", "ES"), ("america", "BR"), ("far-east", "JP")]
)
def test_every_trait_makes_valid_orders(world, seller, country):
    caller = Caller(world, seller)

    for trait in DECK:
        week = 7 * 86400
        order = world.world.create_order(seller, country=country, traits=[trait], age_seconds=week)

        assert caller.order(order.id)["orderId"] == order.id
        assert caller.order(order.id, included="")["orderItems"]


@pytest.mark.parametrize("seller", SELLERS)
def test_sellers_answers_are_valid(world, seller):
    caller = Caller(world, seller)

    listed = caller.call("GET", "/sellers/v1/marketplaceParticipations").json()["payload"]
    account = caller.call("GET", "/sellers/v1/account").json()["payload"]

    countries = [row["marketplace"]["countryCode"] for row in listed]
    assert set(caller.seller.countries) <= set(countries)
    assert account["marketplaceParticipationList"] == listed
    assert account["sellingPlan"] == caller.seller.plan


@pytest.mark.parametrize("seller", ["europe", "far-east"])
def test_listings_feeds_and_reports_are_valid(world, seller):
    caller = Caller(world, seller)
    market = caller.seller.marketplaces[0].id

    path = f"/listings/2021-08-01/items/{caller.seller.id}"
    listings = caller.call("GET", path, params={"marketplaceIds": market, "pageSize": 2})
    feeds = caller.call("GET", "/feeds/2021-06-30/feeds", params={"feedTypes": "A"})
    reports = caller.call("GET", "/reports/2021-06-30/reports", params={"reportTypes": "A"})

    assert len(listings.json()["items"]) == 2
    assert listings.json()["numberOfResults"] > 2
    assert (feeds.json(), reports.json()) == ({"feeds": []}, {"reports": []})


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("/listings/2021-08-01/items/{seller}", {"marketplaceIds": ""}),
        ("/listings/2021-08-01/items/{seller}", {"marketplaceIds": "ATVPDKIKX0DER"}),
        ("/feeds/2021-06-30/feeds", {}),
        ("/reports/2021-06-30/reports", {"reportTypes": "A", "pageSize": "0"}),
    ],
)
def test_a_question_that_amazon_would_refuse_is_refused(world, path, parameters):
    caller = Caller(world, "europe")

    answer = caller.call("GET", path.format(seller=caller.seller.id), params=parameters)

    assert answer.status_code == 400


def test_one_listed_marketplace_is_none_of_amazons(world):
    caller = Caller(world, "europe")

    listed = caller.call("GET", "/sellers/v1/marketplaceParticipations").json()["payload"]

    foreign = [row for row in listed if row["marketplace"]["id"] not in MARKETPLACES]
    assert [row["marketplace"]["name"] for row in foreign] == ["Non-Amazon GB"]


def test_the_published_rates_are_the_models_rates():
    rows = {name: f"| {rate:g} | {burst:g} |" for name, (rate, burst) in PUBLISHED.items()}

    operations = [(path, *named) for path, named in OPERATIONS.items()] + POSTED
    assert set(rows) == {operation for _, operation, _ in operations}
    for path, operation, method in operations:
        assert rows[operation] in oracle.describe(method, path)
