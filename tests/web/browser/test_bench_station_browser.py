"""The bench in a real browser: printers of its station, the camera and the scale, by keys alone."""

import io

import pytest
from PIL import Image
from playwright.sync_api import expect

from packbench.carriers.models import PackageType
from packbench.labels.models import Kind, Printer, PrintJob, PrintRoute, Station
from packbench.labels.serving import Ended, Turn, take_turn
from packbench.lib import clock
from packbench.packing.models import BenchSettings, Packing
from packbench.shipments import jobs
from packbench.shipments.models import ParcelPhoto, Shipment
from tests.making import (
    NOW,
    make_account,
    make_item,
    make_member,
    make_order,
    make_store,
    make_warehouse,
)
from tests.web.browser.test_bench_browser import clicks, scan
from tests.web.browser.test_papers_browser import SCALE
from tests.web.browser.test_stores_browser import (  # noqa: F401 - fixtures
    chromium,
    fits,
    open_page,
    pytestmark,
    sandbox,
    sign_in,
)
from tests.web.orders.conftest import labeled

# A camera that shows blue.
CAMERA = """
const canvas = document.createElement("canvas");
[canvas.width, canvas.height] = [1920, 1440];
const pen = canvas.getContext("2d");
setInterval(() => { pen.fillStyle = "#0000ff"; pen.fillRect(0, 0, 1920, 1440); }, 40);
navigator.mediaDevices.getUserMedia = async () => canvas.captureStream(25);
"""
# Keeps the sides of the picture that is sent.
SENT = """() => {
  const send = window.fetch;
  window.fetch = async (url, options) => {
    const picture = await createImageBitmap(options.body.get("photo"));
    window.sent = [picture.width, picture.height];
    return send(url, options);
  };
}"""
# Whether something lies over the middle of the line with this SKU.
COVERED = """(sku) => {
  const lines = [...document.querySelectorAll(".bench-lines li")];
  const line = lines.find((each) => each.textContent.includes(sku));
  const { x, y, width, height } = line.getBoundingClientRect();
  return !line.contains(document.elementFromPoint(x + width / 2, y + height / 2));
}"""


@pytest.fixture
def store(sandbox):  # noqa: F811
    store = make_store(make_account(make_member().workspace))
    make_warehouse(store.workspace)
    return store


def make_mugs(store, number, **changes):
    return make_order(
        store, external_id=number, items=(make_item(sku="MUG", quantity=1),), weight_g=500,
        **changes,
    )  # fmt: skip


def stand(page, station):
    page.context.add_cookies([{"name": "station", "value": station.pk, "url": page.url}])


def turn(store, *ended):
    asked = Turn("agent", "journal", (("Zebra", ""),), ended)
    return take_turn(store.workspace, asked, now=clock.now()).handed


@pytest.mark.parametrize("width", [1440, 390])
def test_a_bench_prints_at_its_station_and_says_what_did_not_come_out(open_page, store, width):  # noqa: F811
    station = Station.objects.create(workspace=store.workspace, name="Bench 1", created_at=NOW)
    printer = Printer.objects.create(
        workspace=store.workspace, agent="agent", name="Zebra", created_at=NOW, seen_at=clock.now()
    )
    PrintRoute.objects.create(
        workspace=store.workspace, station=station, kind=Kind.LABEL, printer=printer
    )
    make_mugs(store, "402-1")
    make_mugs(store, "402-2")

    with open_page(width=width) as page:
        sign_in(page)
        stand(page, station)
        page.goto("/bench")
        clicks(page)
        scan(page, "402-1")
        scan(page, "MUG")
        page.get_by_text("The label is being bought").wait_for()
        jobs.buy(Shipment.objects.get().pk)
        page.get_by_text("Waiting").wait_for()
        assert PrintJob.objects.count() == 1
        fits(page)

        handed = turn(store)
        page.get_by_text("Being printed").wait_for()
        scan(page, "402-2")
        page.get_by_text("Scan each piece.").wait_for()
        turn(store, Ended(handed.job.pk, "failed", "refused"))
        page.get_by_role("heading", name="Not printed").wait_for()
        fits(page)
        page.keyboard.press("F8")
        expect(page.get_by_role("heading", name="Not printed")).to_have_count(0)
        page.get_by_text("Scan each piece.").wait_for()
        assert page.evaluate("clicks") == 0

    assert PrintJob.objects.filter(again_of=handed.job).count() == 1


def test_one_key_takes_a_photo_with_the_camera(open_page, store):  # noqa: F811
    BenchSettings.objects.create(workspace=store.workspace, takes_photo=True)
    shipment = labeled(make_mugs(store, "402-1"))

    with open_page() as page:
        page.add_init_script(CAMERA)
        sign_in(page)
        page.goto("/bench")
        page.locator("#camera video").wait_for()
        page.keyboard.press("F4")
        page.get_by_text("Scan a parcel first.").wait_for()
        scan(page, shipment.tracking_number)
        page.get_by_text("Scan each piece.").wait_for()
        page.keyboard.press("F4")
        page.get_by_text("The photo is kept with order 402-1.").wait_for()
        scan(page, "MUG")
        page.get_by_text("1 photo of this order").wait_for()

        page.goto(f"/orders/{shipment.order_id}")
        page.locator(".parcel-photos summary").press("Enter")
        picture = page.get_by_alt_text("The open parcel")
        expect(picture).to_be_visible()
        expect(picture).to_have_js_property("naturalWidth", 1600)

    assert Packing.objects.get().status == Packing.Status.PACKED
    assert ParcelPhoto.objects.get().shipment_id == shipment.pk


def test_without_a_camera_a_file_is_made_small_in_the_browser(open_page, store):  # noqa: F811
    BenchSettings.objects.create(workspace=store.workspace, takes_photo=True)
    shipment = labeled(make_mugs(store, "402-1"))
    photo = io.BytesIO()
    Image.effect_noise((4000, 3000), 90).convert("RGB").save(photo, "JPEG", quality=95)

    with open_page(width=390) as page:
        page.on("filechooser", lambda _: None)  # caught from now on, before the first key
        sign_in(page)
        page.goto("/bench")
        page.get_by_text("Choose a photo").wait_for()
        assert fits(page)
        scan(page, shipment.tracking_number)
        page.get_by_text("Scan each piece.").wait_for()
        with page.expect_file_chooser() as chooser:
            page.keyboard.press("F4")
        file = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo.getvalue()}
        page.evaluate(SENT)
        chooser.value.set_files([file])
        page.get_by_text("The photo is kept with order 402-1.").wait_for()
        assert page.evaluate("sent") == [1600, 1200]
        with page.expect_file_chooser() as chooser:
            page.keyboard.press("F4")
        chooser.value.set_files([{**file, "buffer": b"no picture"}])
        page.get_by_text("This is no JPEG, PNG or WebP picture").wait_for()

    assert (ParcelPhoto.objects.get().width, ParcelPhoto.objects.get().height) == (1600, 1200)


def test_the_scale_and_a_key_for_the_box_buy_the_label(open_page, store):  # noqa: F811
    BenchSettings.objects.create(workspace=store.workspace, asks_box=True, asks_weight=True)
    PackageType.objects.create(
        workspace=store.workspace, name="Box S", length_mm=100, width_mm=100, height_mm=80,
        tare_g=40, created_at=NOW,
    )  # fmt: skip
    make_mugs(store, "402-1")

    with open_page() as page:
        page.add_init_script(SCALE)
        sign_in(page)
        page.goto("/bench")
        clicks(page)
        scan(page, "402-1")
        scan(page, "MUG")
        page.get_by_text("Which box?").wait_for()
        page.keyboard.press("F7")
        expect(page.locator("#bench-grams")).to_have_value("1234")
        expect(page.locator("#bench-code")).to_be_focused()
        page.keyboard.press("1")
        page.get_by_text("The label is being bought").wait_for()
        assert page.evaluate("clicks") == 0

    shipment = Shipment.objects.get()
    assert (shipment.weight_g, shipment.package_type.name) == (1234, "Box S")


def test_without_a_scale_the_weight_is_typed_and_enter_buys(open_page, store):  # noqa: F811
    BenchSettings.objects.create(workspace=store.workspace, asks_weight=True)
    make_mugs(store, "402-1")

    with open_page() as page:
        page.add_init_script("delete Navigator.prototype.hid")
        sign_in(page)
        page.goto("/bench")
        clicks(page)
        scan(page, "402-1")
        scan(page, "MUG")
        expect(page.locator("#bench-grams")).to_be_focused()
        page.keyboard.type("640")
        page.keyboard.press("Enter")
        page.get_by_text("The label is being bought").wait_for()
        assert page.evaluate("clicks") == 0

    assert Shipment.objects.get().weight_g == 640


@pytest.mark.parametrize("width", [1440, 390])
def test_of_forty_lines_the_scanned_one_is_seen_with_what_is_said(open_page, store, width):  # noqa: F811
    title = "A set of hand-made stoneware cups in cobalt blue, 350 ml each, dishwasher safe, no. "
    items = tuple(
        make_item(f"{n}", sku=f"CUP-{n:02}", asin=f"B00000CU{n:02}", title=title * 2 + str(n))
        for n in range(40)
    )
    make_order(store, external_id="402-40", items=items, weight_g=9000)

    with open_page(width=width) as page:
        sign_in(page)
        page.goto("/bench")
        for code, said in (
            ("402-40", "Scan each piece."),
            ("CUP-38", "CUP-38: 1 of 1"),
            ("CUP-38", "Only 1 of CUP-38 go in this parcel"),
            ("PLATE", "“PLATE” is no item of this parcel"),
            ("CUP-02", "CUP-02: 1 of 1"),
        ):
            scan(page, code)
            expect(page.get_by_text(said)).to_be_in_viewport(ratio=1)
            if code.startswith("CUP"):
                line = page.locator(".bench-lines li", has_text=code)
                expect(line).to_be_in_viewport(ratio=0.9)
                assert page.evaluate(COVERED, code) is False
        assert fits(page)
        expect(page.locator("#bench-code")).to_be_focused()
