"""The journal: what became of each job, written to the disk before anything else happens.

Ids and numbers only: nothing of what was printed.
"""

import fcntl
import json
import os
import secrets
from pathlib import Path
from typing import Any

KEPT = 5_000  # entries that a new journal begins with
LONGEST = 40_000  # lines, after which it is written anew


class JournalTaken(Exception):
    """Another agent works with this journal."""


class Journal:
    """Entries by job id. One process at a time; a line that was cut short is no entry."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path = folder / "journal"
        self._lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            raise JournalTaken from error
        self.id = _identity(folder / "id")
        self._entries = _read(self._path)
        self._lines = LONGEST
        self._file = self._rewritten()

    def entry(self, job_id: str) -> dict[str, Any] | None:
        """What was last written of the job; None where it was never heard of."""
        return self._entries.get(job_id)

    def write(self, job_id: str, state: str, **facts: Any) -> None:
        """Write it down; it is on the disk when this returns."""
        self._entries.pop(job_id, None)
        self._entries[job_id] = {"state": state, **facts}
        if self._lines >= LONGEST:
            self._file.close()
            self._file = self._rewritten()
            return
        self._file.write(_line(job_id, self._entries[job_id]))
        self._file.flush()
        os.fsync(self._file.fileno())
        self._lines += 1

    def close(self) -> None:
        self._file.close()
        os.close(self._lock)

    def _rewritten(self) -> Any:
        """Begin anew with the latest entries; the old file stays whole until the new one is."""
        for job_id in list(self._entries)[:-KEPT]:
            del self._entries[job_id]
        fresh = self._path.with_suffix(".new")
        with fresh.open("w") as file:
            file.writelines(_line(job_id, entry) for job_id, entry in self._entries.items())
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
        _sync_folder(self._path.parent)
        self._lines = len(self._entries)
        return self._path.open("a")


def _identity(path: Path) -> str:
    """The journal's own name, made with it."""
    if path.exists() and (known := path.read_text().strip()):
        return known
    fresh = path.with_suffix(".new")
    fresh.write_text(secrets.token_hex(16))
    fresh.replace(path)
    _sync_folder(path.parent)
    return path.read_text()


def _read(path: Path) -> dict[str, dict[str, Any]]:
    entries: dict[str, dict[str, Any]] = {}
    if not path.exists():
        return entries
    for line in path.read_text(errors="replace").splitlines():
        try:
            entry = json.loads(line)
            job_id = entry.pop("id")
        except (ValueError, KeyError, AttributeError):
            continue
        entries.pop(job_id, None)
        entries[job_id] = entry
    return entries


def _line(job_id: str, entry: dict[str, Any]) -> str:
    return json.dumps({"id": job_id, **entry}) + "\n"


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
