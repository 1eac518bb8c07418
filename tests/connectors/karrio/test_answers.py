"""What it means that Karrio has no result, by what left us and what came back."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from packbench.connectors.karrio.answers import WireRate, error_of, price, rates_of
from packbench.connectors.karrio.children import Call, Frame, Message
from packbench.lib.errors import (
    BadCredentials,
    NotFound,
    OutcomeUnknown,
    Rejected,
    TemporaryError,
    Throttled,
    Unsupported,
)
from packbench.lib.money import Money
from tests.connectors.contract.playing import BUYER, SECRET

OURS = Message(code="SHIPPING_SDK_INTERNAL_ERROR", message="Expecting value")
THEIRS = Message(code="120100", message="Missing or invalid shipper number")
WARNING = Message(code="120100", message="Your invoice will look different", level="warning")


def call(status=None, *, method="POST", sent=True, fault="", sign_in=False, retry_after=""):
    return Call(
        method=method, is_sign_in=sign_in, sent=sent, status=status, fault=fault, host="ups.test",
        retry_after=retry_after,
    )  # fmt: skip


LOST, UNSENT = call(fault="lost"), call(sent=False, fault="not_reached")
TOKEN = call(200, sign_in=True)


def verdict(calls, *messages, repeatable=False, had_token=False):
    frame = Frame(calls=list(calls), messages=list(messages), had_token=had_token)
    return error_of(frame, carrier="UPS", repeatable=repeatable)


@pytest.mark.parametrize(
    ("calls", "messages", "kind"),
    [
        # Nothing that sells was sent.
        ([UNSENT], [OURS], TemporaryError),
        ([call(sign_in=True, fault="lost")], [OURS], TemporaryError),
        ([call(503, sign_in=True)], [OURS], TemporaryError),
        ([call(429, sign_in=True)], [OURS], Throttled),
        ([call(400, sign_in=True)], [THEIRS], BadCredentials),
        ([TOKEN, UNSENT], [OURS], TemporaryError),
        ([TOKEN, call(sent=False, fault="late")], [OURS], TemporaryError),
        ([], [Message(code="SHIPPING_SDK_FIELD_ERROR", message="weight: required")], Rejected),
        ([], [Message(code="SHIPPING_SDK_NON_SUPPORTED_ERROR")], Unsupported),
        ([], [], Rejected),
        # It was sent, and refused clearly.
        ([TOKEN, call(400)], [THEIRS], Rejected),
        ([TOKEN, call(422)], [], Rejected),
        ([TOKEN, call(404)], [], NotFound),
        ([TOKEN, call(401)], [THEIRS], BadCredentials),
        ([TOKEN, call(429, retry_after="7")], [], Throttled),
        ([call(200)], [THEIRS], Rejected),
        ([call(400), call(sent=False, fault="twice")], [OURS], Rejected),
        # It was sent, and nobody can tell.
        ([TOKEN, LOST], [OURS], OutcomeUnknown),
        ([TOKEN, LOST], [THEIRS], OutcomeUnknown),
        ([TOKEN, call(500)], [THEIRS], OutcomeUnknown),
        ([TOKEN, call(408)], [THEIRS], OutcomeUnknown),
        ([TOKEN, call(307)], [], OutcomeUnknown),
        ([TOKEN, call(102)], [], OutcomeUnknown),
        ([TOKEN, call(200)], [OURS], OutcomeUnknown),
        ([TOKEN, call(200)], [WARNING], OutcomeUnknown),
        ([TOKEN, call(200)], [], OutcomeUnknown),
        ([call(201), call(400)], [THEIRS], OutcomeUnknown),
        ([call(200), call(200)], [THEIRS], OutcomeUnknown),
        ([LOST, call(sent=False, fault="twice")], [OURS], OutcomeUnknown),
        ([LOST, call(200, method="GET")], [OURS], OutcomeUnknown),
        ([call(200, method="PUT")], [OURS], OutcomeUnknown),
    ],
)
def test_a_purchase_without_a_result_is_refused_not_sent_or_in_doubt(calls, messages, kind):
    error = verdict(calls, *messages)

    assert type(error) is kind
    assert str(error.sentence).endswith(".")
    assert error.code


@pytest.mark.parametrize("failed", [LOST, UNSENT, call(500), call(307), call(200)])
def test_what_may_be_asked_again_is_asked_again(failed):
    assert type(verdict([TOKEN, failed], OURS, repeatable=True)) is TemporaryError


def test_an_old_token_is_no_wrong_password():
    assert verdict([call(401)], had_token=True).code == "token_ended"
    assert type(verdict([call(401)])) is BadCredentials
    assert type(verdict([TOKEN, call(401)], had_token=True)) is BadCredentials


def test_a_refusal_says_why_without_the_buyer_and_our_secrets():
    message = f"No parcel for {BUYER.upper()} with {SECRET}: name is too long. " + "x" * 1000
    frame = Frame(calls=[call(400)], messages=[Message(code="1", message=message)])

    error = error_of(frame, carrier="UPS", repeatable=False, private=[BUYER, SECRET])

    said = str(error.sentence)
    assert "name is too long" in said
    assert not any(word in said.casefold() for word in (SECRET, *BUYER.casefold().split()))
    assert len(said) < 300


def test_what_broke_in_karrio_is_not_said_to_be_the_carriers_word():
    assert "refuses: 400." in str(verdict([call(400)], OURS).sentence)
    assert "shipper number" in str(verdict([call(400)], OURS, THEIRS).sentence)


@pytest.mark.parametrize(
    ("amount", "currency", "money"),
    [
        (Decimal("0.0"), "USD", None),
        (Decimal("-1"), "USD", None),
        (Decimal("NaN"), "USD", None),
        (Decimal("12.30"), None, None),
        (None, "USD", None),
        (Decimal("0.1"), "USD", Money(Decimal("0.1"), "USD")),
    ],
)
def test_a_price_of_nothing_is_not_known(amount, currency, money):
    assert price(WireRate(service="x", total_charge=amount, currency=currency)) == money


def test_business_days_are_counted_over_the_weekend():
    thursday = datetime(2026, 11, 19, 12, tzinfo=UTC)
    said = [WireRate(service="ups_ground", transit_days=days) for days in (1, 2, 4)]
    said.append(WireRate(service="ups_ground", estimated_delivery="2026-11-21", transit_days=9))

    rates = rates_of(said, carrier="UPS", names={}, ships_at=thursday)

    assert [rate.deliver_at.day for rate in rates.offers] == [20, 23, 25, 21]
    assert rates.offers[0].name == "UPS Ground"
