"""The main job against the sandbox: connect, import, label, confirm."""

import pytest

from packbench.lib import clock
from packbench.orders.models import Order, Status
from packbench.shipments import jobs
from packbench.shipments.batching import create_labels
from packbench.shipments.models import Notice, Shipment
from tests.flows.conftest import connect, import_everything, weigh_everything
from tests.making import make_means

pytestmark = pytest.mark.django_db


def test_orders_come_in_get_one_label_each_and_amazon_is_told(sandbox):
    store = connect(sandbox, more=("FR", "DE"))
    workspace = store.workspace
    means = make_means(workspace)  # where parcels leave from decides what customs must know
    import_everything(store)
    weigh_everything(workspace)
    ready = [order for order in workspace.orders.to_ship() if order.can_ship]

    create_labels(workspace, ready, means, actor="test", now=clock.now())
    for shipment in Shipment.objects.all():
        jobs.buy(shipment.pk)
    sandbox.throttle.scale = 1000
    jobs.send_notices(store.account.pk)

    assert len(ready) > 20
    assert (
        Order.objects.filter(pk__in=[order.pk for order in ready])
        .exclude(status=Status.SHIPPED)
        .count()
        == 0
    )
    assert Notice.objects.exclude(status=Notice.Status.ACCEPTED).count() == 0
