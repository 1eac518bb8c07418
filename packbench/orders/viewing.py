"""Viewing: choices of orders saved under a name, and the columns that a member wants."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from packbench.accounts.models import Member
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked
from packbench.orders.models import GridColumns, SavedView

MOST = 30  # of one person, and of everybody
NO_NAME = marked("Give the view a name.")
TOO_MANY = marked("There are 30 views already. Delete one first.")
NOT_YOURS = marked("Your role does not change views of everybody. Save one for yourself.")


def views_for(member: Member) -> list[SavedView]:
    """The views that the member sees: everybody's, then their own, by name."""
    mine = SavedView.objects.filter(workspace=member.workspace_id)
    mine = mine.filter(Q(person_id="") | Q(person_id=member.person_id))
    return list(mine.order_by("person_id", "name")[: 2 * MOST])


def save_view(
    member: Member,
    name: str,
    *,
    choice: str,
    columns: Sequence[str],
    is_shared: bool,
    now: datetime,
) -> SavedView:
    """Save the choice under the name; one of the same name is replaced. Raises Rejected."""
    name = name.strip()[:40]
    if not name:
        raise Rejected(NO_NAME, code="no_name")
    if is_shared and not member.can_ship:
        raise Rejected(NOT_YOURS, code="not_yours")
    owner = "" if is_shared else member.person_id
    same = SavedView.objects.filter(workspace=member.workspace_id, person_id=owner)
    if same.exclude(name=name).count() >= MOST:
        raise Rejected(TOO_MANY, code="too_many_views")
    view, _ = SavedView.objects.update_or_create(
        workspace_id=member.workspace_id,
        person_id=owner,
        name=name,
        defaults={"choice": choice[:2000], "columns": list(columns)},
        create_defaults={"choice": choice[:2000], "columns": list(columns), "created_at": now},
    )
    return view


def delete_view(view: SavedView, member: Member) -> None:
    """Delete one's own view, or everybody's. Raises Rejected for a viewer's try at the latter."""
    if not view.person_id and not member.can_ship:
        raise Rejected(NOT_YOURS, code="not_yours")
    view.delete()


def columns_for(member: Member) -> list[str]:
    """The columns that the member chose; none where they chose none."""
    row = GridColumns.objects.filter(member=member).first()
    return list(row.columns) if row else []


def choose_columns(member: Member, columns: Sequence[str]) -> None:
    """Keep the columns in this order; none: the usual ones."""
    GridColumns.objects.update_or_create(member=member, defaults={"columns": list(columns)})
