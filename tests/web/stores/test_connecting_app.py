"""The seller's own private app, verified at a pretend Amazon over HTTP."""

import pytest

from packbench.channels.models import Application, SellerAccount, Store
from packbench.lib.marketplaces import by_country
from tests.making import make_account
from tests.web.stores.consenting import app_form, text_of, ticks

pytestmark = pytest.mark.django_db

ES, DE, FR, US, EG = (by_country(country).id for country in ("ES", "DE", "FR", "US", "EG"))


def verify(browser, form):
    return browser.post("/stores/connect/app", form)


def connect(browser, sandbox):
    return verify(browser, app_form(sandbox))["Location"]


def test_three_ticked_marketplaces_become_three_stores(owner, sandbox):
    page = connect(owner, sandbox)
    names = {f"name_{ES}": "Amazon ES", f"name_{DE}": "Werkstatt", f"name_{FR}": "Amazon FR"}

    answer = owner.post(page, ticks(ES, DE, FR, **names))

    assert answer["Location"].endswith("/connected")
    assert set(Store.objects.values_list("marketplace_id", "name")) == {
        (ES, "Amazon ES"),
        (DE, "Werkstatt"),
        (FR, "Amazon FR"),
    }
    done = text_of(owner.get(answer["Location"]))
    assert "Congratulations! Your Amazon account is now connected" in done
    assert "Amazon IT" in done  # where the account sells too


def test_the_chosen_country_is_ticked_and_names_are_prefilled(owner, sandbox):
    page = text_of(owner.get(connect(owner, sandbox)))

    assert f'value="{ES}" checked' in page
    assert f'value="{DE}" checked' not in page
    assert 'value="Amazon DE"' in page
    assert EG not in page


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"client_secret": "wrong"}, "does not accept this client ID with this client secret"),
        ({"refresh_token": "Atzr|wrong"}, "no longer accepts this account's refresh token"),
        ({"country": "US"}, "This account sells in Europe (Amazon ES, "),
    ],
)
def test_what_amazon_refuses_is_said_and_nothing_is_saved(owner, sandbox, changes, sentence):
    form = app_form(sandbox, **changes)

    page = text_of(verify(owner, form))

    assert sentence in page
    assert form["client_id"] in page
    assert form["seller_id"] in page
    assert not SellerAccount.objects.exists()
    assert not Application.objects.exists()


def test_a_revoked_token_is_refused_with_its_sentence(owner, sandbox):
    form = app_form(sandbox, seller="america", country="US")
    sandbox.revoke("america")

    assert "no longer accepts this account's refresh token" in text_of(verify(owner, form))
    assert not SellerAccount.objects.exists()


def test_an_individual_plan_is_told_what_it_lacks(owner, sandbox):
    page = text_of(verify(owner, app_form(sandbox, seller="individual", country="US")))

    assert "Professional plan" in page
    assert not SellerAccount.objects.exists()


def test_an_outage_shows_amazons_number_for_the_call(owner, sandbox):
    sandbox.faults.arm("500", operation="getMarketplaceParticipations", count=9)

    page = text_of(verify(owner, app_form(sandbox)))

    assert "Amazon's request" in page
    assert not SellerAccount.objects.exists()


def test_an_application_id_is_not_taken_for_a_client_id(owner, sandbox):
    demo = sandbox.application("demo")

    page = text_of(verify(owner, app_form(sandbox, client_id=demo.application_id)))

    assert "The client ID begins with amzn1.application-oa2-client." in page


def test_a_marketplace_that_the_seller_has_not_is_refused_with_the_reason(owner, sandbox):
    page = connect(owner, sandbox)

    answer = owner.post(page, ticks(ES, EG))

    assert "does not sell on Amazon EG" in text_of(answer)
    assert not Store.objects.exists()


def test_another_region_and_an_unknown_id_are_refused(owner, sandbox):
    page = connect(owner, sandbox)

    assert "cannot reach Amazon US" in text_of(owner.post(page, ticks(US)))
    assert owner.post(page, ticks("A0UNKNOWN")).status_code == 200
    assert "Tick at least one" in text_of(owner.post(page, ticks()))
    assert not Store.objects.exists()


def test_a_name_that_is_taken_is_refused(owner, sandbox):
    page = connect(owner, sandbox)

    answer = owner.post(page, ticks(ES, DE, **{f"name_{ES}": "Shop", f"name_{DE}": "Shop"}))

    assert "There is a store named “Shop” already" in text_of(answer)
    assert not Store.objects.exists()


def test_the_same_seller_again_is_a_renewal(owner, sandbox):
    connect(owner, sandbox)
    SellerAccount.objects.update(status="expired")

    connect(owner, sandbox)

    account = SellerAccount.objects.get()
    assert account.status == "active"


def test_secrets_are_never_shown_again(owner, sandbox):
    form = app_form(sandbox)
    secrets = [form["client_secret"], form["refresh_token"]]

    verify(owner, form | {"seller_id": "?"})
    verify(owner, form | {"country": "US"})
    page = verify(owner, form)["Location"]
    owner.post(page, ticks(ES))
    for url in (page, "/stores", "/stores/connect/website", f"/stores/{Store.objects.get().pk}"):
        assert owner.get(url).status_code == 200

    assert not any(owner.has_seen(secret) for secret in secrets)


def test_an_account_of_another_workspace_is_not_there(owner):
    account = make_account()

    for page in ("marketplaces", "connected"):
        url = f"/stores/connect/{account.pk}/{page}"
        assert owner.get(url).status_code == owner.post(url).status_code == 404
