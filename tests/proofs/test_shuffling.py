"""In whatever order the states of orders come, twice or late, the end is the same."""

import random

import pytest

from tests.proofs.histories import histories
from tests.proofs.shuffling import compare

pytestmark = pytest.mark.django_db
CHANGES = 500  # of a seed


def check(seed, changes):
    expected, found, failed = compare(histories(random.Random(seed), changes=changes), seed)

    for part in ("orders", "skips", "events"):
        assert found[part].keys() == expected[part].keys(), (seed, part)
        for number, there in expected[part].items():
            assert found[part][number] == there, (seed, part, number)
    return failed


@pytest.mark.parametrize("seed", [1, 2])
def test_shuffled_and_repeated_changes_end_as_those_in_order(seed):
    check(seed, 200)


@pytest.mark.proof
@pytest.mark.parametrize("block", range(25))
def test_100_000_changes_end_the_same_for_200_seeds(block):
    failed = sum(check(seed, CHANGES) for seed in range(block * 8, block * 8 + 8))

    assert failed
