"""Choosing: presets, service rules and defaults; and rules that choose among rates in the job."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest

from packbench.carriers.keeping import keep
from packbench.carriers.models import CarrierAccount, PackageType, Preset, ServiceRule
from packbench.events.models import Event
from packbench.lib import clock
from packbench.lib.money import Money
from packbench.shipments import jobs
from packbench.shipments.batching import create_labels, plan_more, start_labels
from packbench.shipments.choosing import choose_means, ways_of
from packbench.shipments.models import Label, Shipment
from packbench.shipments.planning import Wish
from packbench.shipments.status import Status
from packbench.shipments.wishing import grant_wish
from tests.making import DE, NOW, make_account, make_address, make_order, make_store, make_warehouse
from tests.shipments.rated import SOLD, make_rated

pytestmark = pytest.mark.django_db
LATE = NOW + timedelta(days=30)


@pytest.fixture
def store():
    SOLD.clear()
    store = make_store(make_account())
    make_warehouse(store.workspace)
    return store


def rule(workspace, choice="cheapest", **facts):
    row = ServiceRule(workspace=workspace, choice=choice, **facts)
    keep(row, actor="test", now=NOW)
    return row


def means_of(order, *, preset=None, now=NOW):
    return choose_means(ways_of(order.workspace, preset=preset, now=now), order, now=now)


def asked(*orders, preset=None, now=NOW):
    ways = ways_of(orders[0].workspace, preset=preset, now=now)
    create_labels(
        orders[0].workspace,
        orders,
        lambda order: choose_means(ways, order, now=now),
        actor="test",
        now=now,
    )
    return [order.shipments.get() for order in orders]


def test_without_rules_it_goes_with_the_default_and_its_service(store):
    means = means_of(make_order(store))

    assert (means.carrier_account.carrier, means.service, means.wish) == ("local", "standard", None)


def test_the_closest_rule_counts(store):
    workspace = store.workspace
    order = make_order(store, service_level="EXPEDITED")
    steps = [
        {"destination": "home"},
        {"service_level": "EXPEDITED"},
        {"service_level": "EXPEDITED", "destination": "home"},
        {"store": store},
        {"store": store, "service_level": "EXPEDITED"},
    ]
    other = make_store(store.account, DE, "Amazon DE")
    rule(workspace, "fixed", store=other, service="never", carrier_account=None)
    rule(workspace, "fixed", destination="abroad", service="never")
    rule(workspace, "fixed", service="all")
    chosen = [means_of(order).service]

    for number, facts in enumerate(steps):
        rule(workspace, "fixed", service=str(number), **facts)
        chosen.append(means_of(order).service)

    assert chosen == ["all", "0", "1", "2", "3", "4"]


def test_an_order_abroad_is_not_one_at_home(store):
    rule(store.workspace, "fixed", destination="abroad", service="world")

    home, abroad = (
        make_order(store, external_id=f"402-000000{n}-0000001", recipient=make_address(country=c))
        for n, c in enumerate(("ES", "CH"))
    )

    assert [means_of(each).service for each in (home, abroad)] == ["standard", "world"]


def test_a_preset_speaks_before_the_rule(store):
    workspace, order = store.workspace, make_order(store, weight_g=300)
    post = make_rated(workspace, ["good", "4.00", "EUR", 2])
    box = PackageType(workspace=workspace, name="S", length_mm=200, width_mm=150, height_mm=90)
    box.tare_g = 40
    keep(box, actor="test", now=NOW)
    rule(workspace, "fastest")
    preset = Preset(workspace=workspace, name="Small", carrier_account=post, service="good")
    preset.package_type, preset.options = box, {"is_saturday": True}
    keep(preset, actor="test", now=NOW)

    (shipment,) = asked(order, preset=preset)

    assert (shipment.carrier_account, shipment.service, shipment.wish) == (post, "good", None)
    assert (shipment.weight_g, shipment.size_mm) == (340, (200, 150, 90))
    assert shipment.options == {"is_saturday": True}


def test_a_closed_carrier_is_chosen_by_nothing(store):
    post = make_rated(store.workspace, ["good", "4.00", "EUR", 2])
    rule(store.workspace, "fixed", carrier_account=post, service="good")
    CarrierAccount.objects.filter(pk=post.pk).update(closed_at=NOW)

    assert means_of(make_order(store)).carrier_account.carrier == "local"


def test_it_leaves_with_the_next_pick_up_and_a_pre_order_on_its_day(store):
    warehouse = store.workspace.warehouses.get()
    warehouse.time_zone, warehouse.cutoff_at = "Europe/Madrid", time(15, 0)
    warehouse.save()
    friday_evening = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
    order = make_order(store)
    early = make_order(store, external_id="402-0000002-0000001")
    early.is_early, early.opens_at = True, NOW + timedelta(days=10)  # Monday, 30 November

    leaves = [means_of(each, now=friday_evening).ships_at for each in (order, early)]

    assert [each.astimezone(UTC) for each in leaves] == [
        datetime(2026, 11, 23, 14, 0, tzinfo=UTC),
        datetime(2026, 11, 30, 14, 0, tzinfo=UTC),
    ]


def test_planning_asks_no_carrier_and_the_job_takes_the_best_offer_by_the_promise(store):
    workspace = store.workspace
    rule(workspace, "cheapest", must_arrive_in_time=True)
    orders = [
        make_order(store, external_id=f"402-000000{n}-0000001", deliver_by_at=LATE)
        for n in range(3)
    ]
    make_rated(workspace, ["slow", "3.00", "EUR", 90], ["good", "4.90", "EUR", 2], name="Post")
    make_rated(workspace, ["fast", "9.00", "EUR", 1], name="Courier")
    make_rated(workspace, fails="yes", name="Down")

    shipments = asked(*orders)
    assert all(each.wish and not each.service for each in shipments)
    assert not SOLD
    for each in shipments:
        jobs.buy(each.pk)

    assert {service for _, service, _ in SOLD} == {"good"}
    for each in Shipment.objects.all():
        assert (each.status, each.wish, each.service_name) == (Status.PURCHASED, None, "Good")
        assert (each.cost, each.quoted) == (Money(Decimal("4.9000"), "EUR"), None)
    assert Event.objects.filter(name="shipment.chosen").count() == 3


@pytest.mark.django_db(transaction=True)
def test_where_no_offer_keeps_the_conditions_nothing_is_bought_and_the_order_says_so(store):
    make_rated(store.workspace, ["good", "4.90", "EUR", 2])
    rule(store.workspace, must_be_protected=True)
    (shipment,) = asked(make_order(store))

    jobs.buy(shipment.pk)

    shipment.refresh_from_db()
    assert (shipment.status, shipment.problem["code"]) == (Status.DRAFT, "no_offer")
    assert not SOLD
    assert not Label.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_carriers_that_are_down_are_asked_again(store):
    post = make_rated(store.workspace, ["good", "4.90", "EUR", 2], fails="yes")
    rule(store.workspace, carrier_account=post)
    (shipment,) = asked(make_order(store))

    assert not grant_wish(shipment, now=NOW)

    shipment.refresh_from_db()
    assert (shipment.status, shipment.problem["code"]) == (Status.READY, "down")
    assert shipment.next_try_at > NOW
    CarrierAccount.objects.filter(pk=post.pk).update(settings={"offers": post.settings["offers"]})
    jobs.buy(shipment.pk)
    assert [service for _, service, _ in SOLD] == ["good"]


@pytest.mark.django_db(transaction=True)
def test_offers_in_several_currencies_are_compared_by_the_sellers_rates(store):
    workspace = store.workspace
    workspace.rates.create(
        on=NOW.date() - timedelta(days=1), base="EUR", currency="GBP", rate=Decimal("0.5")
    )
    make_rated(workspace, ["euro", "4.90", "EUR", 2], ["other", "5.00", "EUR", 2], name="A")
    make_rated(workspace, ["pound", "4.00", "GBP", 2], name="B")
    rule(workspace)
    (shipment,) = asked(make_order(store), now=clock.now())

    jobs.buy(shipment.pk)

    assert [service for _, service, _ in SOLD] == ["euro"]  # 4.00 GBP are 8.00 EUR


def test_a_large_selection_is_planned_by_its_job_with_the_rules_of_then(store):
    order = make_order(store)
    run = start_labels(store.workspace, [order.pk], actor="test", now=NOW)
    rule(store.workspace, "fastest")

    plan_more(run.pk, clock=clock.now)

    assert order.shipments.get().wish == {"choice": "fastest"}


def test_a_fixed_service_with_a_condition_is_looked_up_before_it_is_bought(store):
    post = make_rated(store.workspace, ["good", "4.90", "EUR", 2])
    rule(store.workspace, "fixed", carrier_account=post, service="good", must_be_protected=True)

    means = means_of(make_order(store))

    assert means.wish == Wish(
        choice="fixed", service="good", account_id=post.pk, must_be_protected=True
    )
