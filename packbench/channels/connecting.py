"""Connecting: from credentials to a seller account and its stores."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from packbench.accounts.models import Workspace
from packbench.channels.base import Channel, Credentials
from packbench.channels.ending import trust_secret
from packbench.channels.models import (
    AUTHORIZATION_LIFE,
    REMINDED_BEFORE,
    Application,
    Consent,
    ImportRun,
    SellerAccount,
    Store,
)
from packbench.events.recording import record
from packbench.lib.errors import Rejected
from packbench.lib.marketplaces import REGION_NAMES, Marketplace, by_id, is_known
from packbench.lib.sentences import marked
from packbench.privacy.fields import sealer, unseal

CONSENT_VERSION = "2026-11"

NO_MARKETPLACES = marked(
    "This seller account takes part in no marketplace that we know. An Individual selling plan "
    "has no API: switch to a Professional plan in Seller Central, then connect again."
)
NOT_PARTICIPATING = marked(
    "This seller account does not sell on %(marketplace)s. Choose one of: %(marketplaces)s."
)
NAME_TAKEN = marked("There is a store named “%(name)s” already. Choose another name.")
WRONG_REGION = marked(
    "This authorization is for %(region)s and cannot reach %(marketplace)s. "
    "Authorize the account of that region as well."
)
STORE_THERE = marked(
    "This seller account has a store for %(marketplace)s already: “%(name)s”. One account has one "
    "store for each marketplace, else its orders would come in twice."
)


@dataclass(frozen=True, slots=True)
class OwnPlace:
    """Where a shop outside Amazon sells, as far as its store needs to know."""

    currency: str
    time_zone: str
    id: str = ""


seal_secret = sealer(Application, "client_secret")
seal_token = sealer(SellerAccount, "refresh_token")


def keep_application(
    workspace: Workspace,
    client_id: str,
    client_secret: str,
    *,
    application_id: str = "",
    is_draft: bool = False,
    now: datetime,
) -> Application:
    """Save the seller's LWA application; the secret is sealed and never shown again.

    Its date changes only where the secret does: Amazon ends it 180 days after it was made.
    """
    key = workspace.key.opened()
    secret = client_secret.strip()
    fresh: dict[str, object] = {"application_id": application_id.strip(), "is_draft": is_draft}
    known = workspace.applications.filter(client_id=client_id.strip()).first()
    if known is None or unseal(known.client_secret, key) != secret:
        fresh |= {"client_secret": seal_secret(secret, key), "secret_saved_at": now}
    application, _ = Application.objects.update_or_create(
        workspace=workspace,
        client_id=client_id.strip(),
        defaults=fresh,
        create_defaults={**fresh, "created_at": now},
    )
    return application


def record_consent(
    workspace: Workspace, *, person_id: str, ip_address: str | None, now: datetime
) -> None:
    """Keep that a person agreed to the two statements, whichever way they connect (SEED-15)."""
    Consent.objects.create(
        workspace=workspace,
        text_version=CONSENT_VERSION,
        person_id=person_id,
        ip_address=ip_address,
        at=now,
    )


def selling_marketplaces(channel: Channel) -> tuple[str, ...]:
    """Ask Amazon where the account sells. Raises Rejected where that is nowhere (SEED-01)."""
    ids = tuple(
        part.marketplace_id
        for part in channel.participations()
        if part.is_participating and is_known(part.marketplace_id)
    )
    if not ids:
        raise Rejected(NO_MARKETPLACES, code="no_marketplaces")
    return ids


@transaction.atomic
def save_account(
    application: Application,
    credentials: Credentials,
    *,
    way: SellerAccount.Way,
    marketplace_ids: Iterable[str],
    is_pasted: bool = False,
    actor: str,
    now: datetime,
) -> SellerAccount:
    """Save a verified authorization. The same seller again is a renewal: work goes on.

    A token that `is_pasted` may be the one that is here: that alone begins no new year.
    """
    workspace = application.workspace
    region, seller_id = credentials.region, credentials.seller_id
    rows = workspace.seller_accounts.select_for_update(no_key=True)
    known = rows.filter(region=region, seller_id=seller_id).first()
    is_here = known is not None and has_token(known, credentials.refresh_token)
    token = seal_token(credentials.refresh_token, workspace.key.opened())
    fresh = {
        "application": application,
        "way": way,
        "refresh_token": token,
        "status": SellerAccount.Status.ACTIVE,
        "status_reason": None,
        "ended_at": None,
        "authorized_at": now,
        "expires_at": end_of(known if is_pasted and is_here else None, now=now),
        "marketplace_ids": list(marketplace_ids),
        "next_import_at": now,
        "import_error": None,
    }
    account, is_new = SellerAccount.objects.update_or_create(
        workspace=workspace, region=region, seller_id=seller_id, defaults=fresh
    )
    if not is_new:  # a new authorization may bring a new role: addresses that were withheld
        account.stores.update(backfilled_at=None)
        drop_imports(account.pk, now=now)
    name = "account.connected" if is_new else "account.renewed"
    record(name, workspace.id, actor=actor, now=now, account_id=account.id)
    trust_secret(application, actor=actor, now=now)
    return account


def drop_imports(account_id: str, *, now: datetime) -> None:
    """The next import begins at the beginning: one under way notices with its next page."""
    SellerAccount.objects.filter(pk=account_id).update(import_claimed_until=None)
    unfinished = ImportRun.objects.filter(account=account_id, finished_at__isnull=True)
    unfinished.update(finished_at=now, page_token="")


def has_token(account: SellerAccount, refresh_token: str) -> bool:
    """Whether this token is the one that is kept for the account."""
    if account.refresh_token is None:
        return False
    return bool(unseal(account.refresh_token, account.workspace.key.opened()) == refresh_token)


def end_of(known: SellerAccount | None, *, now: datetime) -> datetime:
    """When an authorization ends that Amazon accepts now: of a new token, or of a `known` one.

    A known one may have been renewed at Amazon in the month before its end, or since it ended.
    """
    if known is None:
        return now + AUTHORIZATION_LIFE
    if known.status == SellerAccount.Status.EXPIRED:
        return (known.ended_at or now) + AUTHORIZATION_LIFE
    may_be_renewed = now >= known.may_end_at - REMINDED_BEFORE
    return now + AUTHORIZATION_LIFE if may_be_renewed else known.may_end_at


@transaction.atomic
def add_store(
    account: SellerAccount,
    marketplace_id: str,
    *,
    name: str,
    feedback: str = Store.Feedback.LABEL_CREATED,
    actor: str,
    now: datetime,
) -> Store:
    """Add a store for one marketplace of the account (SEED-23).

    Raises Rejected where the account does not sell there, or has a store there already.
    """
    marketplace = by_id(marketplace_id)
    if marketplace.region != account.region:
        raise Rejected(
            WRONG_REGION,
            code="wrong_region",
            region=REGION_NAMES[account.region],
            marketplace=marketplace.name,
        )
    if marketplace_id not in account.marketplace_ids:
        raise _not_participating(account, marketplace)
    SellerAccount.objects.select_for_update().get(pk=account.pk)  # one after the other
    existing = account.stores.filter(marketplace_id=marketplace_id).first()
    if existing:
        raise Rejected(
            STORE_THERE, code="store_there", marketplace=marketplace.name, name=existing.name
        )
    account.next_import_at = now
    account.save(update_fields=["next_import_at"])
    return _new_store(account.workspace, account, marketplace, name, feedback, actor, now)


@transaction.atomic
def add_file_store(
    workspace: Workspace, marketplace_id: str, *, name: str, actor: str, now: datetime
) -> Store:
    """Add a store that lives on reports from Seller Central, without the API."""
    feedback = Store.Feedback.LABEL_CREATED
    return _new_store(workspace, None, by_id(marketplace_id), name, feedback, actor, now)


@transaction.atomic
def add_own_shop(
    workspace: Workspace, *, name: str, currency: str, time_zone: str, actor: str, now: datetime
) -> Store:
    """Add a shop outside Amazon: its orders come from tables and by hand, and nobody is told.

    Raises Rejected where the name is taken.
    """
    place = OwnPlace(currency=currency, time_zone=time_zone)
    return _new_store(workspace, None, place, name, Store.Feedback.LABEL_CREATED, actor, now)


def free_name(workspace: Workspace, marketplace: Marketplace, seller_id: str) -> str:
    """A store name that is not taken: “Amazon ES”, or with the seller id or a number behind it."""
    taken = set(workspace.stores.values_list("name", flat=True))
    behind = ("", f" {seller_id}", *(f" {number}" for number in range(2, len(taken) + 3)))
    return next(name for tail in behind if (name := marketplace.name + tail) not in taken)


def _not_participating(account: SellerAccount, marketplace: Marketplace) -> Rejected:
    known = ", ".join(by_id(known).name for known in account.marketplace_ids)
    return Rejected(
        NOT_PARTICIPATING,
        code="not_participating",
        marketplace=marketplace.name,
        marketplaces=known,
    )


def _new_store(
    workspace: Workspace,
    account: SellerAccount | None,
    marketplace: Marketplace | OwnPlace,
    name: str,
    feedback: str,
    actor: str,
    now: datetime,
) -> Store:
    if workspace.stores.filter(name=name).exists():
        raise Rejected(NAME_TAKEN, code="name_taken", name=name)
    store = Store.objects.create(
        workspace=workspace,
        account=account,
        marketplace_id=marketplace.id,
        name=name,
        currency=marketplace.currency,
        time_zone=marketplace.time_zone,
        feedback=feedback,
        created_at=now,
    )
    record("store.created", workspace.id, actor=actor, now=now, store_id=store.id)
    return store
