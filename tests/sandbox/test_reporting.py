"""Reports and notifications, held against Amazon's models where these are at hand."""

import gzip
import json

import httpx
import pytest

from packbench_sandbox.amazon.reporting import BY_ORDER, MADE_AFTER
from packbench_sandbox.clock import iso
from packbench_sandbox.queueing import EXAMPLE

from .calling import Caller, make_sandbox

REPORTS, NOTES = "/reports/2021-06-30", "/notifications/v1"
ARN = "arn:aws:sqs:eu-west-1:123456789012:packbench-orders"
DIRECTIVE = {"eventFilter": {"eventFilterType": "ORDER_CHANGE"}}


@pytest.fixture(scope="module")
def world():
    with make_sandbox() as sandbox:
        yield sandbox


def ask(caller, **changes):
    now = caller.sandbox.clock.now()
    body = {
        "reportType": BY_ORDER,
        "marketplaceIds": [market.id for market in caller.seller.marketplaces],
        "dataStartTime": iso(now - 20 * 86400),
        "dataEndTime": iso(now),
        **changes,
    }
    return caller.call("POST", f"{REPORTS}/reports", json=body)


def test_a_report_is_made_after_a_while_and_names_every_order(world):
    caller = Caller(world, "far-east")
    report_id = ask(caller).json()["reportId"]
    path = f"{REPORTS}/reports/{report_id}"
    assert caller.call("GET", path).json()["processingStatus"] == "IN_PROGRESS"

    world.clock.advance(MADE_AFTER)
    done = caller.call("GET", path).json()
    document = caller.call("GET", f"{REPORTS}/documents/{done['reportDocumentId']}").json()
    content = gzip.decompress(httpx.get(document["url"]).content).decode("cp932")

    named = {line.split("\t")[0] for line in content.split("\r\n")[1:]}
    moment = world.clock.now() - MADE_AFTER - 900
    orders = world.world.orders_of(caller.seller.id).values()
    assert named == {order.id for order in orders if order.updated_at(moment)}


def test_a_report_of_another_seller_is_not_found(world):
    report_id = ask(Caller(world, "far-east")).json()["reportId"]

    answer = Caller(world, "europe").call("GET", f"{REPORTS}/reports/{report_id}")

    assert answer.status_code == 404


@pytest.mark.parametrize(
    "changes",
    [
        {"reportType": "GET_SOMETHING"},
        {"marketplaceIds": []},
        {"dataStartTime": "yesterday"},
        {"dataStartTime": "2020-01-01T00:00:00Z"},
    ],
)
def test_a_report_that_amazon_would_not_make_is_refused(world, changes):
    assert ask(Caller(world, "europe"), **changes).status_code == 400


def test_destinations_are_the_applications_and_subscriptions_the_sellers(world):
    caller = Caller(world, "europe")
    form = {"grant_type": "client_credentials", "scope": "sellingpartnerapi::notifications"}
    own = {"x-amz-access-token": caller.ask_token(**form).json()["access_token"]}
    body = {"name": "Packbench", "resourceSpecification": {"sqs": {"arn": ARN}}}

    assert caller.call("POST", f"{NOTES}/destinations", json=body).status_code == 403
    made = caller.call("POST", f"{NOTES}/destinations", headers=own, json=body).json()["payload"]
    again = caller.call("POST", f"{NOTES}/destinations", headers=own, json=body)
    listed = caller.call("GET", f"{NOTES}/destinations", headers=own).json()["payload"]
    assert (again.status_code, listed) == (409, [made])

    path = f"{NOTES}/subscriptions/ORDER_CHANGE"
    wish = {"payloadVersion": "1.0", "destinationId": made["destinationId"]}
    assert caller.call("GET", path).status_code == 404
    assert caller.call("POST", path, json=wish).status_code == 400  # without its directive
    wish["processingDirective"] = DIRECTIVE
    subscribed = caller.call("POST", path, json=wish).json()["payload"]
    assert caller.call("GET", path).json()["payload"] == subscribed

    order = world.world.create_order("europe", country="ES")
    assert world.announce(order.id) == 1
    [message] = [json.loads(e["body"]) for e in world.ledger.entries("message.sent", arn=ARN)]
    change = message["Payload"]["OrderChangeNotification"]
    assert (change["SellerId"], change["AmazonOrderId"]) == (caller.seller.id, order.id)

    ending = f"{path}/{subscribed['subscriptionId']}"
    assert caller.call("DELETE", ending, headers=own).status_code == 200
    assert world.announce(order.id) == 0


def test_a_queue_is_read_with_a_signature_only(world):
    headers = {"x-amz-target": "AmazonSQS.ReceiveMessage"}

    answer = httpx.post(f"{world.url}/sqs/eu-west-1/", json={"QueueUrl": EXAMPLE}, headers=headers)

    assert answer.status_code == 403
    assert "UnrecognizedClient" in answer.json()["__type"]
