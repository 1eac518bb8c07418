"""Tracking: what became of a parcel, as its carrier says (ShipEngine's codes, `market.md` C4)."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from packbench.carriers.base import Carrier, Tracked, Tracking, TrackingCode
from packbench.carriers.models import CarrierAccount
from packbench.carriers.pushing import works
from packbench.jobs.leasing import lease
from packbench.lib.errors import BadCredentials, NotFound, RemoteError, TemporaryError, Throttled
from packbench.shipments.expiring import set_clocks
from packbench.shipments.models import Label, Shipment, TrackingEvent
from packbench.shipments.purchasing import ACTOR, note
from packbench.shipments.scanning import lock_orders, record_scan
from packbench.shipments.status import NOT_THERE, UNSCANNED, Status

log = structlog.get_logger(__name__)

MOST_IN_A_RUN = 60  # an account is asked once a minute: at most one parcel a second
MOST_EVENTS = 100  # kept of a parcel
UNTIL_SCANNED = timedelta(minutes=15)
LONG_UNSCANNED = timedelta(days=2)
ON_THE_WAY = timedelta(hours=2)
PUSHED_TOO = timedelta(hours=8)  # where the carrier tells of scans by itself
AFTER_A_FAULT = timedelta(minutes=30)
AFTER_A_REFUSAL = timedelta(hours=6)
GIVEN_UP = timedelta(days=60)  # after the purchase
SCANS = frozenset(
    {
        TrackingCode.ACCEPTED,
        TrackingCode.IN_TRANSIT,
        TrackingCode.ATTEMPT,
        TrackingCode.COLLECTION_POINT,
        TrackingCode.DELIVERED,
    }
)
PLAIN = re.compile(r"[A-Za-z0-9_.:-]{1,24}")
SAID = {
    Status.IN_TRANSIT: "shipment.resumed",
    Status.DELIVERED: "shipment.delivered",
    Status.EXCEPTION: "shipment.troubled",
    Status.RETURNED: "shipment.returned",
}


def track_parcels(
    account: CarrierAccount, carrier: Carrier, *, clock: Callable[[], datetime]
) -> int:
    """Ask the carrier for the parcels whose turn it is. Returns how many it answered for.

    Each is claimed first, so it is safe to run at once elsewhere; a worker that died leaves its
    parcel to be asked for again after the lease. An empty quota ends the run.
    """
    answered = 0
    for shipment in _due(account, now=clock()):
        try:
            answered += track_parcel(shipment, carrier, clock=clock)
        except (Throttled, BadCredentials):
            return answered
        except RemoteError:
            continue  # its row says when it is asked again
    return answered


def track_parcel(shipment: Shipment, carrier: Carrier, *, clock: Callable[[], datetime]) -> bool:
    """Ask for one parcel: claim → commit → call → record. False: another worker was first.

    Raises the carrier's errors after noting when to ask again.
    """
    if not _claim(shipment, now=clock()):
        return False
    try:
        tracking = carrier.track(shipment.tracking_number, _label_id(shipment))
    except RemoteError as error:
        _ask_later(shipment, error, now=clock())
        raise
    record_tracking(shipment, tracking, now=clock())
    return True


@transaction.atomic
def record_tracking(shipment: Shipment, tracking: Tracking, *, now: datetime) -> None:
    """Keep what is new and move the parcel to where it is. Safe to run again, in any order.

    The first scan lets the store be told. What a voided parcel still does is nobody's concern.
    """
    orders = lock_orders([shipment.pk])
    row = Shipment.objects.select_for_update(of=("self",))
    here = row.select_related("order", "carrier_account").get(pk=shipment.pk)
    if here.status not in NOT_THERE:
        Shipment.objects.filter(pk=here.pk).update(next_track_at=None)
        return
    told = sorted(tracking.events, key=lambda event: event.at)[-MOST_EVENTS:]
    events = _with_known(here, told)
    _keep(here, events, now=now)
    _note_scan(here, events, now=now)
    _move(here, events, now=now)
    Shipment.objects.filter(pk=here.pk).update(
        estimated_at=tracking.estimated_at or here.estimated_at,
        next_track_at=_next_look(here, now=now),
    )
    set_clocks(orders, now=now)


def _due(account: CarrierAccount, *, now: datetime) -> Sequence[Shipment]:
    due = Shipment.objects.filter(carrier_account=account, next_track_at__lte=now)
    return list(due.order_by("next_track_at", "id")[:MOST_IN_A_RUN])


def _claim(shipment: Shipment, *, now: datetime) -> bool:
    seen = Shipment.objects.filter(pk=shipment.pk, next_track_at=shipment.next_track_at)
    return seen.update(next_track_at=now + lease()) == 1


def _label_id(shipment: Shipment) -> str:
    label = shipment.labels.filter(status=Label.Status.PURCHASED).first()
    return label.carrier_label_id if label else ""


def _ask_later(shipment: Shipment, error: RemoteError, *, now: datetime) -> None:
    wait = AFTER_A_REFUSAL
    if isinstance(error, NotFound):
        wait = UNTIL_SCANNED  # it was sold a moment ago: not in the carrier's system yet
    elif isinstance(error, TemporaryError):
        wait = max(timedelta(seconds=error.retry_after or 0), AFTER_A_FAULT)
    elif isinstance(error, BadCredentials):
        wait = AFTER_A_FAULT
    Shipment.objects.filter(pk=shipment.pk).update(next_track_at=now + wait)
    log.warning("tracking_failed", shipment_id=shipment.pk, code=error.code)


def _with_known(here: Shipment, events: Sequence[Tracked]) -> Sequence[Tracked]:
    """All that was ever said of it, in order: a message may be of the past, or of one thing."""
    said = {_key(event) for event in events}
    known = [
        Tracked(
            at=row.at, code=TrackingCode(row.code), raw_code=row.raw_code, is_return=row.is_return
        )
        for row in here.tracking_events.order_by("at", "id")
        if (row.at, row.code, row.raw_code) not in said
    ]
    return sorted([*known, *events], key=lambda event: event.at)


def _key(event: Tracked) -> tuple[datetime, str, str]:
    return (event.at, event.code.value, _plain(event))


def _keep(here: Shipment, events: Sequence[Tracked], *, now: datetime) -> None:
    room = MOST_EVENTS - here.tracking_events.count()
    if room <= 0:
        return
    known = set(here.tracking_events.values_list("at", "code", "raw_code"))
    new = {_key(event): event for event in events}
    TrackingEvent.objects.bulk_create(
        [
            TrackingEvent(
                workspace_id=here.workspace_id,
                shipment=here,
                at=at,
                code=code,
                raw_code=raw_code,
                is_return=event.is_return,
                seen_at=now,
            )
            for (at, code, raw_code), event in new.items()
            if (at, code, raw_code) not in known
        ][:room]
    )


def _plain(event: Tracked) -> str:
    """The carrier's own code, where it is one: a text might name somebody."""
    return event.raw_code if PLAIN.fullmatch(event.raw_code) else ""


def _note_scan(here: Shipment, events: Sequence[Tracked], *, now: datetime) -> None:
    first = next((event for event in events if event.code in SCANS), None)
    if first and here.status in UNSCANNED:
        record_scan(here, at=first.at, code=first.code.value, actor=ACTOR, now=now)
        here.refresh_from_db(fields=["status", "scanned_at"])


def _move(here: Shipment, events: Sequence[Tracked], *, now: datetime) -> None:
    """Move along the table to where the latest event puts it, if it was scanned at all."""
    known = [event for event in events if event.code is not TrackingCode.UNKNOWN]
    to = _place(known[-1]) if known else None
    if to is None or to == here.status or here.status in UNSCANNED:
        return
    facts = {"delivered_at": known[-1].at} if to is Status.DELIVERED else {}
    here.move(to, **facts)
    note(SAID[to], here, now=now, code=_plain(known[-1]))


def _place(latest: Tracked) -> Status | None:
    if latest.is_return:
        return Status.RETURNED
    if latest.code is TrackingCode.DELIVERED:
        return Status.DELIVERED
    if latest.code is TrackingCode.EXCEPTION:
        return Status.EXCEPTION
    return Status.IN_TRANSIT if latest.code in SCANS else None


def _next_look(here: Shipment, *, now: datetime) -> datetime | None:
    """When the carrier is asked again; never where the parcel is there, or long forgotten."""
    age = now - (here.purchased_at or here.created_at)
    if here.status not in NOT_THERE or age > GIVEN_UP:
        return None
    if works(here.carrier_account, now=now):
        return now + PUSHED_TOO
    is_fresh = here.status in UNSCANNED and age < LONG_UNSCANNED
    return now + (UNTIL_SCANNED if is_fresh else ON_THE_WAY)
