"""In whatever order the states of orders come, twice or late, the end is the same."""

import random

import pytest

from tests.proofs.histories import histories
from tests.proofs.shuffling import compare

pytestmark = pytest.mark.django_db
SEEDS, CHANGES = 200, 500  # 100,000 changes in all


def check(seed, changes):
    """Compare both runs of a seed; returns how many polls failed in the shuffled one."""
    expected, found, failed = compare(histories(random.Random(seed), changes=changes), seed)

    for part in ("orders", "skips", "events"):
        assert found[part].keys() == expected[part].keys(), (seed, part)
        for number, there in expected[part].items():
            assert found[part][number] == there, (seed, part, number)
    return failed


def test_shuffled_and_repeated_changes_end_as_those_in_order():
    assert sum(check(seed, 150) for seed in (1, 2, 3)) > 0


@pytest.mark.proof
@pytest.mark.parametrize("seed", range(SEEDS))
def test_100_000_changes_end_the_same_for_200_seeds(seed):
    check(seed, CHANGES)
