"""Products in a real browser: pictures, ticking, weighing, the table of what was refused."""

import pytest

from packbench.orders.cataloging import place_products
from packbench.orders.models import Order
from packbench.products.models import Product, ProductImage
from packbench.products.picturing import thumbnail
from tests.making import NOW, make_account, make_item, make_member, make_order, make_store
from tests.products.test_picturing import picture
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
    """An order of two products; Amazon knows the weight and the picture of one."""
    store = make_store(make_account(make_member().workspace))
    items = (make_item("1", sku="MUG"), make_item("2", sku="TEA", title="Green tea " * 20))
    order = make_order(store, weight_g=None, items=items)
    place_products()
    mug = Product.objects.get(sku="MUG")
    ProductImage.objects.create(product=mug, content=thumbnail(picture((400, 300))), saved_at=NOW)
    Product.objects.filter(pk=mug.pk).update(image_version="0123456789abcdef", amazon_weight_g=410)
    return order


@pytest.mark.parametrize("width", [1440, 390])
def test_products_are_ticked_weighed_and_opened(open_page, order, width):  # noqa: F811
    with open_page(width=width) as page:
        sign_in(page)
        page.goto("/products")
        image = page.locator("td.picture img")
        assert image.evaluate("image => image.complete && image.naturalWidth") == 160
        assert fits(page)

        if width > 700:
            page.get_by_label("Tick all on this page").check()
        else:
            for box in page.locator("td.tick input").all():
                box.check()
        page.get_by_text("Change ticked products", exact=True).press("Enter")
        page.get_by_role("textbox", name="Storage bin").fill("A-03")
        assert fits(page)
        page.get_by_role("textbox", name="Storage bin").press("Enter")
        page.get_by_role("heading", name="2 products changed").wait_for()
        assert fits(page)
        page.get_by_role("link", name="Products").last.click()

        page.get_by_label("Weight of TEA in grams").fill("90")
        page.get_by_label("Weight of TEA in grams").press("Enter")
        page.get_by_text("1 waiting order is mended.").wait_for()

        page.get_by_role("link", name="MUG", exact=True).click()
        page.get_by_label("HS code").fill("6912.00")
        page.get_by_role("button", name="Save the product").click()
        page.get_by_text("1 product changed.").wait_for()
        assert page.get_by_label("HS code").input_value() == "691200"
        assert fits(page)

    assert set(Product.objects.values_list("storage_bin", flat=True)) == {"A-03"}
    assert Order.objects.get().weight_g == 500


def test_refused_rows_are_downloaded_as_a_file(open_page, order):  # noqa: F811
    table = b"sku,hs_code\nMUG,691200\nTEA,none\n"
    with open_page() as page:
        sign_in(page)
        page.goto("/products")
        page.get_by_label("Table of products").set_input_files(
            {"name": "products.csv", "mimeType": "text/csv", "buffer": table}
        )
        page.get_by_role("button", name="Upload the table").click()
        with page.expect_download() as download:
            page.get_by_role("link", name="Download the refused rows (CSV)").click()
        text = download.value.path().read_text("utf-8-sig")

    assert download.value.suggested_filename == "refused.csv"
    assert text.splitlines()[1].startswith("TEA,none,")
