"""Linked shops hear of each parcel once: through faults, kills, corrections and voids."""

import itertools
import json
from datetime import timedelta

import pytest

from packbench.channels.models import Store
from packbench.events.models import Event
from packbench.lib.errors import Rejected
from packbench.shipments import jobs
from packbench.shipments.buying import buy_label
from packbench.shipments.correcting import Correction, correct_parcel
from packbench.shipments.forwarding import forward_again, send_due_forwards, stop_forward
from packbench.shipments.linking import GivenLink, check_link, open_linked, remove_link, save_link
from packbench.shipments.models import Forward, StoreLink
from packbench.shipments.scanning import record_scan
from packbench.shipments.voiding import void_label
from tests.connectors.linked.receiving import (
    BigCommerceShop,
    CustomStore,
    WebhookReceiver,
    serving,
)
from tests.making import NOW, make_item, make_order, make_store
from tests.shipments.faking import FakeCarrier
from tests.shipments.test_buying import fresh, ready

pytestmark = pytest.mark.django_db
Status = Forward.Status
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def beside_the_sandbox(settings):
    """This machine is reached only where Amazon is played."""
    settings.SANDBOX_URL = "http://127.0.0.1:9"


@pytest.fixture
def store():
    return make_store()


@pytest.fixture
def receiver(store):
    with serving(WebhookReceiver()) as shop:
        shop.secrets = [link(store, kind="webhook", url=shop.url)]
        yield shop


def link(store, **given):
    return save_link(store, GivenLink(**given), actor="test", now=NOW)


def labeled(store, carrier=None, **changes):
    shipment = ready(make_order(store, **changes))
    buy_label(shipment, carrier or FakeCarrier(), now=NOW)
    return fresh(shipment)


def send(at=NOW):
    row = StoreLink.objects.select_related("workspace__key").get()
    return send_due_forwards(row, open_linked(row), clock=lambda: at)


def numbers(receiver):
    return [said["tracking_number"] for said in receiver.ledger.values()]


def test_a_linked_webhook_hears_of_each_parcel_and_of_nothing_before_it(store):
    labeled(store, external_id="1")
    with serving(WebhookReceiver()) as shop:
        shop.secrets = [link(store, kind="webhook", url=shop.url)]
        labeled(store, external_id="2")

        send()
        send()

    assert [said["order_number"] for said in shop.ledger.values()] == ["2"]
    assert Event.objects.filter(name="forward.accepted").count() == 1


def test_nothing_of_the_buyer_leaves(store, receiver):
    labeled(store)

    send()

    sent = json.dumps([receiver.calls, list(Forward.objects.values("sent"))])
    for secret in ("Lucía", "Ferrer", "Calle", "Valencia", "marketplace.amazon"):
        assert secret not in sent


def test_faults_and_lost_answers_tell_each_parcel_exactly_once(store, receiver):
    for number in range(6):
        labeled(store, external_id=str(number))
    receiver.failures = [500, "lost", "cut", None, 503, "lost", "cut", 429, "lost"]

    for hour in range(8):
        send(NOW + hour * HOUR)

    assert sorted(said["order_number"] for said in receiver.ledger.values()) == list("012345")
    assert receiver.repeats == 3
    assert set(Forward.objects.values_list("status", flat=True)) == {Status.ACCEPTED}


def test_a_worker_killed_at_any_moment_tells_each_parcel_exactly_once(store, receiver, monkeypatch):
    """Dies before the call, after it, and before the answer is written down."""
    for number in range(3):
        labeled(store, external_id=str(number))
    row = StoreLink.objects.select_related("workspace__key").get()
    shop, deaths = open_linked(row), itertools.cycle(["before", "after", ""])

    class Dying:
        def tell(self, parcel):
            death = next(deaths)
            if death == "before":
                raise KeyboardInterrupt
            shop.tell(parcel)
            if death == "after":
                raise KeyboardInterrupt
            return ""

    for hour in range(12):
        try:
            send_due_forwards(row, Dying(), clock=lambda at=NOW + hour * HOUR: at)
        except KeyboardInterrupt:
            continue

    assert sorted(said["order_number"] for said in receiver.ledger.values()) == list("012")
    assert receiver.repeats > 0
    assert set(Forward.objects.values_list("status", flat=True)) == {Status.ACCEPTED}


def test_what_the_shop_refuses_waits_for_a_person(store, receiver):
    labeled(store)
    receiver.failures = [403]
    send()
    forward = Forward.objects.get()
    assert (forward.status, forward.problem["code"]) == (Status.FAILED, "bad_secret")

    assert forward_again(store.workspace, [forward.pk], now=NOW) == 1
    send()

    assert Forward.objects.get().status == Status.ACCEPTED


def test_a_shop_that_is_out_of_order_for_days_is_given_up_and_said(store, receiver):
    labeled(store)
    receiver.failures = [500] * 100

    for hour in range(0, 24 * 7, 1):
        send(NOW + hour * HOUR)

    assert Forward.objects.get().status == Status.FAILED
    assert len(receiver.calls) == 20
    assert Event.objects.filter(name="forward.failed").count() == 1


def test_a_shop_that_asks_to_wait_is_left_alone_so_long(store, receiver):
    labeled(store)
    receiver.headers, receiver.failures = {"Retry-After": "90"}, [429]

    assert send() == 90
    send(NOW + timedelta(seconds=89))
    assert receiver.ledger == {}
    send(NOW + timedelta(seconds=90))

    assert len(receiver.ledger) == 1


def test_a_correction_is_another_message(store, receiver):
    shipment = labeled(store)
    send()

    correct_parcel(shipment, Correction("NEW1", "DHL"), actor="test", now=NOW)
    send()

    first, last = receiver.ledger.values()
    assert (first["type"], last["type"]) == ("shipment.shipped", "shipment.corrected")
    assert last["tracking_number"] == "NEW1"
    assert last["shipment_id"] == first["shipment_id"]


def test_a_voided_parcel_is_replaced_by_the_next_one(store, receiver):
    carrier = FakeCarrier()
    order = make_order(store)
    shipment = ready(order)
    buy_label(shipment, carrier, now=NOW)
    send()

    void_label(fresh(shipment), carrier, actor="test", now=NOW)
    again = ready(order)
    buy_label(again, carrier, now=NOW)
    send()

    [_, last] = receiver.ledger.values()
    assert (last["type"], last["shipment_id"]) == ("shipment.corrected", again.pk)
    assert Forward.objects.count() == 1


def test_a_parcel_voided_before_it_was_told_is_told_to_nobody(store, receiver):
    carrier = FakeCarrier()
    shipment = labeled(store, carrier)

    void_label(shipment, carrier, actor="test", now=NOW)
    send()

    assert receiver.ledger == {}


def test_with_first_scan_the_shop_hears_at_the_scan_as_amazon_does(store, receiver):
    Store.objects.update(feedback=Store.Feedback.FIRST_SCAN)
    store.refresh_from_db()
    shipment = labeled(store)

    send()
    assert receiver.ledger == {}
    record_scan(shipment, at=NOW, code="AC", actor="test", now=NOW)
    send()

    assert len(receiver.ledger) == 1


def test_a_store_that_tells_amazon_nothing_tells_its_linked_shop(store, receiver):
    Store.objects.update(feedback=Store.Feedback.NONE)
    store.refresh_from_db()
    labeled(store)

    send()

    assert len(receiver.ledger) == 1


def test_a_stopped_parcel_is_not_told(store, receiver):
    labeled(store)

    assert stop_forward(Forward.objects.get())
    send()

    assert receiver.ledger == {}


def test_the_job_tells_what_waits(store, receiver):
    labeled(store)

    jobs.forward(StoreLink.objects.get().pk)
    jobs.sweep(0)

    assert numbers(receiver) == ["TRACK1"]


def test_bigcommerce_is_linked_by_its_hash_and_token(store):
    with serving(BigCommerceShop()) as shop:
        shop.add_order("402-0000001-0000001", [("MUG-BLUE", 2)])
        link(store, kind="bigcommerce", url=shop.url, account="abc123", secret="token-1")
        labeled(store, items=(make_item(quantity=2),))
        shop.failures = [None, None, None, "lost"]

        send()
        send(NOW + HOUR)

    [made] = shop.shipments[100]
    assert (made["tracking_number"], made["items"][0]["quantity"]) == ("TRACK1", 2)
    assert Forward.objects.get().remote_id == "1"


def test_a_custom_store_is_linked_by_its_address_and_password(store):
    with serving(CustomStore()) as shop:
        link(store, kind="shipnotify", url=shop.url, account="ines", secret="pass-1")
        check_link(StoreLink.objects.select_related("workspace__key").get())
        labeled(store)

        send()

    assert [said["tracking_number"] for said in shop.notices] == ["TRACK1"]


def test_secrets_are_sealed_kept_and_renewed(store):
    first = link(store, kind="webhook", url="http://127.0.0.1:9/")
    kept = link(store, kind="webhook", url="http://127.0.0.1:9/hook")
    second = link(store, kind="webhook", url="http://127.0.0.1:9/", wants_new_secret=True)

    assert kept == ""
    assert first != second
    assert first.encode() not in StoreLink.objects.get().secret.ciphertext
    assert StoreLink.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"kind": "webhook", "url": ""}, "Enter the address"),
        ({"kind": "webhook", "url": "https://10.0.0.8/"}, "inside your own network"),
        ({"kind": "bigcommerce", "secret": "t"}, "store hash"),
        ({"kind": "bigcommerce", "account": "../v3", "secret": "t"}, "letters and digits"),
        ({"kind": "bigcommerce", "account": "abc123"}, "Enter the secret"),
        ({"kind": "shipnotify", "url": "http://127.0.0.1:9/"}, "Enter the secret"),
    ],
)
def test_a_link_that_cannot_work_is_refused(store, given, sentence):
    with pytest.raises(Rejected, match=sentence):
        link(store, **given)
    assert not StoreLink.objects.exists()


def test_this_machine_is_reached_only_beside_the_sandbox(store, settings):
    settings.SANDBOX_URL = None

    with pytest.raises(Rejected, match="inside your own network"):
        link(store, kind="webhook", url="https://127.0.0.1:9/", allows_private=True)


def test_a_removed_link_tells_nothing_more(store, receiver):
    labeled(store)

    remove_link(StoreLink.objects.get(), actor="test", now=NOW)
    labeled(store, external_id="2")

    assert not Forward.objects.exists()
    assert receiver.calls == []
