"""The jobs that watch over authorizations, with Amazon played over HTTP."""

from datetime import timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from packbench.channels import jobs
from packbench.channels.base import Credentials
from packbench.channels.connecting import keep_application, save_account
from packbench.channels.models import SellerAccount
from packbench.events.models import Event
from packbench.lib import clock
from packbench_sandbox import Sandbox
from tests.making import ES, make_store, make_workspace

pytestmark = pytest.mark.django_db
YEAR = timedelta(days=365)


@pytest.fixture
def amazon(settings):
    with Sandbox(orders_per_store=1, arrivals_per_hour=0, rate_scale=1e6) as sandbox:
        settings.SANDBOX_URL = sandbox.url
        yield sandbox


@pytest.fixture
def account(amazon, db):
    keys = amazon.authorize("europe")
    region = keys.pop("region").lower()
    credentials = Credentials(region=region, **keys)
    application = keep_application(
        make_workspace(), credentials.client_id, credentials.client_secret, now=clock.now()
    )
    account = save_account(
        application,
        credentials,
        way=SellerAccount.Way.PRIVATE_APP,
        marketplace_ids=[ES],
        actor="test",
        now=clock.now(),
    )
    return make_store(account).account


def age(by, **changes):
    """Let the authorization be that old."""
    at = clock.now() - by
    SellerAccount.objects.update(authorized_at=at, expires_at=at + YEAR, **changes)


def sweep(job=jobs.sweep):
    """Run the sweep and the jobs that it asked for."""
    job(timestamp=0)
    waiting = ProcrastinateJob.objects.filter(task_name="channels.check_account", status="todo")
    ids = [each.args["account_id"] for each in waiting]
    waiting.delete()
    for account_id in ids:
        jobs.check(account_id)
    return len(ids)


def logins(amazon):
    return amazon.stats()["calls"].get("token", 0)


def names():
    return list(Event.objects.filter(name__startswith="account.").values_list("name", flat=True))


def test_before_its_end_nobody_asks(amazon, account):
    age(YEAR - timedelta(hours=1))

    assert sweep() == 0
    assert logins(amazon) == 0


def test_at_its_end_amazon_is_asked_once_and_says_that_it_was_renewed(amazon, account):
    age(YEAR)

    assert sweep() == 1
    assert sweep() == 0

    assert logins(amazon) == 1
    assert SellerAccount.objects.get().expires_at > clock.now() + timedelta(days=364)
    assert names() == ["account.connected", "account.renewed"]


def test_at_its_end_amazon_is_asked_and_refuses_then_once_an_hour(amazon, account):
    age(YEAR)
    amazon.revoke("europe")

    assert [sweep(), sweep()] == [1, 0]
    assert SellerAccount.objects.get().status == "expired"
    assert [sweep(jobs.probe_expired) for _ in range(2)] == [1, 1]
    assert logins(amazon) == 3
    assert names() == ["account.connected", "account.expired"]


def test_an_outage_at_the_end_pauses_nothing_and_is_asked_again(amazon, account):
    age(YEAR)
    amazon.faults.arm("500", operation="token", count=1)

    sweep()
    assert SellerAccount.objects.get().status == "active"
    sweep()

    assert names()[-1] == "account.renewed"


def test_who_expired_long_ago_or_was_revoked_is_not_asked_for(amazon, account):
    age(YEAR, status="expired", ended_at=clock.now() - timedelta(days=91))
    assert sweep(jobs.probe_expired) == 0

    SellerAccount.objects.update(status="revoked", ended_at=clock.now())
    assert sweep(jobs.probe_expired) == 0


def test_a_job_that_comes_late_asks_for_nobody(amazon, account):
    jobs.check(account.pk)

    assert logins(amazon) == 0
