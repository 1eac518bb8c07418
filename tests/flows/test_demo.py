"""`packbench demo`: the main job, twice; the second time is quick and loses nothing."""

import os
import re
import socket
import subprocess
import sys
import time

from tests.proofs.scratch import ROOT, scratch_home


def run_demo(home):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "PACKBENCH_HOME": str(home), "PACKBENCH_PORT": str(port)}
    environment.pop("DATABASE_URL", None)
    command = [sys.executable, "-m", "packbench", "demo", "--exit", "--orders-per-store", "6"]
    started = time.monotonic()
    run = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=400
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout, time.monotonic() - started


def count(summary, what):
    return int(re.search(rf"{what}\s+(\d+)", summary)[1])


def test_the_demo_ships_everything_and_a_second_one_loses_nothing():
    with scratch_home() as home:
        first, _ = run_demo(home)
        second, seconds = run_demo(home)

    assert "Amazon DE, Amazon ES, Amazon FR, Amazon US" in first
    assert count(first, "Labels") == count(first, "Confirmed") > 10
    assert count(first, "Left over") == count(first, "Told twice") == 0
    assert re.search(r"(\d+) in all", second)[1] >= re.search(r"(\d+) in all", first)[1]
    assert seconds < 60
