"""A scripted Amazon on loopback: it says what a test tells it to, over real HTTP."""

import json
import threading
from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from packbench.channels.base import Confirmation, Credentials
from packbench.connectors.amazon.channel import AmazonChannel
from packbench.connectors.amazon.client import AmazonClient
from packbench.connectors.amazon.datasets import WithheldSets
from packbench.connectors.amazon.marketplaces import Endpoints
from packbench.connectors.amazon.throttle import MemoryBuckets
from packbench.connectors.amazon.tokens import TokenCache
from packbench.lib.http import new_client

MODELS = Path(__file__).parents[4] / "shared" / "spapi-models"
TOKEN_PATH = "/auth/o2/token"


@dataclass
class Seen:
    method: str
    path: str
    query: dict
    headers: dict
    body: bytes
    raw_query: str = ""


@dataclass
class Scripted:
    status: int
    body: bytes
    headers: dict
    cut: bool = False


@dataclass
class FakeAmazon:
    url: str = ""
    seen: list = field(default_factory=list)
    scripts: dict = field(default_factory=lambda: defaultdict(deque))
    tokens: int = 0
    gate: threading.Event = field(default_factory=threading.Event)

    def answer(self, path, body=b"", *, status=200, kind="application/json", cut=False, **headers):
        """Answer the next call of the path so; the last answer stays."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        self.scripts[path].append(Scripted(status, content, {"content-type": kind, **names}, cut))

    def refuse(self, path, status, code="", message="", details="", **headers):
        error = {"code": code, "message": message, "details": details}
        self.answer(path, {"errors": [error]}, status=status, **headers)

    def calls(self, path):
        return [seen for seen in self.seen if seen.path == path]

    def next_answer(self, path):
        if path == TOKEN_PATH and path not in self.scripts:
            return self._new_token()
        script = self.scripts[path]
        if not script:
            return Scripted(500, b"nothing scripted", {"content-type": "text/plain"})
        return script.popleft() if len(script) > 1 else script[0]

    def _new_token(self):
        self.gate.wait(5)
        self.tokens += 1
        tokens = {"access_token": f"Atza|canary-{self.tokens}", "expires_in": 3600}
        return Scripted(200, json.dumps(tokens).encode(), {"content-type": "application/json"})


@pytest.fixture
def amazon():
    fake = FakeAmazon()
    fake.gate.set()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65536

        def handle_one_call(self):
            split = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            query = {name: values[0] for name, values in parse_qs(split.query).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            fake.seen.append(Seen(self.command, split.path, query, headers, body, split.query))
            self.give(fake.next_answer(split.path))

        do_GET = do_POST = handle_one_call

        def give(self, answer):
            self.send_response_only(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            length = len(answer.body) + (1000 if answer.cut else 0)
            if answer.status != 204:
                self.send_header("content-length", str(length))
            self.end_headers()
            self.wfile.write(answer.body)
            self.close_connection = answer.cut

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_port}"
    yield fake
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def http():
    with new_client() as client:
        yield client


@pytest.fixture
def credentials():
    return Credentials(
        region="eu",
        seller_id="A1SELLER",
        client_id="amzn1.application-oa2-client.canary",
        client_secret="amzn1.oa2-cs.v1.canary-secret",
        refresh_token="Atzr|canary-refresh",
    )


@pytest.fixture
def make_channel(amazon, http, credentials):
    def make(channel_credentials=credentials, **given):
        own = {"buckets": MemoryBuckets(), "tokens": TokenCache(), "withheld": WithheldSets()}
        endpoints = Endpoints.at(amazon.url)
        return AmazonChannel(channel_credentials, http=http, endpoints=endpoints, **own | given)

    return make


@pytest.fixture
def make_client(amazon, http, credentials):
    def make(**given):
        own = {"buckets": MemoryBuckets(), "tokens": TokenCache()}
        endpoints = Endpoints.at(amazon.url)
        return AmazonClient(credentials, http=http, endpoints=endpoints, **own | given)

    return make


@pytest.fixture
def make_order():
    def make(order_id="302-1234567-1234567", **facts):
        return {
            "orderId": order_id,
            "createdTime": "2026-11-01T10:00:00.123Z",
            "lastUpdatedTime": "2026-11-01T10:05:00Z",
            "salesChannel": {"channelName": "AMAZON", "marketplaceId": "A1PA6795UKMFR9"},
            "fulfillment": {"fulfillmentStatus": "UNSHIPPED", "fulfilledBy": "MERCHANT"},
            "orderItems": [{"orderItemId": "1", "quantityOrdered": 2, "product": {"asin": "B0"}}],
        } | facts

    return make


@pytest.fixture
def make_confirmation():
    def make(**facts):
        usual = {
            "order_id": "302-1234567-1234567",
            "marketplace_id": "A1PA6795UKMFR9",
            "package_reference": "1",
            "carrier_code": "DHL",
            "carrier_name": "",
            "shipping_method": "DHL Paket",
            "tracking_number": "00340434161094000001",
            "shipped_at": datetime(2026, 11, 2, 15, 0, tzinfo=UTC),
            "items": (("1", 2),),
        }
        return Confirmation(**usual | facts)

    return make


@pytest.fixture(scope="session")
def models():
    if not MODELS.is_dir():
        pytest.skip("Amazon's models are not beside this checkout")
    return MODELS


@pytest.fixture(scope="session")
def model(models):
    def read(name):
        return json.loads(next((models / "models").rglob(name)).read_text())

    return read


@pytest.fixture(scope="session")
def pairs(models):
    lines = (models / "sandbox_pairs.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]
