"""Papers in a real browser: a station's printers, sheets, and weights from a scale."""

import pytest
from playwright.sync_api import expect

from packbench.labels.models import Kind, Printer, PrintJob, PrintRoute, Station
from tests.making import NOW, make_account, make_means, make_member, make_order, make_store
from tests.web.browser.test_stores_browser import (  # noqa: F401 - fixtures
    chromium,
    fits,
    open_page,
    pytestmark,
    sandbox,
    sign_in,
)
from tests.web.orders.conftest import labeled

# A scale that shows 1.234 kg and stands still; before, it swings.
SCALE = """
const report = (status) => new DataView(new Uint8Array([status, 2, 0, 0xd2, 0x04]).buffer);
Object.defineProperty(navigator, "hid", {value: {
  getDevices: async () => [],
  requestDevice: async () => [{
    opened: false, collections: [{usagePage: 0x8d}], open: async () => {},
    addEventListener(name, hear) {
      setTimeout(() => hear({data: report(3)}), 20);
      setTimeout(() => hear({data: report(4)}), 40);
    },
    removeEventListener() {},
  }],
}});
"""


@pytest.fixture
def store(sandbox):  # noqa: F811
    return make_store(make_account(make_member().workspace))


@pytest.fixture
def printer(store):
    return Printer.objects.create(
        workspace=store.workspace, agent="bench-1", name="Zebra", language="zpl", created_at=NOW
    )


@pytest.mark.parametrize("width", [1440, 390])
def test_a_station_prints_on_its_own_printers_and_says_where(open_page, store, printer, width):  # noqa: F811
    shipment = labeled(make_order(store))
    station = Station.objects.create(workspace=store.workspace, name="Bench 1", created_at=NOW)
    PrintRoute.objects.create(
        workspace=store.workspace, station=station, kind=Kind.LABEL, printer=printer
    )

    with open_page(width=width) as page:
        sign_in(page)
        page.goto("/settings/printing")
        assert fits(page)
        page.get_by_label("This browser stands at").select_option("Bench 1")
        page.get_by_role("button", name="Remember").press("Enter")
        page.get_by_text("here", exact=True).wait_for()

        page.goto(f"/orders/{shipment.order_id}")
        page.get_by_role("button", name="Print label").press("Enter")
        page.get_by_text("Sent to Zebra.").wait_for()
        assert len(page.context.pages) == 1

        page.goto(f"/shipments/{shipment.pk}/papers")
        assert fits(page)
        assert not page.get_by_label("Begin at place").is_visible()
        page.get_by_label("Labels on").select_option("a4_4")
        page.get_by_label("Begin at place").select_option("3")
        page.keyboard.press("Tab")
        page.get_by_role("heading", level=1).click()
        page.keyboard.press("p")
        page.get_by_text("Sent to Zebra.").wait_for()

    assert [job.start for job in PrintJob.objects.order_by("created_at")] == [0, 2]


@pytest.mark.parametrize("width", [1440, 390])
def test_settings_of_documents_fit_and_a_broken_template_is_told(open_page, store, width):  # noqa: F811
    with open_page(width=width) as page:
        sign_in(page)
        page.goto("/settings/documents")
        assert fits(page)
        page.get_by_role("link", name=store.name).first.click()
        page.get_by_label("Template of the packing slip").fill("<p>\n{% if %}</p>")
        page.get_by_role("button", name="Save").click()
        page.get_by_text("Line 2 of the template").wait_for()
        assert fits(page)


def test_a_scale_fills_in_the_weight_where_the_browser_allows_it(open_page, store):  # noqa: F811
    make_means(store.workspace)
    order = make_order(store)

    with open_page(width=1440) as page:
        page.add_init_script(SCALE)
        sign_in(page)
        page.goto(f"/orders/{order.pk}")
        page.get_by_role("button", name="Scale").press("Enter")
        expect(page.locator("#ship-weight")).to_have_value("1234")


def test_without_scales_in_the_browser_there_is_no_button_for_one(open_page, store):  # noqa: F811
    make_means(store.workspace)
    order = make_order(store)

    with open_page(width=1440) as page:
        page.add_init_script("delete Navigator.prototype.hid")
        sign_in(page)
        page.goto(f"/orders/{order.pk}")
        page.get_by_label("Weight with packaging").wait_for()
        assert not page.get_by_role("button", name="Scale").is_visible()
