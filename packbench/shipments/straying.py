"""Straying: what is wrong with a parcel on its way, by time and by what its carrier says.

A code follows from the row and the clock: nothing is stored that could be outdated.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Count, DateTimeField, DurationField, ExpressionWrapper, F, Q, Value
from django.db.models.functions import Coalesce, Greatest

from packbench.accounts.models import Workspace
from packbench.shipments.models import Shipment, ShipmentQuerySet
from packbench.shipments.status import NOT_THERE, UNSCANNED, Status

HOUR = timedelta(hours=1)
# Of own delivery nobody hears when a parcel arrives: once it went, nothing is known to be late.
IS_FOLLOWED = Q(status__in=UNSCANNED) | Q(next_track_at__isnull=False)


class Alert(StrEnum):
    """What a person should look after. `returned` is not counted: it is over."""

    NO_SCAN = "no_scan"  # handed over, or labeled, and the carrier saw nothing of it
    LATE = "late"  # expected after the carrier's own promise, or after the store's
    EXCEPTION = "exception"  # the carrier reports a problem
    RETURNED = "returned"  # it goes back, or came back


COUNTED = (Alert.NO_SCAN, Alert.LATE, Alert.EXCEPTION)


def alerts_of(shipment: Shipment, *, now: datetime) -> list[Alert]:
    """What is wrong with a parcel, its order and its account loaded."""
    return [alert for alert, is_so in _CHECKS.items() if is_so(shipment, now)]


def with_alert(rows: ShipmentQuerySet, alert: Alert, *, now: datetime) -> ShipmentQuerySet:
    """Those of the rows that have it; the same rule as `alerts_of`."""
    return _with_times(rows).filter(_condition(alert, now))


def count_alerts(workspace: Workspace, *, now: datetime) -> dict[Alert, int]:
    """How many parcels of the workspace have each, of those that are counted."""
    rows = _with_times(workspace.shipments.filter(status__in=NOT_THERE))
    counts: dict[str, Any] = {
        alert.value: Count("pk", filter=_condition(alert, now)) for alert in COUNTED
    }
    found = rows.order_by().aggregate(**counts)
    return {alert: found[alert.value] for alert in COUNTED}


def silent_since(shipment: Shipment) -> datetime | None:
    """From when on the carrier should see it: the hand-over, or else the day it leaves."""
    if shipment.handed_over_at or not shipment.purchased_at:
        return shipment.handed_over_at
    return max(shipment.purchased_at, shipment.ships_at or shipment.purchased_at)


def promise_of(shipment: Shipment) -> datetime | None:
    """By when it was promised: by the carrier or the store, whichever is earlier."""
    promises = filter(None, [shipment.promised_at, shipment.order.deliver_by_at])
    return min(promises, default=None)


def _is_unscanned(shipment: Shipment, now: datetime) -> bool:
    since = silent_since(shipment)
    patience = shipment.carrier_account.no_scan_hours * HOUR
    return shipment.status in UNSCANNED and since is not None and since + patience <= now


def _is_late(shipment: Shipment, now: datetime) -> bool:
    is_followed = shipment.status in UNSCANNED or shipment.next_track_at is not None
    promise = promise_of(shipment)
    if shipment.status not in NOT_THERE or not is_followed or promise is None:
        return False
    return max(shipment.estimated_at or now, now) > promise


def _is_troubled(shipment: Shipment, now: datetime) -> bool:
    return shipment.status == Status.EXCEPTION


def _comes_back(shipment: Shipment, now: datetime) -> bool:
    return shipment.status == Status.RETURNED


_CHECKS = {
    Alert.EXCEPTION: _is_troubled,
    Alert.LATE: _is_late,
    Alert.NO_SCAN: _is_unscanned,
    Alert.RETURNED: _comes_back,
}


def _with_times(rows: ShipmentQuerySet) -> ShipmentQuerySet:
    patience = ExpressionWrapper(
        F("carrier_account__no_scan_hours") * Value(HOUR), output_field=DurationField()
    )
    since = Coalesce("handed_over_at", Greatest("purchased_at", "ships_at"))
    at = ExpressionWrapper(since + patience, output_field=DateTimeField())
    return rows.annotate(silent_at=at)


def _condition(alert: Alert, now: datetime) -> Q:
    if alert is Alert.NO_SCAN:
        return Q(status__in=UNSCANNED, silent_at__lte=now)
    if alert is Alert.LATE:
        late = Q(order__deliver_by_at__lt=now) | Q(promised_at__lt=now)
        late |= Q(estimated_at__gt=F("order__deliver_by_at"))
        late |= Q(estimated_at__gt=F("promised_at"))
        return late & IS_FOLLOWED & Q(status__in=NOT_THERE)
    if alert is Alert.EXCEPTION:
        return Q(status=Status.EXCEPTION)
    return Q(status=Status.RETURNED)
