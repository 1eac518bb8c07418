"""The list of controls: each module of `controls` adds its own, in the policy's order."""

from collections.abc import Callable
from datetime import timedelta

from packbench.accounts.models import Person
from packbench.audit.finding import Check, Control, Finding, Installation, met, unattested
from packbench.audit.models import Attestation
from packbench.lib.sentences import marked

CONTROLS: dict[str, Control] = {}

SAID = marked("“%(said)s” (%(person)s, %(day)s)")
TOO_OLD = marked("The last word on it is of %(day)s: “%(said)s”")
NEVER = marked("Nobody has vouched for it yet.")


def control(code: str, part: str, title: str) -> Callable[[Check], Check]:
    """Register a check of the installation itself."""

    def registered(check: Check) -> Check:
        CONTROLS[code] = Control(code, part, title, check)
        return check

    return registered


def attested(code: str, part: str, title: str, *, todo: str, days: int) -> None:
    """Register a duty that a person vouches for, every so many days."""
    lasts = timedelta(days=days)

    def check(installation: Installation) -> Finding:
        return _word(installation, code, todo, lasts)

    CONTROLS[code] = Control(code, part, title, check, lasts)


def _word(installation: Installation, code: str, todo: str, lasts: timedelta) -> Finding:
    mine = Attestation.objects.filter(workspace=installation.workspace)
    latest = mine.newest(code)
    if latest is None:
        return unattested(NEVER, todo)
    values = {
        "said": latest.said,
        "person": _name(latest.person_id),
        "day": latest.at.date().isoformat(),
    }
    if latest.at + lasts <= installation.now:
        return unattested(TOO_OLD, todo, **values)
    return met(SAID, **values)


def _name(person_id: str) -> str:
    person = Person.objects.filter(pk=person_id).first()
    return str(person) if person else person_id
