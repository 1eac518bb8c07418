"""The developer's pages, the consent page of each region, and codes that are no good."""

import re
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

BACK = "https://desk.example/amazon/callback"


@pytest.fixture
def app(sandbox):
    demo = sandbox.application("demo")
    sandbox.grants.register_redirect_uri(demo.client_id, BACK)
    return demo


@pytest.fixture
def browser(sandbox):
    with httpx.Client(base_url=sandbox.url) as browser:
        yield browser


def agree(browser, app, seller, code):
    url = f"/sellercentral/ES/apps/authorize/consent?application_id={app.application_id}&state=s1"
    form = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', browser.get(url).text))
    form |= {"selling_partner_id": seller.id, "agree": "yes", "decision": "confirm", "code": code}
    location = browser.post(url, data=form).headers["location"]
    return parse_qs(urlsplit(location).query)["spapi_oauth_code"][0]


def exchange(browser, app, code):
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": BACK,
        "client_id": app.client_id,
        "client_secret": app.client_secret,
    }
    return browser.post("/auth/o2/token", data=form)


def test_a_code_may_be_asked_for_that_is_too_old_or_used(sandbox, browser, app):
    seller = sandbox.world.seller("europe")

    for kind in ("expired", "used"):
        answer = exchange(browser, app, agree(browser, app, seller, kind))
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")

    assert exchange(browser, app, agree(browser, app, seller, "good")).status_code == 200


def test_the_consent_page_leads_to_the_seller_central_of_other_regions(sandbox, browser, app):
    query = f"application_id={app.application_id}&state=s1"
    html = browser.get(f"/sellercentral/ES/apps/authorize/consent?{query}").text

    links = re.findall(r'href="(/sellercentral/\w+/apps/authorize/consent[^"]*)"', html)

    assert [link.split("/")[2] for link in links] == ["US", "JP"]
    there = browser.get(links[0].replace("&amp;", "&")).text
    assert sandbox.world.seller("america").id in there


def test_the_portal_shows_the_keys_and_takes_redirect_uris(browser, app):
    form = {"application_id": app.application_id, "uri": "https://new.example/callback"}

    browser.post("/portal", data=form)
    html = browser.get("/sellercentral/DE/sellingpartner/developerconsole").text

    for text in (app.client_id, app.client_secret, app.application_id, form["uri"]):
        assert text in html
    assert browser.post("/portal", data=form | {"uri": "javascript:x"}).status_code == 400


def test_seller_central_shows_the_merchant_tokens_of_its_region(sandbox, browser):
    page = "/sw/AccountInfo/MerchantToken/step/MerchantToken"

    html = browser.get(f"/sellercentral/JP{page}").text

    assert sandbox.world.seller("far-east").id in html
    assert sandbox.world.seller("europe").id not in html
