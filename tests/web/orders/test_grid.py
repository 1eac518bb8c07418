"""The grid of orders: what is shown, in which order, to whom."""

import re
from datetime import timedelta

import pytest

from packbench.channels.base import OrderStatus
from packbench.lib import clock
from packbench.orders.holding import hold_order
from packbench.orders.models import Order
from packbench.privacy.models import Disclosure
from packbench.web import grid
from tests.making import DE, make_account, make_address, make_item, make_order, make_store
from tests.web.orders.conftest import labeled

HTMX = {"HTTP_HX_REQUEST": "true"}


def numbers(page):
    return re.findall(r'class="number" href="[^"]*">([^<]*)<', page.content.decode())


def counted(page):
    return dict(
        re.findall(r">([A-Z][A-Za-z ]*)<span class=\"count[^\"]*\">([^<]*)<", page.content.decode())
    )


def test_an_empty_desk_says_how_to_fill_it(owner):
    page = owner.get("/orders")

    assert "Connect a store to see its orders" in page.content.decode()


def test_each_tab_shows_its_orders_and_how_many(owner, store):
    make_order(store, external_id="402-1")
    make_order(store, external_id="402-2", status=OrderStatus.SHIPPED)
    make_order(store, external_id="402-3", status=OrderStatus.CANCELLED)
    held = make_order(store, external_id="402-4")
    hold_order(held, reason="", actor="test", now=clock.now())
    make_order(store, external_id="402-5", status=OrderStatus.PARTIALLY_SHIPPED)
    make_order(store, external_id="402-6", weight_g=None, items=(make_item("2", sku="NEW"),))

    pages = {tab: owner.get(f"/orders?tab={tab}") for tab in grid.TABS}

    assert {tab: sorted(numbers(page)) for tab, page in pages.items()} == {
        "awaiting": ["402-1", "402-5", "402-6"],
        "hold": ["402-4"],
        "problems": ["402-6"],
        "shipped": ["402-2"],
        "cancelled": ["402-3"],
        "all": [f"402-{number}" for number in range(1, 7)],
    }
    assert counted(pages["all"]) == {
        "Awaiting shipment": "3",
        "On hold": "1",
        "Problems": "1",
        "Shipped": "1",
        "Cancelled": "1",
        "All": "6",
    }


@pytest.mark.parametrize("text", ["402-77", "blue-mug", "B0MUG", "Sevilla", "PO-7"])
def test_an_order_is_found_by_number_sku_asin_and_city(owner, store, text):
    make_order(store, external_id="402-1", items=(make_item("2", sku="OTHER", asin="B1"),))
    make_order(
        store,
        external_id="402-77",
        seller_order_id="PO-7",
        recipient=make_address(city="Sevilla"),
        items=(make_item(sku="BLUE-MUG-2", asin="B0MUG"),),
    )

    assert numbers(owner.get("/orders", {"tab": "all", "q": text})) == ["402-77"]


def test_an_order_is_found_by_tracking_number(owner, order):
    number = labeled(order).tracking_number

    assert numbers(owner.get("/orders", {"tab": "all", "q": number})) == [order.external_id]


def test_what_is_due_is_told_in_the_marketplaces_own_day(owner, store):
    now = clock.now()
    ends = grid.end_of_day(store, now=now)
    late, today, later = now - timedelta(hours=1), ends, ends + timedelta(hours=25)
    for number, ship_by in enumerate((late, today, later)):
        make_order(store, external_id=f"402-{number}", ship_by_at=ship_by)

    assert numbers(owner.get("/orders?due=overdue")) == ["402-0"]
    assert numbers(owner.get("/orders?due=today")) == ["402-1"]
    assert numbers(owner.get("/orders?due=soon")) == ["402-1"]


def test_the_marks_narrow_the_list(owner, store):
    make_order(store, external_id="402-1", programs=("PRIME",))
    make_order(store, external_id="402-2", programs=("AMAZON_BUSINESS",))
    make_order(store, external_id="402-3", items=(make_item("1", is_gift=True),))
    make_order(store, external_id="402-4", items=(make_item("1", is_customized=True),))

    shown = {mark: numbers(owner.get(f"/orders?mark={mark}")) for mark in grid.MARKS}

    assert shown == {
        "prime": ["402-1"],
        "business": ["402-2"],
        "gift": ["402-3"],
        "custom": ["402-4"],
    }


def test_the_list_is_narrowed_to_a_store(owner, workspace, store):
    other = make_store(make_account(workspace), DE, "Amazon DE")
    make_order(store, external_id="402-1")
    make_order(other, external_id="402-2")

    assert numbers(owner.get(f"/orders?store={other.pk}")) == ["402-2"]


def test_orders_with_and_without_a_label_are_told_apart(owner, store):
    labeled(make_order(store, external_id="402-1"))
    make_order(store, external_id="402-2")

    assert numbers(owner.get("/orders?label=labeled")) == ["402-1"]
    assert numbers(owner.get("/orders?label=unprinted")) == ["402-1"]
    assert numbers(owner.get("/orders?label=none")) == ["402-2"]


@pytest.mark.parametrize("sort", ["due", "newest"])
@pytest.mark.parametrize("tab", ["awaiting", "all"])
def test_paging_never_repeats_and_never_loses_an_order(owner, store, monkeypatch, sort, tab):
    monkeypatch.setattr(grid, "FIRST_PAGE", 2)
    monkeypatch.setattr(grid, "PAGE", 3)
    same = clock.now() + timedelta(days=2)
    for number in range(11):  # several share their dates; two statuses are merged
        make_order(
            store,
            external_id=f"402-{number:02}",
            ship_by_at=same + timedelta(hours=number // 4),
            created_at=same - timedelta(days=9, hours=number // 4),
            status=OrderStatus.PARTIALLY_SHIPPED if number % 3 else OrderStatus.AWAITING_SHIPMENT,
        )

    seen, url = [], f"/orders?tab={tab}&sort={sort}"
    while url:
        page = owner.get(url, **HTMX)
        seen += numbers(page)
        found = re.search(r'class="more-row" hx-get="([^"]*)"', page.content.decode())
        url = found[1].replace("&amp;", "&") if found else ""

    assert len(seen) == 11
    assert len(set(seen)) == 11
    column = "due_at" if sort == "due" else "-placed_at"
    expected = Order.objects.order_by(column, "pk").values_list("external_id", flat=True)
    assert seen == list(expected)


@pytest.mark.parametrize(
    "query",
    [
        "tab=nothing&sort=x",
        "after=abc",
        "after=1-",
        "store=nobody",
        "q=%00",
        "due=x&mark=y",
        "after=99999999999999999999999-ord_1",
        "q=%25%5C_'",
    ],
)
def test_an_odd_address_still_shows_a_page(owner, order, query):
    assert owner.get(f"/orders?{query}").status_code == 200


def test_the_grid_asks_as_often_for_a_hundred_orders_as_for_one(
    owner, store, django_assert_max_num_queries
):
    for number in range(30):
        make_order(store, external_id=f"402-{number}")

    with django_assert_max_num_queries(22):
        owner.get("/orders")
    with django_assert_max_num_queries(13):
        owner.get("/orders?after=0-ord_0", **HTMX)


def test_who_saw_the_buyers_names_is_written_down_once_a_page(owner, workspace, store):
    orders = [make_order(store, external_id=f"402-{number}") for number in range(3)]

    page = owner.get("/orders")

    assert page.content.decode().count("Lucía Ferrer") >= 3
    seen = Disclosure.objects.get(reason="grid")
    assert sorted(seen.order_ids) == sorted(order.pk for order in orders)
    assert seen.actor == workspace.memberships.get().person_id


def test_a_viewer_sees_orders_but_no_buyer(viewer, order):
    page = viewer.get("/orders").content.decode()

    assert order.external_id in page
    assert "Lucía" not in page
    assert "data-create" not in page
    assert not Disclosure.objects.exists()


def test_the_html_of_a_row_escapes_what_comes_from_outside(owner, store):
    make_order(
        store,
        items=(make_item(sku='"><b>', title="<script>alert(1)</script>"),),
        recipient=make_address(name="<i>Ana</i>", city="<u>"),
    )

    page = owner.get("/orders").content.decode()

    assert "<script>alert" not in page
    assert "<i>Ana" not in page
    assert "<u>" not in page
    assert '"><b>' not in page


def test_rows_are_renewed_in_place(owner, order):
    page = owner.post("/orders/rows", {"order": order.pk, "shown": "tab=awaiting"}, **HTMX)

    assert f'<tr id="{order.pk}"' in page.content.decode()
    assert page.content.decode().count('hx-swap-oob="true"') == 2  # the row and the tabs


def test_nothing_shown_may_be_kept_by_a_cache(owner, order):
    for url in ("/orders", f"/orders/{order.pk}", "/shipments", "/batches"):
        assert "no-store" in owner.get(url)["Cache-Control"]
