"""Testing a connection: each role taken away by itself, each failure in its own line."""

from datetime import timedelta

import pytest

from packbench.channels.models import SellerAccount, UnknownFault
from packbench.channels.probing import ask_test, is_running, probe_account
from packbench.channels.registry import open_channel
from packbench.channels.troubles.catalog import trouble_of
from packbench.events.models import Event
from packbench.lib import clock
from packbench_sandbox import Sandbox
from packbench_sandbox.world.sellers import (
    DELIVERY,
    INSIGHTS,
    LISTING,
    ROLES,
    SHIPPING,
    TAX_INVOICING,
    TRACKING,
)
from tests.making import NOW, make_account
from tests.web.stores.consenting import app_form

pytestmark = pytest.mark.django_db

ALL = sorted(ROLES)


@pytest.fixture(scope="module")
def amazon():
    with Sandbox(orders_per_store=6, arrivals_per_hour=0, rate_scale=1e6) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(amazon, settings):
    settings.SANDBOX_URL = amazon.url
    yield amazon
    amazon.faults.clear()
    amazon.withhold = "omit"
    for seller in ("europe", "wide"):
        amazon.set_roles(seller, ALL)


@pytest.fixture
def account(sandbox):
    return connected(sandbox, "europe")


def connected(sandbox, seller, countries=()):
    from packbench.channels.base import Credentials
    from packbench.channels.connecting import keep_application, save_account

    keys = app_form(sandbox, seller)
    workspace = make_account().workspace
    application = keep_application(workspace, keys["client_id"], keys["client_secret"], now=NOW)
    credentials = Credentials(
        region=sandbox.world.seller(seller).region.lower(),
        seller_id=keys["seller_id"],
        client_id=keys["client_id"],
        client_secret=keys["client_secret"],
        refresh_token=keys["refresh_token"],
    )
    return save_account(
        application,
        credentials,
        way=SellerAccount.Way.PRIVATE_APP,
        marketplace_ids=[market.id for market in sandbox.world.seller(seller).marketplaces],
        actor="test",
        now=clock.now(),
    )


def found(account):
    """Test the connection and return how each line ended."""
    account = SellerAccount.objects.select_related("application", "workspace__key").get(
        pk=account.pk
    )
    probe_account(account, open_channel(account), clock=clock.now)
    account.refresh_from_db()
    return {line["check"]: line for line in account.findings}


def states(lines):
    return {check: line["state"] for check, line in lines.items()}


def codes(lines):
    return {check: line["code"] for check, line in lines.items() if line["code"]}


def test_a_good_connection_works_in_every_line_and_names_amazons_calls(account):
    lines = found(account)

    assert set(states(lines).values()) == {"ok", "warning", "untested"}
    assert codes(lines) == {"marketplaces": "marketplaces_without_store"}
    assert lines["confirmations"]["state"] == "untested"  # cannot be tried without a parcel
    asked = [line for check, line in lines.items() if check not in ("clock", "confirmations")]
    assert all(line["request_id"] for line in asked)
    assert account.checked_at is None  # of the row that was tested
    assert SellerAccount.objects.get(pk=account.pk).checked_at


@pytest.mark.parametrize(
    ("missing", "check", "state", "code"),
    [
        ({INSIGHTS}, "marketplaces", "bad", "role_missing_insights"),
        ({TRACKING}, "orders", "bad", "role_missing_orders"),
        ({DELIVERY, SHIPPING}, "addresses", "bad", "missing_role"),
        ({LISTING}, "listings", "warning", "role_missing_listing"),
        (set(ALL) - {INSIGHTS}, "feeds", "warning", "role_missing_feeds"),
        (set(ALL) - {INSIGHTS}, "reports", "warning", "role_missing_reports"),
    ],
)
@pytest.mark.parametrize("withhold", ["omit", "refuse"])
def test_each_missing_role_is_named_with_what_it_costs(
    account, sandbox, missing, check, state, code, withhold
):
    sandbox.withhold = withhold
    sandbox.set_roles("europe", [role for role in ALL if role not in missing])

    line = found(account)[check]

    assert (line["state"], line["code"]) == (state, code)
    assert line["request_id"]
    assert trouble_of(code)


def test_the_role_is_found_again_at_once(account, sandbox):
    sandbox.set_roles("europe", [TRACKING, INSIGHTS])
    assert states(found(account))["addresses"] == "bad"

    sandbox.set_roles("europe", ALL)

    assert states(found(account))["addresses"] == "ok"


def test_what_one_role_opens_the_others_do_not_cost(account, sandbox):
    sandbox.set_roles("europe", [TRACKING, INSIGHTS, TAX_INVOICING])

    ended = states(found(account))

    assert (ended["orders"], ended["addresses"], ended["buyers"]) == ("ok", "bad", "ok")


def test_a_seller_of_another_region_is_told_so(account, sandbox):
    SellerAccount.objects.update(region="na")

    lines = found(account)

    assert lines["region"]["code"] == "wrong_region"
    assert states(lines)["orders"] == "bad"


def test_suspended_listings_are_named(sandbox):
    lines = found(connected(sandbox, "wide"))

    assert lines["marketplaces"]["code"] == "listings_suspended"
    assert lines["marketplaces"]["text"]["values"] == {"marketplaces": "Amazon IN"}


def test_a_wrong_clock_is_measured_by_amazons(account, sandbox):
    sandbox.clock.advance(300)

    line = found(account)["clock"]

    assert (line["state"], line["code"]) == ("warning", "clock_skew")
    assert 295 <= int(line["text"]["values"]["seconds"]) <= 305


def test_a_revoked_authorization_ends_and_the_rest_is_not_tested(account, sandbox):
    found(account)  # a token is kept, and not believed
    sandbox.revoke("europe")

    lines = found(account)

    assert lines["login"]["code"] == "authorization_ended"
    assert {line["state"] for check, line in lines.items() if check != "login"} == {"untested"}
    assert SellerAccount.objects.get(pk=account.pk).status == "revoked"


@pytest.mark.parametrize(
    ("operation", "check"),
    [
        ("token", "login"),
        ("getMarketplaceParticipations", "region"),
        ("searchOrders", "orders"),
        ("getOrder", "addresses"),
        ("searchListingsItems", "listings"),
        ("getFeeds", "feeds"),
        ("getReports", "reports"),
    ],
)
@pytest.mark.parametrize("fault", ["429", "500", "503_html", "reset"])
def test_what_fails_now_says_nothing_against_the_account(account, sandbox, operation, check, fault):
    sandbox.faults.arm(fault, operation, count=9)

    lines = found(account)

    assert lines[check]["state"] == "untested"
    if fault == "429":
        assert "Could not be tested now" in lines[check]["text"]["text"]
    assert not UnknownFault.objects.exists()
    assert SellerAccount.objects.get(pk=account.pk).status == "active"


def test_an_empty_bucket_is_not_emptied_further(account, sandbox):
    before = sandbox.throttle.calls["getFeeds"]
    sandbox.throttle.override("getFeeds", 0.0001, 1)
    try:
        ended = [states(found(account))["feeds"] for _ in range(11)]
        calls = sandbox.throttle.calls["getFeeds"] - before
    finally:
        sandbox.throttle.overrides.clear()

    assert ended == ["ok"] + ["untested"] * 10
    assert calls <= 4  # our own bucket says no before Amazon has to


def test_a_refusal_that_nobody_knows_is_counted_without_its_words(account, sandbox):
    for _ in range(2):
        sandbox.faults.arm(
            "refused", "getFeeds", status=400, code="StrangeThing", message="of Lucía Ferrer"
        )
        line = found(account)["feeds"]

    fault = UnknownFault.objects.get()
    assert (fault.operation, fault.code, fault.count) == ("getFeeds", "StrangeThing", 2)
    assert fault.request_id == line["request_id"]
    assert "Lucía" not in str(vars(fault))


def test_a_test_is_asked_for_by_a_person_and_runs_until_it_ends_or_is_cut(account):
    now = clock.now()
    ask_test(account, actor="per_ines", now=now)
    account.refresh_from_db()

    assert is_running(account, now=now)
    assert not is_running(account, now=now + timedelta(minutes=3))
    assert Event.objects.get(name="account.tested").actor == "per_ines"
    assert {line["state"] for line in account.findings} == {"waiting"}
