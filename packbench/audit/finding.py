"""A control, and what was found of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from packbench.accounts.models import Workspace
from packbench.lib.sentences import Sentence, marked

PARTS = {  # of the policy
    "1.1": marked("Network protection"),
    "1.2": marked("Access management"),
    "1.3": marked("Least privilege"),
    "1.4": marked("Credentials"),
    "1.5": marked("Encryption in transit"),
    "1.6": marked("Risks and incidents"),
    "1.7": marked("Requests to delete"),
    "1.8": marked("Attribution of data"),
    "2.1": marked("Retention"),
    "2.2": marked("Data governance"),
    "2.3": marked("Assets"),
    "2.4": marked("Encryption at rest"),
    "2.5": marked("Secure coding"),
    "2.6": marked("Logging and monitoring"),
    "2.7": marked("Vulnerabilities"),
}


class Verdict(StrEnum):
    MET = "met"
    NOT_MET = "not_met"
    UNATTESTED = "unattested"  # no program can tell: a person must vouch for it


@dataclass(frozen=True, slots=True)
class Finding:
    """What was seen, and what to do where that is not enough."""

    verdict: Verdict
    evidence: Sentence
    todo: Sentence | None = None


@dataclass(frozen=True, slots=True)
class Installation:
    """Whom and when the audit is about."""

    workspace: Workspace
    now: datetime


Check = Callable[[Installation], Finding]


@dataclass(frozen=True, slots=True)
class Control:
    """One duty of the policy. `part` is the policy's number; `lasts` how long a word is good."""

    code: str
    part: str
    title: str
    check: Check
    lasts: timedelta | None = None

    @property
    def is_attested(self) -> bool:
        return self.lasts is not None


def met(text: str, **values: object) -> Finding:
    return Finding(Verdict.MET, _sentence(text, values))


def not_met(text: str, todo: str, **values: object) -> Finding:
    return Finding(Verdict.NOT_MET, _sentence(text, values), _sentence(todo, values))


def unattested(text: str, todo: str, **values: object) -> Finding:
    return Finding(Verdict.UNATTESTED, _sentence(text, values), _sentence(todo, values))


def _sentence(text: str, values: dict[str, object]) -> Sentence:
    return Sentence(text, {name: str(value) for name, value in values.items()})
