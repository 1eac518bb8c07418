"""Between the claim and the purchase: what was prepared, and what a dead worker leaves."""

from datetime import timedelta

import pytest

from packbench.carriers.base import Prepared, RetryClass
from packbench.lib.errors import OutcomeUnknown, Rejected, TemporaryError
from packbench.privacy.revealing import reveal
from packbench.shipments.buying import buy_label
from packbench.shipments.models import Label, Shipment
from packbench.shipments.planning import plan_shipment
from packbench.shipments.settling import settle_doubt
from packbench.shipments.status import Status, TooLate
from tests.making import NOW, make_means, make_order
from tests.shipments.faking import FakeCarrier

LATER = NOW + timedelta(minutes=10)

pytestmark = pytest.mark.django_db


class Preparing(FakeCarrier):
    """Sells each ticket once and shows what it sold by ticket."""

    def __init__(self, retry_class=RetryClass.TWO_PHASE):
        super().__init__(retry_class)
        self.tickets = []
        self.fail_preparing = None
        self.meanwhile = lambda: None

    def prepare(self, request):
        if self.fail_preparing:
            raise self.fail_preparing
        self.tickets.append(f"ticket-{len(self.tickets) + 1}")
        self.meanwhile()
        return Prepared(ticket=self.tickets[-1])

    def buy(self, request):
        assert request.ticket in self.tickets
        if self.retry_class is RetryClass.TWO_PHASE and (known := self._known(request)):
            return known
        return super().buy(request)


def ready():
    order = make_order()
    means = make_means(order.workspace)
    return fresh(plan_shipment(order, means, batch=None, actor="test", now=NOW))


def fresh(shipment):
    return Shipment.objects.with_order().get(pk=shipment.pk)


def test_the_ticket_is_written_down_sealed_before_the_carrier_sells():
    carrier, shipment = Preparing(), ready()
    seen = []

    def buy(request):
        label = Label.objects.get()
        seen.append((label.prepared_at, reveal(label, "ticket", shipment.order.key)))
        return FakeCarrier.buy(carrier, request)

    carrier.buy = buy
    buy_label(shipment, carrier, now=NOW)

    assert seen[0][0] >= NOW
    assert seen[0][1] == "ticket-1"
    assert b"ticket-1" not in Label.objects.get().ticket.ciphertext


@pytest.mark.parametrize("retry_class", list(RetryClass))
def test_a_worker_that_died_while_preparing_bought_nothing_whatever_the_carrier(retry_class):
    carrier, shipment = Preparing(retry_class), ready()
    carrier.fail_preparing = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        buy_label(shipment, carrier, now=NOW)

    settle_doubt(fresh(shipment), carrier, now=LATER)

    assert fresh(shipment).status == Status.READY
    assert carrier.sold == []


def test_a_lost_answer_of_a_two_phase_carrier_is_sold_once_under_the_same_ticket():
    carrier, shipment = Preparing(), ready()
    carrier.lose_next_answer = True
    buy_label(shipment, carrier, now=NOW)

    settle_doubt(fresh(shipment), carrier, now=LATER)

    assert fresh(shipment).status == Status.PURCHASED
    assert len(carrier.sold) == len(carrier.tickets) == 1


def test_what_a_two_phase_carrier_never_heard_of_is_asked_for_again_at_once():
    carrier, shipment = Preparing(), ready()
    carrier.fail_next = OutcomeUnknown("Lost.", code="answer_lost")
    buy_label(shipment, carrier, now=NOW)

    settle_doubt(fresh(shipment), carrier, now=LATER)

    assert fresh(shipment).status == Status.PURCHASED
    assert len(carrier.sold) == len(carrier.tickets) == 1


def test_who_slept_while_preparing_buys_nothing():
    carrier, shipment = Preparing(), ready()
    carrier.meanwhile = lambda: settle_doubt(fresh(shipment), FakeCarrier(), now=LATER)

    with pytest.raises(TooLate):
        buy_label(shipment, carrier, now=NOW)

    assert carrier.sold == []
    assert fresh(shipment).status == Status.READY


def test_what_a_blind_carrier_shows_is_adopted():
    carrier, shipment = Preparing(RetryClass.BLIND), ready()
    carrier.lose_next_answer = True
    buy_label(shipment, carrier, now=NOW)
    carrier.find = carrier._known

    settle_doubt(fresh(shipment), carrier, now=LATER)

    assert fresh(shipment).status == Status.PURCHASED
    assert len(carrier.sold) == 1


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (TemporaryError("Down.", code="down"), Status.READY),
        (Rejected("Too heavy.", code="too_heavy"), Status.DRAFT),
    ],
    ids=["later", "refused"],
)
def test_what_goes_wrong_while_preparing_cost_nothing(error, status):
    carrier, shipment = Preparing(), ready()
    carrier.fail_preparing = error

    buy_label(shipment, carrier, now=NOW)

    assert fresh(shipment).status == status
    assert carrier.sold == []
