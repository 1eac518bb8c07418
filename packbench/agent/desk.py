"""The desk as the agent sees it: one call, in which it tells what it did and gets the next job."""

import base64
import binascii
import ipaddress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx

from packbench.lib.errors import BadCredentials, Rejected, TemporaryError, Throttled
from packbench.lib.http import new_client, send
from packbench.lib.sentences import marked

PATH = "/api/v1/print/turn"
MOST_BYTES = 64 * 1024 * 1024

BAD_URL = marked("The desk's address must look like https://desk.example.com.")
NOT_SAFE = marked(
    "Labels show buyers' addresses: use https:// for a desk that is not in your own network."
)
NO_KEY = marked("The desk refuses the key. Make one for the print agent in Settings › API keys.")
SLOWER = marked("The desk asks for fewer calls.")
NOT_WELL = marked("The desk answered with status %(status)s.")


@dataclass(frozen=True, slots=True)
class Job:
    """A job to print. Its content shows buyers' addresses."""

    id: str
    printer: str
    format: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    acknowledged: tuple[str, ...] = ()
    job: Job | None = None


class Desk:
    """The desk at an address, opened with a key of the scope for printing."""

    def __init__(self, url: str, key: str) -> None:
        """Raises Rejected where the address is none, or not safe."""
        _check(url)
        self._url = url.rstrip("/") + PATH
        self._client = new_client()
        self._client.headers["Authorization"] = f"Bearer {key}"

    def turn(self, body: dict[str, Any]) -> Answer:
        """Tell and ask; safe to repeat. Raises TemporaryError, BadCredentials."""
        request = self._client.build_request("POST", self._url, json=body)
        response = send(self._client, request, repeatable=True, most_bytes=MOST_BYTES)
        if response.status_code in (401, 403):
            raise BadCredentials(NO_KEY, code="bad_key")
        if response.status_code == 429:
            wait = response.headers.get("Retry-After", "60")
            seconds = float(wait) if wait.isdigit() else 60.0
            raise Throttled(SLOWER, code="throttled", retry_after=seconds)
        if response.status_code != 200:
            raise TemporaryError(NOT_WELL, code="desk_fault", status=response.status_code)
        return _answer(response)


def _answer(response: httpx.Response) -> Answer:
    try:
        body = response.json()
        job = body["job"]
        return Answer(
            tuple(body["acknowledged"]),
            Job(
                id=job["id"],
                printer=job["printer"],
                format=job["format"],
                content=base64.b64decode(job["content"], validate=True),
            )
            if job
            else None,
        )
    except (ValueError, KeyError, TypeError, binascii.Error) as error:
        raise TemporaryError(NOT_WELL, code="desk_fault", status=200) from error


def _check(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Rejected(BAD_URL, code="bad_url")
    if parts.scheme == "http" and not _is_near(parts.hostname):
        raise Rejected(NOT_SAFE, code="not_safe")


def _is_near(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith((".local", ".lan", ".internal"))
