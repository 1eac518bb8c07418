"""Copying: new rows by COPY, several times as fast as INSERT."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import connection, models


def copy_rows(rows: Sequence[models.Model]) -> None:
    """Insert unsaved rows of one model, as part of the current transaction.

    Every column is written as it stands: the rows carry their primary keys, but for automatic
    ones, which the database gives and nobody is told. Raises django.db.DatabaseError.
    """
    if not rows:
        return
    statement, fields = _plan(type(rows[0]))
    prepare = [(field.attname, field.get_db_prep_save) for field in fields]
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(statement) as copy,
    ):
        for row in rows:
            values = row.__dict__
            copy.write_row([prep(values[name], connection) for name, prep in prepare])


@cache
def _plan(model: type[models.Model]) -> tuple[str, list[Any]]:
    fields = [
        field
        for field in model._meta.concrete_fields
        if not isinstance(field, models.AutoField | models.BigAutoField)
    ]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in fields)
    return f"copy {quote(model._meta.db_table)} ({columns}) from stdin", fields
