"""Products and their weights."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from packbench.orders.models import Order
from packbench.products.models import Product
from tests.making import make_account, make_item, make_order, make_store
from tests.web.stores.consenting import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(workspace):
    """An order that waits for the weights of two products."""
    items = (make_item("1", sku="MUG"), make_item("2", sku="TEA", title="Green tea", quantity=2))
    return make_order(make_store(make_account(workspace)), weight_g=None, items=items)


def product(sku):
    return Product.objects.get(sku=sku)


def table(text, charset="utf-8"):
    return {"weights": SimpleUploadedFile("weights.csv", text.encode(charset), "text/csv")}


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
    assert "1 waiting order has its weight now." in answer["HX-Trigger"]


@pytest.mark.parametrize("weight", ["0", "-5", "1000001", "1.5", "heavy", "", "9" * 40])
def test_a_weight_that_cannot_be_stays_beside_its_reason(packer, order, weight):
    answer = packer.post(f"/products/{product('MUG').pk}/weight", {"weight_g": weight})

    assert "errorlist" in text_of(answer)
    assert f'value="{weight}"' in text_of(answer)
    assert product("MUG").weight_g is None


def test_ticked_products_get_one_weight(packer, order):
    ticked = [product("MUG").pk, product("TEA").pk]

    packer.post("/products/weights", {"product": ticked, "weight_g": "120"})

    assert set(Product.objects.values_list("weight_g", flat=True)) == {120}
    assert Order.objects.get().weight_g == 360


def test_nothing_ticked_is_said(packer, order):
    answer = packer.post("/products/weights", {"weight_g": "120"})

    assert "Tick the products that weigh this much." in text_of(answer)


def test_products_are_searched_and_filtered(viewer, order, packer):
    packer.post(f"/products/{product('MUG').pk}/weight", {"weight_g": "300"})

    assert skus(viewer.get("/products?q=green")) == ["TEA"]
    assert skus(viewer.get("/products?show=unweighed")) == ["TEA"]
    assert skus(viewer.get("/products")) == ["MUG", "TEA"]
    assert "No product matches" in text_of(viewer.get("/products?q=%00zz"))


def skus(answer):
    return [row.sku for row in answer.context["products"]]


def test_many_products_come_by_page(viewer, workspace, order):
    Product.objects.bulk_create(
        Product(workspace=workspace, sku=f"P{number:04}", created_at=order.imported_at)
        for number in range(150)
    )

    first = viewer.get("/products?q=P0")
    second = viewer.get("/products", {"q": "P0", "after": first.context["next_after"]})

    assert skus(first) + skus(second) == [f"P{number:04}" for number in range(150)]


def test_the_table_comes_back_filled_in(packer, order):
    assert packer.get("/products/weights.csv").content == b"sku,weight_g\r\nMUG,\r\nTEA,\r\n"

    answer = packer.post(
        "/products/weights/upload", table("\ufeffSKU;Weight_g\r\nMUG;300\r\nTEA;50\r\n")
    )

    assert answer["Location"] == "/products"
    assert Order.objects.get().weight_g == 400


def test_rows_that_cannot_be_read_are_refused_one_by_one(packer, order):
    rows = "sku,weight_g\nMUG,300\nTEA,heavy\nGONE,5\n,7\nMUG,9\nTEA,0\nTEA,\n"

    page = text_of(packer.post("/products/weights/upload", table(rows)))

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
        ("a,b\n1,2\n", "utf-8", "must name the columns sku and weight_g"),
        ("sku,weight_g\nMÜG,5\n", "utf-16", "Save the table as CSV (UTF-8)"),
        ("", "utf-8", "must name the columns sku and weight_g"),
        ('sku,weight_g\n"' + "x" * 200_000, "utf-8", "Save the table as CSV (UTF-8)"),
    ],
)
def test_another_file_is_refused(packer, order, text, charset, sentence):
    answer = packer.post("/products/weights/upload", table(text, charset))

    assert sentence in text_of(answer)


def test_products_of_another_workspace_are_left_alone(stranger, order):
    mug = product("MUG")

    assert "MUG" not in text_of(stranger.get("/products"))
    assert stranger.post(f"/products/{mug.pk}/weight", {"weight_g": "5"}).status_code == 404
    stranger.post("/products/weights", {"product": [mug.pk], "weight_g": "5"})
    stranger.post("/products/weights/upload", table("sku,weight_g\nMUG,5\n"))
    assert product("MUG").weight_g is None


def test_a_viewer_weighs_nothing(viewer, order):
    mug = product("MUG").pk

    for url in (f"/products/{mug}/weight", "/products/weights", "/products/weights/upload"):
        assert viewer.post(url, {"weight_g": "5", "product": [mug]}).status_code == 403
    assert '<input class="input small"' not in text_of(viewer.get("/products"))
