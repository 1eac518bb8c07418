"""Customs borders: which parcels need customs data. Pure.

Areas are those within which a parcel travels without customs papers. That is the European Union's
customs and VAT territory (Directive 2006/112/EC, articles 5 to 7), not the list of its members:
the Canary Islands, Ceuta, Melilla, the French overseas departments, Åland, Mount Athos, Livigno,
Campione, Büsingen and Heligoland ask for papers, Monaco does not. Northern Ireland is open to both
sides (Windsor Framework; parcels of Great Britain to consumers there since 1 May 2025).
"""

import re
from typing import NamedTuple

EU = "EU"
UK = "GB"
MEMBERS = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    ]
)
# Countries and territories with a code of their own that travel with a larger area.
TOGETHER = {
    "EL": EU,
    "GF": "FR-973",
    "GP": "FR-971",
    "IC": "ES-CN",
    "IM": UK,
    "LI": "CH",
    "MC": EU,
    "MQ": "FR-972",
    "PM": "FR-975",
    "PR": "US",
    "RE": "FR-974",
    "YT": "FR-976",
}
# Places that are told by their postal code: country, pattern of the code, area.
BY_POSTAL_CODE = (
    ("ES", re.compile(r"(35|38)\d{3}"), "ES-CN"),
    ("ES", re.compile(r"51\d{3}"), "ES-CE"),
    ("ES", re.compile(r"52\d{3}"), "ES-ML"),
    ("FR", re.compile(r"9[78]\d{3}"), ""),
    ("DE", re.compile(r"78266"), "DE-BUS"),
    ("DE", re.compile(r"27498"), "DE-HEL"),
    ("IT", re.compile(r"23041"), "IT-LIV"),
    ("IT", re.compile(r"22061"), "IT-CAM"),
    ("FI", re.compile(r"22\d{3}"), "AX"),
    ("GR", re.compile(r"63086"), "GR-69"),
    ("GB", re.compile(r"JE\d.*"), "JE"),
    ("GB", re.compile(r"GY\d.*"), "GG"),
)
MONACO = re.compile(r"980\d{2}")
NORTHERN_IRELAND = re.compile(r"BT\d.*")
# States of the United States that lie outside of their customs territory, and military post.
OUTLYING_STATES = frozenset({"AS", "GU", "MP", "VI", "AA", "AE", "AP"})


class Place(NamedTuple):
    """Where a parcel leaves from or goes to: ISO country, postal code, state as given."""

    country: str
    postal_code: str = ""
    state: str = ""


def crosses_border(origin: Place, destination: Place) -> bool:
    """Whether customs asks what is in a parcel; not where a country is not known."""
    if not (origin.country and destination.country):
        return False
    return areas_of(origin).isdisjoint(areas_of(destination))


def areas_of(place: Place) -> frozenset[str]:
    """The areas that a place belongs to: one, but for Northern Ireland."""
    country = place.country.upper()
    code = re.sub(r"[\s-]", "", place.postal_code).upper()
    if country == "XI" or (country == "GB" and NORTHERN_IRELAND.fullmatch(code)):
        return frozenset({EU, UK})
    if country == "FR" and MONACO.fullmatch(code):
        return frozenset({EU})
    for where, pattern, area in BY_POSTAL_CODE:
        if country == where and pattern.fullmatch(code):
            return frozenset({area or f"{country}-{code[:3]}"})
    if country == "US" and place.state.upper() in OUTLYING_STATES:
        return frozenset({f"US-{place.state.upper()}"})
    return frozenset({EU if country in MEMBERS else TOGETHER.get(country, country)})
