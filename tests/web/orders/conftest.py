import pytest
from django.test import Client

from packbench.accounts.models import Member
from packbench.carriers.registry import open_carrier
from packbench.lib import clock
from packbench.shipments.batching import create_labels
from packbench.shipments.buying import buy_label
from packbench.shipments.models import Shipment
from packbench.shipments.status import Status
from tests.making import (
    make_account,
    make_means,
    make_member,
    make_order,
    make_store,
    make_workspace,
)

BACKEND = "packbench.accounts.backends.MemberBackend"


def browser_of(member):
    browser = Client()
    browser.force_login(member.person, backend=BACKEND)
    return browser


def buy_all(workspace):
    """What the workers do: buy every label that was asked for."""
    for shipment in Shipment.objects.with_order().filter(workspace=workspace, status=Status.READY):
        buy_label(shipment, open_carrier(shipment.carrier_account), now=clock.now())


def labeled(order):
    """Give the order a label; returns its shipment."""
    workspace = order.workspace
    create_labels(workspace, [order], make_means(workspace), actor="test", now=clock.now())
    buy_all(workspace)
    return order.shipments.get(status=Status.PURCHASED)


@pytest.fixture
def workspace(db):
    return make_workspace()


@pytest.fixture
def store(workspace):
    return make_store(make_account(workspace))


@pytest.fixture
def owner(workspace):
    return browser_of(make_member(workspace))


@pytest.fixture
def viewer(workspace):
    return browser_of(make_member(workspace, "vera@example.com", Member.Role.VIEWER))


@pytest.fixture
def stranger(db):
    """The owner of another workspace."""
    return browser_of(make_member(make_workspace("Elsewhere"), "otto@example.com"))


@pytest.fixture
def order(store):
    return make_order(store)
