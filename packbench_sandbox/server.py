"""HTTP/1.1 with keep-alive on the standard library, so that sockets can be cut at will."""

from __future__ import annotations

import contextlib
import socket
import struct
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from packbench_sandbox.serving import Delivery, Desk
from packbench_sandbox.spoiling import pieces
from packbench_sandbox.wire import Refusal, Request, Response, refuse

if TYPE_CHECKING:
    from packbench_sandbox.sandbox import Sandbox

MAX_BODY = 5_000_000
_RESET = struct.pack("ii", 1, 0)


class Server:
    """Listens from the start (so that the address is known), answers once started."""

    def __init__(self, sandbox: Sandbox, host: str, port: int) -> None:
        self.desk = Desk(sandbox)
        self._listener = _Listener((host, port), _Handler)
        self._listener.desk = self.desk
        self._thread = threading.Thread(target=self._serve, name="sandbox", daemon=True)
        self.url = f"http://{host}:{self._listener.server_address[1]}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stop listening and cut every open connection. May run again."""
        self.desk.is_closing.set()
        if self._thread.is_alive():
            self._listener.shutdown()
            self._thread.join()
        self._listener.server_close()
        self._listener.cut_connections()

    def _serve(self) -> None:
        self._listener.serve_forever(poll_interval=0.02)


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    allow_reuse_address = True
    desk: Desk

    def __init__(self, *args: Any) -> None:
        self._open: set[socket.socket] = set()
        super().__init__(*args)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news; anything else is printed as usual."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)

    def cut_connections(self) -> None:
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Listener

    def _answer(self) -> None:
        if refusal := self._check_size():
            self.close_connection = True
            self._send(refusal.response, Delivery(refusal.response))
            return
        delivery = self.server.desk.deliver(self._read())
        if delivery.response is None:
            self._hang_up(delivery)
        else:
            self._send(delivery.response, delivery)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer

    def _check_size(self) -> Refusal | None:
        if self.headers.get("transfer-encoding"):
            return refuse(411, "LengthRequired", "Send the body with a Content-Length.")
        if int(self.headers.get("content-length") or 0) > MAX_BODY:
            return refuse(413, "RequestTooLarge", "The request is too large.")
        return None

    def _read(self) -> Request:
        headers = {name.lower(): value for name, value in self.headers.items()}
        length = int(headers.get("content-length") or 0)
        body = self.rfile.read(length) if length else b""
        return Request(self.command, self.path, headers, body)

    def _send(self, response: Response, delivery: Delivery) -> None:
        head = _head(response)
        if delivery.manner == "whole":
            self.wfile.write(head + response.body)
            return
        self.close_connection = True
        head = head[:-2] + b"Connection: close\r\n\r\n"
        for piece, seconds in pieces(head, response.body, delivery.manner, delivery):
            self.wfile.write(piece)
            if seconds and self.server.desk.is_closing.wait(seconds):
                return

    def _hang_up(self, delivery: Delivery) -> None:
        self.close_connection = True
        if delivery.manner == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the ledger and the statistics tell what happened."""


def _head(response: Response) -> bytes:
    reason = BaseHTTPRequestHandler.responses.get(response.status, ("",))[0]
    lines = [f"HTTP/1.1 {response.status} {reason}"]
    if response.content_type:
        lines.append(f"Content-Type: {response.content_type}")
    if response.status != 204:
        lines.append(f"Content-Length: {len(response.body)}")
    lines += [f"{name}: {value}" for name, value in response.headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
