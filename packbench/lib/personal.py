"""Values that hold personal data: they never show themselves."""

from msgspec import Struct

HIDDEN = "•••"


class Personal(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A value about a person. Printing, formatting or logging it shows nothing of it."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({HIDDEN})"

    __str__ = __repr__
