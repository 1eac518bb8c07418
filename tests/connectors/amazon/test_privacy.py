"""Tokens, secrets and buyers stay out of logs, exceptions and printed values."""

import logging

import pytest
from structlog.testing import capture_logs

from packbench.channels.base import OrdersQuery
from packbench.connectors.amazon.files import read_unshipped_orders
from packbench.connectors.amazon.marketplaces import by_country
from packbench.lib.clock import now
from packbench.lib.errors import RemoteError

ORDERS = "/eu/orders/2026-01-01/orders"
ORDER = f"{ORDERS}/302-1234567-1234567"
CONFIRM = "/eu/orders/v0/orders/302-1234567-1234567/shipmentConfirmation"
TOKEN_PATH = "/auth/o2/token"
CANARIES = ("canary", "Xaquila", "Zebrastraße", "zebra@")
FIELDS = {"operation", "status", "request_id", "duration_ms", "region", "order_id"}


def buyer_facts():
    return {
        "buyer": {"buyerName": "Xaquila Buyer", "buyerEmail": "zebra@marketplace.amazon.de"},
        "recipient": {"deliveryAddress": {"name": "Xaquila", "addressLine1": "Zebrastraße 1"}},
    }


def whole_chain(error):
    while error is not None:
        yield f"{error} {error!r} {error.args} {vars(error)}"
        error = error.__cause__ or error.__context__


def assert_clean(text):
    assert not [canary for canary in CANARIES if canary in text]


@pytest.fixture
def script(amazon, make_order):
    broken = make_order(orderItems=5, **buyer_facts())
    good = make_order(**buyer_facts())
    echo = {"code": "Invalid", "message": "canary@x.de Atza|canary-9 amzn1.oa2-cs.v1.canary"}
    return {
        "page": (ORDERS, {"body": {"orders": [broken, good], "canary": "canary"}}),
        "no json": (ORDERS, {"body": b'{"orders": "Xaquila canary'}),
        "html": (ORDERS, {"body": b"<p>Xaquila canary", "kind": "text/html"}),
        "cut": (ORDERS, {"body": b'{"orders": "Xaquila canary', "cut": True}),
        "echo": (ORDERS, {"body": {"errors": [echo]}, "status": 400}),
        "denied": (ORDERS, {"body": {"errors": [echo]}, "status": 403}),
        "server": (ORDERS, {"body": {"errors": [echo]}, "status": 500}),
        "quota": (ORDERS, {"body": {"errors": [echo]}, "status": 429}),
        "no order": (ORDER, {"body": {"order": broken}}),
        "bad time": (ORDER, {"body": {"order": {**good, "createdTime": "Xaquila"}}}),
        "refused": (CONFIRM, {"body": {"errors": [echo]}, "status": 400}),
        "revoked": (TOKEN_PATH, {"body": {"error": "invalid_grant canary"}, "status": 400}),
        "odd token": (TOKEN_PATH, {"body": {"access_token": "Atza|canary\né"}}),
    }


CASES = (
    "page",
    "no json",
    "html",
    "cut",
    "echo",
    "denied",
    "server",
    "quota",
    "no order",
    "bad time",
    "refused",
    "revoked",
    "odd token",
)


@pytest.mark.parametrize("case", CASES)
def test_no_log_line_and_no_exception_holds_a_canary(
    amazon, script, case, make_channel, make_confirmation, caplog
):
    caplog.set_level(logging.DEBUG)
    path, answer = script[case]
    amazon.answer(path, **answer)
    channel, printed = make_channel(), []
    query = OrdersQuery(marketplace_ids=("A1PA6795UKMFR9",), updated_after=now())
    doors = (
        lambda: channel.fetch_orders(query),
        lambda: channel.fetch_order("302-1234567-1234567"),
        lambda: channel.confirm(make_confirmation()),
    )

    with capture_logs() as lines:
        for door in doors:
            try:
                printed.append(repr(door()))
            except RemoteError as error:
                printed += whole_chain(error)

    assert lines
    assert_clean(" ".join(printed))
    assert_clean(repr(lines))
    assert_clean(caplog.text)


def test_one_call_is_one_line_with_these_fields_only(amazon, make_channel, make_order):
    amazon.answer(ORDER, {"order": make_order()}, x_amzn_RequestId="req-1")

    with capture_logs() as lines:
        make_channel().fetch_order("302-1234567-1234567")

    token, order = lines
    assert token["operation"] == "lwa.refresh_token"
    assert set(order) - {"event", "log_level"} == FIELDS
    assert order["status"] == 200
    assert order["request_id"] == "req-1"
    assert order["region"] == "eu"
    assert order["order_id"] == "302-1234567-1234567"


def test_the_http_library_writes_no_addresses_into_the_log(amazon, make_channel, caplog):
    caplog.set_level(logging.DEBUG)
    amazon.answer(ORDERS, {"orders": []})
    query = OrdersQuery(marketplace_ids=(), updated_after=now(), page_token="canary-token")

    make_channel().fetch_orders(query)

    assert "canary" not in caplog.text


def test_printed_credentials_hide_their_secrets(credentials):
    assert_clean(repr(credentials))
    assert_clean(str(credentials))


def test_reasons_of_a_broken_file_hold_no_buyer():
    header = "order-id\torder-item-id\tpurchase-date\tquantity-purchased\trecipient-name\t"
    header += "ship-address-1\tship-country\n"
    row = "Xaquila\tZebrastraße\tcanary\tzebra@x\tXaquila\tZebrastraße 1\tDE\n"

    read = read_unshipped_orders((header + row).encode(), by_country("DE"), now=now())

    assert len(read.skipped) == 1
    assert_clean(str(read.skipped[0].reason))
