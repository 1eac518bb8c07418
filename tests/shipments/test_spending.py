"""Spending: limits that hold, prices that may not rise unseen, and every cent explained."""

from datetime import timedelta
from decimal import Decimal

import pytest

from packbench.carriers.base import Prepared, RetryClass
from packbench.carriers.models import CarrierAccount
from packbench.lib.errors import OutcomeUnknown, Rejected
from packbench.lib.money import Money
from packbench.shipments.buying import buy_label
from packbench.shipments.deciding import Finding, it_was_bought, it_was_not_bought
from packbench.shipments.models import Charge, Label, Shipment
from packbench.shipments.planning import plan_shipment
from packbench.shipments.settling import settle_doubt
from packbench.shipments.status import Status
from packbench.shipments.voiding import void_label
from tests.making import NOW, make_means, make_order, make_store
from tests.shipments.faking import FakeCarrier

LATER = NOW + timedelta(minutes=10)
FIVE = Money(Decimal("5.00"), "EUR")

pytestmark = pytest.mark.django_db


class Priced(FakeCarrier):
    def __init__(self, cost=FIVE, retry_class=RetryClass.SEARCHABLE):
        super().__init__(retry_class)
        self.cost = cost

    def prepare(self, request):
        return Prepared(cost=self.cost)


def ready(store=None, **changes):
    order = make_order(store, **({"external_id": changes.pop("number")} if changes else {}))
    means = make_means(order.workspace)
    return fresh(plan_shipment(order, means, batch=None, actor="test", now=NOW))


def three():
    store = make_store()
    return [ready(store, number=f"402-000000{number}-0000001") for number in range(3)]


def fresh(shipment):
    return Shipment.objects.with_order().get(pk=shipment.pk)


def limit(**limits):
    CarrierAccount.objects.update(limit_currency="EUR", **limits)


def lines():
    return list(Charge.objects.order_by("id").values_list("kind", "amount"))


def test_what_was_quoted_bought_and_refunded_are_lines_of_an_account():
    carrier, shipment = Priced(), ready()
    buy_label(shipment, carrier, now=NOW)

    void_label(fresh(shipment), carrier, actor="test", now=LATER)

    assert lines() == [("quoted", 5), ("bought", 5), ("refunded", -5)]


def test_a_price_named_while_preparing_is_what_the_label_cost():
    carrier, shipment = Priced(), ready()

    buy_label(shipment, carrier, now=NOW)

    assert fresh(shipment).cost == Money(Decimal("5.0000"), "EUR")


def test_a_price_that_rose_since_it_was_shown_comes_back_to_the_person():
    carrier, shipment = Priced(), ready()
    Shipment.objects.update(quoted_amount="4.90", quoted_currency="EUR")

    buy_label(fresh(shipment), carrier, now=NOW)

    assert fresh(shipment).status == Status.DRAFT
    assert (
        "4.9000 EUR to 5.00 EUR"
        in fresh(shipment).problem["text"] % (fresh(shipment).problem["values"])
    )
    assert carrier.sold == []


@pytest.mark.parametrize(
    ("cost", "limits", "code"),
    [
        (FIVE, {"most_per_label": "4.99"}, "over_label_limit"),
        (Money(Decimal("0.50"), "USD"), {"most_per_label": "4.99"}, "other_currency"),
        (None, {"most_per_day": "100"}, "no_price"),
        (FIVE, {"most_per_day": "4.99"}, "over_day_limit"),
    ],
)
def test_what_is_over_a_limit_is_not_bought(cost, limits, code):
    carrier, shipment = Priced(cost), ready()
    limit(**limits)

    buy_label(fresh(shipment), carrier, now=NOW)

    assert fresh(shipment).problem["code"] == code
    assert carrier.sold == []
    assert not Charge.objects.exists()


def test_the_limit_of_the_day_counts_what_is_in_doubt_and_ends_at_midnight():
    carrier = Priced()
    first, second, third = three()
    limit(most_per_day="10.00")
    carrier.fail_next = OutcomeUnknown("Lost.", code="answer_lost")
    buy_label(fresh(first), carrier, now=NOW)
    buy_label(fresh(second), carrier, now=NOW)

    buy_label(fresh(third), carrier, now=NOW)
    assert fresh(third).problem["code"] == "over_day_limit"

    Shipment.objects.filter(pk=third.pk).update(status=Status.READY)
    buy_label(fresh(third), carrier, now=NOW + timedelta(days=1))
    assert fresh(third).status == Status.PURCHASED


def test_a_voided_label_no_longer_counts():
    carrier = Priced()
    first, second, _ = three()
    limit(most_per_day="5.00")
    buy_label(fresh(first), carrier, now=NOW)
    void_label(fresh(first), carrier, actor="test", now=NOW)

    buy_label(fresh(second), carrier, now=NOW)

    assert fresh(second).status == Status.PURCHASED


# What a person says of a purchase that nobody else can look up.


def doubted():
    carrier, shipment = Priced(retry_class=RetryClass.BLIND), ready()
    carrier.lose_next_answer = True
    buy_label(shipment, carrier, now=NOW)
    settle_doubt(fresh(shipment), carrier, now=LATER)
    return carrier, fresh(shipment)


def test_a_label_that_a_person_found_is_adopted_and_the_store_is_owed_its_number():
    carrier, shipment = doubted()

    it_was_bought(shipment, Finding(" TRACK 1 "), actor="ines", now=LATER)

    assert fresh(shipment).status == Status.PURCHASED
    assert fresh(shipment).tracking_number == "TRACK1"
    assert fresh(shipment).notices.count() == 1
    assert lines() == [("quoted", 5), ("bought", 5)]
    assert len(carrier.sold) == 1


def test_what_a_person_did_not_find_is_bought_again_once():
    carrier, shipment = doubted()
    carrier.sold.clear()

    it_was_not_bought(shipment, actor="ines", now=LATER)
    buy_label(fresh(shipment), carrier, now=LATER)

    assert fresh(shipment).status == Status.PURCHASED
    assert len(carrier.sold) == 1
    assert Label.objects.count() == 1


def test_a_purchase_whose_worker_died_comes_to_a_person_too():
    carrier, shipment = Priced(retry_class=RetryClass.BLIND), ready()
    carrier.fail_next = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        buy_label(shipment, carrier, now=NOW)
    settle_doubt(fresh(shipment), carrier, now=LATER)

    it_was_bought(fresh(shipment), Finding("TRACK1"), actor="ines", now=LATER)

    assert fresh(shipment).status == Status.PURCHASED


def test_a_person_who_is_too_late_decides_nothing():
    _, shipment = doubted()
    it_was_not_bought(shipment, actor="ines", now=LATER)

    with pytest.raises(Rejected) as refusal:
        it_was_bought(fresh(shipment), Finding("TRACK1"), actor="otto", now=LATER)

    assert refusal.value.code == "not_in_doubt"


def test_while_the_carrier_is_still_asked_nobody_decides():
    carrier, shipment = Priced(), ready()
    carrier.lose_next_answer = True
    buy_label(shipment, carrier, now=NOW)

    with pytest.raises(Rejected) as refusal:
        it_was_not_bought(fresh(shipment), actor="ines", now=NOW)

    assert refusal.value.code == "still_looking"


def test_a_label_found_without_a_number_is_no_finding():
    _, shipment = doubted()

    with pytest.raises(Rejected) as refusal:
        it_was_bought(shipment, Finding("  "), actor="ines", now=LATER)

    assert refusal.value.code == "no_tracking"
