"""Parcels in a real browser: ticked, handed over, corrected, and what Amazon was told."""

import pytest

from packbench.shipments.models import Notice, Shipment
from packbench.shipments.status import Status
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


@pytest.fixture
def shipments(sandbox):  # noqa: F811
    """Two labels of own delivery; Amazon refused one of their notices, at length."""
    store = make_store(make_account(make_member().workspace))
    rows = [labeled(make_order(store, external_id=f"402-000000{n}-0000001")) for n in range(2)]
    problem = {"text": "Amazon does not know an order item of this parcel. " * 4, "code": "x"}
    Notice.objects.filter(shipment=rows[0]).update(status="failed", problem=problem)
    return rows


@pytest.mark.parametrize("width", [1440, 390])
def test_parcels_are_handed_over_corrected_and_told_again(open_page, shipments, width):  # noqa: F811
    with open_page(width=width) as page:
        sign_in(page)
        page.goto("/shipments")
        button = page.get_by_role("button", name="Hand over to the carrier")
        assert button.is_disabled()
        page.get_by_label(f"Tick {shipments[0].tracking_number}").press("Space")
        assert "(1)" in button.text_content()
        assert fits(page)
        button.press("Enter")
        page.get_by_text("1 parcel handed over.").wait_for()

        page.goto(f"/orders/{shipments[0].order_id}")
        page.get_by_role("button", name="Correct the tracking…").press("Enter")
        page.get_by_label("Tracking number", exact=True).fill("NEW-NUMBER-1")
        page.get_by_role("combobox", name="Carrier").fill("DHL")
        page.get_by_role("button", name="Correct it").click()
        page.get_by_text("Corrected. Amazon is told of it").wait_for()
        page.get_by_text("NEW-NUMBER-1").first.wait_for()
        assert fits(page)

        page.goto("/shipments/outbox")
        assert fits(page)
        page.get_by_label(f"Tick {shipments[1].order.external_id}").check()
        page.get_by_role("button", name="Notify Amazon again").click()
        page.get_by_text("Amazon will be told again of").wait_for()
        page.get_by_role("link", name="Details").first.click()
        page.get_by_role("heading", name="What is said").wait_for()
        assert fits(page)

    assert Shipment.objects.filter(status=Status.IN_TRANSIT).count() == 1
