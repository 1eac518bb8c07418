"""Counting: how many orders stand where, in one query that never counts further than a cap."""

from collections.abc import Mapping, Sequence

from django.db import connection

CAP = 5_000
COUNT = """(select count(*) from (
    select from orders_order where workspace_id = %s and {condition} limit %s
) counted)"""


def count_capped(workspace_id: str, conditions: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Count the orders of each named group of statuses, at most CAP + 1 of each.

    No statuses: all orders. The group `problems` counts those among them that have a problem.
    """
    parts: list[str] = []
    values: list[str | int | list[str]] = []
    for name, statuses in conditions.items():
        condition = "status = any(%s)" if statuses else "true"
        if name == "problems":
            condition += " and has_problems"
        parts.append(COUNT.format(condition=condition))
        values += [workspace_id, *([list(statuses)] if statuses else []), CAP + 1]
    with connection.cursor() as cursor:
        cursor.execute("select " + ", ".join(parts), values)
        row = cursor.fetchone() or ()
    return dict(zip(conditions, row, strict=True))
