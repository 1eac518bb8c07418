"""Every marketplace that Amazon has, connected through the pages: by consent and by token."""

import pytest

from packbench.channels.models import Consent, SellerAccount, Store
from packbench.lib.marketplaces import MARKETPLACES, by_country, in_region
from tests.web.stores.consenting import agree, app_form, leave, text_of, ticks

pytestmark = pytest.mark.django_db

SELLERS = {"eu": ("wide", "SE"), "na": ("america", "US"), "fe": ("far-east", "JP")}
EVERYWHERE = {market.id for market in MARKETPLACES}
COUNTRIES = [market.country for market in MARKETPLACES]


def connected():
    return set(Store.objects.values_list("marketplace_id", flat=True))


def paste(browser, sandbox, seller, country):
    """Verify pasted keys; return the page where marketplaces are ticked."""
    form = app_form(sandbox, seller=seller, country=country)
    answer = browser.post("/stores/connect/app", form)
    assert answer.status_code == 302, text_of(answer)
    return answer["Location"]


def consent(browser, sandbox, seller, country, **wish):
    wish = {"country": country, "name": f"Amazon {country}", **wish}
    return browser.get(agree(sandbox, leave(browser, sandbox, **wish), seller=seller))["Location"]


@pytest.mark.parametrize("country", COUNTRIES)
def test_each_is_connected_by_consent(owner, sandbox, country):
    market = by_country(country)

    address = consent(owner, sandbox, SELLERS[market.region][0], country)

    store = Store.objects.get()
    assert address == f"/stores/{store.pk}?connected=1"
    assert (store.marketplace_id, store.currency) == (market.id, market.currency)
    assert store.account.region == market.region


@pytest.mark.parametrize("country", COUNTRIES)
def test_each_is_connected_by_a_pasted_token(owner, sandbox, country):
    market = by_country(country)
    page = paste(owner, sandbox, SELLERS[market.region][0], country)

    address = owner.post(page, ticks(market.id))["Location"]

    store = Store.objects.get()
    assert address == f"/stores/{store.pk}?connected=1"
    assert (store.marketplace_id, store.account.way) == (market.id, "private_app")


def test_three_consents_make_all_23_stores(owner, sandbox):
    for seller, country in SELLERS.values():
        address = consent(owner, sandbox, seller, country, has_all="on")
        assert address.endswith("/connected")

    assert connected() == EVERYWHERE
    assert Store.objects.count() == 23
    assert SellerAccount.objects.count() == Consent.objects.count() == 3


def test_three_pasted_tokens_make_all_23_stores(owner, sandbox):
    for region, (seller, country) in SELLERS.items():
        page = paste(owner, sandbox, seller, country)
        owner.post(page, ticks(*(market.id for market in in_region(region))))

    assert connected() == EVERYWHERE
    assert SellerAccount.objects.count() == Consent.objects.count() == 3


def test_a_seller_in_italy_germany_and_the_uk_has_three_stores_of_one_consent(owner, sandbox):
    consent(owner, sandbox, "europe", "IT")
    account = SellerAccount.objects.get()

    more = ticks(by_country("DE").id, by_country("UK").id)
    answer = owner.post(f"/stores/connect/{account.pk}/marketplaces", more, follow=True)

    assert set(account.stores.values_list("name", flat=True)) == {
        "Amazon IT",
        "Amazon DE",
        "Amazon UK",
    }
    assert "has 3 stores here" in text_of(answer)
    for store in account.stores.all():
        assert f'href="/stores/{store.pk}"' in text_of(answer)


@pytest.mark.parametrize("first", ["US", "CA", "MX"])
def test_a_unified_north_american_account_has_its_stores_of_one_consent(owner, sandbox, first):
    consent(owner, sandbox, "america", first, has_all="on")

    wanted = {by_country(country).id for country in ("US", "CA", "MX")}
    assert wanted <= connected()
    assert SellerAccount.objects.count() == Consent.objects.count() == 1
