"""Talking to the pretend carrier: addresses, authentication, and what its statuses mean."""

from urllib.parse import quote

import httpx

from packbench.connectors.sandbox.messages import parse_code
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

BAD_KEY = marked("The sandbox carrier does not accept the key: enter it again.")
BUSY = marked("The sandbox carrier asks us to wait.")
DOWN = marked("The sandbox carrier is out of order (%(status)s).")
MAY_HAVE_BOUGHT = marked("The sandbox carrier failed (%(status)s) and may have sold the label.")
UNREADABLE = marked("The sandbox carrier's answer cannot be read.")
NO_LABEL = marked("The sandbox carrier does not know this label.")
REFUSED = marked("The sandbox carrier refuses: %(reason)s.")
REASONS = {
    "too_heavy": marked("The sandbox carrier takes 30 kg at most: split the parcel."),
    "bad_weight": marked("Enter the parcel's weight in grams, with packaging."),
    "unknown_service": marked("The sandbox carrier has no such service: choose another one."),
    "missing": marked("The sandbox carrier needs the country of the ship-to address."),
}
ALREADY_VOIDED = "already_voided"


class Client:
    """One account. Every method returns the body of an answer that means yes."""

    def __init__(self, url: str, key: str, http: httpx.Client) -> None:
        self._labels = f"{url.rstrip('/')}/carrier/v1/labels"
        self._tracking = f"{url.rstrip('/')}/carrier/v1/tracking"
        self._headers = {"Authorization": f"Bearer {key}"}
        self._http = http

    def buy(self, body: dict[str, object]) -> bytes:
        """Buying is not idempotent there: any answer but a clear one leaves it unknown."""
        request = self._http.build_request("POST", self._labels, headers=self._headers, json=body)
        return self._sent(request, repeatable=False)

    def find(self, reference: str) -> bytes:
        request = self._http.build_request(
            "GET", self._labels, headers=self._headers, params={"reference": reference}
        )
        return self._sent(request, repeatable=True)

    def void(self, label_id: str) -> bytes:
        """Voiding twice is voiding once."""
        address = f"{self._labels}/{quote(label_id, safe='')}/void"
        request = self._http.build_request("POST", address, headers=self._headers)
        try:
            return self._sent(request, repeatable=True)
        except Rejected as error:
            if error.code != ALREADY_VOIDED:
                raise
            return b""

    def track(self, tracking_number: str) -> bytes:
        address = f"{self._tracking}/{quote(tracking_number, safe='')}"
        request = self._http.build_request("GET", address, headers=self._headers)
        return self._sent(request, repeatable=True)

    def _sent(self, request: httpx.Request, *, repeatable: bool) -> bytes:
        response = send(self._http, request, repeatable=repeatable)
        if response.is_success:
            return response.content
        raise error_of(response, repeatable=repeatable)


def unreadable(*, repeatable: bool) -> RemoteError:
    """Return what a success means whose body makes no sense."""
    kind = TemporaryError if repeatable else OutcomeUnknown
    return kind(UNREADABLE, code="unreadable")


def error_of(response: httpx.Response, *, repeatable: bool) -> RemoteError:
    """Return what a refusal or a failure means for the one who asked."""
    status = response.status_code
    if status in (401, 403):
        return BadCredentials(BAD_KEY, code="bad_key")
    if status == 429:
        return Throttled(BUSY, code="throttled", retry_after=_retry_after(response))
    if status == 404:
        return NotFound(NO_LABEL, code="not_found")
    if 400 <= status < 500:
        reason = parse_code(response.content)
        return Rejected(
            REASONS.get(reason, REFUSED), code=reason or "refused", reason=reason or status
        )
    if repeatable:
        wait = _retry_after(response)
        return TemporaryError(DOWN, code="unavailable", retry_after=wait, status=status)
    return OutcomeUnknown(MAY_HAVE_BOUGHT, code="failed", status=status)


def _retry_after(response: httpx.Response) -> float | None:
    """Return the seconds to wait; a date, which it may also be, is left out."""
    value = response.headers.get("Retry-After", "")
    return float(value) if value.isascii() and value.isdigit() else None
