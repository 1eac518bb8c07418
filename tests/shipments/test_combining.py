"""Orders of one recipient in one parcel: suggested, never silent; each order hears of it."""

from datetime import timedelta

import pytest

from packbench.lib.errors import Rejected
from packbench.orders.addressing import enter_address
from packbench.orders.holding import hold_order
from packbench.orders.models import Order, SearchEntry
from packbench.orders.models import Status as OrderStatus
from packbench.privacy.models import Disclosure
from packbench.shipments.batching import create_labels
from packbench.shipments.buying import buy_label
from packbench.shipments.combining import combinable, combine_orders
from packbench.shipments.confirming import confirmation_of, record_acceptance
from packbench.shipments.erasing import erase_now
from packbench.shipments.models import Document, Notice, Shipment
from packbench.shipments.planning import CannotPlan, plan_order, plan_parcel
from packbench.shipments.scanning import record_scan
from packbench.shipments.splitting import merge_parts
from packbench.shipments.status import Status
from packbench.shipments.voiding import void_label
from tests.making import (
    DE,
    NOW,
    make_account,
    make_address,
    make_item,
    make_means,
    make_order,
    make_store,
    make_workspace,
)
from tests.shipments.faking import FakeCarrier

pytestmark = pytest.mark.django_db

WHO = {"actor": "ines", "now": NOW}


@pytest.fixture
def store():
    return make_store()


def orders_of(store, count=4, **changes):
    return [
        make_order(
            store,
            external_id=f"402-000000{n}-000000{n}",
            items=(make_item(f"{n}", quantity=n),),
            ship_by_at=NOW + timedelta(hours=20 + n),
            **changes,
        )
        for n in range(1, count + 1)
    ]


def combine(orders, **options):
    return combine_orders(orders, make_means(orders[0].workspace), **options, **WHO)


def fresh(row):
    if isinstance(row, Shipment):
        return Shipment.objects.with_order().get(pk=row.pk)
    return Order.objects.get(pk=row.pk)


def label(shipment, carrier=None):
    plan_parcel(shipment, make_means(shipment.workspace), batch=None, **WHO)
    carrier = carrier or FakeCarrier()
    buy_label(fresh(shipment), carrier, now=NOW)
    return fresh(shipment)


def test_orders_to_one_address_are_suggested_however_it_is_written(store):
    one, two = orders_of(store, 2)
    three = make_order(
        store,
        external_id="402-3",
        recipient=make_address(name="LUCÍA  FERRER", line1="calle de la luna, 14", phone=""),
    )
    other = make_order(store, external_id="402-4", recipient=make_address(line1="Otra calle 1"))

    found = combinable(store.workspace, [one.pk, three.pk, other.pk])

    among = {pk: set(others) for pk, others in found.items()}
    assert among == {one.pk: {two.pk, three.pk}, three.pk: {one.pk, two.pk}}


def test_nothing_of_an_address_stands_in_clear_where_they_are_compared(store):
    orders_of(store, 2)

    places = {bytes(entry.place) for entry in SearchEntry.objects.all()}

    assert len(places) == 1
    (place,) = places
    assert len(place) == 32
    assert b"luna" not in place.lower()


def test_another_workspace_blinds_the_same_address_otherwise(store):
    orders_of(store, 1)
    elsewhere = make_store(make_account(make_workspace("Other"), seller_id="B2"))
    orders_of(elsewhere, 1)

    assert len({bytes(entry.place) for entry in SearchEntry.objects.all()}) == 2


def test_an_address_entered_here_is_the_one_that_is_compared(store):
    one, two = orders_of(store, 2)
    enter_address(one, make_address(line1="Calle Nueva 9"), actor="ines", now=NOW)

    assert combinable(store.workspace, [one.pk, two.pk]) == {}


def test_four_orders_share_a_parcel_and_each_is_told_of_its_own_pieces(store):
    orders = orders_of(store)
    shipment = label(combine(orders))

    notices = {notice.order_id: notice for notice in Notice.objects.select_related("order")}

    assert shipment.order_ids() == [order.pk for order in orders]
    assert notices.keys() == {order.pk for order in orders}
    assert [order.items.get().quantity_told for order in orders] == [1, 2, 3, 4]
    for n, order in enumerate(orders, 1):
        said = confirmation_of(notices[order.pk])
        assert (said.order_id, said.items) == (order.external_id, ((str(n), n),))
        assert said.tracking_number == shipment.tracking_number
        assert notices[order.pk].deadline_at == order.ship_by_at
    for notice in notices.values():
        record_acceptance(notice, request_id="r", now=NOW)
    assert {fresh(order).status for order in orders} == {OrderStatus.SHIPPED}


def test_the_parcel_weighs_what_all_of_them_weigh(store):
    orders = orders_of(store, 3)

    assert combine(orders).weight_g == sum(order.weight_g for order in orders)


def test_labels_asked_for_all_of_them_buy_one(store):
    orders = orders_of(store)
    shipment = combine(orders)

    batch = create_labels(store.workspace, orders, make_means(store.workspace), **WHO)

    assert list(batch.shipments.values_list("pk", flat=True)) == [shipment.pk]
    assert batch.refused == []


def test_a_void_frees_the_pieces_of_all(store):
    orders, carrier = orders_of(store), FakeCarrier()
    bought = label(combine(orders), carrier)

    void_label(bought, carrier, **WHO)

    for order in orders:
        (plain,) = plan_order(order, make_means(store.workspace), batch=None, **WHO)
        assert list(plain.items.values_list("order_item__order", flat=True)) == [order.pk]
        assert order.items.get().quantity_told == 0
    assert set(Notice.objects.values_list("status", flat=True)) == {Notice.Status.NOT_REQUIRED}


def test_a_voided_parcel_that_was_told_hands_each_orders_reference_to_its_next(store):
    orders, carrier = orders_of(store, 2), FakeCarrier()
    bought = label(combine(orders), carrier)
    for notice in Notice.objects.all():
        record_acceptance(notice, request_id="r", now=NOW)
    references = dict(Notice.objects.values_list("order", "package_reference"))
    void_label(bought, carrier, **WHO)

    for order in orders:
        (plain,) = plan_order(fresh(order), make_means(store.workspace), batch=None, **WHO)
        buy_label(fresh(plain), carrier, now=NOW)

    assert dict(Notice.objects.values_list("order", "package_reference")) == references
    assert Notice.objects.filter(is_correction=True, is_orphaned=False).count() == 2


def test_a_combination_is_undone_while_nothing_is_bought(store):
    orders = orders_of(store)
    combine(orders)

    merge_parts(orders[2], **WHO)

    assert not Shipment.objects.exists()
    assert len(combinable(store.workspace, [orders[0].pk])[orders[0].pk]) == 3


def test_the_scan_of_the_parcel_is_news_of_every_order(store):
    orders = orders_of(store, 2)
    bought = label(combine(orders))

    record_scan(bought, at=NOW, code="IT", actor="t", now=NOW)

    for order in orders:
        names = set(store.workspace.events.of_order(order.pk).values_list("name", flat=True))
        assert {"order.combined", "shipment.purchased", "shipment.scanned"} <= names


def test_erasing_any_of_the_orders_empties_the_label(store):
    one, two = orders_of(store, 2)
    label(combine([one, two]))

    assert erase_now(two, why="test", **WHO)

    assert not Document.objects.filter(content__isnull=False).exists()
    assert SearchEntry.objects.filter(order=two).count() == 0


def test_a_held_order_keeps_the_label_of_all_from_being_bought(store):
    orders = orders_of(store, 2)
    shipment = combine(orders)
    plan_parcel(shipment, make_means(store.workspace), batch=None, **WHO)
    hold_order(orders[1], reason="", **WHO)
    carrier = FakeCarrier()

    buy_label(fresh(shipment), carrier, now=NOW)

    assert carrier.sold == []
    assert fresh(shipment).status == Status.DRAFT
    with pytest.raises(CannotPlan) as refusal:
        plan_order(orders[0], make_means(store.workspace), batch=None, **WHO)
    assert refusal.value.problems == ["on_hold"]


def test_other_recipients_other_stores_and_single_orders_are_refused(store):
    one, two = orders_of(store, 2)
    elsewhere = make_order(store, external_id="402-9", recipient=make_address(name="Otro"))
    german = make_store(store.account, DE, "Amazon DE")
    abroad = make_order(german, external_id="402-8")

    for orders, code in (
        ([one], "too_few"),
        ([one, one], "too_few"),
        ([one, elsewhere], "other_place"),
        ([one, abroad], "other_store"),
    ):
        with pytest.raises(Rejected) as refusal:
            combine(orders)
        assert refusal.value.code == code
    assert abroad.pk not in combinable(store.workspace, [one.pk])[one.pk]
    assert combine([one, two, abroad], across_stores=True).companions.count() == 2


def test_nobodys_address_is_looked_at_to_combine(store):
    orders = orders_of(store, 2)
    before = Disclosure.objects.count()

    combinable(store.workspace, [order.pk for order in orders])
    combine(orders)

    assert Disclosure.objects.count() == before
