"""Calling a carrier's JSON API: what its statuses mean for the one who asked."""

from collections.abc import Callable, Collection, Mapping

import httpx
import msgspec

from packbench.lib.errors import (
    BadCredentials,
    NotFound,
    OutcomeUnknown,
    Rejected,
    RemoteError,
    TemporaryError,
    Throttled,
)
from packbench.lib.http import send
from packbench.lib.sentences import marked

BAD_KEY = marked("%(carrier)s does not accept the key. Enter it again in Settings, Carriers.")
BUSY = marked("%(carrier)s asks us to wait.")
DOWN = marked("%(carrier)s is out of order (%(status)s).")
MAY_HAVE_HAPPENED = marked("%(carrier)s failed (%(status)s); it may have happened all the same.")
UNREADABLE = marked("The answer of %(carrier)s cannot be read.")
UNKNOWN_THERE = marked("%(carrier)s does not know what was asked for.")
REFUSED = marked("%(carrier)s refuses: %(reason)s.")
MOST_REASON = 60
JSON = "application/json"

Reader = Callable[[bytes], str]


class Rest:
    """One account at a JSON API. `reason_of` reads the code of a refusal: a plain word or empty.

    Messages of carriers are not passed on: they repeat addresses.
    """

    def __init__(
        self,
        carrier: str,
        url: str,
        http: httpx.Client,
        *,
        headers: Mapping[str, str],
        reason_of: Reader,
    ) -> None:
        self.carrier = carrier
        self._url, self._http, self._headers = url.rstrip("/"), http, dict(headers)
        self._reason_of = reason_of

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        repeatable: bool,
        also: Collection[int] = (),
        accept: str = JSON,
    ) -> httpx.Response:
        """Return an answer that means yes; anything else is raised (lib.errors).

        `also` are further statuses whose answers are returned. `accept` is the media type.
        """
        content = None if body is None else msgspec.json.encode(body)
        headers = {**self._headers, "accept": accept}
        if content is not None:
            headers["content-type"] = JSON
        request = self._http.build_request(
            method, self._url + path, headers=headers, content=content
        )
        response = send(self._http, request, repeatable=repeatable)
        if response.is_success or response.status_code in also:
            return response
        raise self._error_of(response, repeatable=repeatable)

    def unreadable(self, *, repeatable: bool) -> RemoteError:
        """Return what a success means whose body makes no sense."""
        kind = TemporaryError if repeatable else OutcomeUnknown
        return kind(UNREADABLE, code="unreadable", carrier=self.carrier)

    def _error_of(self, response: httpx.Response, *, repeatable: bool) -> RemoteError:
        status, about = response.status_code, {"carrier": self.carrier}
        if status in (401, 403):
            return BadCredentials(BAD_KEY, code="bad_key", **about)
        if status == 429:
            return Throttled(BUSY, code="throttled", retry_after=retry_after(response), **about)
        if status == 404:
            return NotFound(UNKNOWN_THERE, code="not_found", **about)
        if 400 <= status < 500 and status != 408:
            reason = self._reason_of(response.content)[:MOST_REASON]
            return Rejected(REFUSED, code=reason or "refused", reason=reason or status, **about)
        if not repeatable:  # redirects are not followed: they are no clear answer either
            return OutcomeUnknown(MAY_HAVE_HAPPENED, code="failed", status=status, **about)
        wait = retry_after(response)
        return TemporaryError(DOWN, code="unavailable", retry_after=wait, status=status, **about)


def retry_after(response: httpx.Response) -> float | None:
    """Return the seconds to wait; a date, which it may also be, is left out."""
    value = response.headers.get("Retry-After", "")
    return float(value) if value.isascii() and value.isdigit() else None


def plain(word: str) -> str:
    """Return a carrier's code where it is one: a text might name somebody."""
    is_plain = word.isascii() and word.replace("_", "").replace(".", "").replace("-", "").isalnum()
    return word if is_plain and len(word) <= MOST_REASON else ""
