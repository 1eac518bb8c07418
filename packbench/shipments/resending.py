"""Resending: a person has a store told again of a parcel (SEED-68), or stops it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from packbench.accounts.models import Workspace
from packbench.events.models import Event
from packbench.events.recording import event, record_all
from packbench.jobs import defer_once
from packbench.shipments.confirming import TO_CORRECT
from packbench.shipments.models import Notice, NoticeQuerySet
from packbench.shipments.status import LABELED

AT_ONCE = 500
Status = Notice.Status


def notify_again(notice: Notice, *, actor: str, now: datetime) -> bool:
    """Tell the store of this parcel now, whatever it waits for or was answered before.

    False: it is being told already, or there is no parcel any more.
    """
    return bool(_again(Notice.objects.filter(pk=notice.pk), actor=actor, now=now))


def notify_many(
    workspace: Workspace, ids: Iterable[str], *, actor: str, now: datetime
) -> tuple[int, int]:
    """The same for many. Returns how many are told again, and how many cannot be."""
    wanted = sorted(set(ids))
    done = 0
    for start in range(0, len(wanted), AT_ONCE):
        some = workspace.notices.filter(pk__in=wanted[start : start + AT_ONCE])
        done += _again(some, actor=actor, now=now)
    return done, len(wanted) - done


@transaction.atomic
def send_unchecked(notice: Notice, *, actor: str, now: datetime) -> bool:
    """Tell the store though the tracking number looks wrong: a person has compared it."""
    Notice.objects.filter(pk=notice.pk).update(is_unchecked=True)
    return bool(_again(Notice.objects.filter(pk=notice.pk), actor=actor, now=now))


@transaction.atomic
def stop_notice(notice: Notice, *, actor: str, now: datetime) -> bool:
    """Never tell the store of this parcel, until a person says otherwise.

    False: it was told, or is being told right now.
    """
    stoppable = (Status.PENDING, Status.THROTTLED, Status.FAILED)
    rows = _locked(Notice.objects.filter(pk=notice.pk, status__in=stoppable))
    Notice.objects.filter(pk__in=[row.pk for row in rows]).update(
        status=Status.NOT_REQUIRED, awaits_scan=False, next_try_at=None, problem=None
    )
    record_all(_event("notice.stopped", row, actor=actor, now=now) for row in rows)
    return bool(rows)


@transaction.atomic
def _again(notices: NoticeQuerySet, *, actor: str, now: datetime) -> int:
    waits = Q(status=Status.PENDING) & (Q(awaits_scan=True) | Q(next_try_at__gt=now))
    ended = Q(status__in=(Status.FAILED, Status.ACCEPTED, Status.NOT_REQUIRED, Status.THROTTLED))
    rows = _locked(notices.filter(waits | ended, is_orphaned=False, shipment__status__in=LABELED))
    ids = [row.pk for row in rows]
    fresh: dict[str, Any] = {"status": Status.PENDING, "awaits_scan": False, "next_try_at": now}
    told = Notice.objects.filter(pk__in=ids, told_at__isnull=False)
    told.update(**TO_CORRECT | fresh)
    others = Notice.objects.filter(pk__in=ids, told_at__isnull=True)
    others.update(**fresh, attempts=0, problem=None)
    record_all(_event("notice.asked", row, actor=actor, now=now) for row in rows)
    for account_id in sorted({row.store.account_id for row in rows if row.store.account_id}):
        defer_once("shipments.send_notices", account_id=account_id)
    return len(rows)


def _locked(notices: NoticeQuerySet) -> list[Notice]:
    return list(notices.select_related("store").select_for_update(of=("self",)).order_by("id"))


def _event(name: str, notice: Notice, *, actor: str, now: datetime) -> Event:
    return event(
        name,
        notice.workspace_id,
        actor=actor,
        now=now,
        order_id=notice.order_id,
        shipment_id=notice.shipment_id,
        store_id=notice.store_id,
    )
