"""Test connection, on the account's page and right after connecting."""

import pytest

from packbench.channels import jobs
from packbench.channels.models import SellerAccount
from packbench.lib import clock
from packbench_sandbox import Sandbox
from packbench_sandbox.world.sellers import INSIGHTS, TRACKING
from tests.making import make_account
from tests.web.help.meeting import Desk
from tests.web.stores.consenting import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def amazon():
    with Sandbox(orders_per_store=4, arrivals_per_hour=0, rate_scale=1e6) as sandbox:
        yield sandbox


@pytest.fixture
def desk(amazon, settings, owner, workspace):
    settings.SANDBOX_URL = amazon.url
    return Desk(amazon, owner, workspace, settings)


def part(browser, account):
    answer = browser.get(
        f"/stores/accounts/{account.pk}/connection", headers={"HX-Request": "true"}
    )
    return text_of(answer)


def test_pressing_the_button_fills_line_after_line(desk, owner):
    url = f"/stores/accounts/{desk.account.pk}/test"

    begun = text_of(owner.post(url, headers={"HX-Request": "true"}))
    jobs.test(desk.account.pk)
    done = part(owner, desk.account)

    assert "0 of 12 tested" in begun
    assert 'hx-trigger="every 1s"' in begun
    assert "every 1s" not in done
    assert done.count("Works") >= 9
    assert "Amazon DE" in done  # sells there, without a store
    assert " ms" in done


def test_a_missing_role_says_what_will_not_work(desk, owner):
    desk.sandbox.set_roles("europe", [TRACKING, INSIGHTS])
    desk.sandbox.world.create_order("europe", country="ES")

    page = desk.probe()

    assert "Orders come without address: no labels." in page
    assert "Direct-to-Consumer Delivery (Restricted)" in page
    assert 'href="/help/errors/missing_role"' in page


def test_without_htmx_the_button_leads_to_the_accounts_page(desk, owner):
    answer = owner.post(f"/stores/accounts/{desk.account.pk}/test")

    assert answer["Location"] == f"/stores/accounts/{desk.account.pk}#connection"


def test_a_test_that_was_cut_short_is_told(desk, owner):
    owner.post(f"/stores/accounts/{desk.account.pk}/test")
    SellerAccount.objects.update(checked_at=clock.now().replace(year=2020))

    page = part(owner, desk.account)

    assert "cut short" in page
    assert "every 1s" not in page


def test_the_test_is_offered_right_after_connecting(desk, owner):
    page = text_of(owner.get(f"/stores/connect/{desk.account.pk}/connected", follow=True))

    assert f'action="/stores/accounts/{desk.account.pk}/test"' in page


def test_others_cannot_test(desk, packer, viewer, stranger):
    url = f"/stores/accounts/{desk.account.pk}/test"

    assert packer.post(url).status_code == viewer.post(url).status_code == 403
    assert stranger.post(url).status_code == 404
    assert "Test connection" not in part(viewer, desk.account)


def test_an_account_without_token_has_nothing_to_test(owner, workspace):
    account = make_account(workspace)
    SellerAccount.objects.update(refresh_token=None)

    owner.post(f"/stores/accounts/{account.pk}/test")

    assert SellerAccount.objects.get().findings == []
    assert "Test connection" not in part(owner, account)
