"""Counting: how many orders stand where, never further than a cap, and what values they have."""

from collections.abc import Mapping, Sequence

from django.db import connection

CAP = 5_000
COUNT = """(select count(*) from (
    select from orders_order where workspace_id = %s and {condition} limit %s
) counted)"""


IN_USE = """(
with recursive used as (
    (select {column} as value from orders_order where workspace_id = %s and {column} > ''
        order by {column} limit 1)
    union all
    select (select {column} from orders_order where workspace_id = %s and {column} > used.value
        order by {column} limit 1)
    from used where used.value is not null
)
select array(select value from used where value is not null limit %s)
)"""
MOST_VALUES = 60


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


def values_in_use(workspace_id: str, *columns: str) -> list[list[str]]:
    """The values that the workspace's orders have in each column, by one step of its index each.

    A column is one of `ship_to_country` and `service_level`; at most MOST_VALUES of each, by name.
    """
    parts = [IN_USE.format(column=connection.ops.quote_name(column)) for column in columns]
    with connection.cursor() as cursor:
        values: list[str | int] = [workspace_id, workspace_id, MOST_VALUES]
        cursor.execute("select " + ", ".join(parts), values * len(columns))
        return list(cursor.fetchone() or ())
