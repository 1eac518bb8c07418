"""An order that is missed: Amazon is asked for it, on real HTTP."""

import pytest

from packbench.channels.models import QuotaBucket, Skip
from packbench.channels.registry import open_channel
from packbench.lib import clock
from packbench.orders import jobs
from packbench.orders.inquiring import ask_amazon, unfinished_inquiries
from packbench.orders.models import Inquiry, Order
from packbench.orders.recognizing import recognize_number
from packbench.orders.refetching import refetch_order
from packbench.orders.tracing import trace_order
from tests.flows.conftest import connect, import_everything

pytestmark = pytest.mark.django_db(transaction=True)

LONG_AGO = 100 * 24 * 3600  # seconds: before any history that is imported


@pytest.fixture
def orders_per_store():
    return 1


def lost_order(sandbox, seller="europe", country="ES", **more):
    return sandbox.world.create_order(seller, country=country, age_seconds=LONG_AGO, **more).id


def ask(workspace, number):
    inquiry = ask_amazon(workspace, recognize_number(number), actor="per_x", now=clock.now())
    jobs.inquire(inquiry.pk)
    return Inquiry.objects.get(pk=inquiry.pk)


def codes(inquiry):
    return [inquiry.answers[account_id]["code"] for account_id in inquiry.account_ids]


def test_an_order_older_than_the_history_is_found_when_asked_for(sandbox):
    store = connect(sandbox)
    number = lost_order(sandbox)
    import_everything(store)
    found = trace_order(store.workspace, recognize_number(number), now=clock.now())
    assert "too_old" in [reason.code for reason in found.reasons]

    inquiry = ask(store.workspace, number)

    assert codes(inquiry) == ["saved"]
    order = Order.objects.get(external_id=number)
    assert (order.store, order.has_address) == (store, True)


def test_the_second_account_is_asked_where_the_first_does_not_know_it(sandbox):
    store = connect(sandbox)
    connect(sandbox, country="US", seller="america", workspace=store.workspace)
    number = lost_order(sandbox, "america", "US")

    inquiry = ask(store.workspace, number)

    assert sorted(codes(inquiry))[-1] == "saved"
    assert Order.objects.get(external_id=number).store.name == "Amazon US"


def test_an_unknown_order_is_known_to_nobody(sandbox):
    store = connect(sandbox)

    inquiry = ask(store.workspace, "402-0000000-0000000")

    assert codes(inquiry) == ["not_found"]
    assert inquiry.answers[store.account.pk]["request_id"]
    assert inquiry.finished_at is not None


@pytest.mark.parametrize(
    ("country", "traits", "reason"),
    [("FR", (), "no_store"), ("ES", ("afn",), "amazon_fulfilled"), ("ES", ("digital",), "digital")],
)
def test_an_order_that_is_not_ours_is_told_apart(sandbox, country, traits, reason):
    store = connect(sandbox)
    number = lost_order(sandbox, country=country, traits=list(traits))

    inquiry = ask(store.workspace, number)

    assert codes(inquiry) == ["skipped"]
    assert Skip.objects.get(external_id=number).reason == reason


def test_an_empty_quota_makes_no_call_and_the_inquiry_goes_on_later(sandbox):
    store = connect(sandbox)
    number = lost_order(sandbox)
    ask(store.workspace, "402-0000000-0000000")
    QuotaBucket.objects.filter(key__endswith=":getOrder").update(tokens=0, filled_at=clock.now())

    inquiry = ask(store.workspace, number)

    assert codes(inquiry) == ["waiting"]
    assert sandbox.stats()["calls"]["getOrder"] == 1
    assert inquiry.pk in unfinished_inquiries(now=inquiry.next_try_at)
    QuotaBucket.objects.filter(key__endswith=":getOrder").update(tokens=30)
    jobs.inquire(inquiry.pk)
    assert Order.objects.filter(external_id=number).exists()


@pytest.mark.parametrize("fault", ["429", "500", "503_html", "timeout"])
def test_an_outage_is_outlasted(sandbox, fault):
    store = connect(sandbox)
    number = lost_order(sandbox)
    sandbox.faults.arm(fault, "getOrder", count=1, seconds=0.2)

    inquiry = ask(store.workspace, number)
    QuotaBucket.objects.filter(key__endswith=":getOrder").update(tokens=30)
    if inquiry.finished_at is None:  # the client may have repeated the call by itself
        assert codes(inquiry) == ["waiting"]
        jobs.inquire(inquiry.pk)

    assert Order.objects.filter(external_id=number).exists()


def test_without_the_role_an_order_is_not_taken_for_digital(sandbox):
    sandbox.withhold = "refuse"
    store = connect(sandbox, seller="no-addresses")
    import_everything(store)
    number = lost_order(sandbox, "no-addresses")

    assert codes(ask(store.workspace, number)) == ["saved"]

    order = Order.objects.select_related("store__account__application").get(external_id=number)
    assert "missing_role" in order.problems
    account = order.store.account
    refetch_order(order, open_channel(account), now=clock.now())
    assert not Skip.objects.filter(external_id=number).exists()
