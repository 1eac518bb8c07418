"""Keys of the API: what programs come in with. Shown once, kept as a hash, bounded, revocable."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from packbench.accounts.models import ApiKey, Workspace
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked

PREFIX = "pbk_"
TOKEN_BYTES = 32
SHOWN = 8  # characters of a token that tell keys apart
A_MINUTE = 120  # calls of one key
MOST_KEYS = 50

TOO_MANY_KEYS = marked("A workspace has at most %(most)s keys. Revoke one that is not used.")
NO_SCOPE = marked("Choose what the key may do.")
# One statement: two calls at once are both counted.
TAKE = """
update accounts_apikey set last_used_at = %(now)s, minute = %(minute)s,
    calls = case when minute = %(minute)s then calls + 1 else 1 end
where digest = %(digest)s and revoked_at is null
returning id, calls
"""


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A new key and its token, which is shown now and never again."""

    row: ApiKey
    token: str

    def __repr__(self) -> str:
        return f"MadeKey({self.row.pk})"


class TooManyCalls(Exception):
    """The key made more than A_MINUTE calls in this minute; `wait_s` until the next."""

    def __init__(self, wait_s: int) -> None:
        super().__init__("Too many calls in a minute.")
        self.wait_s = wait_s


def make_key(
    workspace: Workspace, name: str, scopes: Sequence[str], *, actor: str, now: datetime
) -> MadeKey:
    """Make a key for a program. Raises Rejected."""
    wanted = [scope for scope in ApiKey.Scope.values if scope in scopes]
    if not wanted:
        raise Rejected(NO_SCOPE, code="no_scope")
    if workspace.api_keys.filter(revoked_at__isnull=True).count() >= MOST_KEYS:
        raise Rejected(TOO_MANY_KEYS, code="too_many_keys", most=MOST_KEYS)
    token = PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
    row = ApiKey.objects.create(
        workspace=workspace,
        name=name.strip()[:60],
        digest=_digest(token),
        beginning=token[: len(PREFIX) + SHOWN],
        scopes=wanted,
        made_by=actor,
        made_at=now,
    )
    return MadeKey(row, token)


def take_key(token: str, *, now: datetime) -> ApiKey | None:
    """The key of the token, its call counted; None where there is none. Raises TooManyCalls."""
    if not token.startswith(PREFIX):
        return None
    minute = int(now.timestamp()) // 60
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {"now": now, "minute": minute, "digest": _digest(token)})
        found = cursor.fetchone()
    if found is None:
        return None
    if found[1] > A_MINUTE:
        raise TooManyCalls(60 - int(now.timestamp()) % 60)
    return ApiKey.objects.select_related("workspace__key").get(pk=found[0])


def revoke_key(key: ApiKey, *, actor: str, now: datetime) -> None:
    """From now on nobody comes in with it. Safe to run again; the row stays, for the record."""
    alive = ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True)
    alive.update(revoked_at=now, revoked_by=actor)


def _digest(token: str) -> str:
    """A token is 256 random bits: a slow hash would guard nothing more."""
    return hashlib.sha256(token.encode()).hexdigest()
