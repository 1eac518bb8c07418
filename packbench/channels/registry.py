"""Which channels there are. Connectors are named by dotted path: nothing here imports them."""

from functools import cache
from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from packbench.channels.base import (
    Authorizer,
    Buckets,
    ChangeQueue,
    Channel,
    Credentials,
    Images,
    QueueAccess,
)
from packbench.channels.customizations import Customizations
from packbench.channels.leads import HintQueue
from packbench.channels.models import SellerAccount
from packbench.channels.quota import DatabaseBuckets
from packbench.lib.errors import BadCredentials
from packbench.lib.sentences import marked
from packbench.privacy.fields import unseal

TOKEN_DELETED = marked(
    "The authorization was revoked here and its token deleted. Renew it on the account's page."
)
CHANNELS = {"amazon": "packbench.connectors.amazon"}


def open_channel(account: SellerAccount) -> Channel:
    """Return the channel that speaks for the account (its application and workspace loaded)."""
    return open_with(credentials_of(account), channel=account.channel)


def open_with(credentials: Credentials, *, channel: str = "amazon") -> Channel:
    """Return a channel for credentials that are not saved yet."""
    opener = import_string(f"{CHANNELS[channel]}.opening.open_channel")
    return cast(Channel, opener(credentials, buckets=_buckets(), sandbox_url=settings.SANDBOX_URL))


def open_authorizer(channel: str = "amazon") -> Authorizer:
    opener = import_string(f"{CHANNELS[channel]}.opening.open_authorizer")
    return cast(Authorizer, opener(sandbox_url=settings.SANDBOX_URL))


def open_queue(queue: HintQueue) -> ChangeQueue:
    """Return the seller's own queue (its account and workspace loaded). Raises Rejected."""
    key = queue.workspace.key.opened()
    access = QueueAccess(url=queue.url, key_id=queue.key_id, secret=unseal(queue.secret, key))
    return open_queue_with(access, channel=queue.account.channel)


def open_queue_with(access: QueueAccess, *, channel: str = "amazon") -> ChangeQueue:
    """Return a queue for access that is not saved yet. Raises Rejected."""
    opener = import_string(f"{CHANNELS[channel]}.opening.open_queue")
    return cast(ChangeQueue, opener(access, sandbox_url=settings.SANDBOX_URL))


def open_images(channel: str = "amazon") -> Images:
    opener = import_string(f"{CHANNELS[channel]}.opening.open_images")
    return cast(Images, opener(sandbox_url=settings.SANDBOX_URL))


def open_customizations(channel: str = "amazon") -> Customizations:
    opener = import_string(f"{CHANNELS[channel]}.opening.open_customizations")
    return cast(Customizations, opener(sandbox_url=settings.SANDBOX_URL))


def credentials_of(account: SellerAccount) -> Credentials:
    """Unseal what the account speaks with. Raises BadCredentials where it was revoked here."""
    if account.refresh_token is None:
        raise BadCredentials(TOKEN_DELETED, code="revoked_here")
    key = account.workspace.key.opened()
    return Credentials(
        region=account.region,
        seller_id=account.seller_id,
        client_id=account.application.client_id,
        client_secret=unseal(account.application.client_secret, key),
        refresh_token=unseal(account.refresh_token, key),
    )


@cache
def _buckets() -> Buckets:
    return DatabaseBuckets()
