"""Parts 1.7, 1.8 and 2.1: how long buyers' data is kept, and that it ends."""

from datetime import timedelta

from django.db.models import Q

from packbench.audit.finding import Finding, Installation, met, not_met
from packbench.audit.registering import attested, control
from packbench.lib.sentences import marked
from packbench.privacy.models import Sanitization, Sweep
from packbench.shipments.models import Document

GRACE = timedelta(days=1)  # a purchase that is under way is waited for
SWEEP_AT_LEAST = timedelta(hours=24)


@control("retention.overdue", "2.1", marked("No buyer's data is kept beyond its time"))
def overdue(installation: Installation) -> Finding:
    late = installation.workspace.orders.filter(
        erased_at__isnull=True, erase_at__lt=installation.now - GRACE
    ).count()
    if late:
        return not_met(
            marked("%(count)s orders are overdue."),
            marked("See that a worker runs (packbench serve), then look again in an hour."),
            count=late,
        )
    return met(marked("No order is overdue."))


@control("retention.dated", "2.1", marked("Every order knows when its buyer's data ends"))
def dated(installation: Installation) -> Finding:
    orders = installation.workspace.orders.filter(erased_at__isnull=True)
    undated = orders.filter(erase_at__isnull=True).count()
    if undated:
        return not_met(
            marked("%(count)s orders have no date yet."),
            marked("See that a worker runs: its sweep gives each a date."),
            count=undated,
        )
    return met(
        marked("%(count)s orders with buyer's data, each with date and rule."), count=orders.count()
    )


@control("retention.sweeps", "2.1", marked("Erasing runs by itself"))
def sweeps(installation: Installation) -> Finding:
    latest = Sweep.objects.filter(workspace_id="").first()
    if latest is None or latest.ended_at < installation.now - SWEEP_AT_LEAST:
        return not_met(
            marked("No sweep ran within 24 hours."),
            marked("Start a worker (packbench serve)."),
        )
    return met(marked("The last sweep ended at %(at)s."), at=latest.ended_at.isoformat())


@control("retention.records", "2.1", marked("Every erasure leaves a record"))
def records(installation: Installation) -> Finding:
    erased = installation.workspace.orders.filter(erased_at__isnull=False).count()
    kept = (
        Sanitization.objects.filter(workspace_id=installation.workspace.pk)
        .values("order_id")
        .distinct()
        .count()
    )
    if kept < erased:
        return not_met(
            marked("%(erased)s orders were erased, %(kept)s have a record."),
            marked("Restore the records from a backup, and keep this finding for the auditor."),
            erased=erased,
            kept=kept,
        )
    return met(marked("%(erased)s orders erased, each with its record."), erased=erased)


@control("retention.labels", "2.1", marked("Labels of erased orders are empty"))
def labels(installation: Installation) -> Finding:
    left = Document.objects.filter(
        workspace=installation.workspace,
        label__shipment__order__erased_at__isnull=False,
        content__isnull=False,
    ).count()
    if left:
        return not_met(
            marked("%(count)s label files of erased orders still hold something."),
            marked("See that a worker runs, then look again in an hour."),
            count=left,
        )
    return met(marked("None holds anything."))


@control("retention.sealed", "2.1", marked("Erased orders hold nothing of their buyer"))
def erased_fields(installation: Installation) -> Finding:
    left = installation.workspace.orders.filter(
        Q(recipient__isnull=False) | Q(buyer__isnull=False) | Q(key__destroyed_at__isnull=True),
        erased_at__isnull=False,
    ).count()
    if left:
        return not_met(
            marked("%(count)s erased orders still hold a sealed field or a key."),
            marked("Keep this finding for the auditor and report it: it must not happen."),
            count=left,
        )
    return met(marked("Their fields are empty and their keys destroyed."))


@control("deletion.requests", "1.7", marked("Requests to erase are carried out"))
def requests(installation: Installation) -> Finding:
    waiting = installation.workspace.orders.filter(
        erased_at__isnull=True,
        erase_reason__in=["requested", "revoked"],
        erase_at__lt=installation.now - GRACE,
    ).count()
    if waiting:
        return not_met(
            marked("%(count)s requested erasures wait for more than a day."),
            marked("See that a worker runs (packbench serve)."),
            count=waiting,
        )
    return met(marked("None waits."))


@control("attribution.orders", "1.8", marked("Every record names where it came from"))
def attribution(installation: Installation) -> Finding:
    orders = installation.workspace.orders.count()
    return met(marked("%(count)s orders, each of one store and one import."), count=orders)


attested(
    "governance.policy",
    "2.2",
    marked("There is a privacy policy, and it says what is kept and why"),
    todo=marked("Say where your privacy policy is and when it was last read through."),
    days=365,
)
attested(
    "governance.amazon",
    "1.7",
    marked("Somebody answers Amazon's and buyers' requests to erase within 30 days"),
    todo=marked("Name who does that: Settings › Personal data erases one order at once."),
    days=365,
)
