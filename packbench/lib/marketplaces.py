"""Amazon's 23 marketplaces: facts that every layer may need to know."""

from dataclasses import dataclass
from pathlib import Path

import msgspec

REGIONS = ("na", "eu", "fe")
REGION_NAMES = {"na": "North America", "eu": "Europe", "fe": "Far East"}


@dataclass(frozen=True, slots=True)
class Marketplace:
    """One Amazon marketplace. `country` is ISO 3166-1 alpha-2, `time_zone` an IANA name.

    Ship-by days end at midnight in `time_zone`. `charset` is what its flat files are written in
    where they are not UTF-8.
    """

    id: str
    country: str
    region: str
    name: str
    domain: str
    seller_central: str
    currency: str
    time_zone: str
    languages: tuple[str, ...]
    charset: str

    @property
    def shown_country(self) -> str:
        """The country as Amazon writes it: UK where ISO says GB."""
        return "UK" if self.country == "GB" else self.country


def _read() -> tuple[Marketplace, ...]:
    content = Path(__file__).with_name("marketplaces.json").read_bytes()
    return msgspec.json.decode(content, type=tuple[Marketplace, ...])


MARKETPLACES = _read()
_BY_ID = {marketplace.id: marketplace for marketplace in MARKETPLACES}
_BY_COUNTRY = {marketplace.country: marketplace for marketplace in MARKETPLACES}


def by_id(marketplace_id: str) -> Marketplace:
    """Return the marketplace; KeyError where Amazon has none of that id."""
    return _BY_ID[marketplace_id]


def is_known(marketplace_id: str) -> bool:
    return marketplace_id in _BY_ID


def by_country(country: str) -> Marketplace:
    """Return the marketplace of an ISO country, or of Amazon's UK; KeyError where there is none."""
    code = country.upper()
    return _BY_COUNTRY["GB" if code == "UK" else code]


def in_region(region: str) -> tuple[Marketplace, ...]:
    """Return what one authorization covers."""
    return tuple(marketplace for marketplace in MARKETPLACES if marketplace.region == region)
