"""A database and processes of a proof's own, gone when it is over."""

import contextlib
import hashlib
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from packbench.backup.restoring import drop_database

ROOT = Path(__file__).resolve().parent.parent.parent
TEMPLATES = "proof_template_"


@contextlib.contextmanager
def scratch_database(url, *, is_empty=False):
    """Make a migrated (or an empty) database beside the given one; drop it afterwards."""
    name = f"proof_{secrets.token_hex(6)}"
    with psycopg.connect(url, autocommit=True) as connection:
        template = "template1" if is_empty else migrated_template(url)
        connection.execute(f'create database "{name}" template "{template}"')
    parts = {**conninfo_to_dict(url), "dbname": name}
    try:
        yield make_conninfo(**parts)
    finally:
        drop_database(url, name)


def migrated_template(url):
    """The name of the database that others are copied from: migrated once, by who comes first."""
    files = sorted(ROOT.glob("packbench/*/migrations/*.py"))
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]
    name = f"{TEMPLATES}{digest}"
    # Locks are a database's own: all who share the server meet in this one.
    shared = make_conninfo(**{**conninfo_to_dict(url), "dbname": "postgres"})
    with psycopg.connect(shared, autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(hashtext(%s))", [TEMPLATES])
        known = "select datname from pg_database where datname like %s"
        names = {row[0] for row in connection.execute(known, [f"{TEMPLATES}%"])}
        if name not in names:
            _migrate(connection, url, name)
        for old in names - {name}:
            drop_database(url, old)
    return name  # the lock ends with the connection


def _migrate(connection, url, name):
    """Under another name until it is whole: one that is cut short is never copied."""
    half = f"half_{name}"
    drop_database(url, half)
    connection.execute(f'create database "{half}"')
    parts = {**conninfo_to_dict(url), "dbname": half}
    with scratch_home() as home:
        environment = {"DATABASE_URL": make_conninfo(**parts), "PACKBENCH_HOME": str(home)}
        subprocess.run(
            [sys.executable, "-m", "packbench", "manage", "migrate", "--verbosity", "0"],
            cwd=ROOT,
            env={**os.environ, **environment},
            check=True,
            capture_output=True,
            timeout=600,
        )
    connection.execute(f'alter database "{half}" rename to "{name}"')


@contextlib.contextmanager
def running_sandbox(state, *options):
    """Run the sandbox as a program of its own; gives its address."""
    command = [sys.executable, "-m", "packbench_sandbox", "--state", str(state), *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True)
    try:
        yield json.loads(process.stdout.readline())["url"]
    finally:
        process.terminate()
        process.wait(20)


def start_worker(environment, concurrency=4):
    """Start a worker in a process group of its own, so that it can be killed whole."""
    command = [sys.executable, "-m", "packbench", "worker", "--alone"]
    return subprocess.Popen(
        [*command, "--concurrency", str(concurrency)],
        cwd=ROOT,
        env={**os.environ, **environment},
        start_new_session=True,
        stderr=subprocess.DEVNULL,
    )


def kill(process):
    """SIGKILL: no farewell, no clean-up."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextlib.contextmanager
def scratch_home():
    with tempfile.TemporaryDirectory(prefix="packbench-proof-") as folder:
        yield Path(folder)
