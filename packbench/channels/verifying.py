"""Verifying: the seller's own private app, asked at Amazon before anything is saved (SEED-19)."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from packbench.accounts.models import Workspace
from packbench.channels.base import Credentials
from packbench.channels.connecting import keep_application, record_consent, save_account
from packbench.channels.locating import locate
from packbench.channels.models import SellerAccount


@dataclass(frozen=True, slots=True)
class Verified:
    """Credentials that Amazon accepted, and where their account sells."""

    credentials: Credentials
    marketplace_ids: tuple[str, ...]


def connect_private_app(
    workspace: Workspace,
    credentials: Credentials,
    *,
    actor: str,
    ip_address: str | None,
    now: datetime,
) -> SellerAccount:
    """Ask Amazon, then save the application and the account; its stores are ticked afterwards.

    `actor` has agreed to the two statements: that is kept, whatever Amazon says (SEED-15). Safe to
    run again: the same seller is a renewal. Raises RemoteError, and then saved nothing else.
    """
    record_consent(workspace, person_id=actor, ip_address=ip_address, now=now)
    marketplace_ids = locate(credentials)
    return _save(workspace, Verified(credentials, marketplace_ids), actor=actor, now=now)


@transaction.atomic
def _save(workspace: Workspace, verified: Verified, *, actor: str, now: datetime) -> SellerAccount:
    credentials = verified.credentials
    known = workspace.applications.filter(client_id=credentials.client_id).first()
    application = keep_application(
        workspace,
        credentials.client_id,
        credentials.client_secret,
        application_id=known.application_id if known else "",
        is_draft=known.is_draft if known else False,
        now=now,
    )
    return save_account(
        application,
        credentials,
        way=SellerAccount.Way.PRIVATE_APP,
        marketplace_ids=verified.marketplace_ids,
        is_pasted=True,
        actor=actor,
        now=now,
    )
