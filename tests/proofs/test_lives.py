"""Orders that live through the database for 75 simulated days: none early, none overdue."""

import json
import subprocess
import sys

import pytest

from tests.proofs.scratch import ROOT


def run(module, *options):
    done = subprocess.run(
        [sys.executable, "-m", module, *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=8 * 3600,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    print(done.stdout)
    return json.loads(done.stdout.splitlines()[-1])


def live(*options):
    return run("tests.proofs.lives", *options)


def check(verdict):
    assert verdict["early"] == verdict["overdue"] == verdict["keys_left"] == 0
    assert verdict["erased_by_a_jump"] == verdict["half_erased"] == 0
    assert verdict["erased"] == verdict["records"] == verdict["orders"]
    assert verdict["at_the_second"] > verdict["orders"] * 0.7  # the others met an outage
    assert len(verdict["ends_by_rule"]) == 5


def test_a_few_lives_end_in_time():
    check(live("--orders", "60", "--seed", "4", "--hours", "12", "--real", "4"))


@pytest.mark.proof
def test_a_hundred_thousand_lives_end_in_time_with_outages_and_jumps():
    check(live("--orders", "100000", "--seed", "5", "--real", "100"))


@pytest.mark.proof
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_thousand_lives_end_in_time_with_outages_of_72_hours(seed):
    check(live("--orders", "1000", "--seed", str(seed), "--hours", "6", "--real", "2"))


@pytest.mark.proof
def test_sweeps_killed_at_random_moments_leave_nothing_half_erased():
    verdict = run("tests.proofs.sweeping", "--orders", "3000", "--kills", "40")

    assert verdict["kills"] >= 20  # a fast machine is done before the last of them
    assert verdict["half_erased"] == verdict["left"] == 0
    assert verdict["records"] == verdict["events"] == 3000
