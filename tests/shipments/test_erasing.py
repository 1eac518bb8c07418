"""Erasing: what is due goes for good, whole and once; what is needed stays until it is not."""

import logging
import subprocess
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, connections, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from packbench.carriers.base import Feature
from packbench.channels.base import Buyer, OrderStatus
from packbench.channels.models import Store
from packbench.channels.revoking import revoke_account
from packbench.events.models import Event
from packbench.lib.errors import Rejected
from packbench.orders.expiring import Reason
from packbench.orders.jobs import erase_account, sweep_revoked
from packbench.orders.models import Order, OrderItem, Status
from packbench.orders.refetching import readdress_order
from packbench.orders.retaining import change_retention
from packbench.orders.saving import save_orders
from packbench.privacy.fields import SealedField
from packbench.privacy.keystore import key_store
from packbench.privacy.models import DataKey, Disclosure, Retention, Sanitization, Sweep
from packbench.privacy.revealing import record_disclosure, reveal
from packbench.shipments.buying import buy_label
from packbench.shipments.confirming import record_acceptance
from packbench.shipments.erasing import erase_now, erase_slice, sweep_due
from packbench.shipments.expiring import begin_reckoning, set_clock
from packbench.shipments.models import Document, Label, Shipment
from packbench.shipments.planning import CannotPlan, plan_shipment
from packbench.shipments.settling import settle_doubt
from packbench.shipments.status import Status as ShipmentStatus
from packbench.shipments.voiding import void_label
from tests.making import (
    NOW,
    ItemNotes,
    make_account,
    make_address,
    make_channel_order,
    make_item,
    make_means,
    make_order,
    make_store,
    make_workspace,
)
from tests.shipments.faking import FakeCarrier
from tests.shipments.rated import RatedCarrier, make_rated
from tests.shipments.test_buying import fresh, ready

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
CANARY = "Xanthippe Quexwold"
# What sealed columns hold, and whose end it is. A new one is named here, and erased or not.
OF_BUYERS = {
    "orders_order.recipient",
    "orders_order.buyer",
    "orders_order.latin_address",
    "orders_order.own_address",
    "orders_order.details",
    "orders_ordernote.text",
    "orders_customization.details",
    "orders_custompicture.content",
    "orders_orderitem.notes",
    "shipments_document.content",
    "shipments_label.ticket",
    "shipments_parcelphoto.content",
    "shipments_manifest.form",  # by a key of its own, which ends with its first order
    "shipments_returnlabel.content",
    "shipments_returnlabel.ticket",
}
# Files on their way in have keys of their own, which end within a day (orders/uploading.py).
OF_FILES = {"orders_upload.content", "orders_upload.samples"}
OF_SELLERS = {
    "accounts_secondfactor.secret",  # of who signs in
    "carriers_carrieraccount.push_secret",
    "carriers_carrieraccount.secrets",
    "channels_application.client_secret",
    "channels_authorizationattempt.client_secret",
    "channels_hintqueue.secret",
    "channels_selleraccount.refresh_token",
    "privacy_blindingkey.secret",
    "orders_search.text",  # of whoever searched: forgotten after a day
    "shipments_storelink.secret",
}


def at(moment):
    """A sweep whose clock stands still; nothing is known of an earlier one."""
    Sweep.objects.filter(workspace_id="").delete()
    return sweep(moment)


def sweep(moment):
    return sweep_due(clock=lambda: moment)


def end_of(order):
    row = Order.objects.get(pk=order.pk)
    return row.erase_at, row.erase_reason


@pytest.fixture
def tracked(monkeypatch):
    """The services of the workspace's own carrier track their parcels."""
    from packbench.carriers.base import Service

    service = Service(code="standard", name="Standard", channel_code="DHL")
    monkeypatch.setattr("packbench.shipments.expiring.service_of", lambda *_: service)


def bought(order=None, *, now=NOW, carrier=None):
    shipment = ready(order)
    buy_label(shipment, carrier or FakeCarrier(), now=now)
    return fresh(shipment)


# The clock, written down.


def test_an_imported_order_ends_14_days_later_whatever_becomes_of_it_elsewhere():
    store = make_store()
    open_order = make_order(store, external_id="1")
    shipped = make_order(store, external_id="2", status=OrderStatus.SHIPPED)
    cancelled = make_order(store, external_id="3", status=OrderStatus.CANCELLED)

    ends = {end_of(order) for order in (open_order, shipped, cancelled)}

    assert ends == {(NOW + 14 * DAY, "not_shipped")}


def test_a_later_import_does_not_put_the_end_off():
    order = make_order()
    later = make_channel_order(order.external_id, updated_at=NOW + DAY)

    save_orders(
        [later],
        {order.store.marketplace_id: order.store},
        account=order.store.account,
        now=NOW + 3 * DAY,
    )

    assert end_of(order) == (NOW + 14 * DAY, "not_shipped")


def test_a_brokers_parcel_is_tracked_though_only_its_rates_name_services(monkeypatch):
    monkeypatch.setattr(RatedCarrier, "features", frozenset({Feature.TRACKING}))
    order = make_order()
    post = make_rated(order.workspace)
    means = replace(make_means(order.workspace), carrier_account=post, service="usps_ground")
    shipment = plan_shipment(order, means, batch=None, actor="test", now=NOW)

    buy_label(fresh(shipment), FakeCarrier(), now=NOW)

    assert end_of(order) == (NOW + 44 * DAY, "labeled")


def test_an_untracked_shipment_ends_30_days_after_it_was_planned():
    shipment = bought(now=NOW + timedelta(minutes=5))

    assert end_of(shipment.order) == (NOW + 30 * DAY, "untracked")


def test_a_tracked_label_ends_44_days_later_and_30_days_after_the_store_was_told(tracked):
    shipment = bought(now=NOW + timedelta(minutes=5))
    assert end_of(shipment.order) == (NOW + timedelta(minutes=5) + 44 * DAY, "labeled")

    record_acceptance(shipment.notices.get(), request_id="r", now=NOW + 2 * DAY)

    assert end_of(shipment.order) == (NOW + timedelta(minutes=5) + 30 * DAY, "shipped")


def test_a_delivery_brings_the_end_forward(tracked):
    shipment = bought()
    Shipment.objects.filter(pk=shipment.pk).update(delivered_at=NOW + 4 * DAY)

    set_clock(shipment.order_id, now=NOW + 4 * DAY)

    assert end_of(shipment.order) == (NOW + 34 * DAY, "delivered")


def test_a_voided_label_gives_the_order_back_its_14_days():
    carrier = FakeCarrier()
    shipment = bought(carrier=carrier)

    void_label(shipment, carrier, actor="test", now=NOW + DAY)

    assert end_of(shipment.order) == (NOW + 14 * DAY, "not_shipped")


def test_a_refused_label_gives_the_order_back_its_14_days():
    order, carrier = make_order(), FakeCarrier()
    carrier.fail_next = Rejected("No such street.", code="address")

    bought(order, carrier=carrier)

    assert end_of(order) == (NOW + 14 * DAY, "not_shipped")


def test_the_last_of_two_parcels_decides():
    order = make_order(items=(make_item(quantity=2),))
    first = ready(order)
    first.items.update(quantity=1)
    buy_label(first, FakeCarrier(), now=NOW)

    plan_shipment(order, make_means(order.workspace), batch=None, actor="t", now=NOW + 9 * DAY)

    assert end_of(order) == (NOW + 39 * DAY, "untracked")


def test_fewer_days_hold_for_all_orders_after_a_sweep_and_more_than_the_policy_are_refused():
    order = make_order()
    change_retention(order.workspace, {"not_shipped_days": 5}, actor="ines", now=NOW)

    at(NOW + SECOND)

    assert end_of(order) == (NOW + 5 * DAY, "not_shipped")
    assert Retention.objects.get().reckoned_to is None
    with pytest.raises(Rejected):
        change_retention(order.workspace, {"not_shipped_days": 15}, actor="ines", now=NOW)


def test_new_orders_follow_the_workspaces_days():
    store = make_store()
    change_retention(store.workspace, {"backup_days": 7}, actor="ines", now=NOW)

    assert end_of(make_order(store)) == (NOW + 7 * DAY, "not_shipped")


def test_the_database_takes_no_days_beyond_the_policy():
    with pytest.raises(DatabaseError), transaction.atomic():
        Retention.objects.create(workspace_id="wsp_1", delivered_days=31, changed_at=NOW)


def test_a_sweep_repairs_clocks_that_are_missing_and_those_of_a_time_that_never_was():
    store = make_store()
    lost, ahead = (make_order(store, external_id=number) for number in ("1", "2"))
    Order.objects.filter(pk=lost.pk).update(erase_at=None, erase_reason="")
    Order.objects.filter(pk=ahead.pk).update(erase_at=NOW + 60 * DAY)
    DataKey.objects.filter(pk=ahead.key_id).update(created_at=NOW + 46 * DAY)

    at(NOW)

    assert end_of(lost) == end_of(ahead) == (NOW + 14 * DAY, "not_shipped")


def test_once_a_day_every_clock_is_set_anew():
    order = make_order()
    Order.objects.filter(pk=order.pk).update(erase_at=NOW + 20 * DAY)

    begin_reckoning(now=NOW)
    at(NOW)

    assert end_of(order) == (NOW + 14 * DAY, "not_shipped")


def test_an_order_whose_key_a_restore_did_not_bring_back_is_erased_as_such():
    order = make_order()
    DataKey.destroy([order.key_id], now=NOW)

    at(NOW + SECOND)

    assert Sanitization.objects.get().rule == "key_gone"
    assert Order.objects.get().problems == ["erased"]


# What goes, and what stays.


def make_canary(store=None, **changes):
    return make_order(
        store,
        buyer=Buyer(name=CANARY, email="qx@marketplace.amazon.es", purchase_order_number="PO-7781"),
        recipient=make_address(name=CANARY, line1="Zyzzyva Lane 99417"),
        items=(make_item(is_gift=True, notes=ItemNotes(gift_message=f"From {CANARY}")),),
        **changes,
    )


def sealed_of(order):
    """All ciphertexts that the order's key made, as the database shows them."""
    row = Order.objects.get(pk=order.pk)
    values = [row.recipient, row.buyer]
    values += OrderItem.objects.filter(order=row).values_list("notes", flat=True)
    files = Document.objects.filter(label__shipment__order=row)
    values += files.values_list("content", flat=True)
    return [value.ciphertext.hex() for value in values if value is not None]


def stored_bytes():
    """What the key store's files hold.

    Another process reads them: closing them here would end this one's locks, which keep others
    that write to the store from damaging it.
    """
    path = key_store().path
    files = sorted(path.parent.glob(f"{path.name}*"))
    return subprocess.run(["cat", *files], capture_output=True, check=True, timeout=60).stdout


def dump():
    from tests.test_privacy import everything_in_the_database

    return everything_in_the_database()


def test_to_the_second_nothing_goes_before_and_everything_after():
    order = make_canary()

    assert at(NOW + 14 * DAY - SECOND) == 0
    assert reveal(order, "recipient", order.key).name == CANARY
    assert at(NOW + 14 * DAY) == 1

    row = Order.objects.select_related("key").get()
    assert (row.recipient, row.buyer, row.has_address) == (None, None, False)
    assert not row.key.is_alive
    assert row.erased_at == row.key.destroyed_at == NOW + 14 * DAY
    assert OrderItem.objects.get().notes is None


def test_nothing_that_was_sealed_is_left_in_any_table_nor_a_canary_in_a_log(caplog):
    caplog.set_level(logging.DEBUG)
    order = make_canary()
    Order.objects.filter(pk=order.pk).update(hold_reason=CANARY, custom_field2="PO-7781")
    shipment = bought(order)
    secrets, key = sealed_of(order), key_store().get(order.key_id).wrapped
    before = dump()
    assert len(secrets) == 4
    assert all(secret in before for secret in secrets)  # the control
    assert key.hex() not in before
    assert key in stored_bytes()
    assert CANARY in before
    assert "PO-7781" in before

    at(NOW + 30 * DAY)

    after = dump()
    assert not [secret for secret in (*secrets, CANARY, "PO-7781") if secret in after]
    assert key not in stored_bytes()
    assert all(word not in caplog.text for word in (CANARY, "PO-7781", "Zyzzyva"))
    assert Document.objects.get().label.shipment_id == shipment.pk


def test_the_place_the_items_and_the_other_custom_fields_stay():
    order = make_canary()
    fields = {"custom_field1": "SELLER-9", "custom_field3": "PO-7781/2"}
    Order.objects.filter(pk=order.pk).update(**fields)

    at(NOW + 14 * DAY)

    row = Order.objects.get()
    place = (row.ship_to_city, row.ship_to_state, row.ship_to_postal_code, row.ship_to_country)
    assert place == ("Valencia", "Valencia", "46001", "ES")
    assert (row.custom_field1, row.custom_field3) == ("SELLER-9", "")
    assert row.items.get().title == "Blue mug, 330 ml"


def test_each_erasure_leaves_a_record_and_an_event_without_personal_data():
    order = make_canary()
    bought(order)
    record_disclosure("w", [order.pk], ["recipient"], actor="ines", reason="order", now=NOW)
    looks = Disclosure.objects.count()

    at(NOW + 30 * DAY + SECOND)

    record = Sanitization.objects.get()
    assert (record.order_id, record.number, record.key_id) == (
        order.pk,
        order.external_id,
        order.key_id,
    )
    assert (record.rule, record.items, record.documents) == ("untracked", 1, 1)
    assert (record.due_at, record.erased_at) == (NOW + 30 * DAY, NOW + 30 * DAY + SECOND)
    assert Event.objects.get(name="order.erased").data == {"rule": "untracked"}
    assert Disclosure.objects.count() == looks


def test_nobody_changes_or_deletes_a_record():
    make_order()
    at(NOW + 14 * DAY)

    for change in (lambda rows: rows.update(rule="x"), lambda rows: rows.delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change(Sanitization.objects.all())


def test_a_sweep_that_runs_again_finds_nothing_and_records_nothing():
    make_order()

    assert [at(NOW + 14 * DAY), at(NOW + 14 * DAY)] == [1, 0]
    assert Sanitization.objects.count() == 1


def test_every_sealed_column_has_its_end():
    sealed = {
        field.place
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, SealedField)
    }

    assert sealed == OF_BUYERS | OF_FILES | OF_SELLERS


def test_slices_are_bounded_and_a_sweep_does_all_of_them():
    store = make_store()
    for number in range(5):
        make_order(store, external_id=str(number))

    first = erase_slice(now=NOW + 14 * DAY, most=2)

    assert len(first) == 2
    assert at(NOW + 14 * DAY) == 3
    assert Sweep.objects.get(workspace_id=store.workspace_id).erased == 3


# What is still needed.


def test_an_erased_order_that_waits_gets_no_label_and_says_why():
    order = make_order()
    at(NOW + 14 * DAY)

    with pytest.raises(CannotPlan) as refusal:
        plan_shipment(order, make_means(order.workspace), batch=None, actor="t", now=NOW)

    assert refusal.value.problems == ["erased"]


@pytest.mark.parametrize("status", [OrderStatus.AWAITING_SHIPMENT, OrderStatus.SHIPPED])
def test_an_import_does_not_bring_erased_data_back(status):
    order = make_canary()
    at(NOW + 14 * DAY)
    seen = make_channel_order(
        order.external_id,
        status=status,
        updated_at=NOW + 15 * DAY,
        recipient=make_address(name=CANARY),
        buyer=Buyer(name=CANARY, purchase_order_number="PO-7781"),
    )
    store = order.store
    Store.objects.filter(pk=store.pk).update(custom_fields=["purchase_order_number", "", ""])

    save_orders([seen], {store.marketplace_id: store}, account=store.account, now=NOW + 15 * DAY)

    row = Order.objects.get()
    assert (row.recipient, row.buyer, row.has_address, row.custom_field1) == (None, None, False, "")
    assert row.items.get().notes is None
    assert row.status == status.value
    assert row.problems == (["erased"] if status is OrderStatus.AWAITING_SHIPMENT else [])
    assert row.erased_at == NOW + 14 * DAY


class Amazon:
    """Shows one order."""

    def __init__(self, **changes):
        self.changes = changes

    def fetch_order(self, order_id):
        return make_channel_order(order_id, **self.changes)


def test_the_address_is_fetched_again_under_a_new_key_and_with_a_clock_of_its_own():
    order, again = make_order(), NOW + 20 * DAY
    at(NOW + 14 * DAY)

    assert readdress_order(order, Amazon(), actor="ines", now=again)

    row = Order.objects.select_related("key__parent").get()
    assert row.key_id != order.key_id
    assert reveal(row, "recipient", row.key).name == "Lucía Ferrer"
    assert row.problems == []
    assert (row.erased_at, row.erase_at) == (None, again + 14 * DAY)
    assert not readdress_order(row, Amazon(), actor="ines", now=again)
    assert at(again + 14 * DAY) == 1
    assert Sanitization.objects.filter(order_id=row.pk).count() == 2


def test_an_order_of_which_nothing_is_left_to_ship_is_not_fetched_again():
    order = make_order()
    at(NOW + 14 * DAY)

    with pytest.raises(Rejected):
        readdress_order(
            order,
            Amazon(status=OrderStatus.SHIPPED, updated_at=NOW + DAY),
            actor="ines",
            now=NOW + 15 * DAY,
        )

    row = Order.objects.get()
    assert (row.status, row.recipient) == (Status.SHIPPED, None)


def test_a_request_waits_for_a_purchase_that_is_under_way_for_a_day_at_most():
    order, carrier = make_order(), FakeCarrier()
    carrier.lose_next_answer = True
    shipment = bought(order, carrier=carrier)
    assert shipment.status == ShipmentStatus.UNKNOWN

    assert not erase_now(order, why="buyer", actor="ines", now=NOW)
    assert at(NOW + SECOND) == 0
    settle_doubt(shipment, carrier, now=NOW + timedelta(minutes=1))
    assert at(NOW + timedelta(minutes=2)) == 1
    assert Label.objects.get().status == Label.Status.PURCHASED

    other = make_order(order.store, external_id="2")
    Shipment.objects.filter(pk=ready(other).pk).update(status=ShipmentStatus.UNKNOWN)
    erase_now(other, why="buyer", actor="ines", now=NOW)
    assert at(NOW + DAY) == 1


def test_a_label_that_was_sold_while_the_data_was_erased_counts_without_its_file():
    shipment, carrier = ready(), FakeCarrier()

    class Slow(FakeCarrier):
        def buy(self, request):
            Order.objects.update(erase_at=NOW)
            assert len(erase_slice(now=NOW)) == 1
            return carrier.buy(request)

    buy_label(shipment, Slow(), now=NOW)

    assert fresh(shipment).status == ShipmentStatus.PURCHASED
    assert Document.objects.get().content is None
    assert shipment.notices.count() == 1


def test_a_doubt_whose_address_is_gone_is_a_persons_to_settle():
    shipment, carrier = ready(), FakeCarrier()
    carrier.lose_next_answer = True
    buy_label(shipment, carrier, now=NOW)
    Order.objects.update(erase_at=NOW)
    erase_slice(now=NOW)

    settle_doubt(fresh(shipment), carrier, now=NOW + timedelta(minutes=10))

    assert fresh(shipment).problem["code"] == "nobody_knows"
    assert len(carrier.sold) == 1


def test_a_persons_request_erases_at_once_and_only_once():
    order = make_order()

    assert erase_now(order, why="buyer", actor="ines", now=NOW)

    assert Sanitization.objects.get().actor == "ines"
    assert Event.objects.get(name="erasure.requested").data == {"why": "buyer"}
    with pytest.raises(Rejected):
        erase_now(order, why="buyer", actor="ines", now=NOW)


def test_a_revoked_accounts_orders_are_due_at_once_and_no_others():
    workspace = make_workspace()
    gone, kept = (
        make_store(make_account(workspace, seller_id=seller), name=seller)
        for seller in ("A1", "A2")
    )
    orders = [make_order(gone, external_id=str(number)) for number in range(3)]
    other = make_order(kept)

    erase_account(account_id=gone.account_id)
    bought(other)
    begin_reckoning(now=NOW)
    at(Order.objects.filter(store=gone).latest("erase_at").erase_at)

    assert set(Sanitization.objects.values_list("order_id", "rule")) == {
        (order.pk, "revoked") for order in orders
    }
    assert Order.objects.get(pk=other.pk).erased_at is None


def test_what_still_came_in_while_an_account_was_revoked_is_erased_as_well():
    """An answer of Amazon was on its way; and a job may be lost."""
    gone, kept = make_store(make_account()), make_store(make_account(make_workspace("Elsewhere")))
    make_order(gone)
    revoke_account(gone.account, actor="test", now=NOW)
    erase_account(account_id=gone.account_id)
    ProcrastinateJob.objects.all().delete()
    late, other = make_order(gone, external_id="402-9"), make_order(kept)

    for _ in range(2):
        sweep_revoked(timestamp=0)
        for job in ProcrastinateJob.objects.filter(task_name="orders.erase_account"):
            erase_account(**job.args)
    waiting = ProcrastinateJob.objects.count()
    ProcrastinateJob.objects.all().delete()
    sweep_revoked(timestamp=0)

    assert Order.objects.get(pk=late.pk).erase_reason == Reason.REVOKED
    assert Order.objects.get(pk=other.pk).erase_reason != Reason.REVOKED
    assert (waiting, ProcrastinateJob.objects.count()) == (1, 0)


def test_an_account_that_is_connected_again_before_the_job_ran_keeps_its_new_orders():
    store = make_store()
    old = make_order(store)
    revoke_account(store.account, actor="test", now=NOW)
    make_account(store.workspace)  # the same seller again
    new = make_order(store, external_id="402-9")
    Order.objects.filter(pk=new.pk).update(imported_at=NOW + SECOND)

    erase_account(account_id=store.account_id)

    ended = Order.objects.filter(erase_reason=Reason.REVOKED)
    assert list(ended.values_list("pk", flat=True)) == [old.pk]


def test_a_clock_that_leapt_erases_nothing_before_it_has_gone_steadily():
    make_order()
    sweep(NOW)

    assert sweep(NOW + 40 * DAY) == 0
    assert sweep(NOW + 40 * DAY + timedelta(minutes=59)) == 0
    assert sweep(NOW) == 0
    assert sweep(NOW + timedelta(minutes=61)) == 0
    assert Sanitization.objects.count() == 0
    assert sweep(NOW + 3 * DAY) == sweep(NOW + 6 * DAY) == sweep(NOW + 9 * DAY) == 0
    assert sweep(NOW + 12 * DAY) == 0
    assert sweep(NOW + 14 * DAY) == 1


# Several workers, and the end of one in the middle.


@pytest.mark.django_db(transaction=True)
def test_several_workers_erase_each_order_once():
    store = make_store()
    for number in range(60):
        make_order(store, external_id=str(number), weight_g=None)
    errors = []

    def work():
        try:
            while erase_slice(now=NOW + 14 * DAY, most=7):
                pass
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)

    assert errors == []
    assert Order.objects.filter(erased_at__isnull=True).count() == 0
    assert Sanitization.objects.count() == Event.objects.filter(name="order.erased").count() == 60


@pytest.mark.parametrize(
    "place",
    ["_empty_custom_fields", "DataKey.destroy", "_empty_documents", "copy_rows", "record_all"],
)
@pytest.mark.django_db(transaction=True)
def test_a_worker_that_dies_in_the_middle_leaves_nothing_half_erased(monkeypatch, place):
    order = make_canary()
    bought(order)

    class Dead(BaseException):
        pass

    def die(*_, **__):
        raise Dead

    where = {
        "_empty_custom_fields": "packbench.orders.erasing._empty_custom_fields",
        "DataKey.destroy": "packbench.privacy.models.DataKey.destroy",
    }.get(place, f"packbench.shipments.erasing.{place}")
    with monkeypatch.context() as patch:
        patch.setattr(where, die)
        with pytest.raises(Dead):
            at(NOW + 30 * DAY)
    connection.close()

    row = Order.objects.select_related("key__parent").get()
    assert (row.erased_at, Sanitization.objects.count()) == (None, 0)
    came_far = place in ("_empty_documents", "copy_rows", "record_all")
    shown = reveal(row, "recipient", row.key)  # the key store knows no way back
    assert shown is None if came_far else shown.name == CANARY
    assert at(NOW + 30 * DAY) == 1
    assert sealed_of(row) == []
    assert Sanitization.objects.get().documents == 1
