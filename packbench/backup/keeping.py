"""Keeping: which backups there are, and which files have lived long enough."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from packbench.backup.errors import BackupError
from packbench.backup.writing import MANIFEST, NAME, ORDER_KEYS, Backup
from packbench.config.environment import Environment


def backups(folder: Path) -> list[Backup]:
    """The whole backups below the folder, the newest first."""
    if not folder.is_dir():
        return []
    found = [read_backup(each) for each in folder.iterdir() if (each / MANIFEST).is_file()]
    whole = [backup for backup in found if not backup.folder.name.endswith(".part")]
    return sorted(whole, key=lambda backup: backup.made_at, reverse=True)


def read_backup(folder: Path) -> Backup:
    """Raises BackupError where the folder holds none."""
    try:
        body = json.loads((folder / MANIFEST).read_text())
        made_at = datetime.fromisoformat(body["made_at"])
        return Backup(folder, made_at, body["key_days"], body["counts"], body["sha256"])
    except (OSError, ValueError, KeyError):
        raise BackupError(f"{folder} holds no backup: its {MANIFEST} cannot be read.") from None


def forget_old(environment: Environment, *, now: datetime) -> tuple[int, int]:
    """Remove old order keys and old backups, and what was cut short; return how many of each.

    The newest backup stays whole however old it is, but for its order keys: policy ends them.
    """
    kept = backups(environment.backup_dir)
    dead = [each for each in kept if each.has_order_keys and _is_older(each, now, each.key_days)]
    for backup in dead:
        (backup.folder / ORDER_KEYS).unlink()
    old = [backup for backup in kept[1:] if _is_older(backup, now, environment.backup_days)]
    for backup in old:
        shutil.rmtree(backup.folder)
    for part in environment.backup_dir.glob("*.part"):
        if _began(part) < now - timedelta(days=1):
            shutil.rmtree(part, ignore_errors=True)
    return len(dead), len(old)


def _is_older(backup: Backup, now: datetime, days: int) -> bool:
    return backup.made_at <= now - timedelta(days=days)


def _began(part: Path) -> datetime:
    try:
        return datetime.strptime(part.name.removesuffix(".part"), NAME).replace(tzinfo=UTC)
    except ValueError:
        return datetime.now(UTC)
