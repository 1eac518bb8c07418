"""E-mails: to members only, in their language, once, and what happens when the server refuses."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from packbench.accounts.mailing import send_mail, send_test, settle_mails
from packbench.accounts.models import Mail, Member
from packbench.accounts.writing import Letter, write_to_owners
from packbench.lib.errors import BadCredentials, OutcomeUnknown, Rejected, TemporaryError
from packbench.lib.sentences import Sentence
from tests.making import NOW, make_member, make_workspace
from tests.posting import MailServer, send_all, use

pytestmark = pytest.mark.django_db


@pytest.fixture
def post(settings):
    with MailServer() as server:
        yield use(server, settings)


@pytest.fixture
def owner(db):
    return make_member()


def letter(key="incident", **values):
    said = Sentence("%(count)s notices waiting", {"count": "3", **values})
    return Letter("authorization", key, said, (said,), "/stores")


def write(owner, **changes):
    write_to_owners(owner.workspace, letter(**changes), now=NOW)
    return Mail.objects.get(person=owner.person)


def test_owners_alone_are_written_to_and_each_incident_once(post, owner):
    workspace = owner.workspace
    make_member(workspace, "pau@example.com", Member.Role.PACKER)
    make_member(workspace, "carla@example.com")
    gone = make_member(workspace, "gone@example.com")
    gone.person.is_active = False
    gone.person.save()

    counts = [write_to_owners(workspace, letter(), now=NOW) for _ in range(2)]
    send_all(NOW)
    send_all(NOW)

    assert counts == [2, 0]
    assert sorted(to for to, *_ in post.texts()) == ["carla@example.com", "ines@example.com"]


def test_a_mail_says_it_in_text_and_html_with_the_way_to_the_desk(post, owner):
    write(owner)
    send_all(NOW)

    [(_, subject, plain, html)] = post.texts()
    assert subject == "3 notices waiting · Casa Marina"
    assert "https://desk.example.com/stores" in plain
    assert 'href="https://desk.example.com/stores"' in html
    assert b"Auto-Submitted: auto-generated" in post.letters[0]


def test_each_owner_reads_their_own_language(post, owner):
    owner.person.language = "de"
    owner.person.save()
    said = Sentence("Ends", {})
    day = Sentence("%(day)s", {"day": "2027-11-20"})
    write_to_owners(owner.workspace, Letter("test", "k", said, (day,), "/"), now=NOW)

    send_all(NOW)

    [(_, subject, plain, _)] = post.texts()
    assert subject.startswith("Endet")
    assert "20. November 2027" in plain


def test_without_a_mail_server_nothing_is_queued(settings, owner):
    settings.EMAIL_HOST = ""

    assert write_to_owners(owner.workspace, letter(), now=NOW) == 0
    assert not Mail.objects.exists()


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ({"RCPT": "450 later"}, TemporaryError),
        ({"DATA": "451 later"}, TemporaryError),
        ({"MAIL": "421 busy"}, TemporaryError),
    ],
)
def test_what_the_server_puts_off_is_tried_again_later_and_then_sent(post, owner, answers, error):
    mail = write(owner)
    post.answers = answers

    with pytest.raises(error):
        send_mail(mail, clock=lambda: NOW)
    send_all(NOW)  # not due yet
    assert post.letters == []
    send_all(NOW + timedelta(minutes=2))

    assert len(post.letters) == 1
    assert Mail.objects.get().status == Mail.Status.SENT


@pytest.mark.parametrize("answers", [{"RCPT": "550 unknown"}, {"DATA": "554 spam"}])
def test_what_the_server_refuses_for_good_is_not_tried_again(post, owner, answers):
    mail = write(owner)
    post.answers = answers

    with pytest.raises(Rejected):
        send_mail(mail, clock=lambda: NOW)
    send_all(NOW + timedelta(days=1))

    assert post.letters == []
    assert Mail.objects.get().status == Mail.Status.REFUSED


def test_what_may_have_gone_out_is_never_sent_again(post, owner):
    mail = write(owner)
    post.hangs_up_after_data = True

    with pytest.raises(OutcomeUnknown):
        send_mail(mail, clock=lambda: NOW)
    post.hangs_up_after_data = False
    send_all(NOW + timedelta(days=1))

    assert post.letters == []
    assert Mail.objects.get().status == Mail.Status.UNKNOWN


def test_retries_are_bounded(settings, owner):
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1  # nobody listens
    write(owner)

    for hour in range(48):
        send_all(NOW + timedelta(hours=hour))

    mail = Mail.objects.get()
    assert (mail.status, mail.attempts) == (Mail.Status.REFUSED, 12)
    assert mail.problem["code"] == "not_reached"


def test_a_worker_that_died_with_a_mail_leaves_it_unsent_for_good(post, owner):
    mail = write(owner)
    Mail.objects.update(status=Mail.Status.SENDING, claimed_at=NOW)

    settle_mails(now=NOW + timedelta(hours=1))
    send_all(NOW + timedelta(hours=1))

    mail.refresh_from_db()
    assert mail.status == Mail.Status.UNKNOWN
    assert post.letters == []


def test_who_left_and_who_is_a_buyer_gets_nothing(post, owner):
    carla = make_member(owner.workspace, "carla@example.com")
    relay = make_member(owner.workspace, "qx994@marketplace.amazon.de")
    write_to_owners(owner.workspace, letter(), now=NOW)
    carla.delete()

    send_all(NOW)

    assert [to for to, *_ in post.texts()] == ["ines@example.com"]
    assert Mail.objects.get(person=relay.person).status == Mail.Status.REFUSED


def test_the_password_is_sent_to_the_server_and_told_to_nobody(post, settings, owner, caplog):
    use(post, settings, EMAIL_HOST_USER="desk", EMAIL_HOST_PASSWORD="s3cret-of-the-mail")
    post.answers = {"AUTH": "535 no s3cret-of-the-mail"}
    mail = write(owner)

    with pytest.raises(BadCredentials) as refusal:
        send_mail(mail, clock=lambda: NOW)
    send_all(NOW + timedelta(minutes=2))

    assert any(line.startswith(b"AUTH") for line in post.lines)
    assert len(post.letters) == 1
    said = f"{refusal.value}{Mail.objects.get().problem}{caplog.text}{post.letters}"
    assert "s3cret-of-the-mail" not in said


def test_a_test_mail_goes_to_who_asked_at_once_and_is_not_tried_again(post, owner):
    send_test(owner.workspace, owner.person, clock=lambda: NOW)
    post.answers = {"RCPT": "450 later"}
    with pytest.raises(TemporaryError):
        send_test(owner.workspace, owner.person, clock=lambda: NOW + timedelta(seconds=1))
    send_all(NOW + timedelta(hours=1))

    assert [to for to, *_ in post.texts()] == ["ines@example.com"]


def test_old_mails_are_forgotten(post, owner):
    write(owner)
    send_all(NOW)

    settle_mails(now=NOW + timedelta(days=91))

    assert not Mail.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_one_mail(post):
    owner = make_member(make_workspace())
    mail = write(owner)
    start = threading.Barrier(4)

    def work():
        start.wait()
        send_mail(Mail.objects.get(pk=mail.pk), clock=lambda: NOW)
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert len(post.letters) == 1
