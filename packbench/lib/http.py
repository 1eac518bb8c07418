"""The one way out: every call to another system leaves through `send`."""

import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import httpcore
import httpx

from packbench.lib.errors import OutcomeUnknown, Rejected, TemporaryError
from packbench.lib.hosts import Reach, addresses_of
from packbench.lib.sentences import marked

TIMEOUT = httpx.Timeout(30.0, connect=5.0)
DEADLINE_S = 60.0  # for the whole call: a slow drip does not hold a worker for ever
MAX_BODY_BYTES = 32 * 1024 * 1024

NOT_REACHED = marked("%(host)s could not be reached. Check this machine's network connection.")
NO_SUCH_NAME = marked(
    "The name %(host)s could not be looked up. Check this machine's network connection and DNS."
)
NOT_TRUSTED = marked(
    "No safe connection to %(host)s: its certificate is not trusted here. Check this machine's "
    "clock, and whether a proxy reads along."
)
ANSWER_LOST = marked("%(host)s took the request but its answer got lost.")

# Raised before a byte of the request went out: whatever it was, it did not happen.
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


def new_client(reach: Reach | None = None) -> httpx.Client:
    """Return a keep-alive client. It follows no redirect: tokens stay with their host.

    With `reach` it connects to no address beyond that, whatever a name leads to by now.
    """
    return httpx.Client(
        transport=_Transport(reach), timeout=TIMEOUT, follow_redirects=False, trust_env=False
    )


class TooLong(httpx.ReadError):
    """The body is longer than we are willing to read."""


def send(
    client: httpx.Client,
    request: httpx.Request,
    *,
    repeatable: bool,
    most_bytes: int | None = None,
) -> httpx.Response:
    """Send the request and return the answer whole, whatever its status, or fail in DEADLINE_S.

    An answer of more than `most_bytes` is one that got lost.
    Raises TemporaryError where nothing was sent, or where the answer got lost and the call is
    `repeatable`; OutcomeUnknown where the answer of any other call got lost.
    """
    host = request.url.host
    _this_call.ends_at = time.monotonic() + DEADLINE_S
    try:
        response = client.send(request, stream=True)
        try:
            _read_bounded(response, most_bytes or MAX_BODY_BYTES)
        finally:
            response.close()
        return response
    except NOT_SENT as error:
        raise _not_reached(error, host) from error
    except (httpx.TransportError, httpx.DecodingError, httpx.StreamError) as error:
        lost = TemporaryError if repeatable else OutcomeUnknown
        raise lost(ANSWER_LOST, code="answer_lost", host=host) from error


def _not_reached(error: BaseException, host: str) -> TemporaryError:
    """Say which step failed: looking the name up, trusting the other side, or connecting."""
    reasons = list(_reasons(error))
    if any(isinstance(reason, socket.gaierror) for reason in reasons):
        return TemporaryError(NO_SUCH_NAME, code="name_not_found", host=host)
    if any(isinstance(reason, ssl.SSLError) for reason in reasons):
        return TemporaryError(NOT_TRUSTED, code="not_trusted", host=host)
    return TemporaryError(NOT_REACHED, code="not_reached", host=host)


def _reasons(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _read_bounded(response: httpx.Response, most_bytes: int) -> None:
    """Read the body into the response; one without end is cut off: it is lost."""
    chunks, size = [], 0
    for chunk in response.iter_bytes():
        size += len(chunk)
        if size > most_bytes:
            raise TooLong("too long", request=response.request)
        chunks.append(chunk)
    response._content = b"".join(chunks)


class _ThisCall(threading.local):
    ends_at = float("inf")


_this_call = _ThisCall()


class _Stream(httpcore.NetworkStream):
    """A connection whose reads and writes end when the call's time is up, however they drip."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _Backend(httpcore.SyncBackend):
    def __init__(self, reach: Reach | None) -> None:
        self._reach = reach

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        if self._reach is not None:
            host = _reachable(host, self._reach)
        return _Stream(super().connect_tcp(host, port, timeout, local_address, socket_options))


@cache
def _trust() -> ssl.SSLContext:
    """Whom we believe, read once: reading the certificates takes longer than most calls."""
    return httpx.create_ssl_context(trust_env=False)


class _Transport(httpx.HTTPTransport):
    """httpx's own transport, on connections that keep the deadline.

    httpx has no setting for the network backend: the pool it made is replaced by its like.
    """

    def __init__(self, reach: Reach | None) -> None:
        super().__init__(verify=_trust(), trust_env=False)
        self._pool = httpcore.ConnectionPool(
            ssl_context=_trust(),
            max_connections=100,
            max_keepalive_connections=20,
            keepalive_expiry=5.0,
            network_backend=_Backend(reach),
        )


def _reachable(host: str, reach: Reach) -> str:
    try:
        return addresses_of(host, reach)[0]
    except Rejected as refusal:
        raise httpcore.ConnectError(str(refusal)) from refusal


def _left(timeout: float | None, error: type[Exception]) -> float:
    """The seconds that one read or write may still take. Raises the error where there are none."""
    left = _this_call.ends_at - time.monotonic()
    if left <= 0:
        raise error("The call took too long.")
    return left if timeout is None else min(timeout, left)
