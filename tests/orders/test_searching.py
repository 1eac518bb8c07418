"""Orders are found by their buyers while nothing of them stands anywhere in clear."""

from datetime import timedelta

import pytest
from django.db import connection

from packbench.channels.base import Buyer
from packbench.orders import indexing, searching
from packbench.orders.addressing import enter_address
from packbench.orders.indexing import index_slice, keys_in_use, unindexed_workspaces
from packbench.orders.models import Order, Search, SearchBuild, SearchEntry
from packbench.orders.saving import save_orders
from packbench.orders.searching import (
    find_orders,
    find_sku,
    forget_searches,
    keep_search,
    kept_text,
)
from packbench.privacy.models import DataKey
from packbench.privacy.rotating import GRACE, follow_replaced_keys, replace_workspace_key
from packbench.shipments.erasing import erase_slice
from tests.making import (
    NOW,
    make_account,
    make_address,
    make_channel_order,
    make_item,
    make_order,
    make_store,
    make_workspace,
)
from tests.test_privacy import everything_in_the_database

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def store():
    return make_store()


def make_buyer(store, number="402-0000001-0000001", name="Xanthippe Quexwold", **changes):
    fields = {"company": "Wxyqzz GmbH", "phone": "+49 151 99417 994"} | changes
    return make_order(
        store,
        external_id=number,
        buyer=Buyer(name="Bruno Buyer", email="qx99417@marketplace.amazon.de"),
        recipient=make_address(name=name, **fields),
    )


def found(workspace, text, **options):
    workspace = type(workspace).objects.select_related("key").get(pk=workspace.pk)
    result = find_orders(workspace, text, **{"may_see_buyers": True, **options})
    assert not result.common
    rows = Order.objects.filter(pk__in=result.ids)
    return sorted(rows.values_list("external_id", flat=True))


def index_all():
    for workspace_id in unindexed_workspaces():
        while index_slice(workspace_id, most=2):
            continue


@pytest.mark.parametrize(
    "text",
    [
        "quexwold",
        "XANTHIPPE quex",
        "Bruno",
        "wxyqzz",
        "qx99417@marketplace.amazon.de",
        "0151 99417994",
        "46001",
    ],
)
def test_an_order_is_found_by_who_bought_it_and_who_gets_it(store, text):
    order = make_buyer(store)
    make_order(store, external_id="402-2", recipient=make_address(postal_code="1"))

    assert found(store.workspace, text) == [order.external_id]


def test_who_may_not_see_buyers_does_not_find_by_them(store):
    make_buyer(store)

    assert found(store.workspace, "quexwold", may_see_buyers=False) == []


def test_another_workspace_finds_nothing(store):
    make_buyer(store)

    assert found(make_workspace("Elsewhere"), "quexwold") == []


def test_no_word_of_a_buyer_is_in_the_database_and_no_two_workspaces_or_months_look_alike(store):
    make_buyer(store)
    other = make_store(make_account(make_workspace("Elsewhere"), seller_id="B2"))
    make_buyer(other)
    later = make_channel_order("402-3", recipient=make_address(name="Xanthippe Quexwold"))
    save_orders([later], {store.marketplace_id: store}, account=store.account, now=NOW + 31 * DAY)

    dump = everything_in_the_database().casefold()

    assert "quexwold" not in dump
    assert "wxyqzz" not in dump
    entries = [set(tokens) for tokens in SearchEntry.objects.values_list("tokens", flat=True)]
    assert len(entries) == 3
    assert not set.intersection(*entries)
    assert not entries[0] & entries[1] | entries[0] & entries[2] | entries[1] & entries[2]
    assert len(found(store.workspace, "quexwold")) == 2


def test_a_new_address_is_found_and_the_old_one_no_more(store):
    order = make_buyer(store)
    newer = make_channel_order(
        order.external_id,
        updated_at=NOW - timedelta(hours=1),
        recipient=make_address(name="Anna Anders", company="", phone=""),
    )
    save_orders([newer], {store.marketplace_id: store}, account=store.account, now=NOW)

    assert found(store.workspace, "anders") == [order.external_id]
    assert found(store.workspace, "quexwold") == []

    enter_address(order, make_address(name="Petra Person"), actor="test", now=NOW)
    assert found(store.workspace, "petra") == [order.external_id]


def test_erasing_leaves_nothing_to_find_an_order_by(store):
    order = make_buyer(store)
    kept = make_buyer(store, "402-2")
    Order.objects.filter(pk=order.pk).update(erase_at=NOW)

    erase_slice(now=NOW)

    assert list(SearchEntry.objects.values_list("pk", flat=True)) == [kept.pk]
    assert found(store.workspace, "quexwold") == ["402-2"]
    index_all()
    assert SearchEntry.objects.count() == 1
    assert found(store.workspace, order.external_id) == [order.external_id]


def test_orders_from_before_get_their_entries_and_the_job_may_be_killed(store):
    numbers = [f"402-{number}" for number in range(7)]
    for number in numbers:
        make_buyer(store, number)
    SearchEntry.objects.all().delete()
    SearchBuild.objects.all().delete()
    assert unindexed_workspaces() == [store.workspace_id]

    assert index_slice(store.workspace_id, most=2)
    assert unindexed_workspaces() == [store.workspace_id]  # killed here, found again
    index_all()

    assert found(store.workspace, "quexwold") == numbers
    assert unindexed_workspaces() == []


def test_a_replaced_key_makes_all_entries_anew_and_orders_are_found_meanwhile(store):
    numbers = [f"402-{number}" for number in range(5)]
    for number in numbers:
        make_buyer(store, number)
    index_all()
    before = dict(SearchEntry.objects.values_list("pk", "tokens"))
    old = store.workspace.key
    new = replace_workspace_key(store.workspace, now=NOW)
    while follow_replaced_keys(now=NOW, most=2):
        continue

    (workspace_id,) = unindexed_workspaces()
    index_slice(workspace_id, most=2)
    assert len(keys_in_use(workspace_id)) == 2
    assert found(store.workspace, "quexwold") == numbers
    index_all()
    follow_replaced_keys(now=NOW + GRACE)

    assert not DataKey.objects.get(pk=old.pk).is_alive
    assert {key_id for key_id, _ in keys_in_use(workspace_id)} == {new.pk}
    assert found(store.workspace, "quexwold") == numbers
    after = dict(SearchEntry.objects.values_list("pk", "tokens"))
    assert all(not set(before[pk]) & set(after[pk]) for pk in before)


def test_an_entry_that_a_late_worker_wrote_below_the_old_key_is_found_and_made_anew(store):
    make_buyer(store)
    index_all()
    stale = type(store.workspace).objects.select_related("key").get(pk=store.workspace_id)
    replace_workspace_key(store.workspace, now=NOW)
    follow_replaced_keys(now=NOW)
    index_all()
    order = make_buyer(store, "402-2")
    late = indexing.Indexer(stale)
    late.add(order, Order.objects.select_related("key__parent").get(pk=order.pk).key.opened())
    late.write()

    assert unindexed_workspaces() == [store.workspace_id]
    index_all()

    assert len(keys_in_use(store.workspace_id)) == 1


def test_what_is_too_common_to_list_is_looked_up_along_the_list(store, monkeypatch):
    monkeypatch.setattr(searching, "CAP", 2)
    for number in range(4):
        make_buyer(store, f"402-{number}")
    workspace = type(store.workspace).objects.select_related("key").get(pk=store.workspace_id)

    result = find_orders(workspace, "quexwold", may_see_buyers=True)

    assert result.ids == set()
    assert Order.objects.filter(result.condition).count() == 4
    ids = list(Order.objects.values_list("pk", flat=True))
    assert result.among(ids) == set(ids)
    assert result.among(ids[:1]) == {ids[0]}


def test_lines_of_one_order_do_not_hide_that_a_list_was_cut_off(store, monkeypatch):
    monkeypatch.setattr(searching, "CAP", 3)
    twice = tuple(make_item(number, sku="MUG") for number in "12")
    orders = [make_order(store, external_id=f"402-{number}", items=twice) for number in range(4)]

    result = find_sku(store.workspace, "MUG")

    assert set(Order.objects.filter(result.condition).values_list("pk", flat=True)) == {
        order.pk for order in orders
    }


def test_a_typed_text_is_kept_sealed_and_forgotten_after_a_day(store):
    workspace = type(store.workspace).objects.select_related("key").get(pk=store.workspace_id)
    kept = keep_search(workspace, "Xanthippe Quexwold", now=NOW)

    assert "Quexwold" not in everything_in_the_database()
    assert kept_text(workspace, kept.pk, now=NOW) == "Xanthippe Quexwold"
    assert kept_text(make_workspace("Elsewhere"), kept.pk, now=NOW) == ""
    assert kept_text(workspace, kept.pk, now=NOW + DAY) == ""
    assert forget_searches(now=NOW + DAY) == 1
    assert not Search.objects.exists()


def test_a_typed_text_survives_a_rotation(store):
    workspace = type(store.workspace).objects.select_related("key").get(pk=store.workspace_id)
    kept = keep_search(workspace, "Quexwold", now=NOW)
    replace_workspace_key(workspace, now=NOW)

    fresh = type(workspace).objects.select_related("key").get(pk=workspace.pk)
    assert kept_text(fresh, kept.pk, now=NOW) == "Quexwold"


def test_keys_in_use_are_found_by_steps_of_the_index_not_by_reading_all(store):
    make_buyer(store)
    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
        cursor.execute(f"explain {indexing.KEYS_IN_USE}", {"workspace": store.workspace_id})
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert "search_entry_keys" in plan
    assert "Seq Scan" not in plan
