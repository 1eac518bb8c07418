"""Changes that Amazon announces to the seller's own queue, on real HTTP with real signatures."""

import json

import pytest

from packbench.channels.base import QueueAccess
from packbench.channels.leads import HintQueue, Lead
from packbench.channels.models import SellerAccount
from packbench.channels.registry import open_queue
from packbench.channels.revoking import revoke_account
from packbench.channels.subscribing import remove_queue, save_queue
from packbench.lib.errors import BadCredentials, Rejected
from packbench.orders import listening
from packbench.orders.listening import due_queues, listen
from packbench.orders.models import Order
from packbench_sandbox.queueing import EXAMPLE, KEY_ID, SECRET, send

pytestmark = pytest.mark.django_db

ARN = "arn:aws:sqs:eu-west-1:123456789012:packbench-orders"


@pytest.fixture
def queue(shop):
    return save(shop)


def save(shop, **changes):
    access = QueueAccess(**{"url": EXAMPLE, "key_id": KEY_ID, "secret": SECRET, **changes})
    return save_queue(shop._fresh(), access, actor="test", now=shop.now)


def hear(shop):
    queue = HintQueue.objects.get()
    HintQueue.objects.update(next_read_at=shop.now)
    return listen(queue.pk, open_queue, clock=shop.clock)


def messages_left(shop):
    ledger = shop.sandbox.ledger
    return ledger.count("message.sent") - ledger.count("message.deleted")


def is_here(number):
    return Order.objects.filter(external_id=number).exists()


def test_an_announced_order_is_here_without_a_poll(shop, queue):
    number = shop.sandbox.world.create_order("europe", country="ES").id
    shop.sandbox.announce(number)
    pages = shop.calls("searchOrders")

    hear(shop)
    shop.work_until(lambda: is_here(number))

    assert shop.calls("searchOrders") == pages
    assert messages_left(shop) == 0
    assert HintQueue.objects.get().heard_count == 1


def test_the_content_of_a_message_is_not_believed(shop, queue):
    order = shop.sandbox.world.create_order("europe", country="ES")
    change = {"SellerId": order.seller_id, "AmazonOrderId": order.id}
    lie = {**change, "Summary": {"OrderStatus": "Canceled", "OrderItems": []}}
    body = {"NotificationType": "ORDER_CHANGE", "Payload": {"OrderChangeNotification": lie}}
    send(shop.sandbox, ARN, json.dumps(body))

    hear(shop)
    shop.work_until(lambda: is_here(order.id))

    assert Order.objects.get(external_id=order.id).status == "awaiting_shipment"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        '{"Payload": 7}',
        '{"Payload": {"OrderChangeNotification": {"SellerId": "A"}}}',
    ],
)
def test_a_message_that_says_nothing_is_deleted_and_stops_nothing(shop, queue, body):
    number = shop.sandbox.world.create_order("europe", country="ES").id
    send(shop.sandbox, ARN, body)
    shop.sandbox.announce(number)

    hear(shop)

    assert Lead.objects.get().external_id == number
    assert messages_left(shop) == 0


def test_another_sellers_order_is_nobodys_here(shop, queue):
    change = {"SellerId": "A0SOMEBODYELSE", "AmazonOrderId": "402-1234567-1234567"}
    body = {"NotificationType": "ORDER_CHANGE", "Payload": {"OrderChangeNotification": change}}
    send(shop.sandbox, ARN, json.dumps(body))

    hear(shop)

    assert not Lead.objects.exists()
    assert messages_left(shop) == 0


def test_a_worker_killed_before_deleting_loses_no_message(shop, queue, monkeypatch):
    number = shop.sandbox.world.create_order("europe", country="ES").id
    shop.sandbox.announce(number)

    class Killed(BaseException):
        pass

    def die(*_, **__):
        raise Killed

    with monkeypatch.context() as broken:
        broken.setattr(listening, "note_leads", die)
        with pytest.raises(Killed):
            hear(shop)
    assert not Lead.objects.exists()
    shop.pass_time(180)  # the claim ends, and the queue shows the message again
    hear(shop)

    assert Lead.objects.get().external_id == number
    assert messages_left(shop) == 0


def test_many_messages_are_taken_in_bounded_bites(shop, queue, monkeypatch):
    monkeypatch.setattr(listening, "MOST_ROUNDS", 2)
    for _ in range(25):
        shop.sandbox.announce(shop.sandbox.world.create_order("europe", country="ES").id)

    hear(shop)
    assert Lead.objects.count() == 20
    assert due_queues(now=shop.now) == [queue.pk]
    hear(shop)

    assert Lead.objects.count() == 25


def test_polls_go_on_where_the_queue_does_not_answer(shop, queue):
    number = shop.sandbox.world.create_order("europe", country="ES").id
    shop.sandbox.faults.arm("500", "callQueue", count=5)

    hear(shop)
    assert HintQueue.objects.get().error["code"] == "queue_busy"
    shop.pass_time(120)
    shop.work_until(lambda: is_here(number))

    hear(shop)
    shop.sandbox.faults.clear()
    hear(shop)
    assert HintQueue.objects.get().error is None


@pytest.mark.parametrize(
    ("changes", "error", "code"),
    [
        ({"secret": "wrong"}, BadCredentials, "queue_key_refused"),
        ({"key_id": "AKIASOMEBODYELSE0000"}, BadCredentials, "queue_key_refused"),
        (
            {"url": "https://sqs.eu-west-1.amazonaws.com/123456789012/no-queue"},
            Rejected,
            "no_queue",
        ),
        ({"url": "http://169.254.169.254/latest/meta-data"}, Rejected, "not_a_queue"),
        ({"url": "https://sqs.eu-west-1.amazonaws.com.evil.example/1/q"}, Rejected, "not_a_queue"),
    ],
)
def test_nothing_is_kept_of_a_queue_that_cannot_be_read(shop, changes, error, code):
    with pytest.raises(error) as refusal:
        save(shop, **changes)

    assert refusal.value.code == code
    assert not HintQueue.objects.exists()
    assert not shop.sandbox.ledger.entries("subscription.created")


def test_saving_twice_subscribes_once_and_another_queue_is_told(shop, queue):
    again = save(shop, secret="")
    assert again.subscription_id == queue.subscription_id
    assert len(shop.sandbox.ledger.entries("subscription.created")) == 1

    with pytest.raises(Rejected) as refusal:
        save(shop, url=EXAMPLE + "-2")
    assert refusal.value.code == "other_queue"


def test_a_removed_queue_hears_nothing_more(shop, queue):
    assert remove_queue(shop._fresh(), actor="test", now=shop.now)

    number = shop.sandbox.world.create_order("europe", country="ES").id
    assert shop.sandbox.announce(number) == 0
    assert not HintQueue.objects.exists()
    assert save(shop).subscription_id != queue.subscription_id


def test_revoking_forgets_the_key_of_the_queue(shop, queue):
    revoke_account(SellerAccount.objects.get(), actor="test", now=shop.now)

    assert not HintQueue.objects.exists()
