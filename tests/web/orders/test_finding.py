"""Finding orders: the search box, filters, columns, saved views, and all that match."""

import json
import re
from datetime import timedelta
from urllib.parse import quote

import pytest

from packbench.channels.base import Buyer, OrderStatus
from packbench.lib import clock
from packbench.orders import bulking, searching
from packbench.orders.bulking import unfinished_runs, work_on
from packbench.orders.models import BulkRun, Order, SavedView, Search
from packbench.privacy.models import Disclosure
from packbench.rules.models import Tag
from packbench.shipments.batching import plan_more
from packbench.shipments.models import Batch, Shipment
from packbench.shipments.progressing import progress_of
from packbench.web import grid, selecting
from tests.making import (
    DE,
    NOW,
    make_account,
    make_address,
    make_item,
    make_means,
    make_member,
    make_order,
    make_store,
)
from tests.test_privacy import everything_in_the_database
from tests.web.orders.conftest import browser_of, buy_all
from tests.web.orders.test_grid import HTMX, numbers

NAME = "Xanthippe Quexwold"


def heads(page):
    found = re.findall(r"<th class=\"c-(?!check)[^>]*>(?:<span>)?([^<]*)<", page.content.decode())
    return [head.strip() for head in found]


def typed(browser, text):
    """What somebody sees who types the text into the box; the address it led to as well."""
    answer = browser.post("/orders/search", {"q": text})
    return browser.get(answer["Location"]), answer["Location"]


def make_buyer(store, **changes):
    return make_order(
        store,
        recipient=make_address(name=NAME, company="Wxyqzz GmbH", phone="+49 151 99417 994"),
        buyer=Buyer(name=NAME, email="qx99417@marketplace.amazon.de"),
        **changes,
    )


# The search box.


@pytest.mark.parametrize(
    "text", [NAME, "quexw", "wxyqzz", "qx99417@marketplace.amazon.de", "+49 15199417994", "46001"]
)
def test_a_buyer_is_found_and_neither_address_nor_record_shows_what_was_typed(owner, store, text):
    order = make_buyer(store)
    make_order(store, external_id="402-9", recipient=make_address(postal_code="9"))

    page, url = typed(owner, text)

    assert numbers(page) == [order.external_id]
    assert quote(text) not in url
    assert re.fullmatch(r"/orders\?tab=all&s=src_\w+", url)
    assert text.casefold() not in everything_in_the_database().casefold() or text == "46001"


def test_a_search_of_buyers_is_a_look_that_is_written_down(owner, workspace, store):
    order = make_buyer(store)

    typed(owner, NAME)
    typed(owner, "Nobody Atall")

    found, nothing = Disclosure.objects.filter(reason="search").order_by("id")
    assert found.actor == workspace.memberships.get().person_id
    assert (found.order_ids, nothing.order_ids) == ([order.pk], [])
    assert found.fields == ["search"]
    looks = owner.get("/settings/privacy/looks").content.decode()
    assert looks.count("Searched by name, e-mail or phone") == 2


def test_a_viewer_searches_but_not_by_buyers(viewer, store):
    order = make_buyer(store)

    assert numbers(typed(viewer, "quexwold")[0]) == []
    assert numbers(typed(viewer, "Valencia")[0]) == [order.external_id]
    assert not Disclosure.objects.exists()


def test_a_text_in_the_address_never_searches_buyers(owner, store):
    make_buyer(store)

    assert numbers(owner.get("/orders", {"tab": "all", "q": "quexwold"})) == []
    assert not Disclosure.objects.filter(reason="search").exists()


@pytest.mark.parametrize("text", ["402-0000001-0000001", "402-000", "B0BLUEMUG1"])
def test_numbers_of_amazons_stay_in_the_address_and_can_be_sent_to_anybody(owner, order, text):
    page, url = typed(owner, text)

    assert url == f"/orders?tab=all&q={text}"
    assert numbers(page) == [order.external_id]
    assert not Search.objects.exists()


def test_a_search_of_another_workspace_is_not_found(owner, stranger, store):
    make_buyer(store)
    _, url = typed(owner, NAME)

    page = stranger.get(url)

    assert NAME not in page.content.decode()
    assert numbers(page) == []


def test_a_search_that_was_forgotten_says_so(owner, order):
    page = owner.get("/orders?tab=all&s=src_gone")

    assert "A search is forgotten after a day" in page.content.decode()
    assert numbers(page) == []


def test_a_common_word_is_paged_to_the_end(owner, store, monkeypatch):
    monkeypatch.setattr(searching, "CAP", 3)
    monkeypatch.setattr(grid, "FIRST_PAGE", 4)
    monkeypatch.setattr(grid, "PAGE", 3)
    monkeypatch.setattr(grid, "STEPS", (2, 3))
    for number in range(17):
        name = NAME if number % 2 else "Somebody Else"
        make_order(
            store,
            external_id=f"402-{number:02}",
            recipient=make_address(name=name),
            created_at=NOW - timedelta(hours=number),
        )

    seen, url = [], typed(owner, "quexwold")[1]
    for _ in range(20):
        page = owner.get(url, **HTMX).content.decode()
        seen += re.findall(r'class="number" href="[^"]*">([^<]*)<', page)
        found = re.search(r'class="more-row" hx-get="([^"]*)"', page)
        if not found:
            break
        url = found[1].replace("&amp;", "&")

    assert seen == [f"402-{number:02}" for number in range(1, 17, 2)]


# Filters and sorts.


@pytest.fixture
def many(workspace, store):
    other = make_store(make_account(workspace), DE, "Amazon DE")
    make_order(store, external_id="402-1", recipient=make_address(country="FR"), weight_g=100)
    heavy = (make_item("2", sku="HEAVY"),)
    make_order(store, external_id="402-2", items=heavy, weight_g=5000, service_level="NEXT_DAY")
    make_order(
        other,
        external_id="402-3",
        programs=("PRIME",),
        created_at=NOW - timedelta(days=9),
        recipient=make_address(country="DE"),
        items=(make_item("3", sku="OTHER"),),
    )
    make_order(
        store,
        external_id="402-4",
        status=OrderStatus.SHIPPED,
        items=(make_item("4", sku="LAST", is_gift=True),),
        ship_by_at=NOW + timedelta(days=9),
    )
    return store, other


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("country=FR", ["402-1"]),
        ("country=FR&country=DE", ["402-1", "402-3"]),
        ("service=NEXT_DAY", ["402-2"]),
        ("status=shipped", ["402-4"]),
        ("status=shipped&status=awaiting_shipment&mark=gift", ["402-4"]),
        ("mark=gift&mark=prime", ["402-3", "402-4"]),
        ("sku=heav", ["402-2"]),
        ("sku=heav&country=FR", []),
        ("weight_from=1000", ["402-2"]),
        ("weight_to=100", ["402-1"]),
        ("weight_from=100&weight_to=5000&country=ES", ["402-2"]),
        ("placed_to=2026-11-12", ["402-3"]),
        ("placed_from=2026-11-20&placed_to=2026-11-20", ["402-1", "402-2", "402-4"]),
        ("due_from=2026-11-25", ["402-4"]),
        ("country=DE&q=402", ["402-3"]),
    ],
)
def test_filters_narrow_the_list_under_every_sort(owner, many, query, expected):
    pages = {sort: owner.get(f"/orders?tab=all&sort={sort}&{query}") for sort in grid.SORTS}

    assert {sort: sorted(numbers(page)) for sort, page in pages.items()} == dict.fromkeys(
        grid.SORTS, expected
    )


def test_several_stores_are_chosen_at_once(owner, many):
    store, other = many

    for sort in ("due", "newest", "number"):
        both = owner.get(f"/orders?tab=all&sort={sort}&store={store.pk}&store={other.pk}")
        one = owner.get(f"/orders?tab=all&sort={sort}&store={other.pk}")
        assert len(numbers(both)) == 4
        assert numbers(one) == ["402-3"]


def test_tags_and_who_is_in_charge_narrow_the_list(owner, workspace, many):
    tag = Tag.objects.create(workspace=workspace, name="Fragile")
    person = workspace.memberships.get().person
    Order.objects.filter(external_id="402-1").update(tags=[tag.pk])
    Order.objects.filter(external_id="402-2").update(assignee=person)

    assert numbers(owner.get(f"/orders?tag={tag.pk}")) == ["402-1"]
    assert numbers(owner.get(f"/orders?assignee={person.pk}")) == ["402-2"]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("oldest", ["402-3", "402-1", "402-2", "402-4"]),
        ("number", ["402-1", "402-2", "402-3", "402-4"]),
        ("due_last", ["402-4", "402-3", "402-2", "402-1"]),
    ],
)
def test_sorts_go_both_ways(owner, many, sort, expected):
    found = numbers(owner.get(f"/orders?tab=all&sort={sort}"))

    assert found[0] == expected[0] or sort == "number"
    assert sorted(found) == sorted(expected)
    assert sort != "number" or found == expected


@pytest.mark.parametrize("sort", ["due_last", "oldest", "number"])
def test_every_sort_is_paged_without_loss(owner, store, monkeypatch, sort):
    monkeypatch.setattr(grid, "FIRST_PAGE", 2)
    monkeypatch.setattr(grid, "PAGE", 3)
    for number in range(11):
        make_order(
            store,
            external_id=f"402-{number:02}",
            ship_by_at=NOW + timedelta(days=2, hours=number // 4),
            created_at=NOW - timedelta(hours=number // 4),
            status=OrderStatus.PARTIALLY_SHIPPED if number % 3 else OrderStatus.AWAITING_SHIPMENT,
        )

    seen, url = [], f"/orders?tab=all&sort={sort}"
    while url:
        page = owner.get(url, **HTMX)
        seen += numbers(page)
        found = re.search(r'class="more-row" hx-get="([^"]*)"', page.content.decode())
        url = found[1].replace("&amp;", "&") if found else ""

    rows = Order.objects.order_by(*grid.SORTS[sort].order)
    assert seen == list(rows.values_list("external_id", flat=True))


@pytest.mark.parametrize(
    "query",
    [
        "country=&weight_from=x&placed_from=2026-13-45&due_to=yesterday",
        "weight_from=99999999999999999999&store=nobody&tag=nothing",
        "status=eaten&service=%00&sort=number&after=x-ord_1",
        "custom_field1=%25&sku=%25%5C'&s=nothing&view=nothing",
        "&".join(f"store={number}" for number in range(60)),
        "placed_from=0001-01-01&placed_to=9999-12-31",
    ],
)
def test_odd_filters_still_show_a_page(owner, order, query):
    assert owner.get(f"/orders?tab=all&{query}").status_code == 200


# Columns and views.


def test_columns_are_chosen_and_ordered_by_each_person(owner, workspace, store):
    make_buyer(store)
    wanted = ["state", "order", "email", "payment", "notes", "bin", "tags", "phone"]

    owner.post("/orders/columns", {"column": wanted, "shown": "/orders?tab=all"})

    page = owner.get("/orders?tab=all")
    assert heads(page) == [
        "Order",
        "State",
        "E-mail of the buyer",
        "Payment",
        "Internal notes",
        "Storage bin",
        "Tags",
        "Phone",
    ]
    assert "qx99417@marketplace.amazon.de" in page.content.decode()
    assert "+49 151 99417 994" in page.content.decode()
    look = Disclosure.objects.filter(reason="grid").latest("id")
    assert {"recipient.name", "buyer.email", "recipient.phone"} == set(look.fields)
    colleague = browser_of(make_member(workspace, "pau@example.com"))
    assert "E-mail of the buyer" not in heads(colleague.get("/orders?tab=all"))

    owner.post("/orders/columns", {"usual": "1", "shown": "/orders?tab=all"})
    assert heads(owner.get("/orders?tab=all"))[:3] == ["Order", "Ship by", "Items"]


def test_every_column_says_something_of_every_order(owner, workspace, store, many):
    make_buyer(store, external_id="402-7")
    from packbench.web.columns import DRAWN, PLAIN

    keys = [column.key for column in (*DRAWN, *PLAIN)]
    for first in range(0, len(keys), 8):
        owner.post("/orders/columns", {"column": keys[first : first + 8], "shown": "/orders"})
        assert len(numbers(owner.get("/orders?tab=all"))) == 5


def test_a_viewer_gets_no_column_of_buyers(viewer, store):
    make_buyer(store)

    viewer.post("/orders/columns", {"column": ["email", "phone", "city"], "shown": "/orders"})

    page = viewer.get("/orders")
    assert heads(page) == ["Order", "City"]
    assert "qx99417" not in page.content.decode()


def test_a_view_keeps_filters_sort_and_columns_under_a_tab(owner, workspace, many):
    owner.post("/orders/columns", {"column": ["order", "country"], "shown": ""})
    shown = "/orders?tab=all&country=FR&sort=oldest&s=src_secret"
    answer = owner.post("/orders/views", {"name": "France", "shown": shown, "is_shared": "on"})

    view = SavedView.objects.get()
    assert "src_" not in view.choice
    page = owner.get(answer["Location"])
    assert numbers(page) == ["402-1"]
    assert heads(page) == ["Order", "Country"]
    colleague = browser_of(make_member(workspace, "pau@example.com"))
    assert "France" in colleague.get("/orders").content.decode()
    assert heads(colleague.get(answer["Location"])) == ["Order", "Country"]
    owner.post("/orders/views", {"name": "France", "shown": "/orders?tab=all&country=DE"})
    assert SavedView.objects.count() == 2  # one's own beside everybody's

    owner.post(f"/orders/views/{view.pk}/delete")
    assert "France" in owner.get("/orders").content.decode()
    assert not SavedView.objects.filter(pk=view.pk).exists()


def test_another_persons_view_is_not_found(owner, workspace, order):
    other = make_member(workspace, "pau@example.com")
    browser_of(other).post("/orders/views", {"name": "Mine", "shown": "/orders"})
    view = SavedView.objects.get()

    assert "Mine" not in owner.get("/orders").content.decode()
    assert owner.post(f"/orders/views/{view.pk}/delete").status_code == 404


def test_a_viewer_saves_a_view_but_none_of_everybodys(viewer, owner, order):
    viewer.post("/orders/views", {"name": "Mine", "shown": "/orders"})
    viewer.post("/orders/views", {"name": "Ours", "shown": "/orders", "is_shared": "on"})

    assert list(SavedView.objects.values_list("name", flat=True)) == ["Mine"]


# All that match.


def matching(browser, query):
    return json.loads(browser.get(f"/orders/matching?{query}").content)


@pytest.fixture
def dozen(store, monkeypatch):
    monkeypatch.setattr(grid, "FIRST_PAGE", 3)
    return [make_order(store, external_id=f"402-{number:02}") for number in range(12)]


def test_all_that_match_are_counted_to_a_cap_and_held_though_not_loaded(owner, dozen, monkeypatch):
    assert matching(owner, "q=402-0") == {"count": 10, "said": "All 10 that match are selected"}
    monkeypatch.setattr(grid, "MOST_MATCHING", 11)
    assert matching(owner, "")["said"] == "The first 11 that match are selected"

    owner.post("/orders/hold", {"matching": "q=402-0"}, **HTMX)

    held = Order.objects.filter(status="on_hold").values_list("external_id", flat=True)
    assert sorted(held) == [f"402-{number:02}" for number in range(10)]


def test_many_are_done_by_a_job_with_its_progress_shown(owner, dozen, monkeypatch):
    monkeypatch.setattr(selecting, "AT_ONCE", 5)
    monkeypatch.setattr(bulking, "AT_ONCE", 4)
    from packbench.web.views import bulking as doors

    monkeypatch.setattr(doors, "AT_ONCE", 5)
    Order.objects.filter(pk=dozen[3].pk).update(status="shipped")

    answer = owner.post("/orders/hold", {"matching": "tab=all", "reason": "Stock"}, **HTMX)

    run = BulkRun.objects.get()
    assert answer["HX-Retarget"] == "#panel"
    assert f"/orders/bulk/{run.pk}" in answer.content.decode()
    assert Order.objects.filter(status="on_hold").count() == 0
    bulking._slice(run.pk, bulking._do, now=clock.now())  # killed after its first slice
    assert "4 of 12 orders" in owner.get(f"/orders/bulk/{run.pk}", **HTMX).content.decode()
    assert unfinished_runs(now=clock.now() + timedelta(minutes=1)) == [("orders.bulk", run.pk)]
    work_on(run.pk, clock=clock.now)
    work_on(run.pk, clock=clock.now)  # a job that came twice

    run.refresh_from_db()
    assert (run.done_to, run.done) == (12, 11)
    assert Order.objects.filter(status="on_hold", hold_reason="Stock").count() == 11
    said = owner.get(f"/orders/bulk/{run.pk}", **HTMX)
    assert "done to 11" in said.content.decode()
    assert "hx-trigger" not in said.content.decode()
    assert "orders-changed" in said["HX-Trigger"]


def test_labels_for_many_are_planned_by_a_job_into_one_batch(owner, workspace, dozen, monkeypatch):
    make_means(workspace)
    from packbench.web.views import labels

    monkeypatch.setattr(labels, "AT_ONCE", 5)
    monkeypatch.setattr(bulking, "AT_ONCE", 5)
    Order.objects.filter(pk=dozen[3].pk).update(status="on_hold", held_at=NOW)

    owner.post("/orders/labels", {"matching": "tab=all"}, **HTMX)
    run = BulkRun.objects.get()
    plan_more(run.pk, clock=clock.now)
    plan_more(run.pk, clock=clock.now)
    buy_all(workspace)

    batch = Batch.objects.get()
    run.refresh_from_db()
    assert (run.done_to, run.done) == (12, 11)
    assert progress_of([batch])[batch.pk].done == 11
    assert [refused["number"] for refused in batch.refused] == ["402-03"]
    assert Shipment.objects.count() == 11
    assert f"/batches/{batch.pk}" in owner.get(f"/orders/bulk/{run.pk}", **HTMX).content.decode()


def test_another_workspaces_orders_never_match(stranger, dozen):
    assert matching(stranger, "tab=all")["count"] == 0
    stranger.post("/orders/hold", {"matching": "tab=all"}, **HTMX)
    assert Order.objects.filter(status="on_hold").count() == 0
