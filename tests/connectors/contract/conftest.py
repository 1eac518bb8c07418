import socket

import pytest

from packbench_sandbox import Sandbox
from tests.connectors.contract.playing import PLAYERS, START


@pytest.fixture(scope="module")
def running():
    """One sandbox for all: every parcel is another one."""
    with Sandbox(seed=7, orders_per_store=2, clock=START, rate_scale=10**6) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running):
    yield running
    running.faults.clear()
    running.commit_lag = 0.0


@pytest.fixture(params=PLAYERS, ids=lambda player: player.name)
def player(request):
    return request.param


@pytest.fixture
def carrier(player, sandbox):
    return player.open(sandbox)


@pytest.fixture
def unused_port():
    """Where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
