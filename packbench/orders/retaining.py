"""Retaining: how many days a workspace keeps buyers' data; fewer than the policy, never more."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from packbench.accounts.models import Workspace
from packbench.events.recording import record
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked
from packbench.orders.expiring import Rules, rules_of
from packbench.privacy.models import MOST_DAYS, Retention

NOT_ALLOWED = marked("Choose from %(least)s to %(most)s days: longer is not allowed.")


def rules_for(workspace_id: str) -> Rules:
    """The rules that the workspace's data is kept by."""
    return rules_of(Retention.objects.filter(pk=workspace_id).first())


def retention_of(workspace: Workspace, *, now: datetime) -> Retention:
    """The workspace's days; those of the policy, not saved, where nobody chose any."""
    found = Retention.objects.filter(pk=workspace.pk).first()
    return found or Retention(workspace_id=workspace.pk, changed_at=now)


@transaction.atomic
def change_retention(
    workspace: Workspace, days: Mapping[str, int], *, actor: str, now: datetime
) -> list[str]:
    """Save days by their names in MOST_DAYS and return the names of those that changed.

    The clock of every order is set anew by the sweep, in slices. Safe to run again. Raises
    Rejected for days that the policy does not allow.
    """
    for name, given in days.items():
        least = 0 if name == "backup_days" else 1
        if not least <= given <= MOST_DAYS[name]:
            raise Rejected(NOT_ALLOWED, code="days", least=least, most=MOST_DAYS[name])
    Retention.objects.get_or_create(pk=workspace.pk, defaults={"changed_at": now})
    row = Retention.objects.select_for_update().get(pk=workspace.pk)
    changed = [name for name, given in days.items() if getattr(row, name) != given]
    if not changed:
        return []
    for name in changed:
        setattr(row, name, days[name])
    row.changed_at, row.reckoned_to = now, ""
    row.save()
    record("retention.changed", workspace.pk, actor=actor, now=now, **dict(days))
    return changed
