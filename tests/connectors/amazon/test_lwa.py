"""Tokens: fetched once, renewed in time, and never asked for again after a refusal."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from packbench.connectors.amazon.authorizing import consent_url, exchange_code
from packbench.connectors.amazon.lwa import fetch_access_token
from packbench.connectors.amazon.marketplaces import AMAZON, Endpoints, by_country
from packbench.connectors.amazon.messages import participations_call
from packbench.connectors.amazon.tokens import AccessToken, TokenCache
from packbench.lib.errors import BadCredentials, TemporaryError, Throttled

TOKEN_PATH = "/auth/o2/token"
CLIENT = ("amzn1.application-oa2-client.x", "secret")


def fetch(amazon, http, client=CLIENT):
    return fetch_access_token(http, Endpoints.at(amazon.url), client=client, refresh_token="Atzr|r")


def test_sixteen_threads_share_one_request(amazon, make_client):
    amazon.answer("/eu/sellers/v1/marketplaceParticipations", {"payload": []})
    client = make_client()
    amazon.gate.clear()

    with ThreadPoolExecutor(16) as pool:
        calls = [pool.submit(client._token, participations_call().operation) for _ in range(16)]
        amazon.gate.set()
        tokens = {call.result() for call in calls}

    assert len(tokens) == 1
    assert len(amazon.calls(TOKEN_PATH)) == 1


def test_everyone_who_waited_gets_the_same_refusal():
    cache, started, go = TokenCache(), threading.Event(), threading.Event()
    fetched = []

    def fetch_refused():
        fetched.append(1)
        started.set()
        go.wait(5)
        raise BadCredentials("no", code="authorization_ended")

    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(cache.get, "account", fetch_refused) for _ in range(8)]
        started.wait(5)
        time.sleep(0.05)
        go.set()
        refusals = {call.exception().code for call in waiting}

    assert refusals == {"authorization_ended"}
    assert len(fetched) == 1


def test_without_a_token_nothing_else_is_called(amazon, make_client):
    amazon.answer(TOKEN_PATH, {"error": "invalid_grant"}, status=400)

    with pytest.raises(BadCredentials):
        make_client().call(participations_call())

    assert [seen.path for seen in amazon.seen] == [TOKEN_PATH]


def test_a_token_is_renewed_before_it_ends():
    now = [0.0]
    fetched = []
    cache = TokenCache(now=lambda: now[0])

    def renew():
        fetched.append(now[0])
        return AccessToken(f"token-{len(fetched)}", 3600)

    for at in (0, 3000, 3479, 3541):
        now[0] = at
        cache.get("account", renew)

    assert fetched == [0, 3541]


def test_a_forgotten_token_is_fetched_again_but_its_successor_is_kept():
    cache = TokenCache()
    count = iter(range(9))

    def renew():
        return AccessToken(f"token-{next(count)}", 3600)

    first = cache.get("account", renew)
    cache.forget("account", first)
    second = cache.get("account", renew)
    cache.forget("account", first)

    assert cache.get("account", renew) == second != first


def test_the_refresh_token_is_sent_as_a_form(amazon, http):
    token = fetch(amazon, http)

    [seen] = amazon.calls(TOKEN_PATH)
    assert token.value == "Atza|canary-1"
    assert seen.headers["content-type"] == "application/x-www-form-urlencoded"
    assert b"grant_type=refresh_token" in seen.body
    assert b"refresh_token=Atzr%7Cr" in seen.body


@pytest.mark.parametrize(
    ("status", "error", "code"),
    [
        (400, "invalid_grant", "authorization_ended"),
        (401, "invalid_client", "client_refused"),
        (400, "unauthorized_client", "other_application"),
        (400, "invalid_request", "credentials_malformed"),
        (400, "unsupported_grant_type", "credentials_malformed"),
    ],
)
def test_what_only_a_person_can_mend_is_never_repeated(amazon, http, status, error, code):
    amazon.answer(TOKEN_PATH, {"error": error, "error_description": "…"}, status=status)

    with pytest.raises(BadCredentials) as refusal:
        fetch(amazon, http)

    assert refusal.value.code == code
    assert len(amazon.calls(TOKEN_PATH)) == 1


def test_an_ended_authorization_says_what_to_do(amazon, http):
    amazon.answer(TOKEN_PATH, {"error": "invalid_grant"}, status=400)

    with pytest.raises(BadCredentials, match="Authorize the account again"):
        fetch(amazon, http)


def test_an_application_id_in_place_of_the_client_id_is_noticed(amazon, http):
    amazon.answer(TOKEN_PATH, {"error": "invalid_client"}, status=401)

    with pytest.raises(BadCredentials, match="application ID, not the client ID"):
        fetch(amazon, http, client=("amzn1.sp.solution.1", "secret"))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"status": 503, "body": b"<html>", "kind": "text/html"}, TemporaryError),
        ({"status": 500, "body": {"error": "server_error"}}, TemporaryError),
        ({"status": 429, "body": b""}, Throttled),
        ({"status": 200, "body": b"<html>", "kind": "text/html"}, TemporaryError),
        ({"status": 200, "body": {"token_type": "bearer"}}, TemporaryError),
        ({"status": 200, "body": {"access_token": "two\nlines"}}, TemporaryError),
        ({"status": 404, "body": b"<html>", "kind": "text/html"}, TemporaryError),
        ({"status": 200, "body": b'{"acc', "cut": True}, TemporaryError),
    ],
)
def test_what_may_pass_is_temporary(amazon, http, answer, error):
    amazon.answer(TOKEN_PATH, **answer)

    with pytest.raises(error):
        fetch(amazon, http)


def test_the_consent_page_is_the_one_of_the_sellers_country():
    germany, japan = by_country("DE"), by_country("JP")

    def url(marketplace, **more):
        return consent_url(
            marketplace,
            application_id="amzn1.sp.solution.1",
            state="s+1",
            redirect_uri="https://desk.example/amazon",
            endpoints=AMAZON,
            **more,
        )

    assert url(germany) == (
        "https://sellercentral-europe.amazon.com/apps/authorize/consent"
        "?application_id=amzn1.sp.solution.1&state=s%2B1"
        "&redirect_uri=https%3A%2F%2Fdesk.example%2Famazon"
    )
    assert url(japan, is_draft=True).startswith("https://sellercentral.amazon.co.jp/apps/")
    assert url(japan, is_draft=True).endswith("&version=beta")


def test_a_consent_code_becomes_a_grant(amazon, http):
    amazon.answer(TOKEN_PATH, {"access_token": "Atza|a", "refresh_token": "Atzr|kept"})

    grant = exchange_code(
        "code1",
        client=CLIENT,
        redirect_uri="https://desk.example/amazon",
        endpoints=Endpoints.at(amazon.url),
        http=http,
    )

    assert grant.refresh_token == "Atzr|kept"
    assert b"grant_type=authorization_code&code=code1" in amazon.calls(TOKEN_PATH)[0].body


def test_a_used_code_asks_to_start_again(amazon, http):
    amazon.answer(TOKEN_PATH, {"error": "invalid_grant"}, status=400)
    endpoints = Endpoints.at(amazon.url)

    with pytest.raises(BadCredentials, match="Start connecting again"):
        exchange_code("used", client=CLIENT, redirect_uri="", endpoints=endpoints, http=http)
