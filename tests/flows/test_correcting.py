"""Corrections against the sandbox: its record equals the last state."""

import pytest

from packbench.carriers.registry import open_carrier
from packbench.lib import clock
from packbench.orders.models import Order, Status
from packbench.shipments import jobs
from packbench.shipments.batching import create_labels
from packbench.shipments.correcting import Correction, correct_parcel
from packbench.shipments.marking import Elsewhere, mark_as_shipped
from packbench.shipments.models import Notice, Shipment
from packbench.shipments.voiding import void_label
from tests.flows.conftest import connect, import_everything, weigh_everything
from tests.making import make_means

pytestmark = pytest.mark.django_db


@pytest.fixture
def orders_per_store():
    return 4


@pytest.fixture
def store(sandbox):
    store = connect(sandbox)
    import_everything(store)
    weigh_everything(store.workspace)
    return store


@pytest.fixture
def order(store):
    return next(order for order in store.workspace.orders.to_ship() if order.can_ship)


def ship(order):
    """Buy a label and tell Amazon; returns the shipment."""
    workspace = order.workspace
    create_labels(workspace, [order], make_means(workspace), actor="test", now=clock.now())
    shipment = order.shipments.get(status="ready")
    jobs.buy(shipment.pk)
    jobs.send_notices(order.store.account_id)
    return Shipment.objects.with_order().get(pk=shipment.pk)


def packages(sandbox, order):
    """What Amazon shows: (reference, carrier, tracking number) of each package."""
    shown = sandbox.world.state(order.external_id).packages.values()
    return [(p["packageReferenceId"], p["carrier"], p["trackingNumber"]) for p in shown]


def kinds(sandbox, order):
    return [entry["kind"] for entry in sandbox.ledger.confirmations(order.external_id)]


def settle(sandbox, store):
    """Time goes by, the next poll comes, and the sweep compares."""
    sandbox.clock.advance(600)
    import_everything(store)
    jobs.sweep(0)


def test_the_sandbox_shows_the_last_of_two_corrections_and_one_package(sandbox, store, order):
    shipment = ship(order)

    for number, carrier in (("01505014280123", "DPD"), ("12345678901", "GLS")):
        correction = Correction(number, carrier)
        correct_parcel(shipment, correction, actor="test", now=clock.now())
        jobs.send_notices(store.account.pk)

    reference = Notice.objects.get().package_reference
    assert packages(sandbox, order) == [(reference, "GLS", "12345678901")]
    assert kinds(sandbox, order) == ["shipment.confirmed", *["shipment.edited"] * 2]
    settle(sandbox, store)
    assert Notice.objects.get().verified_at is not None


def test_a_label_voided_after_amazon_was_told_is_replaced_by_the_next(sandbox, store, order):
    first = ship(order)
    settle(sandbox, store)  # Amazon calls it shipped by now

    void_label(first, open_carrier(first.carrier_account), actor="test", now=clock.now())
    settle(sandbox, store)
    assert Order.objects.get(pk=order.pk).status == Status.AWAITING_SHIPMENT
    second = ship(Order.objects.get(pk=order.pk))

    [(_, _, number)] = packages(sandbox, order)
    assert number == second.tracking_number != first.tracking_number
    assert kinds(sandbox, order) == ["shipment.confirmed", "shipment.edited"]
    settle(sandbox, store)
    assert Notice.objects.get(order=order).verified_at is not None
    assert Order.objects.get(pk=order.pk).status == Status.SHIPPED


def test_a_parcel_bought_elsewhere_is_shown_by_amazon(sandbox, store, order):
    parcel = Elsewhere("correos", "PK123456789ES")
    means = make_means(store.workspace)
    mark_as_shipped(order, parcel, means, actor="test", now=clock.now())

    jobs.send_notices(store.account.pk)

    assert [shown[1:] for shown in packages(sandbox, order)] == [("Correos", "PK123456789ES")]
    assert Order.objects.get(pk=order.pk).status == Status.SHIPPED
