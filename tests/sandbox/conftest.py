import pytest

from .calling import Caller, make_sandbox


@pytest.fixture
def sandbox():
    with make_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def europe(sandbox):
    return Caller(sandbox, "europe")
