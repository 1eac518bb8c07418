"""Joining: the first person and their workspace, and whom they let in."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from packbench.accounts.factors import remove_factor
from packbench.accounts.models import Member, Person, Workspace
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked
from packbench.privacy.models import DataKey

SET_UP_LOCK = 7_290_021_154  # any number, the same in every process
PASSWORD_BYTES = 12

IS_MEMBER = marked("This person works in the workspace already.")
IS_ELSEWHERE = marked(
    "This e-mail address belongs to another workspace of this installation. Use another address."
)
LAST_OWNER = marked("A workspace needs an owner. Make somebody else an owner first.")
NO_NAME = marked("Give the workspace a name.")


class AlreadySetUp(Exception):
    """There is a person already: they let others in."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """A new member, with the password to hand over: it is shown once and kept nowhere."""

    member: Member
    password: str


def is_set_up() -> bool:
    return Person.objects.exists()


def open_workspace(name: str, *, now: datetime) -> Workspace:
    """Make a workspace with a key of its own."""
    key, _ = DataKey.make(None, now=now)
    key.save()
    return Workspace.objects.create(name=name, key=key, created_at=now)


@transaction.atomic
def set_up(email: str, password: str, *, workspace_name: str, now: datetime) -> Member:
    """Make the first person and their workspace, once. Raises AlreadySetUp where there is one."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [SET_UP_LOCK])
    if is_set_up():
        raise AlreadySetUp
    person = Person.objects.create_user(email, password, joined_at=now)
    workspace = open_workspace(workspace_name, now=now)
    return Member.objects.create(workspace=workspace, person=person, role=Member.Role.OWNER)


@transaction.atomic
def invite(workspace: Workspace, email: str, *, role: str, name: str = "") -> Invitation:
    """Let a person in, or in again, with a password that is made up here. Raises Rejected."""
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    address = Person.objects.normalize_email(email).lower()
    person = Person.objects.filter(email=address).first()
    if person is None:
        person = Person.objects.create_user(address, password, name=name)
    else:
        _let_in_again(person, workspace, password, name=name)
    member = Member.objects.create(workspace=workspace, person=person, role=role)
    return Invitation(member, password)


@transaction.atomic
def remove_member(member: Member) -> None:
    """Let a person work here no more; their sessions end. Raises Rejected for the last owner."""
    _keep_an_owner(member)
    person = member.person
    member.delete()
    remove_factor(person)
    if not person.memberships.exists():
        person.is_active = False
        person.save(update_fields=["is_active"])


@transaction.atomic
def change_role(member: Member, role: str) -> None:
    """Raises Rejected where the last owner would be none."""
    if role != Member.Role.OWNER:
        _keep_an_owner(member)
    Member.objects.filter(pk=member.pk).update(role=role)


def rename_workspace(workspace: Workspace, name: str) -> None:
    """Raises Rejected for an empty name."""
    if not name.strip():
        raise Rejected(NO_NAME, code="no_name")
    Workspace.objects.filter(pk=workspace.pk).update(name=name.strip())


def change_person(person: Person, *, name: str, language: str) -> None:
    """Save how the person is called and which language they read."""
    person.name, person.language = name, language
    person.save(update_fields=["name", "language"])


def change_password(person: Person, password: str) -> None:
    """Other sessions of the person end."""
    person.set_password(password)
    person.save(update_fields=["password"])


def _let_in_again(person: Person, workspace: Workspace, password: str, *, name: str) -> None:
    if person.memberships.filter(workspace=workspace).exists():
        raise Rejected(IS_MEMBER, code="is_member")
    if person.memberships.exists():
        raise Rejected(IS_ELSEWHERE, code="is_elsewhere")
    person.is_active = True
    person.name = name or person.name
    person.set_password(password)
    person.save()


def _keep_an_owner(member: Member) -> None:
    """Lock the owners: two who leave at once do not leave nobody."""
    owners = member.workspace.memberships.filter(role=Member.Role.OWNER).select_for_update()
    if {owner.pk for owner in owners} == {member.pk}:
        raise Rejected(LAST_OWNER, code="last_owner")
