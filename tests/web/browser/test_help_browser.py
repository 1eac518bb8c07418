"""Every trouble as a person sees it, and the test of a connection, in a real browser."""

import re

import pytest

from packbench.channels import jobs
from packbench.channels.models import SellerAccount
from packbench.channels.troubles.catalog import ROWS
from packbench_sandbox.world.sellers import INSIGHTS, LISTING, TRACKING
from tests.making import make_account, make_member, make_store
from tests.web.browser.test_stores_browser import (
    CHROMIUM,
    chromium,
    fits,
    open_page,
    sandbox,
    sign_in,
)
from tests.web.help.meeting import Desk

__all__ = ["chromium", "open_page", "sandbox"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium: apt install chromium"),
]


def test_every_trouble_is_in_the_list_with_its_cause(open_page):
    make_member()
    with open_page() as page:
        sign_in(page)
        page.goto("/help/errors")

        shown = page.locator(".help-list > li").all_inner_texts()

        assert len(shown) == len(ROWS)
        for row, text in zip(ROWS, shown, strict=True):
            assert row.title in text
            assert row.cause in text
        assert_explained(page, ROWS[:: len(ROWS) // 8])


@pytest.mark.proof
def test_every_trouble_has_a_page_that_says_why_and_what_to_do(open_page):
    make_member()
    with open_page() as page:
        sign_in(page)
        assert_explained(page, ROWS)


def assert_explained(page, rows):
    for row in rows:
        page.goto(f"/help/errors/{row.code}")
        assert page.get_by_role("heading", name=row.title, exact=True).is_visible()
        assert page.get_by_text(row.cause).first.is_visible()
        assert page.locator("ol.todo > li > span").all_inner_texts() == [
            step.text for step in row.steps
        ]
        assert fits(page)


@pytest.mark.parametrize("width", [1440, 390])
def test_the_help_is_searched_by_an_old_name_and_read_to_the_end(open_page, width):
    make_account(make_member().workspace)
    with open_page(width=width) as page:
        sign_in(page)
        page.goto("/help")
        assert fits(page)
        page.get_by_role("searchbox", name="Search the help").fill("Shipping Weight")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"/help/errors\?q="))
        assert fits(page)
        page.get_by_role("link", name="A weight is missing").click()
        page.get_by_role("link", name="Set weights").click()
        page.wait_for_url(re.compile("/products"))
        for slug in ("connect", "troubleshooting", "settings"):
            page.goto(f"/help/{slug}")
            assert fits(page), slug


@pytest.mark.parametrize("width", [1440, 390])
def test_a_connection_is_tested_line_by_line(open_page, sandbox, settings, width):
    member = make_member()
    desk = Desk(sandbox, None, member.workspace, settings)
    sandbox.world.create_order("europe", country="ES")
    sandbox.set_roles("europe", [TRACKING, INSIGHTS, LISTING])
    with open_page(width=width) as page:
        sign_in(page)
        page.goto(f"/stores/accounts/{desk.account.pk}")
        page.get_by_role("button", name="Test connection").click()
        page.get_by_text("0 of 12 tested").wait_for()
        jobs.test(desk.account.pk)

        page.get_by_text("Amazon withholds names and addresses").first.wait_for()
        assert page.get_by_text("12 of 12").count() == 0
        page.locator("summary", has_text="Why, and what to do").nth(1).click()
        assert page.get_by_text("Orders come without address: no labels.").first.is_visible()
        assert fits(page)


def test_a_stopped_import_is_explained_at_its_store(open_page):
    account = make_account(make_member().workspace)
    store = make_store(account)
    error = {"text": "Amazon denies it.", "values": {}, "code": "role_missing_orders"}
    SellerAccount.objects.update(import_error={**error, "request_id": "req-1"})
    with open_page() as page:
        sign_in(page)
        page.goto(f"/stores/{store.pk}")
        page.locator("summary", has_text="Why, and what to do").first.click()
        page.get_by_role("link", name="Renew").first.click()

        page.wait_for_url(re.compile(f"/stores/accounts/{account.pk}"))
