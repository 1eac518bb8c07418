"""Failures on request: each kind hits as often as armed, and says truly what took effect."""

import json
import time

import httpx
import pytest

from .calling import complaint


@pytest.fixture
def order(sandbox):
    return sandbox.world.create_order("europe", country="ES")


@pytest.mark.parametrize(("kind", "status"), [("429", 429), ("500", 500)])
def test_amazons_own_errors(sandbox, europe, kind, status):
    sandbox.faults.arm(kind, "searchOrders", count=2)

    answers = [europe.search().status_code for _ in range(3)]

    assert answers == [status, status, 200]


def test_a_refusal_says_what_it_was_told_to_say(sandbox, europe):
    words = {"status": 400, "code": "InternalServiceError", "message": "Feed rejected"}
    sandbox.faults.arm("refused", "searchOrders", **words)

    assert complaint(europe.search()) == (400, "InternalServiceError", "Feed rejected")
    assert europe.search().status_code == 200


def test_an_outage_answers_html_or_nothing(sandbox, europe):
    sandbox.faults.arm("503_html", "searchOrders")
    sandbox.faults.arm("503_empty", "searchOrders")

    html, empty = europe.http.get, europe.search
    headers = {"x-amz-access-token": europe.token}
    first = html("/eu/orders/2026-01-01/orders", headers=headers)
    second = html("/eu/orders/2026-01-01/orders", headers=headers)

    assert (first.status_code, first.headers["content-type"]) == (503, "text/html")
    assert (second.status_code, second.content) == (503, b"")
    assert empty().status_code == 200


@pytest.mark.parametrize("kind", ["reset", "429", "500", "503_html"])
def test_a_failure_before_the_effect_leaves_no_effect(sandbox, europe, order, kind):
    sandbox.faults.arm(kind, "confirmShipment")

    try:
        assert europe.confirm(order).status_code >= 429
    except httpx.TransportError:
        assert kind == "reset"

    assert sandbox.ledger.confirmations() == []


def test_a_lost_answer_comes_after_the_effect(sandbox, europe, order):
    sandbox.faults.arm("lost_answer", "confirmShipment")

    with pytest.raises(httpx.RemoteProtocolError):
        europe.confirm(order)

    assert len(sandbox.ledger.confirmations(order.id)) == 1
    assert europe.confirm(order).status_code == 204


def test_a_cut_answer_breaks_off_in_the_middle(sandbox, europe):
    sandbox.faults.arm("cut", "searchOrders")

    with pytest.raises(httpx.RemoteProtocolError):
        europe.search()


def test_a_timeout_keeps_the_client_waiting_without_effect(sandbox, europe, order):
    sandbox.faults.arm("timeout", "confirmShipment", seconds=5)
    europe.http.timeout = 0.2

    with pytest.raises(httpx.ReadTimeout):
        europe.confirm(order)

    assert sandbox.ledger.confirmations() == []


def test_a_slow_answer_arrives_whole_in_the_end(sandbox, europe):
    sandbox.faults.arm("slow", "searchOrders", seconds=0.4)

    start = time.monotonic()
    answer = europe.search()

    assert answer.status_code == 200
    assert time.monotonic() - start >= 0.35


def test_a_delay_comes_before_an_ordinary_answer(sandbox, europe):
    sandbox.faults.arm("delay", "searchOrders", delay_seconds=0.2)

    start = time.monotonic()

    assert europe.search().status_code == 200
    assert time.monotonic() - start >= 0.2


def test_bad_json_is_labelled_as_json(sandbox, europe):
    sandbox.faults.arm("bad_json", "token")

    answer = europe.ask_token()

    assert answer.headers["content-type"] == "application/json"
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_tokens_expire_on_request(sandbox, europe):
    sandbox.faults.arm("token_expired", "searchOrders")

    answer = europe.search()

    assert answer.json()["errors"][0]["details"] == "The access token you provided has expired."
    assert europe.search().status_code == 200


def test_page_tokens_expire_on_request(sandbox, europe):
    sandbox.faults.arm("page_token_expired")
    first = europe.search(maxResultsPerPage=5)
    token = first.json()["pagination"]["nextToken"]

    second = europe.search(maxResultsPerPage=5, paginationToken=token)

    assert complaint(second) == (400, "InvalidInput", "paginationToken has expired.")


def test_a_fault_can_wait_for_one_order(sandbox, europe, order):
    other = sandbox.world.create_order("europe", country="ES")
    sandbox.faults.arm("500", "confirmShipment", order.id)

    assert europe.confirm(other).status_code == 204
    assert europe.confirm(order).status_code == 500
    assert europe.confirm(order).status_code == 204


def test_a_fault_can_let_the_first_calls_pass(sandbox, europe):
    sandbox.faults.arm("500", "searchOrders", skip=2)

    assert [europe.search().status_code for _ in range(4)] == [200, 200, 500, 200]


def test_login_with_amazon_fails_on_request(sandbox, europe):
    sandbox.faults.arm("503_html", "token")

    assert europe.ask_token().status_code == 503


def test_disarmed_faults_do_nothing(sandbox, europe):
    sandbox.faults.arm("500", count=99)
    sandbox.faults.clear()

    assert europe.search().status_code == 200
