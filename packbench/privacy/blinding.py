"""Blinding: a keyed hash by which equal texts are found again, and nothing else is learnt.

Each workspace has a secret of its own, sealed by its key and resealed when that is replaced, so
that hashes stay the same. What a hash stands for dies with the row that holds it.
"""

import hashlib
import hmac
import secrets
from typing import Any

from django.db import connection, transaction

from packbench.privacy.fields import sealer, unseal
from packbench.privacy.models import ALIVE, BlindingKey, KeyDestroyed
from packbench.privacy.sealing import KEY_BYTES, Unreadable

seal_secret = sealer(BlindingKey, "secret")


def blind(workspace: Any, purpose: str, text: str) -> bytes:
    """Return 32 bytes that are the same for the same text, purpose and workspace only.

    `workspace` is an accounts.Workspace; the caller makes the text canonical.
    """
    return hmac.digest(_secret(workspace), f"{purpose}\0{text}".encode(), hashlib.sha256)


def blind_all(workspace: Any, purpose: str, texts: list[str]) -> dict[str, bytes]:
    """The same of many texts, by text: the workspace's secret is opened once."""
    if not texts:
        return {}
    secret = _secret(workspace)
    return {
        text: hmac.digest(secret, f"{purpose}\0{text}".encode(), hashlib.sha256) for text in texts
    }


def secret_for(workspace: Any, purpose: str) -> bytes:
    """A key of the workspace's for that purpose alone, the same for as long as there is one."""
    return hmac.digest(_secret(workspace), f"key\0{purpose}".encode(), hashlib.sha256)


def _secret(workspace: Any) -> bytes:
    row = BlindingKey.objects.filter(pk=workspace.pk).first() or _made(workspace)
    try:
        return _opened(row, workspace)
    except (KeyDestroyed, Unreadable):  # the workspace's key was replaced meanwhile
        fresh = type(workspace).objects.select_related("key").get(pk=workspace.pk)
        return _opened(BlindingKey.objects.get(pk=workspace.pk), fresh)


def _opened(row: BlindingKey, workspace: Any) -> bytes:
    secret: bytes = unseal(row.secret, workspace.key.opened())
    return secret


@transaction.atomic
def _made(workspace: Any) -> BlindingKey:
    """Make the workspace's secret, once, whoever else does so now."""
    fresh = type(workspace).objects.select_related("key").get(pk=workspace.pk)
    sealed = seal_secret(secrets.token_bytes(KEY_BYTES), fresh.key.opened())
    with connection.cursor() as cursor:  # a rotation must not end the key before this is there
        cursor.execute(ALIVE, [[fresh.key_id]])
        if not cursor.rowcount:
            raise KeyDestroyed(fresh.key_id)
    BlindingKey.objects.bulk_create(
        [BlindingKey(workspace_id=workspace.pk, secret=sealed)], ignore_conflicts=True
    )
    return BlindingKey.objects.get(pk=workspace.pk)
