"""Who works in a workspace, by name."""

from collections.abc import Collection

from packbench.accounts.models import Workspace


def people_of(workspace: Workspace, ids: Collection[str] | None = None) -> dict[str, str]:
    """Return names by the person's id: everybody's, or those of `ids` that work here."""
    members = workspace.memberships.select_related("person").order_by("id")
    if ids is not None:
        members = members.filter(person__in=ids)
    return {member.person_id: str(member.person) for member in members}
