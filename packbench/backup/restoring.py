"""Restoring: into an empty database, erasures included, before the desk opens on it."""

import hashlib
import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psycopg
import pyrage
from psycopg import sql
from psycopg.conninfo import make_conninfo
from pyrage import x25519

from packbench.backup.errors import BackupError
from packbench.backup.programs import restoring
from packbench.backup.writing import (
    DATA,
    KEY_COLUMNS,
    KEY_TABLE,
    ORDER_KEYS,
    WORKSPACE_KEYS,
    Backup,
)

MADE_FROM = "template0"
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


def restore(backup: Backup, url: str, identity: x25519.Identity) -> Restored:
    """Fill the empty database at `url`. Raises BackupError, and then it must be dropped."""
    check_files(backup)
    _restore_section("pre-data", backup, url, identity)
    _restore_section("data", backup, url, identity)
    with psycopg.connect(url) as connection:
        for name in (WORKSPACE_KEYS, ORDER_KEYS):
            _load_keys(connection, backup.folder / name, identity)
        unreadable = _stand_in_for_lost_keys(connection)
    _restore_section("post-data", backup, url, identity)
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


def _load_keys(connection: psycopg.Connection[Any], path: Path, identity: x25519.Identity) -> None:
    if not path.exists():
        return
    rows = io.BytesIO()
    with path.open("rb") as file:
        _decrypt(file, rows, identity)
    query: Any = f"COPY {KEY_TABLE} ({', '.join(KEY_COLUMNS)}) FROM STDIN"
    with connection.cursor().copy(query) as copy:
        copy.write(rows.getvalue())


def _stand_in_for_lost_keys(connection: psycopg.Connection[Any]) -> int:
    """An order whose key is gone for good stays, and says that its buyer was erased."""
    answer = connection.execute(
        f"""
        INSERT INTO {KEY_TABLE} (id, parent_id, wrapped, created_at, destroyed_at)
        SELECT o.key_id, w.key_id, NULL, o.imported_at, now()
        FROM orders_order o JOIN accounts_workspace w ON w.id = o.workspace_id
        WHERE NOT EXISTS (SELECT 1 FROM {KEY_TABLE} k WHERE k.id = o.key_id)
        """  # noqa: S608
    )
    return answer.rowcount


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
