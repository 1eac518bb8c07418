"""The account's page: renew, paste, check, new secret, revoke."""

from datetime import timedelta

import httpx
import pytest
from django.urls import resolve
from procrastinate.contrib.django.models import ProcrastinateJob

from packbench.accounts.models import Member
from packbench.channels.deadlines import deadlines_of
from packbench.channels.models import Application, SellerAccount, Store
from packbench.channels.registry import credentials_of
from packbench.events.models import Event
from packbench.lib import clock
from tests.making import make_account, make_order, make_store
from tests.posting import MailServer, use
from tests.web.stores.consenting import CONSENTS, agree, leave, text_of

pytestmark = pytest.mark.django_db
YEAR = timedelta(days=365)


@pytest.fixture
def account(owner, sandbox, workspace):
    """An account that works, connected by its own app."""
    from packbench.channels.verifying import connect_private_app
    from packbench.web.forms.connecting import PrivateAppForm

    keys = sandbox.authorize("europe")
    form = PrivateAppForm({**keys, "country": "ES", "has_read_terms": "on", "is_responsible": "on"})
    assert form.is_valid(), form.errors
    account = connect_private_app(
        workspace, form.credentials(), actor="test", ip_address=None, now=clock.now()
    )
    make_store(account)
    return account


def page_of(account, tail=""):
    return f"/stores/accounts/{account.pk}{tail}"


def end(account, status="expired", **changes):
    SellerAccount.objects.update(
        status=status,
        status_reason={"text": "It ended.", "code": "authorization_ended"},
        ended_at=clock.now(),
        authorized_at=clock.now() - YEAR,
        expires_at=clock.now(),
        **changes,
    )


def status():
    return SellerAccount.objects.get().status


def token_of(sandbox):
    return sandbox.authorize("europe")["refresh_token"]


def test_the_page_shows_the_year_the_secret_the_stores_and_what_happened(owner, account):
    page = text_of(owner.get(page_of(account)))

    for words in (
        account.seller_id,
        "365 days left",
        "180 days left",
        "Amazon ES",
        "Amazon account connected.",
        "Manage Your Apps",
        account.application.client_id,
    ):
        assert words in page
    assert "/ES/apps/manage" in page
    assert "Check again" not in page
    assert "I renewed it at Amazon" not in page


def test_viewers_look_on_and_change_nothing(viewer, account):
    page = text_of(viewer.get(page_of(account)))

    assert account.seller_id in page
    for words in ("Verify and renew", "Verify and save", "Revoke here"):
        assert words not in page
    for tail in ("/renew", "/token", "/check", "/renewed", "/revoke", "/secret"):
        assert viewer.post(page_of(account, tail)).status_code == 403


def test_a_new_token_of_the_same_seller_renews(owner, account, sandbox):
    end(account)
    before = bytes(SellerAccount.objects.get().refresh_token.ciphertext)

    answer = owner.post(page_of(account, "/token"), {"refresh_token": token_of(sandbox)})

    row = SellerAccount.objects.get()
    assert answer["Location"] == page_of(account)
    assert (row.status, row.ended_at, row.status_reason) == ("active", None, None)
    assert row.expires_at > clock.now() + timedelta(days=364)
    assert bytes(row.refresh_token.ciphertext) != before
    assert "Authorization renewed." in text_of(owner.get(page_of(account)))
    assert ProcrastinateJob.objects.filter(task_name="orders.import_account").exists()


def test_the_token_that_is_here_renews_as_well(owner, account, sandbox):
    end(account)
    token = credentials_of(SellerAccount.objects.get()).refresh_token

    owner.post(page_of(account, "/token"), {"refresh_token": f" {token} "})

    assert status() == "active"


def test_another_sellers_token_is_refused_with_a_sentence(owner, account, sandbox):
    end(account)
    before = SellerAccount.objects.values().get()

    answer = owner.post(
        page_of(account, "/token"), {"refresh_token": sandbox.authorize("wide")["refresh_token"]}
    )

    assert "another seller" in text_of(answer)
    assert SellerAccount.objects.values().get()["expires_at"] == before["expires_at"]
    assert status() == "expired"


def test_without_the_listings_role_a_known_order_tells_the_seller(owner, account, sandbox):
    mine = sandbox.world.create_order("europe", country="ES").id
    make_order(account.stores.get(), external_id=mine)
    wide = sandbox.world.seller("wide")
    roles = list(sandbox.grants.roles(wide.id, sandbox.grants.demo.client_id))
    sandbox.set_roles("wide", [role for role in roles if "Listing" not in role])
    stolen = sandbox.authorize("wide")["refresh_token"]

    answer = owner.post(page_of(account, "/token"), {"refresh_token": stolen})
    sandbox.set_roles("wide", roles)

    assert "another seller's" in text_of(answer)
    own = owner.post(page_of(account, "/token"), {"refresh_token": token_of(sandbox)})
    assert own.status_code == 302


def test_the_same_token_makes_no_year_longer_before_it_can_be_renewed(owner, account):
    SellerAccount.objects.update(expires_at=clock.now() + timedelta(days=100))
    before = SellerAccount.objects.select_related("application", "workspace__key").get()
    kept = credentials_of(before)

    answer = owner.post(page_of(account, "/token"), {"refresh_token": kept.refresh_token})

    assert "It can be renewed in the month before its end" in text_of(answer)
    assert SellerAccount.objects.get().expires_at == before.expires_at


@pytest.mark.parametrize("status", ["active", "revoked"])
def test_connecting_again_with_the_same_token_begins_no_new_year(owner, account, status):
    SellerAccount.objects.update(expires_at=clock.now() + timedelta(days=100), status=status)
    before = SellerAccount.objects.select_related("application", "workspace__key").get()
    kept = credentials_of(before)
    keys = {name: getattr(kept, name) for name in ("client_id", "client_secret", "refresh_token")}
    form = {**keys, "seller_id": kept.seller_id, "country": "ES", **CONSENTS}

    assert owner.post("/stores/connect/app", form).status_code == 302

    row = SellerAccount.objects.get()
    assert (row.status, row.expires_at) == ("active", before.expires_at)


@pytest.mark.parametrize("token", ["Atzr|made-up", "Atza|an-access-token-instead", ""])
def test_what_amazon_does_not_take_changes_nothing(owner, account, token):
    end(account)

    answer = owner.post(page_of(account, "/token"), {"refresh_token": token})

    assert answer.status_code == 200
    assert status() == "expired"
    assert not token or token not in text_of(answer)


def test_renewing_by_consent_leads_to_seller_central_and_back(owner, account, sandbox):
    demo = sandbox.application("demo")
    Application.objects.update(application_id=demo.application_id)
    end(account)

    url = owner.post(page_of(account, "/renew"))["Refresh"].removeprefix("0;url=")
    answer = owner.get(agree(sandbox, url), follow=True)

    assert answer.status_code == 200
    assert status() == "active"
    assert Store.objects.count() == 1


def test_a_renewal_adds_no_stores_that_an_abandoned_consent_asked_for(owner, account, sandbox):
    leave(owner, sandbox, has_all="on")
    Application.objects.update(application_id=sandbox.application("demo").application_id)

    url = owner.post(page_of(account, "/renew"))["Refresh"].removeprefix("0;url=")
    owner.get(agree(sandbox, url))

    assert [store.name for store in Store.objects.all()] == ["Amazon ES"]


def test_another_seller_who_signs_in_at_the_renewal_is_not_connected(owner, account, sandbox):
    Application.objects.update(application_id=sandbox.application("demo").application_id)
    end(account)
    url = owner.post(page_of(account, "/renew"))["Refresh"].removeprefix("0;url=")

    answer = owner.get(agree(sandbox, url, seller="wide"), follow=True)

    assert "You signed in at Amazon as seller" in text_of(answer)
    assert SellerAccount.objects.count() == 1
    assert status() == "expired"


def test_without_an_application_id_the_consent_is_not_offered(owner, account):
    assert "Renew in Seller Central" not in text_of(owner.get(page_of(account)))
    assert "cannot be renewed in Seller Central" in text_of(owner.post(page_of(account, "/renew")))


@pytest.mark.parametrize("before", ["expired", "revoked", "secret_refused"])
def test_check_again_finds_that_it_works(owner, account, before):
    end(account, before)

    owner.post(page_of(account, "/check"))

    assert status() == "active"
    renewed = SellerAccount.objects.get().expires_at > clock.now() + timedelta(days=364)
    assert renewed is (before == "expired")  # nobody knows of another year for the others


def test_a_secret_that_works_again_for_one_account_works_for_all(owner, account):
    sibling = make_account(account.workspace, region="na")
    SellerAccount.objects.filter(pk=sibling.pk).update(application=account.application)
    end(account, "secret_refused")

    owner.post(page_of(account, "/check"))

    assert set(SellerAccount.objects.values_list("status", flat=True)) == {"active"}


def test_check_again_says_that_it_does_not_and_ends_it_no_second_time(owner, account, sandbox):
    end(account)
    sandbox.revoke("europe")

    answer = owner.post(page_of(account, "/check"), follow=True)

    assert "Amazon still refuses it" in text_of(answer)
    assert status() == "expired"
    assert not Event.objects.filter(name__in=["account.expired", "account.revoked"]).exists()


def test_an_outage_is_no_refusal(owner, account, sandbox):
    end(account)
    sandbox.faults.arm("500", operation="token", count=9)

    answer = owner.post(page_of(account, "/check"))

    assert "not available" in text_of(answer)
    assert status() == "expired"


def test_in_its_last_month_a_renewal_at_amazon_is_noted(owner, account):
    refused = owner.post(page_of(account, "/renewed"))
    assert "It can be renewed in the month before its end" in text_of(refused)
    SellerAccount.objects.update(expires_at=clock.now() + timedelta(days=12))
    assert "I renewed it at Amazon" in text_of(owner.get(page_of(account)))

    owner.post(page_of(account, "/renewed"))

    assert SellerAccount.objects.get().expires_at > clock.now() + timedelta(days=364)


def test_a_new_client_secret_is_tried_at_amazon_then_saved_and_work_goes_on(
    owner, account, sandbox
):
    SellerAccount.objects.update(status="secret_refused")
    sandbox.rotate_secret()
    secret = sandbox.application("demo").client_secret

    answer = owner.post(page_of(account, "/secret"), {"client_secret": secret}, follow=True)

    assert "Client secret saved." in text_of(answer)
    assert "New client secret saved." in text_of(answer)
    assert status() == "active"
    assert Application.objects.get().secret_saved_at > clock.now() - timedelta(minutes=1)
    assert not owner.has_seen(secret)


def test_a_wrong_or_the_same_secret_is_refused(owner, account, sandbox):
    saved = Application.objects.get().secret_saved_at
    current = sandbox.application("demo").client_secret

    wrong = owner.post(page_of(account, "/secret"), {"client_secret": "amzn1.oa2-cs.v1.wrong"})
    same = owner.post(page_of(account, "/secret"), {"client_secret": current})

    assert "does not accept this client ID with this client secret" in text_of(wrong)
    assert "saved already" in text_of(same)
    assert Application.objects.get().secret_saved_at == saved
    assert not owner.has_seen(current)


def test_revoking_here_deletes_the_token_and_asks_for_the_erasure(owner, account):
    order = make_order(account.stores.get())
    refused = owner.post(page_of(account, "/revoke"))
    assert "Tick this box to confirm it." in text_of(refused)
    assert status() == "active"

    owner.post(page_of(account, "/revoke"), {"is_meant": "on"})

    row = SellerAccount.objects.get()
    assert (row.status, row.refresh_token) == ("revoked", None)
    jobs = ProcrastinateJob.objects.filter(task_name="orders.erase_account")
    assert [job.args for job in jobs] == [{"account_id": account.pk}]
    page = text_of(owner.get(page_of(account)))
    assert "Authorization revoked here and its token deleted." in page
    assert "Check again" not in page
    assert 'role="alert"' not in page  # nobody needs to be reminded of what they did
    assert order.external_id in text_of(owner.get("/orders?tab=all"))


def test_what_was_revoked_here_is_connected_again_as_a_renewal(owner, account, sandbox):
    owner.post(page_of(account, "/revoke"), {"is_meant": "on"})

    owner.post(page_of(account, "/token"), {"refresh_token": token_of(sandbox)})

    row = SellerAccount.objects.get()
    assert (row.status, row.pk) == ("active", account.pk)


def test_every_page_says_what_ends_soon_and_owners_get_the_button(owner, viewer, account):
    SellerAccount.objects.update(expires_at=clock.now() + timedelta(days=9))
    button = f'href="{page_of(account)}">Renew<'

    for url in ("/orders", "/products"):
        assert "ends in 9 days" in text_of(owner.get(url))
        assert button in text_of(owner.get(url))
        assert "ends in 9 days" in text_of(viewer.get(url))
        assert button not in text_of(viewer.get(url))


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("expired", "has ended. No orders come in"),
        ("revoked", "no longer accepts the authorization"),
        ("secret_refused", "no longer accepts the client secret"),
    ],
)
def test_every_page_says_that_an_account_has_ended(owner, account, status, words):
    end(account, status)

    page = text_of(owner.get("/orders"))

    assert words in page
    assert f'href="{page_of(account)}"' in page


def test_mails_and_banners_lead_to_pages_that_are_there(account):
    row = SellerAccount.objects.select_related("application").get()

    paths = [deadline.path.partition("#")[0] for deadline in deadlines_of([row])]

    assert {resolve(path).url_name for path in paths} == {"account"}


def test_the_settings_say_whether_mails_are_sent_and_try_it(owner, settings):
    assert "No mail server is set" in text_of(owner.get("/settings"))
    assert "No mail server is set" in text_of(owner.post("/settings/mail/test", follow=True))
    with MailServer() as server:
        use(server, settings, BASE_URL="http://testserver")
        assert "Send a test e-mail" in text_of(owner.get("/settings"))

        good = text_of(owner.post("/settings/mail/test", follow=True))
        server.answers = {"RCPT": "550 no"}
        bad = text_of(owner.post("/settings/mail/test", follow=True))

        [(to, *_)] = server.texts()
    assert to == Member.objects.get().person.email
    assert f"took an e-mail to {to}" in good
    assert "refused the e-mail (550)" in bad


def test_an_account_of_another_workspace_is_not_there(stranger, account):
    assert stranger.get(page_of(account)).status_code == 404
    for tail in ("/token", "/check", "/secret", "/revoke", "/renew", "/renewed"):
        assert stranger.post(page_of(account, tail)).status_code == 404


def test_the_portal_of_the_sandbox_answers_where_the_page_leads(owner, account):
    page = text_of(owner.get(page_of(account)))
    url = page.split('/apps/manage"')[0].rpartition('href="')[2] + "/apps/manage"

    assert "Renew" in httpx.get(url).text
