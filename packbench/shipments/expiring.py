"""Expiring: the retention clock of orders, set by what became of their parcels (SEED-75)."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Min, Q

from packbench.accounts.models import Workspace
from packbench.carriers.base import Feature
from packbench.carriers.models import CarrierAccount
from packbench.carriers.registry import open_carrier, service_of
from packbench.lib.errors import RemoteError
from packbench.orders.expiring import FINAL, NAMES, POLICY, Expiry, Parcel, Reason, expiry
from packbench.orders.models import Order
from packbench.orders.retaining import rules_for
from packbench.privacy.models import Retention
from packbench.shipments.models import Shipment
from packbench.shipments.status import Status

AT_ONCE = 1000  # orders
LONGEST = max(getattr(POLICY, name) for name in NAMES)
NEEDLESS = (Status.DRAFT, Status.VOIDED)  # nothing goes out by these
WRITE = """
update orders_order o set erase_at = given.at, erase_reason = given.reason
from unnest(%s::text[], %s::timestamptz[], %s::text[]) as given(id, at, reason)
where o.id = given.id and o.erased_at is null and not o.erase_reason = any(%s)
    and (o.erase_at, o.erase_reason) is distinct from (given.at, given.reason)
"""


def set_clocks(order_ids: Sequence[str], *, now: datetime) -> int:
    """Write down when the data of these orders ends, and by which rule. Safe to run again.

    The caller holds the locks of the orders. What a person or a revoked account ended stays
    ended. An order whose key is gone, after a restore, is due at once. Times of ours that lie
    ahead of `now`, from a clock that was wrong, count as now.
    Returns how many orders have another end than before.
    """
    kept = Order.objects.filter(pk__in=order_ids, erased_at__isnull=True)
    rows = kept.values_list("pk", "workspace_id", "key__created_at", "key__destroyed_at")
    parcels = _parcels(order_ids, now=now)
    rules: dict[str, Any] = {}
    ends: dict[str, Expiry] = {}
    for pk, workspace_id, kept_since, destroyed_at in rows:
        if destroyed_at:
            ends[pk] = Expiry(min(destroyed_at, now), Reason.KEY_GONE)
            continue
        if workspace_id not in rules:
            rules[workspace_id] = rules_for(workspace_id)
        ends[pk] = expiry(min(kept_since, now), parcels[pk], rules[workspace_id])
    return _write(ends)


def set_clock(order_id: str, *, now: datetime) -> None:
    """The same for one order, where something became of its parcels."""
    set_clocks([order_id], now=now)


@transaction.atomic
def repair_clocks(*, now: datetime) -> int:
    """Set the clocks of some orders that have none, or one that no rule can have set.

    Returns how many were looked at; 0 where there is nothing to repair.
    """
    beyond = Q(erase_at__isnull=True) | Q(erase_at__gt=now + LONGEST + timedelta(hours=1))
    stray = Order.objects.filter(beyond, erased_at__isnull=True).order_by("id")
    ids = list(stray.select_for_update(skip_locked=True).values_list("pk", flat=True)[:AT_ONCE])
    set_clocks(ids, now=now)
    Order.objects.filter(pk__in=ids, erase_reason__in=FINAL).update(erase_at=now)
    return len(ids)


@transaction.atomic
def begin_reckoning(*, now: datetime) -> None:
    """Let the sweep set the clocks of all orders anew, in slices."""
    Retention.objects.bulk_create(
        [
            Retention(workspace_id=pk, changed_at=now)
            for pk in Workspace.objects.values_list("pk", flat=True)
        ],
        ignore_conflicts=True,
    )
    Retention.objects.filter(reckoned_to__isnull=True).update(reckoned_to="")


@transaction.atomic
def reckon_anew(*, now: datetime) -> bool:
    """Set the clocks of the next orders of a workspace whose days were changed, in slices.

    False where all workspaces are done.
    """
    changed = Retention.objects.filter(reckoned_to__isnull=False).order_by("workspace_id")
    row = changed.select_for_update(skip_locked=True).first()
    if row is None:
        return False
    kept = Order.objects.filter(
        workspace_id=row.workspace_id, erased_at__isnull=True, pk__gt=row.reckoned_to
    )
    ids = list(kept.select_for_update().order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    set_clocks(ids, now=now)
    row.reckoned_to = ids[-1] if ids else None
    row.save(update_fields=["reckoned_to"])
    return True


def _parcels(order_ids: Sequence[str], *, now: datetime) -> dict[str, list[Parcel]]:
    found: dict[str, list[Parcel]] = defaultdict(list)
    tracked: dict[tuple[str, str], bool | None] = {}
    told = Min("notices__told_at", filter=Q(notices__is_orphaned=False))
    rows: Any = Shipment.objects.of_orders(order_ids).exclude(status__in=NEEDLESS)
    rows = rows.select_related("carrier_account").prefetch_related("companions")
    for row in rows.annotate(told_at=told).order_by():
        service = (row.carrier_account_id, row.service)
        if service not in tracked:
            tracked[service] = _is_tracked(row.carrier_account, row.service)
        parcel = Parcel(
            is_tracked=tracked[service],
            created_at=min(row.created_at, now),
            labeled_at=_past(row.purchased_at, now),
            shipped_at=_past(min(_ship_dates(row, row.told_at), default=None), now),
            delivered_at=_past(row.delivered_at, now),
        )
        for order_id in (row.order_id, *(each.order_id for each in row.companions.all())):
            found[order_id].append(parcel)
    return found


def _past(at: datetime | None, now: datetime) -> datetime | None:
    return at and min(at, now)


def _ship_dates(shipment: Shipment, told_at: datetime | None) -> Iterator[datetime]:
    """When it went: the first scan, a person's hand-over, or what the store was told."""
    yield from filter(None, (shipment.scanned_at, shipment.handed_over_at))
    if told_at and shipment.purchased_at:
        scanned = shipment.scanned_at
        yield scanned if scanned and scanned <= told_at else shipment.purchased_at


def _is_tracked(account: CarrierAccount, service: str) -> bool | None:
    """Whether the service tracks; None where it cannot be told any more."""
    try:
        return service_of(account, service).has_tracking
    except RemoteError:
        return True if _is_broker(account) else None


def _is_broker(account: CarrierAccount) -> bool:
    """Whether it lists no services: what its rates name is tracked, as it says of itself."""
    try:
        carrier = open_carrier(account)
        return not carrier.services() and Feature.TRACKING in carrier.features
    except RemoteError:
        return False


def _write(ends: dict[str, Expiry]) -> int:
    if not ends:
        return 0
    moments = [end.at for end in ends.values()]
    reasons = [end.reason.value for end in ends.values()]
    with connection.cursor() as cursor:
        cursor.execute(WRITE, [list(ends), moments, reasons, list(FINAL)])
        return int(cursor.rowcount)
