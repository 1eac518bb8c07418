"""Telling the owners by e-mail, where one of the stores that it is about wants that."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet

from packbench.accounts.models import Workspace
from packbench.accounts.writing import Letter, write_to_owners
from packbench.channels.models import Store


def tell_owners(
    workspace: Workspace,
    stores: QuerySet[Store],
    kinds: Iterable[Store.Notification],
    letter: Letter,
    *,
    now: datetime,
) -> int:
    """Queue the letter if one of the stores wants one of the kinds; return how many are new."""
    wanted = [kind.value for kind in kinds]
    if not stores.filter(notifications__overlap=wanted).exists():
        return 0
    return write_to_owners(workspace, letter, now=now)
