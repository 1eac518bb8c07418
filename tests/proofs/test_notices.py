"""SIGKILL of workers while Amazon is told: no parcel is lost, none is told twice."""

import json
import subprocess
import sys

import pytest

from tests.proofs.scratch import ROOT

BUGS = (
    "fed_are_not_kept_apart",
    "feed_is_made_again",
    "half_sent_is_forgotten",
    "number_is_not_learnt",
)
NONE = (
    *("lost", "doubled", "wrong_items", "wrong_number", "left_open", "refused", "faults"),
    "feeds_unknown",  # Amazon has more of them than we know: one was made twice
)


def run(*options):
    command = [sys.executable, "-m", "tests.proofs.notices", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=5400)
    if done.returncode:
        return None, done.stderr[-3000:]
    print(done.stdout)
    return json.loads(done.stdout.splitlines()[-1]), ""


def check(verdict, fault):
    assert verdict is not None, fault
    assert {name: verdict[name] for name in NONE} == dict.fromkeys(NONE, 0)
    assert verdict["feeds"] > 0


def test_workers_killed_while_notices_flow_lose_and_double_none():
    verdict, fault = run("--parcels", "30", "--kills", "30")

    check(verdict, fault)
    assert verdict["kills"] >= 30


@pytest.mark.proof
@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_caught(bug):
    verdict, _ = run("--parcels", "40", "--kills", "80", "--bug", bug)

    assert verdict is None or any(verdict[name] for name in NONE)


@pytest.mark.proof
def test_a_thousand_kills_lose_and_double_none():
    verdict, fault = run("--parcels", "200", "--kills", "1000")

    check(verdict, fault)
    assert verdict["kills"] >= 1000
