"""The page of one product: its names, its picture, what it was merged with; default weights."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from packbench.orders.cataloging import place_products
from packbench.orders.jobs import rematch
from packbench.orders.models import Order
from packbench.orders.refilling import unfinished_refills
from packbench.products.models import Alias, Product, ProductImage
from packbench.products.picturing import claim_images
from tests.making import NOW, make_account, make_item, make_order, make_store
from tests.products.test_picturing import SVG, picture
from tests.web.stores.consenting import text_of
from tests.web.stores.test_products_page import product, skus, table, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(workspace):
    """An order of two products."""
    items = (make_item("1", sku="MUG"), make_item("2", sku="TEA"))
    return make_order(make_store(make_account(workspace)), weight_g=None, items=items)


def follow():
    while unfinished_refills():
        for _job, store_id in unfinished_refills():
            rematch(store_id=store_id)


def names():
    rows = Alias.objects.order_by("kind", "value")
    return [(row.product.sku, row.kind, row.value, row.store and row.store.name) for row in rows]


def test_a_product_gets_other_names_and_loses_them(packer, order):
    mug = product("MUG")
    url = f"/products/{mug.pk}/names"

    packer.post(url, {"kind": "sku", "value": "MUG-OLD", "store": order.store_id})
    page = text_of(packer.post(url, {"kind": "barcode", "value": "4006381333931"}, follow=True))

    assert names() == [
        ("MUG", "barcode", "04006381333931", None),
        ("MUG", "sku", "MUG-OLD", "Amazon ES"),
    ]
    assert "4006381333931" in page
    assert skus(packer.get("/products?q=4006381333931")) == ["MUG"]
    assert skus(packer.get("/products?q=MUG-OLD")) == ["MUG"]
    packer.post(f"{url}/{Alias.objects.get(kind='sku').pk}/remove")
    assert len(names()) == 1


@pytest.mark.parametrize(
    ("kind", "value", "sentence"),
    [
        ("sku", "", "Enter the SKU"),
        ("sku", "TEA", "Merge it into this one instead"),
        ("sku", "MUG", "own SKU already"),
        ("barcode", "4006381333932", "is no EAN, UPC or GTIN"),
        ("nothing", "X", "errorlist"),
    ],
)
def test_a_name_that_cannot_be_stays_beside_its_reason(packer, order, kind, value, sentence):
    answer = packer.post(f"/products/{product('MUG').pk}/names", {"kind": kind, "value": value})

    assert sentence in text_of(answer)
    assert names() == []


def test_two_products_are_merged_and_split(packer, order):
    mug = product("MUG")

    page = packer.post(f"/products/{mug.pk}/merge", {"into": "TEA"}, follow=True)
    follow()

    assert "This product was merged into TEA" in text_of(page)
    assert skus(packer.get("/products")) == ["TEA"]
    assert set(Order.objects.get().items.values_list("product__sku", flat=True)) == {"TEA"}
    packer.post(f"/products/{mug.pk}/split")
    assert skus(packer.get("/products")) == ["MUG", "TEA"]
    unknown = packer.post(f"/products/{mug.pk}/merge", {"into": "GONE"})
    assert "There is no product with this SKU." in text_of(unknown)
    itself = packer.post(f"/products/{mug.pk}/merge", {"into": "MUG"})
    assert "Choose another product" in text_of(itself)


def test_products_of_others_are_neither_merged_nor_named(stranger, order):
    mug = product("MUG").pk

    for url in ("names", "merge", "split", "picture"):
        assert stranger.post(f"/products/{mug}/{url}", {"into": "TEA"}).status_code == 404


def upload(content, name="mug.png"):
    return {"picture": SimpleUploadedFile(name, content)}


def test_a_picture_of_ones_own_counts_before_amazons(packer, order):
    place_products()
    mug = product("MUG")
    Product.objects.update(image_url="https://m.media-amazon.com/images/I/a.jpg", next_image_at=NOW)

    packer.post(f"/products/{mug.pk}/picture", upload(picture((400, 300))))

    mug.refresh_from_db()
    assert (mug.is_image_own, len(mug.image_version)) == (True, 16)
    assert claim_images(now=NOW)[0].sku == "TEA"  # its own alone
    served = packer.get(f"/products/{mug.pk}/image?v={mug.image_version}")
    assert served["Content-Type"] == "image/webp"
    packer.post(f"/products/{mug.pk}/picture", {"remove": "1"})
    mug.refresh_from_db()
    assert (mug.is_image_own, mug.image_version) == (False, "")
    assert mug.next_image_at is not None
    assert not ProductImage.objects.filter(product=mug).exists()


@pytest.mark.parametrize("content", [SVG, b"", b"<html>"])
def test_a_picture_that_is_none_stays_beside_its_reason(packer, order, content):
    answer = packer.post(f"/products/{product('MUG').pk}/picture", upload(content))

    assert "errorlist" in text_of(answer)
    assert not ProductImage.objects.exists()


def test_names_and_barcodes_go_out_and_come_back_in_the_table(packer, order):
    rows = (
        "sku,aliases,barcodes\n"
        "MUG,sku:MUG-OLD | asin:B0X @ Amazon ES,036000291452\n"
        "TEA,sku:MUG,4006381333931\n"
    )

    page = text_of(packer.post("/products/upload", table(rows)))
    assert "is a product of its own" in page
    assert [row[:3] for row in names()] == [
        ("MUG", "asin", "B0X"),
        ("MUG", "barcode", "00036000291452"),
        ("MUG", "sku", "MUG-OLD"),
    ]

    out = told(packer.get("/products/products.csv"))
    assert "asin:B0X @ Amazon ES" in out
    Alias.objects.all().delete()
    packer.post("/products/upload", table(out))
    assert told(packer.get("/products/products.csv")) == out
    packer.post("/products/upload", table("sku,aliases,barcodes\nMUG,-,-\n"))
    assert names() == []


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ("sku:A @ Nowhere", "There is no store"),
        ("x" * 101, "longer than 100 characters"),
        ("|".join(f"A{number}" for number in range(101)), "at most 100 other names"),
    ],
)
def test_names_that_cannot_be_are_refused_row_by_row(packer, order, cell, sentence):
    page = text_of(packer.post("/products/upload", table(f"sku,aliases\nMUG,{cell}\n")))

    assert sentence in page
    assert names() == []


def test_a_row_of_a_merged_product_is_refused(packer, order):
    packer.post(f"/products/{product('MUG').pk}/merge", {"into": "TEA"})

    page = text_of(packer.post("/products/upload", table("sku,weight_g\nMUG,5\n")))

    assert "was merged into another one" in page


def test_default_weights_are_listed_added_moved_changed_and_removed(owner, order):
    owner.post("/settings/weights", {"weight_g": "100"})
    owner.post("/settings/weights", {"weight_g": "50", "sku_prefix": "M"})
    owner.post("/settings/weights", {"weight_g": "60", "sku_prefix": "MU"})
    follow()
    assert Order.objects.get().weight_g == 150

    rules = owner.get("/settings/weights").context["rules"]
    owner.post(f"/settings/weights/{rules[1].pk}/move", {"to": "earlier"})
    follow()
    assert Order.objects.get().weight_g == 160
    owner.post(f"/settings/weights/{rules[1].pk}", {"weight_g": "70", "sku_prefix": "MU"})
    follow()
    assert Order.objects.get().weight_g == 170
    owner.post(f"/settings/weights/{rules[1].pk}/remove")
    follow()
    assert Order.objects.get().weight_g == 150
    page = text_of(owner.get(f"/orders/{order.pk}"))
    assert "by a rule" in page
    assert "by default" in page


@pytest.mark.parametrize("given", [{}, {"weight_g": "0"}, {"weight_g": "x"}, {"weight_g": "100"}])
def test_a_default_weight_that_cannot_be_is_refused(owner, order, given):
    owner.post("/settings/weights", {"weight_g": "100"})

    page = text_of(owner.post("/settings/weights", given))

    assert "errorlist" in page
    assert len(owner.get("/settings/weights").context["defaults"]) == 1
