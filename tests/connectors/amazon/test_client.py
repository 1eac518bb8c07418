"""What goes out, and what each answer of Amazon becomes."""

import re
from datetime import UTC, datetime

import httpx
import pytest

from packbench.connectors.amazon.answers import clean
from packbench.connectors.amazon.errors import AccessDenied, ContractError, Refused
from packbench.connectors.amazon.messages import confirm_call, order_call, participations_call
from packbench.connectors.amazon.operations import CONFIRM_SHIPMENT, GET_ORDER, Operation
from packbench.connectors.amazon.requests import Call
from packbench.lib.errors import (
    BadCredentials,
    NotFound,
    OutcomeUnknown,
    RemoteError,
    TemporaryError,
    Throttled,
)

ORDER = "/eu/orders/2026-01-01/orders/302-1234567-1234567"
CONFIRM = "/eu/orders/v0/orders/302-1234567-1234567/shipmentConfirmation"
CALL = order_call("302-1234567-1234567", ("BUYER", "RECIPIENT"))
STALE = "The access token you provided has expired."
ONCE = Operation("buySomething", "POST", "/once", 2, 10, "", "", is_repeatable=False)


def test_a_call_says_who_calls_and_brings_its_token(amazon, make_client):
    amazon.answer(ORDER, {})

    make_client().call(CALL)

    [seen] = amazon.calls(ORDER)
    assert seen.headers["x-amz-access-token"] == "Atza|canary-1"
    pattern = r"Packbench/\S+ \(Language=Python/3\.\d+; Platform=\w+\)"
    assert re.fullmatch(pattern, seen.headers["user-agent"])
    assert seen.query == {"includedData": "BUYER,RECIPIENT"}


def test_values_are_percent_encoded_lists_joined_and_booleans_small():
    operation = Operation("any", "GET", "/listings/{sku}", 1, 1, "", "")
    query = {"token": "a+b/c=&d é", "list": ("A", "B"), "flag": True, "count": 5}

    url = Call(operation, path={"sku": "a/b #%"}, query=query).url("https://host/eu/")

    assert url == (
        "https://host/eu/listings/a%2Fb%20%23%25"
        "?token=a%2Bb%2Fc%3D%26d%20%C3%A9&list=A,B&flag=true&count=5"
    )
    assert httpx.URL(url).params["token"] == "a+b/c=&d é"


@pytest.mark.parametrize(
    ("status", "error", "code"),
    [
        (400, Refused, "rejected"),
        (403, AccessDenied, "role_missing_orders"),
        (404, NotFound, "order_not_found"),
        (413, Refused, "rejected"),
        (415, Refused, "rejected"),
        (429, Throttled, "throttled"),
        (500, TemporaryError, "unavailable"),
        (503, TemporaryError, "unavailable"),
    ],
)
def test_each_status_becomes_what_happens_next(amazon, make_client, status, error, code):
    amazon.refuse(ORDER, status, "SomeCode", "Some words.", x_amzn_RequestId="req-1")

    with pytest.raises(error) as refusal:
        make_client().call(CALL)

    assert refusal.value.code == code
    assert refusal.value.request_id == "req-1"
    assert type(refusal.value) is error


def test_a_refusal_holds_amazons_code_and_words(amazon, make_client):
    amazon.refuse(ORDER, 400, "InvalidInput", "OrderId is 100 % wrong.")

    with pytest.raises(Refused, match=r"OrderId is 100 % wrong\. \(InvalidInput\)") as refusal:
        make_client().call(CALL)

    assert refusal.value.fault.code == "InvalidInput"


def test_a_missing_role_is_named(amazon, make_client):
    amazon.refuse(ORDER, 403, "Unauthorized", "Access to requested resource is denied.")

    with pytest.raises(AccessDenied, match="Inventory and Order Tracking"):
        make_client().call(CALL)


def test_a_stale_token_is_renewed_once(amazon, make_client):
    amazon.refuse(ORDER, 403, "Unauthorized", "Access to requested resource is denied.", STALE)
    amazon.answer(ORDER, {"order": {}})

    answer = make_client().call(CALL)

    assert answer.status == 200
    tokens = [seen.headers["x-amz-access-token"] for seen in amazon.calls(ORDER)]
    assert tokens == ["Atza|canary-1", "Atza|canary-2"]


def test_a_fresh_token_that_is_refused_too_means_reconnect(amazon, make_client):
    amazon.refuse(ORDER, 403, "Unauthorized", "Access to requested resource is denied.", STALE)

    with pytest.raises(BadCredentials, match="Authorize the account again"):
        make_client().call(CALL)

    assert len(amazon.calls(ORDER)) == 2


@pytest.mark.parametrize(
    "answer",
    [
        {"body": b"<html>Service page</html>", "kind": "text/html"},
        {"body": b""},
        {"body": b"<html>", "kind": "text/html", "status": 403},
        {"body": b"", "status": 302, "location": "https://elsewhere.example/"},
        {"body": b"{}", "status": 100 + 205},
    ],
)
def test_what_is_not_amazons_api_is_no_answer(amazon, make_client, answer):
    amazon.answer(ORDER, **answer)

    with pytest.raises(ContractError):
        make_client().call(CALL)

    assert len(amazon.calls(ORDER)) == 1


def test_an_html_503_is_temporary(amazon, make_client):
    amazon.answer(ORDER, b"<html>Sorry</html>", status=503, kind="text/html")

    with pytest.raises(TemporaryError, match="not available"):
        make_client().call(CALL)


def test_an_empty_429_is_still_a_429(amazon, make_client):
    amazon.answer(ORDER, b"", status=429, retry_after="600")

    with pytest.raises(Throttled) as refusal:
        make_client().call(CALL)

    assert refusal.value.retry_after == 600


def test_a_cut_answer_is_asked_for_again_where_that_is_safe(amazon, make_client):
    amazon.answer(ORDER, b'{"order": {"orderId": "3', cut=True)

    with pytest.raises(TemporaryError) as lost:
        make_client().call(CALL)

    assert lost.value.code == "answer_lost"


def test_a_confirmation_may_be_repeated_and_its_204_is_enough(
    amazon, make_client, make_confirmation
):
    amazon.answer(CONFIRM, b"", status=500)
    amazon.answer(CONFIRM, b"", status=204, x_amzn_RequestId="req-7")
    client, call = make_client(), confirm_call(make_confirmation())

    with pytest.raises(TemporaryError):
        client.call(call)

    assert client.call(call).request_id == "req-7"
    assert amazon.calls(CONFIRM)[0].headers["content-type"] == "application/json"


@pytest.mark.parametrize("answer", [{"status": 500}, {"status": 503}, {"body": b"{", "cut": True}])
def test_what_may_not_be_repeated_ends_unknown(amazon, make_client, answer):
    amazon.answer("/eu/once", **answer)

    with pytest.raises(OutcomeUnknown):
        make_client().call(Call(ONCE))


def test_a_network_that_is_down_did_nothing(amazon, make_client, http):
    client = make_client()
    amazon.answer(ORDER, {})
    client.call(CALL)
    client._endpoints = type(client._endpoints).at("http://127.0.0.1:1")

    with pytest.raises(TemporaryError) as error:
        client.call(Call(ONCE))

    assert error.value.code == "not_reached"


def test_the_difference_of_the_clocks_is_seen(amazon, make_client):
    now = datetime(2026, 11, 1, 12, 0, 0, tzinfo=UTC)
    client = make_client(now=lambda: now)
    amazon.answer(ORDER, {}, date="Sun, 01 Nov 2026 12:05:00 GMT")

    client.call(CALL)

    assert client.last_skew_seconds == 300


def test_only_the_operations_that_may_be_are_repeatable():
    assert GET_ORDER.is_repeatable
    assert CONFIRM_SHIPMENT.is_repeatable


def test_amazons_words_are_passed_on_without_secrets():
    echo = (
        "Token Atza|IwEBI-secret and amzn1.oa2-cs.v1.abc of jane@example.com\nare bad " + "x" * 900
    )

    words = clean(echo)

    assert words.startswith("Token … and … of … are bad x")
    assert len(words) <= 300


def test_errors_are_ours_whatever_comes(amazon, make_client):
    bodies = [b"null", b"[]", b'{"errors": null}', b'{"errors": [{}]}', b'{"errors": 5}', b"\xff"]
    for body in bodies:
        amazon.scripts.clear()
        amazon.answer("/eu/sellers/v1/marketplaceParticipations", body, status=400)

        with pytest.raises(RemoteError):
            make_client().call(participations_call())
