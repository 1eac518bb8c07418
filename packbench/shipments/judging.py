"""Judging: the rates that Amazon holds a seller to, computed from what is known here (SEED-61).

Amazon's own figures come days later and are not in its API. What is not known, such as the delivery
of a parcel that nobody tracks, is counted as unknown and never guessed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from packbench.carriers.base import TrackingCode
from packbench.channels.models import Store
from packbench.lib.carrier_codes import OTHER, fits
from packbench.lib.health_targets import Rate, Target
from packbench.orders.models import OPEN, WORK, Order, Status
from packbench.shipments.models import Notice, Shipment, TrackingEvent
from packbench.shipments.status import LABELED

MOST_LISTED = 50
SOON = timedelta(hours=24)  # what must be told by then counts in "if these stay"
CANCELLED_AFTER = 7  # business days after the ship-by: then Amazon cancels the order itself
BY_SELLER = ("SELLER", "MERCHANT")
# Amazon's words for a package that its carrier has seen.
SEEN_BY_AMAZON = frozenset({"IN_TRANSIT", "OUT_FOR_DELIVERY", "DELIVERED", "PICKED_UP"})
SEEN = (
    TrackingCode.ACCEPTED,
    TrackingCode.IN_TRANSIT,
    TrackingCode.ATTEMPT,
    TrackingCode.COLLECTION_POINT,
    TrackingCode.DELIVERED,
    TrackingCode.EXCEPTION,
)


@dataclass(frozen=True, slots=True)
class Judged:
    """One order or parcel in a window: when it counts, and whether it is bad. None: not known."""

    at: datetime
    is_bad: bool | None
    order_id: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    bad: int
    total: int


@dataclass(frozen=True, slots=True)
class Measured:
    """A rate over its window. `bad` of `total`; `unknown` are in neither.

    `percent` is what Amazon shows: the bad share, or the good one where it demands at least.
    """

    target: Target
    bad: int
    total: int
    unknown: int
    days: tuple[Day, ...]
    bad_ids: tuple[str, ...]  # of orders, the latest first
    short: "Measured | None" = None  # the same over `also_days`
    if_these_stay: float | None = None

    @property
    def percent(self) -> float | None:
        return percent_of(self.target, self.bad, self.total)

    @property
    def is_met(self) -> bool:
        met = self.percent is None or self.target.is_met(self.percent)
        return met and (self.short is None or self.short.is_met)


@dataclass(frozen=True, slots=True)
class Endangering:
    """An order that makes a rate worse, or will unless somebody acts."""

    order: Order
    is_late: bool  # already
    cancelled_at: datetime | None = None  # when Amazon cancels it by itself


@dataclass(frozen=True, slots=True)
class Health:
    """One store: its rates, and the orders that endanger them."""

    store: Store
    rates: tuple[Measured, ...]
    endangering: tuple[Endangering, ...] = field(default=())
    endangering_count: int = 0


def percent_of(target: Target, bad: int, total: int) -> float | None:
    if not total:
        return None
    share = bad / total * 100
    return share if target.is_most else 100 - share


def judge(store: Store, targets: dict[Rate, Target], *, now: datetime) -> Health:
    """Compute the store's rates as Amazon would, as of now."""
    late = endangering(store, now=now)
    count = late.count()
    rates = []
    for rate, rows_of in RATES.items():
        if rate not in targets:
            continue
        target = targets[rate]
        measured = measure(rows_of(store, target, now=now), target, store, now=now)
        if rate is Rate.LATE_SHIPMENT:
            measured = _with_these(measured, late, now=now)
        rates.append(measured)
    shown = late.select_related("store").defer("recipient", "buyer", "packages")[:MOST_LISTED]
    return Health(store, tuple(rates), tuple(_endangering(row, now) for row in shown), count)


def measure(rows: Iterable[Judged], target: Target, store: Store, *, now: datetime) -> Measured:
    """Count the rows of the window, day by day in the marketplace's zone."""
    known = sorted(rows, key=lambda row: row.at)
    measured = _count(known, target, target.days, store, now=now)
    if target.also_days is None:
        return measured
    since = now - timedelta(days=target.also_days + target.delay_days)
    recent = [row for row in known if row.at > since]
    short = _count(recent, target, target.also_days, store, now=now)
    return _replaced(measured, short=short)


def endangering(store: Store, *, now: datetime) -> QuerySet[Order]:
    """Orders that Amazon was not told of: overdue, or due within a day. The most urgent first."""
    told = Notice.objects.filter(store=store, told_at__isnull=False).values("order")
    waiting = Q(status__in=[*WORK, Status.ON_HOLD]) | Q(notices__status__in=Notice.UNTOLD)
    rows = Order.objects.filter(
        waiting,
        store=store,
        is_amazon_fulfilled=False,
        ship_by_at__lt=now + SOON,
        confirmed_at__isnull=True,
    )
    return rows.exclude(pk__in=told, status=Status.SHIPPED).distinct().order_by("ship_by_at", "id")


def auto_cancel_at(ship_by_at: datetime, zone: str) -> datetime:
    """Seven business days after the ship-by time, when Amazon cancels what nobody confirmed."""
    at, left = ship_by_at.astimezone(ZoneInfo(zone)), CANCELLED_AFTER
    while left:
        at += timedelta(days=1)
        left -= at.weekday() < 5
    return at.astimezone(UTC)


def late_shipments(store: Store, target: Target, *, now: datetime) -> list[Judged]:
    """Orders by their ship-by time: late is what was told after it, or not at all so far.

    Where another program shipped an order, the day that it told counts: Amazon does not show when.
    """
    rows = _ours(store).filter(ship_by_at__gt=_since(target, now), ship_by_at__lte=now)
    facts = rows.exclude(status=Status.CANCELLED).values_list(
        "pk", "ship_by_at", "confirmed_at", "channel_status", "packages"
    )
    judged = []
    for pk, ship_by_at, confirmed_at, channel_status, packages in facts:
        if ship_by_at is None:
            continue
        told_at = confirmed_at
        if told_at is None and channel_status == Status.SHIPPED:
            told_at = _last_shipped(packages)
            if told_at is None:
                judged.append(Judged(ship_by_at, None, pk))
                continue
        judged.append(Judged(ship_by_at, told_at is None or told_at > ship_by_at, pk))
    return judged


def cancellations(store: Store, target: Target, *, now: datetime) -> list[Judged]:
    """Orders by the day they were placed: bad is what the seller cancelled, not the buyer."""
    rows = _ours(store).filter(placed_at__gt=_since(target, now))
    cancelled = set(
        rows.filter(status=Status.CANCELLED, items__cancelled_by__in=BY_SELLER).values_list(
            "pk", flat=True
        )
    )
    facts = rows.exclude(status=Status.AWAITING_PAYMENT).values_list("pk", "placed_at")
    return [Judged(placed_at, pk in cancelled, pk) for pk, placed_at in facts]


def valid_trackings(store: Store, target: Target, *, now: datetime) -> list[Judged]:
    """Parcels by the time of their label: good is what the carrier itself has seen.

    A carrier that Amazon does not know, or a number that is none of the carrier's, never counts.
    """
    rows = _parcels(store).filter(
        purchased_at__gt=_since(target, now),
        purchased_at__lte=now - timedelta(days=target.delay_days),
    )
    seen = set(
        TrackingEvent.objects.filter(
            shipment__in=rows.values("pk"), code__in=[code.value for code in SEEN]
        ).values_list("shipment", flat=True)
    )
    sent = _told_words(store, rows)
    judged = []
    for pk, order_id, at, number, code, packages in rows.values_list(
        "pk", "order", "purchased_at", "tracking_number", "channel_code", "order__packages"
    ):
        if at is None:
            continue
        word = code or sent.get(pk, "")
        is_known = bool(number) and word not in ("", OTHER) and fits(word, number)
        by_amazon = any(
            package["tracking_number"] == number and package["status"] in SEEN_BY_AMAZON
            for package in packages
        )
        judged.append(Judged(at, not (is_known and (pk in seen or by_amazon)), order_id))
    return judged


def deliveries(store: Store, target: Target, *, now: datetime) -> list[Judged]:
    """Parcels by the promised day: bad is what came later, or was promised and is not there."""
    ends = now - timedelta(days=target.delay_days)
    rows = _parcels(store).filter(
        order__deliver_by_at__gt=_since(target, now), order__deliver_by_at__lte=ends
    )
    facts = rows.values_list(
        "order", "order__deliver_by_at", "delivered_at", "next_track_at", "scanned_at"
    )
    judged = []
    for order_id, promised_at, delivered_at, next_track_at, scanned_at in facts:
        if promised_at is None:
            continue
        if delivered_at:
            is_bad: bool | None = delivered_at > promised_at
        else:  # a parcel that a carrier is asked for is not there; of others nobody knows
            is_bad = True if next_track_at and scanned_at else None
        judged.append(Judged(promised_at, is_bad, order_id))
    return judged


RATES = {
    Rate.LATE_SHIPMENT: late_shipments,
    Rate.VALID_TRACKING: valid_trackings,
    Rate.ON_TIME_DELIVERY: deliveries,
    Rate.CANCELLATION: cancellations,
}


def _with_these(measured: Measured, late: QuerySet[Order], *, now: datetime) -> Measured:
    """What the rate becomes if nobody tells Amazon of what is due until tomorrow."""
    coming = late.filter(ship_by_at__gt=now).count()
    bad, total = measured.bad + coming, measured.total + coming
    return _replaced(measured, if_these_stay=percent_of(measured.target, bad, total))


def _replaced(measured: Measured, **changes: object) -> Measured:
    kept = {name: getattr(measured, name) for name in Measured.__slots__}
    return Measured(**{**kept, **changes})


def _count(
    rows: Sequence[Judged], target: Target, days: int, store: Store, *, now: datetime
) -> Measured:
    zone = ZoneInfo(store.time_zone)
    known = [row for row in rows if row.is_bad is not None]
    by_day: dict[date, list[bool]] = {}
    for row in known:
        by_day.setdefault(row.at.astimezone(zone).date(), []).append(bool(row.is_bad))
    last = (now - timedelta(days=target.delay_days)).astimezone(zone).date()
    calendar = [last - timedelta(days=back) for back in reversed(range(days))]
    bad = [row for row in known if row.is_bad]
    return Measured(
        target=target,
        bad=len(bad),
        total=len(known),
        unknown=len(rows) - len(known),
        days=tuple(
            Day(day, sum(by_day.get(day, [])), len(by_day.get(day, []))) for day in calendar
        ),
        bad_ids=tuple(dict.fromkeys(row.order_id for row in reversed(bad)))[:MOST_LISTED],
    )


def _since(target: Target, now: datetime) -> datetime:
    return now - timedelta(days=target.days + target.delay_days)


def _ours(store: Store) -> QuerySet[Order]:
    return Order.objects.filter(store=store, is_amazon_fulfilled=False).order_by()


def _parcels(store: Store) -> QuerySet[Shipment]:
    return Shipment.objects.filter(order__store=store, status__in=LABELED).order_by()


def _told_words(store: Store, rows: QuerySet[Shipment]) -> dict[str, str]:
    """The carrier's code as Amazon was told it last, by shipment."""
    told = Notice.objects.filter(store=store, shipment__in=rows.values("pk"))
    tries = told.filter(tries__sent__has_key="carrier_code").order_by("tries__id")
    return dict(tries.values_list("shipment", "tries__sent__carrier_code"))


def _last_shipped(packages: list[dict[str, str]]) -> datetime | None:
    times = [package["shipped_at"] for package in packages if package.get("shipped_at")]
    return datetime.fromisoformat(max(times)) if times else None


def _endangering(order: Order, now: datetime) -> Endangering:
    ship_by_at = order.ship_by_at or now
    is_late = ship_by_at <= now
    is_waiting = order.status in OPEN
    ends = auto_cancel_at(ship_by_at, order.store.time_zone) if is_late and is_waiting else None
    return Endangering(order, is_late, ends)
