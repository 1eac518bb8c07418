"""The programs of the demo: the sandbox, and the desk with its worker."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import httpx

from packbench.config.supervising import die_with_parent

PATIENCE_S = 300  # the first start makes every table


class NotUp(Exception):
    """A program of the demo did not come up; the message says which and where its log is."""


@contextlib.contextmanager
def sandbox(home: Path, *, orders_per_store: int) -> Iterator[str]:
    """Run the pretend Amazon; it keeps its state under `home`. Gives its address."""
    log = home / "sandbox.log"
    command = [
        *(sys.executable, "-m", "packbench_sandbox"),
        *("--state", str(home / "sandbox"), "--orders-per-store", str(orders_per_store)),
    ]
    with _running(command, {}, log, stdout=subprocess.PIPE) as process:
        line = process.stdout.readline() if process.stdout else b""
        if not line:
            raise NotUp(f"The sandbox did not start. Its log: {log}")
        yield json.loads(line)["url"]


@contextlib.contextmanager
def desk(home: Path, variables: Mapping[str, str]) -> Iterator[None]:
    """Run `packbench serve` and wait until it answers."""
    log = home / "desk.log"
    command = [sys.executable, "-m", "packbench", "serve"]
    with _running(command, variables, log) as process:
        _wait_for(f"{variables['PACKBENCH_BASE_URL']}/healthz", process, log)
        yield


def free_port(wanted: int) -> int:
    """The wanted port of this machine, or another one where a program listens there."""
    for port in (wanted, 0):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise NotUp("This machine has no free port.")


@contextlib.contextmanager
def _running(
    command: list[str], variables: Mapping[str, str], log: Path, stdout: int | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("ab") as lines:
        process = subprocess.Popen(
            command,
            env={**os.environ, **variables},
            stdout=stdout or lines,
            stderr=lines,
            start_new_session=True,  # Ctrl-C is for the demo, which then stops its programs
            preexec_fn=partial(die_with_parent, os.getpid()),
        )
    try:
        yield process
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(30)
        process.kill()
        process.wait()


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    ends_at = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends_at and process.poll() is None:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(url, timeout=2, trust_env=False).status_code == httpx.codes.OK:
                return
        time.sleep(0.1)
    raise NotUp(f"The desk did not start. Its log: {log}")
