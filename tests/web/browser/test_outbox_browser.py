"""The outbox, a refused notice with its steps, and account health, in a real browser."""

from datetime import timedelta

import pytest

from packbench.lib import clock
from packbench.orders.models import Order, OrderItem, Status
from packbench.shipments.models import Notice, NoticeFeed
from tests.making import make_account, make_member, make_order, make_store
from tests.web.browser.test_stores_browser import (  # noqa: F401 - fixtures
    chromium,
    fits,
    open_page,
    pytestmark,
    sandbox,
    sign_in,
)
from tests.web.orders.conftest import labeled

DAY = timedelta(days=1)


@pytest.fixture
def store(sandbox):  # noqa: F811
    return make_store(make_account(make_member().workspace))


@pytest.fixture
def refused(store):
    """A notice whose number does not look like one of its carrier, among many that wait."""
    rows = [
        labeled(make_order(store, external_id=f"402-{n:07d}-0000001", ship_by_at=clock.now() + DAY))
        for n in range(6)
    ]
    OrderItem.objects.update(programs=["TRANSPARENCY"])
    problem = {
        "text": "%(number)s does not look like a tracking number of %(carrier)s.",
        "values": {"number": "12-34", "carrier": "UPS"},
        "code": "tracking_shape",
    }
    Notice.objects.filter(shipment=rows[0]).update(status="failed", problem=problem)
    feed = NoticeFeed.objects.create(
        workspace=store.workspace,
        account=store.account,
        status="processing",
        marketplace_ids=[store.marketplace_id],
        count=3,
        created_at=clock.now(),
        sent_at=clock.now(),
        next_try_at=clock.now() + DAY,
    )
    Notice.objects.filter(shipment__in=rows[3:]).update(status="sending", feed=feed)
    return Notice.objects.get(shipment=rows[0])


@pytest.mark.parametrize("width", [1440, 390])
def test_a_refused_notice_is_found_explained_and_sent_as_it_is(open_page, refused, width):  # noqa: F811
    with open_page(width=width) as page:
        sign_in(page)
        page.goto("/shipments/outbox")
        page.get_by_text("3 parcels go to Amazon in one feed.").wait_for()
        assert fits(page)
        page.get_by_role("link", name="Refused").click()
        page.get_by_role("link", name="Details").click()
        page.get_by_text("does not look like one of this carrier").first.wait_for()
        page.get_by_role("heading", name="Codes of the pieces").wait_for()
        assert fits(page)
        page.get_by_label("Transparency codes, one a line").fill("AZ" + "7" * 27)
        page.get_by_role("button", name="Keep the codes").click()
        page.get_by_text("Codes kept.").wait_for()
    Notice.objects.filter(pk=refused.pk).update(status="failed", problem=refused.problem)
    with open_page(width=width) as page:
        sign_in(page)
        page.goto(f"/shipments/outbox/{refused.pk}")
        page.get_by_text("Why, and what to do").press("Enter")
        assert fits(page)
        page.get_by_role("button", name="Send it as it is").click()
        page.get_by_text("Amazon will be told of this number as it is").wait_for()
        assert fits(page)

    refused.refresh_from_db()
    assert (refused.status, refused.is_unchecked) == ("pending", True)


@pytest.mark.parametrize("width", [1440, 390])
def test_many_are_notified_again_by_keyboard(open_page, refused, width):  # noqa: F811
    Notice.objects.filter(feed=None).update(status="failed")
    with open_page(width=width) as page:
        sign_in(page)
        page.goto("/shipments/outbox?show=refused")
        page.get_by_role("button", name="Notify Amazon again of all refused").press("Enter")
        page.get_by_text("Amazon will be told again of 3 parcels.").wait_for()
        assert fits(page)

    assert not Notice.objects.filter(status="failed").exists()


@pytest.mark.parametrize("width", [1440, 390])
def test_account_health_leads_to_the_orders_that_endanger_it(open_page, store, width):  # noqa: F811
    now = clock.now()
    for number in range(12):
        order = make_order(
            store, external_id=f"402-{number:07d}-0000001", ship_by_at=now - (number + 1) * DAY
        )
        if number:
            told_at = order.ship_by_at + (DAY if number == 5 else -DAY)
            Order.objects.filter(pk=order.pk).update(status=Status.SHIPPED, confirmed_at=told_at)
    with open_page(width=width) as page:
        sign_in(page)
        page.goto("/health")
        page.get_by_text("Not as wanted").first.wait_for()
        assert page.locator(".health-chart rect").count() > 5
        assert fits(page)
        page.get_by_role("link", name="402-0000000-0000001").first.click()
        page.wait_for_url("**/orders/ord_*")
