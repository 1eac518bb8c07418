"""Mailing: the only way an e-mail leaves. To members of the workspace, and by `post`.

Claim → commit → send → record. What the server refused is tried again for some hours; what it
may have taken is never sent again.
"""

import contextlib
import smtplib
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import parseaddr

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.smtp import EmailBackend
from django.db.models import F, Q, QuerySet
from django.template.loader import render_to_string
from django.utils import translation

from packbench.accounts.models import Mail, Person, Workspace
from packbench.accounts.saying import say
from packbench.accounts.writing import Letter, has_mail, write_mail
from packbench.jobs.leasing import lease
from packbench.lib.errors import (
    BadCredentials,
    OutcomeUnknown,
    Rejected,
    RemoteError,
    TemporaryError,
)
from packbench.lib.sentences import Sentence, marked

log = structlog.get_logger(__name__)

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
MOST_ATTEMPTS = 12  # over some six hours
KEPT = timedelta(days=90)
BUYERS_RELAY = "@marketplace.amazon."  # SEED-70: never, whoever gave such an address to a member

NOT_REACHED = marked(
    "The mail server %(host)s could not be reached. Check PACKBENCH_SMTP_URL and the network."
)
SIGN_IN_REFUSED = marked(
    "The mail server %(host)s does not accept the user and password of PACKBENCH_SMTP_URL."
)
BUSY = marked("The mail server %(host)s asks to try again later (%(status)s).")
REFUSED = marked(
    "The mail server %(host)s refused the e-mail (%(status)s). Check PACKBENCH_MAIL_FROM and the "
    "person's e-mail address."
)
ANSWER_LOST = marked(
    "The mail server %(host)s took the e-mail but its answer got lost. It is not sent again."
)
NOT_A_MEMBER = marked("This person no longer works in the workspace.")
NOT_SET_UP = marked("No mail server is set. Set PACKBENCH_SMTP_URL and start Packbench again.")
NEVER_THERE = marked("The address leads through Amazon: Packbench writes to none of them.")
TEST_SUBJECT = marked("A test e-mail from Packbench")
TEST_TEXT = marked(
    "E-mails reach you. Packbench writes to owners when an authorization or a client secret ends, "
    "when orders no longer come in, and when Amazon refuses confirmations."
)

Clock = Callable[[], datetime]


def due_mails(*, now: datetime) -> QuerySet[Mail]:
    """What waits to be sent now, the oldest first."""
    due = Mail.objects.filter(status=Mail.Status.PENDING, next_try_at__lte=now)
    return due.order_by("next_try_at", "id")


def send_mail(mail: Mail, *, clock: Clock) -> None:
    """Send the e-mail, once, in its reader's language. Safe to run again and at once elsewhere.

    Raises RemoteError after noting on the row what happened and whether it is tried again.
    """
    claimed_at = clock()
    waiting = Mail.objects.filter(pk=mail.pk, status=Mail.Status.PENDING)
    if not waiting.update(
        status=Mail.Status.SENDING, claimed_at=claimed_at, attempts=F("attempts") + 1
    ):
        return
    mine = Mail.objects.filter(
        pk=mail.pk, status=Mail.Status.SENDING, claimed_at=claimed_at
    ).select_related("person", "workspace")
    row = mine.get()
    try:
        _check(row)
        _send(_message(row))
    except RemoteError as error:
        _record_failure(mine, row, error, now=clock())
        raise
    mine.update(status=Mail.Status.SENT, sent_at=clock(), problem=None, next_try_at=None)


def send_test(workspace: Workspace, person: Person, *, clock: Clock) -> None:
    """Write to the person at once, to see whether e-mails arrive. Raises RemoteError."""
    if not has_mail():
        raise Rejected(NOT_SET_UP, code="no_mail_server")
    now = clock()
    letter = Letter(
        kind="test",
        key=f"test:{now.isoformat()}",
        subject=Sentence(TEST_SUBJECT),
        paragraphs=(Sentence(TEST_TEXT),),
        path="/settings",
    )
    mail, _ = write_mail(workspace, person, letter, now=now)
    try:
        send_mail(mail, clock=clock)
    except RemoteError:
        # Somebody sees the answer now: nothing is tried again behind their back.
        Mail.objects.filter(pk=mail.pk, status=Mail.Status.PENDING).update(
            status=Mail.Status.REFUSED, next_try_at=None
        )
        raise


def post(address: str, *, subject: str, text: str, html: str, key: str) -> None:
    """Hand one e-mail over, now. `key` is the row that it is of. Raises RemoteError.

    Addresses at Amazon's relay are refused, whoever asks (SEED-70).
    """
    if BUYERS_RELAY in address.casefold():
        raise Rejected(NEVER_THERE, code="relay")
    _send(_posted(address, subject=subject, text=text, html=html, key=key))


def post_return_label(
    address: str,
    *,
    sender: str,
    subject: str,
    text: str,
    html: str,
    key: str,
    name: str,
    content: bytes,
) -> None:
    """The same with a return label, a PDF, the one thing that may go to Amazon's relay (SEED-72).

    The caller knows that Amazon approved the sender. Raises RemoteError.
    """
    message = _posted(address, subject=subject, text=text, html=html, key=key)
    message.from_email = sender
    message.attach(name, content, "application/pdf")
    _send(message)


def _posted(
    address: str, *, subject: str, text: str, html: str, key: str
) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        subject=" ".join(subject.split()),
        body=text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[address],
        headers={"Message-ID": _message_id(key), "Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(html, "text/html")
    return message


def settle_mails(*, now: datetime) -> None:
    """Give up what a dead worker may have sent, and forget what is long done."""
    left = Mail.objects.filter(status=Mail.Status.SENDING, claimed_at__lte=now - lease())
    left.update(status=Mail.Status.UNKNOWN, next_try_at=None)
    done = ~Q(status__in=[Mail.Status.PENDING, Mail.Status.SENDING])
    Mail.objects.filter(done, created_at__lte=now - KEPT).delete()


def _check(mail: Mail) -> None:
    """Mails go to members only, never to buyers (SEED-48, SEED-70)."""
    is_member = mail.workspace.memberships.filter(person=mail.person).exists()
    if not is_member or not mail.person.is_active or BUYERS_RELAY in mail.person.email:
        raise Rejected(NOT_A_MEMBER, code="not_a_member")


def _message(mail: Mail) -> EmailMultiAlternatives:
    with translation.override(mail.person.language or settings.LANGUAGE_CODE):
        said = {
            "subject": say(mail.subject),
            "paragraphs": [say(each) for each in mail.paragraphs],
            "url": f"{settings.BASE_URL}{mail.path}",
            "workspace": mail.workspace.name,
            "language": translation.get_language(),
        }
        message = EmailMultiAlternatives(
            subject=" ".join(f"{said['subject']} · {mail.workspace.name}".split()),
            body=render_to_string("accounts/mail.txt", said),
            from_email=settings.DEFAULT_FROM_EMAIL,
            to=[mail.person.email],
            headers={"Message-ID": _message_id(mail.pk), "Auto-Submitted": "auto-generated"},
        )
        message.attach_alternative(render_to_string("accounts/mail.html", said), "text/html")
    return message


def _message_id(key: str) -> str:
    host = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    return f"<{key}@{host}>"


def _send(message: EmailMultiAlternatives) -> None:
    """Hand the message to the mail server. Its own words are left out: they may hold anything."""
    if not has_mail():
        raise TemporaryError(NOT_SET_UP, code="no_mail_server")
    host = settings.EMAIL_HOST
    server = EmailBackend(timeout=settings.EMAIL_TIMEOUT)
    try:
        server.open()
    except smtplib.SMTPAuthenticationError:
        raise BadCredentials(SIGN_IN_REFUSED, code="sign_in_refused", host=host) from None
    except OSError:
        raise TemporaryError(NOT_REACHED, code="not_reached", host=host) from None
    try:
        server.send_messages([message])
    except smtplib.SMTPRecipientsRefused as error:
        raise _refusal(next(iter(error.recipients.values()))[0], host) from None
    except smtplib.SMTPResponseException as error:
        raise _refusal(error.smtp_code, host) from None
    except OSError:
        raise OutcomeUnknown(ANSWER_LOST, code="answer_lost", host=host) from None
    finally:
        with contextlib.suppress(OSError):  # it was taken or refused already
            server.close()


def _refusal(status: int, host: str) -> RemoteError:
    if status < 500:
        return TemporaryError(BUSY, code="busy", host=host, status=status)
    return Rejected(REFUSED, code="refused", host=host, status=status)


def _record_failure(mine: QuerySet[Mail], row: Mail, error: RemoteError, *, now: datetime) -> None:
    problem = {**error.sentence.as_json(), "code": error.code}
    nothing_happened = isinstance(error, TemporaryError | BadCredentials)
    if nothing_happened and row.attempts < MOST_ATTEMPTS:
        wait = min(FIRST_WAIT * 2 ** (row.attempts - 1), LONGEST_WAIT)
        mine.update(status=Mail.Status.PENDING, problem=problem, next_try_at=now + wait)
    else:
        lost = isinstance(error, OutcomeUnknown)
        status = Mail.Status.UNKNOWN if lost else Mail.Status.REFUSED
        mine.update(status=status, problem=problem, next_try_at=None)
    log.warning("mail_not_sent", code=error.code, attempt=row.attempts)
