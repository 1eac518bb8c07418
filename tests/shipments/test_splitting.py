"""An order in several parcels: each with its own pieces, its own label, its own notice."""

from datetime import timedelta

import pytest

from packbench.lib.errors import Rejected
from packbench.orders.models import Order
from packbench.orders.models import Status as OrderStatus
from packbench.shipments.batching import create_labels
from packbench.shipments.buying import buy_label
from packbench.shipments.confirming import confirmation_of, record_acceptance
from packbench.shipments.models import Notice, Shipment
from packbench.shipments.planning import CannotPlan, plan_order, plan_parcel
from packbench.shipments.splitting import Part, merge_parts, split_order
from packbench.shipments.status import Status
from packbench.shipments.voiding import void_label
from tests.making import NOW, make_item, make_means, make_order
from tests.shipments.faking import FakeCarrier

pytestmark = pytest.mark.django_db

WHO = {"actor": "ines", "now": NOW}


def an_order(**changes):
    items = (
        make_item("1", quantity=5),
        make_item("2", sku="PLATE", quantity=2, title="Plate"),
    )
    return make_order(items=items, **changes)


def split(order, *parts, **who):
    ids = dict(order.items.values_list("external_id", "pk"))
    wanted = [
        Part({ids[key]: count for key, count in pieces.items()}, at)
        for pieces, at in ((part if isinstance(part, tuple) else (part, None)) for part in parts)
    ]
    return split_order(order, wanted, make_means(order.workspace), **(who or WHO))


def contents(shipment):
    return dict(shipment.items.values_list("order_item__external_id", "quantity"))


def fresh(row):
    if isinstance(row, Shipment):
        return Shipment.objects.with_order().get(pk=row.pk)
    return Order.objects.get(pk=row.pk)


def label(shipment, carrier=None, now=NOW):
    means = make_means(shipment.workspace)
    plan_parcel(shipment, means, batch=None, actor="ines", now=now)
    buy_label(fresh(shipment), carrier or FakeCarrier(), now=now)
    return fresh(shipment)


def test_each_part_has_its_pieces_and_the_rest_is_the_last():
    order = an_order()

    parts = split(order, {"1": 2}, {"1": 1, "2": 2})

    assert [contents(part) for part in parts] == [{"1": 2}, {"1": 1, "2": 2}, {"1": 2}]
    assert {part.status for part in parts} == {Status.DRAFT}
    assert order.workspace.events.filter(name="order.split", order_id=order.pk).exists()


def test_the_parts_weigh_what_is_in_them():
    order = an_order()  # 350 g a piece

    parts = split(order, {"1": 2}, {"1": 1, "2": 2})

    assert [part.weight_g for part in parts] == [700, 1050, 700]
    assert sum(part.weight_g for part in parts) == order.weight_g


def test_each_notice_tells_its_parcels_pieces_only_and_all_of_it_makes_the_order_shipped():
    order = an_order()
    parts = [label(part) for part in split(order, {"1": 2}, {"1": 1, "2": 2})]
    ids = dict(order.items.values_list("external_id", "external_id"))

    said = [confirmation_of(Notice.objects.get(shipment=part)).items for part in parts]

    assert [dict(items) for items in said] == [{"1": 2}, {"1": 1, "2": 2}, {"1": 2}]
    assert ids.keys() == {"1", "2"}
    for part in parts[:2]:
        record_acceptance(Notice.objects.get(shipment=part), request_id="r", now=NOW)
        assert fresh(order).status == OrderStatus.PARTIALLY_SHIPPED
    record_acceptance(Notice.objects.get(shipment=parts[2]), request_id="r", now=NOW)
    assert fresh(order).status == OrderStatus.SHIPPED


def test_an_accepted_first_parcel_does_not_make_the_order_shipped_while_others_are_drafts():
    order = an_order()
    first, _ = split(order, {"1": 2})
    label(first)

    record_acceptance(Notice.objects.get(), request_id="r", now=NOW)

    assert fresh(order).status == OrderStatus.PARTIALLY_SHIPPED


def test_what_remains_waits_with_its_own_ship_by():
    order, later = an_order(), NOW + timedelta(days=9)
    first, last = split(order, ({"1": 5}, None), ({"2": 2}, later))
    assert fresh(order).due_at == order.due_at

    label(first)

    assert fresh(order).due_at == later
    assert Notice.objects.get().deadline_at == order.ship_by_at
    with pytest.raises(CannotPlan) as refusal:
        plan_order(order, make_means(order.workspace), batch=None, **WHO)
    assert refusal.value.problems == ["parts_wait"]
    on_its_day = later - timedelta(hours=3)
    planned = plan_order(
        order, make_means(order.workspace), batch=None, actor="ines", now=on_its_day
    )
    assert [row.pk for row in planned] == [last.pk]


def test_a_later_import_keeps_the_day_of_what_remains():
    order, later = an_order(), NOW + timedelta(days=9)
    first, _ = split(order, ({"1": 5}, None), ({"2": 2}, later))
    label(first)
    items = (make_item("1", quantity=5), make_item("2", sku="PLATE", quantity=2, title="Plate"))

    make_order(order.store, items=items, updated_at=NOW + timedelta(hours=1))

    assert fresh(order).due_at == later
    assert fresh(order).status == OrderStatus.PARTIALLY_SHIPPED


def test_labels_for_the_order_are_labels_for_all_its_parts():
    order = an_order()
    parts = split(order, {"1": 2}, {"2": 2})

    batch = create_labels(order.workspace, [order], make_means(order.workspace), **WHO)

    assert set(batch.shipments.values_list("pk", flat=True)) == {part.pk for part in parts}
    assert batch.refused == []


def test_a_split_is_undone_while_nothing_is_bought():
    order = an_order()
    split(order, {"1": 2}, {"2": 2})

    assert merge_parts(order, **WHO) == 3

    assert not order.shipments.exists()
    (one,) = plan_order(order, make_means(order.workspace), batch=None, **WHO)
    assert contents(one) == {"1": 5, "2": 2}
    with pytest.raises(Rejected) as refusal:
        merge_parts(order, **WHO)
    assert refusal.value.code == "under_way"


def test_what_has_a_label_stays_when_the_rest_is_merged():
    order = an_order()
    first, *_ = split(order, {"1": 2}, {"1": 1}, {"2": 1})
    label(first)

    merge_parts(order, **WHO)

    (rest,) = plan_order(order, make_means(order.workspace), batch=None, **WHO)
    assert contents(rest) == {"1": 3, "2": 2}
    assert fresh(order).status == OrderStatus.PARTIALLY_SHIPPED


def test_splitting_again_puts_the_parts_together_first():
    order = an_order()
    split(order, {"1": 2}, {"2": 2})

    parts = split(order, {"1": 4})

    assert [contents(part) for part in parts] == [{"1": 4}, {"1": 1, "2": 2}]
    assert order.shipments.count() == 2


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ([{"1": 6}, {"2": 1}], "too_many"),
        ([{"1": 3}, {"1": 3}], "too_many"),
        ([{"1": 5, "2": 2}], "nothing_to_split"),
        ([{}], "nothing_to_split"),
    ],
)
def test_no_piece_goes_twice_and_one_parcel_is_no_split(wanted, code):
    order = an_order()

    with pytest.raises(Rejected) as refusal:
        split(order, *wanted)

    assert refusal.value.code == code
    assert not order.shipments.exists()


def test_a_voided_part_frees_its_pieces_alone():
    order, carrier = an_order(), FakeCarrier()
    first, second, _ = split(order, {"1": 2}, {"2": 2})
    bought = label(first, carrier)

    void_label(bought, carrier, **WHO)

    assert fresh(order).status == OrderStatus.AWAITING_SHIPMENT
    planned = plan_order(order, make_means(order.workspace), batch=None, **WHO)
    assert sorted(str(contents(row)) for row in planned) == ["{'1': 2}", "{'1': 3}", "{'2': 2}"]
    assert second.pk in {row.pk for row in planned}


def test_parts_of_an_order_that_the_store_reduced_are_refused_with_what_to_do():
    order = an_order()
    first, _ = split(order, {"1": 4})
    order.items.filter(external_id="1").update(quantity=3)

    with pytest.raises(CannotPlan) as refusal:
        plan_parcel(first, make_means(order.workspace), batch=None, **WHO)

    assert refusal.value.problems == ["parts_outdated"]


def test_an_order_of_an_own_shop_is_shipped_with_its_last_label_only():
    order = an_order()
    order.store.__class__.objects.filter(pk=order.store_id).update(account=None, marketplace_id="")
    first, last = split(fresh(order), {"1": 2})

    label(first)
    assert fresh(order).status == OrderStatus.PARTIALLY_SHIPPED

    label(last)
    assert fresh(order).status == OrderStatus.SHIPPED
