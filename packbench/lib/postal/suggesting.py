"""What could be put right in an address, each as a field and its new value. Nothing is changed."""

import re
import unicodedata
from collections.abc import Iterator

from msgspec.structs import asdict, replace

from packbench.lib.addresses import Address
from packbench.lib.personal import Personal
from packbench.lib.postal.checking import UNUSUAL, area_of, bare_postal_code
from packbench.lib.postal.countries import Country, country_of, folded

TIDIED = ("name", "company", "line1", "line2", "line3", "district", "city", "state")
# Where a postal code is written with a sign between: how many characters stand before it.
SPLIT = {
    "BR": (5, "-", 8),
    "CA": (3, " ", 6),
    "CZ": (3, " ", 5),
    "GR": (3, " ", 5),
    "IE": (3, " ", 7),
    "JP": (3, "-", 7),
    "NL": (4, " ", 6),
    "PL": (2, "-", 5),
    "PT": (4, "-", 7),
    "SE": (3, " ", 5),
    "SK": (3, " ", 5),
}
LONG_US = 9
ZERO_LOST = {"DE": 5, "ES": 5, "FR": 5, "IT": 5, "MX": 5, "US": 5}
CODED_STATES = frozenset({"AU", "BR", "CA", "US"})


class Suggestion(Personal, frozen=True, kw_only=True):
    """A field of the address and what it could say instead."""

    field: str
    value: str


def suggestions(address: Address) -> list[Suggestion]:
    """Return what could be written better, at most one value for each field. Never raises."""
    country = country_of(address.country)
    found = {s.field: s for s in (*_tidy(address), *_written(address, country))}
    return [s for s in found.values() if s.value and s.value != getattr(address, s.field)]


def suggested(address: Address, fields: list[str]) -> Address:
    """The address with the suggestions for these fields taken; unknown fields change nothing."""
    taken = {s.field: s.value for s in suggestions(address) if s.field in fields}
    return replace(address, **taken)


def _written(address: Address, country: Country | None) -> Iterator[Suggestion]:
    if country is None:
        return
    if code := _postal_code(address, country):
        yield Suggestion(field="postal_code", value=code)
    if state := _state(address, country):
        yield Suggestion(field="state", value=state)


def _tidy(address: Address) -> Iterator[Suggestion]:
    """Take out what nobody sees."""
    values = asdict(address)
    for field in TIDIED:
        given = values[field]
        if tidy := UNUSUAL.search(given) and _seen(given):
            yield Suggestion(field=field, value=tidy)


def _seen(text: str) -> str:
    kept = (" " if unicodedata.category(c) in {"Cc", "Zl", "Zp"} else c for c in text)
    shown = "".join(c for c in kept if unicodedata.category(c) not in {"Cf", "Cs", "Co", "Cn"})
    return " ".join(shown.split()) if shown != text else text


def _postal_code(address: Address, country: Country) -> str:
    """The postal code as its country writes it; nothing where it cannot be told."""
    if country.zip is None or not address.postal_code.strip():
        return ""
    bare = _without_country(bare_postal_code(address.postal_code), country)
    length = ZERO_LOST.get(country.code, 0)
    if bare.isdigit() and len(bare) == length - 1:
        bare = bare.zfill(length)  # a spreadsheet took the zero away
    shaped = _shaped(bare, country.code)
    return shaped if country.zip.fullmatch(shaped) else ""


def _without_country(bare: str, country: Country) -> str:
    """D-12345 and F-75001 are how neighbours write it."""
    if country.zip and not country.zip.fullmatch(_shaped(bare, country.code)):
        return re.sub(r"^[A-Z]{1,2}(?=\d{4,})", "", bare)
    return bare


def _shaped(bare: str, country: str) -> str:
    if country == "GB" and len(bare) > 4 and not bare.startswith("BFPO"):
        return f"{bare[:-3]} {bare[-3:]}"
    if country == "US" and len(bare) == LONG_US:
        return f"{bare[:5]}-{bare[5:]}"
    place, sign, length = SPLIT.get(country, (0, "", 0))
    return f"{bare[:place]}{sign}{bare[place:]}" if len(bare) == length else bare


def _state(address: Address, country: Country) -> str:
    """The state's code, or the one that the postal code lies in where none is given."""
    area = area_of(address, country)
    if area is None and (not address.state.strip() or country.code in CODED_STATES):
        area = country.area_of_zip(bare_postal_code(address.postal_code))
    if area is None:
        return ""
    if country.code == "JP":
        return "" if folded(address.state) == folded(area.latin) else area.key
    if country.code in CODED_STATES or not address.state.strip():
        return area.code
    return ""
