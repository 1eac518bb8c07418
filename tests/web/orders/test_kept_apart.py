"""Suggested combinations that were dismissed, and batches that somebody sees to."""

from datetime import timedelta

import pytest

from packbench.accounts.models import Member
from packbench.events.models import Event
from packbench.lib import clock
from packbench.orders.models import Order
from packbench.shipments.batching import create_labels
from packbench.shipments.collecting import open_batch
from packbench.shipments.combining import combinable
from packbench.shipments.erasing import erase_now
from packbench.shipments.models import Batch, KeptApart
from tests.making import make_address, make_means, make_member, make_order
from tests.web.orders.conftest import browser_of
from tests.web.stores.consenting import text_of


@pytest.fixture
def packer(workspace):
    return browser_of(make_member(workspace, "paco@example.com", Member.Role.PACKER))


@pytest.fixture
def pair(store):
    return [make_order(store, external_id=f"402-{n}") for n in (1, 2)]


def suggested(workspace):
    ids = list(Order.objects.values_list("pk", flat=True))
    return {Order.objects.get(pk=pk).external_id for pk in combinable(workspace, ids)}


def dismiss(browser, order):
    return browser.post(f"/orders/{order.pk}/apart")


def test_a_suggestion_is_dismissed_for_all_of_its_group_and_comes_back_by_a_click(
    packer, workspace, pair
):
    one, two = pair
    assert "Keep them apart" in text_of(packer.get(f"/orders/{one.pk}"))

    dismiss(packer, one)

    assert suggested(workspace) == set()
    page = text_of(packer.get(f"/orders/{two.pk}"))
    assert "Send them in one parcel" not in page
    assert "Kept apart from 1 other order to the same address." in page
    assert Event.objects.filter(name="order.separated").count() == 2
    packer.post(f"/orders/{two.pk}/apart/undo")
    assert suggested(workspace) == {"402-1", "402-2"}
    assert not KeptApart.objects.exists()


def test_it_comes_back_when_an_order_changes_or_another_one_joins(packer, workspace, store, pair):
    one, two = pair
    dismiss(packer, one)
    Order.objects.filter(pk=two.pk).update(changed_at=two.changed_at + timedelta(minutes=1))
    assert suggested(workspace) == {"402-1", "402-2"}
    dismiss(packer, one)
    assert suggested(workspace) == set()

    make_order(store, external_id="402-3")

    assert suggested(workspace) == {"402-1", "402-2", "402-3"}
    dismiss(packer, two)
    assert suggested(workspace) == set()


def test_it_stays_dismissed_when_one_of_the_group_has_gone(packer, workspace, store, pair):
    third = make_order(store, external_id="402-3")
    dismiss(packer, third)

    create_labels(workspace, [third], make_means(workspace), actor="t", now=clock.now())

    assert suggested(workspace) == set()


def test_orders_to_another_address_are_suggested_all_the_same(packer, workspace, store, pair):
    dismiss(packer, pair[0])
    for n in (5, 6):
        make_order(store, external_id=f"402-{n}", recipient=make_address(line1="Elsewhere 1"))

    assert suggested(workspace) == {"402-5", "402-6"}


def test_who_may_not_ship_keeps_nothing_apart(viewer, stranger, packer, workspace, store, pair):
    assert viewer.post(f"/orders/{pair[0].pk}/apart").status_code == 403
    assert stranger.post(f"/orders/{pair[0].pk}/apart").status_code == 404
    assert stranger.post(f"/orders/{pair[0].pk}/apart/undo").status_code == 404
    alone = make_order(store, external_id="402-9", recipient=make_address(line1="Alone 1"))
    page = packer.post(f"/orders/{alone.pk}/apart", follow=True)
    assert "Nothing is suggested for this order any more." in text_of(page)
    dismiss(packer, pair[0])
    erase_now(pair[0], why="asked", actor="ines", now=clock.now())
    assert [row.order_id for row in KeptApart.objects.all()] == [pair[1].pk]


def test_a_batch_is_given_to_a_person_shown_and_filtered(owner, packer, workspace):
    mine = open_batch(workspace, [], name="For Paco", actor="t", now=clock.now())
    open_batch(workspace, [], name="For nobody", actor="t", now=clock.now())
    paco = workspace.memberships.get(person__email="paco@example.com").person

    said = owner.post(f"/batches/{mine.pk}/assign", {"person": paco.pk}, follow=True)

    assert "sees to this batch" in text_of(said)
    assert f'value="{paco.pk}" selected' in said.content.decode()
    lists = {who: text_of(owner.get(f"/batches?person={who}")) for who in (paco.pk, "nobody", "x")}
    assert ("For Paco" in lists[paco.pk], "For nobody" in lists[paco.pk]) == (True, False)
    assert ("For Paco" in lists["nobody"], "For nobody" in lists["nobody"]) == (False, True)
    assert "No batch here" in lists["x"]
    packer.post(f"/batches/{mine.pk}/assign", {"person": ""})
    assert Batch.objects.get(pk=mine.pk).assignee is None
    names = Event.objects.filter(name__startswith="batch.").values_list("name", flat=True)
    assert {"batch.assigned", "batch.unassigned"} <= set(names)


def test_a_batch_is_given_to_nobody_of_elsewhere_nor_to_a_viewer(
    owner, viewer, stranger, workspace
):
    row = open_batch(workspace, [], name="Mine", actor="t", now=clock.now())
    vera = workspace.memberships.get(person__email="vera@example.com").person_id

    assert "does not work here" in text_of(
        owner.post(f"/batches/{row.pk}/assign", {"person": vera}, follow=True)
    )
    assert owner.post(f"/batches/{row.pk}/assign", {"person": "per_x"}).status_code == 404
    assert viewer.post(f"/batches/{row.pk}/assign", {"person": vera}).status_code == 403
    assert stranger.post(f"/batches/{row.pk}/assign", {"person": ""}).status_code == 404
    assert Batch.objects.get(pk=row.pk).assignee is None
