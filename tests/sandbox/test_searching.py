"""searchOrders and getOrder as spelled out by the 2026-01-01 model and its documentation."""

import pytest

from packbench_sandbox.clock import iso
from packbench_sandbox.world.marketplaces import BY_COUNTRY

from .calling import ALL_TIME, EVERYTHING, START, Caller, complaint, make_sandbox

ES, DE, JP = BY_COUNTRY["ES"].id, BY_COUNTRY["DE"].id, BY_COUNTRY["JP"].id


def ids(answer):
    return [order["orderId"] for order in answer.json()["orders"]]


@pytest.mark.parametrize(
    "parameters",
    [
        {"lastUpdatedAfter": ""},
        {"lastUpdatedAfter": "yesterday"},
        {"lastUpdatedAfter": ALL_TIME, "createdAfter": ALL_TIME},
        {"lastUpdatedAfter": ALL_TIME, "createdBefore": ALL_TIME},
        {"lastUpdatedAfter": iso(START + 60)},
        {"lastUpdatedAfter": ALL_TIME, "lastUpdatedBefore": iso(START - 60)},
        {"lastUpdatedAfter": iso(START - 500), "lastUpdatedBefore": iso(START - 900)},
        {"maxResultsPerPage": "0"},
        {"maxResultsPerPage": "101"},
        {"maxResultsPerPage": "many"},
        {"fulfillmentStatuses": "UNSHIPPED,SENT"},
        {"fulfilledBy": "NOBODY"},
        {"includedData": "EVERYTHING"},
        {"marketplaceIds": ",".join([ES] * 51)},
        {"paginationToken": "nonsense"},
    ],
)
def test_a_wrong_parameter_is_invalid_input(europe, parameters):
    status, code, message = complaint(europe.search(**parameters))

    assert (status, code) == (400, "InvalidInput")
    assert message


def test_another_sellers_marketplace_is_denied(europe):
    answer = europe.search(marketplaceIds=f"{ES},{JP}")

    assert complaint(answer)[:2] == (403, "Unauthorized")


def test_the_end_of_the_range_is_echoed_and_is_two_minutes_ago(europe):
    updated = europe.search(lastUpdatedAfter=ALL_TIME).json()
    created = europe.search(createdAfter=ALL_TIME).json()
    given = europe.search(lastUpdatedAfter=ALL_TIME, lastUpdatedBefore=iso(START - 999)).json()

    assert updated["lastUpdatedBefore"] == iso(START - 120) == created["createdBefore"]
    assert given["lastUpdatedBefore"] == iso(START - 999)
    assert "createdBefore" not in updated
    assert "lastUpdatedBefore" not in created


def test_lists_are_written_with_commas_or_repeated(europe):
    with_commas = europe.search(marketplaceIds=f"{ES},{DE}")
    repeated = europe.search(marketplaceIds=[ES, DE])

    assert ids(with_commas) == ids(repeated) != []
    assert {o["salesChannel"]["marketplaceId"] for o in with_commas.json()["orders"]} == {ES, DE}


def test_filters_hold(europe):
    answer = europe.search(
        fulfillmentStatuses="UNSHIPPED,PENDING", fulfilledBy="MERCHANT", includedData="FULFILLMENT"
    )

    facts = [order["fulfillment"] for order in answer.json()["orders"]]
    assert {fact["fulfillmentStatus"] for fact in facts} <= {"UNSHIPPED", "PENDING"}
    assert {fact["fulfilledBy"] for fact in facts} == {"MERCHANT"}


def test_results_are_sorted_by_their_last_update(europe):
    times = [order["lastUpdatedTime"] for order in europe.search().json()["orders"]]

    assert times == sorted(times)


def test_pages_hold_every_order_once(europe):
    whole = ids(europe.search(marketplaceIds=ES))
    pages = list(europe.pages(marketplaceIds=ES, maxResultsPerPage=5))

    paged = [order["orderId"] for page in pages for order in page["orders"]]
    assert paged == whole
    assert [len(page["orders"]) for page in pages[:-1]] == [5] * (len(pages) - 1)


def test_a_page_token_needs_encoding(europe):
    token = europe.search(maxResultsPerPage=5).json()["pagination"]["nextToken"]

    assert set("+/=") <= set(token)


def test_all_pages_share_the_end_of_the_range(sandbox, europe):
    first = europe.search(maxResultsPerPage=5).json()
    sandbox.clock.advance(600)
    token = first["pagination"]["nextToken"]
    second = europe.search(maxResultsPerPage=5, paginationToken=token).json()

    assert second["lastUpdatedBefore"] == first["lastUpdatedBefore"]


def test_a_page_token_wants_the_same_parameters_except_size_and_data(europe):
    token = europe.search(maxResultsPerPage=5).json()["pagination"]["nextToken"]

    other = europe.search(maxResultsPerPage=5, marketplaceIds=ES, paginationToken=token)
    same = europe.search(maxResultsPerPage=9, includedData="BUYER", paginationToken=token)

    assert complaint(other)[:2] == (400, "InvalidInput")
    assert len(same.json()["orders"]) == 9


def test_a_page_token_expires_after_a_day(sandbox, europe):
    token = europe.search(maxResultsPerPage=5).json()["pagination"]["nextToken"]
    sandbox.clock.advance(24 * 3600 + 1)
    europe.refresh()

    answer = europe.search(maxResultsPerPage=5, paginationToken=token)

    assert complaint(answer) == (400, "InvalidInput", "paginationToken has expired.")


def test_a_change_is_searchable_after_two_minutes_and_gettable_at_once(sandbox, europe):
    order = sandbox.world.create_order("europe", country="ES")

    sandbox.clock.advance(119)
    early = ids(europe.search(createdAfter=iso(START - 1)))
    at_once = europe.order(order.id)
    sandbox.clock.advance(1)
    late = ids(europe.search(createdAfter=iso(START - 1)))

    assert (early, late) == ([], [order.id])
    assert at_once["orderId"] == order.id


def test_an_updated_order_moves_to_the_end(sandbox, europe):
    order = sandbox.world.orders("europe", country="ES", status="UNSHIPPED")[0]
    sandbox.request_cancel(order.id, reason="Too late")
    sandbox.clock.advance(121)

    answer = europe.search(includedData="CANCELLATION")

    last = list(europe.pages(includedData="CANCELLATION"))[-1]["orders"][-1]
    assert answer.status_code == 200
    assert last["orderId"] == order.id
    request = last["orderItems"][0]["cancellation"]["cancellationRequest"]
    assert request == {"requester": "BUYER", "cancelReason": "Too late"}


def test_without_included_data_only_the_basics_come(europe):
    order = europe.search(marketplaceIds=ES, fulfillmentStatuses="UNSHIPPED").json()["orders"][0]

    missing = {"buyer", "recipient", "proceeds", "packages", "payment", "tax"}
    assert not missing & set(order)
    assert order["fulfillment"] == {"fulfillmentStatus": "UNSHIPPED"}
    assert set(order["orderItems"][0]) <= {"orderItemId", "quantityOrdered", "product", "programs"}


def test_packages_come_for_orders_that_the_merchant_ships(sandbox, europe):
    make = sandbox.world.create_order
    ours = make("europe", traits=["shipped"], age_seconds=9 * 86400)
    amazons = make("europe", traits=["afn"], age_seconds=9 * 86400)

    assert europe.order(ours.id)["packages"][0]["packageStatus"]["status"] == "DELIVERED"
    assert "packages" not in europe.order(amazons.id)
    assert europe.order(amazons.id)["fulfillment"]["fulfillmentStatus"] == "SHIPPED"


def test_a_pending_order_shows_neither_price_nor_address_until_it_is_paid(sandbox, europe):
    order = sandbox.world.create_order("europe", traits=["pending"])

    before = europe.order(order.id)
    sandbox.clock.advance(6 * 3600)
    europe.refresh()
    after = europe.order(order.id)

    assert not {"recipient", "proceeds", "buyer"} & set(before)
    assert "price" not in before["orderItems"][0]["product"]
    assert after["fulfillment"]["fulfillmentStatus"] == "UNSHIPPED"
    assert {"recipient", "proceeds", "buyer"} <= set(after)


def test_a_digital_order_has_no_recipient(sandbox, europe):
    order = sandbox.world.create_order("europe", traits=["digital"])

    assert "recipient" not in europe.order(order.id)


def test_the_phone_goes_once_delivery_is_due(sandbox, europe):
    order = sandbox.world.create_order("europe", country="ES")
    europe.confirm(order)

    before = europe.order(order.id)["recipient"]["deliveryAddress"]
    sandbox.clock.advance(20 * 86400)
    europe.refresh()
    after = europe.order(order.id)["recipient"]["deliveryAddress"]

    assert "phone" in before
    assert "phone" not in after


def test_an_unknown_order_is_not_found(europe):
    answer = europe.call("GET", "/orders/2026-01-01/orders/404-0000000-0000000")

    assert complaint(answer)[:2] == (404, "NotFound")


def test_another_sellers_order_is_not_found(sandbox, europe):
    order = sandbox.world.orders("wide")[0]

    answer = europe.call("GET", f"/orders/2026-01-01/orders/{order.id}")

    assert answer.status_code == 404


def test_a_changed_address_replaces_the_old_one(sandbox, europe):
    order = sandbox.world.create_order("europe", country="ES")
    sandbox.change_address(order.id, addressLine1="Calle Nueva 1")

    assert europe.order(order.id)["recipient"]["deliveryAddress"]["addressLine1"] == "Calle Nueva 1"


def test_japanese_money_has_no_decimals(sandbox):
    order = sandbox.world.create_order("far-east", country="JP")

    shown = Caller(sandbox, "far-east").order(order.id, EVERYTHING)

    assert shown["proceeds"]["grandTotal"]["amount"].isdecimal()


def test_orders_keep_arriving():
    with make_sandbox(arrivals_per_hour=2) as sandbox:
        caller = Caller(sandbox, "far-east")
        before = len(ids(caller.search()))
        sandbox.clock.advance(12 * 3600)
        caller.refresh()

        assert len(ids(caller.search())) >= before + 24
