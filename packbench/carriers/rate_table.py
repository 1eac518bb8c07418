"""The seller's own prices: by service, destination zone and weight step, with surcharges. Pure.

A parcel lies in several zones at once, the closest first: those of its postal code, those of its
country, then at home, in the European Union, or the rest of the world. The closest one that has
prices for the service names the price; a surcharge of a zone counts in every one of them.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from itertools import pairwise
from typing import Any, Self

from msgspec import Struct

from packbench.carriers.base import LabelRequest, Signature
from packbench.lib.errors import Rejected
from packbench.lib.money import Money, rounded
from packbench.lib.postal.names import EU
from packbench.lib.sentences import marked

NOT_A_TABLE = marked("The rate table must have a currency and prices.")
BAD_CURRENCY = marked("The rate table's currency must be a three-letter code such as EUR.")
BAD_MAXIMUM = marked("The rate table's maximum weight must be a whole number of grams above zero.")
UNKNOWN_KEY = marked("The rate table knows no %(name)s: choose one of %(known)s.")
BAD_STEP = marked("Each step of %(place)s must be a weight in grams and a price such as 4.90.")
BAD_WEIGHT = marked("The weights of %(place)s must rise from step to step, above zero.")
BAD_PRICE = marked("The price for %(weight)s g of %(place)s must be above zero, or left empty.")
TOO_MANY = marked("There are more than %(most)s of them. Leave some out.")
BAD_ZONE = marked(
    "The zone “%(zone)s” needs a name of letters, digits and hyphens that is not home, eu or rest, "
    "and at least one country as its two-letter code."
)
BAD_POSTAL = marked(
    "The postal codes of %(zone)s must be beginnings such as 07 or BT, or ranges such as "
    "20100-20199."
)
TWO_ZONES = marked("There are two zones “%(zone)s”. Give one of them another name.")
BAD_SURCHARGE = marked("The surcharge %(kind)s must have an amount such as 3.50, or a percentage.")
NO_CONDITION = marked("The surcharge %(kind)s must say %(what)s.")
WHICH_ZONE = marked("for which zone")
HOW_LARGE = marked("above how many millimeters")

STANDARD, EXPRESS = "standard", "express"
SERVICES = (STANDARD, EXPRESS)
MOST_G = 31_500
MOST_STEPS, MOST_ZONES, MOST_SURCHARGES = 100, 200, 200  # steps: of one service and zone
MOST_CODES = 500  # countries or postal codes of one zone
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,29}")
POSTAL = re.compile(r"[A-Z0-9]{1,10}(-[A-Z0-9]{1,10})?")
HUNDRED = Decimal(100)


class Zone(StrEnum):
    """Where a parcel goes, seen from where it leaves."""

    HOME = "home"
    EU = "eu"
    REST = "rest"


class Extra(StrEnum):
    """What costs more, and what it depends on."""

    FUEL = "fuel"  # always
    REMOTE = "remote"  # where the parcel goes to one zone, such as an island
    OVERSIZE = "oversize"  # where its longest side is above a length
    COLLECTION = "collection"  # with cash on delivery
    SIGNATURE = "signature"  # with a signature at the door
    SATURDAY = "saturday"  # with a delivery on Saturday
    DANGEROUS = "dangerous"  # with dangerous goods


PART_WORDS: Mapping[str, str] = {
    "freight": marked("Freight"),
    Extra.FUEL: marked("Fuel surcharge"),
    Extra.REMOTE: marked("Remote area surcharge"),
    Extra.OVERSIZE: marked("Oversize surcharge"),
    Extra.COLLECTION: marked("Cash on delivery"),
    Extra.SIGNATURE: marked("Signature on delivery"),
    Extra.SATURDAY: marked("Saturday delivery"),
    Extra.DANGEROUS: marked("Dangerous goods"),
}


class Step(Struct, frozen=True):
    """The price of everything up to a weight in grams. None: the price is not known."""

    up_to_g: int
    price: Decimal | None


class OwnZone(Struct, frozen=True, kw_only=True):
    """A zone of the seller's own: ISO countries, and of these only some postal codes, if any.

    Postal codes are beginnings (07) or ranges of beginnings (20100-20199).
    """

    name: str
    countries: tuple[str, ...]
    postal_codes: tuple[str, ...] = ()

    def closeness(self, country: str, postal_code: str) -> int:
        """How much of the postal code the zone knows, plus one; zero where it is elsewhere."""
        if country not in self.countries:
            return 0
        if not self.postal_codes:
            return 1
        code = re.sub(r"[^A-Z0-9]", "", postal_code.upper())
        matched = max(_matched(code, each) for each in self.postal_codes)
        return 1 + matched if matched else 0


class Surcharge(Struct, frozen=True, kw_only=True):
    """What is added: an amount, and a percentage of the freight (of what is collected, for cash
    on delivery). `service` empty: of both. `over_mm` is in millimeters.
    """

    kind: Extra
    amount: Decimal | None = None
    percent: Decimal | None = None
    service: str = ""
    zone: str = ""
    over_mm: int = 0


class RateTable(Struct, frozen=True, kw_only=True):
    """The seller's own prices; what it does not name has no known price, never 0.00."""

    currency: str = "EUR"
    max_weight_g: int = MOST_G
    zones: tuple[OwnZone, ...] = ()
    prices: Mapping[str, Mapping[str, tuple[Step, ...]]] = {}
    surcharges: tuple[Surcharge, ...] = ()

    def price(self, service: str, zone: str, weight_g: int) -> Money | None:
        """Return the price of the zone's first step that takes the weight, or None."""
        steps = self.prices.get(service, {}).get(zone, ())
        place = bisect_left(steps, weight_g, key=lambda step: step.up_to_g)
        price = steps[place].price if place < len(steps) else None
        return None if price is None else Money(price, self.currency)

    def parts(self, request: LabelRequest) -> tuple[tuple[str, Money], ...]:
        """Return what the parcel costs by what for; nothing where its price is not known."""
        zones = self.zones_of(request)
        named = (zone for zone in zones if self.prices.get(request.service, {}).get(zone))
        freight = self.price(request.service, next(named, ""), request.weight_g)
        if freight is None:
            return ()
        added = (
            (each.kind.value, amount)
            for each in self.surcharges
            if _applies(each, request, zones)
            and (amount := self._amount(each, request, freight)).amount > 0
        )
        return (("freight", freight), *added)

    def cost(self, request: LabelRequest) -> Money | None:
        """Return the sum of all parts, or None where the price is not known."""
        parts = self.parts(request)
        if not parts:
            return None
        return Money(sum((money.amount for _, money in parts), Decimal()), self.currency)

    def zones_of(self, request: LabelRequest) -> tuple[str, ...]:
        """Return all zones that the parcel goes to, the closest first."""
        to = request.ship_to
        found = [(zone.closeness(to.country, to.postal_code), zone.name) for zone in self.zones]
        own = sorted((each for each in found if each[0]), key=lambda each: -each[0])
        return (*(name for _, name in own), zone_of(request.ship_from.country, to.country).value)

    def _amount(self, extra: Surcharge, request: LabelRequest, freight: Money) -> Money:
        collected = request.options.collection
        base = freight
        if extra.kind is Extra.COLLECTION and collected and collected.currency == self.currency:
            base = collected
        part = base.amount * (extra.percent or 0) / HUNDRED
        return rounded(Money((extra.amount or 0) + part, self.currency))

    def as_json(self) -> dict[str, Any]:
        return {
            "currency": self.currency,
            "max_weight_g": self.max_weight_g,
            "zones": [
                {
                    "name": zone.name,
                    "countries": list(zone.countries),
                    "postal_codes": list(zone.postal_codes),
                }
                for zone in self.zones
            ],
            "prices": {
                service: {
                    zone: [_step_json(step) for step in steps] for zone, steps in zones.items()
                }
                for service, zones in self.prices.items()
            },
            "surcharges": [_surcharge_json(each) for each in self.surcharges],
        }

    @classmethod
    def from_json(cls, body: object) -> Self:
        """Read a table as `as_json` writes it. Raises Rejected that names what to change."""
        if not isinstance(body, dict) or not isinstance(body.get("prices", {}), dict):
            raise _bad(NOT_A_TABLE)
        zones = _own_zones(body.get("zones", []))
        known = (*(zone.name for zone in zones), *Zone)
        return cls(
            currency=_currency(body.get("currency")),
            max_weight_g=_maximum(body.get("max_weight_g", MOST_G)),
            zones=zones,
            prices={
                _known(service, SERVICES): _zones(service, steps, known)
                for service, steps in body.get("prices", {}).items()
            },
            surcharges=tuple(
                _surcharge(each, known)
                for each in _listed(body.get("surcharges", []), MOST_SURCHARGES)
            ),
        )


def zone_of(ship_from: str, ship_to: str) -> Zone:
    """Return the zone between two ISO countries."""
    if ship_from == ship_to:
        return Zone.HOME
    return Zone.EU if ship_from in EU and ship_to in EU else Zone.REST


def _matched(code: str, pattern: str) -> int:
    """How many letters of the postal code the pattern fixes; zero where it is another one."""
    first, _, last = pattern.partition("-")
    if not last:
        return len(first) if code.startswith(first) else 0
    return len(first) if len(code) >= len(first) and first <= code[: len(first)] <= last else 0


def _applies(extra: Surcharge, request: LabelRequest, zones: tuple[str, ...]) -> bool:
    wanted = request.options
    met = {
        Extra.FUEL: True,
        Extra.REMOTE: extra.zone in zones,
        Extra.OVERSIZE: max(request.size_mm) > extra.over_mm,
        Extra.COLLECTION: wanted.collection is not None,
        Extra.SIGNATURE: wanted.signature in (Signature.ANY, Signature.ADULT),
        Extra.SATURDAY: wanted.is_saturday,
        Extra.DANGEROUS: any(line.is_dangerous for line in request.contents),
    }[extra.kind]
    in_zone = not extra.zone or extra.zone in zones
    return met and in_zone and extra.service in ("", request.service)


def _step_json(step: Step) -> list[object]:
    return [step.up_to_g, None if step.price is None else str(step.price)]


def _surcharge_json(extra: Surcharge) -> dict[str, Any]:
    said: dict[str, Any] = {"kind": extra.kind.value}
    for name in ("amount", "percent"):
        value = getattr(extra, name)
        said |= {name: str(value)} if value is not None else {}
    return said | {
        name: getattr(extra, name)
        for name in ("service", "zone", "over_mm")
        if getattr(extra, name)
    }


def _bad(text: str, **values: object) -> Rejected:
    return Rejected(text, code="bad_rate_table", request_id="", **values)


def _currency(code: object) -> str:
    if isinstance(code, str) and len(code) == 3 and code.isascii() and code.isupper():
        return code
    raise _bad(BAD_CURRENCY)


def _maximum(grams: object) -> int:
    if _is_whole(grams):
        return int(str(grams))
    raise _bad(BAD_MAXIMUM)


def _known(name: object, known: tuple[str, ...]) -> str:
    if str(name) in known:
        return str(name)
    raise _bad(UNKNOWN_KEY, name=str(name)[:40], known=", ".join(known))


def _listed(rows: object, most: int) -> Iterator[dict[str, Any]]:
    if not isinstance(rows, list):
        raise _bad(NOT_A_TABLE)
    if len(rows) > most:
        raise _bad(TOO_MANY, most=most)
    for row in rows:
        if not isinstance(row, dict):
            raise _bad(NOT_A_TABLE)
        yield row


def _own_zones(rows: object) -> tuple[OwnZone, ...]:
    zones = tuple(_own_zone(row) for row in _listed(rows, MOST_ZONES))
    for name, count in Counter(zone.name for zone in zones).items():
        if count > 1:
            raise _bad(TWO_ZONES, zone=name)
    return zones


def _own_zone(row: dict[str, Any]) -> OwnZone:
    name, countries = str(row.get("name", "")), _texts(row.get("countries"))
    codes = _texts(row.get("postal_codes", []))
    is_named = NAME.fullmatch(name) and name not in tuple(Zone)
    are_countries = countries and all(
        len(each) == 2 and each.isascii() and each.isalpha() and each.isupper()
        for each in countries
    )
    if not (is_named and are_countries):
        raise _bad(BAD_ZONE, zone=name[:40])
    if not all(map(_is_postal, codes)):
        raise _bad(BAD_POSTAL, zone=name)
    return OwnZone(name=name, countries=countries, postal_codes=codes)


def _is_postal(pattern: str) -> bool:
    first, _, last = pattern.partition("-")
    is_range = not last or (len(first) == len(last) and first <= last)
    return bool(POSTAL.fullmatch(pattern)) and is_range


def _texts(rows: object) -> tuple[str, ...]:
    if not isinstance(rows, list) or len(rows) > MOST_CODES:
        return ()
    return tuple(str(each) for each in rows)


def _zones(service: str, zones: object, known: tuple[str, ...]) -> dict[str, tuple[Step, ...]]:
    if not isinstance(zones, dict):
        raise _bad(NOT_A_TABLE)
    return {_known(zone, known): _steps(f"{service}, {zone}", rows) for zone, rows in zones.items()}


def _steps(place: str, rows: object) -> tuple[Step, ...]:
    if not isinstance(rows, list):
        raise _bad(BAD_STEP, place=place)
    if len(rows) > MOST_STEPS:
        raise _bad(TOO_MANY, most=MOST_STEPS)
    steps = tuple(_step(place, row) for row in rows)
    if any(later.up_to_g <= step.up_to_g for step, later in pairwise(steps)):
        raise _bad(BAD_WEIGHT, place=place)
    return steps


def _step(place: str, row: object) -> Step:
    if not isinstance(row, list) or len(row) != 2:
        raise _bad(BAD_STEP, place=place)
    weight, price = row
    if not _is_whole(weight):
        raise _bad(BAD_WEIGHT, place=place)
    if price is None or price == "":
        return Step(weight, None)
    amount = _decimal(price)
    if amount is None:
        raise _bad(BAD_PRICE, place=place, weight=weight)
    return Step(weight, amount)


def _surcharge(row: dict[str, Any], zones: tuple[str, ...]) -> Surcharge:
    kind = Extra(_known(row.get("kind"), tuple(Extra)))
    amount, percent = _optional(kind, row.get("amount")), _optional(kind, row.get("percent"))
    if amount is None and percent is None:
        raise _bad(BAD_SURCHARGE, kind=kind.value)
    over = row.get("over_mm", 0) or 0
    if kind is Extra.OVERSIZE and not _is_whole(over):
        raise _bad(NO_CONDITION, kind=kind.value, what=HOW_LARGE)
    if kind is Extra.REMOTE and not row.get("zone"):
        raise _bad(NO_CONDITION, kind=kind.value, what=WHICH_ZONE)
    return Surcharge(
        kind=kind,
        amount=amount,
        percent=percent,
        service=_known(row["service"], SERVICES) if row.get("service") else "",
        zone=_known(row["zone"], zones) if row.get("zone") else "",
        over_mm=over if kind is Extra.OVERSIZE else 0,
    )


def _optional(kind: Extra, value: object) -> Decimal | None:
    if value in (None, ""):
        return None
    amount = _decimal(value)
    if amount is None:
        raise _bad(BAD_SURCHARGE, kind=kind.value)
    return amount


def _decimal(value: object) -> Decimal | None:
    """A number above zero that a price can be; None where it is none."""
    try:
        amount = Decimal(value) if isinstance(value, str) and len(value) <= 12 else Decimal("NaN")
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and 0 < amount < 10**7 else None


def _is_whole(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and 0 < number < 10**8
