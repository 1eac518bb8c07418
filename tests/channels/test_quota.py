"""Amazon's quota: workers that share the buckets never ask too often, restarts included."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from packbench.channels.base import Credentials, OrdersQuery
from packbench.channels.quota import DatabaseBuckets
from packbench.connectors.amazon.channel import AmazonChannel
from packbench.connectors.amazon.marketplaces import Endpoints
from packbench.connectors.amazon.operations import GET_ORDER, SEARCH_ORDERS
from packbench.connectors.amazon.tokens import TokenCache
from packbench.lib.errors import Throttled
from packbench_sandbox import Sandbox
from tests.making import ES

pytestmark = pytest.mark.django_db


class Time:
    """A clock that only the test moves."""

    def __init__(self):
        self.at = datetime(2026, 11, 20, 9, tzinfo=UTC)

    def __call__(self):
        return self.at

    def pass_by(self, seconds):
        self.at += timedelta(seconds=seconds)


def make_worker(sandbox, time):
    """A worker of its own: other tokens, other connections, the same rows."""
    granted = sandbox.authorize("europe")
    credentials = Credentials(
        region="eu",
        seller_id=granted["seller_id"],
        client_id=granted["client_id"],
        client_secret=granted["client_secret"],
        refresh_token=granted["refresh_token"],
    )
    return AmazonChannel(
        credentials,
        buckets=DatabaseBuckets(now=time),
        http=httpx.Client(trust_env=False),
        endpoints=Endpoints.at(sandbox.url),
        tokens=TokenCache(now=lambda: time().timestamp()),
    )


def try_one(worker, chance, since):
    """One call of a random kind, if the shared buckets allow it."""
    try:
        if chance.random() < 0.5:
            worker.fetch_order("000-0000000-0000000")
        else:
            worker.fetch_orders(OrdersQuery(marketplace_ids=(ES,), updated_after=since))
    except Throttled:
        return "throttled here"
    except Exception as error:
        return type(error).__name__
    return "answered"


def test_two_workers_and_a_restart_never_exceed_the_published_rates():
    time, chance = Time(), random.Random(3)
    since, seconds = time() - timedelta(days=1), 0.0
    with Sandbox(orders_per_store=1, clock=lambda: time().timestamp()) as sandbox:
        workers = [make_worker(sandbox, time), make_worker(sandbox, time)]
        for round_number in range(900):
            step = chance.choice([0, 0, 0.1, 0.7, 3])
            time.pass_by(step)
            seconds += step
            try_one(chance.choice(workers), chance, since)
            if round_number == 450:
                workers = [make_worker(sandbox, time), make_worker(sandbox, time)]
        calls, throttled = Counter(sandbox.stats()["calls"]), sandbox.stats()["throttled"]

    assert sum(throttled.values()) == 0
    for operation in (GET_ORDER, SEARCH_ORDERS):
        allowed = operation.burst + operation.rate * seconds
        assert 10 < calls[operation.name] <= allowed


def test_a_bucket_that_amazon_calls_empty_is_empty():
    time = Time()
    buckets = DatabaseBuckets(now=time)

    buckets.take("key", rate=0.5, burst=30)
    buckets.empty("key", rate=0.5)

    assert buckets.take("key", rate=0.5, burst=30) == pytest.approx(3.0)


def test_an_announced_rate_is_adopted():
    time = Time()
    buckets = DatabaseBuckets(now=time)
    while not buckets.take("key", rate=1, burst=3):
        pass

    buckets.learn("key", rate=10)
    time.pass_by(0.2)

    assert buckets.take("key", rate=1, burst=3) == 0
