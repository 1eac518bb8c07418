"""A scripted carrier over real HTTP: sells labels twice when asked twice, and fails on request."""

import base64
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

KEY = "key-1"
PDF = b"%PDF-1.4 pretend"


class PretendCarrier:
    """`failures` holds what the next answers are instead: a status, or "lost"."""

    def __init__(self):
        self.labels, self.requests, self.failures = [], [], []
        self.url = ""

    def answer(self, method, path, query, body):
        if method == "GET":
            wanted = query["reference"][0]
            return 200, {"labels": [x for x in self.labels if x["reference"] == wanted]}
        if path.endswith("/void"):
            return self.void(path.split("/")[-2])
        if body["weight_grams"] > 30_000:
            return 422, {"error": {"code": "too_heavy", "message": "31 kg to 80331"}}
        return 201, self.sell(body)

    def sell(self, body):
        label = {
            "label_id": f"lab/{len(self.labels) + 1}",
            "tracking_number": f"SC{len(self.labels) + 1:09}",
            "amount": {"amount": "5.49", "currency": "EUR"},
            "reference": body["reference"],
            "label_pdf_base64": base64.b64encode(PDF).decode(),
        }
        self.labels.append(label)
        return label

    def void(self, label_id):
        label = next((x for x in self.labels if x["label_id"].endswith(label_id[-1:])), None)
        if label is None:
            return 404, {"code": "not_found", "message": ""}
        if label.get("status") == "voided":
            return 409, {"error": {"code": "already_voided", "message": ""}}
        label["status"] = "voided"
        return 200, {}


@contextmanager
def serving():
    carrier = PretendCarrier()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(carrier))
    carrier.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield carrier
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(carrier):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.handle_one("GET")

        def do_POST(self):
            self.handle_one("POST")

        def handle_one(self, method):
            length = int(self.headers.get("Content-Length", 0))
            body = json.loads(self.rfile.read(length) or b"{}")
            parts = urlsplit(self.path)
            carrier.requests.append((method, self.path, body))
            failure = carrier.failures.pop(0) if carrier.failures else None
            if self.headers["Authorization"] != f"Bearer {KEY}":
                return self.reply(401, {"code": "bad_key"})
            if isinstance(failure, int):
                return self.reply(failure, {"code": "failed"})
            status, answer = carrier.answer(method, parts.path, parse_qs(parts.query), body)
            if failure == "lost":
                self.close_connection = True
                return None
            return self.reply(status, answer if failure is None else failure)

        def reply(self, status, body):
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            if status == 429:
                self.send_header("Retry-After", "7")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *parts):
            pass

    return Handler
