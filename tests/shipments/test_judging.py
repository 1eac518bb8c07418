"""Account health: each rate as Amazon defines it, from what is known, and what endangers it."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from packbench.lib.health_targets import BadTargets, Rate, read_targets
from packbench.orders.models import Order, OrderItem, Status
from packbench.shipments.judging import auto_cancel_at, judge
from packbench.shipments.models import Notice, Shipment, TrackingEvent
from packbench.shipments.status import Status as ShipmentStatus
from tests.making import NOW, make_means, make_order, make_store

pytestmark = pytest.mark.django_db
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NUMBER = "01505014280123"


@pytest.fixture
def store():
    return make_store()


def sold(store, number, *, ship_by_at=NOW - DAY, **columns):
    order = make_order(store, external_id=f"402-{number}", ship_by_at=ship_by_at)
    Order.objects.filter(pk=order.pk).update(**columns)
    return Order.objects.get(pk=order.pk)


def told(store, number, *, after):
    """An order that Amazon was told of so long after its ship-by time."""
    ship_by_at = NOW - DAY
    return sold(store, number, status=Status.SHIPPED, confirmed_at=ship_by_at + after)


def sent(order, **columns):
    means = make_means(order.workspace)
    return Shipment.objects.create(
        workspace=order.workspace,
        order=order,
        carrier_account=means.carrier_account,
        warehouse=means.warehouse,
        service="standard",
        weight_g=300,
        created_at=NOW - 5 * DAY,
        **{
            "status": ShipmentStatus.IN_TRANSIT,
            "tracking_number": NUMBER,
            "channel_code": "DPD",
            "purchased_at": NOW - 5 * DAY,
            **columns,
        },
    )


def scan(shipment, code="IT"):
    TrackingEvent.objects.create(
        workspace=shipment.workspace, shipment=shipment, at=NOW - 4 * DAY, code=code, seen_at=NOW
    )


def rate(store, name, country="ES"):
    health = judge(store, read_targets().of(country), now=NOW)
    return next(each for each in health.rates if each.target.rate is name)


def test_an_order_is_late_by_the_time_it_was_told_of_not_by_the_ship_date(store):
    for number, after in enumerate((-HOUR, -2 * HOUR, HOUR)):
        told(store, number, after=after)
    sold(store, 9)  # not told at all

    measured = rate(store, Rate.LATE_SHIPMENT)

    assert (measured.bad, measured.total) == (2, 4)
    assert measured.percent == 50
    assert not measured.is_met


def test_amazons_two_windows_are_ten_and_thirty_days(store):
    told(store, 1, after=HOUR)
    sold(store, 2, ship_by_at=NOW - 20 * DAY, status=Status.SHIPPED, confirmed_at=NOW - 21 * DAY)
    sold(store, 3, ship_by_at=NOW - 31 * DAY)

    measured = rate(store, Rate.LATE_SHIPMENT)

    assert (measured.bad, measured.total) == (1, 2)
    assert (measured.short.bad, measured.short.total) == (1, 1)
    assert len(measured.days) == 30


def test_what_others_shipped_counts_by_amazons_record_and_else_is_unknown(store):
    packages = [{"shipped_at": (NOW - 2 * DAY).isoformat(), "tracking_number": "1", "status": ""}]
    shipped = {"channel_status": Status.SHIPPED, "status": Status.SHIPPED}
    sold(store, 1, packages=packages, **shipped)
    sold(store, 2, **shipped)

    measured = rate(store, Rate.LATE_SHIPMENT)

    assert (measured.bad, measured.total, measured.unknown) == (0, 1, 1)


def test_what_if_these_stay_counts_what_is_due_until_tomorrow(store):
    told(store, 1, after=-HOUR)
    sold(store, 2, ship_by_at=NOW + 2 * HOUR)
    sold(store, 3, ship_by_at=NOW + 30 * HOUR)

    health = judge(store, read_targets().of("ES"), now=NOW)

    late = next(each for each in health.rates if each.target.rate is Rate.LATE_SHIPMENT)
    assert (late.percent, late.if_these_stay) == (0, 50)
    assert [one.order.external_id for one in health.endangering] == ["402-2"]


def test_overdue_orders_are_named_with_the_day_on_which_amazon_cancels_them(store):
    order = sold(store, 1, ship_by_at=datetime(2026, 11, 19, 22, 59, tzinfo=UTC))

    [one] = judge(store, read_targets().of("ES"), now=NOW).endangering

    assert (one.order, one.is_late) == (order, True)
    assert one.cancelled_at == datetime(2026, 11, 30, 22, 59, tzinfo=UTC)
    assert auto_cancel_at(datetime(2026, 11, 20, 12, tzinfo=UTC), "UTC").day == 1


def test_a_label_that_amazon_was_not_told_of_endangers_though_nothing_is_left_to_ship(store):
    order = sold(store, 1, ship_by_at=NOW + HOUR, status=Status.SHIPPED)
    Notice.objects.create(
        workspace=order.workspace,
        shipment=sent(order),
        order=order,
        store=store,
        status=Notice.Status.THROTTLED,
        deadline_at=order.ship_by_at,
        created_at=NOW,
    )

    [one] = judge(store, read_targets().of("ES"), now=NOW).endangering

    assert one.order == order


def test_only_sellers_cancellations_count(store):
    for number, by in enumerate(("SELLER", "BUYER", "")):
        order = sold(store, number, placed_at=NOW - DAY, status=Status.CANCELLED)
        OrderItem.objects.filter(order=order).update(cancelled_by=by)
    sold(store, 9, placed_at=NOW - DAY)
    sold(store, 10, placed_at=NOW - 8 * DAY)

    measured = rate(store, Rate.CANCELLATION)

    assert (measured.bad, measured.total) == (1, 4)


def test_tracking_is_valid_where_the_carrier_has_seen_it_under_its_own_name(store):
    seen = sent(told(store, 1, after=-HOUR))
    scan(seen)
    by_amazon = sent(told(store, 2, after=-HOUR))
    Order.objects.filter(pk=by_amazon.order_id).update(
        packages=[{"tracking_number": NUMBER, "status": "IN_TRANSIT", "shipped_at": ""}]
    )
    scan(sent(told(store, 3, after=-HOUR), channel_code="Other", channel_name="Pigeons"))
    scan(sent(told(store, 4, after=-HOUR), tracking_number="12-34"))
    sent(told(store, 5, after=-HOUR))  # never seen
    sent(told(store, 6, after=-HOUR), purchased_at=NOW - DAY)  # too young to be judged

    measured = rate(store, Rate.VALID_TRACKING)

    assert (measured.bad, measured.total) == (3, 5)
    assert measured.percent == 40


def test_delivery_is_judged_by_the_promise_and_unknown_where_nobody_tracks(store):
    promised = NOW - 10 * DAY
    for number, columns in enumerate(
        (
            {"delivered_at": promised - HOUR},
            {"delivered_at": promised + HOUR},
            {"next_track_at": NOW, "scanned_at": promised},  # under way, and late
            {},  # of a carrier that nobody asks
        )
    ):
        order = told(store, number, after=-HOUR)
        Order.objects.filter(pk=order.pk).update(deliver_by_at=promised)
        sent(order, **columns)
    recent = told(store, 9, after=-HOUR)
    Order.objects.filter(pk=recent.pk).update(deliver_by_at=NOW - 2 * DAY)
    sent(recent, delivered_at=NOW)

    measured = rate(store, Rate.ON_TIME_DELIVERY, "US")

    assert (measured.bad, measured.total, measured.unknown) == (2, 3, 1)


def test_amazon_fulfilled_orders_are_not_ours_to_be_judged_by(store):
    order = told(store, 1, after=HOUR)
    Order.objects.filter(pk=order.pk).update(is_amazon_fulfilled=True)

    assert rate(store, Rate.LATE_SHIPMENT).total == 0


def test_targets_differ_by_country_and_ones_own_file_counts_first(tmp_path):
    ours = read_targets()
    assert ours.of("US")[Rate.ON_TIME_DELIVERY].limit == 90
    assert ours.of("ES")[Rate.ON_TIME_DELIVERY].limit is None
    own = tmp_path / "targets.json"
    target = {"rate": "late_shipment", "countries": ["ES"], "limit": 1, "is_most": True, "days": 7}
    own.write_text(json.dumps({"as_of": "2026-12-01", "sources": [], "targets": [target]}))

    assert read_targets(own).of("ES")[Rate.LATE_SHIPMENT].limit == 1
    assert read_targets(own).of("DE") == {}
    own.write_text("{")
    with pytest.raises(BadTargets):
        read_targets(own)
