"""Whole purchases at every carrier while one of its calls goes wrong: the ledger is the judge."""

import time
from collections import Counter
from datetime import timedelta

import pytest

from packbench.carriers.base import RetryClass
from packbench.carriers.models import CarrierAccount, Warehouse
from packbench.connectors.amazon.tokens import SHARED_TOKENS
from packbench.lib.marketplaces import by_country
from packbench.shipments.buying import buy_label
from packbench.shipments.deciding import Finding, it_was_bought, it_was_not_bought
from packbench.shipments.models import Shipment
from packbench.shipments.planning import Means, plan_shipment
from packbench.shipments.settling import settle_doubt
from packbench.shipments.status import Status
from tests.connectors.contract.playing import BUYER, PLAYERS
from tests.connectors.contract.troubling import TROUBLES, calls_of, hurried
from tests.making import NOW, make_account, make_address, make_item, make_order, make_store

pytestmark = pytest.mark.django_db

SELLING, OTHERWISE = ("lost_answer", "html", "500_after"), ("reset",)  # every day
ROUNDS = 20
SELLERS = [player for player in PLAYERS if player.has_ledger]
PERSON, BOUGHT = "a person", "bought"


class Desk:
    """A workspace that buys at one carrier, and the person who is asked."""

    def __init__(self, player, sandbox):
        self.player, self.sandbox = player, sandbox
        self.carrier = player.open(sandbox)
        place = player.request(sandbox).ship_from
        account = make_account(marketplace_ids=tuple({by_country("ES").id, by_country("DE").id}))
        market = by_country(player.country if player.is_amazons else "ES")
        self.store = make_store(account, market.id, name=market.name)
        workspace = self.store.workspace
        self.warehouse = Warehouse.objects.create(
            workspace=workspace,
            name="Desk",
            company="Casa Marina",
            line1=place.line1,
            city=place.city,
            state=place.state,
            postal_code=place.postal_code,
            country=place.country,
            phone=place.phone,
            email="desk@example.com",
            is_default=True,
            created_at=NOW,
        )
        self.account = CarrierAccount.objects.create(
            workspace=workspace, carrier=player.name, name="Carrier", created_at=NOW
        )

    def ask(self):
        """A shipment that waits for its label, and the parcel as the ledger knows it."""
        parcel = self.player.request(self.sandbox)
        where = parcel.ship_to
        items = tuple(
            make_item(each.item_id, sku=f"MUG-{each.item_id}", quantity=each.quantity)
            for each in parcel.contents
        )
        order = make_order(
            self.store,
            external_id=parcel.order_number,
            items=items,
            recipient=make_address(
                name=BUYER,
                line1=where.line1,
                line2="",
                city=where.city,
                state=where.state,
                postal_code=where.postal_code,
                country=where.country,
            ),
        )
        means = Means(
            self.account,
            self.warehouse,
            self.player.service,
            size_mm=(250, 180, 95),
            weight_g=900,
            ships_at=NOW,
        )
        return fresh(plan_shipment(order, means, batch=None, actor="test", now=NOW))

    def sold(self, shipment):
        number = shipment.order.external_id
        references = {label.pk for label in shipment.labels.all()}
        return [
            entry
            for entry in self.sandbox.ledger.labels()
            if entry["reference"] in references or entry.get("order_id") == number
        ]

    def settle(self, shipment):
        """Do what the worker and its sweeps do until there is nothing more to do."""
        now = NOW
        for _ in range(ROUNDS):
            shipment = fresh(shipment)
            wait = max(timedelta(), (shipment.next_try_at or now) - now) + timedelta(seconds=1)
            now += wait
            self.sandbox.clock.advance(wait.total_seconds())
            if shipment.status == Status.READY:
                buy_label(shipment, self.carrier, now=now)
            elif shipment.status != Status.UNKNOWN:
                return BOUGHT if shipment.has_label else str(shipment.status)
            elif shipment.next_try_at is None:
                return PERSON
            else:
                settle_doubt(shipment, self.carrier, now=now)
        return "stuck"

    def decide(self, shipment):
        """The person looks into the carrier's list, which is the ledger."""
        found = self.sold(shipment)
        if found:
            number = found[0]["tracking_number"]
            it_was_bought(fresh(shipment), Finding(number), actor="test", now=NOW)
        else:
            it_was_not_bought(fresh(shipment), actor="test", now=NOW)


def fresh(shipment):
    return Shipment.objects.with_order().get(pk=shipment.pk)


def suffer(desk, operation, trouble, count):
    """Buy while the call goes wrong so many times. Returns how it ended before anybody looked."""
    shipment = desk.ask()
    SHARED_TOKENS._kept.clear()
    trouble.arm(desk.sandbox, operation, count)
    with hurried():
        ended = desk.settle(shipment)
    desk.sandbox.faults.clear()
    sold = desk.sold(shipment)
    assert len(sold) <= 1, f"bought {len(sold)} times"
    if ended == PERSON:
        assert desk.carrier.retry_class in (RetryClass.BLIND, RetryClass.KEYED)
        time.sleep(trouble.options.get("delay_seconds", 0))  # who looks, looks after the quarantine
        desk.decide(shipment)
        assert desk.settle(shipment) == BOUGHT
        assert len(desk.sold(shipment)) == 1
    elif ended == BOUGHT:
        (label,) = sold
        assert label["tracking_number"] == fresh(shipment).tracking_number
    else:
        assert ended == Status.DRAFT
        assert sold == [], "paid and lost"
    return ended


def purchase_calls(player, sandbox):
    steps = ("prepare", "buy", "find")
    return sorted({call for step in steps for call in calls_of(player, sandbox, step)})


@pytest.mark.parametrize("player", SELLERS, ids=lambda player: player.name)
def test_a_purchase_that_goes_wrong_is_bought_once_or_asked_of_a_person(player, sandbox):
    desk = Desk(player, sandbox)

    for operation in purchase_calls(player, sandbox):
        everyday = SELLING if operation == player.sells else OTHERWISE
        for trouble in TROUBLES:
            if trouble.name in everyday:
                suffer(desk, operation, trouble, 1)


@pytest.mark.proof
@pytest.mark.parametrize("player", SELLERS, ids=lambda player: player.name)
def test_every_purchase_in_every_trouble_is_bought_once(player, sandbox):
    desk, ended, began = Desk(player, sandbox), Counter(), time.monotonic()

    for operation in purchase_calls(player, sandbox):
        for trouble in TROUBLES:
            for count in (1, 2, 4):
                try:
                    ended[suffer(desk, operation, trouble, count)] += 1
                except BaseException as fault:
                    fault.add_note(f"{player.name}, {operation}, {trouble.name}, {count} times")
                    raise
    took = time.monotonic() - began
    print(f"\n{player.name}: {ended.total()} purchases, {took:.0f} s, none twice: {dict(ended)}")
