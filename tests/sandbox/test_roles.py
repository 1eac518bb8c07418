"""What restricted roles open, and how it looks where one is missing."""

import pytest

from packbench_sandbox.world.sellers import (
    DELIVERY,
    INSIGHTS,
    LISTING,
    SHIPPING,
    TAX_INVOICING,
    TRACKING,
)

from .calling import EVERYTHING, Caller, complaint, make_sandbox


def show(sandbox, caller, roles, traits=("gift", "custom")):
    order = sandbox.world.create_order("europe", country="ES", traits=list(traits))
    sandbox.set_roles("europe", roles)
    return caller.order(order.id)


def gift(order):
    return order["orderItems"][0]["fulfillment"]["packing"]["giftOption"]


@pytest.mark.parametrize("role", [DELIVERY, SHIPPING])
def test_the_delivery_role_opens_everything_under_both_names(sandbox, europe, role):
    order = show(sandbox, europe, [TRACKING, role])

    assert {"buyerName", "buyerEmail"} <= set(order["buyer"])
    assert {"name", "addressLine1", "postalCode"} <= set(order["recipient"]["deliveryAddress"])
    assert gift(order)["giftMessage"]
    assert "customization" in order["orderItems"][0]["product"]


def test_without_the_role_personal_data_is_left_out_and_the_town_remains(sandbox, europe):
    order = show(sandbox, europe, [TRACKING])

    assert order["buyer"] == {}
    assert set(order["recipient"]["deliveryAddress"]) <= {"city", "stateOrRegion", "countryCode"}
    assert order["recipient"]["deliveryAddress"]["countryCode"] == "ES"
    assert gift(order) == {"giftWrapLevel": "Premium"}
    assert "customization" not in order["orderItems"][0]["product"]


def test_tax_roles_open_the_buyers_name_only(sandbox, europe):
    order = show(sandbox, europe, [TRACKING, TAX_INVOICING])

    assert set(order["buyer"]) == {"buyerName"}
    assert "name" not in order["recipient"]["deliveryAddress"]


def test_one_seller_never_had_the_role(sandbox):
    caller = Caller(sandbox, "no-addresses")

    addresses = [
        order["recipient"]["deliveryAddress"]
        for order in caller.search(includedData=EVERYTHING).json()["orders"]
        if "recipient" in order
    ]

    assert addresses
    assert not any("addressLine1" in address for address in addresses)


def test_the_sandbox_can_refuse_instead(sandbox, europe):
    sandbox.withhold = "refuse"
    sandbox.set_roles("europe", [TRACKING])

    assert complaint(europe.search(includedData="RECIPIENT"))[:2] == (403, "Unauthorized")
    assert europe.search(includedData="FULFILLMENT").status_code == 200


def test_without_order_tracking_no_order_is_shown(sandbox, europe):
    sandbox.set_roles("europe", [DELIVERY])

    assert complaint(europe.search())[:2] == (403, "Unauthorized")
    assert europe.call("GET", "/sellers/v1/account").status_code == 200


@pytest.mark.parametrize(
    ("path", "parameters", "role"),
    [
        ("/sellers/v1/marketplaceParticipations", {}, INSIGHTS),
        ("/listings/2021-08-01/items/{seller}", {"marketplaceIds": "A1RKKUPIHCS9HS"}, LISTING),
        ("/feeds/2021-06-30/feeds", {"feedTypes": "A"}, TRACKING),
        ("/reports/2021-06-30/reports", {"reportTypes": "A"}, DELIVERY),
    ],
)
def test_each_operation_needs_its_role(sandbox, europe, path, parameters, role):
    url = path.format(seller=europe.seller.id)

    answers = []
    for roles in ([], [role]):
        sandbox.set_roles("europe", roles)
        answers.append(europe.call("GET", url, params=parameters).status_code)

    assert answers == [403, 200]


def test_roles_are_held_by_each_application_apart():
    with make_sandbox() as sandbox:
        demo, other = Caller(sandbox, "europe"), Caller(sandbox, "europe", "other")
        sandbox.set_roles("europe", [], "other")

        assert demo.search().status_code == 200
        assert other.search().status_code == 403
