"""Custom fields and identifiers as people see them: in the grid, on the order, on the products."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from packbench.channels.base import Buyer
from packbench.channels.models import Store
from packbench.orders.refilling import refill_slots
from packbench.products.models import Product
from tests.making import DE, make_item, make_order, make_store

HTMX = {"HTTP_HX_REQUEST": "true"}
PO = "PO 4711/B"


def use(store, *sources, **settings):
    Store.objects.filter(pk=store.pk).update(custom_fields=list(sources), **settings)
    store.refresh_from_db()


def page_of(browser, url="/orders", **options):
    return browser.get(url, **options).content.decode()


def heads(page):
    return re.findall(r'<th class="c-slot"[^>]*><span>([^<]*)<', page)


def cells(page):
    return re.findall(r'<td class="c-slot" data-label="([^"]*)" title="[^"]*">([^<]*)<', page)


def queries(browser, url):
    with CaptureQueriesContext(connection) as seen:
        browser.get(url)
    return len(seen)


def test_no_column_is_shown_where_no_store_uses_one(owner, order):
    page = page_of(owner)

    assert heads(page) == cells(page) == []


def test_a_used_field_is_a_column_named_after_its_source(owner, store):
    use(store, "", "purchase_order_number", "service_level")
    make_order(store, buyer=Buyer(purchase_order_number=PO), service_level="SECOND_DAY")

    page = page_of(owner)

    assert heads(page) == ["Purchase order number", "Shipment service level"]
    assert cells(page) == [
        ("Purchase order number", PO),
        ("Shipment service level", "Second day"),
    ]


def test_a_field_of_several_sources_is_named_after_both(owner, store):
    other = make_store(store.account, DE, "Amazon DE")
    use(store, "order_number")
    use(other, "business_order")
    make_order(store, external_id="402-1")
    make_order(other, external_id="402-2", programs=("AMAZON_BUSINESS",))

    both, narrowed = page_of(owner), page_of(owner, f"/orders?store={other.pk}")

    assert heads(both) == ["Business order / Order number"]  # stores by name
    assert sorted(value for _, value in cells(both)) == ["402-1", "Business"]
    assert heads(narrowed) == ["Business order"]


def test_a_store_that_does_not_use_the_field_has_an_empty_cell(owner, store):
    make_order(make_store(store.account, DE, "Amazon DE"), external_id="402-2")
    use(store, "order_number")

    page = page_of(owner)

    assert cells(page) == [("Order number", "")]


def test_rows_that_are_renewed_have_the_same_columns(owner, store):
    use(store, "order_number")
    order = make_order(store)

    answer = owner.post("/orders/rows", {"order": order.pk, "shown": ""}).content.decode()

    assert cells(answer) == [("Order number", order.external_id)]


def test_what_a_buyer_wrote_is_escaped(owner, store):
    use(store, "purchase_order_number")
    make_order(store, buyer=Buyer(purchase_order_number='<b>"9"</b>'))

    assert '<b>"9"</b>' not in page_of(owner)
    assert "&lt;b&gt;&quot;9&quot;&lt;/b&gt;" in page_of(owner)


def test_a_viewer_sees_no_purchase_order_number(viewer, store):
    use(store, "purchase_order_number", "order_number")
    order = make_order(store, buyer=Buyer(purchase_order_number=PO))

    for url in ("/orders", f"/orders/{order.pk}"):
        assert PO not in page_of(viewer, url)
    assert heads(page_of(viewer)) == ["Order number"]


def test_the_order_shows_its_custom_fields(owner, store):
    use(store, "purchase_order_number", "latest_delivery_date")
    order = make_order(store, buyer=Buyer(purchase_order_number=PO))

    page = page_of(owner, f"/orders/{order.pk}")

    assert f"<dt>Purchase order number</dt><dd>{PO}</dd>" in page
    assert "<dt>Latest delivery date</dt><dd>2026-11-24</dd>" in page


@pytest.mark.parametrize("text", ["PO 4711/B", "po 4711/b"])
def test_an_order_is_found_by_a_custom_field(owner, store, text):
    make_order(store, external_id="402-1", buyer=Buyer(purchase_order_number="other"))
    order = make_order(store, external_id="402-2", buyer=Buyer(purchase_order_number=PO))
    assert owner.get("/orders", {"tab": "all", "q": text}).context["rows_html"] == ""

    use(store, "", "", "purchase_order_number", slots_filled_to="")
    refill_slots(store.pk)

    page = owner.get("/orders", {"tab": "all", "q": text}).content.decode()
    assert re.findall(r'class="number" href="/orders/(\w+)"', page) == [order.pk]


def test_columns_cost_no_query(owner, store):
    for number in range(2):  # to one address, as those that follow
        make_order(store, external_id=f"402-{number}")
    urls = ("/orders", "/orders?tab=all&q=402")
    before = [queries(owner, url) for url in urls]
    use(store, "purchase_order_number", "order_number", "business_order", brand_color="#dc3f3f")
    for number in range(2, 9):
        make_order(store, external_id=f"402-{number}", buyer=Buyer(purchase_order_number=PO))

    assert [queries(owner, url) for url in urls] == before


def test_the_identifier_that_counts_comes_first_on_the_order(owner, store, workspace):
    order = make_order(store, weight_g=None, items=(make_item(sku="MUG", asin="B0MUG"),))
    assert "MUG · B0MUG" in page_of(owner, f"/orders/{order.pk}")
    assert "1 × MUG weighs" in page_of(owner, f"/orders/{order.pk}")

    use(store, product_identifier="asin")

    page = page_of(owner, f"/orders/{order.pk}")
    assert "<strong>B0MUG</strong> · MUG" in page
    assert "1 × B0MUG weighs" in page


def test_a_product_is_weighed_from_an_order_of_another_of_its_skus(owner, store):
    use(store, product_identifier="asin")
    make_order(store, external_id="402-1", weight_g=None, items=(make_item(sku="A"),))
    order = make_order(store, external_id="402-2", weight_g=None, items=(make_item(sku="B"),))
    page = page_of(owner, f"/orders/{order.pk}")
    sku = re.search(r'name="sku" value="([^"]*)"', page).group(1)

    owner.post(f"/orders/{order.pk}/product-weight", {"sku": sku, "weight_g": "380"})

    order.refresh_from_db()
    assert (order.weight_g, order.problems) == (380, [])


def test_the_products_page_shows_what_counts(owner, store):
    make_order(store, items=(make_item(sku="MUG", asin="B0MUG"),))
    Product.objects.update(store=store)
    assert strong_on_products(owner) == ["MUG"]

    use(store, product_identifier="asin")

    assert strong_on_products(owner) == ["B0MUG"]


def strong_on_products(browser):
    return re.findall(r'class="code strong"[^>]*>([^<]*)<', page_of(browser, "/products"))
