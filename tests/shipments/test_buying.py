"""Buying: a label is never bought twice, whatever dies or answers late."""

from datetime import timedelta

import pytest

from packbench.carriers.base import RetryClass
from packbench.lib.errors import OutcomeUnknown, Rejected, TemporaryError
from packbench.privacy.models import DataKey
from packbench.shipments.buying import buy_label
from packbench.shipments.models import Document, Label, Notice, Shipment
from packbench.shipments.planning import CannotPlan, plan_shipment
from packbench.shipments.settling import settle_doubt
from packbench.shipments.status import Status, TooLate
from tests.making import NOW, make_item, make_means, make_order
from tests.shipments.faking import FakeCarrier

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=10)


def ready(order=None):
    order = order or make_order()
    shipment = plan_shipment(order, make_means(order.workspace), batch=None, actor="test", now=NOW)
    return fresh(shipment)


def fresh(shipment):
    return Shipment.objects.with_order().get(pk=shipment.pk)


def test_a_bought_label_is_kept_sealed_and_the_store_is_owed_a_notice():
    carrier, shipment = FakeCarrier(), ready()

    buy_label(shipment, carrier, now=NOW)

    assert fresh(shipment).status == Status.PURCHASED
    assert b"%PDF" not in Document.objects.get().content.ciphertext
    assert Notice.objects.get().status == Notice.Status.PENDING


def test_two_workers_buy_one_label():
    carrier, shipment = FakeCarrier(), ready()
    other = fresh(shipment)

    buy_label(shipment, carrier, now=NOW)
    with pytest.raises(TooLate):
        buy_label(other, carrier, now=NOW)

    assert len(carrier.sold) == 1


def test_an_order_that_is_erased_while_the_price_is_asked_gets_no_label():
    class Slow(FakeCarrier):
        def prepare(self, request):
            DataKey.destroy([shipment.order.key_id], now=NOW)
            return super().prepare(request)

    carrier, shipment = Slow(), ready()

    buy_label(shipment, carrier, now=NOW)

    assert carrier.sold == []
    assert (fresh(shipment).status, fresh(shipment).problem["code"]) == (Status.DRAFT, "erased")


def test_a_lost_answer_is_looked_up_and_not_repeated():
    carrier, shipment = FakeCarrier(), ready()
    carrier.lose_next_answer = True

    buy_label(shipment, carrier, now=NOW)
    doubted = fresh(shipment)
    settle_doubt(doubted, carrier, now=LATER)

    assert doubted.status == Status.PURCHASED
    assert len(carrier.sold) == 1
    assert fresh(shipment).tracking_number == "TRACK1"


def test_before_the_quarantine_is_over_nothing_found_means_nothing():
    carrier, shipment = FakeCarrier(), ready()
    carrier.fail_next = OutcomeUnknown("Lost.", code="answer_lost")
    buy_label(shipment, carrier, now=NOW)

    settle_doubt(fresh(shipment), carrier, now=NOW + timedelta(seconds=5))

    assert fresh(shipment).status == Status.UNKNOWN


def test_what_never_reached_the_carrier_is_bought_under_the_same_reference():
    carrier, shipment = FakeCarrier(), ready()
    carrier.fail_next = OutcomeUnknown("Lost.", code="answer_lost")
    buy_label(shipment, carrier, now=NOW)
    reference = Label.objects.get().pk

    settle_doubt(fresh(shipment), carrier, now=LATER)
    buy_label(fresh(shipment), carrier, now=LATER)

    assert carrier.sold == [reference]


def test_a_doubt_about_a_blind_carrier_waits_for_a_person():
    carrier, shipment = FakeCarrier(RetryClass.BLIND), ready()
    carrier.lose_next_answer = True
    buy_label(shipment, carrier, now=NOW)

    settle_doubt(fresh(shipment), carrier, now=LATER)

    doubted = fresh(shipment)
    assert doubted.status == Status.UNKNOWN
    assert doubted.problem["code"] == "nobody_knows"
    assert len(carrier.sold) == 1


def test_a_worker_that_died_after_claiming_is_found_and_its_label_bought_once():
    carrier, shipment = FakeCarrier(RetryClass.KEYED), ready()
    carrier.fail_next = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        buy_label(shipment, carrier, now=NOW)

    left = Shipment.objects.left_in_doubt(LATER, lease=timedelta(minutes=2)).with_order().get()
    settle_doubt(left, carrier, now=LATER)

    assert fresh(shipment).status == Status.PURCHASED
    assert len(carrier.sold) == 1


def test_a_worker_that_was_overtaken_writes_nothing():
    carrier, shipment = FakeCarrier(RetryClass.KEYED), ready()
    slow = fresh(shipment)

    def overtaken(request):
        settle_doubt(fresh(shipment), carrier, now=LATER)
        return FakeCarrier.buy(carrier, request)

    slow_carrier = FakeCarrier()
    slow_carrier.buy = overtaken
    buy_label(slow, slow_carrier, now=NOW)

    assert Label.objects.filter(status=Label.Status.PURCHASED).count() == 1
    assert len(carrier.sold) == 1
    assert Notice.objects.count() == 1


def test_a_refusal_makes_it_a_draft_that_says_why():
    carrier, shipment = FakeCarrier(), ready()
    carrier.fail_next = Rejected("The postal code is wrong.", code="bad_postal_code")

    buy_label(shipment, carrier, now=NOW)

    refused = fresh(shipment)
    assert refused.status == Status.DRAFT
    assert refused.problem["text"] == "The postal code is wrong."


def test_a_fault_before_anything_was_sent_is_tried_again_later():
    carrier, shipment = FakeCarrier(), ready()
    carrier.fail_next = TemporaryError("Down.", code="down")

    buy_label(shipment, carrier, now=NOW)

    assert list(Shipment.objects.waiting_to_buy(NOW)) == []
    assert list(Shipment.objects.waiting_to_buy(LATER)) == [shipment]


def test_an_order_is_planned_once():
    order = make_order()
    ready(order)

    with pytest.raises(CannotPlan) as refusal:
        ready(order)

    assert refusal.value.problems == ["under_way"]


def test_only_what_is_left_goes_into_the_parcel():
    order = make_order(
        items=(make_item("1", quantity=3, quantity_fulfilled=1), make_item("2", quantity=1))
    )

    shipment = ready(order)

    pieces = shipment.items.values_list("order_item__external_id", "quantity")
    assert dict(pieces) == {"1": 2, "2": 1}
