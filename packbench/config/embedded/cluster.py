"""The files of one cluster, and how PostgreSQL's programs are run on them."""

import errno
import fcntl
import hashlib
import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from packbench.config.embedded.binaries import Binaries, find_binaries
from packbench.config.embedded.errors import DiskFull
from packbench.config.embedded.privileges import Account, NotPermitted, account_for

FOLDER = "postgres"  # below the home
NAME = "packbench"  # of the role and of the database
PORT = 5432
LONGEST_SOCKET_PATH = 100  # the kernel's limit is 108 bytes
BIGGEST_LOG = 10 * 1024 * 1024
LEAST_FREE = 1024 * 1024
CLEAN_ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


@dataclass(frozen=True, slots=True)
class Cluster:
    """One private cluster: everything of it is below `folder`, which only its owner may enter."""

    folder: Path
    binaries: Binaries
    account: Account

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    @property
    def password(self) -> Path:
        return self.folder / "password"

    @property
    def configuration(self) -> Path:
        return self.folder / "postgresql.conf"

    @property
    def access_rules(self) -> Path:
        return self.folder / "pg_hba.conf"

    @property
    def socket_folder(self) -> Path:
        near = self.folder / "run"
        if len(os.fsencode(near / f".s.PGSQL.{PORT}")) < LONGEST_SOCKET_PATH:
            return near
        digest = hashlib.sha256(os.fsencode(self.folder)).hexdigest()
        return Path("/tmp") / f"packbench-{digest[:24]}"  # noqa: S108 - make_socket_folder checks

    @property
    def url(self) -> str:
        """Where the desk connects. Holds the password: for the environment, never for a log."""
        password = self.password.read_text().strip()
        host = quote(str(self.socket_folder), safe="")
        return f"postgresql://{NAME}:{password}@/{NAME}?host={host}&port={PORT}"


def open_cluster(home: Path) -> Cluster:
    """Find the programs and the account for the cluster of this home, making its folder."""
    home = home.resolve()
    folder = home / FOLDER
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        binaries = find_binaries()
        data = folder / "data"
        account = account_for((data, home), (data, Path(binaries.program("postgres"))))
    except OSError as error:
        raise refused(error, home) from error
    return Cluster(folder, binaries, account)


def not_ours(error: PermissionError) -> NotPermitted:
    return NotPermitted(
        f"{error.filename} belongs to another user: run Packbench as that user, "
        "or set PACKBENCH_HOME to a folder of your own."
    )


def refused(error: OSError, home: Path) -> Exception:
    """The sentence for what the system refused us; the error itself where we have none."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return disk_full(home)
    return not_ours(error) if isinstance(error, PermissionError) else error


def disk_full(folder: Path) -> DiskFull:
    return DiskFull(f"The disk that holds {folder} is full: free some space and start again.")


def make_socket_folder(cluster: Cluster) -> None:
    """Make it, or check that nobody else did. Raises NotPermitted."""
    folder = cluster.socket_folder
    try:
        folder.mkdir(mode=0o700)
        cluster.account.own(folder)
    except FileExistsError:
        found = folder.lstat()
        is_safe = stat.S_ISDIR(found.st_mode) and stat.S_IMODE(found.st_mode) == 0o700
        if not is_safe or found.st_uid != cluster.account.uid:
            raise NotPermitted(
                f"{folder} is not a folder that only PostgreSQL's user may enter: remove it."
            ) from None


@contextmanager
def lock_file(cluster: Cluster, name: str, *, operation: int = fcntl.LOCK_EX) -> Iterator[BinaryIO]:
    """Lock the named file; the kernel frees it when the last process that has it open ends."""
    with open_private(cluster.folder / name) as file:
        fcntl.flock(file, operation)
        yield file


def run(cluster: Cluster, *words: str, text: str = "", keep: tuple[int, ...] = ()) -> int:
    """Run one of the programs as the cluster's account; what it prints goes to the log.

    Apart from our terminal and our environment, so that neither Ctrl-C nor a PG… variable
    reaches it. `keep` are open files that it inherits.
    """
    program, *arguments = words
    command = [*cluster.account.prefix, cluster.binaries.program(program), *arguments]
    with open_log(cluster) as log:
        return subprocess.run(
            command,
            input=text.encode(),
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=CLEAN_ENVIRONMENT,
            pass_fds=keep,
            start_new_session=True,
        ).returncode


def open_log(cluster: Cluster) -> BinaryIO:
    if cluster.log.exists() and cluster.log.stat().st_size > BIGGEST_LOG:
        cluster.log.replace(cluster.log.with_name("log.old"))
    return open_private(cluster.log)


def log_since(cluster: Cluster, size: int) -> str:
    """What was written to the log after it had this size. Raises DiskFull where that is why."""
    with open(cluster.log, "rb") as log:
        log.seek(size if size <= cluster.log.stat().st_size else 0)
        text = log.read().decode(errors="replace")
    is_said = "No space left on device" in text or "Disk quota exceeded" in text
    if is_said or shutil.disk_usage(cluster.folder).free < LEAST_FREE:  # too full even to say so
        raise disk_full(cluster.folder)
    return text


def log_size(cluster: Cluster) -> int:
    return cluster.log.stat().st_size if cluster.log.exists() else 0


def open_private(path: Path) -> BinaryIO:
    """Open for appending a file that only its owner may read, made if need be."""
    return open(path, "ab", opener=lambda name, flags: os.open(name, flags, 0o600))
