"""Tracking against the sandbox's carrier: scanned, told, delivered; whatever fails in between."""

import json
from datetime import timedelta

import pytest

from packbench.carriers.models import CarrierAccount
from packbench.carriers.registry import open_carrier
from packbench.channels.models import Store
from packbench.events.models import Event
from packbench.lib import clock
from packbench.shipments import jobs
from packbench.shipments.batching import create_labels
from packbench.shipments.handing_over import hand_over
from packbench.shipments.models import Notice, Shipment, TrackingEvent
from packbench.shipments.planning import Means
from packbench.shipments.status import Status
from packbench.shipments.tracking import track_parcels
from packbench_sandbox.carrier.selling import KEY
from tests.flows.conftest import connect, import_everything, weigh_everything
from tests.making import make_warehouse

pytestmark = pytest.mark.django_db


@pytest.fixture
def orders_per_store():
    return 4


@pytest.fixture
def store(sandbox):
    store = connect(sandbox)
    store.feedback = Store.Feedback.FIRST_SCAN
    store.save()
    import_everything(store)
    weigh_everything(store.workspace)
    store.workspace.orders.update(ship_by_at=clock.now() + timedelta(days=3))
    return store


@pytest.fixture
def shipment(sandbox, store):
    """A parcel of the carrier that tracks."""
    workspace = store.workspace
    workspace.carrier_accounts.update(is_default=False)
    account = CarrierAccount.objects.create(
        workspace=workspace,
        carrier="sandbox",
        name="Sandbox Parcel",
        is_default=True,
        settings={"key": KEY},
        created_at=clock.now(),
    )
    order = next(order for order in workspace.orders.to_ship() if order.can_ship)
    means = Means(account, make_warehouse(workspace), "standard")
    create_labels(workspace, [order], means, actor="test", now=clock.now())
    jobs.buy(Shipment.objects.get().pk)
    return Shipment.objects.get()


def look(shipment, *, hours=1):
    """What the worker does when the parcel's turn has come."""
    account = shipment.carrier_account
    at = clock.now() + timedelta(hours=hours)
    answered = track_parcels(account, open_carrier(account), clock=lambda: at)
    shipment.refresh_from_db()
    return answered


def tell(store):
    jobs.send_notices(store.account.pk)


def test_a_parcel_is_scanned_amazon_is_told_and_it_is_delivered(sandbox, store, shipment):
    number = shipment.tracking_number
    tell(store)
    assert sandbox.ledger.confirmations() == []

    sandbox.move_parcel(number, "PICKUP")
    assert look(shipment) == 1
    tell(store)
    sandbox.move_parcel(number, "DEPOT")
    sandbox.move_parcel(number, "DELIVERED")
    look(shipment, hours=5)

    [told] = sandbox.ledger.confirmations()
    assert told["package"]["trackingNumber"] == number
    assert shipment.status == Status.DELIVERED
    assert shipment.delivered_at is not None
    names = set(Event.objects.filter(shipment_id=shipment.pk).values_list("name", flat=True))
    assert {"shipment.scanned", "notice.accepted", "shipment.delivered"} <= names


def test_who_signed_is_written_nowhere(sandbox, shipment):
    for code in ("PICKUP", "NOT_HOME", "SHOP", "DELIVERED"):
        sandbox.move_parcel(shipment.tracking_number, code)

    look(shipment)

    kept = [*TrackingEvent.objects.values(), *Event.objects.values(), *Shipment.objects.values()]
    assert len(TrackingEvent.objects.all()) == 4
    assert "grünbaum" not in json.dumps(kept, default=str, ensure_ascii=False).lower()


def test_what_the_carrier_shows_later_is_seen_later(sandbox, store, shipment):
    sandbox.commit_lag = 60
    sandbox.move_parcel(shipment.tracking_number, "PICKUP")

    look(shipment)
    assert shipment.status == Status.PURCHASED
    sandbox.clock.advance(61)
    look(shipment, hours=2)

    assert shipment.status == Status.IN_TRANSIT


def test_a_parcel_is_asked_for_when_its_turn_has_come_and_not_before(sandbox, shipment):
    assert look(shipment, hours=0) == 0
    assert look(shipment, hours=1) == 1
    assert look(shipment, hours=1) == 0  # the next turn is later

    assert sandbox.stats()["calls"].get("trackParcel", 0) in (0, 1)


@pytest.mark.parametrize("fault", ["500", "lost_answer", "bad_json", "reset", "429"])
def test_a_fault_of_the_carrier_is_got_over(sandbox, store, shipment, fault):
    sandbox.move_parcel(shipment.tracking_number, "PICKUP")
    sandbox.faults.arm(fault, "trackParcel")

    assert look(shipment) == 0
    assert shipment.status == Status.PURCHASED
    look(shipment, hours=3)

    assert shipment.status == Status.IN_TRANSIT


def test_a_worker_killed_while_it_asks_leaves_the_parcel_to_be_asked_for_again(sandbox, shipment):
    class Killed:
        def track(self, tracking_number, carrier_label_id):
            raise KeyboardInterrupt

    at = clock.now() + timedelta(hours=1)
    with pytest.raises(KeyboardInterrupt):
        track_parcels(shipment.carrier_account, Killed(), clock=lambda: at)

    sandbox.move_parcel(shipment.tracking_number, "PICKUP")
    assert look(shipment, hours=1) == 0  # still its claim
    assert look(shipment, hours=2) == 1
    assert shipment.status == Status.IN_TRANSIT


def test_a_parcel_handed_over_to_a_carrier_that_tracks_awaits_its_scan(sandbox, store, shipment):
    hand_over([shipment.pk], actor="test", now=clock.now())
    shipment.refresh_from_db()
    assert shipment.status == Status.MANIFESTED
    tell(store)
    assert sandbox.ledger.confirmations() == []

    sandbox.move_parcel(shipment.tracking_number, "PICKUP")
    look(shipment)
    tell(store)

    assert Notice.objects.get().status == Notice.Status.ACCEPTED
