"""Tags and people in charge, as columns of the grid: asked once for a page, not for each row."""

from collections.abc import Iterable

from packbench.accounts.models import Workspace
from packbench.orders.models import Order


def tag_column(workspace: Workspace, orders: Iterable[Order]) -> dict[str, str]:
    """The names of each order's tags, by order id."""
    names = dict(workspace.tags.values_list("pk", "name"))
    return {
        order.pk: ", ".join(sorted(names[tag] for tag in order.tags if tag in names))
        for order in orders
        if order.tags
    }


def assignee_column(workspace: Workspace, orders: Iterable[Order]) -> dict[str, str]:
    """Who takes care of each order, by order id."""
    members = workspace.memberships.select_related("person")
    names = {member.person_id: str(member.person) for member in members}
    return {
        order.pk: names[order.assignee_id]
        for order in orders
        if order.assignee_id and order.assignee_id in names
    }
