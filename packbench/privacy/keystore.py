"""The store of the orders' keys: an SQLite file apart from the database and its backups.

What a backup of the database holds of an order opens only with a key that is in no backup of it.
A destroyed key is overwritten in place, and the file's write-ahead log is emptied: its bytes are
nowhere in the file any more. Keys that went in are on the disk before `put` returns, so nothing is
ever sealed by a key that a crash could lose. Every change is safe to be made again.
"""

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

PATIENCE_S = 30.0  # how long one writer waits for another
AT_ONCE = 500  # ids in a question
SCHEMA = """
create table if not exists stored (
    number integer primary key autoincrement,
    id text not null unique,
    parent text not null,
    wrapped blob not null,
    made_at integer not null
)
"""
# A row is never shortened, so that its page is rewritten in place and no copy stays elsewhere.
DESTROY = """
update stored set wrapped = zeroblob(length(wrapped))
where id = ? and wrapped <> zeroblob(length(wrapped))
"""
REPLACE = "update stored set parent = ?, wrapped = ? where id = ? and wrapped = ?"
ALIVE = "wrapped <> zeroblob(length(wrapped))"


class Stored(NamedTuple):
    """A living key, sealed by the workspace's key that is named."""

    id: str
    parent_id: str
    wrapped: bytes

    def __repr__(self) -> str:
        return f"Stored({self.id})"


class Place(NamedTuple):
    """Where a living key is in the store, and since when."""

    number: int
    id: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class KeyStore:
    """The keys in one file. Each thread has its own connection; a process that forks, too."""

    path: Path

    def put(self, keys: Iterable[Stored], *, now: datetime) -> None:
        """Keep new keys; on the disk when this returns. A destroyed one stays destroyed."""
        second = int(now.timestamp())
        with _connected(self.path) as connection:
            connection.executemany(
                "insert or ignore into stored (id, parent, wrapped, made_at) values (?, ?, ?, ?)",
                ((key.id, key.parent_id, key.wrapped, second) for key in keys),
            )

    def get(self, key_id: str) -> Stored | None:
        """The key; None where it was destroyed or was never here."""
        row = _connected(self.path).execute(
            f"select id, parent, wrapped from stored where id = ? and {ALIVE}",  # noqa: S608
            [key_id],
        )
        found = row.fetchone()
        return Stored(*found) if found else None

    def living(self, key_ids: Iterable[str]) -> dict[str, Stored]:
        """Those of the keys that live, by id."""
        ids, found = iter(key_ids), dict[str, Stored]()
        while some := list(islice(ids, AT_ONCE)):
            marks = ",".join("?" * len(some))
            rows = _connected(self.path).execute(
                f"select id, parent, wrapped from stored where {ALIVE} and id in ({marks})",  # noqa: S608
                some,
            )
            found |= {row[0]: Stored(*row) for row in rows.fetchall()}
        return found

    def replace(self, changes: Iterable[tuple[Stored, Stored]]) -> None:
        """Exchange how keys are wrapped, where nobody exchanged or destroyed them meanwhile."""
        with _connected(self.path) as connection:
            connection.executemany(
                REPLACE,
                ((new.parent_id, new.wrapped, old.id, old.wrapped) for old, new in changes),
            )

    def destroy(self, key_ids: Iterable[str]) -> int:
        """Overwrite the keys for good. Safe to run again; returns how many still lived."""
        with _connected(self.path) as connection:
            count = connection.executemany(DESTROY, ([key_id] for key_id in key_ids)).rowcount
        if count > 0:
            self.settle()
        return max(count, 0)

    def settle(self) -> None:
        """Empty the file's write-ahead log: what it held of destroyed keys is gone with it.

        Where somebody reads at this moment, the next one does it.
        """
        _connected(self.path).execute("pragma wal_checkpoint(truncate)").fetchall()

    def after(self, number: int, *, most: int) -> list[Place]:
        """The next living keys, in the order in which they came."""
        rows = _connected(self.path).execute(
            f"select number, id, made_at from stored where number > ? and {ALIVE}"  # noqa: S608
            " order by number limit ?",
            [number, most],
        )
        return [
            Place(number, key_id, datetime.fromtimestamp(second, UTC))
            for number, key_id, second in rows.fetchall()
        ]

    def count(self) -> int:
        """How many keys live."""
        row = _connected(self.path).execute(f"select count(*) from stored where {ALIVE}")  # noqa: S608
        return int(row.fetchone()[0])


def key_store() -> KeyStore:
    """The store of this installation (`PACKBENCH_KEY_STORE`)."""
    return KeyStore(settings.KEY_STORE)


_threads = threading.local()


def _connected(path: Path) -> sqlite3.Connection:
    """This thread's connection to the file, which is made where it is missing."""
    known: dict[tuple[int, Path], sqlite3.Connection] = _threads.__dict__.setdefault("known", {})
    place = (os.getpid(), path)
    if place not in known or not path.exists():
        known[place] = _open(path)
    return known[place]


def _open(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Never opened otherwise than by SQLite: closing it would end the locks of other threads.
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    connection = sqlite3.connect(path, timeout=PATIENCE_S)
    for pragma in ("journal_mode=wal", "synchronous=full", "secure_delete=on", "temp_store=memory"):
        connection.execute(f"pragma {pragma}").fetchall()
    with connection:
        connection.execute(SCHEMA)
    return connection
