"""The three custom fields of an order, filled as its store's settings say (SEED-39, SEED-40)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from packbench.channels.base import Buyer
from packbench.channels.models import Store
from packbench.channels.settling import OrderSettings, change_store
from packbench.orders import refilling
from packbench.orders.erasing import erase_orders
from packbench.orders.jobs import refill, sweep_refills
from packbench.orders.models import Order
from packbench.orders.refilling import refill_slots, unfinished_refills
from packbench.orders.saving import save_orders
from tests.making import JP, NOW, US, make_account, make_channel_order, make_order, make_store

pytestmark = pytest.mark.django_db

LATE = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)  # the 21st in Madrid, the 20th in New York
TELLING = {
    "seller_order_id": "INV-2026-77",
    "ship_from_at": LATE,
    "deliver_by_at": LATE + timedelta(days=3),
    "programs": ("PRIME", "AMAZON_BUSINESS"),
    "service_level": "SECOND_DAY",
    "buyer": Buyer(name="Lucía Ferrer", purchase_order_number="PO 4711/B"),
}
SOURCES = {
    "seller_order_id": "INV-2026-77",
    "order_number": "402-0000001-0000001",
    "purchase_order_number": "PO 4711/B",
    "earliest_ship_date": "2026-11-21",
    "latest_delivery_date": "2026-11-24",
    "business_order": "Business",
    "service_level": "SECOND_DAY",
}
LEVELS = (
    "EXPEDITED",
    "FREE_ECONOMY",
    "NEXT_DAY",
    "PRIORITY",
    "SAME_DAY",
    "SCHEDULED",
    "SECOND_DAY",
    "STANDARD",
)


def choose(store, *sources):
    settings = OrderSettings(store.has_amazon_fulfilled, store.history_days, list(sources))
    change_store(store, settings, actor="test", now=NOW)


def make_slotted(*sources, **changes):
    store = make_store()
    choose(store, *sources)
    return make_order(store, **changes)


def slots(order):
    row = Order.objects.get(pk=order.pk)
    return [row.custom_field1, row.custom_field2, row.custom_field3]


def jobs():
    """The names of the jobs that wait."""
    with connection.cursor() as cursor:
        cursor.execute("select task_name from procrastinate_jobs where task_name like 'orders.re%'")
        return [name for (name,) in cursor.fetchall()]


def refill_again(store):
    Store.objects.filter(pk=store.pk).update(slots_filled_to="")
    refill_slots(store.pk)


def test_there_are_seven_sources():
    assert set(SOURCES) == set(Store.CustomField.values)


@pytest.mark.parametrize(("source", "value"), SOURCES.items())
@pytest.mark.parametrize("place", range(3))
def test_each_source_fills_each_field(source, value, place):
    chosen = ["", "", ""]
    chosen[place] = source

    order = make_slotted(*chosen, **TELLING)

    wanted = ["", "", ""]
    wanted[place] = value
    assert slots(order) == wanted


@pytest.mark.parametrize("source", sorted(set(SOURCES) - {"order_number", "service_level"}))
def test_what_the_store_does_not_say_stays_empty(source):
    order = make_slotted(source, deliver_by_at=None)

    assert slots(order) == ["", "", ""]


@pytest.mark.parametrize("level", LEVELS)
def test_each_service_level_is_kept_in_amazons_word(level):
    assert slots(make_slotted("service_level", service_level=level)) == [level, "", ""]


@pytest.mark.parametrize(("region", "market", "day"), [("na", US, "20"), ("fe", JP, "21")])
def test_days_are_those_of_the_marketplace(region, market, day):
    account = make_account(region=region, marketplace_ids=(market,))
    store = make_store(account, market, "There")
    choose(store, "earliest_ship_date")

    assert slots(make_order(store, **TELLING))[0] == f"2026-11-{day}"


def test_a_changed_order_is_filled_anew():
    order = make_slotted("service_level", "purchase_order_number")
    changed = make_channel_order(
        order.external_id, **TELLING | {"updated_at": NOW, "service_level": "NEXT_DAY"}
    )

    save_orders(
        [changed], {changed.marketplace_id: order.store}, account=order.store.account, now=NOW
    )

    assert slots(order) == ["NEXT_DAY", "PO 4711/B", ""]


def test_an_odd_value_is_cut_to_the_column():
    order = make_slotted(
        "purchase_order_number", buyer=Buyer(purchase_order_number="\0" + "9" * 300)
    )

    assert slots(order)[0] == "9" * 100


def test_choosing_other_sources_fills_the_orders_that_are_here():
    store = make_store()
    order = make_order(store, **TELLING)
    assert slots(order) == ["", "", ""]

    choose(store, "purchase_order_number", "", "business_order")
    assert jobs() == ["orders.refill_slots"]
    refill(store_id=store.pk)
    assert slots(order) == ["PO 4711/B", "", "Business"]

    choose(store, "", "order_number")
    refill(store_id=store.pk)
    assert slots(order) == ["", order.external_id, ""]


def test_other_stores_are_left_alone():
    account = make_account(marketplace_ids=(US, JP), region="na")
    store = make_store(account, US, "US")
    other = make_order(make_store(make_account(seller_id="A3")), external_id="402-9", **TELLING)

    choose(store, "order_number")
    refill_slots(store.pk)

    assert slots(other) == ["", "", ""]


def test_an_erased_buyer_leaves_nothing_in_a_field():
    store = make_store()
    orders = [make_order(store, external_id=f"402-{n}", **TELLING) for n in range(2)]
    erase_orders([orders[0].pk], now=NOW)

    choose(store, "purchase_order_number", "order_number")
    refill_slots(store.pk)

    assert [slots(order) for order in orders] == [["", "402-0", ""], ["PO 4711/B", "402-1", ""]]


def test_erasing_empties_the_field_and_no_later_import_fills_it():
    order = make_slotted("purchase_order_number", "order_number", **TELLING)

    erase_orders([order.pk], now=NOW)
    assert slots(order) == ["", order.external_id, ""]

    again = make_channel_order(order.external_id, **TELLING | {"updated_at": NOW})
    save_orders([again], {again.marketplace_id: order.store}, account=order.store.account, now=NOW)
    refill_again(order.store)
    assert slots(order) == ["", order.external_id, ""]


def test_many_orders_are_filled_slice_by_slice(monkeypatch):
    monkeypatch.setattr(refilling, "AT_ONCE", 2)
    store = make_store()
    orders = [make_order(store, external_id=f"402-{n}") for n in range(5)]
    choose(store, "order_number")

    filled = []
    for _ in range(4):  # the last finds nothing more to do
        refill_slots(store.pk)
        filled.append(sum(slots(order)[0] != "" for order in orders))

    assert filled == [2, 4, 5, 5]
    assert [slots(order)[0] for order in orders] == [order.external_id for order in orders]


def test_what_was_left_behind_is_found_and_goes_on(monkeypatch):
    monkeypatch.setattr(refilling, "AT_ONCE", 2)
    store = make_store()
    orders = [make_order(store, external_id=f"402-{n}") for n in range(3)]
    choose(store, "order_number")
    refill_slots(store.pk)
    assert unfinished_refills() == [("orders.refill_slots", store.pk)]

    with connection.cursor() as cursor:
        cursor.execute("delete from procrastinate_jobs")  # all of them got lost
    sweep_refills(timestamp=0)
    assert jobs() == ["orders.refill_slots"]
    refill(store_id=store.pk)

    assert all(slots(order)[0] for order in orders)
    assert unfinished_refills() == []


def test_another_choice_on_the_way_begins_anew(monkeypatch):
    monkeypatch.setattr(refilling, "AT_ONCE", 2)
    store = make_store()
    orders = [make_order(store, external_id=f"402-{n}", **TELLING) for n in range(3)]
    choose(store, "order_number")
    refill_slots(store.pk)

    choose(store, "business_order")
    while unfinished_refills():
        refill_slots(store.pk)

    assert {slots(order)[0] for order in orders} == {"Business"}


def test_an_import_that_began_before_the_choice_fills_by_the_choice():
    old = make_store()  # as an import has it in memory
    choose(Store.objects.get(), "order_number")

    order = make_order(old)

    assert slots(order) == [order.external_id, "", ""]
