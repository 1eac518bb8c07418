"""The sellers that live in the sandbox, and what each of them is there to show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from packbench_sandbox.world.dice import throw
from packbench_sandbox.world.marketplaces import BY_COUNTRY, Marketplace

DELIVERY = "Direct-to-Consumer Delivery (Restricted)"
SHIPPING = "Direct-to-Consumer Shipping (Restricted)"
TAX_INVOICING = "Tax Invoicing (Restricted)"
TAX_REMITTANCE = "Tax Remittance (Restricted)"
TRACKING = "Inventory and Order Tracking"
LISTING = "Product Listing"
INSIGHTS = "Selling Partner Insights"
ROLES = (DELIVERY, SHIPPING, TAX_INVOICING, TAX_REMITTANCE, TRACKING, LISTING, INSIGHTS)

_EUROPE = "ES FR DE IT GB NL BE SE PL IE TR"
_ID_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


@dataclass(frozen=True)
class Seller:
    """One seller account: a seller id, a region, and the marketplaces it sells in."""

    key: str
    id: str
    name: str
    region: str
    home: str
    countries: tuple[str, ...]
    roles: frozenset[str]
    plan: str = "PROFESSIONAL"
    has_small_stores: bool = False
    address: tuple[str, str, str, str] = ("", "", "", "")

    @property
    def marketplaces(self) -> list[Marketplace]:
        return [BY_COUNTRY[country] for country in self.countries]

    def participates_in(self, marketplace_id: str) -> bool:
        return any(m.id == marketplace_id for m in self.marketplaces)


# key, name, region, home, countries, roles, remaining traits
_SPECS: list[tuple[str, str, str, str, str, frozenset[str], dict[str, Any]]] = [
    ("europe", "Olivar Trading", "EU", "ES", _EUROPE, frozenset(ROLES), {}),
    ("america", "Prairie Goods", "NA", "US", "US CA MX BR", frozenset(ROLES), {}),
    ("far-east", "Kawabata Shoten", "FE", "JP", "JP AU SG", frozenset(ROLES), {}),
    (
        "wide", "Lindqvist Everywhere", "EU", "SE", f"{_EUROPE} ZA EG SA AE IN",
        frozenset(ROLES), {"has_small_stores": True},
    ),
    (
        "no-addresses", "Tienda Sin Permiso", "EU", "ES", "ES",
        frozenset({TRACKING, INSIGHTS}), {"has_small_stores": True},
    ),
    (
        "individual", "Emily's Attic", "NA", "US", "",
        frozenset(ROLES), {"plan": "INDIVIDUAL"},
    ),
]  # fmt: skip

_ADDRESSES = {
    "ES": ("Polígono Industrial El Olivar, Nave 7", "Paterna", "Valencia", "46980"),
    "US": ("4200 Grain Elevator Road", "Lawrence", "KS", "66044"),
    "JP": ("東京都江東区若葉町1-2-3", "江東区", "東京都", "135-0000"),
    "SE": ("Hamngatan 12", "Göteborg", "", "411 06"),
}


def make_sellers(seed: int) -> dict[str, Seller]:
    """All sellers by seller id. The ids follow from the seed."""
    sellers = [_make_seller(seed, *spec) for spec in _SPECS]
    return {seller.id: seller for seller in sellers}


def _make_seller(
    seed: int, key: str, name: str, region: str, home: str, countries: str,
    roles: frozenset[str], rest: dict[str, Any],
) -> Seller:  # fmt: skip
    dice = throw(f"{seed}/seller/{key}")
    seller_id = "A" + "".join(dice.choices(_ID_LETTERS, k=13))
    return Seller(
        key, seller_id, name, region, home, tuple(countries.split()), roles,
        address=_ADDRESSES[home], **rest,
    )  # fmt: skip
