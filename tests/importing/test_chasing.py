"""Orders that are known by number: fetched once each, whoever dies, whatever Amazon says."""

from datetime import timedelta

import pytest

from packbench.channels.connecting import add_store
from packbench.channels.leads import Lead, Survey
from packbench.channels.models import SellerAccount, Skip
from packbench.channels.settling import pause_store
from packbench.lib.marketplaces import by_country
from packbench.orders import chasing
from packbench.orders.chasing import chase_orders, note_leads
from packbench.orders.models import Order
from packbench_sandbox.world.sellers import INSIGHTS
from tests.proofs.backlog import HOURS, MINUTES, START, best_seconds, connect

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """What a worker does not survive."""


def hidden_order(shop, **more):
    """An order that searches do not show."""
    order = shop.sandbox.world.create_order("europe", country="ES", **more)
    shop.sandbox.hide_order(order.id)
    return order.id


def lead(shop, *numbers, why=Lead.Why.GAP):
    note_leads(shop.account, dict.fromkeys(numbers, shop.now), why=why, now=shop.now)


def chase(shop):
    return chase_orders(shop._fresh(), shop.channel, clock=shop.clock)


def is_here(number):
    return Order.objects.filter(external_id=number).exists()


def test_a_new_order_is_on_the_desk_within_one_poll(shop):
    shop.work_until(lambda: shop.account.next_import_at > shop.now)
    shop.sandbox.world.create_order("europe", country="DE")
    order = shop.sandbox.world.create_order("europe", country="ES").id

    shop.pass_time(2 * MINUTES)  # so long Amazon hides it from searches
    seconds = shop.work_until(lambda: is_here(order))

    assert seconds <= 4 * MINUTES
    assert shop.throttled() == 0


def test_an_order_known_by_number_is_fetched_once(shop):
    number = hidden_order(shop)
    lead(shop, number)
    lead(shop, number)

    before = shop.calls("getOrder")
    shop.work_until(lambda: is_here(number))
    chase(shop)

    assert shop.calls("getOrder") == before + 1
    assert not Lead.objects.exists()


def test_an_order_that_amazon_does_not_know_is_dropped(shop):
    lead(shop, "402-0000000-0000000")

    chase(shop)

    assert not Lead.objects.exists()
    assert not Skip.objects.filter(external_id="402-0000000-0000000").exists()


def test_a_worker_killed_before_saving_loses_nothing(shop, monkeypatch):
    numbers = [hidden_order(shop) for _ in range(3)]
    lead(shop, *numbers)

    def die(*_, **__):
        raise Killed

    with monkeypatch.context() as broken:
        broken.setattr(chasing, "save_orders", die)
        broken.setattr(chasing._Chase, "_give_back", lambda *_: None)  # nothing tidies up
        with pytest.raises(Killed):
            chase(shop)
    assert chase(shop) == 0  # the dead worker's claim still holds
    shop.pass_time(3 * MINUTES)

    assert chase(shop) == 3
    assert all(is_here(number) for number in numbers)
    assert Order.objects.filter(external_id__in=numbers).count() == 3


def test_what_is_announced_while_it_is_fetched_is_fetched_again(shop):
    number = hidden_order(shop)
    lead(shop, number)

    class Meanwhile:
        def fetch_order(self, order_id):
            order = shop.channel.fetch_order(order_id)
            shop.pass_time(1)
            lead(shop, order_id, why=Lead.Why.HINT)
            return order

    chase_orders(shop._fresh(), Meanwhile(), clock=shop.clock)

    assert is_here(number)
    assert Lead.objects.get().why == Lead.Why.HINT


@pytest.mark.parametrize("fault", ["429", "500", "bad_json"])
def test_a_fault_of_amazons_puts_it_off_and_nothing_more(shop, fault):
    number = hidden_order(shop)
    lead(shop, number)
    shop.sandbox.faults.arm(fault, "getOrder", count=1)

    chase(shop)
    assert Lead.objects.count() == 1
    shop.pass_time(10 * MINUTES)
    chase(shop)

    assert is_here(number)


def test_an_order_that_cannot_be_read_keeps_no_other_from_coming(shop):
    broken, good = hidden_order(shop), hidden_order(shop)
    lead(shop, broken, good)
    shop.sandbox.faults.arm("bad_json", "getOrder", order_id=broken, count=100)

    for _ in range(chasing.MOST_TRIES):
        chase(shop)
        shop.pass_time(24 * HOURS)

    assert is_here(good)
    assert not Lead.objects.exists()
    assert Skip.objects.get(external_id=broken).reason == Skip.Reason.UNREADABLE


def test_an_order_of_a_paused_store_is_left_to_its_resumption(shop):
    number = hidden_order(shop)
    store = shop.account.stores.get(name="Amazon ES")
    pause_store(store, actor="test", now=shop.now)
    lead(shop, number)

    chase(shop)

    assert not is_here(number)
    assert not Skip.objects.filter(external_id=number).exists()


def test_without_the_role_it_rests_for_an_hour(shop):
    lead(shop, hidden_order(shop))
    shop.sandbox.set_roles("europe", [INSIGHTS])

    chase(shop)

    assert Lead.objects.exists()
    assert not SellerAccount.objects.due_for_leads(shop.now + timedelta(minutes=50)).exists()
    assert SellerAccount.objects.due_for_leads(shop.now + timedelta(minutes=61)).exists()


def long_history(sandbox, orders=120):
    """An account whose buckets are empty: what it has cannot be read in one go."""
    for _ in range(orders):
        sandbox.world.create_order("europe", country="ES", age_seconds=30 * HOURS)
    shop = connect(sandbox, ("ES", "DE"), seller="europe")
    shop.empty_buckets()
    return shop


def test_a_report_names_the_orders_that_getorder_fetches_beside_the_pages(sandbox):
    shop = long_history(sandbox, 200)
    seconds = shop.work_until(shop.is_read)

    survey = Survey.objects.earliest("until")
    assert (survey.outcome, survey.listed_count > 200) == (Survey.Outcome.READ, True)
    assert shop.calls("getOrder") > 50
    assert seconds < best_seconds(300, is_empty=True) + 180
    assert shop.sold(until=START - timedelta(hours=1)) <= shop.known()
    assert not Lead.objects.exists()


def test_what_waits_for_a_parcel_comes_first(sandbox):
    shop = long_history(sandbox)

    def waiting():
        orders = shop.sandbox.world.orders("europe", status="UNSHIPPED")
        wanted = {order.id for order in orders if order.is_merchant_fulfilled}
        return wanted & shop.sold(until=START - timedelta(hours=1)) - shop.known()

    shop.work_until(lambda: not waiting())
    assert not shop.is_read()
    shipped = Order.objects.filter(status="shipped").count()
    assert shipped < 10


def test_a_survey_whose_worker_died_is_gone_on_with(sandbox, monkeypatch):
    shop = long_history(sandbox)
    shop.work()
    shop.pass_time(10)

    def die(*_):
        raise Killed

    with monkeypatch.context() as broken:
        broken.setattr(type(shop.channel), "ask_report", die)
        with pytest.raises(Killed):
            shop.work()
    shop.work_until(shop.is_read)

    assert Survey.objects.earliest("until").outcome == Survey.Outcome.READ
    assert len(shop.sandbox.ledger.entries("report.asked")) == 1


def test_where_no_report_comes_the_pages_bring_all(sandbox):
    shop = long_history(sandbox)
    shop.sandbox.faults.arm(
        "refused", "createReport", count=9, status=403, code="Unauthorized", message="Denied."
    )

    shop.work_until(shop.is_read)

    assert Survey.objects.earliest("until").outcome == Survey.Outcome.DENIED
    assert shop.calls("getOrder") == 0
    assert shop.sold(until=START - timedelta(minutes=5)) <= shop.known()


def test_a_second_stores_latest_orders_are_not_lost_between_report_and_poll(sandbox):
    shop = connect(sandbox, ("ES",), seller="europe")
    shop.work_until(shop.is_read)
    shop.work_until(lambda: shop.account.next_import_at > shop.now)
    for age in (*([30 * HOURS] * 120), 10 * MINUTES):  # no report is as young as the last
        latest = sandbox.world.create_order("europe", country="DE", age_seconds=age).id

    shop.account.marketplace_ids = [by_country(country).id for country in ("ES", "DE")]
    add_store(shop.account, by_country("DE").id, name="DE", actor="test", now=shop.now)
    shop.empty_buckets()
    shop.work_until(shop.is_read)
    shop.work_until(shop.is_polled)

    assert is_here(latest)
    assert shop.sold() <= shop.known()
