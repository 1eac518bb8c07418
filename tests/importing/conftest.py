"""A small account of the sandbox on a clock that stands until it is moved."""

import pytest

from packbench_sandbox import Sandbox
from tests.proofs.backlog import START, connect


@pytest.fixture
def sandbox(settings):
    with Sandbox(
        seed=7, clock=START.timestamp(), orders_per_store=12, arrivals_per_hour=0
    ) as running:
        settings.SANDBOX_URL = running.url
        yield running


@pytest.fixture
def shop(sandbox):
    """The account, with its history read."""
    shop = connect(sandbox, ("ES", "DE"), seller="europe")
    shop.work_until(shop.is_read)
    return shop
