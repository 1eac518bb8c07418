"""Once a day the orders are counted again: what the imports missed is found and fetched."""

from datetime import timedelta

import pytest

from packbench.channels.leads import Lead, Survey
from packbench.channels.models import SellerAccount
from packbench.events.models import Event
from packbench.orders.enumerating import place_recounts
from packbench.orders.models import Order
from tests.proofs.backlog import HOURS

pytestmark = pytest.mark.django_db


def recount(shop):
    """A day later, in which the polls went on."""
    place_recounts(now=shop.now)  # a new account is counted a day after it came
    shop.pass_time(25 * HOURS)
    SellerAccount.objects.update(next_import_at=shop.now)
    shop.work()
    assert place_recounts(now=shop.now) == 1
    shop.work_until(lambda: not Survey.objects.open().exists() and not Lead.objects.exists())
    return Survey.objects.get(purpose=Survey.Purpose.RECOUNT)


def missed_order(shop, **more):
    order = shop.sandbox.world.create_order("europe", country="ES", **more)
    shop.sandbox.hide_order(order.id)
    return order.id


def test_a_missed_order_is_found_and_fetched_for_no_page_at_all(shop):
    missed = missed_order(shop)
    pages = shop.calls("searchOrders")

    survey = recount(shop)

    assert survey.missing_count == 1
    assert Order.objects.filter(external_id=missed).exists()
    assert shop.calls("searchOrders") == pages + 1  # the day's one poll of this test
    event = Event.objects.get(name="orders.missed")
    assert (event.data["count"], event.data["account_id"]) == (1, shop.account.pk)


def test_where_nothing_is_missing_nothing_is_fetched(shop):
    before = shop.calls("getOrder")

    survey = recount(shop)

    assert (survey.outcome, survey.missing_count) == (Survey.Outcome.READ, 0)
    assert survey.listed_count > 0
    assert shop.calls("getOrder") == before
    assert not Event.objects.filter(name="orders.missed").exists()


def test_a_missed_change_is_found(shop):
    order = Order.objects.filter(store__name="Amazon ES", status="awaiting_shipment").first()
    shop.sandbox.cancel_order(order.external_id)
    shop.sandbox.hide_order(order.external_id)

    recount(shop)

    order.refresh_from_db()
    assert order.status == "cancelled"


def test_without_reports_it_is_counted_by_searches_that_ask_for_no_data(shop):
    deny = {"status": 403, "code": "Unauthorized", "message": "Access is denied."}
    shop.sandbox.faults.arm("refused", "createReport", count=9, **deny)

    survey = recount(shop)

    assert (survey.way, survey.outcome) == (Survey.Way.SEARCH, Survey.Outcome.READ)
    assert survey.missing_count == 0


@pytest.mark.parametrize("fault", ["500", "bad_json", "lost_answer"])
@pytest.mark.parametrize("operation", ["createReport", "getReport", "getReportDocument"])
def test_an_outage_delays_it_and_nothing_more(shop, fault, operation):
    missed = missed_order(shop)
    shop.sandbox.faults.arm(fault, operation, count=2)

    survey = recount(shop)

    assert survey.outcome == Survey.Outcome.READ
    assert Order.objects.filter(external_id=missed).exists()


def test_a_download_that_fails_is_fetched_again(shop):
    shop.sandbox.faults.arm("cut", "downloadDocument", count=1)

    assert recount(shop).outcome == Survey.Outcome.READ


def test_it_is_placed_once_a_day_however_many_ask(shop):
    recount(shop)

    assert place_recounts(now=shop.now) == 0
    assert place_recounts(now=shop.now + timedelta(hours=26)) == 1
    assert place_recounts(now=shop.now + timedelta(hours=26)) == 0
