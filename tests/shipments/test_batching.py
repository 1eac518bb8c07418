"""Batches: collected, asked for, retried where they failed, printed as they are picked."""

from datetime import timedelta

import pytest

from packbench.lib.errors import Rejected
from packbench.orders.models import BulkRun
from packbench.orders.weighing import weigh_order
from packbench.shipments import batching
from packbench.shipments.batching import create_labels, plan_more, retry_batch, start_labels
from packbench.shipments.buying import buy_label
from packbench.shipments.collecting import (
    add_to_batch,
    archive_batch,
    open_batch,
    process_batch,
    remove_from_batch,
)
from packbench.shipments.models import Batch, Shipment
from packbench.shipments.picking import PrintOrder, in_print_order, natural
from packbench.shipments.progressing import State, progress_of, state_of
from packbench.shipments.status import Status
from tests.making import NOW, make_item, make_means, make_order, make_store, make_workspace
from tests.shipments.faking import FakeCarrier

pytestmark = pytest.mark.django_db

WHO = {"actor": "ines", "now": NOW}


@pytest.fixture
def store():
    store = make_store()
    make_means(store.workspace)
    return store


def orders_of(store, count, **changes):
    return [make_order(store, external_id=f"402-{n}", **changes) for n in range(1, count + 1)]


def plan_all():
    for run in BulkRun.objects.filter(finished_at=None):
        plan_more(run.pk, clock=lambda: NOW)


def buy(batch, carrier=None):
    carrier = carrier or FakeCarrier()
    for row in Shipment.objects.with_order().filter(batch=batch, status=Status.READY):
        buy_label(row, carrier, now=NOW)
    return carrier


def standing(batch):
    here = Batch.objects.get(pk=batch.pk)
    progress = progress_of([here])[here.pk]
    return state_of(here, progress), progress


def refuse(carrier):
    carrier.fail_next = Rejected("Too heavy.", code="too_heavy")
    return carrier


def test_the_states_of_a_batch_are_those_of_other_desks(store):
    orders = orders_of(store, 2)
    batch = open_batch(store.workspace, [orders[0].pk], name="Morning", **WHO)
    assert standing(batch)[0] == State.OPEN

    add_to_batch(batch, [orders[1].pk])
    process_batch(batch, **WHO)
    assert standing(batch)[0] == State.QUEUED
    plan_all()
    assert standing(batch)[0] == State.QUEUED
    first = batch.shipments.order_by("pk").first()
    buy_label(Shipment.objects.with_order().get(pk=first.pk), FakeCarrier(), now=NOW)
    assert standing(batch)[0] == State.PROCESSING
    buy(batch, refuse(FakeCarrier()))
    assert standing(batch)[0] == State.COMPLETED_WITH_ERRORS
    archive_batch(batch, is_archived=True, **WHO)
    assert standing(batch)[0] == State.ARCHIVED


def test_a_batch_of_which_nothing_can_be_asked_for_is_invalid(store):
    order = make_order(store, weight_g=None, items=(make_item("1", sku="NEW"),))

    batch = create_labels(store.workspace, [order], make_means(store.workspace), **WHO)

    assert standing(batch)[0] == State.INVALID
    assert standing(batch)[1].refused == 1


def test_only_what_failed_is_asked_for_again_in_the_same_batch(store):
    good, refused, light = orders_of(store, 3)
    bare = make_order(store, external_id="402-9", weight_g=None, items=(make_item("9", sku="N"),))
    batch = create_labels(
        store.workspace, [good, refused, light, bare], make_means(store.workspace), **WHO
    )
    carrier = buy(batch, refuse(FakeCarrier()))
    sold = list(carrier.sold)
    failed = batch.shipments.get(status=Status.DRAFT)
    assert (standing(batch)[1].failed, standing(batch)[1].refused) == (1, 1)
    weigh_order(bare, 200, **WHO)

    retry_batch(Batch.objects.get(pk=batch.pk), **WHO)
    plan_all()
    buy(batch, carrier)

    assert standing(batch)[0] == State.COMPLETED
    assert carrier.sold[: len(sold)] == sold
    assert len(carrier.sold) == 4
    assert Shipment.objects.get(pk=failed.pk).status == Status.PURCHASED
    assert batch.shipments.count() == 4
    with pytest.raises(Rejected) as refusal:
        retry_batch(Batch.objects.get(pk=batch.pk), **WHO)
    assert refusal.value.code == "nothing_failed"


def test_a_batch_is_there_with_all_its_labels_or_not_at_all(store, monkeypatch):
    orders = orders_of(store, 3)
    asked, plan_order = [], batching.plan_order

    def dying(order, *args, **options):
        asked.append(order)
        if len(asked) == 3:
            raise KeyboardInterrupt
        return plan_order(order, *args, **options)

    monkeypatch.setattr(batching, "plan_order", dying)
    with pytest.raises(KeyboardInterrupt):
        create_labels(store.workspace, orders, make_means(store.workspace), **WHO)

    assert not Batch.objects.exists()
    assert not Shipment.objects.exists()


def test_an_open_batch_takes_each_order_once_and_only_of_its_workspace(store):
    orders = orders_of(store, 2)
    batch = open_batch(store.workspace, [orders[0].pk], **WHO)

    added = add_to_batch(batch, [orders[0].pk, orders[1].pk, "ord_of_others"])
    removed = remove_from_batch(batch, [orders[0].pk])

    batch.refresh_from_db()
    assert (added, removed, batch.order_ids) == (1, 1, [orders[1].pk])
    process_batch(batch, **WHO)
    with pytest.raises(Rejected) as refusal:
        add_to_batch(batch, [orders[0].pk])
    assert refusal.value.code == "batch_closed"


def test_an_empty_batch_cannot_be_asked_for(store):
    batch = open_batch(store.workspace, [], **WHO)

    with pytest.raises(Rejected) as refusal:
        process_batch(batch, **WHO)

    assert refusal.value.code == "batch_empty"
    assert make_workspace("Other").batches.count() == 0


def test_orders_that_a_job_has_not_looked_at_count_as_going_on(store):
    run = start_labels(store.workspace, [order.pk for order in orders_of(store, 3)], **WHO)
    batch = Batch.objects.get(pk=run.given["batch_id"])

    assert standing(batch)[1].unplanned == 3
    plan_all()
    assert standing(batch)[1].unplanned == 0


def parcel(store, number, *lines, service="standard", due=20):
    items = tuple(
        make_item(f"{number}{n}", sku=sku, quantity=q) for n, (sku, q) in enumerate(lines)
    )
    order = make_order(
        store, external_id=f"402-{number}", items=items, ship_by_at=NOW + timedelta(hours=due)
    )
    means = make_means(store.workspace, service)
    batch = create_labels(store.workspace, [order], means, **WHO)
    return batch.shipments.get()


def test_labels_follow_each_other_as_the_goods_are_picked(store):
    rows = [
        parcel(store, 1, ("MUG", 1), ("PLATE", 1)),
        parcel(store, 2, ("PLATE", 1), service="express"),
        parcel(store, 3, ("PLATE", 1)),
        parcel(store, 4, ("MUG", 2)),
        parcel(store, 5, ("BOWL", 1), due=2),
        parcel(store, 6, ("MUG", 1)),
    ]
    for sku, bin in (("MUG", "A-10"), ("PLATE", "A-2")):
        store.workspace.products.filter(sku=sku).update(storage_bin=bin)

    def numbers(by):
        found = Shipment.objects.with_order().filter(pk__in=[row.pk for row in rows])
        return [row.order.external_id[4:] for row in in_print_order(found, by)]

    # Express; then standard: one line by bin (A-2 before A-10, none last), then several lines.
    assert numbers(PrintOrder.PICKED) == ["2", "3", "6", "4", "5", "1"]
    assert numbers(PrintOrder.DUE)[0] == "5"
    assert numbers(PrintOrder.SKU)[0] == "5"
    assert sorted(["B10", "a2", "A10", ""], key=natural) == ["", "a2", "A10", "B10"]
