"""Writing: what a workspace's owners are told by e-mail (to members only, SEED-48, SEED-70)."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from packbench.accounts.models import Mail, Member, Person, Workspace
from packbench.jobs import defer_once
from packbench.lib.sentences import Sentence


@dataclass(frozen=True, slots=True)
class Letter:
    """What an e-mail says, in every language. Sentences hold no secret and no buyer's data.

    `key` names what it is about: nobody gets two e-mails of one. `path` is the page of the desk
    that it leads to.
    """

    kind: str
    key: str
    subject: Sentence
    paragraphs: tuple[Sentence, ...]
    path: str


def has_mail() -> bool:
    """Whether the operator named a mail server; without one, the desk's banners must do."""
    return bool(settings.EMAIL_HOST)


@transaction.atomic
def write_to_owners(workspace: Workspace, letter: Letter, *, now: datetime) -> int:
    """Queue the letter for each owner and return how many are new. Safe to run again."""
    if not has_mail():
        return 0
    owners = workspace.memberships.filter(role=Member.Role.OWNER, person__is_active=True)
    people = [owner.person for owner in owners.select_related("person")]
    made = [write_mail(workspace, person, letter, now=now) for person in people]
    fresh = [mail for mail, is_new in made if is_new]
    for mail in fresh:
        defer_once("accounts.send_mail", mail_id=mail.pk)
    return len(fresh)


def write_mail(
    workspace: Workspace, person: Person, letter: Letter, *, now: datetime
) -> tuple[Mail, bool]:
    """Write the letter down for one person, once. Sending it is another verb."""
    return Mail.objects.get_or_create(
        person=person,
        key=letter.key,
        defaults={
            "workspace": workspace,
            "kind": letter.kind,
            "subject": letter.subject.as_json(),
            "paragraphs": [each.as_json() for each in letter.paragraphs],
            "path": letter.path,
            "created_at": now,
            "next_try_at": now,
        },
    )
