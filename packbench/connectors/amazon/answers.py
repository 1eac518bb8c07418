"""An answer of Amazon, read as far as every operation has it in common."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

import httpx
import msgspec

from packbench.connectors.amazon.decoding import decoded

# What must not travel on in a message that echoes an input: tokens, secrets, e-mail addresses.
SECRETS = re.compile(r"\bAt[a-z][\w.]*\|\S+|amzn1\.oa2-cs\.\S+|\S+@\S+")
MESSAGE_LENGTH = 300
SHORTEST_PRIVATE = 3  # letters: less than that is in any text


@dataclass(frozen=True, slots=True)
class Fault:
    """The first error that Amazon lists: its code and its words, without secrets."""

    code: str = ""
    message: str = ""
    details: str = ""

    @property
    def text(self) -> str:
        return f"{self.code} {self.message} {self.details}"

    @property
    def is_about_the_token(self) -> bool:
        return "access token" in f"{self.message} {self.details}".lower()


class _Error(msgspec.Struct):
    code: str | None = None
    message: str | None = None
    details: str | None = None


class _ErrorList(msgspec.Struct):
    errors: list[_Error] | None = None


_errors = msgspec.json.Decoder(_ErrorList, strict=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. The body stays here: it is never shown, logged or put into an error."""

    status: int
    body: bytes
    is_json: bool
    request_id: str
    rate_limit: str
    retry_after: float | None
    date: str
    fault: Fault

    def __repr__(self) -> str:
        return f"Answer({self.status}, {self.request_id})"

    @property
    def is_readable(self) -> bool:
        """Whether it can be from Amazon's API at all: JSON, or nothing."""
        return self.is_json or not self.body


def read(response: httpx.Response) -> Answer:
    """Return the answer; whatever it holds, this does not fail."""
    headers = response.headers
    is_json = "json" in headers.get("content-type", "").lower()
    return Answer(
        status=response.status_code,
        body=response.content,
        is_json=is_json,
        request_id=headers.get("x-amzn-requestid", "")[:100],
        rate_limit=headers.get("x-amzn-ratelimit-limit", ""),
        retry_after=_seconds(headers.get("retry-after", "")),
        date=headers.get("date", ""),
        fault=_fault(response.content) if is_json and response.is_error else Fault(),
    )


def clean(text: str | None) -> str:
    """Return Amazon's words without line breaks and secrets, cut to a length that can be shown."""
    words = " ".join((text or "")[: 4 * MESSAGE_LENGTH].split())
    return SECRETS.sub("…", words)[:MESSAGE_LENGTH]


def discreet(answer: Answer, private: Iterable[str]) -> Answer:
    """Return the answer without these words of a person in what Amazon says of it."""
    words = sorted({each for each in private if len(each) >= SHORTEST_PRIVATE}, key=len)
    if not words or not answer.fault.text.strip():
        return answer
    pattern = re.compile("|".join(map(re.escape, reversed(words))), re.IGNORECASE)
    fault = answer.fault
    fault = Fault(fault.code, pattern.sub("…", fault.message), pattern.sub("…", fault.details))
    return replace(answer, fault=fault)


def _fault(body: bytes) -> Fault:
    listed = decoded(_errors, body)
    if listed is None or not listed.errors:
        return Fault()
    first = listed.errors[0]
    return Fault(clean(first.code), clean(first.message), clean(first.details))


def _seconds(header: str) -> float | None:
    return float(header) if header.isascii() and header.isdigit() else None
