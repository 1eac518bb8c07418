"""Facts: what rules may know of an order. Nothing of its buyer but the place (SEED-84)."""

from decimal import Decimal

from msgspec import Struct


class Facts(Struct, frozen=True, kw_only=True):
    """An order at a moment: `new`, `changed` (the store says more) or `asked` (a person asks).

    Weights are grams, None where not known. `hours_left` counts to the ship-by time and is below
    zero when that has passed. `marks` are what makes it special, `programs` Amazon's own words.
    """

    moment: str
    store_id: str = ""
    marketplace_id: str = ""
    country: str = ""
    state: str = ""
    postal_code: str = ""
    service_level: str = ""
    status: str = ""
    marks: frozenset[str] = frozenset()
    programs: frozenset[str] = frozenset()
    problems: frozenset[str] = frozenset()
    skus: tuple[str, ...] = ()
    asins: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    tags: frozenset[str] = frozenset()
    quantity: int = 0
    lines: int = 0
    weight_g: int | None = None
    total: Decimal | None = None
    currency: str = ""
    hours_left: Decimal | None = None
