"""Erasing: the sweep that ends buyers' data when it is due, labels included (SEED-77, SEED-83).

A slice is one transaction: the keys are destroyed, what they sealed is emptied, and the records
are written, or nothing of it. The orders are locked first, as everywhere, and those that somebody
else works on are left to the next slice.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import connection, transaction
from django.db.models import Q

from packbench.database.copying import copy_rows
from packbench.events.recording import event, record, record_all
from packbench.lib.errors import Rejected
from packbench.orders.archiving import archive_order
from packbench.orders.erasing import ERASED_ALREADY, Erased, due_now, erase_orders
from packbench.orders.expiring import FINAL, Reason
from packbench.orders.models import Order
from packbench.privacy.ledger import note_erased
from packbench.privacy.models import Sanitization, Sweep
from packbench.shipments.dismissing import forget_kept_apart
from packbench.shipments.expiring import begin_reckoning, reckon_anew, repair_clocks
from packbench.shipments.manifesting import forget_forms
from packbench.shipments.models import Label, Shipment
from packbench.shipments.photographing import forget_photos
from packbench.shipments.returning import empty_returns
from packbench.shipments.status import Status

log = structlog.get_logger(__name__)

ACTOR = "packbench"
AT_ONCE = 500  # orders in a transaction
PATIENCE = timedelta(days=1)  # how long a request waits for a purchase that is under way
LONGEST_RUN = timedelta(seconds=50)  # the next sweep goes on
# A clock that leaps is not believed before it has gone steadily for a while: what is erased too
# early is lost. Shorter gaps are outages, after which nothing may wait.
LEAP = timedelta(days=4)
STEADY_FOR = timedelta(hours=1)
AWAY = timedelta(hours=1)
BUSY = (Status.BUYING, Status.UNKNOWN)  # a purchase that needs the address may be under way
TAKE = """
select o.id from orders_order o
where o.erased_at is null and o.erase_at <= %(now)s
    and not (o.erase_reason = any(%(final)s) and o.erase_at > %(patient)s and exists (
        select 1 from shipments_shipment s
        where s.order_id = o.id and s.status = any(%(busy)s)
        union all select 1 from shipments_companion c
            join shipments_shipment s on s.id = c.shipment_id
        where c.order_id = o.id and s.status = any(%(busy)s)))
order by o.erase_at limit %(most)s for update of o skip locked
"""

EMPTY_DOCUMENTS = """
update shipments_document d set content = null
from shipments_label l join shipments_shipment s on s.id = l.shipment_id
where d.label_id = l.id and d.content is not null and s.id in (
    select own.id from shipments_shipment own where own.order_id = any(%(ids)s)
    union select c.shipment_id from shipments_companion c where c.order_id = any(%(ids)s))
returning s.id
"""

Clock = Callable[[], datetime]


def sweep_due(*, clock: Clock) -> int:
    """Repair clocks, then erase what is due, slice by slice, for at most LONGEST_RUN.

    Safe to run again, at once elsewhere, and to be killed at any moment. Returns how many orders
    were erased. A clock that leapt is only noted.
    """
    began = clock()
    if _was_away(now=began):
        begin_reckoning(now=began)
    if not _is_steady(began):
        log.warning("clock_leapt")
        return 0
    ends_at, counts = began + LONGEST_RUN, Counter[str]()
    while clock() < ends_at and (repair_clocks(now=clock()) or reckon_anew(now=clock())):
        continue
    while clock() < ends_at:
        erased = erase_slice(now=clock())
        counts.update(each.workspace_id for each in erased)
        if not erased:
            break
    _note_sweep(counts, began=began, ended=clock())
    return counts.total()


@transaction.atomic
def erase_slice(*, now: datetime, most: int = AT_ONCE) -> list[Erased]:
    """Erase the orders that are due, the longest overdue first. Safe to run again."""
    wanted: dict[str, Any] = {
        "now": now,
        "final": list(FINAL),
        "patient": now - PATIENCE,
        "busy": [status.value for status in BUSY],
        "most": most,
    }
    with connection.cursor() as cursor:
        cursor.execute(TAKE, wanted)
        ids = [pk for (pk,) in cursor.fetchall()]
    return _erase(ids, actor=ACTOR, now=now) if ids else []


@transaction.atomic
def erase_now(order: Order, *, why: str, actor: str, now: datetime) -> bool:
    """Erase one order's data on request, whatever the clock says. `why` is a code.

    False where a label of it is being bought: then it is due, and the sweep erases it when that
    has ended, within a day. Raises Rejected where it was erased already.
    """
    row = Order.objects.select_for_update().get(pk=order.pk)
    if row.erased_at is not None:
        raise Rejected(ERASED_ALREADY, code="erased")
    archive_order(row, now=now)
    due_now(row, reason=Reason.REQUESTED, now=now)
    record(
        "erasure.requested",
        row.workspace_id,
        actor=actor,
        now=now,
        order_id=row.pk,
        store_id=row.store_id,
        why=why,
    )
    if Shipment.objects.of_orders([row.pk]).filter(status__in=BUSY).exists():
        return False
    _erase([row.pk], actor=actor, now=now)
    return True


def _erase(ids: Sequence[str], *, actor: str, now: datetime) -> list[Erased]:
    """Erase these locked orders and write the records."""
    erased = erase_orders(ids, now=now)
    note_erased([each.order_id for each in erased], now=now)
    documents = _empty_documents(ids)
    forget_forms(ids, now=now)
    empty_returns(ids)
    forget_photos(ids)
    forget_kept_apart(ids)
    copy_rows(
        [
            Sanitization(
                workspace_id=each.workspace_id,
                order_id=each.order_id,
                number=each.number,
                key_id=each.key_id,
                rule=each.rule,
                due_at=each.due_at,
                erased_at=now,
                items=each.items,
                documents=documents[each.order_id],
                actor=actor,
            )
            for each in erased
        ]
    )
    record_all(
        event(
            "order.erased",
            each.workspace_id,
            actor=actor,
            now=now,
            order_id=each.order_id,
            store_id=each.store_id,
            rule=each.rule,
        )
        for each in erased
    )
    return erased


def _empty_documents(order_ids: Sequence[str]) -> Counter[str]:
    """Empty the files of all labels of these orders, the voided and doubted ones too."""
    shipments = Shipment.objects.of_orders(order_ids)
    Label.objects.filter(shipment__in=shipments, ticket__isnull=False).update(ticket=None)
    with connection.cursor() as cursor:
        cursor.execute(EMPTY_DOCUMENTS, {"ids": list(order_ids)})
        emptied = Counter(shipment_id for (shipment_id,) in cursor.fetchall())
    counts: Counter[str] = Counter()
    for shipment in Shipment.objects.filter(pk__in=list(emptied)):
        for order_id in set(shipment.order_ids()).intersection(order_ids):
            counts[order_id] += emptied[shipment.pk]  # a combined label showed each one's address
    return counts


def _was_away(*, now: datetime) -> bool:
    """Whether no sweep ran for a while: after an outage, or on a database that was restored."""
    beat = Sweep.objects.filter(workspace_id="").first()
    return beat is None or abs(now - beat.ended_at) > AWAY


def steady_since(now: datetime, *, seen_at: datetime, since: datetime | None) -> datetime | None:
    """Since when the clock goes steadily; None where it is believed.

    `seen_at` is what it said at the last sweep. An outage of LEAP or less is believed at once;
    a longer leap, or one back, only after STEADY_FOR.
    """
    if not -STEADY_FOR <= now - seen_at <= LEAP:
        return now
    return None if since is None or now - since >= STEADY_FOR else since


def _is_steady(now: datetime) -> bool:
    """Whether the clock may be believed: it did not leap since the last sweep, or long ago."""
    beat = Sweep.objects.filter(workspace_id="").first()
    if beat is None:
        Sweep.objects.bulk_create([Sweep(began_at=now, ended_at=now)], ignore_conflicts=True)
        return True
    since = steady_since(now, seen_at=beat.ended_at, since=beat.steady_since)
    Sweep.objects.filter(pk=beat.pk).update(began_at=now, ended_at=now, steady_since=since)
    return since is None


def _note_sweep(counts: Counter[str], *, began: datetime, ended: datetime) -> None:
    """Show that the sweep ran, and what it erased in each workspace."""
    Sweep.objects.filter(Q(workspace_id="")).update(ended_at=ended, erased=counts.total())
    Sweep.objects.bulk_create(
        Sweep(workspace_id=workspace_id, began_at=began, ended_at=ended, erased=count)
        for workspace_id, count in counts.items()
    )
    if counts:
        log.info("erased", count=counts.total())
