"""What ends is announced on its days, each once, in the desk and by e-mail."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from packbench.accounts.models import Mail
from packbench.channels.deadlines import Deadline
from packbench.channels.models import Application, Reminder, SellerAccount, Store
from packbench.channels.reminding import remind, remind_all
from packbench.channels.stalling import lasting, tell_of_stalled
from packbench.events.models import Event
from packbench.lib.sentences import Sentence
from tests.making import DE, NOW, make_account, make_member, make_store
from tests.posting import MailServer, send_all, use

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
ENDS_AT = NOW + 365 * DAY


@pytest.fixture
def post(settings):
    with MailServer() as server:
        yield use(server, settings)


@pytest.fixture
def account(db):
    account = make_store(make_account(make_member().workspace)).account
    Application.objects.update(secret_saved_at=ENDS_AT + 365 * DAY)  # it ends much later
    return account


def days_announced():
    return list(Event.objects.filter(name="deadline.announced").values_list("data", flat=True))


def sweep(now):
    remind_all(now=now)
    send_all(now)


def test_an_account_is_announced_on_its_seven_days_and_no_others(post, account):
    said = {}
    for hours in (*range(0, 330 * 24, 72), *range(330 * 24, 365 * 24, 8)):
        before = len(post.letters)
        sweep(NOW + timedelta(hours=hours))
        if len(post.letters) > before:
            said[(ENDS_AT.date() - (NOW + timedelta(hours=hours)).date()).days] = post.texts()[-1]

    assert list(said) == [30, 23, 16, 9, 2, 1, 0]
    assert len(post.letters) == len(days_announced()) == Reminder.objects.count() == 7
    assert "ends in 30 days, on Nov. 20, 2027" in said[30][2]
    assert "ends tomorrow" in said[1][1]
    assert "ends today" in said[0][1]


def test_a_client_secret_is_announced_on_its_four_days(post, account):
    Application.objects.update(secret_saved_at=NOW)
    announced = []
    for day in (*range(0, 85, 5), *range(85, 181)):
        before = len(post.letters)
        sweep(NOW + day * DAY)
        announced += [180 - day] * (len(post.letters) - before)

    assert announced == [90, 30, 7, 0]
    assert "client secret" in post.texts()[0][1]
    assert "#secret" in post.texts()[0][2]


def test_who_slept_for_weeks_is_told_the_latest_only(post, account):
    sweep(ENDS_AT - 8 * DAY)
    sweep(ENDS_AT - 8 * DAY)

    assert [event["days"] for event in days_announced()] == [8]
    assert Reminder.objects.get().days == 9
    assert "in 8 days" in post.texts()[0][1]


def test_after_a_renewal_it_begins_anew(post, account):
    sweep(ENDS_AT - 2 * DAY)
    SellerAccount.objects.update(
        authorized_at=ENDS_AT - DAY, expires_at=ENDS_AT - DAY + timedelta(days=365)
    )
    sweep(ENDS_AT)
    assert len(post.letters) == 1

    sweep(ENDS_AT + 363 * DAY)

    assert len(post.letters) == 2


def test_an_account_that_ended_is_announced_no_more(post, account):
    SellerAccount.objects.update(status=SellerAccount.Status.REVOKED)

    sweep(ENDS_AT - DAY)

    assert not days_announced()


def test_the_mail_goes_out_if_any_store_of_the_account_wants_it(post, account):
    Store.objects.update(notifications=[])
    sweep(ENDS_AT - 30 * DAY)
    assert post.letters == []
    assert len(days_announced()) == 1  # the desk says it all the same

    make_store(account, DE, "Amazon DE")
    sweep(ENDS_AT - 23 * DAY)

    assert len(post.letters) == 1


def test_anything_that_ends_can_be_announced(post, account):
    number = Deadline(
        "cpl_1",
        NOW + 20 * DAY,
        (60, 30),
        lambda days: Sentence("%(days)s days", {"days": str(days)}),
        Sentence("Prolong it."),
        "/stores/compliance",
    )

    told = [remind(account.workspace, number, wants_mail=True, now=NOW) for _ in range(2)]
    send_all(NOW)

    assert told == [True, False]
    assert post.texts()[0][1].startswith("20 days")


def test_an_announcement_of_last_months_rests_after_a_week(account):
    Application.objects.update(secret_saved_at=NOW)
    application = Application.objects.get()
    from packbench.channels.deadlines import deadline_of_secret

    secret = deadline_of_secret(application, account)
    shown = [day for day in range(181) if secret.has_banner(NOW + (180 - day) * DAY)]

    assert shown == [*range(31), *range(84, 91)]


def test_an_import_that_fails_for_two_hours_is_told_of_once(post, account):
    problem = {"text": "Amazon is busy.", "code": "throttled"}
    first = lasting(problem, None, now=NOW)
    SellerAccount.objects.update(import_error=first)
    told = []
    for minutes in range(0, 400, 20):
        now = NOW + timedelta(minutes=minutes)
        error = SellerAccount.objects.get().import_error
        SellerAccount.objects.update(import_error=lasting(problem, error, now=now))
        told.append(tell_of_stalled(now=now))
        send_all(now)

    assert told.index(1) == 6  # after 120 minutes
    assert sum(told) == len(post.letters) == 1
    SellerAccount.objects.update(import_error=lasting(problem, None, now=NOW + DAY))
    assert tell_of_stalled(now=NOW + DAY + timedelta(hours=2)) == 1  # another incident


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_sweep_at_once_send_each_mail_once(post):
    make_store(make_account(make_member().workspace))
    start = threading.Barrier(4)

    def work():
        start.wait()
        sweep(ENDS_AT - 9 * DAY)
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    send_all(ENDS_AT)

    assert len(post.letters) == Mail.objects.count() == Reminder.objects.count() == 2
