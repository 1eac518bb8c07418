"""The catalog of integrations, and the guide to one's own private app."""

import pytest

from packbench.lib.marketplaces import MARKETPLACES
from tests.making import make_account, make_store
from tests.web.stores.consenting import text_of

pytestmark = pytest.mark.django_db

GUIDE = "/stores/connect/guide"
NEW = ["register", "roles", "app", "keys", "authorize", "seller"]


def found(browser, query, **headers):
    return text_of(browser.get("/stores/connect", {"q": query}, **headers))


def begin(browser, country="DE", has_profile="no"):
    return browser.post(GUIDE, {"country": country, "has_profile": has_profile})["Location"]


def walk(browser, address):
    """Press “Done” on each page; return the steps and where the last one leads."""
    steps = []
    while address.startswith(GUIDE):
        page = browser.get(address)
        assert page.status_code == 200
        steps.append((address.rsplit("/")[-1], text_of(page)))
        address = browser.post(address)["Location"]
    return steps, address


def test_the_catalog_shows_amazon_with_three_ways_and_a_tile_for_each_marketplace(owner):
    page = text_of(owner.get("/stores/connect"))

    for way in ("guide", "app", "website", "files"):
        assert f'href="/stores/connect/{way}"' in page
    for market in MARKETPLACES:
        assert f"?country={market.country}#amazon" in page
    assert "Individual plans have no API" in page
    assert "elsewhere called Amazon V2" in page


@pytest.mark.parametrize(
    "query", ["amazon v2", "Spain", "Espagne", "amazon.es", "A1RKKUPIHCS9HS", "es eur"]
)
def test_a_search_finds_a_marketplace_by_any_of_its_names(owner, query):
    assert "?country=ES#amazon" in found(owner, query)


def test_a_search_leaves_out_what_does_not_match(owner):
    page = found(owner, "japan")

    assert "?country=JP#amazon" in page
    assert "?country=ES#amazon" not in page


def test_a_search_for_files_shows_files_alone(owner):
    page = found(owner, "csv")

    assert 'href="/stores/connect/files"' in page
    assert 'href="/stores/connect/website"' not in page


def test_a_search_for_another_shop_says_that_there_is_none(owner):
    page = found(owner, "shopify")

    assert "Nothing here has that name" in page
    assert "Show everything" in page


def test_typing_brings_the_catalog_alone(owner):
    page = found(owner, "spain", headers={"HX-Request": "true"})

    assert page.startswith('<div id="catalog">')


def test_a_tile_carries_its_country_into_every_way(owner, workspace):
    make_store(make_account(workspace))

    page = text_of(owner.get("/stores/connect?country=CA"))

    for way in ("guide", "app", "website", "files"):
        assert f'href="/stores/connect/{way}?country=CA"' in page
    assert "a unified North America account is authorized once" in page
    assert "1 store" in page  # on the tile of Spain
    assert '<option value="CA" selected>' in text_of(owner.get("/stores/connect/app?country=CA"))
    form = text_of(owner.get("/stores/connect/website?country=CA"))
    assert 'value="Amazon CA"' in form


def test_who_has_no_profile_registers_first(owner, settings):
    settings.BASE_URL = "https://desk.example"
    steps, end = walk(owner, begin(owner))

    assert [slug for slug, _ in steps] == NEW
    assert end == "/stores/connect/app?country=DE"
    text = " ".join(page for _, page in steps)
    for words in (
        "Solution Provider Portal",
        "Direct-to-Consumer Delivery (Restricted)",
        "no label can be made",
        "questions about security",
        "Add new app client",
        "displayed only once",
        "merchant token",
        "https://desk.example/stores/connect/callback",
    ):
        assert words in text


def test_who_has_a_profile_begins_with_the_roles(owner):
    steps, _ = walk(owner, begin(owner, has_profile="yes"))

    assert [slug for slug, _ in steps] == NEW[1:]
    assert "see that these roles are granted" in steps[0][1]


def test_links_lead_to_seller_central_of_the_country(owner, settings):
    settings.SANDBOX_URL = ""
    for market in MARKETPLACES:
        begin(owner, country=market.country, has_profile="yes")

        page = text_of(owner.get(f"{GUIDE}/seller"))

        assert f'href="{market.seller_central}/sw/AccountInfo/MerchantToken' in page


def test_the_guide_goes_on_where_one_stopped(owner):
    address = begin(owner)
    owner.post(address)

    assert f'href="{GUIDE}/roles"' in text_of(owner.get(GUIDE))
    assert begin(owner) == f"{GUIDE}/roles"  # the same answers: nothing is lost
    assert 'class="is-done"' in text_of(owner.get(f"{GUIDE}/roles"))
    assert begin(owner, country="IT") == f"{GUIDE}/register"  # others: from the start


def test_a_step_without_a_beginning_leads_to_it(owner):
    assert owner.get(f"{GUIDE}/keys")["Location"] == GUIDE
    assert owner.get(f"{GUIDE}/nowhere").status_code == 404


def test_the_old_words_of_mws_are_translated_into_those_of_today(owner):
    page = text_of(owner.get(GUIDE))

    for old in ("MWS auth token", "Developer name and ID", "User Permissions", "Marketplace ID"):
        assert old in page


@pytest.mark.parametrize(
    ("base_url", "words"),
    [
        ("http://testserver", "Amazon takes only https addresses"),
        ("https://desk.example", "You opened this desk at another address"),
        ("https://testserver", "The address need not be reachable from outside"),
    ],
)
def test_the_desks_own_address_is_judged(owner, settings, base_url, words):
    settings.BASE_URL = base_url

    assert words in text_of(owner.get("/stores/connect/website"))
