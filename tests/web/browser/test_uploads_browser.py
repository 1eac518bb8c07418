"""A table of orders in a real browser: upload, map, preview, import, mend, import again."""

import pytest

from packbench.orders.jobs import read_uploaded
from packbench.orders.models import Order, Upload
from tests.making import make_member
from tests.orders.tabling import make_shop, row, table
from tests.web.browser.test_stores_browser import (  # noqa: F401 - fixtures
    chromium,
    fits,
    open_page,
    pytestmark,
    sign_in,
)


@pytest.fixture
def shop():
    return make_shop(make_member().workspace)


def send(page, path):
    page.goto("/orders/import")
    page.get_by_label("File").set_input_files(path)
    page.get_by_role("button", name="Upload and choose columns").click()


@pytest.mark.parametrize("width", [1440, 390])
def test_an_import_with_refused_rows_is_mended_and_imported_again(
    open_page,  # noqa: F811
    shop,
    tmp_path,
    width,
):
    first = tmp_path / "orders.csv"
    first.write_bytes(
        table(row("1"), row("2", country="Atlantis"), row("3", phone="=HYPERLINK(1)", city=""))
    )
    with open_page(width=width) as page:
        sign_in(page)
        page.goto("/orders")
        assert fits(page)
        page.get_by_role("link", name="Import a file").click()
        send(page, first)

        page.get_by_text("Which column is what?").wait_for()
        assert page.get_by_label("Order number").input_value() == "number"
        assert fits(page)
        page.get_by_label("Phone").select_option("")
        page.get_by_label("Phone").select_option("phone")
        page.get_by_label("Save this map as").fill("Website")
        page.get_by_label("Save this map as").press("Enter")

        page.get_by_text("Preview: nothing is saved yet").wait_for()
        assert fits(page)
        assert Order.objects.count() == 0
        page.get_by_role("button", name="Import 1 order").click()
        page.get_by_text("1 new order in Laden").wait_for()

        with page.expect_download() as download:
            page.get_by_role("link", name="Download the refused rows").click()
        mended = tmp_path / "mended.csv"
        text = download.value.path().read_text("utf-8-sig")
        assert "'=HYPERLINK(1)" in text
        mended.write_text(text.replace("Atlantis", "DE").replace("Kaiserstraße 1,,", "Ring 1,Ulm,"))

        send(page, mended)
        page.get_by_role("button", name="Show the preview").click()
        page.get_by_role("button", name="Import 2 orders").click()
        page.get_by_text("2 new orders in Laden").wait_for()
        assert set(Order.objects.values_list("external_id", flat=True)) == {"1", "2", "3"}
        assert not Upload.objects.latest("uploaded_at").has_file


def test_a_large_file_shows_how_far_it_got_and_goes_on_by_itself(
    open_page,  # noqa: F811
    shop,
    tmp_path,
):
    file = tmp_path / "orders.csv"
    file.write_bytes(table(*(row(number) for number in range(300))))
    with open_page() as page:
        sign_in(page)
        send(page, file)
        page.get_by_role("button", name="Show the preview").click()
        page.get_by_text("You can go on working").wait_for()

        read_uploaded(Upload.objects.get().pk)

        page.get_by_role("button", name="Import 300 orders").wait_for()


@pytest.mark.parametrize("width", [1440, 390])
def test_an_order_is_entered_by_keyboard_with_a_product_suggested(
    open_page,  # noqa: F811
    shop,
    width,
):
    with open_page(width=width) as page:
        sign_in(page)
        page.goto("/orders/new")
        assert fits(page)
        page.get_by_label("Name", exact=True).fill("Ada Núñez")
        page.get_by_label("Street and number").fill("Calle de la Luna 14")
        page.get_by_label("Postal code").fill("46001")
        page.get_by_label("City").fill("Valencia")
        page.get_by_label("State or region").fill("Valencia")
        page.get_by_label("Country").select_option("ES")
        page.get_by_label("Weight (g)").fill("420")
        page.get_by_label("SKU 1").fill("MUG-BLUE")
        page.get_by_label("Item 1").fill("Blue mug")
        page.get_by_label("Item 1").press("Enter")
        page.get_by_text("Order M-1001 entered.").wait_for()
        assert fits(page)

        page.goto("/orders/new")
        page.get_by_label("SKU 1").press_sequentially("blue")
        page.locator("#known-items option[value='MUG-BLUE']").wait_for(state="attached")
        page.get_by_role("button", name="More rows").click()
        page.get_by_label("SKU 4").wait_for()
        assert page.get_by_label("SKU 1").input_value() == "blue"
