"""Products and their weights."""

import re
from base64 import b64decode
from datetime import timedelta
from decimal import Decimal
from time import monotonic

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django.models import ProcrastinateJob

from packbench.channels.connecting import add_file_store
from packbench.events.models import Event
from packbench.lib import clock
from packbench.lib.errors import Rejected
from packbench.orders.cataloging import place_products
from packbench.orders.models import Order
from packbench.products.describing import FIELDS
from packbench.products.fetching import pause
from packbench.products.models import Product, ProductImage
from tests.making import ES, NOW, make_account, make_item, make_order, make_store
from tests.web.stores.consenting import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(workspace):
    """An order that waits for the weights of two products."""
    items = (make_item("1", sku="MUG"), make_item("2", sku="TEA", title="Green tea", quantity=2))
    return make_order(make_store(make_account(workspace)), weight_g=None, items=items)


def told(answer):
    return answer.content.decode()


def product(sku):
    return Product.objects.get(sku=sku)


def table(text, charset="utf-8"):
    return {"table": SimpleUploadedFile("products.csv", text.encode(charset), "text/csv")}


def test_a_desk_without_products_says_where_they_come_from(viewer):
    assert "Products come in with their first order." in text_of(viewer.get("/products"))


def test_weights_mend_the_orders_that_wait_for_them(packer, order):
    packer.post(f"/products/{product('MUG').pk}/weight", {"weight_g": "300"})
    assert Order.objects.get().problems == ["missing_weight"]

    answer = packer.post(
        f"/products/{product('TEA').pk}/weight", {"weight_g": "50"}, headers={"HX-Request": "true"}
    )

    assert (Order.objects.get().problems, Order.objects.get().weight_g) == ([], 400)
    assert text_of(answer).lstrip().startswith("<tr")
    assert "1 waiting order is mended." in answer["HX-Trigger"]


@pytest.mark.parametrize("weight", ["0", "-5", "1000001", "1.5", "heavy", "", "9" * 40])
def test_a_weight_that_cannot_be_stays_beside_its_reason(packer, order, weight):
    answer = packer.post(f"/products/{product('MUG').pk}/weight", {"weight_g": weight})

    assert "errorlist" in text_of(answer)
    assert f'value="{weight}"' in text_of(answer)
    assert product("MUG").weight_g is None


def test_ticked_products_get_one_weight(packer, order):
    ticked = [product("MUG").pk, product("TEA").pk]

    packer.post("/products/edit", {"product": ticked, "weight_g": "120"})

    assert set(Product.objects.values_list("weight_g", flat=True)) == {120}
    assert Order.objects.get().weight_g == 360


def test_the_report_says_of_each_product_what_changed(packer, order):
    packer.post(f"/products/{product('MUG').pk}", {**ALL, "weight_g": "120"})
    ticked = [product("MUG").pk, product("TEA").pk]

    page = packer.post(
        "/products/edit", {"product": ticked, "weight_g": "120", "hs_code": "0902.10"}
    )

    assert page.context["rows"] == [("MUG", "HS code"), ("TEA", "Weight (g), HS code")]
    same = packer.post("/products/edit", {"product": ticked, "hs_code": "090210"})
    assert "2 were so already" in text_of(same)


def test_a_field_is_set_to_nothing_where_its_box_is_ticked(packer, order):
    packer.post(f"/products/{product('MUG').pk}", ALL)
    given = {"fields_chosen": ["storage_bin", "epr_categories"], "is_dangerous": "no"}

    packer.post("/products/edit", {"product": [product("MUG").pk], **given, "own_stock": "0"})

    mug = product("MUG")
    assert (mug.storage_bin, mug.is_dangerous, mug.epr_categories) == ("", False, [])
    assert mug.own_stock == 0
    assert mug.hs_code == "69120025"


def test_all_that_the_list_is_narrowed_to_is_changed_together(packer, workspace, order):
    Product.objects.bulk_create(
        Product(workspace=workspace, sku=f"P{number:03}", created_at=NOW) for number in range(150)
    )
    back = "/products?q=P0"

    packer.post("/products/edit", {"every": "1", "back": back, "storage_bin": "C-1"})

    found = Product.objects.filter(storage_bin="C-1").values_list("sku", flat=True)
    assert sorted(found) == [f"P{number:03}" for number in range(100)]


def test_products_are_filtered_by_danger_tag_and_bin(packer, order):
    packer.post(f"/products/{product('MUG').pk}", ALL)

    for query in ("show=dangerous", "tag=fragile", "bin=A-03", "tag=blue&bin=A-03&q=mug"):
        assert skus(packer.get(f"/products?{query}")) == ["MUG"]
    assert skus(packer.get("/products?tag=none")) == []
    page = text_of(packer.get("/products"))
    assert "/products?tag=fragile" in page
    assert "/products?bin=A-03" in page


def test_nothing_ticked_is_said(packer, order):
    answer = packer.post("/products/edit", {"weight_g": "120"})

    assert "Tick the products to change." in text_of(answer)


def test_products_are_searched_and_filtered(viewer, order, packer):
    packer.post(f"/products/{product('MUG').pk}/weight", {"weight_g": "300"})

    assert skus(viewer.get("/products?q=green")) == ["TEA"]
    assert skus(viewer.get("/products?show=unweighed")) == ["TEA"]
    assert skus(viewer.get("/products")) == ["MUG", "TEA"]
    assert "No product matches" in text_of(viewer.get("/products?q=%00zz"))


def skus(answer):
    return [row.product.sku for row in answer.context["rows"]]


def test_many_products_come_by_page(viewer, workspace, order):
    Product.objects.bulk_create(
        Product(workspace=workspace, sku=f"P{number:04}", created_at=order.imported_at)
        for number in range(150)
    )

    first = viewer.get("/products?q=P0")
    second = viewer.get("/products", {"q": "P0", "after": first.context["next_after"]})

    assert skus(first) + skus(second) == [f"P{number:04}" for number in range(150)]


def test_the_table_comes_back_filled_in(packer, order):
    assert told(packer.get("/products/weights.csv")) == "sku,weight_g\r\nMUG,\r\nTEA,\r\n"

    answer = packer.post("/products/upload", table("\ufeffSKU;Weight_g\r\nMUG;300\r\nTEA;50\r\n"))

    assert answer["Location"] == "/products"
    assert Order.objects.get().weight_g == 400


def test_rows_that_cannot_be_read_are_refused_one_by_one(packer, order):
    rows = "sku,weight_g\nMUG,300\nTEA,heavy\nGONE,5\n,7\nMUG,9\nTEA,0\nTEA,\n"

    page = text_of(packer.post("/products/upload", table(rows)))

    assert product("MUG").weight_g == 300
    assert product("TEA").weight_g is None
    for sentence in (
        "“heavy” is no whole number of grams.",
        "There is no product with this SKU.",
        "The row has no SKU.",
        "The SKU stands in an earlier row already",
        "not 0.",
        "5 rows were refused",
    ):
        assert sentence in page


@pytest.mark.parametrize(
    ("text", "charset", "sentence"),
    [
        ("a,b\n1,2\n", "utf-8", "must name the column sku"),
        ("sku,weight_g\nMÜG,5\n", "utf-16", "Save the table as CSV (UTF-8)"),
        ("", "utf-8", "must name the column sku"),
        ('sku,weight_g\n"' + "x" * 200_000, "utf-8", "Save the table as CSV (UTF-8)"),
    ],
)
def test_another_file_is_refused(packer, order, text, charset, sentence):
    answer = packer.post("/products/upload", table(text, charset))

    assert sentence in text_of(answer)


def test_products_of_another_workspace_are_left_alone(stranger, order):
    mug = product("MUG")

    assert "MUG" not in text_of(stranger.get("/products"))
    assert stranger.post(f"/products/{mug.pk}/weight", {"weight_g": "5"}).status_code == 404
    stranger.post("/products/edit", {"product": [mug.pk], "weight_g": "5"})
    stranger.post("/products/upload", table("sku,weight_g\nMUG,5\n"))
    assert product("MUG").weight_g is None


def test_a_viewer_weighs_nothing(viewer, order):
    mug = product("MUG").pk

    for url in (f"/products/{mug}/weight", "/products/edit", "/products/upload", "/products/fetch"):
        assert viewer.post(url, {"weight_g": "5", "product": [mug]}).status_code == 403
    assert '<input class="input small"' not in text_of(viewer.get("/products"))


ALL = {
    "weight_g": "300",
    "length_mm": "120",
    "width_mm": "100",
    "height_mm": "90",
    "hs_code": "6912.00.25",
    "country_of_origin": "CN",
    "customs_description": "Blue mug",
    "customs_value": "4.5",
    "customs_currency": "eur",
    "storage_bin": "A-03",
    "tags": "fragile, blue,fragile",
    "is_dangerous": "on",
    "net_weight_g": "250",
    "net_length_mm": "110",
    "net_width_mm": "90",
    "net_height_mm": "80",
    "own_stock": "0",
    "epr_categories": ["packaging", "weee"],
}


def test_everything_of_a_product_is_entered_on_its_page(packer, order):
    mug = product("MUG")
    assert "What is entered here" in text_of(packer.get(f"/products/{mug.pk}"))

    answer = packer.post(f"/products/{mug.pk}", ALL)

    mug.refresh_from_db()
    assert answer["Location"] == f"/products/{mug.pk}"
    assert (mug.weight_g, mug.length_mm, mug.width_mm, mug.height_mm) == (300, 120, 100, 90)
    assert (mug.hs_code, mug.country_of_origin) == ("69120025", "CN")
    assert (mug.customs_value, mug.customs_currency) == (Decimal("4.50"), "EUR")
    assert (mug.storage_bin, mug.tags, mug.is_dangerous) == ("A-03", ["fragile", "blue"], True)
    assert (mug.net_weight_g, mug.net_length_mm) == (250, 110)
    assert (mug.own_stock, mug.stock, mug.epr_categories) == (0, 0, ["packaging", "weee"])
    [event] = Event.objects.filter(name="product.changed")
    assert set(event.data["fields"]) == set(FIELDS)


def test_what_is_emptied_on_the_page_is_forgotten_and_orders_wait_again(packer, order):
    for sku in ("MUG", "TEA"):
        packer.post(f"/products/{product(sku).pk}", ALL)
    assert Order.objects.get().weight_g == 900

    packer.post(f"/products/{product('MUG').pk}", {})

    mug = product("MUG")
    assert (mug.weight_g, mug.hs_code, mug.tags, mug.is_dangerous) == (None, "", [], False)
    assert Order.objects.get().problems == ["missing_weight"]


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("weight_g", "1.5", "no whole number of grams"),
        ("length_mm", "0", "A length is a whole number"),
        ("hs_code", "12AB", "An HS code has 6 to 12 digits"),
        ("customs_value", "-1", "A customs value is an amount"),
        ("customs_value", "1e9999", "A customs value is an amount"),
        ("customs_currency", "EURO", "three letters"),
        ("tags", ",".join(f"t{number}" for number in range(21)), "at most 20 tags"),
        ("storage_bin", "x" * 41, "longer than 40 characters"),
        ("country_of_origin", "XX", "errorlist"),
        ("own_stock", "-1", "A stock is a whole number"),
        ("epr_categories", "nonsense", "errorlist"),
    ],
)
def test_what_cannot_be_stays_beside_its_reason(packer, order, name, text, sentence):
    mug = product("MUG")

    page = text_of(packer.post(f"/products/{mug.pk}", {**ALL, name: text}))

    assert sentence in page
    mug.refresh_from_db()
    assert (mug.weight_g, mug.hs_code) == (None, "")


def test_ticked_products_are_changed_together_and_empty_fields_leave_theirs(packer, order):
    packer.post(f"/products/{product('MUG').pk}", ALL)
    ticked = [product("MUG").pk, product("TEA").pk]

    packer.post("/products/edit", {"product": ticked, "storage_bin": "B-1", "tags": "gift"})

    assert set(Product.objects.values_list("storage_bin", flat=True)) == {"B-1"}
    assert (product("MUG").hs_code, product("TEA").hs_code) == ("69120025", "")
    nothing = packer.post("/products/edit", {"product": ticked})
    assert "Enter what the ticked products shall get." in text_of(nothing)
    assert text_of(nothing).count(" checked") == 2


def test_products_without_customs_data_are_filtered(packer, order):
    packer.post(f"/products/{product('MUG').pk}", ALL)

    assert skus(packer.get("/products?show=uncustomed")) == ["TEA"]
    assert skus(packer.get("/products?q=A-03")) == ["MUG"]
    assert skus(packer.get("/products?q=fragile")) == ["MUG"]


def test_a_weight_of_amazons_is_shown_as_such_and_counts(viewer, workspace, order):
    Product.objects.filter(sku="MUG").update(amazon_weight_g=410, store=order.store)

    page = text_of(viewer.get("/products"))

    assert "410 g" in page
    assert "from Amazon" in page
    assert skus(viewer.get("/products?show=unweighed")) == ["TEA"]
    order.store.has_weights = False
    order.store.save()
    assert skus(viewer.get("/products?show=unweighed")) == ["MUG", "TEA"]
    assert "410 g at Amazon, not used" in text_of(viewer.get("/products"))


def test_the_table_of_all_columns_comes_back_as_it_went(packer, workspace, order):
    packer.post(f"/products/{product('MUG').pk}", {**ALL, "customs_description": 'Mug, "blue"\n5'})
    before = list(Product.objects.order_by("sku").values(*FIELDS))
    out = told(packer.get("/products/products.csv"))
    Product.objects.update(
        weight_g=None,
        length_mm=None,
        hs_code="",
        tags=[],
        customs_value=None,
        is_dangerous=False,
        storage_bin="",
    )

    packer.post("/products/upload", table(out))

    assert list(Product.objects.order_by("sku").values(*FIELDS)) == before
    assert told(packer.get("/products/products.csv")) == out


def test_a_dash_empties_a_cell_and_an_empty_cell_leaves_it(packer, order):
    packer.post(f"/products/{product('MUG').pk}", ALL)

    packer.post("/products/upload", table("sku,weight_g,tags,hs_code\nMUG,-,-,\n"))

    mug = product("MUG")
    assert (mug.weight_g, mug.tags, mug.hs_code) == (None, [], "69120025")


def test_refused_rows_come_back_as_a_file_with_their_reasons(packer, order):
    rows = "sku;hs_code;storage_bin\nMUG;12;A-1\nTEA;691200;B-1\nGONE;691200;=C\n"

    page = text_of(packer.post("/products/upload", table(rows)))

    link = re.search(r"data:text/csv;charset=utf-8;base64,([\w+/=]+)", page)[1]
    back = b64decode(link).decode("utf-8-sig").splitlines()
    assert back == [
        "sku,hs_code,storage_bin,reason",
        'MUG,12,A-1,"An HS code has 6 to 12 digits, such as 6912.00.25, not “12”."',
        "GONE,691200,=C,There is no product with this SKU.",
    ]
    assert product("TEA").storage_bin == "B-1"
    assert product("MUG").storage_bin == ""


def test_a_title_that_a_spreadsheet_would_run_is_shown(packer, order):
    Product.objects.filter(sku="MUG").update(title="=HYPERLINK(1)")

    assert "'=HYPERLINK(1)" in told(packer.get("/products/products.csv"))


def test_a_product_is_fetched_when_asked_for(packer, order):
    place_products()

    answer = packer.post(
        "/products/fetch",
        {"product": [product("MUG").pk], "back": f"/products/{product('MUG').pk}"},
    )
    page = text_of(packer.get(answer["Location"]))

    assert "Amazon is asked about 1 product." in page
    assert "Amazon is being asked." in page
    assert ProcrastinateJob.objects.filter(task_name="orders.fetch_products").count() == 1
    assert "Tick the products to fetch." in text_of(packer.post("/products/fetch", follow=True))


def test_a_product_of_a_report_cannot_be_fetched_and_says_so(packer, workspace):
    shop = add_file_store(workspace, ES, name="Files", actor="test", now=NOW)
    make_order(shop, weight_g=None)

    answer = packer.post("/products/fetch", {"product": [product("MUG-BLUE").pk]}, follow=True)

    assert "sold in no store that is connected to Amazon" in text_of(answer)


def test_a_missing_role_is_told_on_the_pages(viewer, order):
    place_products()
    refusal = Rejected(
        "Amazon denies %(operation)s. Give it the role “%(role)s”.",
        code="role_missing_listing",
        operation="searchListingsItems",
        role="Product Listing",
    )
    pause(order.store.account, refusal, wait=timedelta(days=1), now=clock.now())

    assert "the role “Product Listing”" in text_of(viewer.get("/products"))
    assert "the role “Product Listing”" in text_of(viewer.get(f"/products/{product('MUG').pk}"))


def test_where_amazon_keeps_the_weight_is_told_beside_the_link(viewer, order):
    place_products()

    page = text_of(viewer.get(f"/products/{product('MUG').pk}"))

    assert "/abis/listing/edit?marketplaceID=A1RKKUPIHCS9HS&sku=MUG&asin=B0BLUEMUG1" in page
    for words in ("item package weight", "More details", "Shipping Weight", "Advanced View"):
        assert words in page
    assert "/abis/listing/edit?" in text_of(viewer.get("/products"))


def with_picture(sku, content=b"RIFFwebp", version="0123456789abcdef"):
    row = product(sku)
    ProductImage.objects.create(product=row, content=content, saved_at=NOW)
    Product.objects.filter(pk=row.pk).update(image_version=version)
    return f"/products/{row.pk}/image?v={version}"


def test_pictures_are_served_by_the_desk_and_kept_by_the_browser(viewer, stranger, order):
    url = with_picture("MUG")

    answer = viewer.get(url)

    assert (answer.content, answer["Content-Type"]) == (b"RIFFwebp", "image/webp")
    assert "immutable" in answer["Cache-Control"]
    assert "private" in answer["Cache-Control"]
    assert viewer.get(url, headers={"If-None-Match": answer["ETag"]}).status_code == 304
    assert stranger.get(url).status_code == 404
    assert viewer.get(f"/products/{product('TEA').pk}/image?v=1").status_code == 404
    assert Client().get(url).status_code == 302


def test_every_page_shows_our_picture_and_never_amazons(owner, order):
    Product.objects.update(image_url="https://m.media-amazon.com/images/I/a.jpg")
    url = with_picture("MUG")

    for page in ("/products", f"/products/{product('MUG').pk}", "/orders", f"/orders/{order.pk}"):
        shown = text_of(owner.get(page))
        assert f'src="{url}"' in shown
        assert "media-amazon" not in shown


def test_ten_thousand_products_cost_a_page_no_more_queries(
    viewer, workspace, order, django_assert_max_num_queries
):
    few = count_queries(viewer, "/products")
    Product.objects.bulk_create(
        Product(
            workspace=workspace,
            store=order.store,
            sku=f"P{number:05}",
            amazon_weight_g=number or None,
            tags=["a", "b"],
            created_at=NOW,
        )
        for number in range(10_000)
    )

    for path in ("/products", "/products?show=unweighed", "/products?show=uncustomed&q=p0"):
        began = monotonic()
        assert count_queries(viewer, path) == few
        assert monotonic() - began < 2
    with django_assert_max_num_queries(30):
        assert told(viewer.get("/products/products.csv")).count("\r\n") == 10_003


def count_queries(browser, path):
    with CaptureQueriesContext(connection) as queries:
        browser.get(path)
    return len(queries)
