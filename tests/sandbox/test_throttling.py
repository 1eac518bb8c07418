"""Usage plans: 429 after the burst, one more call when the rate has earned it."""

import pytest

from .calling import Caller, complaint, make_sandbox

ES = "A1RKKUPIHCS9HS"


@pytest.fixture
def sandbox():
    with make_sandbox(rate_scale=1) as sandbox:
        yield sandbox


def call(caller, operation):
    orders = caller.sandbox.world.orders("europe", country="ES", status="UNSHIPPED")
    return {
        "searchOrders": lambda: caller.search(maxResultsPerPage=1),
        "getOrder": lambda: caller.call("GET", f"/orders/2026-01-01/orders/{orders[0].id}"),
        "confirmShipment": lambda: caller.confirm(orders[0]),
        "getAccount": lambda: caller.call("GET", "/sellers/v1/account"),
        "getMarketplaceParticipations": lambda: caller.call(
            "GET", "/sellers/v1/marketplaceParticipations"
        ),
        "searchListingsItems": lambda: caller.call(
            "GET", f"/listings/2021-08-01/items/{caller.seller.id}", params={"marketplaceIds": ES}
        ),
        "searchCatalogItems": lambda: caller.call(
            "GET",
            "/catalog/2022-04-01/items",
            params={"marketplaceIds": ES, "identifiers": "B0", "identifiersType": "ASIN"},
        ),
    }[operation]()


PLANS = [
    ("searchOrders", 0.0056, 20),
    ("getOrder", 0.5, 30),
    ("confirmShipment", 2, 10),
    ("getAccount", 0.016, 15),
    ("getMarketplaceParticipations", 0.016, 15),
    ("searchListingsItems", 5, 5),
    ("searchCatalogItems", 2, 2),
]


@pytest.mark.parametrize(("operation", "rate", "burst"), PLANS)
def test_a_call_after_the_burst_waits_for_the_rate(sandbox, europe, operation, rate, burst):
    statuses = [call(europe, operation).status_code for _ in range(burst + 1)]
    sandbox.clock.advance(0.98 / rate)
    too_early = call(europe, operation).status_code
    sandbox.clock.advance(0.03 / rate)
    in_time = call(europe, operation).status_code

    assert set(statuses[:burst]) <= {200, 204}
    assert statuses[burst] == too_early == 429
    assert in_time in (200, 204)
    assert sandbox.stats()["throttled"][operation] == 2


def test_the_refusal_is_amazons(europe):
    answers = [europe.search(maxResultsPerPage=1) for _ in range(21)]

    message = "You exceeded your quota for the requested resource."
    assert complaint(answers[-1]) == (429, "QuotaExceeded", message)
    assert "x-amzn-ratelimit-limit" not in answers[-1].headers


def test_the_bucket_never_holds_more_than_the_burst(sandbox, europe):
    europe.search()
    sandbox.clock.advance(120 * 86400)
    europe.refresh()

    statuses = [europe.search(maxResultsPerPage=1).status_code for _ in range(21)]

    assert statuses == [200] * 20 + [429]


def test_each_seller_and_application_has_its_own_bucket(sandbox, europe):
    for _ in range(21):
        europe.search(maxResultsPerPage=1)

    assert europe.search().status_code == 429
    assert Caller(sandbox, "wide").search().status_code == 200
    assert Caller(sandbox, "europe", "other").search().status_code == 200


def test_the_rate_is_told_with_20x_400_and_404_only(sandbox, europe):
    name = "x-amzn-ratelimit-limit"
    good, invalid = europe.search(), europe.search(fulfilledBy="NOBODY")
    unknown = europe.call("GET", "/orders/2026-01-01/orders/404-0000000-0000000")
    denied = europe.call("GET", "/sellers/v1/account", region="na")
    sandbox.faults.arm("500", "searchOrders")
    failed = europe.search()

    assert good.headers[name] == invalid.headers[name] == "0.0056"
    assert unknown.headers[name] == "0.5"
    assert name not in denied.headers
    assert name not in failed.headers


def test_every_answer_has_its_own_request_id_and_the_sandboxs_date(sandbox, europe):
    answers = [europe.search(), europe.search(fulfilledBy="NOBODY"), europe.ask_token()]

    identities = {answer.headers["x-amzn-requestid"] for answer in answers}
    assert len(identities) == 3
    assert {answer.headers["date"] for answer in answers} == {"Fri, 15 Jan 2027 08:00:00 GMT"}


def test_a_plan_can_be_overridden_or_scaled(sandbox, europe):
    sandbox.throttle.override("getAccount", 0.1, 1)
    account = [call(europe, "getAccount").status_code for _ in range(2)]
    sandbox.throttle.scale = 2
    searches = [europe.search(maxResultsPerPage=1).status_code for _ in range(41)]

    assert account == [200, 429]
    assert searches == [200] * 40 + [429]
