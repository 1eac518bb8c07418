"""Parts 1.2 to 1.4: who may come in, and with what."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count

from packbench.accounts.models import Member, Person, SecondFactor
from packbench.accounts.passwords import KEPT
from packbench.audit.finding import Finding, Installation, met, not_met
from packbench.audit.registering import attested, control
from packbench.lib.sentences import marked

LEAST_PASSWORD = 12
LONGEST_SESSION_S = 12 * 3600
MOST_FAILURES = 10
QUIET_FOR = timedelta(days=90)
KEYS_LAST = timedelta(days=365)
SECURE_HASHERS = ("Argon2", "PBKDF2", "BCryptSHA256", "Scrypt")


@control("access.unique", "1.2", marked("Everybody has an account of their own"))
def unique_accounts(installation: Installation) -> Finding:
    members = installation.workspace.memberships.count()
    twice = Person.objects.values("email").annotate(count=Count("id")).filter(count__gt=1).count()
    if twice:
        return not_met(
            marked("%(count)s e-mail addresses have several accounts."),
            marked("Remove the accounts that are not used."),
            count=twice,
        )
    return met(
        marked("%(count)s people, each with an e-mail address and a password."), count=members
    )


@control("access.lockout", "1.2", marked("Ten wrong passwords lock an account out"))
def lockout(_: Installation) -> Finding:
    if settings.AXES_FAILURE_LIMIT <= MOST_FAILURES:
        return met(marked("Locked out after %(count)s."), count=settings.AXES_FAILURE_LIMIT)
    return not_met(
        marked("Locked out after %(count)s only."),
        marked("Restore AXES_FAILURE_LIMIT as it is shipped."),
        count=settings.AXES_FAILURE_LIMIT,
    )


@control("access.unused", "1.2", marked("Accounts that nobody uses are closed"))
def unused(installation: Installation) -> Finding:
    since = installation.now - QUIET_FOR
    people = Person.objects.filter(
        memberships__workspace=installation.workspace, is_active=True, joined_at__lt=since
    )
    quiet = people.exclude(last_login__gte=since).count()
    if quiet:
        return not_met(
            marked("%(count)s people have not signed in for 90 days."),
            marked("Remove them under Settings › People, or let them sign in."),
            count=quiet,
        )
    return met(marked("Everybody has signed in within 90 days."))


@control("access.roles", "1.3", marked("People have the least rights that they need"))
def roles(installation: Installation) -> Finding:
    counts = dict(
        installation.workspace.memberships.values_list("role").annotate(count=Count("id"))
    )
    owners, members = counts.get(Member.Role.OWNER, 0), sum(counts.values())
    if members > 2 and owners == members:
        return not_met(
            marked("All %(count)s people are owners."),
            marked("Make packers and viewers of those who do not change settings."),
            count=members,
        )
    return met(marked("%(owners)s of %(count)s people are owners."), owners=owners, count=members)


@control("access.sessions", "1.2", marked("Sessions end, and their cookies are protected"))
def sessions(_: Installation) -> Finding:
    is_short = settings.SESSION_COOKIE_AGE <= LONGEST_SESSION_S
    if is_short and settings.SESSION_COOKIE_HTTPONLY:
        return met(
            marked("After %(hours)s hours; cookies are closed to scripts."),
            hours=settings.SESSION_COOKIE_AGE // 3600,
        )
    return not_met(
        marked("A session lasts %(hours)s hours."),
        marked("Restore SESSION_COOKIE_AGE and SESSION_COOKIE_HTTPONLY as they are shipped."),
        hours=settings.SESSION_COOKIE_AGE // 3600,
    )


@control("credentials.length", "1.4", marked("Passwords have twelve characters or more"))
def password_length(_: Installation) -> Finding:
    validators: list[Any] = settings.AUTH_PASSWORD_VALIDATORS
    lengths = [each.get("OPTIONS", {}).get("min_length", 0) for each in validators]
    if max(lengths, default=0) >= LEAST_PASSWORD:
        return met(
            marked("%(count)s at least; common ones and those like the name are refused."),
            count=max(lengths),
        )
    return not_met(
        marked("Shorter passwords are taken."),
        marked("Restore AUTH_PASSWORD_VALIDATORS as they are shipped."),
    )


@control("credentials.history", "1.4", marked("The last ten passwords are not taken again"))
def password_history(_: Installation) -> Finding:
    validators: list[Any] = settings.AUTH_PASSWORD_VALIDATORS
    if any(each["NAME"] == "packbench.accounts.passwords.NotUsedBefore" for each in validators):
        return met(marked("The last %(count)s are kept as hashes and refused."), count=KEPT)
    return not_met(
        marked("Old passwords are taken again."),
        marked("Restore AUTH_PASSWORD_VALIDATORS as they are shipped."),
    )


@control("credentials.second_factor", "1.4", marked("Everybody signs in with a second factor"))
def second_factor(installation: Installation) -> Finding:
    people = Person.objects.filter(memberships__workspace=installation.workspace, is_active=True)
    without = people.exclude(
        pk__in=SecondFactor.objects.filter(confirmed_at__isnull=False).values("person_id")
    ).count()
    if without:
        return not_met(
            marked("%(count)s people sign in with a password alone."),
            marked("Let each set it up under Settings › Your account."),
            count=without,
        )
    return met(marked("Asked of all %(count)s people."), count=people.count())


@control("credentials.api_keys", "1.4", marked("Keys of programs are renewed every year"))
def api_keys(installation: Installation) -> Finding:
    living = installation.workspace.api_keys.filter(revoked_at__isnull=True)
    old = living.filter(made_at__lt=installation.now - KEYS_LAST).count()
    if old:
        return not_met(
            marked("%(count)s keys are older than a year."),
            marked("Make new ones under Settings › API keys and revoke the old ones."),
            count=old,
        )
    return met(marked("%(count)s keys, kept as hashes, none older."), count=living.count())


@control("credentials.hashed", "1.4", marked("Passwords are kept as slow salted hashes"))
def hashed(_: Installation) -> Finding:
    first = settings.PASSWORD_HASHERS[0].rsplit(".", 1)[-1]
    if first.startswith(SECURE_HASHERS):
        return met(marked("%(hasher)s"), hasher=first)
    return not_met(
        marked("Passwords are hashed by %(hasher)s."),
        marked("Restore PASSWORD_HASHERS as they are shipped."),
        hasher=first,
    )


attested(
    "access.review",
    "1.2",
    marked("Who has access is reviewed every quarter"),
    todo=marked("Look through Settings › People and remove who has left. Then say so here."),
    days=92,
)
attested(
    "access.leavers",
    "1.2",
    marked("Whoever leaves loses access within 24 hours"),
    todo=marked("Say who removes people that leave, and how they learn of it."),
    days=365,
)
attested(
    "access.training",
    "1.3",
    marked("Everybody who sees buyers' data was told how to treat it"),
    todo=marked("Say when the people of this workspace were last instructed."),
    days=365,
)
