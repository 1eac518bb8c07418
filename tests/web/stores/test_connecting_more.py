"""Several accounts and regions, keys of Amazon's old service, and stores that are still missing."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from packbench.channels.authorizing import MOST_UNDER_WAY
from packbench.channels.forgetting import forget_attempts
from packbench.channels.models import (
    Application,
    AuthorizationAttempt,
    Consent,
    SellerAccount,
    Store,
)
from packbench.lib import clock
from packbench.lib.marketplaces import by_country
from packbench.privacy.fields import unseal
from tests.making import make_account, make_store
from tests.web.stores.consenting import agree, app_form, leave, text_of, ticks, website_form

pytestmark = pytest.mark.django_db

ES, DE, FR, US = (by_country(country).id for country in ("ES", "DE", "FR", "US"))
MWS_TOKEN = "amzn.mws.4ea38b7b-f563-7709-4bae-87aea1234567"
APP, WEBSITE, FAILED = (f"/stores/connect/{page}" for page in ("app", "website", "failed"))


def come_back(browser, back):
    """Where Amazon's answer leads, and what is shown there."""
    address = browser.get(back)["Location"]
    return address, text_of(browser.get(address))


def test_the_private_app_needs_both_consents_and_keeps_them(owner, sandbox):
    for missing in ("has_read_terms", "is_responsible"):
        form = app_form(sandbox)
        del form[missing]
        assert "Tick this box" in text_of(owner.post(APP, form))
    assert not Consent.objects.exists()
    assert not SellerAccount.objects.exists()

    owner.post(APP, app_form(sandbox))

    kept = Consent.objects.get()
    assert kept.person_id == owner.get("/stores").wsgi_request.user.pk
    assert (kept.ip_address, bool(kept.text_version)) == ("127.0.0.1", True)


@pytest.mark.parametrize(
    ("pasted", "sentence"),
    [
        (MWS_TOKEN, "This is an auth token of Amazon MWS"),
        ("AKIAIOSFODNN7EXAMPLE", "This is an access key of Amazon MWS or of AWS"),
        ("3244-7764-4129", "This is a developer ID of Amazon MWS"),
    ],
)
@pytest.mark.parametrize("field", ["client_id", "client_secret", "refresh_token", "seller_id"])
def test_a_key_of_mws_is_known_in_every_field(owner, sandbox, pasted, sentence, field):
    page = text_of(owner.post(APP, app_form(sandbox, **{field: f" {pasted} "})))

    assert sentence in page
    assert 'href="/stores/connect/guide"' in page
    assert not SellerAccount.objects.exists()


@pytest.mark.parametrize("field", ["name", "client_id", "client_secret", "application_id"])
def test_a_key_of_mws_is_known_on_the_website_form_too(owner, sandbox, field):
    page = text_of(owner.post(WEBSITE, website_form(sandbox, **{field: MWS_TOKEN})))

    assert "This is an auth token of Amazon MWS" in page
    assert not AuthorizationAttempt.objects.exists()


def test_an_access_token_is_no_refresh_token(owner, sandbox):
    page = text_of(owner.post(APP, app_form(sandbox, refresh_token="Atza|IwEBIexample")))

    assert "This is an access token, which ends within the hour" in page


def test_the_same_marketplace_of_one_account_has_one_store(owner, sandbox):
    owner.get(agree(sandbox, leave(owner, sandbox)))
    account = SellerAccount.objects.get()

    answer = owner.post(f"/stores/connect/{account.pk}/marketplaces", ticks(ES))

    assert "has a store for Amazon ES already: “Amazon ES”" in text_of(answer)
    assert Store.objects.count() == 1


def test_a_second_consent_for_it_renews_and_makes_no_second_store(owner, sandbox):
    owner.get(agree(sandbox, leave(owner, sandbox)))

    address, page = come_back(owner, agree(sandbox, leave(owner, sandbox, name="Another name")))

    assert address == f"/stores/{Store.objects.get().pk}"
    assert "Its store for Amazon ES was here already." in page
    assert Store.objects.get().name == "Amazon ES"


def test_another_account_has_a_store_of_its_own_there(owner, sandbox):
    owner.get(agree(sandbox, leave(owner, sandbox)))

    owner.get(agree(sandbox, leave(owner, sandbox, name="Amazon ES 2"), seller="wide"))

    stores = Store.objects.filter(marketplace_id=ES)
    assert set(stores.values_list("name", flat=True)) == {"Amazon ES", "Amazon ES 2"}
    assert stores.values("account").distinct().count() == 2


def test_a_name_that_another_account_took_leads_to_choosing_one(owner, sandbox):
    owner.get(agree(sandbox, leave(owner, sandbox)))

    _, page = come_back(owner, agree(sandbox, leave(owner, sandbox), seller="wide"))

    account = SellerAccount.objects.exclude(seller_id=sandbox.world.seller("europe").id).get()
    assert "The account is connected, the store is not" in page
    assert f"/stores/connect/{account.pk}/marketplaces" in page
    form = text_of(owner.get(f"/stores/connect/{account.pk}/marketplaces"))
    assert f'value="Amazon ES {account.seller_id}"' in form


def test_the_same_seller_through_another_application_is_a_renewal(owner, sandbox):
    owner.get(agree(sandbox, leave(owner, sandbox)))
    first = SellerAccount.objects.get()
    other = sandbox.application("other")
    keys = sandbox.authorize("europe", "other")
    form = app_form(
        sandbox,
        client_id=other.client_id,
        client_secret=other.client_secret,
        refresh_token=keys["refresh_token"],
    )

    owner.post(APP, form)

    account = SellerAccount.objects.select_related("workspace__key", "application").get()
    assert account.pk == first.pk
    assert account.application.client_id == other.client_id
    assert unseal(account.refresh_token, account.workspace.key.opened()) == keys["refresh_token"]
    assert account.stores.count() == 1
    assert Application.objects.count() == 2


def test_seller_central_of_another_region_is_named_and_the_right_country_offered(owner, sandbox):
    url = leave(owner, sandbox).replace("/sellercentral/ES/", "/sellercentral/US/")

    address, page = come_back(owner, agree(sandbox, url, seller="america"))

    assert address == FAILED
    assert "This account sells in North America (Amazon US, " in page
    assert 'href="/stores/connect/website?country=US"' in page
    assert not SellerAccount.objects.exists()


def test_a_pasted_token_of_another_region_is_named_too(owner, sandbox):
    page = text_of(owner.post(APP, app_form(sandbox, seller="far-east", country="DE")))

    assert "This account sells in Far East (Amazon JP, " in page
    assert 'href="/stores/connect/app?country=JP"' in page


def test_a_seller_id_that_is_not_its_own_is_refused(owner, sandbox):
    other = sandbox.world.seller("wide").id

    page = text_of(owner.post(APP, app_form(sandbox, seller_id=other)))

    assert f"this authorization is not one of seller {other}" in page
    assert not SellerAccount.objects.exists()


def test_without_the_listing_role_the_seller_id_is_believed(owner, sandbox):
    page = owner.post(APP, app_form(sandbox, seller="no-addresses"))

    assert page.status_code == 302
    assert SellerAccount.objects.get().seller_id == sandbox.world.seller("no-addresses").id


@pytest.mark.parametrize("code", ["expired", "used"])
def test_an_expired_and_a_used_code_are_explained(owner, sandbox, code):
    address, page = come_back(owner, agree(sandbox, leave(owner, sandbox), code=code))

    assert address == FAILED
    assert "older than five minutes or was used already" in page
    assert 'href="/stores/connect/website?country=ES"' in page
    assert not SellerAccount.objects.exists()


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        ("access_denied", "the authorization was declined"),
        ("MD1000", "the application is not available (MD1000)"),
        ("MD5101", "not registered with the application (MD5101)"),
        ("server_error", "ended the consent with the error server_error"),
    ],
)
def test_an_error_of_amazon_is_explained(owner, sandbox, error, sentence):
    back = agree(sandbox, leave(owner, sandbox), decision="cancel")

    _, page = come_back(owner, back.replace("access_denied", error))

    assert sentence in page


def test_who_is_signed_out_signs_in_and_is_told(owner, anybody, sandbox):
    back = agree(sandbox, leave(owner, sandbox))

    answer = anybody.get(back)

    assert answer["Location"] == "/sign-in?next=/stores/connect/failed%3Fsigned_out%3D1"
    assert "while you were signed out" in text_of(owner.get(f"{FAILED}?signed_out=1"))
    assert not SellerAccount.objects.exists()


@pytest.mark.parametrize("code", ["good", "used"])
def test_the_code_enters_no_log_no_session_and_no_page(owner, sandbox, caplog, code):
    caplog.set_level("DEBUG")
    back = agree(sandbox, leave(owner, sandbox), code=code)
    given = parse_qs(urlsplit(back).query)["spapi_oauth_code"][0]

    address, page = come_back(owner, back)

    assert caplog.records
    assert given not in caplog.text + address + page + str(dict(owner.session))


def test_a_draft_application_is_asked_as_one(owner, sandbox):
    assert "version=beta" in leave(owner, sandbox, is_draft="on")


def test_what_leaves_for_amazon_and_what_comes_back_tell_no_address(owner, sandbox):
    page = owner.post(WEBSITE, website_form(sandbox))

    assert page["Referrer-Policy"] == "no-referrer"
    assert page["Cache-Control"] == "no-store"
    assert 'method="post"' not in text_of(page)  # a form there would be refused: Origin: null
    assert 'method="post"' not in text_of(owner.get(FAILED))


def test_consents_under_way_are_bounded_and_forgotten(owner, sandbox):
    leave(owner, sandbox)
    attempt = AuthorizationAttempt.objects.get()
    for number in range(MOST_UNDER_WAY - 1):
        attempt.pk = f"{number:064}"
        attempt.save(force_insert=True)

    answer = owner.post(WEBSITE, website_form(sandbox))

    assert "50 consents are under way" in text_of(answer)
    assert forget_attempts(now=clock.now()) == 0
    assert forget_attempts(now=clock.now() + timedelta(days=1, seconds=1)) == MOST_UNDER_WAY
    assert not AuthorizationAttempt.objects.exists()


def test_where_the_account_sells_without_a_store_one_is_added_at_a_press(owner, workspace):
    account = make_account(workspace)
    make_store(account)
    assert "also sells on 2 marketplaces without a store here" in text_of(owner.get("/stores"))

    answer = owner.post(f"/stores/connect/{account.pk}/add", {"marketplace": DE})

    added = account.stores.get(marketplace_id=DE)
    assert (answer["Location"], added.name) == (f"/stores/{added.pk}?connected=1", "Amazon DE")
    assert "also sells on 1 marketplace without" in text_of(owner.get("/stores"))


def test_all_missing_stores_are_added_at_once(owner, workspace):
    account = make_account(workspace)
    make_store(account)

    answer = owner.post(f"/stores/connect/{account.pk}/add", {"marketplace": ""})

    assert answer["Location"].endswith("/connected")
    assert set(account.stores.values_list("marketplace_id", flat=True)) == {ES, DE, FR}
    assert "also sells" not in text_of(owner.get("/stores"))
    again = owner.post(f"/stores/connect/{account.pk}/add", {"marketplace": DE})
    assert again["Location"] == "/stores"


def test_a_suggestion_that_was_dismissed_comes_back_for_another_marketplace(owner, workspace):
    account = make_account(workspace)
    make_store(account)

    owner.post(f"/stores/connect/{account.pk}/dismiss")
    assert "also sells" not in text_of(owner.get("/stores"))

    account.marketplace_ids = [*account.marketplace_ids, by_country("IT").id]
    account.save()
    assert "also sells on 3 marketplaces" in text_of(owner.get("/stores"))


def test_packers_are_suggested_nothing(packer, workspace):
    make_store(make_account(workspace))

    assert "also sells" not in text_of(packer.get("/stores"))
