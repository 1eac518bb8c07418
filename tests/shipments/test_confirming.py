"""Confirming: each parcel is told once, with its own items, and in time."""

from datetime import timedelta

import pytest

from packbench.channels.base import ChannelPackage
from packbench.channels.models import SellerAccount, Store
from packbench.lib.errors import BadCredentials, Rejected, TemporaryError, Throttled
from packbench.orders.models import Order, Status
from packbench.orders.saving import save_orders
from packbench.shipments.buying import buy_label
from packbench.shipments.confirming import send_due_notices
from packbench.shipments.models import Notice
from packbench.shipments.resending import notify_again
from packbench.shipments.verifying import verify_notices
from packbench.shipments.voiding import void_label
from tests.making import ES, NOW, make_channel_order, make_item, make_order, make_store
from tests.shipments.faking import FakeCarrier, FakeChannel
from tests.shipments.test_buying import ready

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=10)


def shipped_order(**changes):
    order = make_order(**changes)
    buy_label(ready(order), FakeCarrier(), now=NOW)
    return Order.objects.get(pk=order.pk)


def send(order, channel, now=NOW):
    return send_due_notices(order.store.account, channel, clock=lambda: now)


def test_a_confirmed_order_is_shipped_and_told_exactly_its_items():
    order, channel = shipped_order(items=(make_item("11", quantity=2),)), FakeChannel()

    send(order, channel)
    send(order, channel)

    [told] = channel.confirmed
    assert told.items == (("11", 2),)
    assert told.package_reference.isdigit()
    assert Order.objects.get(pk=order.pk).status == Status.SHIPPED


def test_a_poll_that_is_minutes_behind_does_not_open_the_order_again():
    order, channel = shipped_order(), FakeChannel()
    send(order, channel)

    stale = make_channel_order(updated_at=NOW)
    save_orders([stale], {ES: order.store}, account=order.store.account, now=NOW)

    assert Order.objects.get(pk=order.pk).status == Status.SHIPPED


def test_an_empty_quota_keeps_the_notice_and_says_when_to_go_on():
    order, channel = shipped_order(), FakeChannel()
    channel.fail_next = Throttled("Wait.", code="throttled", retry_after=7)

    pause = send(order, channel)

    notice = Notice.objects.get()
    assert pause == 7
    assert notice.status == Notice.Status.THROTTLED
    assert notice.next_try_at == NOW + timedelta(seconds=7)


def test_a_refusal_is_kept_for_a_person_and_can_be_sent_again():
    order, channel = shipped_order(), FakeChannel()
    channel.fail_next = Rejected("Unknown item.", code="item_unknown")

    send(order, channel)
    notice = Notice.objects.get()
    assert notice.status == Notice.Status.FAILED
    notify_again(notice, actor="test", now=LATER)
    send(order, channel, now=LATER)

    assert Notice.objects.get().status == Notice.Status.ACCEPTED


def test_a_fault_is_tried_again_later():
    order, channel = shipped_order(), FakeChannel()
    channel.fail_next = TemporaryError("Down.", code="down")

    send(order, channel)
    send(order, channel, now=LATER)

    assert Notice.objects.get().status == Notice.Status.ACCEPTED


def test_a_revoked_authorization_pauses_the_account_and_drops_nothing():
    order, channel = shipped_order(), FakeChannel()
    channel.fail_next = BadCredentials("Authorize again.", code="invalid_grant")

    send(order, channel)

    assert SellerAccount.objects.get().status == SellerAccount.Status.REVOKED
    assert Notice.objects.get().status == Notice.Status.PENDING


class KnowsThePackage(FakeChannel):
    """A channel that shows the package of a notice."""

    def __init__(self, notice):
        super().__init__()
        self.package = ChannelPackage(
            reference=notice.package_reference,
            tracking_number=notice.shipment.tracking_number,
        )

    def fetch_order(self, order_id):
        return make_channel_order(order_id, packages=(self.package,))


def test_a_half_sent_notice_is_looked_up_before_it_is_sent_again():
    order = shipped_order()
    Notice.objects.update(status=Notice.Status.SENDING, claimed_at=NOW)
    channel = KnowsThePackage(Notice.objects.get())

    send(order, channel, now=LATER)

    assert channel.confirmed == []
    assert Notice.objects.get().status == Notice.Status.ACCEPTED


def test_what_amazon_then_shows_verifies_the_notice():
    order, channel = shipped_order(), FakeChannel()
    send(order, channel)
    shown = make_channel_order(
        updated_at=LATER, packages=(KnowsThePackage(Notice.objects.get()).package,)
    )

    save_orders([shown], {ES: order.store}, account=order.store.account, now=LATER)
    Store.objects.update(polled_at=LATER)
    verify_notices(now=LATER)

    assert Notice.objects.get().verified_at == LATER


def test_what_amazon_does_not_show_long_after_is_put_before_a_person():
    order, channel = shipped_order(), FakeChannel()
    send(order, channel)

    Store.objects.update(polled_at=NOW + timedelta(minutes=30))
    verify_notices(now=LATER)
    assert Notice.objects.get().status == Notice.Status.ACCEPTED
    Store.objects.update(polled_at=NOW + timedelta(hours=2))
    verify_notices(now=NOW + timedelta(hours=2))

    assert Notice.objects.get().problem["code"] == "not_shown"


def test_a_label_is_voided_before_amazon_is_told_and_never_while_it_is_being_told():
    carrier = FakeCarrier()
    order = make_order()
    shipment = ready(order)
    buy_label(shipment, carrier, now=NOW)

    void_label(shipment, carrier, actor="test", now=NOW)
    again = ready(order)
    buy_label(again, carrier, now=NOW)
    Notice.objects.filter(shipment=again).update(status=Notice.Status.SENDING)

    with pytest.raises(Rejected, match="being told"):
        void_label(again, carrier, actor="test", now=NOW)
    assert len(carrier.sold) == 1


def test_the_most_urgent_order_is_told_first():
    store, channel = make_store(), FakeChannel()
    for number, hours in (("1", 30), ("2", 5), ("3", 12)):
        shipped_order(store=store, external_id=number, ship_by_at=NOW + timedelta(hours=hours))

    send_due_notices(store.account, channel, clock=lambda: NOW)

    assert [told.order_id for told in channel.confirmed] == ["2", "3", "1"]
