"""Reminding: each threshold of each deadline is announced once (SEED-86)."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from packbench.accounts.models import Workspace
from packbench.accounts.writing import Letter, write_to_owners
from packbench.channels.deadlines import Deadline, deadlines_of
from packbench.channels.models import Reminder, SellerAccount, Store
from packbench.events.recording import record

ACTOR = "packbench"
AT_ONCE = 500


def remind_all(*, now: datetime) -> int:
    """Announce what is due of all accounts and client secrets; return how many. May run again."""
    active = SellerAccount.objects.filter(status=SellerAccount.Status.ACTIVE)
    rows = active.select_related("application", "workspace").prefetch_related("stores")
    by_workspace: dict[Workspace, list[SellerAccount]] = {}
    for account in rows.order_by("workspace_id", "id").iterator(chunk_size=AT_ONCE):
        by_workspace.setdefault(account.workspace, []).append(account)
    return sum(
        _remind_of(workspace, accounts, now=now) for workspace, accounts in by_workspace.items()
    )


@transaction.atomic
def remind(workspace: Workspace, deadline: Deadline, *, wants_mail: bool, now: datetime) -> bool:
    """Announce the threshold that has come, if it was not announced yet.

    Several that came while nobody looked are one announcement. Safe to run again and at once
    elsewhere: the row of the threshold is there once, and the e-mails come with it.
    """
    day = deadline.threshold(now)
    if day is None:
        return False
    _, is_new = Reminder.objects.get_or_create(
        subject_id=deadline.subject_id,
        ends_at=deadline.ends_at,
        days=day,
        defaults={"workspace": workspace, "reminded_at": now},
    )
    if not is_new:
        return False
    left = deadline.days_left(now)
    record(
        "deadline.announced",
        workspace.pk,
        actor=ACTOR,
        now=now,
        subject_id=deadline.subject_id,
        days=left,
    )
    if wants_mail:
        write_to_owners(workspace, _letter(deadline, day, left), now=now)
    return True


def _letter(deadline: Deadline, threshold: int, left: int) -> Letter:
    said = deadline.say(left)
    return Letter(
        kind=Store.Notification.AUTHORIZATION,
        key=f"deadline:{deadline.subject_id}:{deadline.ends_at.isoformat()}:{threshold}",
        subject=said,
        paragraphs=(said, deadline.advice),
        path=deadline.path,
    )


def _remind_of(workspace: Workspace, accounts: Iterable[SellerAccount], *, now: datetime) -> int:
    accounts = list(accounts)
    wanting = {each.pk for each in accounts if _wants_mail(each)}
    of_application = {each.application_id for each in accounts if each.pk in wanting}
    return sum(
        remind(
            workspace,
            deadline,
            wants_mail=deadline.subject_id in wanting | of_application,
            now=now,
        )
        for deadline in deadlines_of(accounts)
    )


def _wants_mail(account: SellerAccount) -> bool:
    kind = Store.Notification.AUTHORIZATION
    return any(kind in store.notifications for store in account.stores.all())
