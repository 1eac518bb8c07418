"""The second factor: six digits from an app (RFC 6238), or one of ten codes kept for a bad day."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.db import transaction

from packbench.accounts.models import Person, RecoveryCode, SecondFactor, Workspace
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked
from packbench.privacy.fields import sealer, unseal

SECRET_BYTES = 20
DIGITS = 6
STEP_S = 30
DRIFT = 1  # steps that an app's clock may be off
CODES = 10
MOST_FAILURES = 10
LOCKED_FOR = timedelta(minutes=15)
ISSUER = "Packbench"

LOCKED = marked("Ten wrong codes: this account is locked for 15 minutes.")
WRONG_CODE = marked("This code is not right. Is the clock of your phone right? Try the next one.")

seal_secret = sealer(SecondFactor, "secret")


def has_factor(person: Person) -> bool:
    return SecondFactor.objects.filter(person=person, confirmed_at__isnull=False).exists()


def begin_factor(person: Person, workspace: Workspace) -> str:
    """Make a secret, or show the one that is not confirmed yet, as an `otpauth://` address."""
    SecondFactor.objects.get_or_create(
        person=person,
        defaults={
            "workspace": workspace,
            "secret": seal_secret(secrets.token_bytes(SECRET_BYTES), workspace.key.opened()),
        },
    )
    row = SecondFactor.objects.select_related("workspace__key").get(person=person)
    return _generator(row).get_provisioning_uri(person.email, ISSUER)


@transaction.atomic
def confirm_factor(person: Person, code: str, *, now: datetime) -> list[str]:
    """From now on signing in asks for it. Returns the recovery codes, shown once.

    Raises Rejected for a wrong code.
    """
    row = _locked_row(person)
    if row is None or row.confirmed_at or not _is_right(row, code, now=now):
        raise Rejected(WRONG_CODE, code="wrong_code")
    row.confirmed_at = now
    row.save(update_fields=["confirmed_at"])
    codes = ["-".join((secrets.token_hex(3), secrets.token_hex(3))) for _ in range(CODES)]
    RecoveryCode.objects.filter(person=person).delete()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(person=person, digest=_digest(person, code)) for code in codes
    )
    return codes


def check_code(person: Person, code: str, *, now: datetime) -> bool:
    """Whether the code lets the person in: each works once. Raises Rejected while locked."""
    with transaction.atomic():
        row = _locked_row(person)
        if row is None or row.confirmed_at is None:
            return False
        is_locked = row.locked_until is not None and row.locked_until > now
        is_good = not is_locked and (_is_right(row, code, now=now) or _recovers(person, code, now))
        if not is_locked:
            _count(row, is_good=is_good, now=now)
    if is_locked:
        raise Rejected(LOCKED, code="locked")
    return is_good


def remove_factor(person: Person) -> None:
    """Signing in asks for the password alone again. Safe to run again."""
    SecondFactor.objects.filter(person=person).delete()
    RecoveryCode.objects.filter(person=person).delete()


def codes_left(person: Person) -> int:
    return RecoveryCode.objects.filter(person=person, used_at__isnull=True).count()


def _locked_row(person: Person) -> SecondFactor | None:
    rows = SecondFactor.objects.select_for_update(of=("self",)).select_related("workspace__key")
    return rows.filter(person=person).first()


def _is_right(row: SecondFactor, code: str, *, now: datetime) -> bool:
    """Whether the app shows these digits now. The same ones are not taken twice."""
    given, generator = "".join(code.split()), _generator(row)
    this = int(now.timestamp()) // STEP_S
    for step in range(this - DRIFT, this + DRIFT + 1):
        expected = generator.generate(step * STEP_S).decode()
        if step > row.last_step and hmac.compare_digest(expected.encode(), given.encode()):
            row.last_step = step
            row.save(update_fields=["last_step"])
            return True
    return False


def _recovers(person: Person, code: str, now: datetime) -> bool:
    unused = RecoveryCode.objects.filter(
        person=person, digest=_digest(person, code), used_at__isnull=True
    )
    return bool(unused.update(used_at=now))


def _count(row: SecondFactor, *, is_good: bool, now: datetime) -> None:
    row.failures = 0 if is_good else row.failures + 1
    row.locked_until = None
    if row.failures >= MOST_FAILURES:
        row.failures, row.locked_until = 0, now + LOCKED_FOR
    row.save(update_fields=["failures", "locked_until"])


def _generator(row: SecondFactor) -> TOTP:
    secret: bytes = unseal(row.secret, row.workspace.key.opened())
    return TOTP(secret, DIGITS, SHA1(), STEP_S)  # noqa: S303 - what every app knows


def _digest(person: Person, code: str) -> str:
    plain = code.strip().lower().replace(" ", "")
    return hashlib.sha256(f"{person.pk} {plain}".encode()).hexdigest()
