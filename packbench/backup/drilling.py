"""Drilling: a restore into a scratch database, compared with what the backup says of itself."""

import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from pyrage import x25519

from packbench.backup.programs import run_module
from packbench.backup.restoring import restore, scratch_database
from packbench.backup.writing import Backup
from packbench.config.environment import Environment
from packbench.privacy.keystore import KeyStore

RECORD = "drills.jsonl"  # beside the backups: one line a drill, for audits


@dataclass(frozen=True, slots=True)
class Drill:
    """What a drill found. `differences` are sentences; none means that the backup is good."""

    at: datetime
    backup: str
    rows: int
    opened: int  # sealed values that were opened, of those tried
    tried: int
    unreadable: int  # orders whose keys are in no backup any more, as they should be
    differences: tuple[str, ...]

    @property
    def is_good(self) -> bool:
        return not self.differences


def drill(
    backup: Backup, environment: Environment, url: str, identity: x25519.Identity, *, now: datetime
) -> Drill:
    """Restore the backup beside the live database, compare, drop it again. Raises BackupError."""
    with (
        scratch_database(url, f"packbench_drill_{os.getpid()}") as scratch,
        TemporaryDirectory(prefix="packbench-drill-", dir=_near(environment)) as folder,
    ):
        keys = Path(folder) / "keys.sqlite3"
        restored = restore(backup, scratch, KeyStore(keys), identity)
        said = run_module(scratch, "packbench.backup.checking", store=keys)
        opened, tried = json.loads(said)
    differences = [
        f"{table}: {backup.counts[table]} rows were saved, {count} came back"
        for table, count in restored.counts.items()
        if count != backup.counts[table]
    ]
    if opened < tried:
        differences.append(f"{tried - opened} of {tried} sealed values could not be opened")
    found = Drill(
        at=now,
        backup=backup.folder.name,
        rows=sum(restored.counts.values()),
        opened=opened,
        tried=tried,
        unreadable=restored.unreadable,
        differences=tuple(differences),
    )
    _keep(found, environment)
    return found


def _near(environment: Environment) -> Path:
    """Where the keys themselves are: they are nowhere else, not even for a drill."""
    folder = environment.key_store.parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _keep(drill: Drill, environment: Environment) -> None:
    body = {
        "at": drill.at.isoformat(),
        "backup": drill.backup,
        "rows": drill.rows,
        "opened": drill.opened,
        "tried": drill.tried,
        "differences": len(drill.differences),
    }
    with (environment.backup_dir / RECORD).open("a") as record:
        record.write(json.dumps(body) + "\n")
