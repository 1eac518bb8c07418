"""Chaining: who looked at what cannot be edited unnoticed.

Each look gets the next place in its workspace's chain and an HMAC over itself and the one before,
under a key that no table holds in clear. A look that was changed, moved or taken out is named by
`broken_looks`; the end of the chain is noted in a file beside the keys, so that a shorter one is
seen as well. Looks are written without waiting for one another: a job chains them afterwards, and
the database lets nobody change them meanwhile.
"""

import hashlib
import hmac
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from packbench.lib.sentences import Sentence, marked
from packbench.privacy.blinding import secret_for
from packbench.privacy.models import Disclosure

PURPOSE = "trail"
BEGINNING = b"\0" * 32
AT_ONCE = 2000
LOCK = "select pg_try_advisory_xact_lock(hashtext('privacy.chain'), hashtext(%s))"
CHAIN = """
update privacy_disclosure d set position = v.position, mac = v.mac
from unnest(%s::bigint[], %s::bigint[], %s::bytea[]) as v(id, position, mac)
where d.id = v.id
"""

CHANGED = marked("Look %(position)s (row %(row)s) is not what was written, or not in its place.")
MISSING = marked("Looks %(first)s to %(last)s are missing.")
CUT = marked("The chain ends at %(last)s; %(known)s looks were chained by %(at)s.")


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a workspace's chain, as the file beside the keys knows it."""

    position: int
    mac: str
    at: str


@transaction.atomic
def chain_looks(workspace: Any, *, now: datetime, most: int = AT_ONCE) -> int:
    """Give the next looks of an accounts.Workspace their places. Safe to run at once elsewhere.

    Returns how many; 0 where there is none, or somebody else is at it.
    """
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [workspace.pk])
        if not cursor.fetchone()[0]:
            return 0
        waiting = Disclosure.objects.filter(workspace_id=workspace.pk, position__isnull=True)
        rows = list(waiting.order_by("id")[:most])
        if not rows:
            return 0
        key = secret_for(workspace, PURPOSE)
        last = _last(workspace.pk)
        position, mac = (last.position or 0, bytes(last.mac or b"")) if last else (0, BEGINNING)
        places, macs = [], []
        for place, row in enumerate(rows, position + 1):
            mac = _mac(key, mac, row, place)
            places.append(place)
            macs.append(mac)
        cursor.execute(CHAIN, [[row.pk for row in rows], places, macs])
    transaction.on_commit(lambda: _note_head(workspace.pk, places[-1], macs[-1], now=now))
    return len(rows)


def unchained() -> list[str]:
    """The workspaces that have looks without a place."""
    waiting = Disclosure.objects.filter(position__isnull=True)
    return list(waiting.values_list("workspace_id", flat=True).distinct().order_by("workspace_id"))


def broken_looks(workspace: Any, *, most: int = 100) -> list[Sentence]:
    """Go through the whole chain and say what is not as it was written; none: it is whole."""
    key, found = secret_for(workspace, PURPOSE), list[Sentence]()
    position, mac = 0, BEGINNING
    for row in _chained(workspace.pk):
        place = int(row.position or 0)
        if place != position + 1:
            found.append(Sentence(MISSING, {"first": str(position + 1), "last": str(place - 1)}))
        elif not hmac.compare_digest(_mac(key, mac, row, place), bytes(row.mac or b"")):
            found.append(Sentence(CHANGED, {"position": str(place), "row": str(row.pk)}))
        position, mac = place, bytes(row.mac or b"")
        if len(found) >= most:
            return found
    return found + _cut_off(workspace.pk, position)


def begin_at_restored(workspace: Any, *, now: datetime) -> None:
    """After a restore the chain ends where the backup did: say so beside the keys."""
    last = _last(workspace.pk)
    if last:
        _note_head(workspace.pk, int(last.position or 0), bytes(last.mac or b""), now=now)
    else:
        _path(workspace.pk).unlink(missing_ok=True)


def _cut_off(workspace_id: str, position: int) -> list[Sentence]:
    head = _head(workspace_id)
    if head is None or head.position <= position:
        return []
    values = {"last": str(position), "known": str(head.position), "at": head.at}
    return [Sentence(CUT, values)]


def _chained(workspace_id: str) -> Iterator[Disclosure]:
    rows = Disclosure.objects.filter(workspace_id=workspace_id, position__isnull=False)
    place = 0
    while page := list(rows.filter(position__gt=place).order_by("position")[:AT_ONCE]):
        yield from page
        place = int(page[-1].position or 0)


def _last(workspace_id: str) -> Disclosure | None:
    rows = Disclosure.objects.filter(workspace_id=workspace_id, position__isnull=False)
    return rows.order_by("-position").first()


def _mac(key: bytes, before: bytes, row: Disclosure, position: int) -> bytes:
    said: Sequence[Any] = (
        position,
        row.pk,
        row.workspace_id,
        row.actor,
        row.fields,
        row.order_ids,
        row.reason,
        row.at.isoformat(),
    )
    content = json.dumps(said, separators=(",", ":"), ensure_ascii=True).encode()
    return hmac.digest(key, before + content, hashlib.sha256)


def _note_head(workspace_id: str, position: int, mac: bytes, *, now: datetime) -> None:
    path = _path(workspace_id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(json.dumps([position, mac.hex(), now.isoformat()]))
    draft.replace(path)


def _head(workspace_id: str) -> Head | None:
    try:
        return Head(*json.loads(_path(workspace_id).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def _path(workspace_id: str) -> Path:
    folder: Path = settings.KEYS_DIR
    return folder / "trail" / f"{workspace_id}.json"
