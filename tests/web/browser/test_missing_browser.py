"""A missed order and a missing number, in a real browser."""

from datetime import timedelta

import pytest

from packbench.channels.base import OrderStatus
from packbench.channels.models import ComplianceNumber, SellerAccount, Store
from packbench.lib import clock
from packbench.orders.inquiring import answer_inquiry
from packbench.orders.models import Inquiry
from tests.making import DE, make_account, make_channel_order, make_member, make_order, make_store
from tests.web.browser.test_stores_browser import (
    CHROMIUM,
    chromium,
    fits,
    open_page,
    sign_in,
)

__all__ = ["chromium", "open_page"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium: apt install chromium"),
]

NUMBER = "402-1234567-1234567"


class Amazon:
    """Has the order."""

    def fetch_order(self, order_id):
        return make_channel_order(order_id)


@pytest.fixture
def store(db):
    row = make_store(make_account(make_member().workspace))
    now = clock.now()
    Store.objects.update(backfilled_at=now)
    SellerAccount.objects.update(imported_at=now, next_import_at=now + timedelta(minutes=4))
    return row


def test_a_lost_order_is_traced_asked_for_and_found_with_the_keyboard_alone(open_page, store):
    with open_page() as page:
        sign_in(page)
        page.goto(f"/orders?tab=all&q={NUMBER}")
        page.get_by_role("link", name="Why is my order not here?").press("Enter")
        page.get_by_role("heading", name="Never seen here").wait_for()
        page.get_by_text("It may be pending at Amazon").wait_for()
        assert fits(page)

        page.get_by_role("button", name="Ask Amazon now").press("Enter")
        page.get_by_text("Amazon is being asked: 0 of 1").wait_for()
        answer_inquiry(Inquiry.objects.get().pk, lambda account: Amazon(), clock=clock.now)

        page.get_by_role("heading", name="It is here").wait_for()
        page.get_by_text("Amazon has it, and it is here now.").wait_for()
        page.get_by_role("link", name="Open the order").press("Enter")
        page.get_by_role("heading", name=NUMBER).wait_for()


def test_the_number_is_pasted_with_all_that_is_around_it(open_page, store):
    make_order(store, external_id=NUMBER, status=OrderStatus.AWAITING_PAYMENT)
    with open_page(width=390, height=844) as page:
        sign_in(page)
        page.goto("/stores/trace")
        page.keyboard.insert_text(f"  Order ID: {NUMBER} (Amazon.es)")  # the field has the focus
        page.keyboard.press("Enter")
        page.get_by_text("Its payment is pending").wait_for()
        assert page.url.endswith(f"/stores/trace?number={NUMBER}")
        assert fits(page)


def test_a_missing_number_is_warned_of_and_entered(open_page, store):
    make_store(store.account, DE, "Amazon DE")
    for width in (390, 1440):
        ComplianceNumber.objects.all().delete()
        with open_page(width=width) as page:
            sign_in(page)
            page.goto("/stores")
            page.get_by_role("link", name="Germany").wait_for()
            page.get_by_role("link", name="Enter the numbers").first.click()
            card = page.locator("#DE-packaging")
            card.locator("summary").press("Enter")
            card.get_by_label("LUCID").fill("DE12345")
            card.get_by_role("button", name="Save").click()
            page.get_by_text("“DE12345” does not fit: LUCID looks like DE1234567890123.").wait_for()
            assert fits(page)
            card.get_by_label("LUCID").fill("DE 1234567890123")
            page.keyboard.press("Enter")
            card.get_by_text("Registered").wait_for()
            assert fits(page)
    assert ComplianceNumber.objects.get().number == "DE1234567890123"
