"""Digesting: confirmations that Amazon refused are told of together, at most once an hour."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Exists, OuterRef

from packbench.accounts.models import Workspace
from packbench.accounts.writing import Letter, has_mail, write_to_owners
from packbench.channels.models import Store
from packbench.events.models import Event
from packbench.lib.sentences import Sentence, marked

KIND = Store.Notification.NOTICE_REFUSED
EVERY = timedelta(hours=1)
LOOKS_BACK = timedelta(days=1)
MOST_IN_A_SWEEP = 1000

REFUSED = marked("Amazon refused confirmations of parcels: %(count)s")
OF_STORE = marked("%(store)s: %(count)s")
LOOK = marked("Each says its reason in the desk, and can be sent again there once it is mended.")


def tell_of_refused(*, now: datetime) -> int:
    """Write to the owners of every workspace where Amazon refused something since the last time."""
    if not has_mail():
        return 0
    failed = Event.objects.filter(
        workspace=OuterRef("pk"), name="notice.failed", at__gt=now - LOOKS_BACK, at__lte=now
    )
    ids = Workspace.objects.filter(Exists(failed)).order_by("pk").values_list("pk", flat=True)
    return sum(_tell(workspace_id, now=now) for workspace_id in ids[:MOST_IN_A_SWEEP])


@transaction.atomic
def _tell(workspace_id: str, *, now: datetime) -> int:
    """One digest for all that was refused since the last one, by store. Safe to run at once."""
    workspace = Workspace.objects.select_for_update().get(pk=workspace_id)
    last = workspace.mails.filter(kind=KIND).order_by("-created_at").first()
    if last and last.created_at > now - EVERY:
        return 0
    since = max(last.created_at, now - LOOKS_BACK) if last else now - LOOKS_BACK
    counted = _refused(workspace, since=since, now=now)
    if not counted:
        return 0
    letter = Letter(
        kind=KIND,
        key=f"refused:{workspace.pk}:{now.isoformat()}",
        subject=Sentence(REFUSED, {"count": str(sum(counted.values()))}),
        paragraphs=(
            *(
                Sentence(OF_STORE, {"store": name, "count": str(count)})
                for name, count in counted.items()
            ),
            Sentence(LOOK),
        ),
        path="/shipments?notice=refused",
    )
    return write_to_owners(workspace, letter, now=now)


def _refused(workspace: Workspace, *, since: datetime, now: datetime) -> dict[str, int]:
    """How many orders' confirmations were refused, by the name of stores that want to know."""
    wanting = workspace.stores.filter(notifications__contains=[KIND.value])
    names = dict(wanting.order_by("name").values_list("pk", "name"))
    failed = workspace.events.filter(
        name="notice.failed", at__gt=since, at__lte=now, store_id__in=list(names)
    )
    counts = failed.values("store_id").annotate(count=Count("order_id", distinct=True))
    by_store = {row["store_id"]: row["count"] for row in counts}
    return {name: by_store[pk] for pk, name in names.items() if pk in by_store}
