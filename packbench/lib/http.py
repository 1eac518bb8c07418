"""The one way out: every call to another system leaves through `send`."""

import time

import httpx

from packbench.lib.errors import OutcomeUnknown, TemporaryError
from packbench.lib.sentences import marked

TIMEOUT = httpx.Timeout(30.0, connect=5.0)
DEADLINE_S = 60.0  # for the whole answer: a slow drip does not hold a worker for ever
MAX_BODY_BYTES = 32 * 1024 * 1024

NOT_REACHED = marked("%(host)s could not be reached. Check this machine's network connection.")
ANSWER_LOST = marked("%(host)s took the request but its answer got lost.")

# Raised before a byte of the request went out: whatever it was, it did not happen.
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


def new_client() -> httpx.Client:
    """Return a keep-alive client. It follows no redirect: tokens stay with their host."""
    return httpx.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=False)


def send(client: httpx.Client, request: httpx.Request, *, repeatable: bool) -> httpx.Response:
    """Send the request and return the answer whole, whatever its status.

    Raises TemporaryError where nothing was sent, or where the answer got lost and the call is
    `repeatable`; OutcomeUnknown where the answer of any other call got lost.
    """
    host = request.url.host
    try:
        response = client.send(request, stream=True)
        try:
            _read_bounded(response)
        finally:
            response.close()
        return response
    except NOT_SENT as error:
        raise TemporaryError(NOT_REACHED, code="not_reached", host=host) from error
    except (httpx.TransportError, httpx.DecodingError, httpx.StreamError) as error:
        lost = TemporaryError if repeatable else OutcomeUnknown
        raise lost(ANSWER_LOST, code="answer_lost", host=host) from error


def _read_bounded(response: httpx.Response) -> None:
    """Read the body into the response; one without end, or too slow, is cut off: it is lost."""
    chunks, size, ends_at = [], 0, time.monotonic() + DEADLINE_S
    for chunk in response.iter_bytes():
        size += len(chunk)
        if size > MAX_BODY_BYTES or time.monotonic() > ends_at:
            raise httpx.ReadError("too long", request=response.request)
        chunks.append(chunk)
    response._content = b"".join(chunks)
