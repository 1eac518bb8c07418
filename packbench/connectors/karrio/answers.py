"""What Karrio answers, read without its texts, and what it means that it has no result: pure."""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from packbench.carriers.base import (
    LabelFile,
    LabelSize,
    Rate,
    Rates,
    Tracked,
    Tracking,
    TrackingCode,
)
from packbench.connectors.calling import (
    BUSY,
    DOWN,
    MAY_HAVE_HAPPENED,
    REFUSED,
    UNKNOWN_THERE,
    UNREADABLE,
)
from packbench.connectors.karrio.children import Call, Frame, Message
from packbench.lib.errors import (
    BadCredentials,
    NotFound,
    OutcomeUnknown,
    Rejected,
    RemoteError,
    TemporaryError,
    Throttled,
    Unsupported,
)
from packbench.lib.http import NO_SUCH_NAME, NOT_REACHED, NOT_TRUSTED
from packbench.lib.money import Money
from packbench.lib.sentences import marked

T = TypeVar("T")
SAFE = frozenset({"GET", "HEAD"})
KARRIOS_OWN = "SHIPPING_SDK"  # how the codes begin that no carrier gave
NOT_SUPPORTED = "SHIPPING_SDK_NON_SUPPORTED_ERROR"
NEVER_SENT = frozenset({"malformed", "not_https", "twice"})  # by our own transport
HARMLESS = frozenset({"info", "note", "notice", "warning"})
MOST_OFFERS, MOST_WORDS, MOST_CODE, LONGEST_CODE = 300, 200, 40, 24
SHORTEST_PRIVATE = 3  # characters of a name that a sentence may repeat
END_OF_DAY = time(23, 59, tzinfo=UTC)
MAGIC = {b"%PDF": "pdf", b"^XA": "zpl"}
ALREADY = re.compile(r"already\W+(?:been\W+)?(?:void|cancel)", re.IGNORECASE)
CODES = {
    "pending": TrackingCode.NOT_YET,
    "cancelled": TrackingCode.NOT_YET,
    "picked_up": TrackingCode.ACCEPTED,
    "in_transit": TrackingCode.IN_TRANSIT,
    "out_for_delivery": TrackingCode.IN_TRANSIT,
    "delivery_delayed": TrackingCode.IN_TRANSIT,
    "on_hold": TrackingCode.EXCEPTION,
    "delivery_failed": TrackingCode.ATTEMPT,
    "ready_for_pickup": TrackingCode.COLLECTION_POINT,
    "delivered": TrackingCode.DELIVERED,
    "return_to_sender": TrackingCode.EXCEPTION,
}
BAD_KEY = marked("%(carrier)s does not accept the account's data. Enter them again in Settings, "
                 "Carriers.")  # fmt: skip
LOST = marked("%(carrier)s took the request but its answer got lost.")
LATE = marked("%(carrier)s took too long to answer.")
SIGN_IN_AGAIN = marked("%(carrier)s no longer takes our token; we sign in again.")
NOT_POSSIBLE = marked("%(carrier)s cannot do that through Karrio.")
NOT_MADE = marked(
    "Karrio could not put the request for %(carrier)s together (%(reason)s). Look at both "
    "addresses and the service, or buy this label elsewhere."
)


class WireCharge(Struct, frozen=True):
    name: str | None = None
    amount: Decimal | None = None
    currency: str | None = None


class WireRate(Struct, frozen=True):
    service: str
    currency: str | None = None
    total_charge: Decimal | None = None
    extra_charges: list[WireCharge] = []
    estimated_delivery: str | None = None
    transit_days: int | None = None


class WireDocs(Struct, frozen=True):
    label: str | None = None
    invoice: str | None = None


class WireShipment(Struct, frozen=True):
    tracking_number: str
    shipment_identifier: str
    docs: WireDocs = WireDocs()
    selected_rate: WireRate | None = None


class WireConfirmation(Struct, frozen=True):
    success: bool = False


class WireEvent(Struct, frozen=True):
    date: str | None = None
    time: str | None = None
    timestamp: str | None = None
    code: str | int | None = None
    status: str | None = None


class WireTracking(Struct, frozen=True):
    events: list[WireEvent] = []
    estimated_delivery: str | None = None


def read(frame: Frame, kind: type[T]) -> T | None:
    """Return what the result says, or None: a decoding error would carry addresses along."""
    try:
        return msgspec.json.decode(frame.result, type=kind | None, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def rates_of(
    said: list[WireRate], *, carrier: str, names: Mapping[str, str], ships_at: datetime
) -> Rates:
    """Return what is offered; `names` are the carrier's own of its services."""
    return Rates(
        offers=tuple(
            Rate(
                service=rate.service,
                name=name_of(rate.service, names.get(rate.service, "")),
                carrier_name=carrier,
                cost=price(rate),
                parts=tuple(_parts(rate)),
                deliver_at=_promised(rate, ships_at),
            )
            for rate in said[:MOST_OFFERS]
        )
    )


def price(rate: WireRate | None) -> Money | None:
    """The price; one of zero is a price that is not known.

    Karrio has it as a float, rounded to cents: the shortest number that means it is what it is.
    """
    return _money(rate.total_charge, rate.currency) if rate else None


def name_of(code: str, said: str) -> str:
    """A service in words: as the carrier says it, else made of Karrio's code."""
    if " " in said:
        return said
    return " ".join(
        word.upper() if len(word) <= 3 else word.capitalize() for word in code.split("_")
    )


def files_of(docs: WireDocs, size: LabelSize) -> tuple[LabelFile, ...]:
    """Return the label, and the papers for customs beside it; nothing where it is no label."""
    label = _file(docs.label, size, "label")
    if label is None:
        return ()
    papers = _file(docs.invoice, "a4", "customs")
    return (label, papers) if papers and papers.format == "pdf" else (label,)


def tracking_of(said: list[WireTracking]) -> Tracking:
    """Return codes and times; the texts name who signed.

    A time without a zone is the place's own: it is taken as UTC, half a day off at worst.
    """
    events = [
        Tracked(
            at=at,
            code=CODES.get(event.status or "", TrackingCode.UNKNOWN),
            raw_code=str(event.code or event.status or "")[:LONGEST_CODE],
            is_return=event.status == "return_to_sender",
        )
        for one in said
        for event in one.events
        if (at := _at(event))
    ]
    days = (day for one in said if (day := _day(one.estimated_delivery)))
    hoped = next(days, None)
    return Tracking(
        events=tuple(events),
        estimated_at=datetime.combine(hoped, END_OF_DAY) if hoped else None,
    )


def is_void_already(messages: Iterable[Message]) -> bool:
    return any(ALREADY.search(f"{each.code} {each.message}") for each in messages)


def error_of(
    frame: Frame, *, carrier: str, repeatable: bool, private: Iterable[str] = ()
) -> RemoteError:
    """Return what an answer without a result means for who asked.

    What may not be repeated is in doubt as soon as one request that is no sign-in was sent and its
    answer is no clear refusal. `private` is kept out of what the carrier says.
    """
    about: dict[str, Any] = {"carrier": carrier}
    effects = [call for call in frame.calls if _may_change(call)]
    if not repeatable and effects and not _is_refused(effects, frame.messages):
        status = next((call.status for call in effects if call.status), 0)
        text = MAY_HAVE_HAPPENED if status >= 300 else UNREADABLE if status else LOST
        return OutcomeUnknown(text, code="may_have_happened", status=status, **about)
    if not frame.calls:
        return _unsaid(frame, about, private)
    last = effects[-1] if effects and not repeatable else frame.calls[-1]
    return _no_effect(last, frame, about, private)


def _may_change(call: Call) -> bool:
    return call.sent and not call.is_sign_in and call.method not in SAFE


def _is_refused(effects: list[Call], messages: list[Message]) -> bool:
    """Whether all that was sent was refused clearly, by its status or by a carrier's own word."""
    if all(_is_refusal(call.status) for call in effects):
        return True
    is_success = len(effects) == 1 and 200 <= (effects[0].status or 0) < 300
    return is_success and any(map(_is_carriers, messages))


def _is_refusal(status: int | None) -> bool:
    return status is not None and 400 <= status < 500 and status != 408


def _is_carriers(message: Message) -> bool:
    """Whether it is an error of a carrier: it has a code of its own."""
    return bool(message.code) and not _is_karrios(message) and not _is_harmless(message)


def _is_karrios(message: Message) -> bool:
    return str(message.code or "").startswith(KARRIOS_OWN)


def _is_harmless(message: Message) -> bool:
    return (message.level or "error").casefold() in HARMLESS


def _unsaid(frame: Frame, about: dict[str, Any], private: Iterable[str]) -> RemoteError:
    """What it means that no carrier was asked."""
    code = next((str(each.code) for each in frame.messages if each.code), frame.fault)
    if code == NOT_SUPPORTED:
        return Unsupported(NOT_POSSIBLE, code="not_possible", **about)
    reason = _reason(frame.messages, private) or code or "no request"
    return Rejected(NOT_MADE, code="not_made", reason=reason.rstrip("."), **about)


def _no_effect(
    call: Call, frame: Frame, about: dict[str, Any], private: Iterable[str]
) -> RemoteError:
    """What the last call's end means where nothing happened, or may happen again."""
    status = call.status
    if status is None:
        return _unanswered(call, about)
    wait = float(call.retry_after) if call.retry_after.isdecimal() else None
    if status == 429:
        return Throttled(BUSY, code="throttled", retry_after=wait, **about)
    if status in (401, 403) and frame.had_token and not any(c.is_sign_in for c in frame.calls):
        # The token ended, and the child forgot it. Who is refused after signing in is refused.
        return TemporaryError(SIGN_IN_AGAIN, code="token_ended", **about)
    if status in (401, 403) or (call.is_sign_in and _is_refusal(status)):
        return BadCredentials(BAD_KEY, code="bad_key", **about)
    if status == 408 or status >= 500:
        return TemporaryError(DOWN, code="unavailable", retry_after=wait, status=status, **about)
    theirs = [each for each in frame.messages if not _is_karrios(each)]
    reason = _reason(theirs, private).rstrip(".")
    if status == 404 and not reason:
        return NotFound(UNKNOWN_THERE, code="not_found", **about)
    if _is_refusal(status) or any(map(_is_carriers, frame.messages)):
        kind = NotFound if status == 404 else Rejected
        return kind(REFUSED, code=_code(frame.messages), reason=reason or status, **about)
    return TemporaryError(UNREADABLE, code="unreadable", **about)


def _unanswered(call: Call, about: dict[str, Any]) -> RemoteError:
    if call.sent:
        return TemporaryError(LOST, code="answer_lost", **about)
    if call.fault == "late":
        return TemporaryError(LATE, code="late", **about)
    if call.fault in NEVER_SENT:
        return Rejected(NOT_MADE, code="not_made", reason=call.fault, **about)
    texts = {"not_trusted": NOT_TRUSTED, "name_not_found": NO_SUCH_NAME}
    text = texts.get(call.fault, NOT_REACHED)
    code = call.fault if call.fault in texts else "not_reached"
    return TemporaryError(text, code=code, host=call.host)


def _code(messages: list[Message]) -> str:
    codes = (str(each.code) for each in messages if _is_carriers(each))
    return next(codes, "refused")[:MOST_CODE]


def _reason(messages: list[Message], private: Iterable[str]) -> str:
    """What was said, without a person's words and cut to a length that can be shown."""
    said = [each for each in messages if not _is_harmless(each)]
    texts = (each.message for each in said if isinstance(each.message, str))
    text = " ".join(next(texts, "")[: 4 * MOST_WORDS].split())
    words = {word for each in private for word in (each, *each.split())}
    long = sorted((each for each in words if len(each) >= SHORTEST_PRIVATE), key=len, reverse=True)
    if long:
        text = re.sub("|".join(map(re.escape, long)), "…", text, flags=re.IGNORECASE)
    return text[:MOST_WORDS]


def _parts(rate: WireRate) -> Iterator[tuple[str, Money]]:
    for charge in rate.extra_charges:
        if charge.name and (money := _money(charge.amount, charge.currency or rate.currency)):
            yield charge.name[:60], money


def _money(amount: Decimal | None, currency: str | None) -> Money | None:
    if amount is None or not amount.is_finite() or amount <= 0 or len(currency or "") != 3:
        return None
    return Money(amount, str(currency))


def _promised(rate: WireRate, ships_at: datetime) -> datetime | None:
    """By when it is there: as the carrier says, or counted in its business days."""
    day = _day(rate.estimated_delivery)
    if day is None and rate.transit_days and 0 < rate.transit_days < 60:
        day = ships_at.date()
        for _ in range(rate.transit_days):
            day += timedelta(days=3 if day.weekday() == 4 else 2 if day.weekday() == 5 else 1)
    return datetime.combine(day, END_OF_DAY) if day else None


def _file(content: str | None, size: str, kind: str) -> LabelFile | None:
    try:
        body = base64.b64decode(content or "", validate=True)
    except (binascii.Error, ValueError):
        return None
    start = body.lstrip()[:4]
    format = next((name for magic, name in MAGIC.items() if start.startswith(magic)), "")
    return LabelFile(format, size, body, kind) if format else None


def _at(event: WireEvent) -> datetime | None:
    words = (event.timestamp or "", f"{event.date}T{event.time or '00:00'}", event.date or "")
    for each in words:
        try:
            at = datetime.fromisoformat(each)
        except ValueError:
            continue
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    return None


def _day(said: str | None) -> date | None:
    try:
        return date.fromisoformat((said or "")[:10])
    except ValueError:
        return None
