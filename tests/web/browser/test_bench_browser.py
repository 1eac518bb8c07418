"""The bench in a real browser: a scanner's keys alone, from the order to the printed label."""

import pytest

from packbench.carriers.models import PackageType
from packbench.packing.models import BenchSettings, Packing
from packbench.shipments import jobs
from packbench.shipments.models import Shipment
from packbench.shipments.status import Status
from tests.making import (
    NOW,
    make_account,
    make_item,
    make_member,
    make_order,
    make_store,
    make_warehouse,
)
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
    store = make_store(make_account(make_member().workspace))
    make_warehouse(store.workspace)
    bowl = make_item("10000000000002", sku="BOWL", quantity=1)
    return make_order(store, items=(make_item(sku="MUG", quantity=2), bowl), weight_g=900)


def scan(page, code):
    """Keys as a scanner sends them: fast, and Enter at the end."""
    page.keyboard.type(code)
    page.keyboard.press("Enter")


def clicks(page):
    page.evaluate(
        "window.clicks = 0; addEventListener('click', (e) => { clicks += e.isTrusted; }, true)"
    )


def test_scans_alone_pack_an_order_buy_its_label_and_print_it(open_page, order):  # noqa: F811
    with open_page() as page:
        sign_in(page)
        page.goto("/bench")
        clicks(page)
        scan(page, order.external_id)
        scan(page, "MUG")
        scan(page, "PLATE")
        page.get_by_text("“PLATE” is no item of this parcel").wait_for()
        assert page.locator(".bench.is-wrong").count() == 1
        scan(page, "MUG")
        scan(page, "BOWL")
        page.get_by_text("The label is being bought").wait_for()

        jobs.buy(Shipment.objects.get().pk)
        with page.expect_request("**/print") as printed:
            page.get_by_text("The label is there.").wait_for()
        assert printed.value.response().status == 200
        assert page.evaluate("clicks") == 0

        scan(page, "NEXT-ONE")
        page.get_by_text("Nothing here is called “NEXT-ONE”").wait_for()

    assert Packing.objects.get().status == Packing.Status.PACKED
    assert Shipment.objects.get().status == Status.PRINTED


def test_many_fast_scans_are_all_counted_in_their_order(open_page, order):  # noqa: F811
    order.items.filter(sku="MUG").update(quantity=30)
    with open_page() as page:
        sign_in(page)
        page.goto("/bench")
        scan(page, order.external_id)
        for _ in range(30):
            scan(page, "MUG")
        scan(page, "BOWL")
        page.get_by_text("The label is being bought").wait_for()

    assert [line.packed for line in Packing.objects.get().lines.order_by("expected")] == [1, 30]


@pytest.mark.parametrize("width", [1440, 390])
def test_the_box_is_chosen_by_its_key_and_the_parcel_put_aside(open_page, order, width):  # noqa: F811
    BenchSettings.objects.create(workspace=order.workspace, asks_box=True)
    for number, name in enumerate(("Box S", "Box M"), 1):
        PackageType.objects.create(
            workspace=order.workspace,
            name=name,
            length_mm=100 * number,
            width_mm=100,
            height_mm=80,
            tare_g=40,
            created_at=NOW,
        )
    with open_page(width=width) as page:
        sign_in(page)
        page.goto("/bench")
        scan(page, order.external_id)
        page.get_by_text("Scan each piece.").wait_for()
        slow = []
        page.route("**/bench/leave", lambda route: slow.append(route))
        with page.expect_request("**/bench/leave"):
            page.keyboard.press("Escape")
        for code in (order.external_id, "MUG", "MUG", "BOWL"):
            scan(page, code)
        slow.pop().continue_()
        page.get_by_text("Which box? Press its key.").wait_for()
        fits(page)
        page.keyboard.press("2")
        page.get_by_text("The label is being bought").wait_for()

    assert Shipment.objects.get().package_type.name in ("Box M", "Box S")


def test_a_parcel_is_closed_without_scanning_by_key_and_with_a_reason(open_page, order):  # noqa: F811
    with open_page() as page:
        sign_in(page)
        page.goto("/bench")
        scan(page, order.external_id)
        page.get_by_text("Scan each piece.").wait_for()
        page.keyboard.press("F2")
        page.keyboard.type("no barcode on the bowl")
        page.keyboard.press("Enter")
        page.get_by_text("The label is being bought").wait_for()

    assert Packing.objects.get().override_reason == "no barcode on the bowl"


def test_the_bench_goes_on_after_a_scan_that_did_not_arrive(open_page, order):  # noqa: F811
    with open_page(meant=["htmx:sendError", "htmx:afterRequest"]) as page:
        sign_in(page)
        page.goto("/bench")
        page.route("**/bench/scan", lambda route: route.abort(), times=1)
        scan(page, order.external_id)
        page.get_by_text("The last scan did not arrive.").wait_for()
        scan(page, order.external_id)
        page.get_by_text("Scan each piece.").wait_for()
