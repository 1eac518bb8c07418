"""Refused confirmations are told of together, at most once an hour."""

from datetime import timedelta

import pytest

from packbench.accounts.models import Mail
from packbench.channels.models import Store
from packbench.events.recording import record
from packbench.shipments.digesting import tell_of_refused
from tests.making import DE, NOW, make_account, make_member, make_store
from tests.posting import MailServer, send_all, use

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def post(settings):
    with MailServer() as server:
        yield use(server, settings)


@pytest.fixture
def store(db):
    return make_store(make_account(make_member().workspace))


def refuse(store, *orders, at=NOW):
    for order in orders:
        record(
            "notice.failed",
            store.workspace_id,
            actor="packbench",
            now=at,
            store_id=store.pk,
            order_id=order,
        )


def test_what_was_refused_is_counted_by_store_in_one_mail(post, store):
    other = make_store(store.account, DE, "Amazon DE")
    refuse(store, "ord_1", "ord_2", "ord_2")
    refuse(other, "ord_3")

    tell_of_refused(now=NOW)
    send_all(NOW)

    [(_, subject, plain, _)] = post.texts()
    assert subject.startswith("Amazon refused confirmations of parcels: 3")
    assert "Amazon ES: 2" in plain
    assert "Amazon DE: 1" in plain
    assert "/shipments?notice=refused" in plain


def test_there_is_at_most_one_an_hour_and_nothing_is_told_twice(post, store):
    told = []
    for minutes in range(0, 180, 10):
        now = NOW + minutes * MINUTE
        if minutes in (0, 10, 50):
            refuse(store, f"ord_{minutes}", at=now)
        told.append(tell_of_refused(now=now))

    assert [at * 10 for at, count in enumerate(told) if count] == [0, 60]
    counts = Mail.objects.order_by("created_at").values_list("subject__values__count", flat=True)
    assert list(counts) == ["1", "2"]


def test_a_store_that_does_not_want_it_is_left_out(post, store):
    Store.objects.update(notifications=["authorization"])
    refuse(store, "ord_1")

    assert tell_of_refused(now=NOW) == 0


def test_another_workspace_hears_nothing_of_it(post, store):
    make_member(email="otto@example.com")
    refuse(store, "ord_1")

    assert tell_of_refused(now=NOW) == 1
    assert Mail.objects.get().person.email == "ines@example.com"
