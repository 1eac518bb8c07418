"""Buying, voiding and telling: what costs money or a late shipment."""

import contextlib
from datetime import timedelta

import msgspec
import pytest

from packbench.carriers.base import RetryClass
from packbench.channels.base import OrderStatus
from packbench.channels.models import Store
from packbench.connectors.amazon.answers import Fault
from packbench.connectors.amazon.errors import AccessDenied
from packbench.events.models import Event
from packbench.labels.printing import _record as note_printed
from packbench.lib.clock import now as clock_now
from packbench.lib.errors import Rejected, TemporaryError
from packbench.orders.holding import hold_order
from packbench.orders.models import Order
from packbench.orders.saving import save_orders
from packbench.orders.weighing import weigh_products
from packbench.shipments.buying import buy_label
from packbench.shipments.confirming import send_due_notices
from packbench.shipments.models import Label, Notice, Shipment
from packbench.shipments.settling import settle_doubt
from packbench.shipments.status import Status, TooLate
from packbench.shipments.verifying import verify_notices
from packbench.shipments.voiding import void_label
from tests.making import (
    ES,
    NOW,
    make_channel_order,
    make_item,
    make_order,
    make_store,
)
from tests.shipments.faking import FakeCarrier, FakeChannel
from tests.shipments.test_buying import fresh, ready
from tests.shipments.test_confirming import KnowsThePackage, send, shipped_order

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=10)


def reimport(order, **changes):
    newer = make_channel_order(updated_at=NOW + timedelta(seconds=1), **changes)
    save_orders([newer], {ES: order.store}, account=order.store.account, now=NOW)


# --- money: labels that nobody wants any more


def test_no_label_is_bought_for_an_order_that_was_cancelled_meanwhile():
    carrier, order = FakeCarrier(), make_order()
    shipment = ready(order)

    reimport(order, status=OrderStatus.CANCELLED)
    buy_label(shipment, carrier, now=NOW)

    assert carrier.sold == []


def test_no_label_is_bought_for_an_order_that_was_held_meanwhile():
    carrier, order = FakeCarrier(), make_order()
    shipment = ready(order)

    assert hold_order(order, reason="wait", actor="test", now=NOW)
    buy_label(shipment, carrier, now=NOW)

    assert carrier.sold == []


def test_a_draft_that_is_taken_up_again_holds_what_is_left_now():
    carrier = FakeCarrier()
    order = make_order(items=(make_item("1", quantity=2),))
    carrier.fail_next = Rejected("Postal code.", code="bad")
    buy_label(ready(order), carrier, now=NOW)

    reimport(order, items=(make_item("1", quantity=1),))
    again = ready(order)

    assert again.items.get().quantity == 1


# --- money: two labels


def test_a_purchase_that_is_under_way_is_not_settled_by_a_late_job():
    """A queued settle job may run while a live worker is buying: its lease has not ended."""
    carrier, shipment = FakeCarrier(), ready()

    class Slow(FakeCarrier):
        def buy(self, request):  # the carrier takes 12 s to write it down; the lease is 120 s
            soon = NOW + timedelta(seconds=12)
            settle_doubt(fresh(shipment), carrier, now=soon)
            if fresh(shipment).status == Status.READY:
                buy_label(fresh(shipment), carrier, now=soon)
            return carrier.buy(request)

    with contextlib.suppress(TooLate):
        buy_label(fresh(shipment), Slow(), now=NOW)

    assert len(carrier.sold) == 1


def test_an_overtaken_workers_failure_does_not_undo_anothers_claim():
    carrier, shipment = FakeCarrier(), ready()

    class Late(FakeCarrier):
        def buy(self, request):  # slept over its lease; settled, and another one is buying
            settle_doubt(fresh(shipment), carrier, now=LATER)

            class Other(FakeCarrier):
                def buy(self, request):
                    raise KeyboardInterrupt  # stands still here, in the middle of the call

            with pytest.raises(KeyboardInterrupt):
                buy_label(fresh(shipment), Other(), now=LATER)
            raise TemporaryError("Not reached.", code="not_reached")

    with contextlib.suppress(TooLate):
        buy_label(fresh(shipment), Late(), now=NOW)

    assert fresh(shipment).status == Status.BUYING
    assert Label.objects.get().status == Label.Status.BUYING


def test_a_second_label_that_was_sold_after_all_is_not_forgotten():
    carrier, shipment = FakeCarrier(), ready()

    class Late(FakeCarrier):
        def buy(self, request):
            settle_doubt(fresh(shipment), carrier, now=LATER)
            buy_label(fresh(shipment), carrier, now=LATER)
            return carrier.buy(request)

    with contextlib.suppress(TooLate):
        buy_label(fresh(shipment), Late(), now=NOW)

    known = set(Label.objects.values_list("carrier_label_id", flat=True))
    told = str(list(Event.objects.values_list("name", "data")))
    assert len(carrier.sold) == 2
    assert known >= {"1", "2"} or "'2'" in told or "TRACK2" in told


def test_a_bought_label_in_the_hand_is_kept_though_someone_doubted_it():
    carrier, shipment = FakeCarrier(RetryClass.BLIND), ready()

    class Slow(FakeCarrier):
        def buy(self, request):
            settle_doubt(fresh(shipment), carrier, now=NOW + timedelta(seconds=12))
            return carrier.buy(request)

    with contextlib.suppress(TooLate):
        buy_label(fresh(shipment), Slow(), now=NOW)

    assert fresh(shipment).status == Status.PURCHASED


def test_a_refused_doubt_of_a_keyed_carrier_comes_to_a_person():
    carrier, shipment = FakeCarrier(RetryClass.KEYED), ready()
    carrier.fail_next = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        buy_label(fresh(shipment), carrier, now=NOW)

    when = LATER
    for _ in range(5):
        carrier.fail_next = Rejected("Too heavy.", code="too_heavy")
        settle_doubt(fresh(shipment), carrier, now=when)
        when += timedelta(hours=1)

    assert fresh(shipment).status == Status.DRAFT


def test_a_job_that_comes_twice_is_too_late_and_not_a_mistake():
    carrier, shipment = FakeCarrier(), ready()
    buy_label(fresh(shipment), carrier, now=NOW)

    with pytest.raises(TooLate):
        buy_label(fresh(shipment), carrier, now=NOW)


# --- voiding


def bought(carrier):
    shipment = ready()
    buy_label(shipment, carrier, now=NOW)
    return fresh(shipment)


@pytest.mark.parametrize(
    "error",
    [
        Rejected("Too old.", code="too_old"),
        TemporaryError("Down.", code="down"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_label_that_was_not_voided_is_still_told(error):
    carrier = FakeCarrier()
    shipment = bought(carrier)

    def refuse(label_id):
        raise error

    carrier.void = refuse
    with pytest.raises(type(error)):
        void_label(shipment, carrier, actor="test", now=NOW)
    channel = FakeChannel()
    send(shipment.order, channel, now=LATER)

    assert len(channel.confirmed) == 1


def test_a_print_during_the_void_does_not_leave_a_dead_label_as_a_good_one():
    carrier = FakeCarrier()
    shipment = bought(carrier)
    note_printed([fresh(shipment)], actor="other", now=NOW)

    with contextlib.suppress(TooLate):  # the row was read before the other one printed
        void_label(shipment, carrier, actor="test", now=NOW)

    assert (len(carrier.sold) == 0) == (fresh(shipment).status == Status.VOIDED)


def test_a_void_whose_worker_died_after_the_call_is_found_again():
    carrier = FakeCarrier()
    shipment = bought(carrier)
    real = carrier.void

    def die(label_id):
        real(label_id)
        raise KeyboardInterrupt

    carrier.void = die
    with pytest.raises(KeyboardInterrupt):
        void_label(shipment, carrier, actor="test", now=NOW)

    assert fresh(shipment).status not in (Status.PURCHASED, Status.PRINTED)


# --- telling


def test_a_repeat_that_amazon_refuses_as_known_is_looked_up():
    """The first answer got lost; the repeat answers PackageToUpdateNotFound (models #5037)."""
    order = shipped_order()
    channel = KnowsThePackage(Notice.objects.get())
    channel.fail_next = TemporaryError("The answer got lost.", code="answer_lost")
    send(order, channel)

    channel.fail_next = Rejected("Complete already.", code="package_unknown")
    send(order, channel, now=LATER)

    assert Notice.objects.get().status == Notice.Status.ACCEPTED


def test_an_overtaken_senders_failure_does_not_undo_an_acceptance():
    order = shipped_order()

    class Slow(FakeChannel):
        def confirm(self, confirmation):
            send(order, KnowsThePackage(Notice.objects.get()), now=LATER)
            raise TemporaryError("Lost.", code="answer_lost")

    send(order, Slow())

    assert Notice.objects.get().status == Notice.Status.ACCEPTED


def test_each_notice_of_a_run_is_claimed_when_it_is_sent(monkeypatch):
    """A run over slow answers outlives the lease; claims must not look old when they are made."""
    time_machine = pytest.importorskip("time_machine")
    store = make_store()
    for number in ("1", "2"):
        shipped_order(store=store, external_id=number)
    claims = []
    with time_machine.travel(NOW, tick=False) as clock:

        class Slow(FakeChannel):
            def confirm(self, confirmation):
                claims.append(Notice.objects.get(status="sending").claimed_at)
                clock.shift(150)
                return super().confirm(confirmation)

        send_due_notices(store.account, Slow(), clock=clock_now)

    assert claims[1] > claims[0]


def test_a_notice_that_cannot_be_worded_does_not_hold_up_the_others():
    store = make_store()
    first = shipped_order(store=store, external_id="1", ship_by_at=NOW)
    shipped_order(store=store, external_id="2")
    Shipment.objects.filter(order=first).update(service="gone")
    channel = FakeChannel()

    with contextlib.suppress(KeyError):
        send_due_notices(store.account, channel, clock=lambda: NOW)

    assert [told.order_id for told in channel.confirmed] == ["2"]


def test_a_label_amazon_accepted_but_does_not_show_yet_keeps_its_place_for_the_next_one():
    carrier = FakeCarrier()
    shipment = bought(carrier)
    send(shipment.order, FakeChannel())
    Store.objects.update(polled_at=NOW + timedelta(hours=2))
    verify_notices(now=NOW + timedelta(hours=2))
    assert Notice.objects.get().problem["code"] == "not_shown"

    void_label(shipment, carrier, actor="test", now=NOW)

    assert Notice.objects.get().is_orphaned
    assert Order.objects.get().can_ship


# --- weights


def test_a_weight_beyond_all_measure_counts_as_missing():
    order = make_order(items=(make_item(quantity=3000),), weight_g=None)

    weigh_products(order.workspace, {"MUG-BLUE": 1_000_000}, actor="test", now=NOW)

    assert Order.objects.get().problems == ["missing_weight"]


def test_a_denied_access_does_not_refuse_every_parcel_for_good():
    """A regional fault and a missing role look alike (403); neither is the parcel's."""
    store, channel = make_store(), FakeChannel()
    shipped_order(store=store, external_id="1")

    fault = Fault("Unauthorized", "Access to requested resource is denied.")
    channel.fail_next = AccessDenied("Denied.", fault=fault, request_id="")
    send_due_notices(store.account, channel, clock=lambda: NOW)
    send_due_notices(store.account, channel, clock=lambda: NOW + timedelta(hours=2))

    assert Notice.objects.get().status == Notice.Status.ACCEPTED


def test_a_label_with_two_files_of_one_kind_is_kept():
    """A label and its customs form, both PDF 4×6: paid for, so it must be written down."""
    carrier, shipment = FakeCarrier(), ready()
    label_of = carrier._label

    def with_customs_form(request, number):
        label = label_of(request, number)
        return msgspec.structs.replace(label, files=label.files * 2)

    carrier._label = with_customs_form
    with contextlib.suppress(Exception):
        buy_label(fresh(shipment), carrier, now=NOW)

    assert fresh(shipment).status == Status.PURCHASED
