"""What is said of a parcel that something is wrong with, and what to do about it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from packbench.shipments.models import Shipment
from packbench.shipments.straying import Alert, alerts_of, promise_of, silent_since
from packbench.web.rows import State

STATES = {
    Alert.NO_SCAN: State("warn", "clock", _("No scan yet")),
    Alert.LATE: State("bad", "late", _("Will miss the promise")),
    Alert.EXCEPTION: State("bad", "warning", _("Delivery problem")),
    Alert.RETURNED: State("bad", "warning", _("Comes back")),
}
SAID_BY_STATUS = (Alert.EXCEPTION, Alert.RETURNED)  # the badge of the state says it already
STEPS = {
    Alert.NO_SCAN: _(
        "Look whether the parcel is still here. If the carrier has it, ask there with the tracking "
        "number; a label that was never used can be voided."
    ),
    Alert.LATE: _("Ask the carrier with the tracking number, and write to the buyer in time."),
    Alert.EXCEPTION: _(
        "Ask the carrier with the tracking number: an address can often be completed there, and "
        "the parcel goes on. If it is lost or damaged, send another one and claim it."
    ),
    Alert.RETURNED: _(
        "The parcel goes back to you. Write to the buyer: send it again, or refund it."
    ),
}


@dataclass(frozen=True, slots=True)
class AlertLine:
    """One alert on the page of an order."""

    state: State
    since: datetime | None
    raw_code: str  # the carrier's own word, where it is one
    says: str
    steps: Any
    promised_at: datetime | None = None


def warnings_of(shipment: Shipment, *, now: datetime) -> list[State]:
    """The badges beside the state of a parcel."""
    found = alerts_of(shipment, now=now)
    return [STATES[alert] for alert in reversed(found) if alert not in SAID_BY_STATUS]


def alert_lines(shipment: Shipment, *, now: datetime) -> list[AlertLine]:
    """What is wrong with a parcel, in sentences, its tracking events loaded, the latest first."""
    return [_line(alert, shipment) for alert in alerts_of(shipment, now=now)]


def _line(alert: Alert, shipment: Shipment) -> AlertLine:
    since, raw_code, says, promised_at = None, "", "", None
    if alert in SAID_BY_STATUS:
        latest = next(iter(shipment.tracking_events.all()), None)
        since, raw_code = (latest.at, latest.raw_code) if latest else (None, "")
        says = (
            gettext("The carrier reports a problem with the delivery.")
            if alert is Alert.EXCEPTION
            else gettext("The carrier brings the parcel back.")
        )
    elif alert is Alert.NO_SCAN:
        since, hours = silent_since(shipment), shipment.carrier_account.no_scan_hours
        says = ngettext(
            "The carrier did not scan the parcel within %(hours)s hour.",
            "The carrier did not scan the parcel within %(hours)s hours.",
            hours,
        ) % {"hours": hours}
    else:
        promised_at = promise_of(shipment)
        says = gettext("The parcel is expected after the day it was promised for.")
    return AlertLine(STATES[alert], since, raw_code, says, STEPS[alert], promised_at)
