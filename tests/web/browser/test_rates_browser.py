"""Rates in a real browser: compared and bought, asked for more, by a preset's key; doubts."""

from datetime import timedelta

import pytest

from packbench.carriers.models import CarrierAccount, Preset
from packbench.lib import clock
from packbench.shipments import jobs
from packbench.shipments.models import Shipment
from packbench.shipments.status import Status
from tests.making import NOW, make_account, make_member, make_order, make_store, make_warehouse
from tests.shipments.rated import SOLD, make_rated
from tests.web.browser.test_stores_browser import (  # noqa: F401 - fixtures
    chromium,
    fits,
    open_page,
    pytestmark,
    sandbox,
    sign_in,
)


@pytest.fixture
def order(sandbox):  # noqa: F811
    SOLD.clear()
    store = make_store(make_account(make_member().workspace))
    workspace = store.workspace
    make_warehouse(workspace)
    post = make_rated(
        workspace,
        ["good", "4.90", "EUR", 2, "protected"],
        ["slow", "3.10", "EUR", 30],
        ["form", "6.00", "EUR", 1, "inputs"],
    )
    Preset.objects.create(
        workspace=workspace,
        name="Fast lane",
        hotkey=1,
        carrier_account=post,
        service="good",
        created_at=NOW,
    )
    return make_order(store, deliver_by_at=clock.now() + timedelta(days=9))


def bought(page, order):
    """What the workers do, and the page that shows it."""
    shipment = order.shipments.get()
    jobs.buy(shipment.pk)
    shipment.refresh_from_db()
    return shipment


@pytest.mark.parametrize("width", [1440, 390])
def test_rates_are_compared_narrowed_and_one_is_bought(open_page, order, width):  # noqa: F811
    with open_page(width=width) as page:
        sign_in(page)
        page.goto(f"/orders/{order.pk}")
        page.keyboard.press("r")
        page.get_by_role("button", name="Buy for €4.90").wait_for()
        assert fits(page)
        page.get_by_label("Arrives by the promise").check()
        region = page.get_by_role("region", name="Rates")
        assert region.get_by_text("Slow", exact=True).is_hidden()
        page.get_by_role("button", name="Buy for €4.90").click()
        page.get_by_text("Label asked for.").wait_for()
        shipment = bought(page, order)
        page.get_by_text(shipment.tracking_number).first.wait_for()
        assert fits(page)

    assert (shipment.service, str(shipment.quoted)) == ("good", "4.9000 EUR")


def test_what_a_service_asks_for_is_answered(open_page, order):  # noqa: F811
    with open_page(width=1440) as page:
        sign_in(page)
        page.goto(f"/orders/{order.pk}")
        page.get_by_role("button", name="Compare rates").click()
        page.get_by_role("button", name="Answer its questions…").click()
        page.get_by_role("button", name="Buy the label").wait_for()
        page.get_by_label("Pieces").fill("0")
        page.get_by_role("button", name="Buy the label").click()
        page.get_by_text("greater than or equal to 1").wait_for()
        page.get_by_label("Pieces").fill("2")
        page.get_by_label("Why it is sent").select_option("GIFT")
        page.get_by_role("button", name="Buy the label").click()
        page.get_by_text("Label asked for.").wait_for()
        bought(page, order)

    assert SOLD[0][2] == {"parcel": {"why": "GIFT", "pieces": 2}}


def test_two_keys_send_an_order_by_a_preset(open_page, order):  # noqa: F811
    with open_page(width=1440) as page:
        sign_in(page)
        page.goto("/orders")
        page.get_by_text(order.external_id).first.wait_for()
        page.keyboard.press("j")
        page.keyboard.press("1")
        page.locator("#panel .panel-content, #panel section").first.wait_for()

    assert order.shipments.get().service == "good"


@pytest.mark.parametrize("was_bought", [True, False])
def test_a_doubt_is_decided_both_ways(open_page, order, was_bought):  # noqa: F811
    account = CarrierAccount.objects.get(carrier="rated")
    CarrierAccount.objects.filter(pk=account.pk).update(
        settings=account.settings | {"loses": "yes"}
    )
    with open_page(width=1440) as page:
        sign_in(page)
        page.goto(f"/orders/{order.pk}")
        page.keyboard.press("1")
        page.get_by_text("Label asked for.").wait_for()
        shipment = bought(page, order)
        Shipment.objects.update(next_try_at=clock.now() - timedelta(seconds=1))
        jobs.settle(shipment.pk)
        page.goto("/shipments?parcel=doubt")
        page.get_by_role("link", name=order.external_id).click()
        if was_bought:
            page.get_by_label("Tracking number found at the carrier").fill("JJD77")
            page.get_by_role("button", name="It was bought").click()
            page.get_by_text("JJD77").first.wait_for()
        else:
            page.get_by_role("button", name="It was not: buy again…").click()
            page.get_by_role("button", name="It was not bought: buy again").click()
            page.get_by_text("The label is asked for again.").wait_for()

    shipment.refresh_from_db()
    assert shipment.status == (Status.PURCHASED if was_bought else Status.READY)
