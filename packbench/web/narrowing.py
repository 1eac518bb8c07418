"""Narrowing: from the filters of the grid to conditions, as its indexes can serve them."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet

from packbench.accounts.models import Workspace
from packbench.channels.models import Store
from packbench.database.one_of import one_of
from packbench.orders.models import OrderQuerySet
from packbench.orders.searching import Found, Way
from packbench.orders.slotting import SLOT_FIELDS
from packbench.shipments.models import Companion, Shipment
from packbench.shipments.status import LABELED
from packbench.shipments.status import Status as ShipmentStatus
from packbench.web.choosing import MARKS, Choice

Narrow = Callable[[OrderQuerySet], OrderQuerySet]
DAY = timedelta(days=1)
AT_RISK = timedelta(hours=4)  # before the ship-by time (market.md E1)


def narrowing(
    workspace: Workspace, choice: Choice, stores: Iterable[Store], *, now: datetime
) -> Narrow:
    """Return what narrows orders to the choice, but for what is found apart, its store and key."""
    shown = list(stores)
    wanted = _plain(choice) & _between(choice, shown)
    if choice.due:
        wanted &= _due(choice.due, shown, now=now)
    if choice.label != "none":
        return lambda orders: orders.filter(wanted)
    labeled = _has_parcel(workspace.shipments.filter(status__in=LABELED))
    return lambda orders: orders.filter(wanted).exclude(labeled)


def found_by_label(workspace: Workspace, label: str) -> Found:
    """The orders with a label: too many to list; or with one that was not printed: few."""
    statuses = LABELED if label == "labeled" else (ShipmentStatus.PURCHASED,)
    shipments = workspace.shipments.filter(status__in=statuses).order_by()
    along = Companion.objects.filter(shipment__in=shipments).order_by()

    def among(ids: Sequence[str]) -> set[str]:
        own = set(shipments.filter(one_of("order", ids)).values_list("order_id", flat=True))
        return own.union(along.filter(one_of("order", ids)).values_list("order_id", flat=True))

    listed = None
    if label != "labeled":
        ids = shipments.values("order_id").union(along.values("order_id"))
        listed = workspace.orders.filter(pk__in=ids).order_by().values_list("pk")
    found = Found()
    found.add([Way(listed, _has_parcel(shipments), among)])
    return found


def _has_parcel(shipments: QuerySet[Shipment]) -> Q:
    """Whether one of these holds pieces of the order: as its own, or going along in another's."""
    own = Exists(shipments.filter(order=OuterRef("pk")))
    along = Companion.objects.filter(order=OuterRef("pk"), shipment__in=shipments)
    return Q(own) | Q(Exists(along))


def end_of_day(store: Store, *, now: datetime) -> datetime:
    """When today ends at the store's marketplace (E3: ship-by days end there)."""
    there = now.astimezone(ZoneInfo(store.time_zone))
    return there.replace(hour=23, minute=59, second=59, microsecond=999_999)


def slots_in_use(stores: Iterable[Store]) -> list[str]:
    """The custom fields that some store fills: the others need not be searched."""
    used = [store.slots for store in stores]
    places = enumerate(SLOT_FIELDS)
    return [field for place, field in places if any(slots[place] for slots in used)]


def _plain(choice: Choice) -> Q:
    wanted = Q()
    if choice.country:
        wanted &= Q(ship_to_country__in=choice.country)
    if choice.service:
        wanted &= Q(service_level__in=choice.service)
    if choice.status:
        wanted &= Q(status__in=choice.status)
    if choice.tag:
        wanted &= Q(tags__overlap=list(choice.tag))
    if choice.assignee:
        wanted &= Q(assignee_id__in=choice.assignee)
    if choice.weight_from:
        wanted &= Q(weight_g__gte=int(choice.weight_from))
    if choice.weight_to:
        wanted &= Q(weight_g__lte=int(choice.weight_to))
    for field in SLOT_FIELDS:
        if text := getattr(choice, field):
            wanted &= Q(**{f"{field}__iexact": text}) & ~Q(**{field: ""})
    marks = Q()
    for mark in choice.mark:
        marks |= MARKS[mark][2]
    return wanted & marks


def _due(when: str, stores: Iterable[Store], *, now: datetime) -> Q:
    if when == "overdue":
        return Q(due_at__lt=now)
    if when == "risk":
        return Q(due_at__gte=now, due_at__lt=now + AT_RISK)
    if when == "soon":
        return Q(due_at__gte=now, due_at__lt=now + timedelta(hours=24))
    ends = {store.pk: end_of_day(store, now=now) for store in stores}
    if not ends:
        return Q(pk__in=[])
    today = Q()
    for end, group in groupby(sorted(ends, key=ends.__getitem__), key=ends.__getitem__):
        today |= Q(store_id__in=list(group), due_at__lte=end)
    # The bounds on the column alone let its index skip what is outside.
    return Q(due_at__gte=now, due_at__lte=max(ends.values())) & today


def _between(choice: Choice, stores: Iterable[Store]) -> Q:
    """Days as the stores' marketplaces have them."""
    zones = {store.pk: store.time_zone for store in stores}
    wanted = Q()
    for column, first, last in (
        ("placed_at", choice.placed_from, choice.placed_to),
        ("due_at", choice.due_from, choice.due_to),
    ):
        if first or last:
            wanted &= _days(column, first, last, zones)
    return wanted


def _days(column: str, first: str, last: str, zones: dict[str, str]) -> Q:
    names = sorted(set(zones.values())) or ["UTC"]
    spans = {name: _span(first, last, ZoneInfo(name)) for name in names}
    begins, ends = (list(each) for each in zip(*spans.values(), strict=True))
    outer = Q(**{f"{column}__gte": min(begins), f"{column}__lt": max(ends)})
    if len(spans) == 1:
        return outer
    inner = Q()
    for name, (begin, end) in spans.items():
        ids = [store_id for store_id, zone in zones.items() if zone == name]
        inner |= Q(store_id__in=ids, **{f"{column}__gte": begin, f"{column}__lt": end})
    return outer & inner


def _span(first: str, last: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    begin = _midnight(first, zone) if first else datetime(2000, 1, 1, tzinfo=UTC)
    end = _midnight(last, zone) + DAY if last else datetime(2200, 1, 1, tzinfo=UTC)
    return begin, end


def _midnight(day: str, zone: ZoneInfo) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(), tzinfo=zone)
