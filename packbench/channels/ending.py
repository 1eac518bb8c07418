"""Ending and resuming: what happens when Amazon refuses an account, and when it no longer does.

An account that ends is paused as it stands: what waits goes on when it is resumed (SEED-87).
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from packbench.accounts.writing import Letter
from packbench.channels.models import AUTHORIZATION_LIFE, Application, SellerAccount, Store
from packbench.channels.telling import tell_owners
from packbench.events.recording import record
from packbench.lib.errors import BadCredentials
from packbench.lib.marketplaces import REGION_NAMES
from packbench.lib.sentences import Sentence, marked

MARGIN = timedelta(days=1)  # Amazon's year and ours need not end in the same hour
OF_THE_APPLICATION = frozenset({"client_refused", "client_id_is_app_id"})
KINDS = (Store.Notification.AUTHORIZATION, Store.Notification.IMPORT_STOPPED)
ACTOR = "packbench"

EXPIRED = marked(
    "The authorization ended after its year. Renew it at Amazon: imports and confirmations wait."
)
SECRET_REFUSED = marked(
    "Amazon no longer accepts the client secret of the application %(application)s. Save the new "
    "client secret on the account's page: imports and confirmations wait."
)
STOPPED = marked("Amazon orders have stopped: seller %(seller)s (%(region)s)")
NOTHING_LOST = marked(
    "No orders come in and no parcels are confirmed until then. Nothing is lost: what waits goes "
    "on where it stood."
)


def end_authorization(account: SellerAccount, error: BadCredentials, *, now: datetime) -> bool:
    """Amazon refuses the account: pause its jobs, drop nothing, say so once.

    False where that was known, or where the account was renewed or its client secret changed
    while the refused call was on its way. A refused client secret pauses all its accounts.
    """
    if error.code in OF_THE_APPLICATION:
        return _refuse_secret(account, error, now=now)
    is_due = now >= account.may_end_at - MARGIN
    status = SellerAccount.Status.EXPIRED if is_due else SellerAccount.Status.REVOKED
    reason = Sentence(EXPIRED) if is_due else error.sentence
    same = SellerAccount.objects.filter(
        pk=account.pk,
        status__in=[SellerAccount.Status.ACTIVE, SellerAccount.Status.SECRET_REFUSED],
        authorized_at=account.authorized_at,
    )
    with transaction.atomic():
        if not _has_same_secret(account.application):
            return False
        if not _end(same, status, reason, error.code, now=now):
            return False
        name = "account.expired" if is_due else "account.revoked"
        _record(name, account, error, now=now)
        key = f"ended:{account.pk}:{now.isoformat()}"
        _tell(account, account.stores.all(), reason, key=key, now=now)
    return True


def resume_account(
    account: SellerAccount,
    event: str,
    *,
    actor: str,
    now: datetime,
    authorized_at: datetime | None = None,
) -> bool:
    """Amazon accepts the account (again): its work goes on where it stood.

    With `authorized_at`, the earliest moment at which it may have been renewed, its year begins
    anew. False where the account changed meanwhile.
    """
    fresh: dict[str, Any] = {
        "status": SellerAccount.Status.ACTIVE,
        "status_reason": None,
        "ended_at": None,
        "next_import_at": now,
        "import_error": None,
    }
    if authorized_at:
        fresh |= {"authorized_at": authorized_at, "expires_at": now + AUTHORIZATION_LIFE}
    with transaction.atomic():
        same = SellerAccount.objects.filter(
            pk=account.pk,
            status=account.status,
            authorized_at=account.authorized_at,
            refresh_token__isnull=False,  # not revoked here meanwhile
        )
        if not same.update(**fresh):
            return False
        record(event, account.workspace_id, actor=actor, now=now, account_id=account.pk)
    account.refresh_from_db()
    return True


def trust_secret(application: Application, *, actor: str, now: datetime) -> None:
    """Amazon accepted the client secret: resume the accounts that waited for it."""
    for account in application.accounts.filter(status=SellerAccount.Status.SECRET_REFUSED):
        resume_account(account, "account.resumed", actor=actor, now=now)


def _has_same_secret(application: Application) -> bool:
    """Lock the application; False where its secret changed since it was read."""
    row = Application.objects.select_for_update(no_key=True).get(pk=application.pk)
    return row.secret_saved_at == application.secret_saved_at


def _refuse_secret(account: SellerAccount, error: BadCredentials, *, now: datetime) -> bool:
    application = account.application
    reason = Sentence(SECRET_REFUSED, {"application": str(application)})
    active = application.accounts.filter(status=SellerAccount.Status.ACTIVE)
    with transaction.atomic():
        if not _has_same_secret(application):
            return False
        ids = list(active.select_for_update().values_list("pk", flat=True))
        paused = SellerAccount.objects.filter(pk__in=ids)
        if not _end(paused, SellerAccount.Status.SECRET_REFUSED, reason, error.code, now=now):
            return False
        record(
            "secret.refused",
            application.workspace_id,
            actor=ACTOR,
            now=now,
            application_id=application.pk,
            code=error.code,
            request_id=error.request_id,
        )
        stores = Store.objects.filter(account__in=ids)
        key = f"secret:{application.pk}:{now.isoformat()}"
        _tell(account, stores, reason, key=key, now=now)
    return True


def _end(
    accounts: QuerySet[SellerAccount],
    status: SellerAccount.Status,
    reason: Sentence,
    code: str,
    *,
    now: datetime,
) -> int:
    body = {**reason.as_json(), "code": code}
    return accounts.update(status=status, status_reason=body, ended_at=now)


def _record(name: str, account: SellerAccount, error: BadCredentials, *, now: datetime) -> None:
    record(
        name,
        account.workspace_id,
        actor=ACTOR,
        now=now,
        account_id=account.pk,
        code=error.code,
        request_id=error.request_id,
    )


def _tell(
    account: SellerAccount, stores: QuerySet[Store], reason: Sentence, *, key: str, now: datetime
) -> None:
    who = {"seller": account.seller_id, "region": REGION_NAMES[account.region]}
    letter = Letter(
        kind=Store.Notification.IMPORT_STOPPED,
        key=key,
        subject=Sentence(STOPPED, who),
        paragraphs=(reason, Sentence(NOTHING_LOST)),
        path=f"/stores/accounts/{account.pk}",
    )
    tell_owners(account.workspace, stores, KINDS, letter, now=now)
