"""Other people's SP-API clients, unchanged, work against the sandbox.

Each runs in a process of its own: one reads settings from the environment and keeps tokens for
the whole process, the other sets up logging when it is imported.
"""

import importlib.util
import json
import subprocess
import sys

import pytest

from .calling import make_sandbox

SALEWEAVER = """
import json, sys
from sp_api.api import OrdersV0
from sp_api.api.orders.orders_2026_01_01 import OrdersV20260101
from sp_api.auth.access_token_client import AccessTokenClient
from sp_api.base import Marketplaces

facts = json.loads(sys.argv[1])
AccessTokenClient.scheme, AccessTokenClient.host = "http://", facts["url"].removeprefix("http://")
options = {
    "marketplace": Marketplaces.ES,
    "refresh_token": facts["refresh_token"],
    "credentials": {
        "lwa_app_id": facts["client_id"], "lwa_client_secret": facts["client_secret"]
    },
}
orders, old = OrdersV20260101(**options), OrdersV0(**options)
orders.endpoint = old.endpoint = facts["url"] + "/eu"

found, page = [], {"lastUpdatedAfter": "2020-01-01T00:00:00Z", "maxResultsPerPage": 7}
while page:
    answer = orders.search_orders(**page)
    found += answer.orders
    token = (answer.pagination or {}).get("nextToken")
    page = {**page, "paginationToken": token} if token else None
order = orders.get_order(facts["order_id"], includedData=["RECIPIENT", "FULFILLMENT"]).order
old.confirm_shipment(facts["order_id"], **facts["confirmation"])
print(json.dumps({"found": [one["orderId"] for one in found], "order": order}))
"""

AMAZON = """
import json, sys
from spapi import SPAPIClient, SPAPIConfig
from spapi.api.orders_v0.orders_v0_api import OrdersV0Api
from spapi.api.orders_v2026_01_01.get_order_api import GetOrderApi
from spapi.api.orders_v2026_01_01.search_orders_api import SearchOrdersApi

facts = json.loads(sys.argv[1])
config = SPAPIConfig(
    facts["client_id"], facts["client_secret"], refresh_token=facts["refresh_token"], region="EU"
)
client = SPAPIClient(
    config, oauth_endpoint=facts["url"] + "/auth/o2/token", endpoint=facts["url"] + "/eu"
).api_client

found, token = [], None
while True:
    more = {"pagination_token": token} if token else {}
    answer = SearchOrdersApi(client).search_orders(
        last_updated_after="2020-01-01T00:00:00Z", max_results_per_page=7,
        marketplace_ids=[facts["marketplace_id"]], **more,
    )
    found += [order.order_id for order in answer.orders]
    token = answer.pagination.next_token if answer.pagination else None
    if not token:
        break
order = GetOrderApi(client).get_order(facts["order_id"], included_data=["RECIPIENT", "FULFILLMENT"])
OrdersV0Api(client).confirm_shipment(facts["order_id"], facts["confirmation"])
print(json.dumps({"found": found, "order": client.sanitize_for_serialization(order.order)}))
"""


@pytest.fixture
def sandbox():
    with make_sandbox() as sandbox:
        yield sandbox


def run(program, sandbox):
    """Let a client list Spanish orders, read one and confirm it; give back what it saw."""
    order = sandbox.world.orders("europe", country="ES", status="UNSHIPPED")[0]
    items = [{"orderItemId": item, "quantity": n} for item, n in order.quantities.items()]
    detail = {
        "packageReferenceId": "1",
        "carrierCode": "Correos",
        "trackingNumber": "PK1",
        "shipDate": "2027-01-15T08:00:00Z",
        "orderItems": items,
    }
    facts = {
        "url": sandbox.url,
        "order_id": order.id,
        "marketplace_id": order.marketplace_id,
        "confirmation": {"marketplaceId": order.marketplace_id, "packageDetail": detail},
        **sandbox.authorize("europe"),
    }
    command = [sys.executable, "-c", program, json.dumps(facts)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return order, json.loads(done.stdout.splitlines()[-1])


def check(sandbox, order, seen):
    expected = {known.id for known in sandbox.world.orders("europe", country="ES")}
    assert len(seen["found"]) == len(set(seen["found"]))
    assert set(seen["found"]) == expected
    assert seen["order"]["orderId"] == order.id
    assert seen["order"]["recipient"]["deliveryAddress"]["countryCode"] == "ES"
    assert len(sandbox.ledger.confirmations(order.id)) == 1


@pytest.mark.skipif(
    not importlib.util.find_spec("sp_api"), reason="python-amazon-sp-api is not installed"
)
def test_the_communitys_client_lists_reads_and_confirms(sandbox):
    order, seen = run(SALEWEAVER, sandbox)

    check(sandbox, order, seen)


@pytest.mark.skipif(not importlib.util.find_spec("spapi"), reason="amzn-sp-api is not installed")
def test_amazons_own_client_lists_reads_and_confirms(sandbox):
    order, seen = run(AMAZON, sandbox)

    check(sandbox, order, seen)
