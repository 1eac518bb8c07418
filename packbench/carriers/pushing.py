"""Pushing: carriers tell of scans by themselves, in messages that are signed."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import cast

from django.db import transaction
from django.db.models import Q
from django.utils.module_loading import import_string

from packbench.carriers.base import Pushed
from packbench.carriers.kinds import BY_CODE, Push
from packbench.carriers.models import CarrierAccount
from packbench.carriers.registry import secrets_of
from packbench.events.recording import record
from packbench.lib.errors import Unsupported
from packbench.lib.sentences import marked
from packbench.privacy.fields import sealer, unseal

WORKS_FOR = timedelta(days=2)  # after its last message
NOTED_EVERY = timedelta(minutes=1)
NOT_PUSHED = marked("%(carrier)s does not tell of scans by itself here.")

seal_secret = sealer(CarrierAccount, "push_secret")


def push_of(account: CarrierAccount) -> Push | None:
    """How the account's carrier tells of scans, if it does."""
    kind = BY_CODE.get(account.carrier)
    return kind.push if kind else None


def takes_pushes(account: CarrierAccount) -> bool:
    """Whether there is a secret to check its messages by."""
    return bool(_keys(account))


def works(account: CarrierAccount, *, now: datetime) -> bool:
    """Whether its messages come in: its parcels need not be asked for so often."""
    return account.pushed_at is not None and account.pushed_at > now - WORKS_FOR


@transaction.atomic
def begin_pushes(account: CarrierAccount, *, actor: str, now: datetime) -> str:
    """Make a new secret for the carrier to sign with, and return it, to be shown once.

    Messages that are signed with the old one are no longer taken. Raises Unsupported.
    """
    push = push_of(account)
    if push is None or push.signs_with:
        raise Unsupported(NOT_PUSHED, code="no_push", carrier=account.name)
    secret = secrets.token_urlsafe(32)
    sealed = seal_secret(secret, account.workspace.key.opened())
    CarrierAccount.objects.filter(pk=account.pk).update(push_secret=sealed, pushed_at=None)
    record("push.started", account.workspace_id, actor=actor, now=now, carrier_id=account.pk)
    return secret


@transaction.atomic
def end_pushes(account: CarrierAccount, *, actor: str, now: datetime) -> None:
    """Take no more messages by the secret that we made. Safe to run again."""
    had = CarrierAccount.objects.filter(pk=account.pk, push_secret__isnull=False)
    if had.update(push_secret=None, pushed_at=None):
        record("push.ended", account.workspace_id, actor=actor, now=now, carrier_id=account.pk)


def read_push(account: CarrierAccount, headers: Mapping[str, str], body: bytes) -> Sequence[Pushed]:
    """Return what a message says of parcels.

    Raises BadCredentials where the carrier did not sign it, Unsupported where none is taken.
    """
    push, keys = push_of(account), _keys(account)
    if push is None or not keys:
        raise Unsupported(NOT_PUSHED, code="no_push", carrier=account.name)
    return cast("Sequence[Pushed]", import_string(push.reader)(headers, body, keys))


def note_push(account: CarrierAccount, *, now: datetime) -> None:
    """Note that its messages come in, once a minute at most."""
    stale = Q(pushed_at__isnull=True) | Q(pushed_at__lt=now - NOTED_EVERY)
    CarrierAccount.objects.filter(stale, pk=account.pk).update(pushed_at=now)


def _keys(account: CarrierAccount) -> list[str]:
    """The secrets that its carrier may sign with."""
    push = push_of(account)
    if push is None:
        return []
    if push.signs_with:
        own = secrets_of(account).values
        return [own[name] for name in push.signs_with if own.get(name)]
    if account.push_secret is None:
        return []
    return [cast(str, unseal(account.push_secret, account.workspace.key.opened()))]
