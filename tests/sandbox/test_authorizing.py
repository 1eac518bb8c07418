"""Login with Amazon, the consent page, Manage Your Apps, and what a token opens."""

import re
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from .calling import START, Caller, complaint

DAY = 86400
BACK = "https://desk.example/amazon/callback"


@pytest.fixture
def app(sandbox):
    """The demo application, with one redirect URI registered."""
    url = f"{sandbox.url}/_sandbox/app/redirect-uris"
    return httpx.post(url, json={"uri": BACK}).json()


@pytest.fixture
def browser(sandbox):
    with httpx.Client(base_url=sandbox.url, verify=False) as browser:
        yield browser


def consent_url(app, country="es", **changes):
    asked = {"application_id": app["application_id"], "state": "s1", "redirect_uri": BACK}
    query = httpx.QueryParams({**asked, **changes})
    return f"/sellercentral/{country}/apps/authorize/consent?{query}"


def agree(browser, url, seller_id, **changes):
    """Fill in the form of the consent page as a person would."""
    html = browser.get(url).text
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', html))
    assert f'value="{seller_id}"' in html
    form = {"selling_partner_id": seller_id, "agree": "yes", "decision": "confirm"}
    return browser.post(url, data={**fields, **form, **changes})


def exchange(browser, app, code, **changes):
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": BACK,
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
    }
    return browser.post("/auth/o2/token", data={**form, **changes})


def failure(answer):
    return answer.status_code, answer.json()["error"]


def code_of(answer):
    return parse_qs(urlsplit(answer.headers["location"]).query)["spapi_oauth_code"][0]


def test_consent_leads_back_with_a_code_that_buys_tokens(sandbox, browser, app):
    seller = sandbox.world.seller("europe")

    answer = agree(browser, consent_url(app), seller.id)
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    tokens = exchange(browser, app, query["spapi_oauth_code"][0]).json()

    assert answer.status_code == 302
    assert answer.headers["location"].startswith(BACK)
    assert (query["state"], query["selling_partner_id"]) == (["s1"], [seller.id])
    assert tokens["access_token"].startswith("Atza|")
    assert tokens["refresh_token"].startswith("Atzr|")
    assert (tokens["token_type"], tokens["expires_in"]) == ("bearer", 3600)


def test_cancel_leads_back_without_a_code(sandbox, browser, app):
    answer = agree(browser, consent_url(app), sandbox.world.seller("europe").id, decision="cancel")

    query = parse_qs(urlsplit(answer.headers["location"]).query)
    assert query == {"error": ["access_denied"], "state": ["s1"]}


def test_the_box_has_to_be_ticked(sandbox, browser, app):
    answer = agree(browser, consent_url(app), sandbox.world.seller("europe").id, agree="")

    assert answer.status_code == 400


def test_only_sellers_of_the_region_can_sign_in(sandbox, browser, app):
    html = browser.get(consent_url(app, country="us")).text

    assert sandbox.world.seller("america").id in html
    assert sandbox.world.seller("europe").id not in html


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"application_id": "amzn1.sp.solution.unknown"}, "MD1000"),
        ({"redirect_uri": "https://elsewhere.example/"}, "MD5101"),
    ],
)
def test_the_consent_page_names_amazons_error(browser, app, changes, code):
    answer = browser.get(consent_url(app, **changes))

    assert answer.status_code == 400
    assert code in answer.text


def test_a_draft_application_needs_version_beta(browser, app):
    browser.post("/_sandbox/app", json={"is_draft": True})

    assert "MD1000" in browser.get(consent_url(app)).text
    assert browser.get(consent_url(app, version="beta")).status_code == 200


def test_a_code_works_once(sandbox, browser, app):
    code = code_of(agree(browser, consent_url(app), sandbox.world.seller("europe").id))

    assert exchange(browser, app, code).status_code == 200
    assert failure(exchange(browser, app, code)) == (400, "invalid_grant")


def test_a_code_lives_five_minutes(sandbox, browser, app):
    code = code_of(agree(browser, consent_url(app), sandbox.world.seller("europe").id))
    sandbox.clock.advance(301)

    assert failure(exchange(browser, app, code)) == (400, "invalid_grant")


def test_a_code_wants_its_own_redirect_uri_and_client(sandbox, browser, app):
    code = code_of(agree(browser, consent_url(app), sandbox.world.seller("europe").id))
    other = sandbox.grants.other
    stolen = {"client_id": other.client_id, "client_secret": other.client_secret}

    assert failure(exchange(browser, app, code, redirect_uri=BACK + "x")) == (400, "invalid_grant")
    assert failure(exchange(browser, app, code, **stolen)) == (400, "invalid_grant")
    assert exchange(browser, app, code).status_code == 200


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"client_secret": "wrong"}, (401, "invalid_client")),
        ({"client_id": "amzn1.sp.solution.1"}, (401, "invalid_client")),
        ({"refresh_token": "Atzr|wrong"}, (400, "invalid_grant")),
        ({"refresh_token": ""}, (400, "invalid_request")),
        ({"client_id": ""}, (400, "invalid_request")),
        ({"grant_type": ""}, (400, "invalid_request")),
        ({"grant_type": "password"}, (400, "unsupported_grant_type")),
        ({"grant_type": "client_credentials", "scope": "all"}, (400, "invalid_scope")),
    ],
)
def test_login_with_amazon_says_what_is_wrong(europe, changes, expected):
    answer = europe.ask_token(**changes)

    assert failure(answer) == expected
    assert answer.json()["error_description"]


def test_another_applications_refresh_token_is_unauthorized(sandbox, europe):
    other = sandbox.grants.other

    answer = europe.ask_token(client_id=other.client_id, client_secret=other.client_secret)

    assert failure(answer) == (400, "unauthorized_client")


def test_a_grantless_token_opens_no_sellers_data(europe):
    scope = "sellingpartnerapi::notifications"
    answer = europe.ask_token(grant_type="client_credentials", scope=scope)
    europe.token = answer.json()["access_token"]

    assert "refresh_token" not in answer.json()
    assert complaint(europe.search())[:2] == (403, "Unauthorized")


def test_revocation_ends_refresh_tokens_and_access_tokens(sandbox, europe):
    sandbox.revoke("europe")

    answer = europe.ask_token()
    assert failure(answer) == (400, "invalid_grant")
    assert "User may have revoked" in answer.json()["error_description"]
    assert denial(europe.search()) == (
        "The access token you provided is revoked, malformed or invalid."
    )


def rotated(sandbox, browser, days):
    """Let the days pass, with a new client secret at their end."""
    sandbox.clock.advance(days * DAY)
    app = browser.post("/_sandbox/app/rotate-secret", json={}).json()
    return {"client_secret": app["client_secret"]}


def test_an_authorization_ends_after_a_year(sandbox, browser, europe):
    secret = rotated(sandbox, browser, 364)
    assert europe.ask_token(**secret).status_code == 200

    sandbox.clock.advance(DAY)

    assert failure(europe.ask_token(**secret)) == (400, "invalid_grant")


def test_a_renewal_in_manage_apps_lets_the_same_token_work_again(sandbox, browser, app, europe):
    secret = rotated(sandbox, browser, 400)
    who = {"selling_partner_id": europe.seller.id, "application_id": app["application_id"]}

    html = browser.post("/sellercentral/es/apps/manage", data={**who, "action": "renew"}).text

    assert "Access renewed." in html
    assert europe.ask_token(**secret).status_code == 200
    sandbox.clock.advance(365 * DAY - 1)
    secret = rotated(sandbox, browser, 0)
    assert europe.ask_token(**secret).status_code == 200
    sandbox.clock.advance(1)
    assert failure(europe.ask_token(**secret)) == (400, "invalid_grant")


def test_what_was_revoked_is_not_renewed(sandbox, browser, europe):
    sandbox.revoke("europe")

    browser.post("/_sandbox/authorizations/renew", json={"seller": "europe"})

    assert failure(europe.ask_token()) == (400, "invalid_grant")


def test_an_old_secret_works_for_seven_days_beside_the_new_one(sandbox, browser, europe):
    secret = rotated(sandbox, browser, 0)
    assert secret["client_secret"] != europe.credentials["client_secret"]

    sandbox.clock.advance(7 * DAY - 1)
    assert europe.ask_token().status_code == 200
    sandbox.clock.advance(1)

    assert failure(europe.ask_token()) == (401, "invalid_client")
    assert europe.ask_token(**secret).status_code == 200


def test_a_secret_that_nobody_rotates_ends_after_180_days(sandbox, europe):
    sandbox.clock.advance(180 * DAY - 1)
    assert europe.ask_token().status_code == 200

    sandbox.clock.advance(1)

    assert failure(europe.ask_token()) == (401, "invalid_client")


def test_manage_apps_shows_a_new_secret(sandbox, browser, app):
    who = {
        "selling_partner_id": sandbox.world.seller("europe").id,
        "application_id": app["application_id"],
    }

    html = browser.post("/sellercentral/es/apps/manage", data={**who, "action": "rotate"}).text

    assert f'<code id="client-secret">{sandbox.application("demo").client_secret}<' in html


def test_a_new_refresh_token_leaves_the_old_one_valid(sandbox, europe):
    sandbox.authorize("europe")

    assert europe.ask_token().status_code == 200


def denial(answer):
    assert complaint(answer) == (403, "Unauthorized", "Access to requested resource is denied.")
    return answer.json()["errors"][0]["details"]


def test_an_access_token_expires_after_an_hour(sandbox, europe):
    sandbox.clock.advance(3599)
    in_time = europe.search()
    sandbox.clock.advance(1)

    assert in_time.status_code == 200
    assert denial(europe.search()) == "The access token you provided has expired."


@pytest.mark.parametrize("token", ["", "Atza|rubbish", "Atza|é.1", "Atza|e30=.00"])
def test_a_bad_token_is_denied(europe, token):
    europe.token = token.encode()

    assert denial(europe.search())


def test_a_token_of_another_region_is_denied(europe):
    answer = europe.call("GET", "/sellers/v1/account", region="na")

    assert denial(answer) == ""


def test_a_request_without_user_agent_is_denied(europe):
    del europe.http.headers["user-agent"]

    assert denial(europe.search()) == "The User-Agent header is missing."


def test_manage_apps_gives_a_refresh_token_and_takes_it_back(sandbox, browser, app):
    seller = sandbox.world.seller("europe")
    who = {"selling_partner_id": seller.id, "application_id": app["application_id"]}

    html = browser.post("/sellercentral/es/apps/manage", data={**who, "action": "authorize"}).text
    token = re.search(r'<code id="refresh-token">(Atzr\|[^<]+)</code>', html).group(1)
    listed = browser.get("/sellercentral/es/apps/manage").text
    browser.post("/sellercentral/es/apps/manage", data={**who, "action": "revoke"})

    grant = sandbox.grants.by_refresh_token(token)
    assert 'value="revoke"' in listed
    assert grant.seller_id == seller.id
    assert not grant.is_alive(START)
    assert 'value="revoke"' not in browser.get("/sellercentral/es/apps/manage").text


def test_there_is_no_seller_central_on_the_moon(browser):
    assert browser.get("/sellercentral/moon/apps/manage").status_code == 404


def test_two_sellers_do_not_see_each_other(sandbox):
    wide, europe = Caller(sandbox, "wide"), Caller(sandbox, "europe")

    mine = {order["orderId"] for order in wide.search().json()["orders"]}
    theirs = {order["orderId"] for order in europe.search().json()["orders"]}

    assert mine
    assert theirs
    assert not mine & theirs
