"""What Amazon's refusals do to an account, and how it goes on."""

from datetime import timedelta

import pytest

from packbench.channels.checking import check_account
from packbench.channels.connecting import keep_application
from packbench.channels.ending import end_authorization, resume_account
from packbench.channels.models import AUTHORIZATION_LIFE, Application, SellerAccount, Store
from packbench.channels.revoking import revoke_account
from packbench.events.models import Event
from packbench.lib.errors import BadCredentials
from tests.making import NOW, make_account, make_member, make_store
from tests.posting import MailServer, send_all, use

pytestmark = pytest.mark.django_db
YEAR = AUTHORIZATION_LIFE
ENDED = BadCredentials("Ended.", code="authorization_ended")
REFUSED = BadCredentials("Refused.", code="client_refused")


@pytest.fixture
def post(settings):
    with MailServer() as server:
        yield use(server, settings)


@pytest.fixture
def account(db):
    return make_store(make_account(make_member().workspace)).account


def fresh(account):
    return SellerAccount.objects.select_related("application", "workspace__key").get(pk=account.pk)


def events():
    return list(Event.objects.order_by("id").values_list("name", flat=True))


@pytest.mark.parametrize(
    ("after", "status"),
    [
        (timedelta(days=100), "revoked"),
        (YEAR - timedelta(days=2), "revoked"),
        (YEAR - timedelta(hours=23), "expired"),
        (YEAR + timedelta(days=3), "expired"),
    ],
)
def test_a_refused_token_has_expired_at_its_end_and_was_revoked_before(account, after, status):
    assert end_authorization(fresh(account), ENDED, now=NOW + after)

    row = SellerAccount.objects.get()
    assert (row.status, row.ended_at) == (status, NOW + after)
    assert events()[-1] == f"account.{status}"


def test_an_end_is_told_once_however_many_calls_fail(post, account):
    seen = [fresh(account) for _ in range(3)]
    for each in seen:
        end_authorization(each, ENDED, now=NOW)
    send_all(NOW)

    [(_, subject, plain, _)] = post.texts()
    assert subject.startswith("Amazon orders have stopped: seller A2SELLER (Europe)")
    assert f"/stores/accounts/{account.pk}" in plain
    assert events().count("account.revoked") == 1


@pytest.mark.parametrize(
    ("kinds", "letters"), [(["authorization"], 1), (["import_stopped"], 1), (["notice_refused"], 0)]
)
def test_an_end_is_told_to_who_wants_it(post, account, kinds, letters):
    Store.objects.update(notifications=kinds)

    end_authorization(fresh(account), ENDED, now=NOW)
    send_all(NOW)

    assert len(post.letters) == letters


@pytest.mark.parametrize("error", [ENDED, REFUSED])
def test_a_worker_that_still_holds_the_old_secret_ends_nothing(account, error):
    stale = fresh(account)
    keep_application(
        account.workspace,
        account.application.client_id,
        "the-next-secret",
        now=NOW + timedelta(days=1),
    )

    assert not end_authorization(stale, error, now=NOW + timedelta(days=1))
    assert SellerAccount.objects.get().status == "active"


def test_a_refused_secret_pauses_all_accounts_of_the_application_and_names_it(post, account):
    make_store(make_account(account.workspace, seller_id="A3OTHER"), name="Other")

    end_authorization(fresh(account), REFUSED, now=NOW)
    send_all(NOW)

    rows = SellerAccount.objects.order_by("id")
    assert {row.status for row in rows} == {"secret_refused"}
    assert "client secret" in rows[0].status_reason["text"]
    assert [name for name in events() if "refused" in name] == ["secret.refused"]
    assert len(post.letters) == 1


def test_the_date_of_a_secret_changes_only_with_the_secret(account):
    application = Application.objects.get()
    for secret, days, expected in (("secret", 9, 0), ("other", 20, 20), ("other", 30, 20)):
        keep_application(
            account.workspace, application.client_id, secret, now=NOW + timedelta(days=days)
        )
        application.refresh_from_db()
        assert application.secret_made_at == NOW + timedelta(days=expected)
        assert application.secret_expires_at - application.secret_made_at == timedelta(days=180)


def test_an_account_without_token_is_no_fault_of_ours(account):
    SellerAccount.objects.update(refresh_token=None, status="revoked")

    assert not check_account(fresh(account), actor="test", now=NOW)
    assert SellerAccount.objects.get().status == "revoked"


def test_who_revokes_here_is_not_undone_by_a_check_on_its_way(account):
    end_authorization(fresh(account), ENDED, now=NOW)
    checked = fresh(account)
    revoke_account(checked, actor="test", now=NOW)

    assert not resume_account(checked, "account.resumed", actor="test", now=NOW)

    row = fresh(account)
    assert (row.status, row.has_token) == ("revoked", False)


def test_a_token_that_ended_behind_a_refused_secret_is_said_to_have_ended(account):
    end_authorization(fresh(account), REFUSED, now=NOW)
    assert fresh(account).status == "secret_refused"

    assert end_authorization(fresh(account), ENDED, now=NOW + YEAR)

    row = fresh(account)
    assert (row.status, row.status_reason["code"]) == ("expired", "authorization_ended")
