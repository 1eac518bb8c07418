"""The program that runs Karrio, in an environment and a process of its own.

Plain Python and Karrio: nothing of Packbench is imported here. Its parent (`children.py`) talks to
it by frames, each four bytes of length and JSON. A question is answered by a frame `going` before
each request that may change something leaves, and a last one with what came of all: `result` as
Karrio has it, `messages`, and the `calls` that were made, each with whether it was `sent`, the
`status` that came back and what failed. Nothing is logged or written, and no word of a question
outlives its answer but the tokens that carriers gave.

Karrio 2026.1.32, as measured: importing it turns the verification of certificates off in the whole
process; a failed request is sent twice where `sentry_sdk` can be imported; no call has a time-out;
every exception becomes a message. So the one function through which it reaches the network,
`karrio.core.utils.helpers.urlopen`, is replaced here.
"""

import hashlib
import http.client
import io
import json
import logging
import os
import re
import resource
import select
import socket
import ssl
import struct
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

MOST_BYTES = 16 * 1024 * 1024  # of one answer of a carrier
MOST_FRAME = 4 * 1024 * 1024  # of a question
MOST_ACCOUNTS = 50  # whose tokens are kept
MEMORY = 2 * 1024 * 1024 * 1024  # of address space
FILES_OPEN = 128
CONNECT_S = 5.0
IDLE_S = 600.0
SAFE = frozenset({"GET", "HEAD"})
FORM = re.compile(r"[^\s\"'<>{}\[\]\\]+")
HEAD = struct.Struct(">I")

Call = dict[str, Any]
Tell = Callable[[Mapping[str, Any]], None]


class Frames:
    """The two pipes to the parent. Nobody else may print there."""

    def __init__(self) -> None:
        self._in, self._out = os.dup(0), os.dup(1)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        self._lock = threading.Lock()

    def read(self) -> dict[str, Any] | None:
        """The next question; None where there will be none, or was none for long."""
        if not select.select([self._in], [], [], IDLE_S)[0]:
            return None
        head = self._bytes(HEAD.size)
        size = HEAD.unpack(head)[0] if len(head) == HEAD.size else 0
        body = self._bytes(size) if 0 < size <= MOST_FRAME else b""
        if not body or len(body) < size:
            return None
        question: dict[str, Any] = json.loads(body)
        return question

    def tell(self, frame: Mapping[str, Any]) -> None:
        body = json.dumps(frame, default=str).encode()
        with self._lock:
            content = memoryview(HEAD.pack(len(body)) + body)
            while content:
                content = content[os.write(self._out, content) :]

    def _bytes(self, size: int) -> bytes:
        content = b""
        while len(content) < size:
            piece = os.read(self._in, size - len(content))
            if not piece:
                break
            content += piece
        return content


class Reply:
    """What came back, as urllib gives it."""

    def __init__(
        self, url: str, status: int, headers: http.client.HTTPMessage, body: bytes
    ) -> None:
        self.url, self.status, self.code, self.headers = url, status, status, headers
        self._body = body

    def read(self) -> bytes:
        return self._body

    def __enter__(self) -> "Reply":
        return self

    def __exit__(self, *_: object) -> None:
        return None


class Transport:
    """The way out for one question: verified, bounded, within its time, and never twice.

    `base` is where a sandbox plays the carriers' hosts; without one only https is spoken.
    """

    def __init__(self, trust: ssl.SSLContext, base: str, seconds: float, tell: Tell) -> None:
        self._trust, self._base, self._tell = trust, base, tell
        self._ends_at = time.monotonic() + seconds
        self._asked: set[tuple[str, str, bytes | None]] = set()
        self.calls: list[Call] = []

    def urlopen(self, request: urllib.request.Request, *_: Any, **__: Any) -> Reply:
        """In the place of urllib's. Raises HTTPError for what is no success, URLError else."""
        url, body, method = request.full_url, content_of(request), request.get_method()
        call: Call = {
            "method": method,
            "is_sign_in": is_sign_in(body),
            "sent": False,
            "status": None,
            "fault": "",
            "host": urllib.parse.urlsplit(url).hostname or "",
            "retry_after": "",
        }
        self.calls.append(call)
        if method not in SAFE and not call["is_sign_in"]:
            self._once(call, (method, url, body))
            self._tell({"going": method})
        headers = {name.lower(): value for name, value in request.header_items()}
        if body is not None:
            headers.setdefault("content-type", "application/x-www-form-urlencoded")
        status, reason, answered, content = self._exchange(call, url, body, headers)
        call["status"], call["retry_after"] = status, answered.get("Retry-After", "")[:40]
        if 200 <= status < 300:
            return Reply(url, status, answered, content)
        raise urllib.error.HTTPError(url, status, reason, answered, io.BytesIO(content))

    def _once(self, call: Call, asked: tuple[str, str, bytes | None]) -> None:
        """What may change something leaves once for one question, whoever asks again."""
        if asked in self._asked:
            raise self._fail(call, "twice")
        self._asked.add(asked)

    def _exchange(
        self, call: Call, url: str, body: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, str, http.client.HTTPMessage, bytes]:
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise self._fail(call, "late")
        connection, target = self._connection(call, url, left)
        watch = threading.Timer(left, cut, [connection])
        watch.daemon = True
        watch.start()
        try:
            self._connect(call, connection)
            self._send(call, connection, target, body, headers)
            return self._receive(call, connection)
        finally:
            watch.cancel()
            connection.close()

    def _connection(
        self, call: Call, url: str, left: float
    ) -> tuple[http.client.HTTPConnection, str]:
        parts = urllib.parse.urlsplit(url)
        target = urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))
        seconds = min(CONNECT_S, left)
        if self._base:
            there = urllib.parse.urlsplit(self._base)
            target = f"{there.path}/{parts.netloc}{target}"
            if there.scheme == "http":
                return http.client.HTTPConnection(there.netloc, timeout=seconds), target
            parts = there
        if parts.scheme != "https" or not parts.hostname:
            raise self._fail(call, "not_https")
        return http.client.HTTPSConnection(
            parts.hostname, parts.port, timeout=seconds, context=self._trust
        ), target

    def _connect(self, call: Call, connection: http.client.HTTPConnection) -> None:
        try:
            connection.connect()
        except ssl.SSLError:
            raise self._fail(call, "not_trusted") from None
        except socket.gaierror:
            raise self._fail(call, "name_not_found") from None
        except (OSError, ValueError):
            raise self._fail(call, "not_reached") from None
        connection.sock.settimeout(max(0.01, self._ends_at - time.monotonic()))

    def _send(
        self,
        call: Call,
        connection: http.client.HTTPConnection,
        target: str,
        body: bytes | None,
        headers: Mapping[str, str],
    ) -> None:
        """Whatever http.client finds wrong with a request, it finds before a byte has left."""
        try:
            connection.putrequest(call["method"], target, skip_accept_encoding=True)
            for name, value in headers.items():
                if name not in ("host", "content-length", "connection", "accept-encoding"):
                    connection.putheader(name, value)
            if body is not None or call["method"] not in SAFE:
                connection.putheader("Content-Length", str(len(body or b"")))
            connection.putheader("Accept-Encoding", "identity")
            connection.putheader("Connection", "close")
        except (http.client.HTTPException, ValueError):
            raise self._fail(call, "malformed") from None
        call["sent"] = True
        try:
            connection.endheaders(body)
        except (OSError, http.client.HTTPException):
            raise self._fail(call, "lost") from None

    def _receive(
        self, call: Call, connection: http.client.HTTPConnection
    ) -> tuple[int, str, http.client.HTTPMessage, bytes]:
        try:
            answer = connection.getresponse()
            content = answer.read(MOST_BYTES + 1)
            is_short = answer.length not in (None, 0)
        except (OSError, http.client.HTTPException, ValueError, AttributeError):
            raise self._fail(call, "lost") from None
        is_late = time.monotonic() > self._ends_at  # what was cut then may look whole
        if len(content) > MOST_BYTES or is_short or is_late or is_packed(answer.headers):
            raise self._fail(call, "lost")
        return answer.status, answer.reason, answer.headers, content

    def _fail(self, call: Call, fault: str) -> urllib.error.URLError:
        call["fault"] = fault
        return urllib.error.URLError(fault)


def content_of(request: urllib.request.Request) -> bytes | None:
    """Its body. Raises ValueError where that is no bytes: nothing else is ever given."""
    if request.data is None or isinstance(request.data, bytes):
        return request.data
    raise ValueError("The body is no bytes.")


def is_sign_in(body: bytes | None) -> bool:
    """Whether a request can only ask for a token (RFC 6749): nothing is sold by it.

    What is neither a JSON object nor a whole form is none: an address in it may hold any word.
    """
    if body is None or len(body) > 20_000:
        return False
    try:
        text = body.decode()
        if FORM.fullmatch(text):
            return "grant_type" in urllib.parse.parse_qs(text)
        said = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(said, dict) and "grant_type" in said


def is_packed(headers: http.client.HTTPMessage) -> bool:
    return str(headers.get("Content-Encoding", "identity")).lower() not in ("", "identity")


def cut(connection: http.client.HTTPConnection) -> None:
    """End a connection whose time is up, however its bytes drip."""
    with suppress(OSError, AttributeError):  # it ended by itself
        connection.sock.shutdown(socket.SHUT_RDWR)


class Karrio:
    """Karrio, loaded once, and the tokens that its carriers gave."""

    def __init__(self, trust: ssl.SSLContext) -> None:
        # No double requests, and no word to anybody else.
        sys.modules["sentry_sdk"] = None  # type: ignore[assignment]
        make_context = ssl._create_default_https_context
        import karrio.core.utils.helpers as helpers
        import karrio.lib as lib
        import karrio.references as references
        import karrio.sdk as sdk

        ssl._create_default_https_context = make_context
        silence()
        self._trust, self._helpers, self._lib = trust, helpers, lib
        self._sdk, self._references = sdk, references
        self._tokens: dict[str, Any] = {}
        self._signed_in: set[str] = set()
        helpers.urlopen = refuse
        sdk.gateway.providers  # noqa: B018 - imports what is installed, once

    def answer(self, question: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
        """All that came of a question. What goes wrong here is a `fault` with its type's name."""
        transport = Transport(
            self._trust, question.get("base", ""), question.get("seconds", 60.0), tell
        )
        account = account_of(question)
        had_token = account in self._signed_in
        self._helpers.urlopen = transport.urlopen
        try:
            frame = self._done(question, account)
        except Exception as error:
            frame = {"fault": type(error).__name__}
        finally:
            self._helpers.urlopen = refuse
        if any(call["is_sign_in"] for call in transport.calls):
            self._signed_in.add(account)
        if any(call["status"] in (401, 403) for call in transport.calls):
            self._forget(account)
        return {**frame, "calls": transport.calls, "had_token": had_token}

    def _done(self, question: Mapping[str, Any], account: str) -> dict[str, Any]:
        op, given = question["op"], question.get("given")
        if op == "describe":
            return {"result": self._description()}
        gateway = self._gateway(question["carrier"], question["settings"], account)
        ask = {
            "rates": self._sdk.Rating.fetch,
            "buy": self._sdk.Shipment.create,
            "void": self._sdk.Shipment.cancel,
            "track": self._sdk.Tracking.fetch,
        }[op]
        result, messages = ask(given).from_(gateway).parse()
        to_dict = self._lib.to_dict
        return {
            "result": None if result is None else to_dict(result),
            "messages": to_dict(messages or []),
        }

    def _gateway(self, carrier: str, settings: Mapping[str, Any], account: str) -> Any:
        """A gateway of its own for each question: Karrio's keeps all that it ever sent."""
        if account not in self._tokens:
            while len(self._tokens) >= MOST_ACCOUNTS:
                self._forget(next(iter(self._tokens)))
            self._tokens[account] = self._lib.Cache()
        return self._sdk.gateway[carrier].create(settings, cache=self._tokens[account])

    def _forget(self, account: str) -> None:
        """Sign in anew with the next question."""
        self._tokens.pop(account, None)
        self._signed_in.discard(account)

    def _description(self) -> dict[str, Any]:
        """What is installed: each carrier that sells labels, and what its accounts are made of."""
        known = self._references.collect_references()
        described = {}
        for code, fields in known["connection_fields"].items():
            provider = self._sdk.gateway.providers[code]
            proxy, options = provider.Proxy, provider.options
            if not hasattr(proxy, "create_shipment") or code in known["carrier_hubs"]:
                continue
            described[code] = {
                "name": known["carriers"][code],
                "status": known["integration_status"].get(code, ""),
                "fields": list(fields.values()),
                "configs": list(known["connection_configs"].get(code, {}).values()),
                "services": {
                    name: str(value) for name, value in known["services"].get(code, {}).items()
                },
                "options": [] if options is None else list(options.__members__),
                "can_void": "cancel_shipment" in vars(proxy),
                "can_track": "get_tracking" in vars(proxy),
                "has_live_rates": "get_rates" in vars(proxy)
                and not any(each.__name__ == "RatingMixinProxy" for each in proxy.__mro__),
            }
        return described


def account_of(question: Mapping[str, Any]) -> str:
    """Whose tokens are whose: a sandbox's tokens are nothing to the carrier, or to another one."""
    who = [question.get("base"), question.get("carrier"), question.get("settings")]
    words = json.dumps(who, sort_keys=True)
    return hashlib.sha256(words.encode()).hexdigest()


def silence() -> None:
    """Let nobody write a line: Karrio logs addresses at its lowest level."""
    logging.disable(logging.CRITICAL)
    try:
        from loguru import logger
    except ImportError:
        return
    logger.remove()
    logger.disable("karrio")


def refuse(*_: Any, **__: Any) -> None:
    """Between two questions nobody reaches the network."""
    raise urllib.error.URLError("nobody asked")


def confine() -> None:
    """No core with addresses in it, no file written, bounded memory."""
    for kind, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, FILES_OPEN),
        (resource.RLIMIT_AS, MEMORY),
    ):
        resource.setrlimit(kind, (most, most))


def main() -> None:
    frames = Frames()
    confine()
    trust = ssl.create_default_context()
    try:
        karrio = Karrio(trust)
    except ImportError:
        frames.tell({"fault": "not_installed"})
        return
    frames.tell({"ready": True})
    while answer_next(karrio, frames):
        pass


def answer_next(karrio: Karrio, frames: Frames) -> bool:
    """Answer one question and forget it; False where none came."""
    question = frames.read()
    if question is None:
        return False
    frames.tell(karrio.answer(question, frames.tell))
    return True


if __name__ == "__main__":
    main()
