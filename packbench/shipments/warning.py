"""Alerting: owners hear of confirmations that are stuck before their ship-by time is missed."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from packbench.accounts.models import Workspace
from packbench.accounts.writing import Letter, write_to_owners
from packbench.channels.models import Store
from packbench.events.recording import event, record_all
from packbench.lib.sentences import Sentence, marked
from packbench.shipments.models import Notice, NoticeQuerySet

KIND = Store.Notification.NOTICE_LATE
WARN_BEFORE = timedelta(hours=4)  # of the ship-by time; the desk's banners use the same
STUCK_AFTER = timedelta(minutes=15)  # what is younger is on its way
EVERY = timedelta(minutes=30)  # between two e-mails
MOST_IN_A_SWEEP = 1000
ACTOR = "packbench"

SUBJECT = marked("Amazon has not accepted parcels that must leave soon: %(count)s")
OF_STORE = marked("%(store)s: %(count)s")
WHY = marked(
    "Their ship-by time is less than four hours away, or over. The desk says of each what it waits "
    "for: a refusal to be mended, Amazon's quota, an account to be renewed."
)


def stuck_notices(*, now: datetime) -> NoticeQuerySet:
    """What Amazon should know by now, does not, and soon will know too late."""
    open_ones = Q(status__in=[*Notice.UNTOLD, Notice.Status.FAILED])
    return Notice.objects.filter(
        open_ones,
        deadline_at__lt=now + WARN_BEFORE,
        created_at__lt=now - STUCK_AFTER,
        awaits_scan=False,
        is_orphaned=False,
    )


def warn_of_late(*, now: datetime) -> int:
    """Note each stuck notice once, and write to the owners. Returns how many are new.

    A workspace that was written to within half an hour is written to later, of all at once.
    """
    fresh = stuck_notices(now=now).filter(warned_at__isnull=True, workspace=OuterRef("pk"))
    rows = Workspace.objects.filter(Exists(fresh)).order_by("pk")
    ids = list(rows.values_list("pk", flat=True)[:MOST_IN_A_SWEEP])
    return sum(_warn(workspace_id, now=now) for workspace_id in ids)


@transaction.atomic
def _warn(workspace_id: str, *, now: datetime) -> int:
    workspace = Workspace.objects.select_for_update().get(pk=workspace_id)
    last = workspace.mails.filter(kind=KIND).order_by("-created_at").first()
    if last and last.created_at > now - EVERY:
        return 0
    fresh = stuck_notices(now=now).filter(workspace=workspace, warned_at__isnull=True)
    notices = list(
        fresh.select_for_update(of=("self",), skip_locked=True).order_by("deadline_at", "id")[
            :MOST_IN_A_SWEEP
        ]
    )
    Notice.objects.filter(pk__in=[notice.pk for notice in notices]).update(warned_at=now)
    record_all(
        event(
            "notice.endangered",
            notice.workspace_id,
            actor=ACTOR,
            now=now,
            order_id=notice.order_id,
            shipment_id=notice.shipment_id,
            store_id=notice.store_id,
        )
        for notice in notices
    )
    counted = _by_store(workspace, notices)
    if counted:
        write_to_owners(workspace, _letter(workspace, counted, now=now), now=now)
    return len(notices)


def _by_store(workspace: Workspace, notices: list[Notice]) -> dict[str, int]:
    """How many, by the name of stores that want to know."""
    wanting = workspace.stores.filter(notifications__contains=[KIND.value]).order_by("name")
    counts = {
        name: sum(notice.store_id == pk for notice in notices)
        for pk, name in wanting.values_list("pk", "name")
    }
    return {name: count for name, count in counts.items() if count}


def _letter(workspace: Workspace, counted: dict[str, int], *, now: datetime) -> Letter:
    return Letter(
        kind=KIND,
        key=f"late:{workspace.pk}:{now.isoformat()}",
        subject=Sentence(SUBJECT, {"count": str(sum(counted.values()))}),
        paragraphs=(
            *(
                Sentence(OF_STORE, {"store": name, "count": str(count)})
                for name, count in counted.items()
            ),
            Sentence(WHY),
        ),
        path="/shipments/outbox?show=near",
    )
