"""What is wrong with a parcel on its way: one rule for the row, the list and the count."""

from datetime import timedelta

import pytest

from packbench.carriers.models import CarrierAccount
from packbench.lib import clock
from packbench.shipments.models import Shipment
from packbench.shipments.status import Status
from packbench.shipments.straying import Alert, alerts_of, count_alerts, with_alert
from tests.making import make_order, make_store
from tests.web.orders.conftest import labeled

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def shipment():
    return labeled(make_order(make_store()))


def alerts(shipment, *, now, **columns):
    """The alerts of the parcel as the row, the list and the count have them: all the same."""
    promise = columns.pop("deliver_by_at", now + 9 * DAY)
    order = shipment.order
    type(order).objects.filter(pk=order.pk).update(deliver_by_at=promise)
    Shipment.objects.filter(pk=shipment.pk).update(**columns)
    row = Shipment.objects.with_order().get(pk=shipment.pk)
    found = alerts_of(row, now=now)
    listed = [a for a in Alert if with_alert(Shipment.objects.all(), a, now=now).exists()]
    assert sorted(found) == sorted(listed)
    counted = count_alerts(row.workspace, now=now)
    assert {a for a, count in counted.items() if count} == set(found) - {Alert.RETURNED}
    return found


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"purchased_at": -23 * HOUR}, []),
        ({"purchased_at": -24 * HOUR}, [Alert.NO_SCAN]),
        ({"purchased_at": -3 * DAY, "handed_over_at": -HOUR, "status": Status.MANIFESTED}, []),
        ({"purchased_at": -3 * DAY, "handed_over_at": -DAY, "status": Status.MANIFESTED},
         [Alert.NO_SCAN]),
        ({"purchased_at": -3 * DAY, "ships_at": -HOUR}, []),
        ({"purchased_at": -3 * DAY, "ships_at": 2 * DAY}, []),
        ({"purchased_at": -3 * DAY, "status": Status.IN_TRANSIT}, []),
        ({"status": Status.EXCEPTION}, [Alert.EXCEPTION]),
        ({"status": Status.RETURNED}, [Alert.RETURNED]),
        ({"status": Status.DELIVERED, "deliver_by_at": -DAY}, []),
        ({"deliver_by_at": -HOUR}, [Alert.LATE]),
        ({"deliver_by_at": HOUR}, []),
        ({"estimated_at": 2 * DAY, "deliver_by_at": DAY}, [Alert.LATE]),
        ({"estimated_at": DAY, "deliver_by_at": 2 * DAY}, []),
        ({"estimated_at": 2 * DAY, "promised_at": DAY}, [Alert.LATE]),
        ({"promised_at": -HOUR}, [Alert.LATE]),
        ({"deliver_by_at": None, "promised_at": None}, []),
        ({"status": Status.IN_TRANSIT, "deliver_by_at": -DAY}, []),  # of own delivery, gone
        ({"status": Status.IN_TRANSIT, "deliver_by_at": -DAY, "next_track_at": HOUR},
         [Alert.LATE]),
        ({"status": Status.EXCEPTION, "deliver_by_at": -DAY, "next_track_at": HOUR},
         [Alert.EXCEPTION, Alert.LATE]),
    ],
)  # fmt: skip
def test_each_is_found_the_same_by_row_list_and_count(shipment, columns, expected):
    now = clock.now()
    times = {
        name: now + value if isinstance(value, timedelta) else value
        for name, value in columns.items()
    }

    assert alerts(shipment, now=now, **times) == expected


def test_each_carrier_account_has_its_own_patience(shipment):
    now = clock.now()
    CarrierAccount.objects.update(no_scan_hours=48)

    assert alerts(shipment, now=now, purchased_at=now - 47 * HOUR) == []
    assert alerts(shipment, now=now, purchased_at=now - 48 * HOUR) == [Alert.NO_SCAN]
