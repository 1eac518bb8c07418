"""Readying: today's work, which orders of it can have their labels now, and which cannot."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q

from packbench.accounts.models import Workspace
from packbench.carriers.dating import makes
from packbench.carriers.models import CarrierAccount
from packbench.channels.models import Store
from packbench.orders.models import WORK, Order, OrderQuerySet
from packbench.shipments.choosing import Ways, choose_means
from packbench.shipments.models import Companion, Shipment
from packbench.shipments.planning import pieces_unsent
from packbench.shipments.status import LABELED, UNDER_WAY, Status

MOST = 5_000  # orders in one go
ASKED = (*LABELED, *UNDER_WAY, Status.VOIDING)


@dataclass(frozen=True, slots=True)
class Preview:
    """What labels for these orders would be, before they are asked for."""

    orders: int = 0
    pieces: int = 0
    weight_g: int = 0
    too_late: int = 0  # the next pick-up comes after their ship-by time
    # Account and code, and how many orders; no account: chosen among the rates.
    services: list[tuple[CarrierAccount | None, str, int]] = field(default_factory=list)


def end_of_today(store: Store, *, now: datetime) -> datetime:
    """When today ends at the store's marketplace (E3: ship-by days end there)."""
    there = now.astimezone(ZoneInfo(store.time_zone))
    return there.replace(hour=23, minute=59, second=59, microsecond=999_999)


def due_today(stores: Sequence[Store], *, now: datetime) -> Q:
    """Orders that are to be shipped today, or were to be before."""
    today = Q(pk__in=[])
    for store in stores:
        today |= Q(store=store, due_at__lte=end_of_today(store, now=now))
    return today & Q(due_at__lt=now + timedelta(days=2))  # a bound for the index


def todays_orders(workspace: Workspace, stores: Sequence[Store], *, now: datetime) -> OrderQuerySet:
    """The orders that wait for a parcel and are due today, with or without a label."""
    waiting: OrderQuerySet = workspace.orders.filter(status__in=WORK)
    return waiting.filter(due_today(stores, now=now))


def without_label(orders: OrderQuerySet) -> OrderQuerySet:
    """Those of which something has no label yet."""
    own = Shipment.objects.filter(order=OuterRef("pk"), status__in=ASKED)
    along = Companion.objects.filter(order=OuterRef("pk"), shipment__status__in=ASKED)
    return orders.filter(Q(is_partly_sent=True) | (~Q(Exists(own)) & ~Q(Exists(along))))


def ready_today(workspace: Workspace, stores: Sequence[Store], *, now: datetime) -> list[str]:
    """The orders whose labels can be asked for now, the most urgent first: at most MOST."""
    found = without_label(todays_orders(workspace, stores, now=now).filter(has_problems=False))
    rows = found.order_by("due_at", "id").only("id", "is_partly_sent", "due_at")[:MOST]
    return [row.pk for row in rows if not row.is_partly_sent or _has_more(row)]


def preview(orders: Sequence[Order], ways: Ways, *, now: datetime) -> Preview:
    """Sum up what would be asked for. Nothing is planned, no carrier is asked."""
    services: Counter[tuple[CarrierAccount | None, str]] = Counter()
    for order in orders:
        means = choose_means(ways, order, now=now)
        account = None if means.wish else means.carrier_account
        services[(account, means.service if account else "")] += 1
    return Preview(
        orders=len(orders),
        pieces=sum(order.quantity for order in orders),
        weight_g=sum(order.weight_g or 0 for order in orders),
        too_late=sum(_is_too_late(order, ways, now=now) for order in orders),
        services=[(account, code, n) for (account, code), n in services.most_common()],
    )


def unprinted_today(
    workspace: Workspace, stores: Sequence[Store], *, now: datetime
) -> list[Shipment]:
    """Labels of today's orders that were bought and not printed yet."""
    rows = workspace.shipments.filter(status=Status.PURCHASED, is_manual=False)
    due = todays_orders(workspace, stores, now=now).values("pk")
    return list(rows.filter(order__in=due).with_order().order_by("created_at", "id")[:1000])


def _has_more(row: Order) -> bool:
    under_way = Shipment.objects.of_orders([row.pk]).filter(status__in=UNDER_WAY)
    return bool(pieces_unsent(row)) and not under_way.exists()


def _is_too_late(order: Order, ways: Ways, *, now: datetime) -> bool:
    ship_by = order.ship_by_at
    return ship_by is not None and ship_by > now and not makes(ways.warehouse, ship_by, now)
