"""Website authorization, end to end over HTTP: there, back, and every way it can fail."""

import secrets
from datetime import timedelta

import pytest
import time_machine

from packbench.accounts.models import Member
from packbench.channels.models import (
    Application,
    AuthorizationAttempt,
    Consent,
    SellerAccount,
    Store,
)
from packbench.lib import clock
from tests.making import make_member, make_workspace
from tests.web.stores.consenting import CALLBACK, agree, leave, text_of, website_form

pytestmark = pytest.mark.django_db

NO_STATE = "does not belong to a connection that you began here"


def refused(answer, sentence):
    assert answer.status_code == 400
    assert sentence in text_of(answer)
    assert "/stores/connect" in text_of(answer)  # the way back
    return True


def nothing_is_bound():
    return not SellerAccount.objects.exists() and not Store.objects.exists()


def test_a_seller_agrees_and_comes_back_connected(owner, sandbox):
    url = leave(owner, sandbox, feedback="none")
    answer = owner.get(agree(sandbox, url), follow=True)

    assert "Congratulations! Your Amazon account is now connected" in text_of(answer)
    assert "code" not in answer.redirect_chain[-1][0]
    store = Store.objects.get()
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

    assert refused(owner.get(back), NO_STATE)
    assert nothing_is_bound()


def test_another_session_of_the_same_person_cannot_finish(owner, sandbox, sign_in):
    back = agree(sandbox, leave(owner, sandbox))
    other = sign_in(Member.objects.get())

    assert refused(other.get(back), NO_STATE)
    assert nothing_is_bound()


def test_another_person_cannot_finish(owner, sandbox, workspace, sign_in):
    back = agree(sandbox, leave(owner, sandbox))
    colleague = sign_in(make_member(workspace, "carla@example.com"))

    assert refused(colleague.get(back), NO_STATE)
    assert nothing_is_bound()


def test_another_workspace_cannot_finish(owner, stranger, sandbox):
    back = agree(sandbox, leave(owner, sandbox))

    assert refused(stranger.get(back), NO_STATE)
    assert nothing_is_bound()


def test_a_person_who_changed_workspace_cannot_finish(owner, sandbox):
    back = agree(sandbox, leave(owner, sandbox))
    Member.objects.update(workspace=make_workspace("Elsewhere"))

    assert refused(owner.get(back), NO_STATE)
    assert nothing_is_bound()


def test_a_refused_consent_connects_nothing(owner, sandbox):
    back = agree(sandbox, leave(owner, sandbox), decision="cancel")

    assert refused(owner.get(back), "the authorization was declined")
    assert nothing_is_bound()


def test_a_state_older_than_ten_minutes_is_refused(owner, sandbox):
    back = agree(sandbox, leave(owner, sandbox))

    with time_machine.travel(clock.now() + timedelta(minutes=10, seconds=1)):
        assert refused(owner.get(back), NO_STATE)
    assert nothing_is_bound()


def test_a_code_that_amazon_no_longer_takes_is_explained(owner, sandbox):
    back = agree(sandbox, leave(owner, sandbox))
    head, _, rest = back.partition("spapi_oauth_code=")

    assert refused(owner.get(f"{head}spapi_oauth_code=x{rest}"), "older than five minutes")
    assert nothing_is_bound()


def test_fifty_forged_states_bind_nothing(owner, sandbox):
    leave(owner, sandbox)
    seller = sandbox.world.seller("europe").id
    forged = [secrets.token_urlsafe(32) for _ in range(47)] + ["", "\0", "x" * 5000]

    for state in forged:
        given = {"state": state, "selling_partner_id": seller, "spapi_oauth_code": "c"}
        assert refused(owner.get("/stores/connect/callback", given), NO_STATE)

    assert nothing_is_bound()
    assert AuthorizationAttempt.objects.get().used_at is None


def test_an_empty_answer_is_refused(owner, sandbox):
    assert refused(owner.get("/stores/connect/callback"), NO_STATE)


def test_a_marketplace_that_the_seller_has_not_leads_to_those_it_has(owner, sandbox):
    back = agree(sandbox, leave(owner, sandbox, country="EG", name="Amazon EG"))

    answer = owner.get(back)

    assert refused(answer, "does not sell on Amazon EG")
    assert f"/stores/connect/{SellerAccount.objects.get().pk}/marketplaces" in text_of(answer)
    assert not Store.objects.exists()


def test_an_individual_plan_is_told_what_it_lacks(owner, sandbox):
    back = agree(sandbox, leave(owner, sandbox, country="US"), seller="individual")

    assert refused(owner.get(back), "Professional plan")
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
        for page in ("", "/app", "/website", "/files", "/callback"):
            assert browser.get(f"/stores/connect{page}").status_code == 403
