"""What the three commands do, and what they say on the terminal."""

import os
from datetime import datetime
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict
from pyrage import x25519

from packbench.backup.drilling import drill
from packbench.backup.errors import BackupError
from packbench.backup.keeping import backups, forget_old, read_backup
from packbench.backup.programs import run_module
from packbench.backup.recipients import own_identity, read_identity
from packbench.backup.restoring import (
    check_files,
    drop_database,
    is_empty,
    make_database,
    rename_database,
    restore,
)
from packbench.backup.writing import Backup, write_backup
from packbench.config.environment import Environment
from packbench.privacy.keystore import KeyStore

MEGABYTE = 1_000_000
LOCK = 4_711_2026  # an advisory lock of the database: one backup at a time


def back_up(environment: Environment, url: str, *, now: datetime) -> str:
    """Write a backup, check its files, forget old ones. Raises BackupError."""
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", [LOCK]).fetchone()
        if not row or not row[0]:
            raise BackupError("Another backup is being written. Wait until it is done.")
        backup = write_backup(environment, url, now=now)
        check_files(backup)
        keys, old = forget_old(environment, now=now)
    return "\n".join(
        [
            f"{backup.folder}: {sum(backup.counts.values())} rows, {_size(backup)}.",
            _about_keys(backup),
            *(
                [f"Forgotten: the order keys of {keys} and {old} whole backups."]
                if keys + old
                else []
            ),
            *_about_opening(environment),
        ]
    )


def drill_backup(
    environment: Environment, url: str, *, folder: Path | None, identity: Path | None, now: datetime
) -> str:
    """Restore into a scratch database and compare. Raises BackupError where they differ."""
    backup = _chosen(environment, folder)
    found = drill(backup, environment, url, _identity(environment, identity), now=now)
    if not found.is_good:
        raise BackupError("\n".join([f"{backup.folder} is not good:", *found.differences]))
    return (
        f"{backup.folder} is good: {found.rows} rows came back, "
        f"{found.opened} of {found.tried} sealed values opened, "
        f"{found.unreadable} orders without a buyer, as their keys are gone."
    )


def restore_backup(
    environment: Environment, url: str, *, folder: Path | None, identity: Path | None, replace: bool
) -> str:
    """Fill the desk's database from a backup. Raises BackupError, and then nothing has changed.

    It is restored beside the live one and takes its name only when everything went well.
    """
    backup = _chosen(environment, folder)
    opener = _identity(environment, identity)
    name = str(conninfo_to_dict(url)["dbname"])
    if not replace and not is_empty(url):
        raise BackupError(
            f"The database {name} is in use. Stop Packbench, then add --replace to overwrite it."
        )
    beside = f"{name}_restored_{os.getpid()}"
    try:
        target = make_database(url, beside)
        restored = restore(backup, target, KeyStore(environment.key_store), opener)
        said = run_module(target, "packbench.backup.replaying", backup.made_at.isoformat())
        _take_place(url, beside, name)
    except BaseException:
        drop_database(url, beside)
        raise
    return (
        f"Restored {backup.folder}: {sum(restored.counts.values())} rows. "
        f"{int(said)} orders were erased since or are due, and are erased again. "
        f"{restored.unreadable} orders have no buyer any more; those still to ship can be fetched "
        "again from Amazon. Labels that were bought after this backup are at the carrier only: "
        "look there before you buy again."
    )


def _take_place(url: str, beside: str, name: str) -> None:
    """The live database is dropped last: whatever fails before, it is there under its name."""
    aside = f"{beside}_before"
    rename_database(url, name, aside)
    try:
        rename_database(url, beside, name)
    except BaseException:
        rename_database(url, aside, name)
        raise
    drop_database(url, aside)


def _chosen(environment: Environment, folder: Path | None) -> Backup:
    if folder:
        return read_backup(folder)
    found = backups(environment.backup_dir)
    if not found:
        raise BackupError(f"There is no backup in {environment.backup_dir}. Name its folder.")
    return found[0]


def _identity(environment: Environment, path: Path | None) -> x25519.Identity:
    if path:
        return read_identity(path)
    if environment.backup_recipients:
        raise BackupError(
            "These backups are for recipients of yours: name a file with your age identity "
            "with --identity."
        )
    return own_identity(environment)


def _size(backup: Backup) -> str:
    return f"{backup.size / MEGABYTE:.1f} MB"


def _about_keys(backup: Backup) -> str:
    if not backup.key_days:
        return (
            "Buyers' data is in it but stays closed: Settings › Personal data says that backups "
            "live 0 days. What is still to ship can be fetched again from Amazon."
        )
    return f"Buyers' data can be opened for {backup.key_days} days."


def _about_opening(environment: Environment) -> list[str]:
    keys = environment.home / "keys"  # without the key store, which is in no other copy
    needed = [keys / "root.key"] if not environment.root_key else []
    needed += [keys / "backup.key"] if not environment.backup_recipients else []
    if not needed:
        return []
    return [f"Keep copies elsewhere of {' and '.join(map(str, needed))}: they open it."]
