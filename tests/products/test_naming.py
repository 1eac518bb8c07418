"""Other names of a product, per store; two products that are one, and two again (SEED-21)."""

import pytest

from packbench.channels.settling import ProductSettings, change_store
from packbench.events.models import Event
from packbench.lib.errors import Rejected
from packbench.orders.jobs import rematch
from packbench.orders.models import Order
from packbench.orders.refilling import unfinished_refills
from packbench.orders.weighing import weigh_products
from packbench.products.models import Alias, Product
from packbench.products.naming import (
    add_name,
    find_by_barcode,
    merge_products,
    read_barcodes,
    read_name,
    read_names,
    remove_name,
    show_barcodes,
    show_names,
    split_product,
)
from tests.making import (
    DE,
    NOW,
    OrderStatus,
    make_account,
    make_item,
    make_order,
    make_store,
    make_workspace,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def spain():
    return make_store()


@pytest.fixture
def germany(spain):
    return make_store(spain.account, DE, "Amazon DE")


def sold(store, number, sku, asin="", **changes):
    items = (make_item(sku=sku, asin=asin),)
    return make_order(store, external_id=number, weight_g=None, items=items, **changes)


def follow():
    while unfinished_refills():
        for _job, store_id in unfinished_refills():
            rematch(store_id=store_id)


def state(order):
    row = Order.objects.get(pk=order.pk)
    return row.items.get().product.sku, row.weight_g


def product(sku):
    return Product.objects.get(sku=sku)


def weigh(store, sku, grams):
    weigh_products(store.workspace, {sku: grams}, actor="test", now=NOW)


def name(product, kind, value, store=None):
    add_name(product, read_name(kind, value, store), actor="test", now=NOW)


def merge(one, other):
    merge_products(product(one), product(other), actor="test", now=NOW)
    follow()


def test_an_order_under_another_sku_is_the_same_product(spain):
    sold(spain, "1", "MUG")
    weigh(spain, "MUG", 300)
    name(product("MUG"), "sku", "MUG-OLD")

    assert state(sold(spain, "2", "MUG-OLD")) == ("MUG", 300)
    assert Product.objects.count() == 1


def test_a_name_may_hold_in_one_store_only(spain, germany):
    sold(spain, "1", "MUG")
    weigh(spain, "MUG", 300)
    name(product("MUG"), "sku", "TASSE", germany)

    assert state(sold(germany, "2", "TASSE")) == ("MUG", 300)
    assert state(sold(spain, "3", "TASSE")) == ("TASSE", None)


def test_the_name_of_the_own_store_goes_before_that_of_all(spain, germany):
    for number, sku in enumerate(("MUG", "CUP")):
        sold(spain, f"{number}", sku)
    name(product("MUG"), "sku", "X-1")
    name(product("CUP"), "sku", "X-1", germany)

    assert state(sold(germany, "8", "X-1"))[0] == "CUP"
    assert state(sold(spain, "9", "X-1"))[0] == "MUG"


def test_in_a_store_of_asins_another_asin_is_the_same_product(spain):
    change_store(spain, ProductSettings("asin", True), actor="test", now=NOW)
    sold(spain, "1", "MUG", "B0MUG")
    weigh(spain, "MUG", 300)
    name(product("MUG"), "asin", "B0OTHER")

    assert state(sold(spain, "2", "ANY", "B0OTHER")) == ("MUG", 300)


def test_open_orders_follow_a_new_name_and_one_that_is_gone(spain):
    sold(spain, "1", "MUG")
    weigh(spain, "MUG", 300)
    waiting = sold(spain, "2", "MUG-OLD")
    went = sold(spain, "3", "MUG-OLD", status=OrderStatus.SHIPPED)
    with pytest.raises(Rejected):  # it is a product of its own: they are to be merged
        name(product("MUG"), "sku", "MUG-OLD")

    name(product("MUG"), "sku", "MUG-OLD", spain)
    follow()
    assert (state(waiting), state(went)) == (("MUG", 300), ("MUG-OLD", None))

    remove_name(Alias.objects.get(), actor="test", now=NOW)
    follow()
    assert state(waiting) == ("MUG-OLD", None)


def test_a_name_belongs_to_one_product(spain):
    sold(spain, "1", "MUG")
    sold(spain, "2", "CUP")
    name(product("MUG"), "barcode", "4006381333931")
    name(product("MUG"), "barcode", "4006381333931")

    with pytest.raises(Rejected) as refusal:
        name(product("CUP"), "barcode", "4006381333931")

    assert refusal.value.code == "name_taken_by"
    assert "MUG" in str(refusal.value.sentence)
    assert Alias.objects.count() == 1


def test_a_product_is_found_by_whatever_its_barcode_is_scanned_as(spain):
    sold(spain, "1", "MUG")
    name(product("MUG"), "barcode", "036000291452")

    assert find_by_barcode(spain.workspace, "0036000291452") == product("MUG")
    assert find_by_barcode(spain.workspace, "4006381333931") is None
    assert find_by_barcode(make_workspace("Elsewhere"), "036000291452") is None


@pytest.mark.parametrize(("kind", "text"), [("sku", " "), ("barcode", "123"), ("asin", "B" * 21)])
def test_what_cannot_be_a_name_is_refused(kind, text):
    with pytest.raises(Rejected):
        read_name(kind, text)


def test_names_are_written_into_a_cell_and_read_from_it(spain, germany):
    sold(spain, "1", "MUG")
    mug = product("MUG")
    name(mug, "sku", "MUG:7@x")
    name(mug, "asin", "B0OTHER", germany)
    name(mug, "barcode", "036000291452")
    aliases = list(mug.aliases.order_by("pk"))

    cell = show_names(aliases)

    assert cell == "sku:MUG:7@x | asin:B0OTHER @ Amazon DE"
    assert read_names(cell, [spain, germany]) == [
        ("sku", "MUG:7@x", None),
        ("asin", "B0OTHER", germany),
    ]
    assert [each.value for each in read_barcodes(show_barcodes(aliases))] == ["00036000291452"]


def test_two_products_become_one_and_two_again(spain):
    one, other = sold(spain, "1", "MUG"), sold(spain, "2", "MUG-B")
    weigh(spain, "MUG-B", 300)

    merge("MUG", "MUG-B")
    assert state(one) == state(other) == ("MUG-B", 300)
    assert state(sold(spain, "3", "MUG")) == ("MUG-B", 300)
    assert [row.sku for row in Product.objects.all().listed()] == ["MUG-B"]

    split_product(product("MUG"), actor="test", now=NOW)
    follow()
    assert (state(one), state(other)) == (("MUG", None), ("MUG-B", 300))
    names = list(Event.objects.values_list("name", flat=True))
    assert {"product.merged", "product.split"} <= set(names)


def test_the_product_that_stays_takes_over_what_it_lacks(spain):
    one = sold(spain, "1", "MUG")
    sold(spain, "2", "MUG-B")
    Product.objects.filter(sku="MUG").update(weight_g=280, hs_code="691200", storage_bin="A-1")
    Product.objects.filter(sku="MUG-B").update(storage_bin="B-2")

    merge("MUG", "MUG-B")

    stays = product("MUG-B")
    assert (stays.weight_g, stays.hs_code, stays.storage_bin) == (280, "691200", "B-2")
    assert state(one) == ("MUG-B", 280)


def test_what_was_merged_into_a_product_goes_with_it(spain):
    first = sold(spain, "1", "A")
    for number, sku in enumerate(("B", "C"), start=2):
        sold(spain, f"{number}", sku)

    merge("A", "B")
    merge("B", "C")

    assert state(first)[0] == "C"
    split_product(product("B"), actor="test", now=NOW)
    follow()
    assert state(first)[0] == "C"


def test_a_product_is_not_merged_in_a_circle(spain):
    sold(spain, "1", "A")
    sold(spain, "2", "B")
    merge("A", "B")

    for one, other in (("B", "A"), ("A", "B"), ("B", "B")):
        with pytest.raises(Rejected):
            merge(one, other)
    with pytest.raises(Rejected):
        split_product(product("B"), actor="test", now=NOW)


def test_by_asin_a_merged_product_gives_way_to_the_other(spain):
    account = make_account(make_workspace("Shop"), seller_id="A9")
    store = make_store(account)
    change_store(store, ProductSettings("asin", True), actor="test", now=NOW)
    one = sold(store, "1", "MUG", "B0MUG")
    sold(store, "2", "CUP", "B0CUP")
    weigh(store, "CUP", 200)

    merge("MUG", "CUP")

    assert state(one) == ("CUP", 200)
