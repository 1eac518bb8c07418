"""What is said to the pretend carrier and what it answers: pure, no network."""

import base64
import binascii
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from packbench.carriers.base import (
    BoughtLabel,
    LabelFile,
    LabelRequest,
    LabelSize,
    Tracked,
    Tracking,
    TrackingCode,
)
from packbench.connectors.sandbox.services import RETURNS, TRACKING_CODES
from packbench.lib.money import Money

T = TypeVar("T")


class Unreadable(Exception):
    """The answer is not one of those that were agreed on."""


class _Amount(Struct):
    amount: Decimal
    currency: str


class _Label(Struct):
    label_id: str
    tracking_number: str
    reference: str
    label_pdf_base64: str
    amount: _Amount | None = None
    status: str = ""


class _Labels(Struct):
    labels: list[_Label]


class _Event(Struct):
    at: datetime
    code: str


class _Events(Struct):
    events: list[_Event]
    estimated_delivery_at: datetime | None = None


class _Reason(Struct, frozen=True):
    code: str = ""


class _Refusal(Struct):
    code: str = ""
    error: _Reason = _Reason()


def label_request(request: LabelRequest) -> dict[str, Any]:
    """Return what the pretend carrier needs; of the recipient no more than where to."""
    to = request.ship_from if request.is_return else request.ship_to
    return {
        "reference": request.reference,
        "service": request.service,
        "weight_grams": request.weight_g,
        "recipient_country": to.country,
        "recipient_postal_code": to.postal_code,
    }


def parse_label(body: bytes) -> BoughtLabel:
    """Read a bought label. Raises Unreadable."""
    return _bought(_decoded(body, _Label))


def parse_found(body: bytes, reference: str) -> BoughtLabel | None:
    """Read a look-up: the label of the reference that was not voided, if any."""
    labels = _decoded(body, _Labels).labels
    ours = (label for label in labels if label.reference == reference and label.status != "voided")
    found = next(ours, None)
    return None if found is None else _bought(found)


def parse_tracking(body: bytes) -> Tracking:
    """Read codes and times; the carrier's texts, which name who signed, stay unread.

    Raises Unreadable.
    """
    answer = _decoded(body, _Events)
    return Tracking(
        events=tuple(_tracked(each) for each in answer.events),
        estimated_at=answer.estimated_delivery_at,
    )


def _tracked(event: _Event) -> Tracked:
    return Tracked(
        at=event.at,
        code=TRACKING_CODES.get(event.code, TrackingCode.UNKNOWN),
        raw_code=event.code,
        is_return=event.code in RETURNS,
    )


def parse_code(body: bytes) -> str:
    """Return the code of a refusal, empty where it names none that is a plain word."""
    try:
        refusal = _decoded(body, _Refusal)
    except Unreadable:
        return ""
    code = refusal.error.code or refusal.code
    is_plain = code.isascii() and code.replace("_", "").isalnum() and len(code) <= 60
    return code if is_plain else ""


def _bought(label: _Label) -> BoughtLabel:
    try:
        content = base64.b64decode(label.label_pdf_base64, validate=True)
    except binascii.Error as error:
        raise Unreadable from error
    if not (label.label_id and label.tracking_number and content.startswith(b"%PDF")):
        raise Unreadable
    return BoughtLabel(
        carrier_label_id=label.label_id,
        tracking_number=label.tracking_number,
        cost=_cost(label.amount),
        files=(LabelFile("pdf", LabelSize.FOUR_BY_SIX, content),),
    )


def _cost(amount: _Amount | None) -> Money | None:
    """Return the price; one of zero is a price that is not known."""
    if amount is None or not amount.amount.is_finite() or amount.amount <= 0:
        return None
    return Money(amount.amount, amount.currency)


def _decoded(body: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreadable from error
