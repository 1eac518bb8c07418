"""The catalog of troubles: every code that a person may meet, by our name and by Amazon's."""

from packbench.channels.troubles import (
    announcing,
    calling,
    confirming,
    connecting,
    consenting,
    filing,
    ordering,
    roles,
    settling,
)
from packbench.channels.troubles.base import Trouble
from packbench.lib.sentences import marked as _

GROUPS: tuple[tuple[str, tuple[Trouble, ...]], ...] = (
    (_("Orders and stores"), ordering.TROUBLES),
    (_("Telling Amazon"), confirming.TROUBLES),
    (_("The way to Amazon"), calling.TROUBLES),
    (_("Connecting and authorizations"), connecting.TROUBLES),
    (_("Amazon's consent page"), consenting.TROUBLES),
    (_("Roles of the application"), roles.TROUBLES),
    (_("The own queue at AWS"), announcing.TROUBLES),
    (_("Files"), filing.TROUBLES),
    (_("Settings"), settling.TROUBLES),
)
ROWS: tuple[Trouble, ...] = tuple(row for _group, rows in GROUPS for row in rows)
TROUBLES: dict[str, Trouble] = {row.code: row for row in ROWS}


def trouble_of(code: str) -> Trouble | None:
    """Return the row of this code of ours."""
    return TROUBLES.get(code)


def trouble_named(name: str) -> Trouble | None:
    """Return the row by our code, or by the one code of Amazon's that only this row has."""
    if name in TROUBLES:
        return TROUBLES[name]
    named = [row for row in ROWS if name.casefold() in [each.casefold() for each in row.amazon]]
    return named[0] if len(named) == 1 else None


def is_explained(code: str) -> bool:
    """Whether the catalog knows why: what it does not know is counted (`counting`)."""
    row = TROUBLES.get(code)
    return row is not None and not row.is_unknown
