"""One of thousands of ids: a condition that costs one parameter, not one for each.

Django writes an `in` of a thousand ids with a thousand parameters; putting those together takes
longer than PostgreSQL needs to look the ids up.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import CharField, ForeignKey, Lookup, Q


@ForeignKey.register_lookup
@CharField.register_lookup
class _OneOf(Lookup):  # type: ignore[type-arg]
    lookup_name = "one_of"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, values = self.process_lhs(compiler, connection)
        # Not the array itself: seeing it long, PostgreSQL would rather read a whole other index.
        return f"{column} = any(array(select unnest(%s::text[])))", (*values, self.rhs)


def one_of(column: str, ids: Iterable[str]) -> Q:
    """The condition that the column, an id or a reference to one, is one of these."""
    return Q(**{f"{column}__one_of": list(ids)})
