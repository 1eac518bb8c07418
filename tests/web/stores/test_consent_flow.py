"""Website authorization, end to end over HTTP: there, back, and every way it can fail."""

from datetime import timedelta

import pytest
import time_machine

from packbench.accounts.models import Member
from packbench.channels.models import (
    Application,
    Consent,
    SellerAccount,
    Store,
)
from packbench.events.models import Event
from packbench.lib import clock
from packbench.privacy.fields import unseal
from tests.making import make_member, make_workspace
from tests.web.stores.consenting import CALLBACK, agree, leave, text_of, website_form

pytestmark = pytest.mark.django_db

NO_STATE = "does not belong to a connection that you began here"
FAILED = "/stores/connect/failed"


def come_back(browser, back):
    """Open the address that Amazon sends back to; return where that leads, and what it shows."""
    answer = browser.get(back)
    assert answer.status_code == 302
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "code" not in answer["Location"]
    assert not answer.content
    return answer["Location"], browser.get(answer["Location"])


def refused(browser, back, sentence):
    """Whether the answer leads to a page with the sentence and a way on, and shows no code."""
    address, page = come_back(browser, back)
    assert address == FAILED
    assert sentence in text_of(page)
    assert page["Referrer-Policy"] == "no-referrer"
    assert 'class="button primary" href="/stores/connect' in text_of(page)  # the way on
    return True


def nothing_is_bound():
    return not SellerAccount.objects.exists() and not Store.objects.exists()


def test_a_seller_agrees_and_comes_back_connected(owner, sandbox):
    url = leave(owner, sandbox, feedback="none")
    address, _ = come_back(owner, agree(sandbox, url))

    store = Store.objects.get()
    assert address == f"/stores/{store.pk}?connected=1"
    assert (store.name, store.feedback, store.account.way) == ("Amazon ES", "none", "website")
    assert store.account.seller_id == sandbox.world.seller("europe").id


def test_both_consents_are_needed_and_kept(owner, sandbox):
    for missing in ("has_read_terms", "is_responsible"):
        form = website_form(sandbox)
        del form[missing]
        assert "Tick this box" in text_of(owner.post("/stores/connect/website", form))
    assert not Consent.objects.exists()

    leave(owner, sandbox)

    consent = Consent.objects.get()
    assert (consent.person_id, consent.ip_address) == (
        Member.objects.get().person_id,
        "127.0.0.1",
    )
    assert consent.text_version


def test_the_redirect_address_can_be_copied(owner, sandbox):
    assert f'data-copy="{CALLBACK}"' in text_of(owner.get("/stores/connect/website"))


def test_a_known_application_is_chosen_without_typing_its_secret(owner, sandbox):
    leave(owner, sandbox)
    application = Application.objects.get()
    choice = {
        "application": application.pk,
        "client_id": "",
        "client_secret": "",
        "application_id": "",
    }

    owner.get(agree(sandbox, leave(owner, sandbox, **choice)))

    assert Store.objects.get().account.application == application
    assert not owner.has_seen(sandbox.application("demo").client_secret)


def test_an_application_of_another_workspace_is_no_choice(owner, stranger, sandbox):
    leave(stranger, sandbox)
    foreign = Application.objects.get()

    form = website_form(sandbox, application=foreign.pk)
    answer = owner.post("/stores/connect/website", form)

    assert "Refresh" not in answer.headers


def test_an_answer_counts_once(owner, sandbox):
    back = agree(sandbox, leave(owner, sandbox))
    owner.get(back)
    Store.objects.all().delete()
    SellerAccount.objects.all().delete()

    assert refused(owner, back, "used already: it counts once")
    assert nothing_is_bound()


def test_another_session_of_the_same_person_cannot_finish(owner, sandbox, sign_in):
    back = agree(sandbox, leave(owner, sandbox))
    other = sign_in(Member.objects.get())

    assert refused(other, back, "in another browser or before you signed in anew")
    assert nothing_is_bound()


def test_another_person_cannot_finish(owner, sandbox, workspace, sign_in):
    back = agree(sandbox, leave(owner, sandbox))
    colleague = sign_in(make_member(workspace, "carla@example.com"))

    assert refused(colleague, back, NO_STATE)
    assert nothing_is_bound()


def test_another_workspace_cannot_finish(owner, stranger, sandbox):
    back = agree(sandbox, leave(owner, sandbox))

    assert refused(stranger, back, NO_STATE)
    assert nothing_is_bound()


def test_a_person_who_changed_workspace_cannot_finish(owner, sandbox):
    back = agree(sandbox, leave(owner, sandbox))
    Member.objects.update(workspace=make_workspace("Elsewhere"))

    assert refused(owner, back, NO_STATE)
    assert nothing_is_bound()


def test_a_refused_consent_connects_nothing(owner, sandbox):
    back = agree(sandbox, leave(owner, sandbox), decision="cancel")

    assert refused(owner, back, "the authorization was declined")
    assert nothing_is_bound()


def test_a_state_older_than_ten_minutes_is_refused(owner, sandbox):
    back = agree(sandbox, leave(owner, sandbox))

    with time_machine.travel(clock.now() + timedelta(minutes=10, seconds=1)):
        assert refused(owner, back, "More than ten minutes went by")
    assert nothing_is_bound()


def test_a_code_that_amazon_no_longer_takes_is_explained(owner, sandbox):
    back = agree(sandbox, leave(owner, sandbox))
    head, _, rest = back.partition("spapi_oauth_code=")

    assert refused(owner, f"{head}spapi_oauth_code=x{rest}", "older than five minutes")
    assert nothing_is_bound()


def test_an_empty_answer_is_refused(owner, sandbox):
    assert refused(owner, "/stores/connect/callback", NO_STATE)


def test_a_marketplace_that_the_seller_has_not_leads_to_those_it_has(owner, sandbox):
    back = agree(sandbox, leave(owner, sandbox, country="EG", name="Amazon EG"))

    address, page = come_back(owner, back)

    assert address == FAILED
    assert "does not sell on Amazon EG" in text_of(page)
    assert f"/stores/connect/{SellerAccount.objects.get().pk}/marketplaces" in text_of(page)
    assert not Store.objects.exists()


def test_an_individual_plan_is_told_what_it_lacks(owner, sandbox):
    back = agree(sandbox, leave(owner, sandbox, country="US"), seller="individual")

    assert refused(owner, back, "Professional plan")
    assert nothing_is_bound()


def test_the_same_seller_again_renews_the_store(owner, sandbox):
    owner.get(agree(sandbox, leave(owner, sandbox)))
    SellerAccount.objects.update(status="expired")

    answer = owner.get(agree(sandbox, leave(owner, sandbox)), follow=True)

    assert answer.status_code == 200
    assert Store.objects.count() == 1
    assert SellerAccount.objects.get().status == "active"


def test_packers_and_viewers_cannot_connect(packer, viewer):
    for browser in (packer, viewer):
        for page in ("", "/app", "/website", "/files", "/guide", "/failed"):
            assert browser.get(f"/stores/connect{page}").status_code == 403
        assert browser.get("/stores/connect/callback?spapi_oauth_code=c")["Location"] == FAILED


def saved_secret():
    application = Application.objects.select_related("workspace__key").get()
    return unseal(application.client_secret, application.workspace.key.opened())


def test_a_new_secret_takes_the_place_of_one_that_works_only_once_amazon_accepted_it(
    owner, sandbox
):
    owner.get(agree(sandbox, leave(owner, sandbox)))
    works = saved_secret()

    back = agree(sandbox, leave(owner, sandbox, client_secret="amzn1.oa2-cs.v1.mistyped"))
    assert saved_secret() == works
    assert refused(owner, back, "does not accept this client ID with this client secret")
    assert saved_secret() == works

    sandbox.rotate_secret()
    renewed = sandbox.application("demo").client_secret
    back = agree(sandbox, leave(owner, sandbox))
    assert saved_secret() == works
    owner.get(back)
    assert saved_secret() == renewed != works
    assert Application.objects.get().secret_saved_at > clock.now() - timedelta(minutes=1)
    assert Event.objects.filter(name="secret.changed").count() == 1
    assert not owner.has_seen(renewed)
