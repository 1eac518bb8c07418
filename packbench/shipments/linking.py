"""Linking: another shop that keeps a store's orders hears of its parcels (SEED-54)."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from packbench.channels.base import LinkedShop, LinkSettings
from packbench.channels.models import Store
from packbench.events.recording import record
from packbench.lib.errors import Rejected
from packbench.lib.hosts import Reach, check_url
from packbench.lib.sentences import marked
from packbench.privacy.fields import sealer, unseal
from packbench.shipments.models import StoreLink

OPENER = "packbench.connectors.linked.opening.open_shop"
NEW_SECRET = "packbench.connectors.linked.webhook.new_secret"  # noqa: S105 - a path
NO_SECRET = marked("Enter the secret that the shop gave you.")
NO_ACCOUNT = marked("Enter the store hash: it stands in the API path that BigCommerce shows you.")
BAD_ACCOUNT = marked("The store hash has letters and digits only.")
NO_URL = marked("Enter the address that is told of parcels.")
Kind = StoreLink.Kind

seal_secret = sealer(StoreLink, "secret")


@dataclass(frozen=True, slots=True)
class GivenLink:
    """What a person enters. An empty `secret` keeps the one that is there; a webhook's is ours."""

    kind: str
    url: str = ""
    account: str = ""
    secret: str = ""
    allows_private: bool = False
    wants_new_secret: bool = False


@transaction.atomic
def save_link(store: Store, given: GivenLink, *, actor: str, now: datetime) -> str:
    """Link the shop to the store, or change how. Returns a webhook's new secret, to be shown once.

    Raises Rejected. Parcels that were labeled before are not told.
    """
    link = StoreLink.objects.select_for_update().filter(store=store).first()
    is_same = link is not None and link.kind == given.kind
    row = link or StoreLink(workspace_id=store.workspace_id, store=store, created_at=now)
    row.url, row.account = _checked(given)
    row.kind, row.allows_private = given.kind, given.allows_private
    secret, shown = _secret(given, has_one=is_same and row.secret is not None)
    if secret:
        row.secret = seal_secret(secret, store.workspace.key.opened())
    row.save()
    record(
        "link.saved",
        store.workspace_id,
        actor=actor,
        now=now,
        store_id=store.pk,
        kind=given.kind,
    )
    return shown


@transaction.atomic
def remove_link(link: StoreLink, *, actor: str, now: datetime) -> None:
    """Tell the shop nothing more, and forget how it is reached and what it was told."""
    link.delete()
    record(
        "link.removed",
        link.workspace_id,
        actor=actor,
        now=now,
        store_id=link.store_id,
        kind=link.kind,
    )


def check_link(link: StoreLink) -> None:
    """Try the shop out. Raises what is wrong, as a sentence."""
    open_linked(link).check()


def open_linked(link: StoreLink) -> LinkedShop:
    """Return the shop that the link leads to (its workspace loaded)."""
    key = link.workspace.key.opened()
    reached = LinkSettings(
        kind=link.kind,
        url=link.url,
        account=link.account,
        secret=unseal(link.secret, key) if link.secret else "",
    )
    return cast(LinkedShop, import_string(OPENER)(reached, reach_of(link.allows_private)))


def reach_of(allows_private: bool) -> Reach:
    """This machine is reached only where Amazon is played by the sandbox."""
    return Reach(local_network=allows_private, this_machine=bool(settings.SANDBOX_URL))


def _checked(given: GivenLink) -> tuple[str, str]:
    """The address and the account as they are kept."""
    if given.kind == Kind.BIGCOMMERCE:
        account = given.account.strip()
        if not account:
            raise Rejected(NO_ACCOUNT, code="account_missing")
        if not (account.isascii() and account.isalnum()):
            raise Rejected(BAD_ACCOUNT, code="bad_account")
        is_played = bool(settings.SANDBOX_URL and given.url)
        return (check_url(given.url, reach_of(False)) if is_played else ""), account
    if not given.url.strip():
        raise Rejected(NO_URL, code="bad_address")
    return check_url(given.url, reach_of(given.allows_private)), given.account.strip()


def _secret(given: GivenLink, *, has_one: bool) -> tuple[str, str]:
    """The secret to keep, empty where the old one stays, and what is shown of it once."""
    if given.kind == Kind.WEBHOOK:
        made = import_string(NEW_SECRET)() if given.wants_new_secret or not has_one else ""
        return made, made
    if not given.secret and not has_one:
        raise Rejected(NO_SECRET, code="secret_missing")
    return given.secret, ""
