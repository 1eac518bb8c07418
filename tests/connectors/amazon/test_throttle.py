"""The quota is shared, learnt from Amazon, and never exceeded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packbench.channels.base import Credentials
from packbench.connectors.amazon.messages import order_call, participations_call
from packbench.connectors.amazon.operations import SEARCH_ORDERS, Operation
from packbench.connectors.amazon.throttle import MemoryBuckets, Throttle
from packbench.lib.errors import Throttled

SELLERS = "/eu/sellers/v1/marketplaceParticipations"
ORDER = "/eu/orders/2026-01-01/orders/302-1234567-1234567"


def make_throttle(buckets, seller_id="A1", client_id="client"):
    credentials = Credentials(
        region="eu", seller_id=seller_id, client_id=client_id, client_secret="", refresh_token=""
    )
    return Throttle(buckets, credentials)


def is_taken(throttle, operation):
    try:
        throttle.take(operation)
    except Throttled:
        return False
    return True


@given(
    st.sampled_from([(0.0056, 20), (0.5, 30), (2, 10)]),
    st.lists(st.tuples(st.floats(0, 400), st.booleans()), max_size=200),
)
def test_two_clients_together_stay_within_burst_and_rate(quota, steps):
    rate, burst = quota
    now = [0.0]
    buckets = MemoryBuckets(now=lambda: now[0])
    clients = make_throttle(buckets), make_throttle(buckets)
    operation = Operation("any", "GET", "/", rate, burst, "", "")
    taken = []

    for pause, which in steps:
        now[0] += pause
        while is_taken(clients[which], operation):
            taken.append(now[0])

    for first, start in enumerate(taken):
        for count, end in enumerate(taken[first:], start=1):
            assert count <= burst + rate * (end - start) + 1e-6


def test_who_waits_as_long_as_told_gets_through():
    now = [0.0]
    throttle = make_throttle(MemoryBuckets(now=lambda: now[0]))
    while is_taken(throttle, SEARCH_ORDERS):
        pass

    with pytest.raises(Throttled) as full:
        throttle.take(SEARCH_ORDERS)
    now[0] += full.value.retry_after

    assert is_taken(throttle, SEARCH_ORDERS)
    assert not is_taken(throttle, SEARCH_ORDERS)


def test_each_seller_and_application_has_a_quota_of_its_own():
    buckets = MemoryBuckets()
    first, other_seller = make_throttle(buckets), make_throttle(buckets, seller_id="A2")
    other_application = make_throttle(buckets, client_id="other")
    while is_taken(first, SEARCH_ORDERS):
        pass

    assert is_taken(other_seller, SEARCH_ORDERS)
    assert is_taken(other_application, SEARCH_ORDERS)


def test_no_secret_is_in_a_bucket_key():
    keys = []

    class Recording(MemoryBuckets):
        def take(self, key, **about):
            keys.append(key)
            return super().take(key, **about)

    make_throttle(Recording(), client_id="amzn1.canary").take(SEARCH_ORDERS)

    assert keys[0].startswith("amazon:")
    assert keys[0].endswith(":eu:A1:searchOrders")
    assert "canary" not in keys[0]


def test_the_announced_rate_is_adopted(amazon, make_client):
    now = [0.0]
    buckets = MemoryBuckets(now=lambda: now[0])
    client = make_client(buckets=buckets)
    amazon.answer(ORDER, {}, x_amzn_RateLimit_Limit="0.1")
    for _ in range(30):
        client.call(order_call("302-1234567-1234567", ()))

    with pytest.raises(Throttled) as full:
        client.call(order_call("302-1234567-1234567", ()))

    assert full.value.retry_after == pytest.approx(10)


@pytest.mark.parametrize("header", ["", "fast", "0", "-1", "nan", "inf"])
def test_a_rate_that_makes_no_sense_is_not_adopted(amazon, make_client, header):
    now = [0.0]
    client = make_client(buckets=MemoryBuckets(now=lambda: now[0]))
    amazon.answer(SELLERS, {"payload": []}, x_amzn_RateLimit_Limit=header)
    for _ in range(15):
        client.call(participations_call())

    with pytest.raises(Throttled) as full:
        client.call(participations_call())

    assert full.value.retry_after == pytest.approx(1 / 0.016)


def test_after_a_429_nobody_asks_until_there_is_quota_again(amazon, make_client):
    now = [0.0]
    buckets = MemoryBuckets(now=lambda: now[0])
    client, neighbour = make_client(buckets=buckets), make_client(buckets=buckets)
    amazon.refuse(ORDER, 429, "QuotaExceeded", "You exceeded your quota")
    amazon.answer(ORDER, {})

    with pytest.raises(Throttled) as refusal:
        client.call(order_call("302-1234567-1234567", ()))
    with pytest.raises(Throttled):
        neighbour.call(order_call("302-1234567-1234567", ()))
    now[0] += refusal.value.retry_after
    neighbour.call(order_call("302-1234567-1234567", ()))

    assert len(amazon.calls(ORDER)) == 2


def test_an_empty_bucket_costs_no_call(amazon, make_client):
    client = make_client(buckets=MemoryBuckets(now=lambda: 0.0))
    amazon.answer(SELLERS, {"payload": []})
    for _ in range(15):
        client.call(participations_call())

    with pytest.raises(Throttled, match="goes on in 63 seconds"):
        client.call(participations_call())

    assert len(amazon.calls(SELLERS)) == 15
