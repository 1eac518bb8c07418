"""Amazon's orders become ours, whatever is odd about them."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from packbench.channels.base import OrdersQuery, OrderStatus
from packbench.connectors.amazon.errors import ContractError
from packbench.connectors.amazon.messages import (
    confirm_body,
    parse_order,
    parse_page,
    parse_participations,
    search_call,
)
from packbench.lib.money import Money


def page_of(*orders, **facts):
    return parse_page(json.dumps({"orders": list(orders), **facts}).encode())


@pytest.mark.parametrize(
    ("remote", "ours"),
    [
        ("PENDING_AVAILABILITY", OrderStatus.AWAITING_PAYMENT),
        ("PENDING", OrderStatus.AWAITING_PAYMENT),
        ("UNSHIPPED", OrderStatus.AWAITING_SHIPMENT),
        ("PARTIALLY_SHIPPED", OrderStatus.PARTIALLY_SHIPPED),
        ("SHIPPED", OrderStatus.SHIPPED),
        ("INVOICE_UNCONFIRMED", OrderStatus.SHIPPED),
        ("CANCELLED", OrderStatus.CANCELLED),
        ("UNFULFILLABLE", OrderStatus.UNFULFILLABLE),
        ("FROM_THE_FUTURE", OrderStatus.PENDING_FULFILLMENT),
    ],
)
def test_each_status_has_a_word_of_ours_and_is_kept(make_order, remote, ours):
    [order] = page_of(make_order(fulfillment={"fulfillmentStatus": remote})).orders

    assert order.status == ours
    assert order.remote_status == remote


def test_an_order_is_read_whole(make_order):
    item = {
        "orderItemId": "77",
        "quantityOrdered": 3,
        "programs": ["TRANSPARENCY"],
        "product": {
            "asin": "B01",
            "title": "Tasse, blau",
            "sellerSku": "CUP/1",
            "price": {"unitPrice": {"amount": "12.50", "currencyCode": "EUR"}},
            "customization": {"customizedUrl": "https://zme-caps.example/t/1"},
        },
        "cancellation": {"cancellationRequest": {"requester": "BUYER", "cancelReason": "late"}},
        "fulfillment": {
            "quantityFulfilled": 1,
            "packing": {"giftOption": {"giftMessage": "Alles Gute", "giftWrapLevel": "Classic"}},
        },
    }
    package = {
        "packageReferenceId": "5",
        "packageStatus": {"status": "IN_TRANSIT"},
        "carrier": "DHL",
        "shippingService": "Paket",
        "trackingNumber": "003",
        "shipTime": "2026-11-02T08:00:00+01:00",
        "packageItems": [{"orderItemId": "77", "quantity": 1}],
    }
    window = {
        "earliestDateTime": "2026-11-02T00:00:00Z",
        "latestDateTime": "2026-11-03T22:59:59.000Z",
    }
    [order] = page_of(
        make_order(
            orderAliases=[{"aliasId": "MY-1", "aliasType": "SELLER_ORDER_ID"}],
            programs=["PRIME", "NEW_PROGRAM"],
            associatedOrders=[
                {"orderId": "302-0", "associationType": "REPLACEMENT_ORIGINAL_ID"},
            ],
            buyer={"buyerName": "Ö. Käufer", "buyerPurchaseOrderNumber": "PO 1"},
            recipient={
                "deliveryAddress": {
                    "name": "Ö. Käufer",
                    "addressLine1": "Packstation 123",
                    "city": "Köln",
                    "postalCode": "50667",
                    "countryCode": "DE",
                    "addressType": "PICKUP_POINT",
                },
                "deliveryPreference": {
                    "dropOffLocation": "Garage",
                    "addressInstruction": "Klingeln",
                },
            },
            proceeds={"grandTotal": {"amount": "37.50", "currencyCode": "EUR"}},
            fulfillment={
                "fulfillmentStatus": "PARTIALLY_SHIPPED",
                "fulfilledBy": "MERCHANT",
                "fulfillmentServiceLevel": "NEXT_DAY",
                "shipByWindow": window,
                "deliverByWindow": window,
            },
            orderItems=[item],
            packages=[package],
        )
    ).orders

    assert order.created_at == datetime(2026, 11, 1, 10, 0, 0, 123000, tzinfo=UTC)
    assert order.ship_by_at == datetime(2026, 11, 3, 22, 59, 59, tzinfo=UTC)
    assert (order.seller_order_id, order.replaces) == ("MY-1", "302-0")
    assert order.programs == ("PRIME", "NEW_PROGRAM")
    assert order.total == Money(Decimal("37.50"), "EUR")
    assert order.buyer.purchase_order_number == "PO 1"
    assert order.recipient.kind == "pickup_point"
    assert order.recipient.instructions == "Garage; Klingeln"
    [read] = order.items
    assert (read.quantity, read.quantity_fulfilled, read.sku) == (3, 1, "CUP/1")
    assert read.is_gift
    assert read.is_customized
    assert read.cancel_requested
    assert (read.gift_wrap, read.notes.gift_message) == ("Classic", "Alles Gute")
    [sent] = order.packages
    assert sent.shipped_at == datetime(2026, 11, 2, 7, 0, tzinfo=UTC)
    assert sent.items == (("77", 1),)


def test_orders_that_amazon_ships_or_did_not_sell_are_told_apart(make_order):
    by_amazon = make_order(fulfillment={"fulfillmentStatus": "SHIPPED", "fulfilledBy": "AMAZON"})
    elsewhere = make_order(salesChannel={"channelName": "NON_AMAZON"})

    first, second = page_of(by_amazon, elsewhere).orders

    assert not first.is_ours_to_ship
    assert first.recipient is None
    assert second.is_ours_to_ship
    assert not second.is_from_channel


def test_an_empty_gift_option_is_a_gift_and_an_empty_address_no_customization(make_order):
    item = {
        "orderItemId": "1",
        "product": {"customization": {"customizedUrl": ""}},
        "fulfillment": {"packing": {"giftOption": {"giftMessage": None}}},
    }

    [order] = page_of(make_order(orderItems=[item])).orders

    assert order.items[0].is_gift
    assert not order.items[0].is_customized


def test_brazilian_streets_come_in_parts(make_order):
    parts = {"streetName": "Rua A", "streetNumber": "10", "complement": "Sala 2"}
    address = {"countryCode": "BR", "extendedFields": {**parts, "neighborhood": "Centro"}}

    [order] = page_of(make_order(recipient={"deliveryAddress": address})).orders

    assert order.recipient.line1 == "Rua A, 10"
    assert order.recipient.line2 == "Sala 2"
    assert order.recipient.district == "Centro"


@pytest.mark.parametrize(
    "broken",
    [
        {"orderItems": "none"},
        {"createdTime": None},
        {"createdTime": "yesterday"},
        {"lastUpdatedTime": "0001-01-01T00:00:00+09:00"},
        {"orderItems": [{"quantityOrdered": 1}]},
        {"orderItems": [{"orderItemId": "1", "quantityOrdered": "two"}]},
        {"recipient": "a house"},
        {"fulfillment": {"fulfillmentStatus": ["UNSHIPPED"]}},
    ],
)
def test_one_unreadable_order_is_reported_and_the_rest_is_kept(make_order, broken):
    good, bad = make_order("302-1111111-1111111"), make_order("302-2222222-2222222", **broken)

    page = page_of(
        good, bad, good, pagination={"nextToken": "t"}, createdBefore="2026-11-01T00:00:00Z"
    )

    assert len(page.orders) == 2
    assert [(each.external_id, each.reason) for each in page.skipped] == [
        ("302-2222222-2222222", "unreadable")
    ]
    assert page.next_page_token == "t"
    assert page.read_until == datetime(2026, 11, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "odd",
    [
        {"buyer": [1]},
        {"payment": {"paymentExecutions": [{"paymentMethod": 7}, 3]}},
        {"tax": "none"},
        {"packages": [{"packageReferenceId": {}}]},
        {"recipient": {"deliveryAddress": {"countryCode": "DE", "phone": {"home": 1}}}},
        {"programs": [None, "PRIME"]},
    ],
)
def test_one_odd_part_costs_that_part_and_not_the_order(make_order, odd):
    page = page_of(make_order("302-2222222-2222222", **odd))

    assert not page.skipped
    assert [item.quantity for item in page.orders[0].items] == [2]


def test_an_order_that_is_no_object_is_reported_without_an_id(make_order):
    page = page_of(make_order(), 5, {"orderId": 7, "x": {"orderId": "302-7"}})

    assert [each.external_id for each in page.skipped] == ["", "302-7"]


def test_broken_letters_in_one_order_do_not_cost_the_page(make_order):
    body = json.dumps({"orders": [make_order(), make_order("302-9999999-9999999", x="Q")]})

    page = parse_page(body.encode().replace(b'"x": "Q"', b'"programs": ["\xff"]'))

    assert len(page.orders) == 1
    assert page.skipped[0].external_id == "302-9999999-9999999"


NO_PAGES = (b"", b"<html>", b"{}", b"[]", b'{"orders": null}', b'{"orders": [', b"[" * 100_000)


@pytest.mark.parametrize("body", NO_PAGES, ids=range(len(NO_PAGES)))
def test_a_body_that_is_no_page_breaks_the_contract(body):
    with pytest.raises(ContractError):
        parse_page(body)
    with pytest.raises(ContractError):
        parse_order(body)
    with pytest.raises(ContractError):
        parse_participations(body)


def test_odd_amounts_and_times_cost_only_themselves(make_order):
    amounts = [{"amount": text} for text in ("", "1,50", "NaN", "1e99", None, "7")]
    items = [
        {"orderItemId": str(at), "product": {"price": {"unitPrice": amount}}}
        for at, amount in enumerate(amounts)
    ]
    fulfillment = {"shipByWindow": {"latestDateTime": "soon"}}

    [order] = page_of(make_order(orderItems=items, fulfillment=fulfillment)).orders

    prices = [item.unit_price for item in order.items]
    assert prices == [None] * 5 + [Money(Decimal(7), "")]
    assert order.ship_by_at is None


def test_a_buyer_named_null_keeps_the_name(make_order):
    [order] = page_of(make_order(buyer={"buyerName": "Null"})).orders

    assert order.buyer.name == "Null"


texts = st.none() | st.text(max_size=8) | st.sampled_from(["NEW_VALUE", "null", "AMAZON"])
amounts = st.none() | st.fixed_dictionaries(
    {}, optional={"amount": texts, "currencyCode": texts, "unknownField": st.integers()}
)
windows = st.none() | st.fixed_dictionaries(
    {}, optional={"earliestDateTime": texts, "latestDateTime": texts}
)
items = st.fixed_dictionaries(
    {"orderItemId": st.text(min_size=1, max_size=5)},
    optional={
        "quantityOrdered": st.none() | st.integers(0, 9),
        "programs": st.none() | st.lists(st.text(max_size=5), max_size=3),
        "product": st.none()
        | st.fixed_dictionaries(
            {},
            optional={
                "title": texts,
                "price": st.none() | st.fixed_dictionaries({}, optional={"unitPrice": amounts}),
                "customization": st.none()
                | st.fixed_dictionaries({}, optional={"customizedUrl": texts}),
            },
        ),
        "fulfillment": st.none()
        | st.fixed_dictionaries(
            {},
            optional={
                "quantityFulfilled": st.none() | st.integers(0, 9),
                "packing": st.none()
                | st.fixed_dictionaries(
                    {}, optional={"giftOption": st.none() | st.just({"giftMessage": None})}
                ),
            },
        ),
        "cancellation": st.none() | st.just({}) | st.just({"cancellationRequest": {}}),
    },
)
some_time = st.datetimes(datetime(1900, 1, 1), datetime(2999, 12, 31)).map(
    lambda time: time.isoformat() + "Z"
)
orders = st.fixed_dictionaries(
    {
        "orderId": st.from_regex(r"[0-9]{3}-[0-9]{7}-[0-9]{7}", fullmatch=True),
        "createdTime": some_time,
        "lastUpdatedTime": some_time,
    },
    optional={
        "salesChannel": st.none()
        | st.fixed_dictionaries({}, optional={"channelName": texts, "marketplaceId": texts}),
        "programs": st.none() | st.lists(st.text(max_size=9), max_size=3),
        "buyer": st.none() | st.fixed_dictionaries({}, optional={"buyerName": texts}),
        "recipient": st.none()
        | st.fixed_dictionaries(
            {},
            optional={
                "deliveryAddress": st.none()
                | st.fixed_dictionaries({}, optional={"name": texts, "addressType": texts}),
                "deliveryPreference": st.none() | st.just({}),
            },
        ),
        "proceeds": st.none() | st.fixed_dictionaries({}, optional={"grandTotal": amounts}),
        "fulfillment": st.none()
        | st.fixed_dictionaries(
            {},
            optional={
                "fulfillmentStatus": texts,
                "fulfilledBy": texts,
                "shipByWindow": windows,
                "deliverByWindow": windows,
            },
        ),
        "orderItems": st.none() | st.lists(items, max_size=3),
        "packages": st.none() | st.just([]) | st.just([{"packageItems": None}]),
        "somethingNew": st.integers() | st.dictionaries(st.text(max_size=3), st.integers()),
    },
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(orders, max_size=4))
def test_no_order_is_ever_lost(given_orders):
    page = parse_page(json.dumps({"orders": given_orders}).encode())

    assert not page.skipped
    assert [order.external_id for order in page.orders] == [
        each["orderId"] for each in given_orders
    ]
    for order, sent in zip(page.orders, given_orders, strict=True):
        assert len(order.items) == len(sent.get("orderItems") or ())


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["orderId", "createdTime", "orderItems", "buyer", "packages"]),
                    inner,
                    max_size=4,
                )
            ),
            max_leaves=8,
        ),
        max_size=5,
    )
)
def test_whatever_stands_in_a_page_is_counted(anything):
    page = parse_page(json.dumps({"orders": anything}).encode())

    assert len(page.orders) + len(page.skipped) == len(anything)


def test_a_query_needs_exactly_one_time():
    time = datetime(2026, 11, 1, tzinfo=UTC)

    neither = OrdersQuery(marketplace_ids=())
    both = OrdersQuery(marketplace_ids=(), updated_after=time, created_after=time)

    for query in (neither, both):
        with pytest.raises(ValueError, match="not both"):
            search_call(query, ())


def test_cash_on_delivery_is_told_in_japan_only(make_confirmation):
    japan = make_confirmation(marketplace_id="A1VC38T7YXB528", is_cash_on_delivery=True)
    germany = make_confirmation(is_cash_on_delivery=True)

    assert confirm_body(japan)["codCollectionMethod"] == "DirectPayment"
    assert "codCollectionMethod" not in confirm_body(germany)


def test_the_carriers_name_goes_only_with_the_code_other(make_confirmation):
    named = make_confirmation(carrier_code="DHL", carrier_name="DHL")
    other = make_confirmation(carrier_code="Other", carrier_name="Bote", shipping_method="")

    assert "carrierName" not in confirm_body(named)["packageDetail"]
    assert confirm_body(other)["packageDetail"]["carrierName"] == "Bote"
    assert "shippingMethod" not in confirm_body(other)["packageDetail"]
    assert confirm_body(other)["packageDetail"]["shipDate"] == "2026-11-02T15:00:00Z"


def test_marketplaces_that_are_not_amazons_are_left_out():
    listed = [
        {"marketplace": {"id": "A1PA6795UKMFR9"}, "storeName": "Laden"},
        {"marketplace": {"id": "AZNONAMAZON"}, "participation": {"isParticipating": True}},
    ]

    [participation] = parse_participations(json.dumps({"payload": listed}).encode())

    assert participation.marketplace_id == "A1PA6795UKMFR9"
    assert participation.is_participating
