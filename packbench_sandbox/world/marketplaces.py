"""Amazon's marketplaces: 23 in three regions."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

REGIONS = ("NA", "EU", "FE")
# Which countries' stores are big in this world; the others hold a third of the orders.
MAIN_COUNTRIES = frozenset({"ES", "FR", "DE", "GB", "IT", "US", "CA", "MX", "JP"})


@dataclass(frozen=True)
class Marketplace:
    region: str
    country: str
    id: str
    domain: str
    currency: str
    per_euro: float
    locale: str

    @property
    def name(self) -> str:
        return "Amazon" + self.domain.removeprefix("amazon")

    @property
    def decimals(self) -> int:
        return 0 if self.currency == "JPY" else 2

    def money(self, minor_units: int) -> dict[str, str]:
        """Amazon's Money: a text with the decimals that the currency has."""
        if not self.decimals:
            return {"amount": str(minor_units), "currencyCode": self.currency}
        sign, units = ("-" if minor_units < 0 else ""), abs(minor_units)
        return {
            "amount": f"{sign}{units // 100}.{units % 100:02d}",
            "currencyCode": self.currency,
        }

    def as_participation(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "countryCode": self.country,
            "defaultCurrencyCode": self.currency,
            "defaultLanguageCode": self.locale,
            "domainName": f"www.{self.domain}",
        }


@cache
def load(name: str) -> Any:
    """A data file of this package."""
    folder = resources.files("packbench_sandbox") / "data"
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


MARKETPLACES: dict[str, Marketplace] = {row[2]: Marketplace(*row) for row in load("marketplaces")}
BY_COUNTRY: dict[str, Marketplace] = {m.country: m for m in MARKETPLACES.values()}


def find_country(text: str) -> Marketplace | None:
    """The marketplace of a country code; Amazon itself says UK where ISO says GB."""
    code = text.upper()
    return BY_COUNTRY.get("GB" if code == "UK" else code)


def pseudo_participation(region: str) -> dict[str, Any]:
    """The 'Non-Amazon' marketplace that real answers carry between the real ones."""
    country = {"NA": "US", "EU": "GB", "FE": "JP"}[region]
    home = BY_COUNTRY[country]
    return {
        "id": {"NA": "A6W85IYQ5WB1C", "EU": "AZMDEXL2RVFNN", "FE": "AG2Q3RB8SFRN8"}[region],
        "name": f"Non-Amazon {country}",
        "countryCode": country,
        "defaultCurrencyCode": home.currency,
        "defaultLanguageCode": home.locale,
        "domainName": f"siprod.stores.{home.domain}",
    }
