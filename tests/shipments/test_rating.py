"""Rating: carriers side by side, and which offer is taken."""

from datetime import timedelta
from decimal import Decimal

import pytest

from packbench.carriers.base import Limits, Rate, Rates
from packbench.carriers.models import CarrierAccount, ServiceRule
from packbench.lib.errors import TemporaryError
from packbench.lib.money import Money
from packbench.orders.models import Order
from packbench.shipments.comparing import Offer
from packbench.shipments.planning import Wish, plan_shipment
from packbench.shipments.rating import choose, compare_rates, taken
from tests.making import NOW, make_means, make_order

DAY = timedelta(days=1)


def offer(service, euros, days=None, *, by=3, is_protected=False, needs_inputs=False):
    rate = Rate(
        service=service,
        name=service.title(),
        carrier_name="DHL",
        cost=None if euros is None else Money(Decimal(euros), "EUR"),
        deliver_at=None if days is None else NOW + days * DAY,
        is_protected=is_protected,
        needs_inputs=needs_inputs,
    )
    price = rate.cost and rate.cost.amount
    return Offer(CarrierAccount(name="A"), rate, None if days is None else days <= by, price)


OFFERS = [
    offer("free", None, 2),
    offer("slow", "4.00", 6),
    offer("good", "4.20", 3, is_protected=True),
    offer("fast", "9.00", 1),
    offer("silent", "3.90"),
]


@pytest.mark.parametrize(
    ("wish", "service"),
    [
        (Wish(), "silent"),
        (Wish(must_arrive_in_time=True), "good"),
        (Wish(must_be_protected=True), "good"),
        (Wish(choice=ServiceRule.Choice.FASTEST), "fast"),
        (Wish(choice=ServiceRule.Choice.BEST_VALUE), "good"),
        (Wish(choice=ServiceRule.Choice.FIXED, service="slow"), "slow"),
        (Wish(choice=ServiceRule.Choice.FIXED, service="none of it"), None),
    ],
)
def test_the_wish_decides_which_offer_is_taken(wish, service):
    chosen = choose(OFFERS, wish)

    assert (chosen and chosen.rate.service) == service


def test_an_offer_that_asks_for_more_is_never_taken_by_itself():
    assert choose([offer("form", "1.00", needs_inputs=True)], Wish()) is None


def test_nothing_is_taken_where_no_offer_keeps_the_promise():
    assert choose([offer("slow", "4.00", 6)], Wish(must_arrive_in_time=True)) is None


@pytest.fixture
def rated(monkeypatch):
    """Carriers of the given names, each with the answer that it gives."""

    def set_up(**said):
        class Says:
            features = frozenset({"rates"})
            limits = Limits(weight_g=30_000)

            def __init__(self, answer):
                self.answer = answer

            def rates(self, request):
                if isinstance(self.answer, Exception):
                    raise self.answer
                return self.answer

        monkeypatch.setattr(
            "packbench.shipments.rating.open_carrier", lambda account: Says(said[account.name])
        )

    return set_up


@pytest.mark.django_db
def test_the_own_prices_are_shown_and_the_order_goes_with_the_one_taken():
    order = Order.objects.for_page().get(pk=make_order().pk)
    means = make_means(order.workspace)
    account = means.carrier_account
    account.settings = {"rates": {"currency": "EUR", "prices": {
        "standard": {zone: [[5000, "6.90"]] for zone in ("home", "eu", "rest")}}}}  # fmt: skip
    account.save()

    compared = compare_rates(order, means, [account], now=NOW)
    chosen = choose(compared.offers, Wish())
    shipment = plan_shipment(order, taken(means, chosen), batch=None, actor="test", now=NOW)

    assert shipment.quoted == Money(Decimal("6.90"), "EUR")
    assert shipment.service_name == "Own delivery"


@pytest.mark.django_db(transaction=True)
def test_a_carrier_that_fails_is_named_and_the_others_offers_stand(rated):
    order = Order.objects.for_page().get(pk=make_order().pk)
    means = make_means(order.workspace)

    rated(
        Good=Rates(offers=(OFFERS[1].rate,)),
        Bad=TemporaryError("%(host)s is down.", code="down", host="Bad"),
    )
    accounts = [
        CarrierAccount(workspace=order.workspace, name=name, carrier="local")
        for name in ("Good", "Bad")
    ]

    compared = compare_rates(order, means, accounts, now=NOW)

    assert [each.rate.service for each in compared.offers] == ["slow"]
    assert [(account.name, str(error)) for account, error in compared.failed] == [
        ("Bad", "Bad is down.")
    ]
