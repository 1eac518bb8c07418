"""How much memory an idle `packbench serve` takes: all its processes, proportional set size."""

import os
import signal
import socket
import subprocess
import sys
import time

import httpx
import psutil

from bench.scratch import show
from tests.proofs.scratch import ROOT, scratch_home

SETTLE_S = 8
PATIENCE_S = 120


def main():
    with scratch_home() as home:
        port = free_port()
        command = [sys.executable, "-m", "packbench", "serve"]
        environment = {**os.environ, "PACKBENCH_HOME": str(home), "PACKBENCH_PORT": str(port)}
        environment.pop("DATABASE_URL", None)
        serve = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_until_up(f"http://127.0.0.1:{port}")
            time.sleep(SETTLE_S)
            used = memory_of(serve.pid, home)
        finally:
            serve.send_signal(signal.SIGTERM)
            serve.wait(60)
    sys.exit(0 if show("idle `packbench serve`, all processes", used, "MB", at_most=400) else 1)


def wait_until_up(url):
    ends_at = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends_at:
        try:
            # A real page, so that templates and views are loaded.
            if httpx.get(f"{url}/sign-in", follow_redirects=True).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.2)
    sys.exit("The desk did not start.")


def memory_of(pid, home):
    """Megabytes of the process, its children, and the database that works under `home`."""
    family = {pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))}
    for process in psutil.process_iter(["cmdline", "pid", "ppid"]):
        if str(home) in " ".join(process.info["cmdline"] or []):
            family |= {process.pid, *(each.pid for each in process.children(recursive=True))}
    return sum(map(held_by, family)) / 1e6


def held_by(pid):
    """Bytes; none of one that ended while we looked, as a database session may."""
    try:
        return psutil.Process(pid).memory_full_info().pss
    except psutil.NoSuchProcess:
        return 0


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


if __name__ == "__main__":
    main()
