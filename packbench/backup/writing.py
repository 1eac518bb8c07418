"""Writing a backup: one snapshot of the database, encrypted while it streams."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO, Any

import msgspec
import psycopg
import pyrage
from psycopg import sql
from pyrage import x25519

from packbench.backup.programs import dumping
from packbench.backup.recipients import recipients
from packbench.config.environment import Environment
from packbench.privacy.keystore import KeyStore

DATA = "database.age"
ORDER_KEYS = "order-keys.age"
MANIFEST = "manifest.json"
NAME = "%Y-%m-%dT%H-%M-%SZ"
# What finds orders by their buyers is made anew: no copy of it outlives the orders' keys. Typed
# searches live for a day.
LEFT_OUT = ("orders_searchentry", "orders_searchbuild", "orders_search")
# They go into a file of their own that is soon forgotten: without it, what was erased since stays
# erased. Workspaces that keep backups for no days erase on the last day: theirs are in none.
WHICH_KEYS = """
    SELECT k.id FROM privacy_datakey k JOIN orders_order o ON o.key_id = k.id
    JOIN privacy_retention r ON r.workspace_id = o.workspace_id AND r.backup_days > 0
    WHERE k.destroyed_at IS NULL
"""
KEYS_AT_ONCE = 1000
KEY_DAYS = "SELECT coalesce(min(backup_days), 0) FROM privacy_retention WHERE backup_days > 0"


@dataclass(frozen=True, slots=True)
class Backup:
    """One backup on disk. `counts` are rows by table at its moment.

    `key_days` is how long its order keys may live (Settings › Personal data).
    """

    folder: Path
    made_at: datetime
    key_days: int
    counts: dict[str, int]
    hashes: dict[str, str]

    @property
    def has_order_keys(self) -> bool:
        return (self.folder / ORDER_KEYS).exists()

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(file.stat().st_size for file in self.folder.iterdir())


def write_backup(environment: Environment, url: str, *, now: datetime) -> Backup:
    """Write everything as of this moment below `environment.backup_dir`. Raises BackupError.

    A backup that was cut short leaves a folder that ends in `.part`, which counts as none.
    """
    whom = recipients(environment)
    folder = environment.backup_dir / now.strftime(NAME)
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(mode=0o700, parents=True)
    with psycopg.connect(url) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        snapshot = _value(connection, "SELECT pg_export_snapshot()")
        counts = _counts(connection)
        key_days = int(_value(connection, KEY_DAYS))
        hashes = {DATA: _write_data(part / DATA, url, snapshot, whom)}
        keys = (key_id for (key_id,) in connection.execute(WHICH_KEYS).fetchall())
        store = KeyStore(environment.key_store)
        hashes[ORDER_KEYS] = _write_keys(part / ORDER_KEYS, store, keys, whom)
    backup = Backup(folder, now, key_days, counts, hashes)
    _write_manifest(part / MANIFEST, backup)
    part.rename(folder)
    return backup


def _write_data(path: Path, url: str, snapshot: str, whom: list[x25519.Recipient]) -> str:
    left_out = (f"--exclude-table-data={table}" for table in LEFT_OUT)
    words = ("--format=custom", f"--snapshot={snapshot}", *left_out)
    with dumping(url, *words) as dump, _hashed(path) as file:
        pyrage.encrypt_io(dump, file, whom)
        return file.digest()


def _write_keys(
    path: Path, store: KeyStore, keys: Iterator[str], whom: list[x25519.Recipient]
) -> str:
    """One JSON line a key. One that was destroyed since the snapshot is left out."""
    with _hashed(path) as file:
        pyrage.encrypt_io(_Chunks(_key_lines(store, keys)), file, whom)
        return file.digest()


def _key_lines(store: KeyStore, keys: Iterator[str]) -> Iterator[bytes]:
    while some := list(islice(keys, KEYS_AT_ONCE)):
        found = store.living(some).values()
        yield b"".join(msgspec.json.encode(tuple(each)) + b"\n" for each in found)


def _counts(connection: psycopg.Connection[Any]) -> dict[str, int]:
    tables = connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"
    ).fetchall()
    return {
        table: int(
            _value(connection, sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))
        )
        for (table,) in tables
        if table not in LEFT_OUT
    }


def _value(connection: psycopg.Connection[Any], query: Any) -> str:
    row = connection.execute(query).fetchone()
    return str(row[0]) if row else ""


def _write_manifest(path: Path, backup: Backup) -> None:
    body = {
        "made_at": backup.made_at.isoformat(),
        "key_days": backup.key_days,
        "counts": backup.counts,
        "sha256": backup.hashes,
    }
    path.write_text(json.dumps(body, indent=1))


class _Chunks:
    """Chunks of bytes, read as from a file."""

    def __init__(self, chunks: Iterator[Any]) -> None:
        self._chunks, self._left = chunks, b""

    def read(self, size: int = -1) -> bytes:
        while size < 0 or len(self._left) < size:
            chunk = next(self._chunks, None)
            if chunk is None:
                break
            self._left += bytes(chunk)
        size = len(self._left) if size < 0 else size
        taken, self._left = self._left[:size], self._left[size:]
        return taken


class _hashed:
    """A new private file that knows the SHA-256 of what went in; on disk when it is closed."""

    def __init__(self, path: Path) -> None:
        self._file: IO[bytes] = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "wb")
        self._hash = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self._hash.update(data)
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()

    def digest(self) -> str:
        return self._hash.hexdigest()

    def __enter__(self) -> "_hashed":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
