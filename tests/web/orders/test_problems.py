"""The problem centre: why orders cannot be shipped, each with what mends it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from packbench.accounts.models import Member
from packbench.lib import clock
from packbench.orders import following, surveying, weighing
from packbench.orders.following import follow_products
from packbench.orders.holding import hold_order
from packbench.orders.models import Order
from packbench.products.models import Product
from tests.making import (
    make_address,
    make_channel_order,
    make_item,
    make_member,
    make_order,
    make_warehouse,
)
from tests.web.orders.conftest import browser_of

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def packer(workspace):
    return browser_of(make_member(workspace, "pau@example.com", Member.Role.PACKER))


def sold(store, number, sku="MUG", **changes):
    items = (make_item(sku=sku),)
    return make_order(store, external_id=f"402-{number}", weight_g=None, items=items, **changes)


def abroad(store, number, **changes):
    place = make_address(city="Zürich", state="", postal_code="8001", country="CH")
    return make_order(store, external_id=f"402-{number}", recipient=place, **changes)


def text(answer):
    return answer.content.decode()


def causes(answer):
    return {cause.code: cause.count for cause in answer.context["causes"]}


def behind(answer):
    return [(row.product.sku, row.orders) for row in answer.context["products"]]


def product(sku="MUG"):
    return Product.objects.get(sku=sku)


def problems(order):
    return Order.objects.get(pk=order.pk).problems


def test_where_nothing_is_wrong_the_page_says_so(viewer):
    assert "Nothing keeps an order from its label" in text(viewer.get("/problems"))


def test_causes_and_products_are_counted(viewer, store):
    for number in range(3):
        sold(store, number)
    sold(store, 8, "TEA")
    sold(store, 9, recipient=make_address(line1="", name=""))
    Product.objects.filter(sku="TEA").update(title="Green tea")

    page = viewer.get("/problems?cause=missing_weight")

    assert causes(page)["missing_weight"] == "5"
    assert behind(page) == [("MUG", 4), ("TEA", 1)]
    assert "Green tea" in text(page)
    assert text(page).count("Open</a>") == 5


def test_a_weight_typed_once_mends_all_orders_of_the_product(packer, store):
    orders = [sold(store, number) for number in range(3)]

    answer = packer.post(
        "/problems/weight", {"product": product().pk, "weight_g": "300"}, headers=HTMX
    )

    assert [problems(order) for order in orders] == [[], [], []]
    assert "3 waiting orders are mended" in answer["HX-Trigger"]
    assert "Nothing keeps an order from its label" in text(answer)


@pytest.mark.parametrize("grams", ["", "0", "heavy", "1000001"])
def test_a_weight_that_cannot_be_stays_beside_its_reason(packer, store, grams):
    order = sold(store, 1)

    answer = packer.post("/problems/weight", {"product": product().pk, "weight_g": grams})

    assert "errorlist" in text(answer)
    assert f'value="{grams}"' in text(answer)
    assert problems(order) == ["missing_weight"]


def test_customs_data_entered_once_mends_all_orders_of_the_product(packer, workspace, store):
    make_warehouse(workspace)
    orders = [abroad(store, number) for number in range(2)]
    pk = product("MUG-BLUE").pk
    page = packer.get("/problems")
    assert (causes(page), behind(page)) == ({"missing_customs": "2"}, [("MUG-BLUE", 2)])

    half = packer.post("/problems/customs", {"product": pk, "hs_code": "6912.00"}, follow=True)
    assert "HS code" in text(half)
    assert problems(orders[0]) == ["missing_customs"]
    wrong = packer.post("/problems/customs", {"product": pk, "country_of_origin": "XX"})
    assert "A country is a code of two letters" in text(wrong)
    packer.post("/problems/customs", {"product": pk, "country_of_origin": "cn"})

    assert [problems(order) for order in orders] == [[], []]
    assert (product("MUG-BLUE").hs_code, product("MUG-BLUE").country_of_origin) == ("691200", "CN")


def test_customs_data_is_entered_on_the_order_too(packer, workspace, store):
    make_warehouse(workspace)
    order = abroad(store, 1)
    assert "Set for all its orders" in text(packer.get(f"/orders/{order.pk}"))
    data = {"product": product("MUG-BLUE").pk, "order": order.pk, "hs_code": "691200"}

    answer = packer.post("/problems/customs", {**data, "country_of_origin": "CN"}, headers=HTMX)

    assert answer.status_code == 204
    assert problems(order) == []
    refused = packer.post("/problems/customs", {**data, "hs_code": "1"}, headers=HTMX)
    assert "An HS code has 6 to 12 digits" in refused["HX-Trigger"]


def test_ticked_orders_are_shipped_all_the_same(packer, workspace, store):
    make_warehouse(workspace)
    one, other = abroad(store, 1), abroad(store, 2)

    packer.post("/problems/waive", {"problem": "missing_customs", "order": [one.pk]})

    assert (problems(one), problems(other)) == ([], ["missing_customs"])
    assert "Tick the orders to ship." in text(
        packer.post("/problems/waive", {"problem": "missing_customs"}, follow=True)
    )


def test_what_cannot_be_waived_is_refused(packer, store):
    order = sold(store, 1)

    data = {"problem": "missing_weight", "order": [order.pk]}
    answer = packer.post("/problems/waive", data, follow=True)

    assert "This problem cannot be waived" in text(answer)
    assert problems(order) == ["missing_weight"]


def test_a_role_that_is_missing_is_explained_step_by_step(viewer, store):
    order = make_channel_order().recipient
    sold(store, 1, recipient=make_address(name="", line1="", phone=""))
    assert order

    page = text(viewer.get("/problems?cause=missing_role"))

    assert "Direct-to-Consumer Shipping" in page
    assert "Ask for the role in the Solution Provider Portal" in page


def test_what_a_person_holds_is_not_counted(viewer, store, workspace):
    order = sold(store, 1)
    hold_order(order, reason="", actor="test", now=clock.now())

    assert causes(viewer.get("/problems")) == {}


def test_the_weight_that_parcels_showed_is_taken_or_ignored(packer, store):
    order = sold(store, 1)
    sold(store, 2, "TEA")
    Product.objects.update(learned_weight_g=410, learned_count=7)
    assert "Its last 7 parcels: 410" in text(packer.get("/problems"))

    packer.post("/problems/learned", {"product": product().pk, "take": "1"})
    packer.post("/problems/learned", {"product": product("TEA").pk, "take": "0"})

    assert (product().weight_g, problems(order)) == (410, [])
    assert product("TEA").weight_g is None
    assert "Its last 7 parcels" not in text(packer.get("/problems"))


def test_a_fix_of_many_orders_shows_how_far_it_got(packer, workspace, store, monkeypatch):
    monkeypatch.setattr(weighing, "AT_ONCE", 2)
    monkeypatch.setattr(following, "AT_ONCE", 2)
    for number in range(5):
        sold(store, number)

    answer = packer.post(
        "/problems/weight", {"product": product().pk, "weight_g": "300"}, headers=HTMX
    )

    assert "Its orders follow one after another" in answer["HX-Trigger"]
    assert "3 more orders follow MUG." in text(packer.get("/problems/following"))
    assert behind(packer.get("/problems?cause=missing_weight")) == []
    for _ in range(2):
        follow_products(workspace, now=clock.now())
    assert "follow MUG" not in text(packer.get("/problems/following"))
    assert not Order.objects.filter(has_problems=True).exists()


def test_many_orders_come_by_page(viewer, store, monkeypatch):
    monkeypatch.setattr(surveying, "PAGE", 2)
    for number in range(5):
        sold(store, number)
    url, seen = "/problems?cause=missing_weight", []

    while url:
        page = viewer.get(url)
        seen += [row.order.external_id for row in page.context["orders"]]
        url = page.context["next_url"]

    assert sorted(seen) == [f"402-{number}" for number in range(5)]


def test_more_orders_cost_the_page_no_more_queries(viewer, store):
    sold(store, 0)
    few = count_queries(viewer)
    for number in range(1, 30):
        sold(store, number, f"SKU-{number % 7}")

    assert count_queries(viewer) == few


def count_queries(browser):
    with CaptureQueriesContext(connection) as queries:
        browser.get("/problems")
    return len(queries)


@pytest.mark.parametrize("odd", ["nothing", "missing_weight'", "\0", "%00", "x" * 500])
def test_a_cause_that_is_none_shows_the_first(viewer, store, odd):
    sold(store, 1)

    page = viewer.get("/problems", {"cause": odd, "after": odd})

    assert page.context["here"] == "missing_weight"


def test_viewers_mend_nothing_and_strangers_find_nothing(viewer, stranger, packer, store):
    order = sold(store, 1)
    data = {"product": product().pk, "weight_g": "5", "order": [order.pk], "problem": "x"}

    for url in ("weight", "customs", "learned", "waive"):
        assert viewer.post(f"/problems/{url}", data).status_code == 403
    for url in ("weight", "customs", "learned"):
        assert stranger.post(f"/problems/{url}", data).status_code == 404
    assert causes(stranger.get("/problems")) == {}
    assert "weight_g" not in text(viewer.get("/problems"))
    assert product().weight_g is None
