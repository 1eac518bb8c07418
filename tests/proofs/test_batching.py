"""A batch whose workers are killed at random ends complete, in order, each label sold once."""

import json
import subprocess
import sys

import pytest

from tests.proofs.scratch import ROOT


def batch(labels, *options):
    run = subprocess.run(
        [sys.executable, "-m", "tests.proofs.batching", "--labels", str(labels), *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=1800,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    print(run.stdout)
    return json.loads(run.stdout.splitlines()[-1])


def check(verdict, labels):
    assert verdict["state"] == "completed"
    assert verdict["done"] == verdict["orders"] == verdict["orders_labeled"] == labels
    assert verdict["labels_sold"] == labels
    assert verdict["labels_sold_twice"] == 0
    assert verdict["is_in_order"]


def test_a_batch_whose_worker_is_killed_ends_complete_in_order_and_each_label_once():
    verdict = batch(24, "--kills", "2", "--delay", "0.2")

    check(verdict, 24)
    assert verdict["kills"] >= 1


@pytest.mark.proof
@pytest.mark.parametrize("seed", range(1, 4))
def test_a_batch_of_500_killed_ten_times_ends_complete_in_order_and_each_label_once(seed):
    verdict = batch(500, "--kills", "10", "--seed", str(seed))

    check(verdict, 500)
    assert verdict["kills"] == 10
