"""A backlog is in as early as Amazon's published quotas allow, and no call is refused."""

import pytest

from packbench.orders.dividing import REPORT_LAG
from packbench_sandbox import Sandbox
from tests.proofs.backlog import START, best_seconds, connect

pytestmark = pytest.mark.django_db

FOUR = ("US", "CA", "MX", "BR")


def sandbox_of(orders_per_store):
    return Sandbox(
        seed=7, clock=START.timestamp(), orders_per_store=orders_per_store, arrivals_per_hour=0
    )


def best_for(simulation, *, is_empty=False):
    """The least time for the orders that a call must bring: of the others the report tells all."""
    return best_seconds(len(simulation.sold(is_ours=True)), is_empty=is_empty)


def check(simulation, best):
    """What is older than a report may be is in with the history, the rest with the poll after."""
    before = simulation.sold(until=START - REPORT_LAG)
    seconds = simulation.work_until(simulation.is_read)

    print(
        f"{len(simulation.sold())} orders in {seconds:.0f} s, at best {best} s: "
        f"{seconds / best:.3f}; {simulation.calls('searchOrders')} pages, "
        f"{simulation.calls('getOrder')} single orders"
    )
    assert before <= simulation.known()
    assert seconds <= 1.05 * best
    simulation.work_until(simulation.is_polled)
    assert simulation.sold() <= simulation.known()
    assert simulation.throttled() == 0


@pytest.mark.proof
def test_20000_orders_of_four_marketplaces_take_no_more_than_the_quota_asks():
    with sandbox_of(6000) as sandbox:
        simulation = connect(sandbox, FOUR)
        assert len(simulation.sold()) == 20_000

        check(simulation, best_for(simulation))


def test_1500_orders_take_no_more_than_empty_buckets_ask():
    with sandbox_of(450) as sandbox:
        simulation = connect(sandbox, FOUR)
        simulation.empty_buckets()
        assert len(simulation.sold()) == 1500

        check(simulation, best_for(simulation, is_empty=True))
