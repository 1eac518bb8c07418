"""Scans by webhook: signed by the carrier, taken once, in any order, of our parcels alone."""

import hashlib
import hmac
import json
from datetime import timedelta

import pytest

from packbench.carriers.managing import Wanted, add_account
from packbench.carriers.models import CarrierAccount
from packbench.carriers.pushing import begin_pushes, end_pushes
from packbench.channels.models import Store
from packbench.events.models import Event
from packbench.lib import clock
from packbench.shipments import jobs
from packbench.shipments.batching import create_labels
from packbench.shipments.models import Notice, Shipment, TrackingEvent
from packbench.shipments.planning import Means
from packbench.shipments.pushing import MOST_BYTES
from packbench.shipments.status import Status
from packbench.shipments.tracking import PUSHED_TOO
from packbench_sandbox.easypost import pushing as easypost
from packbench_sandbox.easypost.selling import KEY
from packbench_sandbox.sendcloud import tracking as sendcloud
from packbench_sandbox.sendcloud.selling import PUBLIC, SECRET
from tests.making import make_order, make_store, make_warehouse, make_workspace

pytestmark = pytest.mark.django_db
SECRETS = {"easypost": {"key": KEY}, "sendcloud": {"public": PUBLIC, "secret": SECRET}}
SERVICES = {"easypost": "USPS/GroundAdvantage", "sendcloud": "postnl:standard"}


@pytest.fixture
def orders_per_store():
    return 1


@pytest.fixture
def store():
    store = make_store()
    store.feedback = Store.Feedback.FIRST_SCAN
    store.save()
    return store


def opened(workspace, carrier):
    wanted = Wanted(name=carrier, secrets=SECRETS[carrier])
    return add_account(workspace, carrier, wanted, actor="test", now=clock.now())


def bought(store, carrier):
    """A parcel of that carrier."""
    workspace = store.workspace
    account = opened(workspace, carrier)
    order = make_order(store, ship_by_at=clock.now() + timedelta(days=3))
    means = Means(account, make_warehouse(workspace), SERVICES[carrier])
    create_labels(workspace, [order], means, actor="test", now=clock.now())
    jobs.buy(Shipment.objects.latest("created_at").pk)
    return Shipment.objects.latest("created_at")


class Carrier:
    """What the carrier does: let something happen, and post it."""

    def __init__(self, client, sandbox, shipment):
        self.client, self.sandbox, self.shipment = client, sandbox, shipment
        self.account = CarrierAccount.objects.opened().get(pk=shipment.carrier_account_id)
        self.secret = SECRET
        if self.account.carrier == "easypost":
            self.secret = begin_pushes(self.account, actor="test", now=clock.now())

    def says(self, code, *, hours=0):
        """Returns the message: headers and body."""
        at = clock.now().timestamp() + hours * 3600
        self.sandbox.move_parcel(self.shipment.tracking_number, code, at=at)
        push_of = easypost.push_of if self.account.carrier == "easypost" else sendcloud.push_of
        return push_of(self.sandbox.world, self.shipment.tracking_number, secret=self.secret)

    def posts(self, message, to=""):
        headers, body = message
        url = f"/scans/{to or self.account.pk}"
        answer = self.client.post(url, body, content_type="application/json", headers=headers)
        self.shipment.refresh_from_db()
        return answer.status_code


@pytest.fixture(params=["easypost", "sendcloud"])
def carrier(request, client, sandbox, store):
    return Carrier(client, sandbox, bought(store, request.param))


def test_a_scan_is_seen_at_once_amazon_may_be_told_and_the_parcel_is_delivered(
    sandbox, store, carrier
):
    assert carrier.posts(carrier.says("PICKUP")) == 204
    assert carrier.shipment.status == Status.IN_TRANSIT
    assert Notice.objects.get().awaits_scan is False
    carrier.posts(carrier.says("DELIVERED", hours=1))

    assert carrier.shipment.status == Status.DELIVERED
    assert carrier.sandbox.stats()["calls"].get(f"{carrier.account.carrier}.track", 0) == 0


def test_a_message_that_comes_twice_or_late_changes_nothing(carrier):
    scanned = carrier.says("PICKUP")
    carrier.posts(scanned)
    carrier.posts(carrier.says("DAMAGED", hours=1))
    before = (TrackingEvent.objects.count(), Event.objects.count())

    assert carrier.posts(scanned) == 204

    assert carrier.shipment.status == Status.EXCEPTION
    assert (TrackingEvent.objects.count(), Event.objects.count()) == before


def test_what_is_not_signed_by_the_carrier_is_refused(carrier):
    headers, body = carrier.says("PICKUP")
    [(name, signature)] = headers.items()

    answers = [
        carrier.posts((forged, content))
        for forged, content in (
            ({}, body),
            ({name: ""}, body),
            ({name: signature[:-1] + ("0" if signature[-1] != "0" else "1")}, body),
            ({name: signature}, body + b" "),
            ({name: "ü" * 64}, body),
            ({"X-Other": signature}, body),
        )
    ]

    assert answers == [401] * 6
    assert carrier.shipment.status == Status.PURCHASED
    assert TrackingEvent.objects.count() == 0


def test_a_secret_counts_for_its_account_alone_and_until_it_is_replaced(carrier, store):
    message = carrier.says("PICKUP")
    other = add_account(
        make_workspace("Elsewhere"), carrier.account.carrier,
        Wanted(name="Other", secrets=dict.fromkeys(("key", "public", "secret"), "other")),
        actor="test", now=clock.now(),
    )  # fmt: skip
    if carrier.account.carrier == "easypost":
        begin_pushes(other, actor="test", now=clock.now())

    assert carrier.posts(message, to=other.pk) == 401
    if carrier.account.carrier == "easypost":
        begin_pushes(carrier.account, actor="test", now=clock.now())
        assert carrier.posts(message) == 401
        end_pushes(carrier.account, actor="test", now=clock.now())
        assert carrier.posts(message) == 404
    assert carrier.shipment.status == Status.PURCHASED


def test_parcels_that_are_not_ours_and_other_messages_are_taken_and_ignored(carrier):
    message = carrier.says("PICKUP")
    Shipment.objects.update(tracking_number="SOMEBODY-ELSES")

    assert carrier.posts(message) == 204
    assert carrier.shipment.status == Status.PURCHASED
    assert TrackingEvent.objects.count() == 0


def test_no_account_and_too_long_a_message_are_turned_away(carrier):
    headers, _ = carrier.says("PICKUP")

    assert carrier.posts((headers, b"x" * (MOST_BYTES + 1))) == 413
    assert carrier.posts((headers, b"{}"), to="car_none") == 404


def test_who_signed_is_written_nowhere(carrier):
    for hours, code in enumerate(("PICKUP", "NOT_HOME", "SHOP", "DELIVERED")):
        carrier.posts(carrier.says(code, hours=hours / 10))

    kept = [*TrackingEvent.objects.values(), *Event.objects.values(), *Shipment.objects.values()]
    assert TrackingEvent.objects.count() == 4
    assert "grünbaum" not in json.dumps(kept, default=str, ensure_ascii=False).lower()


def test_a_carrier_that_tells_by_itself_is_asked_less_often_while_it_does(carrier):
    carrier.posts(carrier.says("PICKUP"))

    wait = carrier.shipment.next_track_at - clock.now()
    assert PUSHED_TOO - timedelta(minutes=1) < wait <= PUSHED_TOO

    CarrierAccount.objects.update(pushed_at=clock.now() - timedelta(days=3))
    Shipment.objects.update(next_track_at=clock.now())
    jobs.track(carrier.account.pk)
    carrier.shipment.refresh_from_db()
    assert carrier.shipment.next_track_at - clock.now() < timedelta(hours=3)


def test_hostile_bodies_are_taken_for_nothing(carrier):
    bodies = [b"", b"{}", b"[]", b"null", b'{"action":1}', b"\xff\xfe", b'{"parcel":' * 3000,
              b'{"description":"tracker.updated","result":7}',
              b'{"action":"parcel_status_changed","timestamp":1e300,"parcel":{"status":{"id":11},'
              b'"tracking_number":"%s"}}' % carrier.shipment.tracking_number.encode()]  # fmt: skip

    answers = [carrier.posts(signed(carrier, body)) for body in bodies]

    assert answers == [204] * len(bodies)
    assert carrier.shipment.status == Status.PURCHASED


def signed(carrier, body):
    digest = hmac.new(carrier.secret.encode(), body, hashlib.sha256).hexdigest()
    if carrier.account.carrier == "easypost":
        return {"X-Hmac-Signature": f"hmac-sha256-hex={digest}"}, body
    return {"Sendcloud-Signature": digest}, body
