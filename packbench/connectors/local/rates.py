"""The seller's own prices: by service, destination zone and weight step."""

from bisect import bisect_left
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from itertools import pairwise
from typing import Any, Self

from msgspec import Struct

from packbench.connectors.local.countries import EU
from packbench.connectors.local.services import NAMES
from packbench.lib.errors import Rejected
from packbench.lib.money import Money
from packbench.lib.sentences import marked

NOT_A_TABLE = marked("The rate table must have a currency and prices.")
BAD_CURRENCY = marked("The rate table's currency must be a three-letter code such as EUR.")
BAD_MAXIMUM = marked("The rate table's maximum weight must be a whole number of grams above zero.")
UNKNOWN_KEY = marked("The rate table knows no %(name)s: choose one of %(known)s.")
BAD_STEP = marked("Each step of %(place)s must be a weight in grams and a price such as 4.90.")
BAD_WEIGHT = marked("The weights of %(place)s must rise from step to step, above zero.")
BAD_PRICE = marked("The price for %(weight)s g of %(place)s must be above zero, or left empty.")


class Zone(StrEnum):
    """Where a parcel goes, seen from where it leaves."""

    HOME = "home"
    EU = "eu"
    REST = "rest"


class Step(Struct, frozen=True):
    """The price of everything up to a weight in grams. None: the price is not known."""

    up_to_g: int
    price: Decimal | None


class RateTable(Struct, frozen=True, kw_only=True):
    """The seller's own prices; what it does not name has no known price, never 0.00."""

    currency: str = "EUR"
    max_weight_g: int = 31_500
    prices: Mapping[str, Mapping[str, tuple[Step, ...]]] = {}

    def price(self, service: str, zone: Zone, weight_g: int) -> Money | None:
        """Return the price of the first step that takes the weight, or None."""
        steps = self.prices.get(service, {}).get(zone, ())
        place = bisect_left(steps, weight_g, key=lambda step: step.up_to_g)
        price = steps[place].price if place < len(steps) else None
        return None if price is None else Money(price, self.currency)

    def as_json(self) -> dict[str, Any]:
        return {
            "currency": self.currency,
            "max_weight_g": self.max_weight_g,
            "prices": {
                service: {
                    zone: [_step_json(step) for step in steps] for zone, steps in zones.items()
                }
                for service, zones in self.prices.items()
            },
        }

    @classmethod
    def from_json(cls, body: object) -> Self:
        """Read a table as `as_json` writes it. Raises Rejected that names what to change."""
        if not isinstance(body, dict) or not isinstance(body.get("prices", {}), dict):
            raise Rejected(NOT_A_TABLE, code="bad_rate_table")
        return cls(
            currency=_currency(body.get("currency")),
            max_weight_g=_maximum(body.get("max_weight_g", 31_500)),
            prices={
                _known(service, NAMES): _zones(service, zones)
                for service, zones in body.get("prices", {}).items()
            },
        )


def zone_of(ship_from: str, ship_to: str) -> Zone:
    """Return the zone between two ISO countries."""
    if ship_from == ship_to:
        return Zone.HOME
    return Zone.EU if ship_from in EU and ship_to in EU else Zone.REST


def _step_json(step: Step) -> list[object]:
    return [step.up_to_g, None if step.price is None else str(step.price)]


def _currency(code: object) -> str:
    if isinstance(code, str) and len(code) == 3 and code.isascii() and code.isupper():
        return code
    raise Rejected(BAD_CURRENCY, code="bad_rate_table")


def _maximum(grams: object) -> int:
    if _is_weight(grams):
        return int(str(grams))
    raise Rejected(BAD_MAXIMUM, code="bad_rate_table")


def _known(name: object, known: Mapping[str, object] | type[Zone]) -> str:
    if str(name) in list(known):
        return str(name)
    raise Rejected(UNKNOWN_KEY, code="bad_rate_table", name=str(name)[:40], known=", ".join(known))


def _zones(service: str, zones: object) -> dict[str, tuple[Step, ...]]:
    if not isinstance(zones, dict):
        raise Rejected(NOT_A_TABLE, code="bad_rate_table")
    return {_known(zone, Zone): _steps(f"{service}, {zone}", rows) for zone, rows in zones.items()}


def _steps(place: str, rows: object) -> tuple[Step, ...]:
    if not isinstance(rows, list):
        raise Rejected(BAD_STEP, code="bad_rate_table", place=place)
    steps = tuple(_step(place, row) for row in rows)
    if any(later.up_to_g <= step.up_to_g for step, later in pairwise(steps)):
        raise Rejected(BAD_WEIGHT, code="bad_rate_table", place=place)
    return steps


def _step(place: str, row: object) -> Step:
    if not isinstance(row, list) or len(row) != 2:
        raise Rejected(BAD_STEP, code="bad_rate_table", place=place)
    weight, price = row
    if not _is_weight(weight):
        raise Rejected(BAD_WEIGHT, code="bad_rate_table", place=place)
    return Step(weight, _price(place, weight, price))


def _price(place: str, weight: int, price: object) -> Decimal | None:
    if price is None or price == "":
        return None
    try:
        amount = Decimal(price) if isinstance(price, str) else Decimal("NaN")
    except InvalidOperation:
        amount = Decimal("NaN")
    if amount.is_finite() and amount > 0:
        return amount
    raise Rejected(BAD_PRICE, code="bad_rate_table", place=place, weight=weight)


def _is_weight(grams: object) -> bool:
    return isinstance(grams, int) and not isinstance(grams, bool) and grams > 0
