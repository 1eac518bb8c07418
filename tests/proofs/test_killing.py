"""SIGKILL of the worker at any moment: nothing lost, nothing doubled, nothing bought twice."""

import json
import subprocess
import sys

import pytest

from tests.proofs.scratch import ROOT


def kill_workers(*options):
    run = subprocess.run(
        [sys.executable, "-m", "tests.proofs.killing", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=1800,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    print(run.stdout)
    return json.loads(run.stdout.splitlines()[-1])


def check(verdict, kills):
    assert verdict["kills"] >= kills  # a fast machine is done before the last of them
    assert verdict["orders_lost"] == verdict["orders_doubled"] == 0
    assert verdict["labels_sold"] == verdict["labels_asked"] > 0
    assert verdict["labels_sold_twice"] == 0
    assert verdict["orders_told"] == verdict["labels_asked"]
    assert verdict["orders_told_twice"] == verdict["told_again"] == 0
    assert verdict["shipped_but_not_told"] == 0
    assert verdict["shop_told"] == verdict["labels_asked"]
    assert verdict["shop_told_twice"] == verdict["shop_forged"] == 0


def test_killed_workers_lose_and_double_nothing():
    check(kill_workers("--kills", "9", "--orders-per-store", "12"), kills=2)


@pytest.mark.proof
def test_workers_killed_while_parcels_are_scanned_tell_each_at_its_scan():
    check(kill_workers("--kills", "12", "--orders-per-store", "12", "--scans"), kills=3)


@pytest.mark.proof
@pytest.mark.parametrize("seed", range(1, 6))
def test_workers_killed_a_hundred_times_lose_and_double_nothing(seed):
    options = ("--kills", "40", "--orders-per-store", "60", "--seed", str(seed))

    check(kill_workers(*options), kills=20)
