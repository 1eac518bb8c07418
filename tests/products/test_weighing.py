"""Which weight counts: here, then Amazon's where the store imports it, then none."""

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from packbench.channels.settling import ProductSettings, change_store
from packbench.orders.jobs import rematch
from packbench.orders.weighing import mend_orders, weigh_order
from packbench.products.models import Product
from packbench.products.weighing import Source, package_mm, source_of, weight_of
from tests.making import NOW, make_item, make_order, make_store

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("here", "amazon", "uses_amazon", "weight", "source"),
    [
        (300, 410, True, 300, Source.HERE),
        (300, 410, False, 300, Source.HERE),
        (300, None, True, 300, Source.HERE),
        (None, 410, True, 410, Source.AMAZON),
        (None, 410, False, None, Source.MISSING),
        (None, None, True, None, Source.MISSING),
    ],
)
def test_what_is_entered_here_counts_before_amazon(here, amazon, uses_amazon, weight, source):
    product = Product(sku="MUG", weight_g=here, amazon_weight_g=amazon, item_weight_g=5)

    assert weight_of(product, uses_amazon=uses_amazon) == weight
    assert source_of(product, uses_amazon=uses_amazon) == source


def test_an_unknown_product_weighs_nothing_known():
    assert weight_of(None, uses_amazon=True) is None


def test_the_box_that_is_entered_here_counts_as_a_whole():
    amazons = {"amazon_length_mm": 100, "amazon_width_mm": 50, "amazon_height_mm": 20}

    assert package_mm(Product(length_mm=9, width_mm=8, height_mm=7, **amazons)) == (9, 8, 7)
    assert package_mm(Product(length_mm=9, width_mm=8, **amazons)) == (100, 50, 20)
    assert package_mm(Product(length_mm=9)) is None


def follow(store, *, has_weights):
    """Switch the setting, and let the job do what follows, slice by slice."""
    change_store(
        store,
        ProductSettings(product_identifier="sku", has_weights=has_weights),
        actor="test",
        now=NOW,
    )
    [job] = jobs_named("orders.rematch_products")
    rematch(**job)


def jobs_named(name):
    waiting = ProcrastinateJob.objects.filter(task_name=name, status="todo")
    return [job.args for job in waiting]


def standing(store):
    return {order.external_id: (order.weight_g, order.problems) for order in store.orders.all()}


def test_switching_amazons_weights_off_and_on_weighs_the_waiting_orders_anew():
    store = make_store()
    make_order(store, weight_g=None, external_id="402-1", items=(make_item(sku="MUG"),))
    make_order(store, weight_g=None, external_id="402-2", items=(make_item(sku="TEA"),))
    given = make_order(store, weight_g=None, external_id="402-3", items=(make_item(sku="MUG"),))
    weigh_order(given, 999, actor="test", now=NOW)
    Product.objects.filter(sku="MUG").update(amazon_weight_g=410)
    Product.objects.filter(sku="TEA").update(amazon_weight_g=410, weight_g=50)
    mend_orders(store.workspace, Product.objects.all(), actor="test", now=NOW)
    assert standing(store) == {"402-1": (410, []), "402-2": (50, []), "402-3": (999, [])}

    follow(store, has_weights=False)

    assert standing(store) == {
        "402-1": (None, ["missing_weight"]),
        "402-2": (50, []),
        "402-3": (999, []),
    }


def test_switching_amazons_weights_on_mends_the_orders_that_waited():
    store = make_store()
    store.has_weights = False
    store.save()
    make_order(store, weight_g=None, external_id="402-1")
    Product.objects.update(amazon_weight_g=410)
    assert standing(store) == {"402-1": (None, ["missing_weight"])}

    follow(store, has_weights=True)

    assert standing(store) == {"402-1": (410, [])}


def test_an_order_is_imported_by_the_choice_of_its_store():
    store = make_store()
    make_order(store, weight_g=None, external_id="402-1")
    Product.objects.update(amazon_weight_g=410)
    on = make_order(store, weight_g=None, external_id="402-2")
    store.has_weights = False
    store.save()

    off = make_order(store, weight_g=None, external_id="402-3")

    assert (on.weight_g, off.weight_g, off.problems) == (410, None, ["missing_weight"])
