"""Confirmations that are stuck while their ship-by time comes near: told of in time, and once."""

from datetime import timedelta

import pytest

from packbench.channels.models import Store
from packbench.events.models import Event
from packbench.shipments.models import Notice
from packbench.shipments.warning import warn_of_late
from tests.making import NOW, make_account, make_member, make_order, make_store
from tests.posting import MailServer, send_all, use
from tests.shipments.faking import FakeCarrier
from tests.shipments.test_buying import ready

pytestmark = pytest.mark.django_db
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def post(settings):
    with MailServer() as server:
        yield use(server, settings)


@pytest.fixture
def store(db):
    return make_store(make_account(make_member().workspace))


def stuck(store, number, *, due_in, **changes):
    """A label whose notice Amazon has not accepted, due so soon."""
    from packbench.shipments.buying import buy_label

    order = make_order(store, external_id=number, ship_by_at=NOW + due_in)
    buy_label(ready(order), FakeCarrier(), now=NOW - HOUR)
    notice = Notice.objects.get(order=order)
    Notice.objects.filter(pk=notice.pk).update(created_at=NOW - HOUR, **changes)
    return notice


def test_what_is_refused_throttled_or_waiting_is_told_of_four_hours_before(post, store):
    stuck(store, "402-1", due_in=3 * HOUR, status="failed")
    stuck(store, "402-2", due_in=2 * HOUR, status="throttled", next_try_at=NOW + MINUTE)
    stuck(store, "402-3", due_in=1 * HOUR)
    stuck(store, "402-4", due_in=5 * HOUR, status="failed")

    assert warn_of_late(now=NOW) == 3
    send_all(NOW)

    [(_, subject, plain, _)] = post.texts()
    assert subject.startswith("Amazon has not accepted parcels that must leave soon: 3")
    assert "Amazon ES: 3" in plain
    assert "/shipments/outbox?show=near" in plain
    assert Event.objects.filter(name="notice.endangered").count() == 3


def test_each_is_told_of_once_and_never_two_mails_within_half_an_hour(post, store):
    stuck(store, "402-1", due_in=1 * HOUR)
    assert warn_of_late(now=NOW) == 1
    stuck(store, "402-2", due_in=1 * HOUR)

    assert warn_of_late(now=NOW + 10 * MINUTE) == 0
    assert warn_of_late(now=NOW + 31 * MINUTE) == 1
    assert warn_of_late(now=NOW + 62 * MINUTE) == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "accepted"},
        {"status": "not_required"},
        {"awaits_scan": True, "next_try_at": NOW + 10 * MINUTE},  # the guard sees to it
        {"created_at": NOW - MINUTE},  # it is on its way
    ],
)
def test_what_is_not_stuck_is_not_told_of(post, store, changes):
    notice = stuck(store, "402-1", due_in=1 * HOUR)
    Notice.objects.filter(pk=notice.pk).update(**changes)

    assert warn_of_late(now=NOW) == 0


def test_a_store_that_wants_no_mail_is_marked_without_one(post, store):
    Store.objects.filter(pk=store.pk).update(notifications=[])
    stuck(store, "402-1", due_in=1 * HOUR)

    assert warn_of_late(now=NOW) == 1
    send_all(NOW)

    assert post.texts() == []
    assert Event.objects.filter(name="notice.endangered").exists()
