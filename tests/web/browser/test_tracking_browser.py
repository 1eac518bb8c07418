"""What becomes of parcels, in a real browser: a problem is seen and understood, a day is closed."""

import httpx
import pytest

from packbench.carriers.managing import Wanted, add_account
from packbench.carriers.models import CarrierAccount
from packbench.lib import clock
from packbench.shipments import jobs
from packbench.shipments.batching import create_labels
from packbench.shipments.models import Manifest, Shipment
from packbench.shipments.planning import Means
from packbench.shipments.status import Status
from packbench_sandbox.easypost.pushing import push_of
from packbench_sandbox.easypost.selling import KEY
from tests.making import make_account, make_member, make_order, make_store, make_warehouse
from tests.web.browser.test_stores_browser import (  # noqa: F401 - fixtures
    chromium,
    fits,
    open_page,
    pytestmark,
    sandbox,
    sign_in,
)


@pytest.fixture
def parcels(sandbox):  # noqa: F811
    """Two labels of EasyPost; the second one is printed."""
    store = make_store(make_account(make_member().workspace))
    wanted = Wanted(name="EasyPost", secrets={"key": KEY})
    account = add_account(store.workspace, "easypost", wanted, actor="test", now=clock.now())
    means = Means(account, make_warehouse(store.workspace), "USPS/GroundAdvantage")
    orders = [make_order(store, external_id=f"402-000000{n}-0000001") for n in range(2)]
    create_labels(store.workspace, orders, means, actor="test", now=clock.now())
    for shipment in Shipment.objects.all():
        jobs.buy(shipment.pk)
    rows = list(Shipment.objects.order_by("order__external_id"))
    Shipment.objects.filter(pk=rows[1].pk).update(status=Status.PRINTED)
    return rows


@pytest.mark.parametrize("width", [1440, 390])
def test_a_problem_that_the_carrier_tells_is_seen_and_understood(
    open_page, live_server, sandbox, parcels, width  # noqa: F811
):  # fmt: skip
    account, parcel = CarrierAccount.objects.get(carrier="easypost"), parcels[0]
    with open_page(width=width) as page:
        sign_in(page)
        page.goto(f"/settings/carriers/{account.pk}")
        page.get_by_role("button", name="Make a secret").press("Enter")
        secret = page.locator("#push-secret").text_content()
        address = page.locator("#push-address").text_content()
        assert fits(page)
        page.get_by_role("link", name="I have kept it").click()
        assert secret not in page.content()

        for code in ("PICKUP", "DAMAGED"):
            sandbox.move_parcel(parcel.tracking_number, code)
            headers, body = push_of(sandbox.world, parcel.tracking_number, secret=secret)
            assert httpx.post(address, content=body, headers=headers).status_code == 204

        page.goto("/shipments")
        chip = page.get_by_role("link", name="Delivery problem 1")
        assert fits(page)
        chip.press("Enter")
        page.get_by_role("link", name=parcel.order.external_id).click()
        said = page.locator(".banner.alert").filter(has_text="Delivery problem")
        said.get_by_text("The carrier reports a problem with the delivery.").wait_for()
        said.get_by_text("failure").wait_for()
        said.get_by_text("an address can often be completed there").wait_for()
        assert fits(page)
        said.get_by_role("link", name="More").click()
        page.get_by_role("heading", name="When something is wrong with a parcel").wait_for()

        page.goto(f"/settings/carriers/{account.pk}")
        page.get_by_text("Messages come in").wait_for()
        assert fits(page)


@pytest.mark.parametrize("width", [1440, 390])
def test_a_day_is_closed_and_its_form_printed(open_page, sandbox, parcels, width):  # noqa: F811
    with open_page(width=width) as page:
        sign_in(page)
        page.goto("/shipments")
        page.get_by_role("link", name="Forms for drivers").click()
        page.get_by_text("1 label is not printed").wait_for()
        assert page.get_by_label(f"Tick {parcels[1].tracking_number}").is_checked()
        page.get_by_label(f"Tick {parcels[0].tracking_number}").press("Space")
        assert fits(page)
        button = page.get_by_role("button", name="Close the day: form of the carrier")
        assert "(2)" in button.text_content()
        button.press("Enter")
        page.get_by_text("The carrier is asked for the form.").wait_for()
        assert fits(page)

        jobs.manifest(Manifest.objects.get().pk)
        link = page.get_by_role("link", name="Form of the carrier")
        link.wait_for()
        assert fits(page)
        with page.expect_popup() as opened:
            link.click()
        assert "/form" in opened.value.url

    assert len(sandbox.ledger.entries("form.made")) == 1
    assert set(Shipment.objects.values_list("status", flat=True)) == {Status.MANIFESTED}
