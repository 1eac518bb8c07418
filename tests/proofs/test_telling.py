"""Amazon is told of every parcel: in time, once, exactly, however many there are."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from packbench_sandbox import Sandbox
from packbench_sandbox.throttling import PUBLISHED
from tests.proofs.telling import Town, has_fed, verdict, without_nudges

pytestmark = pytest.mark.django_db
START = datetime(2026, 11, 27, 0, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
EXACT = (
    "never_told", "told_twice", "wrong_order", "wrong_items", "before_the_label", "late",
    "of_nobody", "throttled", "notices_open",
)  # fmt: skip


@pytest.fixture
def sandbox():
    with Sandbox(
        seed=7, clock=START.timestamp(), orders_per_store=0, arrivals_per_hour=0
    ) as running:
        yield running


def prime_day(town, *, outage, peak_s, peaks, hourly, urgent, seed):
    """Labels over a day: peaks of 50 a second over all accounts, and a trickle, and an outage.

    A tenth of the orders goes in two parcels. `outage` and `peaks` are hours of the day.
    """
    dice, end = random.Random(seed), START + 24 * HOUR
    down, up = (START + hour * HOUR for hour in outage)
    rate = 50 / len(town.desks)

    def ship(number, count, ship_by_at):
        def act():
            desk = town.desks[number]
            orders = [[dice.randint(1, 3) for _ in range(dice.randint(1, 2))] for _ in range(count)]
            sold = desk.sell_many(orders, ship_by_at=ship_by_at)
            wanted = []
            for order, quantities in zip(sold, orders, strict=True):
                if dice.random() < 0.1 and sum(quantities) > 1:
                    first = [0] * len(quantities)
                    first[quantities.index(max(quantities))] = 1
                    rest = [n - m for n, m in zip(quantities, first, strict=True)]
                    wanted += [(order, first), (order, rest)]
                else:
                    wanted.append((order, None))
            desk.label_many(wanted)
            return [number]

        return act

    def switch(is_down):
        def act():
            town.sandbox.faults.clear()
            if is_down:
                town.sandbox.faults.arm("503_html", count=10**9)

        return act

    moments = [(down, switch(True)), (up, switch(False))]
    for number in range(len(town.desks)):
        for hour in range(23):
            at = START + hour * HOUR + timedelta(seconds=dice.randint(0, 3000))
            moments.append((at, ship(number, hourly, end)))
        for peak in peaks:
            for second in range(peak_s):
                at = START + peak * HOUR + timedelta(seconds=second)
                moments.append((at, ship(number, round(rate), end)))
        # Bought while Amazon was down. It rests five minutes at most; a feed would be too late.
        moments.append((up - HOUR, ship(number, urgent, up + timedelta(minutes=6))))
    # Fewer than a feed is worth, and right after them some that must go first.
    rush, soon = START + 20 * HOUR, START + 20 * HOUR + timedelta(seconds=2)
    moments.append((rush, ship(0, 60, end)))
    moments.append((soon, ship(0, 8, soon + timedelta(seconds=14))))
    town.run(moments, until=end + HOUR)


def check(town):
    found = verdict(town)
    print(found, town.sandbox.stats()["calls"])
    assert {name: found[name] for name in EXACT} == dict.fromkeys(EXACT, 0)
    return found


def test_a_day_with_a_peak_and_an_outage_tells_every_parcel_once_and_in_time(sandbox):
    with without_nudges():
        town = Town(sandbox, accounts=1)
        prime_day(town, outage=(4, 7), peak_s=6, peaks=(5,), hourly=1, urgent=15, seed=1)

    found = check(town)
    assert found["parcels"] > 330
    assert found["by_feed"] > 50


@pytest.mark.proof
def test_prime_day_over_ten_accounts_tells_every_parcel_once_and_in_time(sandbox):
    with without_nudges():
        town = Town(sandbox, accounts=10)
        day = {"outage": (4, 16), "peaks": (2, 12, 18)}
        prime_day(town, **day, peak_s=50, hourly=4, urgent=40, seed=1)

    found = check(town)
    assert found["parcels"] > 9_000
    assert found["by_feed"] > 1000


def best_seconds(count, feed_seconds):
    """The least time in which the full buckets let so many be told: singly, or some by feed."""
    rate, burst = PUBLISHED["confirmShipment"]

    def singly(number):
        return max((number - burst) / rate, 0.0)

    with_feed = (max(feed_seconds, singly(count - fed)) for fed in range(1, count + 1))
    return min([singly(count), *with_feed])


@pytest.mark.parametrize(
    ("feed_seconds", "knows"),
    [
        (90, False),
        *(pytest.param(*case, marks=pytest.mark.proof) for case in ((90, True), (200, False))),
        pytest.param(600, True, marks=pytest.mark.proof),
    ],
)
def test_a_batch_of_500_is_told_in_little_more_than_the_quota_asks(sandbox, feed_seconds, knows):
    sandbox.feed_seconds = feed_seconds
    with without_nudges():
        town = Town(sandbox, accounts=1)
        [desk] = town.desks
        if knows:
            has_fed(desk, feed_seconds)
        numbers = desk.sell_many([[1]] * 500, ship_by_at=START + 24 * HOUR)
        desk.label_many([(number, None) for number in numbers])

        seconds = town.finish()

    check(town)
    best = best_seconds(500, feed_seconds)
    told = max(entry["at"] for entry in sandbox.ledger.confirmations()) - START.timestamp()
    print(f"500 in {seconds:.0f} s, told after {told:.0f} s, at best {best:.0f} s")
    assert told <= 1.05 * best
    assert seconds <= 1.05 * best + 5
