"""SIGKILL at every step of a purchase: nothing bought twice, nothing paid and lost, nothing stuck.

Four kinds of carriers show what they sold up to two seconds late; their own list is the judge.
"""

import json
import subprocess
import sys

import pytest

from tests.proofs.scratch import ROOT

BUGS = (
    "blind_is_tried_again",
    "call_before_the_claim",
    "doubt_ends_unasked",
    "key_of_each_try",
    "lost_is_not_sent",
    "new_label_for_each_try",
    "no_claim",
    "no_quarantine",
    "nobody_settles",
    "person_is_not_heard",
    "preparation_after_the_call",
    "preparation_is_not_written",
    "purchase_is_not_recorded",
    "refused_is_believed_at_once",
    "ticket_is_lost",
)

# Few rounds: what is stuck shows soon.
HARD = ("--purchases", "160", "--kills", "300", "--lost", "0.3", "--rounds", "300")


def run(*options):
    command = [sys.executable, "-m", "tests.proofs.purchases.killing", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=5400)
    if done.returncode:
        return None, done.stderr[-3000:]
    print(done.stdout)
    return json.loads(done.stdout.splitlines()[-1]), ""


def check(verdict, fault):
    assert verdict is not None, fault
    assert verdict["bought_twice"] == verdict["paid_and_lost"] == verdict["stuck"] == 0
    assert verdict["labels_of_nobody"] == verdict["faults"] == 0
    assert verdict["sold"] == verdict["purchases"]


def is_caught(verdict):
    return verdict is None or (
        verdict["sold"] != verdict["purchases"]
        or any(verdict[name] for name in ("bought_twice", "paid_and_lost", "stuck", "faults"))
        or verdict["labels_of_nobody"] > 0
    )


def test_killed_purchases_are_bought_once_at_every_kind_of_carrier():
    verdict, fault = run("--purchases", "24", "--kills", "60")

    check(verdict, fault)
    assert verdict["kills"] >= 60
    assert verdict["asked_a_person"] > 0


def test_a_worker_that_does_not_claim_is_caught():
    verdict, _ = run("--purchases", "16", "--kills", "40", "--bug", "key_of_each_try")

    assert is_caught(verdict)


@pytest.mark.proof
@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_caught(bug):
    verdict, _ = run(*HARD, "--bug", bug)

    assert is_caught(verdict)


@pytest.mark.proof
def test_nothing_is_caught_where_no_bug_is_planted():
    check(*run(*HARD))


@pytest.mark.proof
def test_ten_thousand_purchases_live_through_twenty_thousand_kills():
    verdict, fault = run("--purchases", "10000", "--kills", "20000")

    check(verdict, fault)
    assert verdict["kills"] >= 20_000
