"""confirmShipment: what is taken, what is refused, and what becomes of it."""

import pytest

from packbench_sandbox.world.marketplaces import BY_COUNTRY

from . import oracle
from .calling import START, Caller, complaint


@pytest.fixture
def order(sandbox):
    """Two items: two of the first, three of the second."""
    items = [{"quantityOrdered": 2}, {"quantityOrdered": 3, "orderItemId": "11111111111111"}]
    product = {"asin": "B000000001", "sellerSku": "ROPE", "title": "Rope"}
    items[1]["product"] = product
    return sandbox.world.create_order(
        "europe", country="ES", overrides={"orderItems": items}, age_seconds=3600
    )


def first_item(order, quantity=1):
    return [{"orderItemId": next(iter(order.quantities)), "quantity": quantity}]


def status(sandbox, order):
    return sandbox.world.state(order.id).status


def test_the_package_shows_at_once_and_the_status_follows(sandbox, europe, order):
    answer = europe.confirm(order, packageReferenceId="42")
    at_once = europe.order(order.id)
    sandbox.clock.advance(120)
    later = europe.order(order.id)

    package = at_once["packages"][0]
    assert answer.status_code == 204
    assert package["packageReferenceId"] == "42"
    assert (package["carrier"], package["trackingNumber"]) == ("Correos", "PK123")
    assert at_once["orderItems"][0]["fulfillment"]["quantityUnfulfilled"] == 0
    assert at_once["fulfillment"]["fulfillmentStatus"] == "UNSHIPPED"
    assert later["fulfillment"]["fulfillmentStatus"] == "SHIPPED"


def test_searches_see_the_new_status_two_minutes_after_the_change(sandbox, europe, order):
    europe.confirm(order)

    sandbox.clock.advance(120 + 119)
    early = europe.search(fulfillmentStatuses="SHIPPED", createdAfter="2027-01-15T06:00:00Z")
    sandbox.clock.advance(1)
    late = europe.search(fulfillmentStatuses="SHIPPED", createdAfter="2027-01-15T06:00:00Z")

    assert early.json()["orders"] == []
    assert [found["orderId"] for found in late.json()["orders"]] == [order.id]


def test_several_packages_ship_an_order_bit_by_bit(sandbox, europe, order):
    europe.confirm(order, packageReferenceId="1", orderItems=first_item(order, 2))
    sandbox.clock.advance(120)
    partly = status(sandbox, order)
    rest = [{"orderItemId": "11111111111111", "quantity": 3}]
    answer = europe.confirm(order, packageReferenceId="2", orderItems=rest)
    sandbox.clock.advance(120)

    assert partly == "PARTIALLY_SHIPPED"
    assert answer.status_code == 204
    assert status(sandbox, order) == "SHIPPED"


def test_the_same_reference_again_edits_the_package(sandbox, europe, order):
    europe.confirm(order)
    answer = europe.confirm(order, trackingNumber="PK999")

    packages = europe.order(order.id)["packages"]
    assert answer.status_code == 204
    assert [package["trackingNumber"] for package in packages] == ["PK999"]
    kinds = [entry["kind"] for entry in sandbox.ledger.confirmations(order.id)]
    assert kinds == ["shipment.confirmed", "shipment.edited"]


def test_a_parcel_travels_and_arrives(sandbox, europe, order):
    europe.confirm(order)

    seen = []
    for hours in (0, 1, 12, 48):
        sandbox.clock.advance(hours * 3600)
        state = sandbox.world.state(order.id)
        seen.append(state.packages["1"]["packageStatus"]["status"])

    assert seen == ["PENDING", "SHIPPED", "IN_TRANSIT", "DELIVERED"]


def test_a_delivered_package_cannot_be_edited(sandbox, europe, order):
    europe.confirm(order)
    sandbox.clock.advance(3 * 86400)
    europe.refresh()

    assert europe.confirm(order, trackingNumber="PK999").status_code == 400


REFUSED = [
    ({"packageReferenceId": 1}, "packageReferenceId"),
    ({"packageReferenceId": "P-1"}, "PackageReferenceId: is invalid, must be a positive numeric"),
    ({"packageReferenceId": "0"}, "PackageReferenceId: is invalid, must be a positive numeric"),
    ({"packageReferenceId": None}, "packageReferenceId is required"),
    ({"carrierCode": None}, "carrierCode is required"),
    ({"carrierCode": "Other"}, "carrierName is required"),
    ({"trackingNumber": None}, "trackingNumber is required"),
    ({"shipDate": None}, "shipDate is required"),
    ({"shipDate": "02/21/2022"}, "shipDate is invalid"),
    ({"orderItems": []}, "orderItems is required"),
    ({"orderItems": "all"}, "orderItems must be a list"),
    ({"orderItems": [{"orderItemId": "1"}]}, "quantity is invalid"),
    ({"orderItems": [{"orderItemId": "1", "quantity": 1}]}, "OrderItemId is invalid, please"),
    ({"orderItems": [{"orderItemId": "11111111111111", "quantity": 4}]}, "only 3 remain"),
    ({"orderItems": [{"orderItemId": "11111111111111", "quantity": 0}]}, "quantity is invalid"),
]


@pytest.mark.parametrize(("changes", "message"), REFUSED)
def test_a_wrong_package_is_refused_and_changes_nothing(sandbox, europe, order, changes, message):
    answer = europe.confirm(order, **changes)

    assert complaint(answer)[:2] == (400, "InvalidInput")
    assert message in complaint(answer)[2]
    assert sandbox.ledger.confirmations() == []


def test_a_wrong_marketplace_is_refused(europe, order):
    answer = europe.confirm(order, marketplace_id=BY_COUNTRY["DE"].id)

    assert complaint(answer)[0] == 400


@pytest.mark.parametrize("trait", ["ship_plus", "afn", "cancelled", "pending", "preorder"])
def test_orders_that_are_not_ours_to_ship_are_refused(sandbox, europe, trait):
    order = sandbox.world.create_order("europe", traits=[trait], age_seconds=60)
    sandbox.clock.advance(120)

    assert complaint(europe.confirm(order))[:2] == (400, "InvalidInput")


def test_a_fulfilled_order_takes_no_further_package(sandbox, europe, order):
    europe.confirm(order)

    answer = europe.confirm(order, packageReferenceId="2")

    assert complaint(answer)[0] == 400
    assert "PackageToUpdateNotFound" in complaint(answer)[2]


def test_more_than_what_other_packages_left_is_refused(europe, order):
    europe.confirm(order, packageReferenceId="1", orderItems=first_item(order, 1))

    answer = europe.confirm(order, packageReferenceId="2", orderItems=first_item(order, 2))

    assert "only 1 remain" in complaint(answer)[2]


def test_an_unknown_order_is_not_found(europe, order):
    body = {"marketplaceId": order.marketplace_id, "packageDetail": {}}
    answer = europe.post_confirmation("404-0000000-0000000", body)
    order.id = "404-0000000-0000000"

    assert answer.status_code == 400
    assert complaint(europe.confirm(order))[:2] == (404, "NotFound")


def test_a_body_that_is_no_object_is_refused(europe, order):
    path = f"/orders/v0/orders/{order.id}/shipmentConfirmation"

    for content in (b"", b"[]", b"{", b"1"):
        answer = europe.call("POST", path, content=content)
        assert complaint(answer)[:2] == (400, "InvalidInput")


def test_cash_is_collected_in_japan_only(sandbox, europe, order):
    tokyo = Caller(sandbox, "far-east")
    japanese = sandbox.world.create_order("far-east", country="JP")

    refused = confirm_with_cash(europe, order)
    taken = confirm_with_cash(tokyo, japanese)

    assert (refused.status_code, taken.status_code) == (400, 204)


def confirm_with_cash(caller, order):
    detail = {
        "packageReferenceId": "1",
        "carrierCode": "YAMATO",
        "trackingNumber": "1",
        "shipDate": "2027-01-15T08:00:00Z",
        "orderItems": first_item(order),
    }
    body = {"marketplaceId": order.marketplace_id, "packageDetail": detail}
    return caller.post_confirmation(order.id, {**body, "codCollectionMethod": "DirectPayment"})


@pytest.mark.skipif(not oracle.is_here(), reason="Amazon's models are not beside the repository")
def test_what_these_tests_send_is_valid_by_the_model(sandbox, europe, order):
    sent = []
    europe.post_confirmation = lambda order_id, body: sent.append(body)

    europe.confirm(order)

    oracle.check_request(f"/orders/v0/orders/{order.id}/shipmentConfirmation", sent[0])


def test_the_ledger_tells_who_confirmed_what_and_when(sandbox, europe, order):
    europe.confirm(order, packageReferenceId="7")

    (entry,) = sandbox.ledger.confirmations(order.id)
    assert (entry["reference"], entry["at"]) == ("7", START)
    assert entry["seller_id"] == europe.seller.id
    assert entry["package"]["trackingNumber"] == "PK123"
