"""Checks of addresses on orders: found while importing, waived, mended, judged by the store."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from packbench.channels.models import Store
from packbench.channels.settling import AddressSettings, change_store
from packbench.events.models import Event
from packbench.lib.postal.findings import BLOCKING, Check
from packbench.orders.addressing import enter_address, restore_address
from packbench.orders.checking import check_unchecked, has_unchecked, judge_again
from packbench.orders.models import Order, Status
from packbench.orders.saving import save_orders
from packbench.orders.waiving import waive_problem
from packbench.privacy.models import DataKey
from packbench.shipments.planning import CannotPlan, plan_shipment
from tests.making import (
    NOW,
    make_account,
    make_address,
    make_channel_order,
    make_means,
    make_order,
    make_store,
)

pytestmark = pytest.mark.django_db

NO_NUMBER = make_address(line1="Calle de la Luna")
NO_CODE = make_address(postal_code="")
CANARY = make_address(city="Las Palmas", state="Las Palmas", postal_code="35001")


@pytest.fixture
def store(db):
    return make_store(make_account())


def again(order):
    return Order.objects.get(pk=order.pk)


def come(store, *, minutes, **changes):
    """The order comes once more, changed at the store."""
    newer = make_channel_order(updated_at=NOW + timedelta(minutes=minutes), **changes)
    save_orders([newer], {store.marketplace_id: store}, account=store.account, now=NOW)
    return Order.objects.get(store=store, external_id=newer.external_id)


def choose(store, *checks, romanizes=False):
    settings = AddressSettings(address_checks=list(checks), romanizes=romanizes)
    change_store(store, settings, actor="test", now=NOW)
    judge_again(store.pk, now=NOW)


def test_a_good_address_says_nothing(store):
    order = make_order(store)

    assert (order.address_findings, order.address_stops, order.problems) == ([], [], [])
    assert not order.is_address_unchecked


def test_a_doubtful_address_waits_for_a_person(store):
    order = make_order(store, recipient=NO_NUMBER)

    assert order.address_findings == order.address_stops == ["no_house_number"]
    assert order.problems == ["address_doubtful"]
    with pytest.raises(CannotPlan, match="address_doubtful"):
        plan_shipment(order, make_means(store.workspace), batch=None, actor="test", now=NOW)


def test_a_missing_part_is_a_missing_address(store):
    order = make_order(store, recipient=NO_CODE)

    assert order.problems == ["missing_address"]
    assert order.address_stops == ["missing_postal_code"]


def test_what_is_only_good_to_know_stops_nothing(store):
    order = make_order(store, recipient=CANARY)

    assert order.address_findings == ["region_canary"]
    assert order.problems == []


def test_a_person_ships_all_the_same(store):
    order = make_order(store, recipient=NO_NUMBER)

    waive_problem(order, "address_doubtful", actor="test", now=NOW)
    waive_problem(order, "address_doubtful", actor="test", now=NOW)

    assert again(order).can_ship
    assert again(order).address_findings == ["no_house_number"]
    assert Event.objects.filter(name="order.waived").count() == 1


def test_a_missing_part_cannot_be_waived(store):
    order = make_order(store, recipient=NO_CODE)

    with pytest.raises(Exception, match="cannot be waived"):
        waive_problem(order, "missing_address", actor="test", now=NOW)


def test_what_was_waived_stays_so_until_there_is_another_doubt(store):
    order = make_order(store, recipient=NO_NUMBER)
    waive_problem(order, "address_doubtful", actor="test", now=NOW)

    assert come(store, minutes=1, recipient=NO_NUMBER).problems == []
    other = come(store, minutes=2, recipient=replace(NO_NUMBER, postal_code="28001"))
    assert other.problems == ["address_doubtful"]
    assert "address_doubtful" not in other.waived


def test_an_address_that_is_mended_at_the_store_is_ready(store):
    make_order(store, recipient=NO_NUMBER)

    order = come(store, minutes=1, recipient=make_address())

    assert (order.problems, order.address_findings, order.status) == (
        [],
        [],
        Status.AWAITING_SHIPMENT,
    )


def test_an_address_entered_here_is_checked_and_the_stores_when_it_counts_again(store):
    order = make_order(store, recipient=NO_NUMBER)

    enter_address(order, make_address(), actor="test", now=NOW)
    assert again(order).problems == []
    assert come(store, minutes=1, recipient=NO_NUMBER).address_findings == []

    restore_address(order, actor="test", now=NOW)
    assert again(order).problems == ["address_doubtful"]


def test_a_store_says_what_counts_and_its_open_orders_follow(store):
    doubtful = make_order(store, recipient=NO_NUMBER)
    remote = make_order(store, recipient=CANARY, external_id="402-2")

    choose(store, Check.REMOTE)

    assert again(doubtful).problems == []
    assert again(doubtful).address_findings == ["no_house_number"]
    assert again(remote).problems == ["address_doubtful"]
    assert Event.objects.get(name="order.doubted").order_id == remote.pk
    assert Store.objects.get(pk=store.pk).addresses_judged_to is None

    choose(store, *BLOCKING)
    assert again(doubtful).problems == ["address_doubtful"]
    assert again(remote).problems == []


def test_orders_that_come_in_follow_their_stores_choice(store):
    choose(store)

    assert make_order(store, recipient=NO_CODE).problems == []


def test_orders_from_before_are_checked_by_a_job_and_only_open_ones_are_touched(store):
    doubtful = make_order(store, recipient=NO_NUMBER)
    shipped = make_order(store, recipient=NO_NUMBER, external_id="402-2")
    erased = make_order(store, recipient=NO_NUMBER, external_id="402-3")
    rows = Order.objects.filter(store=store)
    rows.update(
        is_address_unchecked=True,
        address_findings=[],
        address_stops=[],
        problems=[],
        has_problems=False,
    )
    Order.objects.filter(pk=shipped.pk).update(status=Status.SHIPPED)
    DataKey.destroy([erased.key_id], now=NOW)

    assert check_unchecked(now=NOW) == 3
    assert check_unchecked(now=NOW) == 0

    assert again(doubtful).problems == ["address_doubtful"]
    assert again(doubtful).has_problems
    assert again(shipped).address_findings == []
    assert again(erased).address_findings == []
    assert not has_unchecked()


def test_what_is_stored_of_a_check_holds_nothing_of_the_buyer(store):
    order = make_order(store, recipient=make_address(name="Xanthippe Quexwold", line1="Quexwold"))

    row = Order.objects.filter(pk=order.pk).values_list("address_findings", "address_stops").get()
    assert "uexwold" not in str(row)
    assert "uexwold" not in str(list(Event.objects.values()))
