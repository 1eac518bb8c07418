"""Buyers of shops outside Amazon are told once that their parcel went; Amazon's never."""

from datetime import timedelta

import pytest

from packbench.accounts.mailing import post
from packbench.channels.base import Buyer
from packbench.channels.connecting import add_own_shop
from packbench.events.models import Event
from packbench.lib.errors import Rejected, RemoteError
from packbench.orders.models import Order
from packbench.orders.saving import save_orders
from packbench.orders.weighing import weigh_products
from packbench.shipments.buying import buy_label
from packbench.shipments.erasing import erase_now
from packbench.shipments.message_rows import BuyerMessage, StoreMessages
from packbench.shipments.messaging import (
    PATIENCE,
    due_messages,
    plan_messages,
    send_message,
    settle_messages,
    switch_messages,
)
from packbench.shipments.models import Shipment
from packbench.shipments.planning import plan_shipment
from packbench.shipments.status import Status
from tests.making import (
    NOW,
    make_address,
    make_channel_order,
    make_item,
    make_means,
    make_order,
    make_store,
    make_workspace,
)
from tests.posting import MailServer, use
from tests.shipments.faking import FakeCarrier
from tests.shipments.test_buying import fresh

pytestmark = pytest.mark.django_db
LATER = NOW + PATIENCE


@pytest.fixture
def server(settings):
    with MailServer() as server:
        yield use(server, settings)


@pytest.fixture
def shop(server):
    shop = make_shop()
    switch_messages(shop, is_on=True, actor="test", now=NOW)
    return shop


def make_shop():
    return add_own_shop(
        make_workspace(),
        name="Laden",
        currency="EUR",
        time_zone="Europe/Berlin",
        actor="test",
        now=NOW,
    )


def sold(store, number="1001", email="jo@example.com", country="DE"):
    order = make_channel_order(
        number,
        marketplace_id=store.marketplace_id,
        buyer=Buyer(name="Jo Blum", email=email),
        recipient=make_address(country=country),
        items=(make_item(number),),
    )
    save_orders([order], {store.marketplace_id: store}, account=store.account, now=NOW)
    weigh_products(store.workspace, {order.items[0].sku: 300}, actor="test", now=NOW)
    return Order.objects.get(store=store, external_id=number)


def shipped(order):
    means = make_means(order.workspace)
    row = plan_shipment(order, means, batch=None, actor="test", now=NOW)
    buy_label(fresh(row), FakeCarrier(), now=NOW)
    return Shipment.objects.get(pk=row.pk)


def send_due(now=LATER):
    plan_messages(now=now)
    for row in due_messages(now=now):
        try:
            send_message(row.pk, clock=lambda: now)
        except RemoteError:
            continue


@pytest.mark.parametrize(
    ("country", "word"), [("DE", "de"), ("FR", "fr"), ("ES", "es"), ("IT", "it"), ("SE", "en")]
)
def test_the_buyer_hears_of_the_parcel_once_in_the_countrys_language(shop, server, country, word):
    parcel = shipped(sold(shop, country=country))

    send_due(LATER - timedelta(seconds=1))
    assert server.letters == []
    send_due()
    send_due(LATER + timedelta(minutes=5))

    ((address, subject, text, html),) = server.texts()
    assert address == "jo@example.com"
    assert "1001" in subject
    assert parcel.tracking_number in text
    assert parcel.tracking_number in html
    assert f'lang="{word}"' in html
    assert BuyerMessage.objects.get().status == "sent"
    assert Event.objects.filter(name="buyer.written", actor="packbench").count() == 1


def test_no_order_of_amazons_is_ever_written_about(server):
    store = make_store()
    with pytest.raises(Rejected) as refusal:
        switch_messages(store, is_on=True, actor="test", now=NOW)
    assert refusal.value.code == "amazon_writes"
    StoreMessages.objects.create(store=store, since=NOW, changed_by="test")  # by hand
    shipped(make_order(store))

    send_due()

    assert server.letters == []
    assert BuyerMessage.objects.get().problem["code"] == "amazon_writes"


@pytest.mark.parametrize(
    "email",
    ["x1@marketplace.amazon.de", "X2@Marketplace.Amazon.co.uk", "x3@a.marketplace.amazon.fr"],
)
def test_an_address_of_amazons_relay_is_never_written_to_whatever_brought_it(shop, server, email):
    shipped(sold(shop, email=email))

    send_due()

    assert server.lines == []
    assert BuyerMessage.objects.get().problem["code"] == "relay"


def test_the_last_door_refuses_the_relay_too(server):
    with pytest.raises(Rejected):
        post("a@Marketplace.Amazon.es", subject="s", text="t", html="h", key="msg_1")

    assert server.lines == []


def test_nobody_is_written_to_without_an_address_or_after_the_erasure(shop, server):
    shipped(sold(shop, email=""))
    order = sold(shop, "1002")
    shipped(order)
    plan_messages(now=LATER)
    erase_now(order, why="buyer", actor="test", now=NOW)

    send_due()

    assert server.lines == []
    codes = {row.problem["code"] for row in BuyerMessage.objects.all()}
    assert codes == {"no_address"}


def test_a_voided_label_and_a_shop_that_was_turned_off_tell_nobody(shop, server):
    parcel = shipped(sold(shop))
    plan_messages(now=LATER)
    Shipment.objects.filter(pk=parcel.pk).update(status=Status.VOIDED)
    send_due()
    assert BuyerMessage.objects.get().problem["code"] == "not_sent_out"
    shipped(sold(shop, "1002"))

    switch_messages(shop, is_on=False, actor="test", now=NOW)
    send_due()

    assert server.lines == []
    assert BuyerMessage.objects.count() == 1


def test_parcels_from_before_it_was_turned_on_are_no_news(server):
    shop = make_shop()
    shipped(sold(shop))
    switch_messages(shop, is_on=True, actor="test", now=NOW + timedelta(minutes=1))

    send_due(LATER + timedelta(hours=1))

    assert server.letters == []


def test_a_busy_server_is_asked_again_and_a_lost_answer_never(shop, server):
    shipped(sold(shop))
    server.answers = {"DATA": "451 later"}
    send_due()
    assert BuyerMessage.objects.get().status == "pending"

    server.hangs_up_after_data = True
    send_due(LATER + timedelta(minutes=2))

    assert BuyerMessage.objects.get().status == "unknown"
    server.hangs_up_after_data, count = False, len(server.letters)
    send_due(LATER + timedelta(days=1))
    assert len(server.letters) == count


def test_what_a_dead_worker_left_is_not_sent_again(shop, server):
    shipped(sold(shop))
    plan_messages(now=LATER)
    BuyerMessage.objects.update(status="sending", claimed_at=LATER)

    settle_messages(now=LATER + timedelta(hours=1))
    send_due(LATER + timedelta(hours=1))

    assert BuyerMessage.objects.get().status == "unknown"
    assert server.letters == []


def test_without_a_mail_server_nothing_is_turned_on(settings):
    settings.EMAIL_HOST = ""
    shop = make_shop()

    with pytest.raises(Rejected) as refusal:
        switch_messages(shop, is_on=True, actor="test", now=NOW)

    assert refusal.value.code == "no_mail_server"
