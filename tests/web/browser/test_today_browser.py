"""The fewest actions from the open desk to printed labels; counted, by mouse and by keyboard."""

import threading

import pytest
from django.db import connection

from packbench.carriers.models import Preset
from packbench.carriers.registry import open_carrier
from packbench.lib import clock
from packbench.orders.models import BulkRun
from packbench.shipments.batching import plan_more
from packbench.shipments.buying import buy_label
from packbench.shipments.models import Shipment
from packbench.shipments.status import Status
from tests.making import make_account, make_item, make_means, make_member, make_order, make_store
from tests.web.browser.test_stores_browser import (  # noqa: F401 - fixtures
    chromium,
    fits,
    open_page,
    pytestmark,
    sandbox,
    sign_in,
)
from tests.web.orders.conftest import buy_all


@pytest.fixture
def store(sandbox):  # noqa: F811
    store = make_store(make_account(make_member().workspace))
    make_means(store.workspace)
    return store


@pytest.fixture
def workers(store):
    """What the workers do meanwhile: plan what was asked for, and buy it."""
    stop = threading.Event()

    def work():
        while not stop.wait(0.2):
            for run in BulkRun.objects.filter(finished_at=None):
                plan_more(run.pk, clock=clock.now)
            for row in Shipment.objects.with_order().filter(status=Status.READY):
                buy_label(row, open_carrier(row.carrier_account), now=clock.now())
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    yield
    stop.set()
    thread.join()


def late_orders(store, count):
    """Due today at the latest: their ship-by time is over."""
    before = clock.now().replace(microsecond=0)
    return [
        make_order(store, external_id=f"402-000000{n}-0000001", ship_by_at=before)
        for n in range(count)
    ]


def printed():
    return Shipment.objects.filter(status=Status.PRINTED).count()


class Hand:
    """Counts what a person does."""

    def __init__(self, page):
        self.page, self.actions = page, 0

    def click(self, what):
        self.actions += 1
        what.click()

    def press(self, key):
        self.actions += 1
        self.page.keyboard.press(key)


@pytest.mark.parametrize("width", [1440, 390])
def test_todays_labels_are_printed_by_three_clicks(open_page, store, workers, width):  # noqa: F811
    late_orders(store, 3)
    with open_page(width=width) as page:
        sign_in(page)
        page.goto("/")
        hand = Hand(page)

        hand.click(page.get_by_role("button", name="Print today's labels"))
        assert fits(page)
        hand.click(page.get_by_role("button", name="Create 3 labels"))
        assert fits(page)
        page.get_by_text("Completed").wait_for()
        with page.context.expect_page() as opened:
            hand.click(page.get_by_role("button", name="Print 3 labels"))
        opened.value.close()

    assert hand.actions <= 3
    assert printed() == 3


def test_todays_labels_are_printed_by_three_keys(open_page, store, workers):  # noqa: F811
    late_orders(store, 3)
    with open_page() as page:
        sign_in(page)
        page.goto("/")
        hand = Hand(page)

        hand.press("p")
        page.locator("[data-run-now]:focus").wait_for()
        hand.press("Enter")
        page.get_by_text("Completed").wait_for()
        with page.context.expect_page() as opened:
            hand.press("p")
        opened.value.close()

    assert hand.actions <= 3
    assert printed() == 3


def test_one_order_gets_its_label_by_two_keys(open_page, store, workers):  # noqa: F811
    late_orders(store, 2)
    Preset.objects.create(
        workspace=store.workspace,
        name="Mailer",
        hotkey=1,
        service="express",
        created_at=clock.now(),
    )
    with open_page() as page:
        sign_in(page)
        page.goto("/orders")
        page.locator(".order-row").first.wait_for()
        hand = Hand(page)

        hand.press("j")
        hand.press("1")
        page.locator("#panel").get_by_text("Completed").wait_for()

    assert hand.actions == 2
    assert list(Shipment.objects.values_list("status", "service")) == [("purchased", "express")]


@pytest.mark.parametrize("width", [1440, 390])
def test_an_order_is_split_combined_and_undone_by_keyboard(open_page, store, width):  # noqa: F811
    items = (make_item("1", quantity=3), make_item("2", sku="PLATE-WITH-A-LONG-NAME-" * 3))
    order = make_order(store, external_id="402-0000001-0000001", items=items)
    other = make_order(store, external_id="402-0000002-0000001")
    with open_page(width=width) as page:
        sign_in(page)
        page.goto(f"/orders/{order.pk}")
        page.keyboard.press("d")
        page.locator("#split[open]").wait_for()
        assert fits(page)
        page.keyboard.type("2")
        assert page.locator("[data-rest]").first.text_content() == "1"
        page.keyboard.press("Enter")
        page.get_by_text("Split into 2 parcels.").wait_for()
        page.get_by_role("button", name="Put it in one parcel again").press("Enter")
        page.get_by_text("What has no label yet is in one parcel again.").wait_for()
        page.get_by_text("1 other order goes to the same recipient").wait_for()
        page.keyboard.press("m")
        page.get_by_text("2 orders share one parcel.").wait_for()
        page.get_by_text(other.external_id).first.wait_for()
        page.get_by_role("button", name="Undo the combination").wait_for()
        assert fits(page)
        page.keyboard.press("l")
        page.get_by_text("Label asked for.").wait_for()
        buy_all(store.workspace)
        page.get_by_text("Label bought").first.wait_for()

    assert Shipment.objects.get().order_ids() == [order.pk, other.pk]


@pytest.mark.parametrize("width", [1440, 390])
def test_orders_are_collected_in_a_batch_and_held_until_a_day(open_page, store, width):  # noqa: F811
    late_orders(store, 3)
    with open_page(width=width) as page:
        sign_in(page)
        page.goto("/orders")
        page.locator(".order-row").first.wait_for()
        page.keyboard.press("j")
        page.keyboard.press("x")
        page.keyboard.press("b")
        page.get_by_text("1 order in it").wait_for()
        assert fits(page)
        page.goto("/batches")
        assert fits(page)
        page.get_by_role("link").filter(has_text="202").first.click()
        page.get_by_role("button", name="Name and note…").click()
        page.get_by_label("Name", exact=True).fill("Morning " * 7)
        page.get_by_role("button", name="Save").click()
        page.get_by_text("Saved.").wait_for()
        assert fits(page)

        page.goto("/orders")
        page.locator(".order-row").first.wait_for()
        page.keyboard.press("j")
        page.keyboard.press("H")
        page.get_by_label("Until this day").fill("2099-01-01")
        page.keyboard.press("Enter")
        page.get_by_text("Released by itself on").wait_for()


@pytest.mark.parametrize("width", [1440, 390])
def test_the_end_of_the_day_fits_and_voids_what_nobody_used(open_page, store, width):  # noqa: F811
    from datetime import timedelta

    from tests.web.orders.conftest import labeled

    rows = [labeled(order) for order in late_orders(store, 3)]
    Shipment.objects.filter(pk=rows[0].pk).update(purchased_at=clock.now() - timedelta(days=3))
    with open_page(width=width) as page:
        sign_in(page)
        page.goto("/today/end")
        assert fits(page)
        page.get_by_label(f"Tick {rows[0].tracking_number}").check()
        page.get_by_role("button", name="Void the ticked labels…").click()
        page.get_by_role("button", name="Void the labels").click()
        page.get_by_text("1 label is being voided.").wait_for()

    assert Shipment.objects.get(pk=rows[0].pk).status == Status.VOIDING
