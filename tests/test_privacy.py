"""A buyer with an impossible name goes through the whole flow; then we look for them everywhere."""

import io
import logging

import pytest
from django.db import connection

from packbench.channels.base import Buyer
from packbench.connectors.local.carrier import LocalCarrier
from packbench.events.models import Event
from packbench.labels.printing import print_labels
from packbench.orders.models import Order
from packbench.privacy.revealing import reveal
from packbench.shipments.buying import buy_label
from packbench.shipments.confirming import send_due_notices
from packbench.shipments.models import Shipment
from packbench.shipments.planning import plan_shipment
from tests.making import NOW, ItemNotes, make_address, make_item, make_means, make_order
from tests.shipments.faking import FakeChannel

pytestmark = pytest.mark.django_db
CANARIES = {
    "name": "Xanthippe Quexwold",
    "line1": "Zyzzyva Lane 99417",
    "phone": "+49 151 99417 99417",
    "email": "qx99417@marketplace.amazon.de",
    "gift": "Glueckwunsch von Wxyqzz",
    "custom": "https://zme-caps.amazon.com/t/wxyqzz99417",
}


def make_canary():
    return make_order(
        buyer=Buyer(name=CANARIES["name"], email=CANARIES["email"]),
        recipient=make_address(
            name=CANARIES["name"], line1=CANARIES["line1"], phone=CANARIES["phone"]
        ),
        items=(
            make_item(
                notes=ItemNotes(gift_message=CANARIES["gift"], customization_url=CANARIES["custom"])
            ),
        ),
    )


def ship(order):
    shipment = plan_shipment(order, make_means(order.workspace), batch=None, actor="test", now=NOW)
    shipment = Shipment.objects.with_order().get(pk=shipment.pk)
    buy_label(shipment, LocalCarrier(), now=NOW)
    send_due_notices(order.store.account, FakeChannel(), clock=lambda: NOW)
    print_labels([shipment], format="pdf", actor="test", now=NOW)


def everything_in_the_database():
    """Every row of every table as text; bytes as they are and as hex."""
    found = io.StringIO()
    with connection.cursor() as cursor:
        cursor.execute("select tablename from pg_tables where schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'select t::text from "{table}" t')
            for (row,) in cursor.fetchall():
                found.write(row + "\n")
    return found.getvalue()


def test_a_buyer_is_found_nowhere_in_the_database_and_in_no_log(caplog):
    caplog.set_level(logging.DEBUG)
    order = make_canary()
    ship(order)

    dump = everything_in_the_database()

    assert order.external_id in dump
    for what, value in CANARIES.items():
        assert value not in dump, what
        assert value.encode().hex() not in dump, what
        assert value not in caplog.text, what


def test_the_control_finds_a_buyer_who_is_not_sealed():
    order = make_canary()
    Order.objects.filter(pk=order.pk).update(hold_reason=CANARIES["name"])

    assert CANARIES["name"] in everything_in_the_database()


def test_values_events_and_errors_show_nothing_of_a_buyer():
    order = make_canary()
    address = reveal(order, "recipient", order.key)

    shown = f"{address} {address!r} {order.recipient!r} {order!r} {[*Event.objects.all()]}"

    assert all(value not in shown for value in CANARIES.values())


def test_a_destroyed_key_makes_the_buyer_unreadable():
    order = make_canary()

    type(order.key).destroy([order.key_id], now=NOW)

    assert reveal(order, "recipient", type(order.key).objects.get(pk=order.key_id)) is None
