"""The account's page in a real browser: renew, paste, revoke, new secret; on a phone too."""

from datetime import timedelta

import pytest

from packbench.channels.models import Application, SellerAccount
from packbench.lib import clock
from tests.making import make_member
from tests.web.browser.test_stores_browser import (  # noqa: F401 - fixtures
    chromium,
    fits,
    open_page,
    pytestmark,
    sandbox,
    sign_in,
)
from tests.web.stores.consenting import app_form


@pytest.fixture
def account(sandbox, client):  # noqa: F811
    """An account with a store, connected through the desk."""
    member = make_member()
    client.force_login(member.person, backend="packbench.accounts.backends.MemberBackend")
    client.post(
        "/stores/connect/app",
        app_form(sandbox) | {"has_read_terms": "on", "is_responsible": "on"},
    )
    account = SellerAccount.objects.get()
    market = account.marketplace_ids[0]
    client.post(
        f"/stores/connect/{account.pk}/marketplaces",
        {"marketplace": [market], "feedback": "label_created"},
    )
    Application.objects.update(application_id=sandbox.application("demo").application_id)
    return account


def end(**changes):
    SellerAccount.objects.update(
        status="expired",
        status_reason={"text": "It ended.", "code": "authorization_ended"},
        ended_at=clock.now(),
        expires_at=clock.now(),
        **changes,
    )


def status():
    return SellerAccount.objects.get().status


def test_the_life_of_an_authorization_on_its_page(open_page, sandbox, account):  # noqa: F811
    end()
    with open_page() as page:
        sign_in(page)
        page.get_by_role("link", name="Renew").click()
        page.get_by_role("button", name="Renew in Seller Central").click()
        page.wait_for_url(f"{sandbox.url}/**")
        page.get_by_label("Sign in as").select_option(account.seller_id)
        page.get_by_label("I direct Amazon").check()
        page.get_by_role("button", name="Confirm").click()
        page.get_by_text("The authorization was renewed.").wait_for()
        assert status() == "active"

        end()
        page.goto(f"/stores/accounts/{account.pk}")
        page.get_by_text("Paste a refresh token").click()
        page.get_by_label("Refresh token").fill("Atzr|wrong")
        page.keyboard.press("Enter")
        page.get_by_text("no longer accepts this account's refresh token").wait_for()
        page.get_by_text("Paste a refresh token").click()
        page.get_by_label("Refresh token").fill(sandbox.authorize("europe")["refresh_token"])
        page.keyboard.press("Enter")
        page.get_by_text("Renewed. What waited goes on where it stood.").wait_for()
        assert status() == "active"

        page.get_by_label("New client secret").fill(sandbox.rotate_secret())
        page.get_by_role("button", name="Verify and save").click()
        page.get_by_text("Client secret saved. All work goes on.").wait_for()

        page.get_by_role("button", name="Revoke here").click()
        page.get_by_text("Tick this box to confirm it.").wait_for()
        page.get_by_label("Delete the token").check()
        page.get_by_role("button", name="Revoke here").click()
        page.get_by_text("Revoked here. Remove the application at Amazon as well.").wait_for()
        assert status() == "revoked"


def test_the_page_fits_a_phone(open_page, account):  # noqa: F811
    SellerAccount.objects.update(expires_at=clock.now() + timedelta(days=9))
    with open_page(width=390, height=844) as page:
        sign_in(page)
        page.goto(f"/stores/accounts/{account.pk}")
        assert fits(page)
        end()
        page.reload()
        assert fits(page)
        page.goto("/settings")
        assert fits(page)
