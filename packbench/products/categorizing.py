"""Categorizing: which producer's duties Amazon's product types stand for. Pure.

`product_types.json` is working knowledge: Amazon publishes its product types, not what they are
by the law of a country. So a person's word counts more than what is read here.
"""

from functools import lru_cache
from pathlib import Path

import msgspec


class _Types(msgspec.Struct, frozen=True):
    """`types` by the whole name, `words` by a part of it; `no` are neither."""

    as_of: str
    types: dict[str, tuple[str, ...]]
    words: dict[str, tuple[str, ...]]
    no: tuple[str, ...] = msgspec.field(name="not")


_TYPES = msgspec.json.decode(
    Path(__file__).with_name("product_types.json").read_bytes(), type=_Types
)


@lru_cache(maxsize=4096)
def categories_of(product_type: str) -> frozenset[str]:
    """The categories (`lib.epr`) of one of Amazon's product types; none for an unknown one."""
    name = product_type.strip().upper()
    if name in _TYPES.no:
        return frozenset()
    if name in _TYPES.types:
        return frozenset(_TYPES.types[name])
    return frozenset(
        category for word in name.split("_") for category in _TYPES.words.get(word, ())
    )
