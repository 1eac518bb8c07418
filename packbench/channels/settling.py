"""Settling: how a store is imported and what it is told."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from packbench.channels.connecting import NAME_TAKEN
from packbench.channels.models import ImportRun, SellerAccount, Store
from packbench.events.recording import record
from packbench.jobs import defer_once
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked

MOST_HISTORY_DAYS = 90
BAD_HISTORY = marked("Choose from 1 to %(most)s days of history, not %(given)s.")
NOT_CONNECTED = marked(
    "Amazon does not accept this account's authorization. Connect the account again, then import."
)
IS_PAUSED = marked("All stores of this account are paused. Resume one, then import.")
NO_ACCOUNT = marked("This store lives on reports. Upload the report “Unshipped orders” instead.")


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """What a person may choose for a store. `feedback` is a Store.Feedback."""

    name: str
    feedback: str
    has_amazon_fulfilled: bool
    history_days: int


@transaction.atomic
def change_store(store: Store, settings: StoreSettings, *, actor: str, now: datetime) -> list[str]:
    """Save the settings and return the names of those that changed. Safe to run again.

    A longer history, or Amazon-fulfilled orders wanted from now on, let the history be read again.
    Raises Rejected.
    """
    row = Store.objects.select_for_update().get(pk=store.pk)
    _check(row, settings)
    changed = [name for name in settings.__slots__ if getattr(row, name) != getattr(settings, name)]
    wants_more = settings.history_days > row.history_days or (
        settings.has_amazon_fulfilled and not row.has_amazon_fulfilled
    )
    for name in changed:
        setattr(row, name, getattr(settings, name))
    if wants_more:
        _read_history_again(row, now=now)
    row.save()
    if changed:
        record(
            "store.changed",
            row.workspace_id,
            actor=actor,
            now=now,
            store_id=row.pk,
            fields=changed,
        )
    return changed


@transaction.atomic
def pause_store(store: Store, *, actor: str, now: datetime) -> bool:
    """Import nothing more for this store until it is resumed. False: it was paused already."""
    if not Store.objects.filter(pk=store.pk, paused_at__isnull=True).update(paused_at=now):
        return False
    record("store.paused", store.workspace_id, actor=actor, now=now, store_id=store.pk)
    return True


@transaction.atomic
def resume_store(store: Store, *, actor: str, now: datetime) -> bool:
    """Import again, first what changed since the pause. False: it was not paused."""
    row = Store.objects.select_for_update().get(pk=store.pk)
    if row.paused_at is None:
        return False
    row.read_from = min(filter(None, [row.read_from, row.paused_at]))
    row.paused_at = None
    _read_history_again(row, now=now)
    row.save(update_fields=["paused_at", "backfilled_at", "read_from"])
    record("store.resumed", row.workspace_id, actor=actor, now=now, store_id=row.pk)
    return True


@transaction.atomic
def import_now(store: Store, *, now: datetime) -> None:
    """Let the store's account be polled at once. Safe to run again. Raises Rejected."""
    account = store.account
    if account is None:
        raise Rejected(NO_ACCOUNT, code="no_account")
    if account.status != SellerAccount.Status.ACTIVE:
        raise Rejected(NOT_CONNECTED, code="not_connected")
    if not account.stores.filter(paused_at__isnull=True).exists():
        raise Rejected(IS_PAUSED, code="store_paused")
    _poll_at_once(account.pk, now=now)


def _check(row: Store, settings: StoreSettings) -> None:
    if not 1 <= settings.history_days <= MOST_HISTORY_DAYS:
        raise Rejected(
            BAD_HISTORY, code="bad_history", most=MOST_HISTORY_DAYS, given=settings.history_days
        )
    others = Store.objects.filter(workspace_id=row.workspace_id).exclude(pk=row.pk)
    if others.filter(name=settings.name).exists():
        raise Rejected(NAME_TAKEN, code="name_taken", name=settings.name)


def _read_history_again(row: Store, *, now: datetime) -> None:
    """The next import reads the history, from its beginning, whatever an earlier one has left."""
    row.backfilled_at = None
    ImportRun.objects.filter(account=row.account_id, finished_at__isnull=True).update(
        finished_at=now, page_token=""
    )
    if row.account_id:
        _poll_at_once(row.account_id, now=now)


def _poll_at_once(account_id: str, *, now: datetime) -> None:
    SellerAccount.objects.filter(pk=account_id).update(next_import_at=now)
    defer_once("orders.import_account", account_id=account_id)
