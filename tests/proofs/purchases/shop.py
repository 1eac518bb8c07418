"""A shop of labels over HTTP that is as unhelpful as each kind of carrier may be.

It sells at once and shows what it sold only after its commit lag, on a clock that the proof turns.
Now and then it hangs up on who has bought. Its list of sales is the judge.
"""

import contextlib
import json
import mmap
import random
import struct
import subprocess
import sys
import threading
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.proofs.scratch import ROOT

PDF = "%PDF-1.4 a label of the proof"


class SharedClock:
    """Seconds that the proof turns and every process reads."""

    def __init__(self, path):
        with path.open("a+b") as file:
            file.truncate(8)
            self._memory = mmap.mmap(file.fileno(), 8)

    def read(self):
        return struct.unpack("d", self._memory[:8])[0]

    def turn_to(self, seconds):
        self._memory[:8] = struct.pack("d", seconds)


class Shop:
    """Sales by kind of carrier. A sale counts from the moment it is made, seen or not."""

    def __init__(self, clock, *, lag_s, lost, seed):
        self.clock, self.lag_s, self.lost = clock, lag_s, lost
        self.chance = random.Random(seed)
        self.lock = threading.Lock()
        self.sales = []
        self.sold = defaultdict(list)  # the same by kind, and by reference or ticket
        self.tickets = {}

    def sell(self, kind, reference, ticket):
        """Return (status, body)."""
        with self.lock:
            if kind == "two_phase" and ticket not in self.tickets:
                return 422, {"code": "no_ticket"}
            key = {"keyed": ("reference", reference), "two_phase": ("ticket", ticket)}.get(kind)
            known = self.sold[kind, *key] if key else []
            if known and kind == "two_phase":
                return 409, {"code": "sold"}
            if known:
                return 200, self._shown(known[0])
            sale = {
                "kind": kind,
                "reference": reference,
                "ticket": ticket,
                "label_id": f"{kind}-{len(self.sales) + 1}",
                "shown_at": self.clock.read() + self.chance.random() * self.lag_s,
            }
            self.sales.append(sale)
            for name in ("reference", "ticket"):
                self.sold[kind, name, sale[name]].append(sale)
            return 200, self._shown(sale)

    def find(self, kind, name, value):
        with self.lock:
            now = self.clock.read()
            found = [
                self._shown(sale)
                for sale in self.sold.get((kind, name, value), ())
                if sale["shown_at"] <= now
            ]
            return 200, {"labels": found}

    def issue(self):
        with self.lock:
            ticket = f"ticket-{len(self.tickets) + 1}"
            self.tickets[ticket] = True
            return 200, {"ticket": ticket, "price": "4.20"}

    def loses_the_answer(self):
        with self.lock:
            return self.chance.random() < self.lost

    def _shown(self, sale):
        return {"label_id": sale["label_id"], "tracking_number": f"TN-{sale['label_id']}"}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    shop: Shop

    def do_POST(self):
        length = int(self.headers.get("content-length", 0))
        said = json.loads(self.rfile.read(length) or b"{}")
        kind, what = self.path.strip("/").split("/")
        if what == "tickets":
            self._answer(*self.shop.issue())
        else:
            sold = self.shop.sell(kind, said["reference"], said["ticket"])
            if self.shop.loses_the_answer():
                self.close_connection = True
            else:
                self._answer(*sold)

    def do_GET(self):
        parts = urlsplit(self.path)
        if parts.path == "/sales":
            self._answer(200, self.shop.sales)
            return
        ((name, (value,)),) = parse_qs(parts.query).items()
        self._answer(*self.shop.find(parts.path.strip("/").split("/")[0], name, value))

    def _answer(self, status, body):
        content = json.dumps(body).encode()
        with contextlib.suppress(OSError):  # whoever asked was killed
            self.send_response(status)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_):
        pass


@contextlib.contextmanager
def open_shop(clock_path, *, lag_s, lost, seed):
    """Run the shop as a program of its own; gives its address.

    `lost` is the share of answers that those who buy never get.
    """
    said = [str(clock_path), str(lag_s), str(lost), str(seed)]
    command = [sys.executable, "-m", __name__, *said]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True)
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait(20)


def main(clock_path, lag_s, lost, seed):
    clock = SharedClock(Path(clock_path))
    Handler.shop = Shop(clock, lag_s=float(lag_s), lost=float(lost), seed=int(seed))
    server = Server(("127.0.0.1", 0), Handler)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
