"""A customized order in a real browser: fetched, seen, printed, taken along, erased."""

import csv
import io

import pytest

from packbench.lib import clock
from packbench.orders import jobs
from packbench.orders.customizations import Customization, CustomPicture
from packbench.orders.models import Order
from packbench.orders.saving import save_orders
from packbench.privacy.models import Disclosure
from packbench.shipments.erasing import erase_now
from packbench_sandbox import Sandbox
from packbench_sandbox.amazon.customizing import with_links
from packbench_sandbox.wire import Response
from tests.making import ES, ItemNotes, make_channel_order, make_item, make_member, make_order
from tests.making import make_store as make_plain_store
from tests.web.browser.test_stores_browser import CHROMIUM, chromium, fits, open_page, sign_in

__all__ = ["chromium", "open_page"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium: apt install chromium"),
]


@pytest.fixture
def sandbox(settings):
    with Sandbox(orders_per_store=0, arrivals_per_hour=0) as running:
        settings.SANDBOX_URL = running.url
        yield running


@pytest.fixture
def custom(sandbox):
    """An order of a customized item whose archive lies at the pretend Amazon."""
    from tests.making import make_account

    store = make_plain_store(make_account(make_member().workspace))
    made = sandbox.world.create_order("europe", country="ES", traits=["custom"])
    item = made.body["orderItems"][0]
    url = item["product"]["customization"]["customizedUrl"]
    link = with_links(Response(200, url.encode()), sandbox).body.decode()
    items = (
        make_item(item["orderItemId"], is_customized=True, notes=ItemNotes(customization_url=link)),
    )
    save_orders(
        [make_channel_order(made.id, items=items, recipient=None)],
        {ES: store},
        account=store.account,
        withheld=["RECIPIENT"],
        now=clock.now(),
    )
    make_order(store, external_id="402-9999999-0000001")
    return Order.objects.get(external_id=made.id)


@pytest.mark.parametrize("width", [1440, 390])
def test_a_customized_order_is_fetched_seen_and_erased(open_page, custom, width):
    with open_page(width=width, height=900) as page:
        sign_in(page)
        page.goto(f"/orders/{custom.pk}")
        page.get_by_text("Being fetched from Amazon").wait_for()

        jobs.fetch_customizations()

        page.get_by_text("Wooden box").wait_for()
        images = page.locator(".customization img")
        page.wait_for_function("[...document.querySelectorAll('.customization img')].length > 0")
        images.first.scroll_into_view_if_needed()
        page.wait_for_function(
            "[...document.querySelectorAll('.customization img')].every("
            "(one) => { one.loading = 'eager'; return one.complete && one.naturalWidth > 0 })"
        )
        assert page.locator(".customization [style]").count() == 0
        assert fits(page)
        assert CustomPicture.objects.count() == images.count() == 2

        erase_now(custom, why="buyer", actor="test", now=clock.now())
        page.reload()
        page.locator(".customization").get_by_text("REDACTED (Amazon)").wait_for()
        assert page.get_by_text("Wooden box").count() == 0
        assert page.locator(".customization img").count() == 0
        assert fits(page)
    assert Customization.objects.get().details is None
    assert any("customization" in look.fields for look in Disclosure.objects.all())


def test_the_selection_takes_sheets_and_files_of_customized_orders_alone(open_page, custom):
    jobs.fetch_customizations()
    with open_page() as page:
        sign_in(page)
        page.goto("/orders?tab=all")
        rows = page.locator(".order-row")
        rows.filter(has_text="402-9999999").get_by_role("checkbox").check()
        assert not page.locator(".custom-menu").is_visible()
        rows.filter(has_text=custom.external_id).get_by_role("checkbox").check()
        page.locator(".custom-menu > summary").click()

        with page.expect_download() as taken:
            page.get_by_role("button", name="Download as CSV").click()

        with open(taken.value.path(), encoding="utf-8-sig") as file:
            lines = list(csv.DictReader(io.StringIO(file.read())))
        assert {line["order_number"] for line in lines} == {custom.external_id}
        assert "Wooden box" in [line["text"] for line in lines]
