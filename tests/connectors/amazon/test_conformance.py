"""Held against Amazon's own models and examples, which lie beside the checkout."""

import json
import re
from datetime import UTC, datetime
from functools import partial

import pytest
from jsonschema import Draft4Validator

from packbench.channels.base import OrdersQuery, ReportQuery
from packbench.connectors.amazon.datasets import ASKED
from packbench.connectors.amazon.messages import (
    confirm_call,
    feeds_call,
    listings_call,
    order_call,
    parse_order,
    parse_page,
    parse_participations,
    participations_call,
    reports_call,
    search_call,
    unshipped_call,
)
from packbench.connectors.amazon.notifying import (
    destination_call,
    destinations_call,
    subscribe_call,
    subscription_call,
    unsubscribe_call,
)
from packbench.connectors.amazon.operations import OPERATIONS
from packbench.connectors.amazon.products import (
    catalog_call,
    listing_call,
    parse_catalog,
    parse_listing,
    parse_listings,
    skus_call,
)
from packbench.connectors.amazon.report_orders import document_call, report_call, state_call

# Amazon's own examples that break Amazon's own models (2026-08-05).
FAULTY = {
    ("sellers.json", "getAccount", "static", 0),
    ("sellers.json", "getAccount", "example", 0),
    ("sellers.json", "getMarketplaceParticipations", "example", 0),  # lacks its payload wrapper
    ("ordersV0.json", "getOrderItemsBuyerInfo", "example", 0),
}
FILES = (
    "sellers.json",
    "orders_2026-01-01.json",
    "ordersV0.json",
    "listingsItems_2021-08-01.json",
    "catalogItems_2022-04-01.json",
)
US = "ATVPDKIKX0DER"
PARSERS = {
    ("sellers.json", "getMarketplaceParticipations"): parse_participations,
    ("orders_2026-01-01.json", "searchOrders"): parse_page,
    ("orders_2026-01-01.json", "getOrder"): parse_order,
    ("listingsItems_2021-08-01.json", "searchListingsItems"): partial(
        parse_listings, marketplace_id=US
    ),
    ("listingsItems_2021-08-01.json", "getListingsItem"): partial(parse_listing, marketplace_id=US),
    ("catalogItems_2022-04-01.json", "searchCatalogItems"): partial(
        parse_catalog, marketplace_id=US
    ),
}
TIME = datetime(2026, 11, 1, 12, 30, 15, 500, tzinfo=UTC)


def successes(pairs):
    ours = [pair for pair in pairs if pair["file"] in FILES]
    return [pair for pair in ours if pair["status"].startswith("2")]


def key(pair):
    return pair["file"], pair["operationId"], pair["kind"], pair["index"]


def of_model(model, operation):
    return model(operation.model)["paths"][operation.path][operation.method.lower()]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_each_operation_is_as_the_model_says(model, operation):
    modelled = of_model(model, operation)
    parameters = modelled.get("parameters", [])
    names = {
        where: {p["name"] for p in parameters if p["in"] == where} for where in ("path", "query")
    }
    bodies = [p["name"] for p in parameters if p["in"] == "body"]

    assert modelled["operationId"] == operation.name
    assert names["path"] == set(operation.path_names)
    assert names["query"] == set(operation.query)
    assert bodies == ([operation.body] if operation.body else [])
    required = {p["name"] for p in parameters if p["in"] == "query" and p["required"]}
    assert required <= {"marketplaceIds"}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_each_rate_is_the_models(model, operation):
    description = of_model(model, operation)["description"]

    [(rate, burst)] = re.findall(r"\|\s*([\d.]+)\s*\|\s*(\d+)\s*\|", description)

    assert (operation.rate, operation.burst) == (float(rate), int(burst))


def test_every_example_of_amazon_is_read(pairs):
    read = 0
    for pair in successes(pairs):
        parse = PARSERS.get((pair["file"], pair["operationId"]))
        if parse and key(pair) not in FAULTY:
            result = parse(json.dumps(pair["response"]).encode())
            assert not getattr(result, "skipped", ())
            read += 1

    assert read >= 15


def test_only_the_named_examples_break_amazons_model(pairs, model):
    broken = set()
    for pair in successes(pairs):
        definition = model(pair["file"])
        operation = definition["paths"][pair["path"]][pair["method"].lower()]
        schema = operation["responses"][pair["status"]].get("schema")
        if schema and pair["response"] is not None:
            whole = {**schema, "definitions": definition["definitions"]}
            if not Draft4Validator(whole).is_valid(pair["response"]):
                broken.add(key(pair))

    assert broken == FAULTY


def test_an_example_order_is_read_to_the_last_field(pairs):
    [pair] = [
        p for p in pairs if key(p) == ("orders_2026-01-01.json", "searchOrders", "example", 0)
    ]

    [order] = parse_page(json.dumps(pair["response"]).encode()).orders

    assert order.external_id == "123-4567890-1234567"
    assert order.seller_order_id == "SELLER-ORDER-2024-001"
    assert order.replaces == "123-4567890-1234566"
    assert order.recipient.company == "Smith Industries LLC"
    assert order.recipient.kind == "commercial"
    assert order.items[0].is_gift
    assert order.items[0].cancel_requested
    assert order.packages[0].items == (("12345678901234", 2), ("12345678901235", 1))


def test_amazons_examples_of_a_product_say_what_it_weighs(pairs):
    [searched] = [
        p
        for p in pairs
        if key(p) == ("catalogItems_2022-04-01.json", "searchCatalogItems", "example", 0)
    ]
    [listed] = [
        p
        for p in pairs
        if key(p) == ("listingsItems_2021-08-01.json", "getListingsItem", "static", 0)
        and p["status"] == "200"
    ]

    [item] = parse_catalog(json.dumps(searched["response"]).encode(), US)
    listing = parse_listing(json.dumps(listed["response"]).encode(), US)

    assert (item.asin, item.item_weight_g, item.package_weight_g) == ("B07N4M94X4", 48807, 62142)
    assert item.package_mm == (2032, 1219, 267)
    assert item.image_url == "https://m.media-amazon.com/images/I/51DZzp3w3vL.jpg"
    assert (listing.sku, listing.asin, listing.quantity) == ("GM-ZDPI-9B4E", "B071VG5N9D", 100)
    assert listing.product_type == "LUGGAGE"


def built_calls(make_confirmation):
    markets = ("A1PA6795UKMFR9", "A1F83G8C2ARO7P")
    updated = OrdersQuery(marketplace_ids=markets, updated_after=TIME)
    created = OrdersQuery(marketplace_ids=(), created_after=TIME)
    japan = {"marketplace_id": "A1VC38T7YXB528", "is_cash_on_delivery": True}
    return [
        participations_call(),
        search_call(updated, ASKED),
        search_call(updated, ASKED, "token+/="),
        search_call(created, ()),
        order_call("302-1234567-1234567", ASKED),
        unshipped_call(TIME),
        listings_call("A1SELLER", "A1PA6795UKMFR9"),
        skus_call("A1SELLER", "A1PA6795UKMFR9", ("MUG", "LAMP/DESK")),
        listing_call("A1SELLER", "A1PA6795UKMFR9", "A,B"),
        catalog_call("A1PA6795UKMFR9", ("B0MUG",)),
        feeds_call(),
        reports_call(),
        report_call(ReportQuery(marketplace_ids=("A1PA6795UKMFR9",), since=TIME, until=TIME)),
        state_call("50021017826"),
        document_call("amzn1.spdoc.1.4.eu.1"),
        destinations_call(),
        destination_call("arn:aws:sqs:eu-west-1:123456789012:packbench-orders"),
        subscription_call(),
        subscribe_call("c4e9f0a4"),
        unsubscribe_call("7fcacc7e"),
        confirm_call(make_confirmation()),
        confirm_call(make_confirmation(carrier_code="Other", carrier_name="Bote", **japan)),
    ]


def test_every_request_fits_its_model(model, make_confirmation):
    for call in built_calls(make_confirmation):
        given = {**call.path, **call.query}
        if call.body:
            given[call.operation.body] = json.loads(call.body)
        parameters = of_model(model, call.operation)["parameters"] if given else []
        definitions = model(call.operation.model)["definitions"]
        assert set(given) <= {p["name"] for p in parameters}
        for parameter in parameters:
            _check(parameter, given.get(parameter["name"]), definitions)


def _check(parameter, value, definitions):
    if value is None:
        assert not parameter["required"]
        return
    schema = parameter.get("schema") or {
        name: parameter[name] for name in ("type", "items", "maxItems") if name in parameter
    }
    plain = list(value) if isinstance(value, tuple) else value
    Draft4Validator({**schema, "definitions": definitions}).validate(plain)
    if parameter.get("format") == "date-time":
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value)


def test_a_confirmation_is_the_one_of_amazons_example(pairs, make_confirmation):
    [pair] = [
        p
        for p in pairs
        if key(p) == ("ordersV0.json", "confirmShipment", "static", 0) and p["status"] == "204"
    ]
    expected = pair["params"]["body"]["packageDetail"]

    sent = json.loads(confirm_call(make_confirmation()).body)["packageDetail"]

    assert {name: type(value) for name, value in sent.items()}.items() <= {
        name: type(value) for name, value in expected.items()
    }.items()
