"""Shops that are told of parcels, over real HTTP: each writes a ledger and fails on request."""

import base64
import hashlib
import hmac
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class Shop:
    """`failures` holds what happens to the next calls instead: a status, "lost" (done, but no
    answer) or "cut" (nothing done, no answer).
    """

    def __init__(self):
        self.calls, self.failures, self.headers = [], [], {}
        self.url = ""

    def answer(self, method, path, query, headers, body):
        raise NotImplementedError


class WebhookReceiver(Shop):
    """Takes each message id once, as the scheme says, and checks every signature."""

    def __init__(self):
        super().__init__()
        self.secrets, self.ledger, self.repeats, self.forged = [], {}, 0, 0

    def answer(self, method, path, query, headers, body):
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        if headers["webhook-signature"] not in [_signature(each, signed) for each in self.secrets]:
            self.forged += 1
            return 401, {}
        if headers["webhook-id"] in self.ledger:
            self.repeats += 1
        else:
            self.ledger[headers["webhook-id"]] = json.loads(body)
        return 204, None


class BigCommerceShop(Shop):
    """Orders API v2 of one store, as its reference says. Posting twice ships twice."""

    def __init__(self):
        super().__init__()
        self.orders, self.shipments = {}, {}

    def add_order(self, number, products, order_id=100):
        """`products`: (sku, quantity) lines."""
        lines = [
            {
                "id": order_id * 10 + place,
                "sku": sku,
                "quantity": quantity,
                "quantity_shipped": 0,
                "order_address_id": order_id + 7,
            }
            for place, (sku, quantity) in enumerate(products)
        ]
        self.orders[order_id] = {"number": number, "products": lines}
        self.shipments[order_id] = []

    def answer(self, method, path, query, headers, body):
        if headers["X-Auth-Token"] != "token-1":
            return 401, {"status": 401, "title": "Unauthorized"}
        place = path.removeprefix("/stores/abc123/v2/").split("/")
        if place == ["orders"]:
            number = query.get("external_order_id", [None])[0]
            found = [pk for pk, order in self.orders.items() if number in (None, order["number"])]
            return (200, [{"id": pk} for pk in found]) if found else (204, None)
        order_id = int(place[1])
        if place[2] == "products":
            return 200, self.orders[order_id]["products"]
        if method == "GET":
            there = self.shipments[order_id]
            return (200, there) if there else (204, None)
        return self.ship(method, order_id, place, json.loads(body))

    def ship(self, method, order_id, place, said):
        there = self.shipments[order_id]
        if method == "PUT":
            old = next(each for each in there if str(each["id"]) == place[3])
            old.update(said)
            return 200, old
        lines = {line["id"]: line for line in self.orders[order_id]["products"]}
        for item in said["items"]:
            line = lines[item["order_product_id"]]
            if line["quantity_shipped"] + item["quantity"] > line["quantity"]:
                return 400, [{"status": 400, "message": "The quantity is too high."}]
            line["quantity_shipped"] += item["quantity"]
        there.append({"id": len(there) + 1, **said})
        return 201, there[-1]


class CustomStore(Shop):
    """A cart that speaks ShipStation's Custom Store protocol."""

    def __init__(self):
        super().__init__()
        self.notices = []

    def answer(self, method, path, query, headers, body):
        if headers["Authorization"] != "Basic " + base64.b64encode(b"ines:pass-1").decode():
            return 401, None
        said = {name: values[0] for name, values in query.items()}
        if said["action"] == "shipnotify":
            self.notices.append({**said, "xml": body.decode()})
        return 200, None


@contextmanager
def serving(shop):
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(shop))
    shop.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield shop
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _signature(secret, signed):
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def _handler(shop):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def take(self):
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length)
            parts = urlsplit(self.path)
            shop.calls.append((self.command, self.path, body.decode()))
            failure = shop.failures.pop(0) if shop.failures else None
            if isinstance(failure, int):
                return self.reply(failure, None)
            if failure == "cut":
                self.close_connection = True
                return None
            status, said = shop.answer(
                self.command, parts.path, parse_qs(parts.query), self.headers, body
            )
            if failure == "lost":
                self.close_connection = True
                return None
            return self.reply(status, said)

        do_GET = do_POST = do_PUT = take

        def reply(self, status, said):
            content = b"" if said is None else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            for name, value in shop.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *parts):
            pass

    return Handler
