"""Corrections: Amazon hears of them under the same reference, and shows the last state."""

from datetime import timedelta

import msgspec
import pytest

from packbench.channels.models import Store
from packbench.events.models import Event
from packbench.lib.errors import Rejected, TemporaryError, Throttled
from packbench.orders.models import Order, OrderItem
from packbench.orders.models import Status as OrderStatus
from packbench.orders.saving import save_orders
from packbench.shipments.buying import buy_label
from packbench.shipments.confirming import due_notices, send_due_notices, send_notice
from packbench.shipments.correcting import Correction, correct_parcel
from packbench.shipments.marking import Elsewhere, mark_as_shipped
from packbench.shipments.models import Notice, NoticeAttempt, Shipment
from packbench.shipments.resending import notify_again, notify_many, stop_notice
from packbench.shipments.status import Status
from packbench.shipments.verifying import verify_notices
from packbench.shipments.voiding import void_label
from tests.making import (
    ES,
    NOW,
    make_channel_order,
    make_item,
    make_means,
    make_order,
    make_store,
)
from tests.shipments.faking import FakeCarrier, FakeChannel
from tests.shipments.test_buying import fresh, ready

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=10)


def bought(order=None, carrier=None):
    shipment = ready(order or make_order())
    buy_label(shipment, carrier or FakeCarrier(), now=NOW)
    return fresh(shipment)


def send(channel, now=NOW):
    send_due_notices(Store.objects.get().account, channel, clock=lambda: now)
    return channel.confirmed


def correct(shipment, number, carrier="DHL", method="", now=NOW):
    return correct_parcel(shipment, Correction(number, carrier, method), actor="test", now=now)


def test_a_correction_is_told_under_the_same_reference_and_the_first_is_kept():
    shipment, channel = bought(), FakeChannel()
    send(channel)

    correct(shipment, "NEW1", "DPD")
    correct(shipment, "NEW2", "royal mail", "Tracked 24")
    first, last = send(channel, now=LATER)

    assert first.package_reference == last.package_reference
    assert (last.tracking_number, last.carrier_code) == ("NEW2", "Royal Mail")
    assert last.shipping_method == "Tracked 24"
    assert [each.tracking_number for each in NoticeAttempt.objects.order_by("id")] == [
        first.tracking_number,
        "NEW2",
    ]
    assert Event.objects.filter(name="shipment.corrected").count() == 2


def test_nothing_new_is_told_to_nobody():
    shipment, channel = bought(), FakeChannel()
    [said] = send(channel)

    assert correct(shipment, said.tracking_number, "") is False
    assert len(send(channel, now=LATER)) == 1


def test_what_was_not_told_yet_is_told_once_and_rightly():
    shipment, channel = bought(), FakeChannel()

    correct(shipment, "NEW1")

    assert [said.tracking_number for said in send(channel)] == ["NEW1"]


def test_a_correction_while_amazon_is_being_told_is_told_after_it():
    """The older news must not arrive after the newer: the correction waits for its answer."""
    shipment = bought()

    class Slow(FakeChannel):
        def confirm(self, confirmation):
            if not self.confirmed:
                correct(shipment, "NEW1")
                assert due_notices(Store.objects.get().account, now=NOW) == []
            return super().confirm(confirmation)

    channel = Slow()
    send(channel)
    send(channel)

    assert [said.tracking_number for said in channel.confirmed] == ["TRACK1", "NEW1"]
    assert Notice.objects.get().status == Notice.Status.ACCEPTED


def test_a_second_correction_waits_until_the_first_has_its_answer():
    shipment, channel = bought(), FakeChannel()
    send(channel)
    correct(shipment, "NEW1")

    class Slow(FakeChannel):
        def confirm(self, confirmation):
            if confirmation.tracking_number == "NEW1":
                correct(shipment, "NEW2")
                assert due_notices(Store.objects.get().account, now=NOW) == []
            return super().confirm(confirmation)

    slow = Slow()
    send(slow)
    send(slow)

    assert [said.tracking_number for said in slow.confirmed] == ["NEW1", "NEW2"]


@pytest.mark.parametrize(
    "error",
    [
        Rejected("No.", code="tracking_invalid"),
        TemporaryError("Down.", code="down"),
        Throttled("Wait.", code="throttled", retry_after=5),
    ],
)
def test_a_correction_while_the_first_news_fails_is_told_all_the_same(error):
    shipment = bought()

    class Failing(FakeChannel):
        def confirm(self, confirmation):
            if confirmation.tracking_number == "TRACK1":
                correct(shipment, "NEW1")
                raise error
            return super().confirm(confirmation)

        def fetch_order(self, order_id):
            return make_channel_order(order_id)

    channel = Failing()
    send(channel)
    send(channel, now=LATER)

    assert [said.tracking_number for said in channel.confirmed] == ["NEW1"]
    assert Notice.objects.get().status == Notice.Status.ACCEPTED


def test_a_worker_that_read_the_old_number_does_not_tell_it():
    shipment, channel = bought(), FakeChannel()
    [stale] = due_notices(Store.objects.get().account, now=NOW)

    correct(shipment, "NEW1")
    send_notice(stale, channel, clock=lambda: NOW)

    assert channel.confirmed == []
    assert [said.tracking_number for said in send(channel)] == ["NEW1"]


def test_a_correction_after_a_killed_worker_is_told_though_amazon_knows_the_first():
    shipment, channel = bought(), FakeChannel()
    channel.fail_next = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        send(channel)

    correct(shipment, "NEW1")
    channel.fetch_order = lambda number: make_channel_order(number)

    assert [said.tracking_number for said in send(channel, now=LATER)] == ["NEW1"]


def test_a_correction_is_verified_by_what_amazon_shows_then():
    shipment, channel = bought(), FakeChannel()
    send(channel)
    correct(shipment, "NEW1")
    [_, said] = send(channel, now=LATER)
    Store.objects.update(polled_at=LATER + timedelta(minutes=5))

    def shown(number):
        package = {"reference": said.package_reference, "tracking_number": number}
        Order.objects.update(packages=[package])
        return verify_notices(now=LATER)

    assert [shown("TRACK1"), shown("NEW1")] == [0, 1]


@pytest.mark.parametrize(
    ("number", "carrier", "sentence"),
    [("", "DHL", "tracking number"), ("x" * 61, "DHL", "60"), ("N1", "Other", "carrier")],
)
def test_a_correction_that_amazon_would_refuse_is_not_taken(number, carrier, sentence):
    with pytest.raises(Rejected, match=sentence):
        correct(bought(), number, carrier)


def test_a_delivered_parcel_takes_no_correction():
    shipment = bought()
    Shipment.objects.update(status=Status.DELIVERED)

    with pytest.raises(Rejected, match="delivered"):
        correct(fresh(shipment), "NEW1")


def test_a_carrier_that_amazon_knows_is_never_told_as_other():
    shipment, channel = bought(), FakeChannel()
    send(channel)

    correct(shipment, "N1", "correos  EXPRESS")
    correct(shipment, "N1", "Bicicleta Veloz")
    said = send(channel, now=LATER)[-1]

    assert (said.carrier_code, said.carrier_name) == ("Other", "Bicicleta Veloz")
    correct(shipment, "N1", "correos  EXPRESS")
    assert send(channel, now=LATER)[-1].carrier_code == "Correos Express"


# --- void and ship again


def test_a_voided_parcel_that_amazon_shows_is_replaced_by_the_next_one():
    carrier, channel, order = FakeCarrier(), FakeChannel(), make_order()
    first = bought(order, carrier)
    send(channel)

    void_label(first, carrier, actor="test", now=NOW)
    order.refresh_from_db()
    assert order.can_ship
    second = bought(order, carrier)
    Shipment.objects.filter(pk=second.pk).update(tracking_number="AGAIN1")
    told, again = send(channel, now=LATER)

    assert told.package_reference == again.package_reference
    assert again.tracking_number == "AGAIN1"
    assert Notice.objects.count() == 1
    assert Order.objects.get().status == OrderStatus.SHIPPED
    assert OrderItem.objects.get().quantity_told == 1


def test_an_order_that_amazon_calls_shipped_waits_again_once_its_label_was_voided():
    carrier, channel, order = FakeCarrier(), FakeChannel(), make_order()
    shipment = bought(order, carrier)
    send(channel)
    store = order.store
    shown = make_channel_order(
        status=OrderStatus.SHIPPED,
        remote_status="SHIPPED",
        updated_at=NOW,
        items=(make_item(quantity_fulfilled=1),),
    )
    save_orders([shown], {ES: store}, account=store.account, now=NOW)

    void_label(shipment, carrier, actor="test", now=NOW)
    save_orders([_later(shown)], {ES: store}, account=store.account, now=LATER)
    order.refresh_from_db()
    assert (order.status, order.can_ship) == (OrderStatus.AWAITING_SHIPMENT, True)
    bought(order, carrier)
    send(channel, now=LATER)

    assert Order.objects.get().status == OrderStatus.SHIPPED
    assert Order.objects.get().reopened_at is None


def _later(order):
    return msgspec.structs.replace(order, updated_at=order.updated_at + timedelta(minutes=5))


def test_a_parcel_whose_telling_nobody_knows_of_keeps_its_reference_too():
    carrier, channel, order = FakeCarrier(), FakeChannel(), make_order()
    first = bought(order, carrier)
    reference = Notice.objects.get().package_reference
    channel.fail_next = TemporaryError("Lost.", code="answer_lost")
    send(channel)

    void_label(first, carrier, actor="test", now=NOW)
    bought(order, carrier)

    assert [said.package_reference for said in send(channel, now=LATER)] == [reference]


# --- bought elsewhere


def mark(order, **facts):
    facts = {"carrier": "DHL", "tracking_number": "00340434", **facts}
    means = make_means(order.workspace)
    return mark_as_shipped(order, Elsewhere(**facts), means, actor="test", now=NOW)


def test_a_parcel_bought_elsewhere_is_told_at_once_and_ships_the_order():
    order, channel = make_order(weight_g=None), FakeChannel()
    Store.objects.update(feedback=Store.Feedback.FIRST_SCAN)

    mark(order)
    [said] = send(channel)

    assert (said.carrier_code, said.tracking_number) == ("DHL", "00340434")
    assert Order.objects.get().status == OrderStatus.SHIPPED
    assert Shipment.objects.get().labels.count() == 0


def test_part_of_an_order_bought_elsewhere_leaves_the_rest_to_be_shipped():
    order, channel = make_order(items=(make_item("11", quantity=3),)), FakeChannel()
    item = order.items.get()

    mark(order, pieces={item.pk: 2})
    mark(order, tracking_number="SECOND", pieces={item.pk: 1})
    told = send(channel)

    assert sorted(said.items for said in told) == [(("11", 1),), (("11", 2),)]
    assert len({said.package_reference for said in told}) == 2
    assert Order.objects.get().status == OrderStatus.SHIPPED


def test_more_pieces_than_are_left_are_refused():
    order = make_order(items=(make_item("11", quantity=3),))

    with pytest.raises(Rejected, match="Only 3"):
        mark(order, pieces={order.items.get().pk: 4})
    mark(order)
    with pytest.raises(Rejected, match="parcel already"):
        mark(order)


def test_a_refused_label_gives_way_to_one_bought_elsewhere():
    order, carrier = make_order(), FakeCarrier()
    carrier.fail_next = Rejected("No.", code="no")
    buy_label(ready(order), carrier, now=NOW)

    mark(order)

    assert set(Shipment.objects.values_list("status", flat=True)) == {
        Status.VOIDED,
        Status.IN_TRANSIT,
    }


# --- again, and never


def test_many_refused_notices_are_told_again():
    store, channel = make_store(), FakeChannel()
    for number in range(3):
        bought(make_order(store, external_id=str(number)))
    Notice.objects.update(status=Notice.Status.FAILED, attempts=4)
    ids = list(Notice.objects.values_list("pk", flat=True))

    assert notify_many(store.workspace, [*ids, "ntc_other"], actor="test", now=NOW) == (3, 1)
    assert len(send(channel)) == 3


def test_an_accepted_notice_is_told_again_as_a_correction():
    bought()
    channel = FakeChannel()
    send(channel)

    assert notify_again(Notice.objects.get(), actor="test", now=NOW)
    first, again = send(channel)

    assert first == again
    assert Notice.objects.get().is_correction


def test_a_stopped_notice_is_not_told_until_a_person_says_so():
    bought()
    channel = FakeChannel()

    assert stop_notice(Notice.objects.get(), actor="test", now=NOW)
    assert send(channel, now=LATER) == []
    assert notify_again(Notice.objects.get(), actor="test", now=LATER)

    assert len(send(channel, now=LATER)) == 1


def test_each_attempt_is_kept_with_its_answer_and_only_the_last_fifty():
    bought()
    channel = FakeChannel()
    for number in range(60):
        channel.fail_next = TemporaryError("Down.", code="down", request_id=f"req-{number}")
        send(channel, now=NOW + timedelta(hours=2 * number))

    kept = list(NoticeAttempt.objects.order_by("id").values_list("request_id", flat=True))
    assert (len(kept), kept[-1]) == (50, "req-59")
    assert NoticeAttempt.objects.filter(outcome="failed", code="down").count() == 50
