"""Auditing: every control of the policy, looked up in this installation or vouched for."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from packbench.accounts.models import Workspace
from packbench.audit.controls import amazon, encryption, network, operations, people, retention
from packbench.audit.finding import Control, Finding, Installation, Verdict
from packbench.audit.models import Attestation
from packbench.audit.registering import CONTROLS
from packbench.events.recording import record
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked

MODULES = (amazon, encryption, network, operations, people, retention)  # they register themselves
LONGEST_WORD = 500

NO_CONTROL = marked("There is no control “%(control)s” that a person vouches for.")
NO_WORD = marked("Say in a sentence what was done, and where it can be seen.")


@dataclass(frozen=True, slots=True)
class Line:
    """A control and what was found of it."""

    control: Control
    finding: Finding


@dataclass(frozen=True, slots=True)
class Report:
    """All controls, in the order of the policy's parts."""

    workspace: Workspace
    at: datetime
    lines: tuple[Line, ...]

    @property
    def counts(self) -> Counter[Verdict]:
        return Counter(line.finding.verdict for line in self.lines)

    @property
    def is_good(self) -> bool:
        return all(line.finding.verdict is Verdict.MET for line in self.lines)


def audit(workspace: Workspace, *, now: datetime) -> Report:
    """Look at every control of Amazon's Data Protection Policy. Changes nothing."""
    installation = Installation(workspace, now)
    ordered = sorted(CONTROLS.values(), key=lambda control: (control.part, control.code))
    return Report(workspace, now, tuple(Line(each, each.check(installation)) for each in ordered))


@transaction.atomic
def attest(workspace: Workspace, code: str, said: str, *, actor: str, now: datetime) -> None:
    """Keep a person's word for a control. Raises Rejected."""
    known = CONTROLS.get(code)
    if known is None or not known.is_attested:
        raise Rejected(NO_CONTROL, code="no_control", control=code)
    word = " ".join(said.split())[:LONGEST_WORD]
    if not word:
        raise Rejected(NO_WORD, code="no_word")
    Attestation.objects.create(
        workspace=workspace, control=code, said=word, person_id=actor, at=now
    )
    record("audit.attested", workspace.pk, actor=actor, now=now, control=code)
