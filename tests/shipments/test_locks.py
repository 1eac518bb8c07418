"""Locks: two writers of the same order take its rows in the same order, and calls end in time."""

import contextlib
import socket
import threading
import time

import pytest
from django.db import connections

from packbench.lib import http
from packbench.lib.errors import TemporaryError
from packbench.orders import writing
from packbench.orders.models import Order
from packbench.orders.saving import save_orders
from packbench.shipments import owing
from packbench.shipments.batching import create_labels
from packbench.shipments.buying import buy_label
from packbench.shipments.status import Status
from tests.making import ES, NOW, make_channel_order, make_means, make_order, make_store
from tests.shipments.faking import FakeCarrier
from tests.shipments.test_buying import fresh, ready


class Beside(threading.Thread):
    """Runs beside the test on a connection of its own; keeps what it raised."""

    def __init__(self, work):
        super().__init__(daemon=True)
        self.work, self.error = work, None
        self.start()

    def run(self):
        try:
            self.work()
        except Exception as error:
            self.error = error
        finally:
            connections.close_all()


def changed(*orders):
    return [make_channel_order(order.external_id, updated_at=NOW) for order in orders]


@pytest.mark.django_db(transaction=True)
def test_a_purchase_and_an_import_of_the_same_order_do_not_deadlock(monkeypatch):
    order = make_order()
    shipment, locked, told = ready(order), threading.Event(), threading.Event()
    overwrite, speak_for = writing._overwrite, owing.speak_for

    def slow_overwrite(*rows):
        locked.set()
        told.wait(2)
        overwrite(*rows)

    def slow_speak_for(pieces):
        speak_for(pieces)
        told.set()

    monkeypatch.setattr(writing, "_overwrite", slow_overwrite)
    monkeypatch.setattr(owing, "speak_for", slow_speak_for)
    beside = Beside(
        lambda: save_orders(changed(order), {ES: order.store}, account=order.store.account, now=NOW)
    )
    assert locked.wait(5)
    error = None
    try:
        buy_label(fresh(shipment), FakeCarrier(), now=NOW)
    except Exception as raised:
        error = raised
    beside.join(10)

    assert (error, beside.error) == (None, None)
    assert fresh(shipment).status == Status.PURCHASED


@pytest.mark.django_db(transaction=True)
def test_a_batch_and_an_import_of_the_same_orders_do_not_deadlock():
    store = make_store()
    first, second = (make_order(store, external_id=number) for number in ("1", "2"))
    means = make_means(store.workspace)
    threads = []

    def orders():
        yield second
        threads.append(
            Beside(
                lambda: save_orders(
                    changed(first, second), {ES: store}, account=store.account, now=NOW
                )
            )
        )
        time.sleep(0.7)
        yield first

    error = None
    try:
        create_labels(store.workspace, orders(), means, actor="test", now=NOW)
    except Exception as raised:
        error = raised
    threads[0].join(10)

    assert Order.objects.count() == 2
    assert (error, threads[0].error) == (None, None)


def test_an_answer_whose_head_drips_is_cut_off_at_the_deadline(monkeypatch):
    monkeypatch.setattr(http, "DEADLINE_S", 0.5)
    server = socket.create_server(("127.0.0.1", 0))

    def drip():
        talk, _ = server.accept()
        talk.recv(65536)
        talk.sendall(b"HTTP/1.1 200 OK\r\nx-slow: ")
        with contextlib.suppress(OSError):  # cut off, as it should be
            for _ in range(20):
                time.sleep(0.1)
                talk.sendall(b"z")
        talk.close()

    threading.Thread(target=drip, daemon=True).start()
    started = time.monotonic()
    with http.new_client() as client:
        request = client.build_request("GET", f"http://127.0.0.1:{server.getsockname()[1]}/")
        with contextlib.suppress(TemporaryError):
            http.send(client, request, repeatable=True)

    assert time.monotonic() - started < 1.5
