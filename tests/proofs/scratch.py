"""A database and processes of a proof's own, gone when it is over."""

import contextlib
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


@contextlib.contextmanager
def scratch_database(url):
    """Make an empty database beside the given one; drop it afterwards."""
    name = f"proof_{secrets.token_hex(6)}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'create database "{name}"')
    parts = {**conninfo_to_dict(url), "dbname": name}
    try:
        yield make_conninfo(**parts)
    finally:
        drop_database(url, name)


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
