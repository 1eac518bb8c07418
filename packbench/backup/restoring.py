"""Restoring: into an empty database, erasures included, before the desk opens on it."""

import hashlib
import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

import msgspec
import psycopg
import pyrage
from psycopg import sql
from psycopg.conninfo import make_conninfo
from pyrage import x25519

from packbench.backup.errors import BackupError
from packbench.backup.programs import restoring
from packbench.backup.writing import DATA, KEYS_AT_ONCE, ORDER_KEYS, Backup
from packbench.privacy.keystore import KeyStore, Stored

MADE_FROM = "template0"
LOST = """
    SELECT k.id FROM privacy_datakey k JOIN orders_order o ON o.key_id = k.id
    WHERE k.destroyed_at IS NULL AND k.id > %s ORDER BY k.id LIMIT %s
"""
GIVE_UP = "UPDATE privacy_datakey SET destroyed_at = now() WHERE id = ANY(%s)"
PATIENCE_S = 60


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back. `unreadable` are orders whose keys are in no backup that still exists."""

    counts: dict[str, int]
    unreadable: int


def check_files(backup: Backup) -> None:
    """Raise BackupError where a file is damaged or missing; order keys may have been forgotten."""
    for name, expected in backup.hashes.items():
        path = backup.folder / name
        if name == ORDER_KEYS and not path.exists():
            continue
        try:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            raise BackupError(f"{path} is missing: this backup cannot be restored.") from None
        if found != expected:
            raise BackupError(f"{path} is damaged: restore another backup.")


def restore(backup: Backup, url: str, store: KeyStore, identity: x25519.Identity) -> Restored:
    """Fill the empty database at `url`, and the key store with the orders' keys of the backup.

    What the store has already stays: keys that it destroyed stay destroyed. Raises BackupError,
    and then the database must be dropped.
    """
    check_files(backup)
    for section in ("pre-data", "data", "post-data"):
        _restore_section(section, backup, url, identity)
    _load_keys(store, backup, identity)
    with psycopg.connect(url) as connection:
        unreadable = _give_up_lost_keys(connection, store)
    with psycopg.connect(url) as connection:
        return Restored(_counts(connection, backup.counts), unreadable)


def make_database(url: str, name: str) -> str:
    """Make an empty database beside that of `url` and return its URL. Raises BackupError."""
    with psycopg.connect(_beside(url, "postgres"), autocommit=True) as connection:
        try:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                    sql.Identifier(name), sql.Identifier(MADE_FROM)
                )
            )
        except psycopg.Error as error:
            raise BackupError(f"The database {name} could not be made: {error}") from None
    return _beside(url, name)


def drop_database(url: str, name: str) -> None:
    _insist(url, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def rename_database(url: str, name: str, to: str) -> None:
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    _insist(url, rename.format(sql.Identifier(name), sql.Identifier(to)))


def _insist(url: str, statement: sql.Composed) -> None:
    """An autovacuum holds a database for some seconds, and only superusers may end it."""
    ends_at = time.monotonic() + PATIENCE_S
    with psycopg.connect(_beside(url, "postgres"), autocommit=True) as connection:
        while True:
            try:
                connection.execute(statement)
                return
            except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ObjectInUse) as error:
                if time.monotonic() > ends_at:
                    raise BackupError(f"The database is in use: {error}") from None
            time.sleep(1)


def is_empty(url: str) -> bool:
    """Whether the database holds no table."""
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()"
        ).fetchone()
        return not row or row[0] == 0


def _restore_section(section: str, backup: Backup, url: str, identity: x25519.Identity) -> None:
    with restoring(url, f"--section={section}") as into, (backup.folder / DATA).open("rb") as file:
        _decrypt(file, into, identity)


def _load_keys(store: KeyStore, backup: Backup, identity: x25519.Identity) -> None:
    path = backup.folder / ORDER_KEYS
    if not path.exists():
        return
    lines = io.BytesIO()
    with path.open("rb") as file:
        _decrypt(file, lines, identity)
    decoder = msgspec.json.Decoder(tuple[str, str, bytes])
    keys = decoder.decode_lines(lines.getvalue())
    store.put(map(Stored._make, keys), now=backup.made_at)


def _give_up_lost_keys(connection: psycopg.Connection[Any], store: KeyStore) -> int:
    """An order whose key is gone for good stays, and says that its buyer was erased."""
    count, last = 0, ""
    while rows := connection.execute(LOST, [last, KEYS_AT_ONCE]).fetchall():
        ids = [key_id for (key_id,) in rows]
        gone = sorted(set(ids) - set(store.living(ids)))
        connection.execute(GIVE_UP, [gone])
        count, last = count + len(gone), ids[-1]
    return count


def _decrypt(file: IO[bytes], into: IO[bytes], identity: x25519.Identity) -> None:
    try:
        pyrage.decrypt_io(file, into, [identity])
    except BrokenPipeError:
        raise
    except (pyrage.DecryptError, OSError):
        raise BackupError(
            "This identity does not open the backup. Name the right one with --identity."
        ) from None


def _counts(connection: psycopg.Connection[Any], tables: dict[str, int]) -> dict[str, int]:
    counts = {}
    for table in tables:
        query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
        row = connection.execute(query).fetchone()
        counts[table] = int(row[0]) if row else 0
    return counts


def _beside(url: str, name: str) -> str:
    return make_conninfo(url, dbname=name)


@contextmanager
def scratch_database(url: str, name: str) -> Iterator[str]:
    """A database that is there for the block only."""
    drop_database(url, name)
    try:
        yield make_database(url, name)
    finally:
        drop_database(url, name)
