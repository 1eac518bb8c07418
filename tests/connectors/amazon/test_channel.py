"""The channel as the desk uses it."""

import json
from datetime import UTC, datetime

import pytest

from packbench.channels.base import OrdersQuery
from packbench.connectors.amazon.datasets import WithheldSets
from packbench.connectors.amazon.errors import AccessDenied, Refused
from packbench.connectors.amazon.throttle import MemoryBuckets
from packbench.lib.errors import BadCredentials, NotFound, Rejected, Throttled

SELLERS = "/eu/sellers/v1/marketplaceParticipations"
ORDERS = "/eu/orders/2026-01-01/orders"
ORDER = f"{ORDERS}/302-1234567-1234567"
CONFIRM = "/eu/orders/v0/orders/302-1234567-1234567/shipmentConfirmation"
QUERY = OrdersQuery(
    marketplace_ids=("A1PA6795UKMFR9", "A1F83G8C2ARO7P"),
    updated_after=datetime(2026, 11, 1, tzinfo=UTC),
)
DENIED = "Access to requested resource is denied."
WITHOUT_BUYERS = "PROCEEDS,EXPENSE,PROMOTION,CANCELLATION,FULFILLMENT,PACKAGES,PAYMENT"
WITHOUT_TAX = f"BUYER,RECIPIENT,{WITHOUT_BUYERS}"
EVERYTHING = f"{WITHOUT_TAX},TAX"


def deny_buyers(amazon, path=ORDERS):
    """Amazon denies, without a word of which: the tax data is spared first, then the buyers."""
    amazon.refuse(path, 403, "Unauthorized", DENIED)
    amazon.refuse(path, 403, "Unauthorized", DENIED)


def test_one_call_asks_for_all_marketplaces_and_data(amazon, make_channel, make_order):
    amazon.answer(ORDERS, {"orders": [make_order()], "lastUpdatedBefore": "2026-11-02T00:00:00Z"})

    page = make_channel().fetch_orders(QUERY)

    assert [order.external_id for order in page.orders] == ["302-1234567-1234567"]
    assert page.read_until == datetime(2026, 11, 2, tzinfo=UTC)
    assert page.withheld == ()
    assert amazon.calls(ORDERS)[0].query == {
        "includedData": EVERYTHING,
        "marketplaceIds": "A1PA6795UKMFR9,A1F83G8C2ARO7P",
        "lastUpdatedAfter": "2026-11-01T00:00:00Z",
    }


def test_without_the_role_orders_come_without_addresses(amazon, make_channel, make_order):
    deny_buyers(amazon)
    amazon.answer(ORDERS, {"orders": [make_order()]})

    page = make_channel().fetch_orders(QUERY)

    assert page.withheld == ("BUYER", "RECIPIENT")
    assert len(page.orders) == 1
    asked = [seen.query["includedData"] for seen in amazon.calls(ORDERS)]
    assert asked == [EVERYTHING, WITHOUT_TAX, WITHOUT_BUYERS]


@pytest.mark.parametrize("status", [400, 403])
def test_only_the_data_set_that_amazon_names_is_left_out(amazon, make_channel, status):
    message = "Value FULFILLMENT of includedData is not available."
    amazon.refuse(ORDERS, status, "InvalidInput", message)
    amazon.answer(ORDERS, {"orders": []})

    assert make_channel().fetch_orders(QUERY).withheld == ("FULFILLMENT",)


def test_a_refusal_about_something_else_costs_one_call_only(amazon, make_channel):
    amazon.refuse(ORDERS, 400, "InvalidInput", "The paginationToken is expired.")

    with pytest.raises(Refused):
        make_channel().fetch_orders(QUERY)

    assert len(amazon.calls(ORDERS)) == 1


def test_an_application_without_any_role_is_denied(amazon, make_channel):
    amazon.refuse(ORDERS, 403, "Unauthorized", DENIED)

    with pytest.raises(AccessDenied, match="Inventory and Order Tracking"):
        make_channel().fetch_orders(QUERY)

    assert len(amazon.calls(ORDERS)) == 3


def test_missing_tax_roles_cost_no_address_and_worry_nobody(amazon, make_channel, make_order):
    amazon.refuse(ORDERS, 403, "Unauthorized", DENIED)
    amazon.answer(ORDERS, {"orders": [make_order()]})

    page = make_channel().fetch_orders(QUERY)

    assert page.withheld == ()
    assert amazon.calls(ORDERS)[-1].query["includedData"] == WITHOUT_TAX


def test_every_page_of_a_search_asks_for_the_same(amazon, make_channel):
    deny_buyers(amazon)
    amazon.answer(ORDERS, {"orders": [], "pagination": {"nextToken": "to+ken/="}})
    amazon.answer(ORDERS, {"orders": []})
    first = make_channel().fetch_orders(QUERY)

    # Another process, which knows nothing of the refusal, reads the second page.
    later = OrdersQuery(
        marketplace_ids=QUERY.marketplace_ids,
        updated_after=QUERY.updated_after,
        page_token=first.next_page_token,
    )
    second = make_channel().fetch_orders(later)

    last = amazon.calls(ORDERS)[-1].query
    assert (last["paginationToken"], last["includedData"]) == ("to+ken/=", WITHOUT_BUYERS)
    assert second.withheld == ("BUYER", "RECIPIENT")
    assert second.next_page_token == ""


def test_a_plain_page_token_is_passed_on_unchanged(amazon, make_channel):
    amazon.answer(ORDERS, {"orders": [], "pagination": {"nextToken": "a|b+c"}})

    assert make_channel().fetch_orders(QUERY).next_page_token == "a|b+c"


def test_a_missing_role_does_not_eat_the_quota(amazon, make_channel):
    now = [0.0]
    buckets = MemoryBuckets(now=lambda: now[0])
    withheld = WithheldSets(now=lambda: now[0])
    channel = make_channel(buckets=buckets, withheld=withheld)
    amazon.answer(ORDERS, {"orders": []})
    for _ in range(18):
        channel.fetch_orders(QUERY)
    amazon.scripts.clear()
    deny_buyers(amazon)
    amazon.answer(ORDERS, {"orders": []})

    with pytest.raises(Throttled) as full:
        channel.fetch_orders(QUERY)
    now[0] += full.value.retry_after

    assert channel.fetch_orders(QUERY).withheld == ("BUYER", "RECIPIENT")


def test_a_role_that_was_added_is_noticed_after_a_while(amazon, make_channel):
    now = [0.0]
    channel = make_channel(withheld=WithheldSets(now=lambda: now[0]))
    deny_buyers(amazon)
    amazon.answer(ORDERS, {"orders": []})
    channel.fetch_orders(QUERY)
    assert channel.fetch_orders(QUERY).withheld

    now[0] += 1801

    assert not channel.fetch_orders(QUERY).withheld


def test_one_order_is_fetched_even_without_the_role(amazon, make_channel, make_order):
    amazon.refuse(ORDER, 403, "Unauthorized", DENIED)
    amazon.answer(ORDER, {"order": make_order()})

    assert make_channel().fetch_order("302-1234567-1234567").items[0].quantity == 2


def test_an_order_that_amazon_does_not_know_is_not_found(amazon, make_channel):
    amazon.refuse(ORDER, 404, "NotFound", "No such order.")

    with pytest.raises(NotFound):
        make_channel().fetch_order("302-1234567-1234567")


@pytest.mark.parametrize("details", ["", "The access token you provided is revoked, malformed."])
def test_a_token_of_another_region_says_so(amazon, make_channel, details):
    amazon.refuse(SELLERS, 403, "Unauthorized", DENIED, details, x_amzn_RequestId="req-3")

    with pytest.raises(BadCredentials, match="the region Europe") as refusal:
        make_channel().participations()

    assert refusal.value.code == "wrong_region"
    assert refusal.value.request_id == "req-3"


def test_an_ended_authorization_is_not_taken_for_a_wrong_region(amazon, make_channel):
    amazon.answer("/auth/o2/token", {"error": "invalid_grant"}, status=400)

    with pytest.raises(BadCredentials) as refusal:
        make_channel().participations()

    assert refusal.value.code == "authorization_ended"


def test_a_confirmation_brings_amazons_number_for_the_call(amazon, make_channel, make_confirmation):
    amazon.answer(CONFIRM, b"", status=204, x_amzn_RequestId="req-9")

    receipt = make_channel().confirm(make_confirmation())

    assert receipt.request_id == "req-9"
    sent = json.loads(amazon.calls(CONFIRM)[0].body)
    assert sent["packageDetail"]["packageReferenceId"] == "1"
    assert sent["packageDetail"]["orderItems"] == [{"orderItemId": "1", "quantity": 2}]


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"package_reference": "0"}, "reference_invalid"),
        ({"package_reference": "-1"}, "reference_invalid"),
        ({"package_reference": "P1"}, "reference_invalid"),
        ({"package_reference": "١"}, "reference_invalid"),
        ({"tracking_number": " "}, "tracking_missing"),
        ({"carrier_code": ""}, "carrier_missing"),
        ({"carrier_code": "Other"}, "carrier_missing"),
        ({"items": ()}, "items_missing"),
        ({"items": (("", 1),)}, "items_missing"),
        ({"items": (("1", 0),)}, "quantity_invalid"),
        ({"order_id": ""}, "order_missing"),
        ({"shipped_at": datetime(2026, 11, 2)}, "ship_date_invalid"),
    ],
)
def test_what_amazon_would_refuse_is_not_sent(amazon, make_channel, make_confirmation, facts, code):
    with pytest.raises(Rejected) as refusal:
        make_channel().confirm(make_confirmation(**facts))

    assert refusal.value.code == code
    assert not amazon.seen


NOTHING_LEFT = (
    "Failed to create package due to not finding a matching package or order already fulfilled. "
    "ErrorMessage(errorCode=GeneralError, errorMetric=PackageToUpdateNotFound)"
)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("FBM_SHIP_PLUS orders are confirmed through Buy Shipping only.", "ship_plus"),
        (NOTHING_LEFT, "package_unknown"),
        ("PackageReferenceId: is invalid, must be a positive numeric value", "reference_invalid"),
        ("OrderItemId is invalid, please obtain it from getOrderItems", "item_unknown"),
        ("Quantity of order item 5 is invalid, only 1 remain.", "quantity_too_high"),
        ("The package was delivered and can no longer be edited.", "package_delivered"),
        ("The order cannot be shipped while it is CANCELLED.", "order_closed"),
        ("The order cannot be shipped while it is PENDING.", "order_pending"),
        ("The order is fulfilled by Amazon and cannot be confirmed.", "not_ours"),
        ("carrierCode is invalid", "carrier_invalid"),
        ("trackingNumber is invalid", "tracking_invalid"),
        ("shipDate is invalid", "ship_date_invalid"),
        ("MarketplaceId is invalid", "marketplace_invalid"),
    ],
)
def test_known_refusals_have_plain_words_and_a_stable_code(
    amazon, make_channel, make_confirmation, words, code
):
    amazon.refuse(CONFIRM, 400, "InvalidInput", words, x_amzn_RequestId="req-5")

    with pytest.raises(Rejected) as refusal:
        make_channel().confirm(make_confirmation())

    assert refusal.value.code == code
    assert refusal.value.request_id == "req-5"


def test_an_unknown_refusal_keeps_amazons_own_words(amazon, make_channel, make_confirmation):
    amazon.refuse(CONFIRM, 400, "Invalid Input", "Something new.")

    with pytest.raises(Rejected, match=r"Something new\. \(Invalid Input\)") as refusal:
        make_channel().confirm(make_confirmation())

    assert refusal.value.code == "rejected"
    assert refusal.value.__cause__ is not refusal.value
