"""PostgreSQL's own programs for dumping and restoring; the password never stands in a command."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from psycopg.conninfo import conninfo_to_dict

from packbench.backup.errors import BackupError
from packbench.config.embedded.binaries import find_binaries
from packbench.config.embedded.cluster import CLEAN_ENVIRONMENT

VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
}
PATIENCE_S = 6 * 3600


def run_module(url: str, module: str, *words: str, store: Path | None = None) -> str:
    """Run one of ours on another database (and key store); return the last line it prints.

    In a process of its own, as Django here may serve the live one. Raises BackupError.
    """
    elsewhere = {"PACKBENCH_KEY_STORE": str(store)} if store else {}
    run = subprocess.run(
        [sys.executable, "-m", module, *words],
        env={**os.environ, "DATABASE_URL": url, **elsewhere},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    if run.returncode:
        raise BackupError(f"{module} ended badly: {run.stderr[-1000:]}")
    return run.stdout.splitlines()[-1]


@contextmanager
def dumping(url: str, *words: str) -> Iterator[IO[bytes]]:
    """What `pg_dump` prints. Raises BackupError where it ends badly."""
    with _process("pg_dump", url, words, stdout=subprocess.PIPE) as process:
        yield cast(IO[bytes], process.stdout)


@contextmanager
def restoring(url: str, *words: str) -> Iterator[IO[bytes]]:
    """Where `pg_restore` reads. Raises BackupError where it ends badly."""
    database = str(conninfo_to_dict(url)["dbname"])
    everything = ("--dbname", database, "--no-owner", "--exit-on-error", *words)
    with _process("pg_restore", url, everything, stdin=subprocess.PIPE) as process:
        yield cast(IO[bytes], process.stdin)


@contextmanager
def _process(
    program: str,
    url: str,
    words: tuple[str, ...],
    *,
    stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.DEVNULL,
) -> Iterator[subprocess.Popen[bytes]]:
    parts = conninfo_to_dict(url)
    named = {VARIABLES[name]: str(value) for name, value in parts.items() if name in VARIABLES}
    process = subprocess.Popen(
        [find_binaries().program(program), *words],
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.PIPE,
        env=CLEAN_ENVIRONMENT | named,
    )
    try:
        yield process
        if process.stdin:
            process.stdin.close()
        said = process.stderr.read().decode(errors="replace") if process.stderr else ""
        if process.wait(PATIENCE_S):
            raise BackupError(f"{program} ended badly: {said.strip()[-1000:]}")
    except BrokenPipeError:  # a section that needs no data ends before it has read all
        said = process.stderr.read().decode(errors="replace") if process.stderr else ""
        if process.wait(PATIENCE_S):
            raise BackupError(f"{program} ended badly: {said.strip()[-1000:]}") from None
    finally:
        process.kill()
        process.wait()
