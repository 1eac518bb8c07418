"""Sending to a linked shop, and what its statuses mean for the one who sends."""

import httpx

from packbench.lib.errors import (
    NotFound,
    Rejected,
    RemoteError,
    TemporaryError,
    Throttled,
)
from packbench.lib.http import send
from packbench.lib.sentences import marked

MOST_BYTES = 1024 * 1024
BAD_SECRET = marked("%(host)s does not accept the secret: enter it again.")
BUSY = marked("%(host)s asks us to wait.")
DOWN = marked("%(host)s is out of order (%(status)s).")
MOVED = marked("%(host)s answers that the address moved. Enter the address it has now.")
NO_SUCH_PLACE = marked("%(host)s does not know this address (%(status)s). Check it.")
REFUSED = marked("%(host)s refuses what it was told (%(status)s). Look at its own log.")
UNREADABLE = marked("The answer of %(host)s cannot be read.")
LATER = (408, 425, 429)


def sent(http: httpx.Client, request: httpx.Request, *, repeatable: bool = True) -> httpx.Response:
    """Return an answer that means yes. Raises what any other one means."""
    response = send(http, request, repeatable=repeatable, most_bytes=MOST_BYTES)
    if response.is_success:
        return response
    raise error_of(response)


def unreadable(host: str) -> RemoteError:
    return TemporaryError(UNREADABLE, code="unreadable", host=host)


def error_of(response: httpx.Response) -> RemoteError:
    """Return what a refusal or a failure means. Nothing of its body is kept."""
    status, host = response.status_code, response.request.url.host
    said = {"host": host, "status": str(status)}
    if status in LATER:
        wait = _wait(response)
        return Throttled(BUSY, code="throttled", retry_after=wait, **said)
    if status in (401, 403):
        return Rejected(BAD_SECRET, code="bad_secret", **said)
    if status in (404, 410):
        return NotFound(NO_SUCH_PLACE, code="not_found", **said)
    if 300 <= status < 400:
        return Rejected(MOVED, code="moved", **said)
    if 400 <= status < 500:
        return Rejected(REFUSED, code="refused", **said)
    return TemporaryError(DOWN, code="unavailable", retry_after=_wait(response), **said)


def _wait(response: httpx.Response) -> float | None:
    """The seconds to wait; BigCommerce says milliseconds in a header of its own."""
    for name, unit in (("Retry-After", 1), ("X-Rate-Limit-Time-Reset-Ms", 1000)):
        value = response.headers.get(name, "")
        if value.isascii() and value.isdigit():
            return int(value) / unit
    return None
