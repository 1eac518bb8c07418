"""The problem centre in a real browser: each cause is mended where it is shown."""

import pytest

from packbench.orders.models import Order
from packbench.products.models import Product
from tests.making import (
    make_account,
    make_address,
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

LONG = "A title that goes on and on, as sellers write them for the search " * 4


@pytest.fixture
def waiting(sandbox):  # noqa: F811
    """Three orders wait for a weight, two for customs data, one for its buyer's word."""
    store = make_store(make_account(make_member().workspace))
    make_warehouse(store.workspace)
    for number in range(3):
        items = (make_item(sku="MUG", title=LONG),)
        make_order(store, external_id=f"402-{number}", weight_g=None, items=items)
    abroad = make_address(city="Zürich", state="", postal_code="8001", country="CH")
    for number in range(3, 5):
        items = (make_item(sku="TEA"),)
        make_order(store, external_id=f"402-{number}", items=items, recipient=abroad)
    items = (make_item(sku="CUP", cancel_requested=True),)
    make_order(store, external_id="402-9", items=items)
    return store


@pytest.mark.parametrize("width", [1440, 390])
def test_every_cause_is_mended_where_it_is_shown(open_page, waiting, width):  # noqa: F811
    with open_page(width=width) as page:
        sign_in(page)
        page.goto("/problems?cause=missing_weight")
        assert page.get_by_text("3 orders wait").is_visible()
        assert fits(page)
        page.get_by_label("Weight of MUG in grams").fill("none")
        page.get_by_label("Weight of MUG in grams").press("Enter")
        page.get_by_text("is no whole number of grams").wait_for()
        page.get_by_label("Weight of MUG in grams").fill("300")
        page.get_by_label("Weight of MUG in grams").press("Enter")
        page.get_by_text("MUG is saved; 3 waiting orders are mended.").wait_for()

        page.goto("/problems?cause=missing_customs")
        assert fits(page)
        page.get_by_label("HS code").fill("0902.10")
        page.get_by_label("Origin").fill("cn")
        page.get_by_label("Origin").press("Enter")
        page.get_by_text("TEA is saved; 2 waiting orders are mended.").wait_for()

        page.goto("/problems?cause=cancel_requested")
        assert fits(page)
        page.get_by_role("button", name="Ship anyway").last.click()
        page.get_by_text("Nothing keeps an order from its label").wait_for()

    assert not Order.objects.filter(has_problems=True).exists()
    assert Product.objects.get(sku="TEA").country_of_origin == "CN"


def test_ticked_orders_go_on_together(open_page, waiting):  # noqa: F811
    with open_page() as page:
        sign_in(page)
        page.goto("/problems?cause=missing_customs")
        page.get_by_label("Tick all on this page").check()
        page.get_by_role("button", name="Ship anyway (2)").click()
        page.get_by_text("2 orders wait for their labels no more").wait_for()

    assert not Order.objects.filter(problems__contains=["missing_customs"]).exists()
