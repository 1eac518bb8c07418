"""The first scan: Amazon is told when the carrier has the parcel, and in time all the same."""

from datetime import timedelta

import pytest

from packbench.carriers.base import Tracked, Tracking, TrackingCode
from packbench.channels.models import Store
from packbench.channels.settling import Telling, change_store
from packbench.events.models import Event
from packbench.lib.errors import Rejected
from packbench.orders.models import Order
from packbench.shipments import jobs
from packbench.shipments.buying import buy_label
from packbench.shipments.confirming import send_due_notices
from packbench.shipments.filing import write_notice_file
from packbench.shipments.handing_over import hand_over
from packbench.shipments.models import Notice, Shipment, TrackingEvent
from packbench.shipments.scanning import record_scan
from packbench.shipments.status import Status
from packbench.shipments.timing import renew_guards, retime
from packbench.shipments.tracking import record_tracking
from packbench.shipments.voiding import void_label
from tests.making import NOW, make_order, make_store
from tests.shipments.faking import FakeCarrier, FakeChannel
from tests.shipments.test_buying import fresh, ready

pytestmark = pytest.mark.django_db
SHIP_BY = NOW + timedelta(hours=20)
GUARD = SHIP_BY - timedelta(hours=4)
SECOND = timedelta(seconds=1)


@pytest.fixture
def store():
    store = make_store()
    store.feedback = Store.Feedback.FIRST_SCAN
    store.save()
    return store


def labeled(store, **changes):
    shipment = ready(make_order(store, **changes))
    buy_label(shipment, FakeCarrier(), now=NOW)
    return fresh(shipment)


def told(store, at):
    """What Amazon hears when the worker looks at that time."""
    channel = FakeChannel()
    send_due_notices(store.account, channel, clock=lambda: at)
    return [confirmation.order_id for confirmation in channel.confirmed]


def scan(shipment, at=NOW):
    return record_scan(shipment, at=at, code="AC", actor="test", now=at)


def test_the_notice_waits_for_the_scan_and_is_due_with_it(store):
    shipment = labeled(store)
    later = NOW + timedelta(hours=2)

    assert told(store, later) == []
    assert scan(shipment, at=later)

    assert told(store, later) == [shipment.order.external_id]
    assert fresh(shipment).status == Status.IN_TRANSIT
    assert Event.objects.filter(name="shipment.scanned").count() == 1


def test_without_a_scan_amazon_is_told_four_hours_before_the_ship_by_time_to_the_second(store):
    shipment = labeled(store, ship_by_at=SHIP_BY)

    assert told(store, GUARD - SECOND) == []
    assert told(store, GUARD) == [shipment.order.external_id]


def test_without_a_ship_by_time_it_is_told_a_day_after_the_purchase(store):
    shipment = labeled(store, ship_by_at=None)
    guard = NOW + timedelta(hours=24)

    assert told(store, guard - SECOND) == []
    assert told(store, guard) == [shipment.order.external_id]


def test_a_label_bought_after_the_guard_is_told_at_once(store):
    shipment = labeled(store, ship_by_at=NOW + timedelta(hours=3))

    assert told(store, NOW) == [shipment.order.external_id]


def test_a_scan_after_the_guard_does_not_tell_twice(store):
    shipment = labeled(store, ship_by_at=SHIP_BY)

    assert len(told(store, GUARD)) == 1
    scan(shipment, at=GUARD + SECOND)

    assert told(store, GUARD + timedelta(hours=1)) == []
    assert fresh(shipment).scanned_at == GUARD + SECOND


def test_a_parcel_is_scanned_once(store):
    shipment = labeled(store)

    assert [scan(shipment), scan(shipment)] == [True, False]
    assert Event.objects.filter(name="shipment.scanned").count() == 1


def test_a_changed_setting_holds_for_what_waits_already(store):
    first = labeled(store, external_id="1")
    scan_later = Telling(Store.Feedback.FIRST_SCAN, confirm_hours_before=10)

    change_store(store, scan_later, actor="test", now=NOW)
    retime(Store.objects.get(), now=NOW)
    assert told(store, SHIP_BY - timedelta(hours=10) - SECOND) == []
    change_store(store, Telling(Store.Feedback.LABEL_CREATED, 10), actor="test", now=NOW)
    jobs.retime_store(store.pk, "")

    assert told(store, NOW) == [first.order.external_id]


def test_from_label_to_scan_what_was_not_sent_yet_waits_for_its_scan(store):
    Store.objects.update(feedback=Store.Feedback.LABEL_CREATED)
    shipment = labeled(Store.objects.get())

    Store.objects.update(feedback=Store.Feedback.FIRST_SCAN)
    retime(Store.objects.get(), now=NOW)

    assert told(store, NOW) == []
    scan(shipment)
    assert len(told(store, NOW)) == 1


def test_from_scan_to_never_nothing_more_is_told(store):
    labeled(store)
    Store.objects.update(feedback=Store.Feedback.NONE)

    retime(Store.objects.get(), now=NOW)

    assert Notice.objects.get().status == Notice.Status.NOT_REQUIRED
    assert told(store, SHIP_BY) == []


def test_the_guard_follows_a_ship_by_time_that_amazon_moved(store):
    shipment = labeled(store, ship_by_at=SHIP_BY)
    sooner = NOW + timedelta(hours=6)
    Order.objects.update(ship_by_at=sooner, due_at=sooner)

    assert renew_guards(now=NOW) == 1
    assert renew_guards(now=NOW) == 0

    assert told(store, sooner - timedelta(hours=4) - SECOND) == []
    assert told(store, sooner - timedelta(hours=4)) == [shipment.order.external_id]


def test_a_scanned_parcel_cannot_be_voided(store):
    shipment, carrier = labeled(store), FakeCarrier()
    scan(shipment)

    with pytest.raises(Rejected, match="carrier has this parcel"):
        void_label(fresh(shipment), carrier, actor="test", now=NOW)
    assert fresh(shipment).status == Status.IN_TRANSIT


def test_a_voided_parcel_is_not_scanned(store):
    carrier, shipment = FakeCarrier(), ready(make_order(store))
    buy_label(shipment, carrier, now=NOW)
    void_label(fresh(shipment), carrier, actor="test", now=NOW)

    assert scan(fresh(shipment)) is False
    assert Notice.objects.get().status == Notice.Status.NOT_REQUIRED


def test_a_void_that_the_carrier_refuses_waits_for_the_scan_again(store):
    shipment, carrier = labeled(store, ship_by_at=SHIP_BY), FakeCarrier()

    def refuse(label_id):
        raise Rejected("Too late.", code="too_late")

    carrier.void = refuse
    with pytest.raises(Rejected):
        void_label(shipment, carrier, actor="test", now=NOW)

    assert told(store, GUARD - SECOND) == []
    assert len(told(store, GUARD)) == 1


def test_many_are_handed_over_at_once_and_told(store):
    ids = [labeled(store, external_id=str(number)).pk for number in range(5)]

    assert hand_over(ids, actor="test", now=NOW) == 5
    assert hand_over(ids, actor="test", now=NOW) == 0

    assert set(Shipment.objects.values_list("status", flat=True)) == {Status.IN_TRANSIT}
    assert len(told(store, NOW)) == 5


def test_a_worker_killed_between_scan_and_telling_leaves_a_notice_that_is_due(store):
    shipment, channel = labeled(store), FakeChannel()
    scan(shipment)
    channel.fail_next = KeyboardInterrupt()

    with pytest.raises(KeyboardInterrupt):
        send_due_notices(store.account, channel, clock=lambda: NOW)

    half = Notice.objects.due(NOW + timedelta(minutes=5), lease=timedelta(minutes=2))
    assert [notice.status for notice in half] == [Notice.Status.SENDING]


def test_the_file_of_a_store_without_api_leaves_out_what_awaits_its_scan(store):
    shipment = labeled(store, ship_by_at=SHIP_BY)
    Store.objects.update(account=None)
    shop = Store.objects.get()

    with pytest.raises(Rejected):
        write_notice_file(shop, now=NOW)
    scan(shipment)

    assert write_notice_file(shop, now=NOW).count == 1


def event(code, hours, **facts):
    return Tracked(at=NOW + timedelta(hours=hours), code=TrackingCode(code), **facts)


def track(shipment, *events, hours=30, estimated_at=None):
    now = NOW + timedelta(hours=hours)
    record_tracking(shipment, Tracking(events=events, estimated_at=estimated_at), now=now)
    return fresh(shipment)


def test_the_first_scan_of_a_tracked_parcel_counts_with_its_own_time(store):
    shipment = labeled(store)

    here = track(shipment, event("IT", 3), event("NY", 1), event("AC", 2))

    assert (here.status, here.scanned_at) == (Status.IN_TRANSIT, NOW + timedelta(hours=2))
    assert len(told(store, NOW + timedelta(hours=30))) == 1


def test_an_announcement_is_no_scan(store):
    shipment = labeled(store)

    assert track(shipment, event("NY", 1), event("UN", 2), hours=3).status == Status.PURCHASED
    assert told(store, NOW + timedelta(hours=3)) == []


def test_what_came_twice_or_late_is_kept_once_and_changes_nothing(store):
    shipment = labeled(store)
    events = event("AC", 1), event("IT", 2), event("DE", 5)

    track(shipment, *events)
    here = track(shipment, *events)

    assert (here.status, here.delivered_at) == (Status.DELIVERED, NOW + timedelta(hours=5))
    assert TrackingEvent.objects.count() == 3
    assert here.next_track_at is None


@pytest.mark.parametrize(
    ("events", "status"),
    [
        ((event("AC", 1), event("EX", 2)), Status.EXCEPTION),
        ((event("AC", 1), event("EX", 2), event("IT", 3)), Status.IN_TRANSIT),
        ((event("AC", 1), event("AT", 2)), Status.IN_TRANSIT),
        ((event("AC", 1), event("EX", 2, is_return=True)), Status.RETURNED),
        ((event("AC", 1), event("DE", 2, is_return=True)), Status.RETURNED),
        ((event("DE", 2),), Status.DELIVERED),
        ((event("EX", 2),), Status.PURCHASED),
    ],
)
def test_the_latest_word_of_the_carrier_says_where_the_parcel_is(store, events, status):
    assert track(labeled(store), *events).status == status


def test_a_problem_that_was_solved_is_left_behind(store):
    shipment = labeled(store)

    assert track(shipment, event("AC", 1), event("EX", 2)).status == Status.EXCEPTION
    assert track(shipment, event("AC", 1), event("EX", 2), event("IT", 3)).status == (
        Status.IN_TRANSIT
    )
    names = list(Event.objects.filter(shipment_id=shipment.pk).values_list("name", flat=True))
    assert {"shipment.troubled", "shipment.resumed"} <= set(names)


def test_no_text_of_the_carrier_is_kept(store):
    shipment = labeled(store)

    track(shipment, event("AC", 1, raw_code="Signed by Lucía Ferrer"))

    assert TrackingEvent.objects.get().raw_code == ""


def test_a_carrier_that_never_stops_talking_is_kept_within_bounds(store):
    shipment = labeled(store)

    track(shipment, *(event("IT", 1 + number / 100) for number in range(300)))
    track(shipment, *(event("IT", 9 + number / 100) for number in range(300)))

    assert TrackingEvent.objects.count() == 100
