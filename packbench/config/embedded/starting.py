"""Starting, finding and stopping the server."""

import fcntl
import os
import shlex
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from packbench.config.embedded.cluster import (
    FOLDER,
    Cluster,
    lock_file,
    log_since,
    log_size,
    open_cluster,
    open_private,
    refused,
    run,
)
from packbench.config.embedded.creating import check_version, ensure_created, reset_password
from packbench.config.embedded.errors import EmbeddedError

PATIENCE_S = 300  # a recovery after a crash replays at most max_wal_size
STOP_PATIENCE_S = 60
LEFTOVERS_PATIENCE_S = 30


class NotStarted(EmbeddedError):
    """The server did not come up; the message holds its last word and where its log is."""


@dataclass(frozen=True, slots=True)
class Status:
    """`pid` is None where the server is not running."""

    pid: int | None
    data: Path
    log: Path


def ensure_running(home: Path) -> str:
    """Make and start the cluster where needed; answer the URL at which it takes connections.

    Safe to call from many processes at once, and again after any of them was killed.
    Raises EmbeddedError.
    """
    cluster = open_cluster(home)
    try:
        with lock_file(cluster, "lock"):
            _ensure_started(cluster)
    except OSError as error:
        raise refused(error, home) from error
    return cluster.url


@contextmanager
def running(home: Path) -> Iterator[str]:
    """A running server for as long as the block lasts; the last one to leave stops it."""
    cluster = open_cluster(home)
    with lock_file(cluster, "users", operation=fcntl.LOCK_SH) as users:
        try:
            yield ensure_running(home)
        finally:
            _leave(cluster, users)


def stop(home: Path) -> None:
    """Stop the server, waiting for what it must write. Safe where it is not running."""
    cluster = open_cluster(home)
    with lock_file(cluster, "lock"):
        _stop(cluster)


def status(home: Path) -> Status:
    """Look, without making or starting anything."""
    folder = home.resolve() / FOLDER
    try:
        return Status(_postmaster(folder / "data"), folder / "data", folder / "log")
    except OSError as error:
        raise refused(error, home) from error


def _leave(cluster: Cluster, users: BinaryIO) -> None:
    with lock_file(cluster, "lock"):
        if _is_locked(users):
            _stop(cluster)


def _ensure_started(cluster: Cluster) -> None:
    check_version(cluster)
    if cluster.data.exists() and not cluster.password.exists():
        _stop(cluster)
        ensure_created(cluster)
        reset_password(cluster)
    if not _is_ready(cluster):
        ensure_created(cluster)
        _start(cluster)


def _is_ready(cluster: Cluster) -> bool:
    """Wait for a server that is starting or stopping; False where none is left."""
    deadline = time.monotonic() + PATIENCE_S
    while _postmaster(cluster.data):
        if _pid_file(cluster.data)[7:8] == ["ready"]:
            return True
        if time.monotonic() > deadline:
            raise NotStarted(f"PostgreSQL is neither up nor down yet; its log is {cluster.log}.")
        time.sleep(0.05)
    return False


def _start(cluster: Cluster) -> None:
    """The server inherits the lock of `running` and so holds it until its last process ends."""
    size = log_size(cluster)
    with _no_leftovers(cluster) as held:
        _remove_traces(cluster)
        words = ["start", "-w", "-s", "-t", str(PATIENCE_S), "-D", str(cluster.data)]
        words += ["-o", f"-c config_file={shlex.quote(str(cluster.configuration))}"]
        code = run(cluster, "pg_ctl", *words, keep=(held.fileno(),))
    if code != 0:
        raise _not_started(cluster, log_since(cluster, size))


def _remove_traces(cluster: Cluster) -> None:
    """Remove the files that name an earlier server, whose number another program may have now.

    Only while `running` is locked: then no process of that server is left, nor one in another
    container, where its number would mean nothing.
    """
    (cluster.data / "postmaster.pid").unlink(missing_ok=True)
    for trace in cluster.socket_folder.glob(".s.PGSQL.*"):
        trace.unlink()


@contextmanager
def _no_leftovers(cluster: Cluster) -> Iterator[BinaryIO]:
    """Wait for the last processes of a killed server, for a while. Raises NotStarted."""
    deadline = time.monotonic() + LEFTOVERS_PATIENCE_S
    with open_private(cluster.folder / "running") as file:
        while not _is_locked(file):
            if time.monotonic() > deadline:
                raise NotStarted(f"Another PostgreSQL uses {cluster.data}: stop it first.")
            time.sleep(0.05)
        yield file


def _is_locked(file: BinaryIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _not_started(cluster: Cluster, text: str) -> NotStarted:
    reasons = [line for line in text.splitlines() if "FATAL" in line or "error" in line]
    reason = reasons[-1].partition("FATAL:")[2] or reasons[-1] if reasons else "it gave no reason"
    return NotStarted(f"PostgreSQL did not start: {reason.strip()} (log: {cluster.log})")


def _stop(cluster: Cluster) -> None:
    for mode in ("fast", "immediate"):
        if not _postmaster(cluster.data):
            return
        words = ["-w", "-s", "-t", str(STOP_PATIENCE_S), "-D", str(cluster.data), "-m", mode]
        run(cluster, "pg_ctl", "stop", *words)


def _postmaster(data: Path) -> int | None:
    """The server's process; None where the file that names it outlived it."""
    lines = _pid_file(data)
    if not lines or not lines[0].isdigit():
        return None
    try:
        words = Path(f"/proc/{lines[0]}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return None
    return int(lines[0]) if os.fsencode(data) in words else None


def _pid_file(data: Path) -> list[str]:
    try:
        text = (data / "postmaster.pid").read_text(errors="replace")
    except FileNotFoundError:
        return []
    return [line.strip() for line in text.splitlines()]
