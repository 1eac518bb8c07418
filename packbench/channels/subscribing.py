"""Subscribing: Amazon announces changes of orders to the seller's own queue, if there is one."""

from contextlib import suppress
from datetime import datetime

from django.db import transaction

from packbench.channels.base import QueueAccess
from packbench.channels.leads import HintQueue
from packbench.channels.models import SellerAccount
from packbench.channels.registry import open_channel, open_queue_with
from packbench.events.recording import record
from packbench.lib.errors import RemoteError
from packbench.privacy.fields import sealer, unseal

seal = sealer(HintQueue, "secret")


def save_queue(
    account: SellerAccount, access: QueueAccess, *, actor: str, now: datetime
) -> HintQueue:
    """Try the queue out, let Amazon announce changes to it, and keep it; the secret is sealed.

    An empty secret keeps the one that is here. Safe to run again. Raises RemoteError; then
    nothing is kept.
    """
    key = account.workspace.key.opened()
    known = HintQueue.objects.filter(account=account).first()
    secret = access.secret or (unseal(known.secret, key) if known else "")
    access = QueueAccess(url=access.url.strip(), key_id=access.key_id.strip(), secret=secret)
    open_queue_with(access, channel=account.channel).receive()  # what it holds comes again
    subscription_id = open_channel(account).subscribe(access.url)
    with transaction.atomic():
        queue, _ = HintQueue.objects.update_or_create(
            account=account,
            defaults={
                "workspace_id": account.workspace_id,
                "url": access.url,
                "key_id": access.key_id,
                "secret": seal(secret, key),
                "subscription_id": subscription_id,
                "saved_at": now,
                "next_read_at": now,
                "error": None,
            },
        )
        record("queue.saved", account.workspace_id, actor=actor, now=now, account_id=account.pk)
    return queue


def remove_queue(account: SellerAccount, *, actor: str, now: datetime) -> bool:
    """Let nothing more be announced, and forget the key. False: there was no queue.

    Where Amazon cannot be told now, the seller deletes the queue: nothing of it is read here.
    """
    queue = HintQueue.objects.filter(account=account).first()
    if queue is None:
        return False
    with suppress(RemoteError):
        open_channel(account).unsubscribe(queue.subscription_id)
    with transaction.atomic():
        queue.delete()
        record("queue.removed", account.workspace_id, actor=actor, now=now, account_id=account.pk)
    return True
