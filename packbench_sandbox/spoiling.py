"""Answers that come back spoiled: what is in them, and how their bytes arrive."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from functools import cache
from typing import Protocol

from packbench_sandbox.faults import Fault
from packbench_sandbox.wire import JSON, Response

Piece = tuple[bytes, float]  # some bytes, and the seconds to wait after them
PIECES = 20  # of an answer that drips
BOMB = 300_000_000  # bytes, unpacked
TLS_ALERT = b"\x15\x03\x03\x00\x02\x02\x28"
CHUNK = 65_536


class Timed(Protocol):
    """How an answer arrives: over how many seconds, and how many of its bytes at all."""

    @property
    def seconds(self) -> float: ...
    @property
    def at(self) -> int | None: ...


def rewritten(response: Response, fault: Fault) -> Response:
    """The answer with another content in its place."""
    return REWRITTEN[fault.kind](response, fault)


def pieces(head: bytes, body: bytes, manner: str, timed: Timed) -> Iterator[Piece]:
    """The bytes of an answer as they go out."""
    return MANNERS[manner](head, body, timed)


def _page(response: Response, _: Fault) -> Response:
    return Response(200, b"<html><h1>Thank you</h1></html>", "text/html", response.headers)


def _failure(response: Response, _: Fault) -> Response:
    return Response(500, b"", "", response.headers)


def _empty(response: Response, _: Fault) -> Response:
    return Response(response.status, b"", response.content_type, response.headers)


def _no_content(response: Response, _: Fault) -> Response:
    return Response(204, b"", "", response.headers)


def _redirect(response: Response, _: Fault) -> Response:
    return Response(307, b"", "", {**response.headers, "Location": "?again"})


def _other_type(response: Response, _: Fault) -> Response:
    return Response(response.status, b'["yes", 1, null]', JSON, response.headers)


def _other_letters(response: Response, _: Fault) -> Response:
    body = b"\xff\xfe" + response.body.replace(b"e", b"\xe9")
    return Response(response.status, body, response.content_type, response.headers)


def _half(response: Response, _: Fault) -> Response:
    response.body = response.body[: len(response.body) // 2] + b"}"
    return response


def _huge(response: Response, fault: Fault) -> Response:
    response.body += bytes(fault.size)
    return response


def _bad_gzip(response: Response, _: Fault) -> Response:
    response.body = gzip.compress(response.body, mtime=0)[:-9] + bytes(9)
    response.headers["Content-Encoding"] = "gzip"
    return response


def _bomb(response: Response, _: Fault) -> Response:
    response.body = _packed_bomb()
    response.headers["Content-Encoding"] = "gzip"
    return response


@cache
def _packed_bomb() -> bytes:
    return gzip.compress(bytes(BOMB), compresslevel=1, mtime=0)


REWRITTEN: dict[str, Callable[[Response, Fault], Response]] = {
    "html": _page,
    "500_after": _failure,
    "empty": _empty,
    "no_content": _no_content,
    "redirect": _redirect,
    "wrong_type": _other_type,
    "not_utf8": _other_letters,
    "bad_json": _half,
    "huge": _huge,
    "bad_gzip": _bad_gzip,
    "gzip_bomb": _bomb,
}


def _cut(head: bytes, body: bytes, timed: Timed) -> Iterator[Piece]:
    place = len(head) + len(body) // 2 if timed.at is None else timed.at
    yield (head + body)[:place], 0


def _slow(head: bytes, body: bytes, timed: Timed) -> Iterator[Piece]:
    content = head + body
    size = max(1, -(-len(content) // PIECES))
    for start in range(0, len(content), size):
        yield content[start : start + size], timed.seconds / PIECES


def _wrong_length(head: bytes, body: bytes, _: Timed) -> Iterator[Piece]:
    said, real = f"Content-Length: {len(body)}", f"Content-Length: {len(body) // 2}"
    yield head.replace(said.encode(), real.encode()) + body, 0


def _garbage(_head: bytes, _body: bytes, _: Timed) -> Iterator[Piece]:
    yield TLS_ALERT * 50, 0


def _headers(head: bytes, body: bytes, _: Timed) -> Iterator[Piece]:
    yield head[:-2], 0
    for number in range(200):
        yield f"X-More-{number}: {'x' * 8000}\r\n".encode(), 0
    yield b"\r\n" + body, 0


def _interim(head: bytes, body: bytes, timed: Timed) -> Iterator[Piece]:
    for _ in range(PIECES):
        yield b"HTTP/1.1 102 Processing\r\n\r\n" * 10, timed.seconds / PIECES
    yield head + body, 0


def _endless(head: bytes, _body: bytes, timed: Timed) -> Iterator[Piece]:
    yield head.split(b"\r\n", 1)[0] + b"\r\nTransfer-Encoding: chunked\r\n\r\n", 0
    for _ in range(1000):
        yield b"%x\r\n" % CHUNK + bytes(CHUNK) + b"\r\n", timed.seconds / 1000


MANNERS: dict[str, Callable[[bytes, bytes, Timed], Iterator[Piece]]] = {
    "cut": _cut,
    "slow": _slow,
    "wrong_length": _wrong_length,
    "garbage": _garbage,
    "headers": _headers,
    "interim": _interim,
    "endless": _endless,
}
