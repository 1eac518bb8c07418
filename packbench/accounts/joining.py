"""Joining: the first person and the workspace they work in."""

from datetime import datetime

from django.db import transaction

from packbench.accounts.models import Member, Person, Workspace
from packbench.privacy.models import DataKey


class AlreadySetUp(Exception):
    """There is a person already: they let others in."""


def open_workspace(name: str, *, now: datetime) -> Workspace:
    """Make a workspace with a key of its own."""
    key, _ = DataKey.make(None, now=now)
    key.save()
    return Workspace.objects.create(name=name, key=key, created_at=now)


@transaction.atomic
def set_up(email: str, password: str, *, workspace_name: str, now: datetime) -> Member:
    """Make the first person and their workspace. Raises AlreadySetUp where there is one."""
    if Person.objects.exists():
        raise AlreadySetUp
    person = Person.objects.create_user(email, password, joined_at=now)
    workspace = open_workspace(workspace_name, now=now)
    return Member.objects.create(workspace=workspace, person=person, role=Member.Role.OWNER)
