"""The catalog of integrations: what can be connected, and what a search in it finds."""

from collections import Counter
from dataclasses import dataclass

from django.utils.translation import gettext

from packbench.accounts.models import Workspace
from packbench.lib.marketplaces import MARKETPLACES, REGION_NAMES, Marketplace

# What people type who know Amazon or files by these names, besides what the cards say.
AMAZON_WORDS = "amazon v2 mws sp-api api seller central selling partner fba fbm mfn marketplace"
# Countries as sellers call them in the five languages.
COUNTRY_WORDS = {
    "AE": "united arab emirates émirats arabes unis vereinigte arabische emirate emiratos árabes",
    "AU": "australia australie australien",
    "BE": "belgium belgique belgien bélgica belgio",
    "BR": "brazil brésil brasilien brasil brasile",
    "CA": "canada kanada canadá",
    "DE": "germany allemagne deutschland alemania germania",
    "EG": "egypt égypte ägypten egipto egitto",
    "ES": "spain espagne spanien españa spagna",
    "FR": "france frankreich francia",
    "GB": "united kingdom great britain royaume-uni vereinigtes königreich reino unido regno unito",
    "IE": "ireland irlande irland irlanda",
    "IN": "india inde indien",
    "IT": "italy italie italien italia",
    "JP": "japan japon japón giappone",
    "MX": "mexico mexique mexiko méxico messico",
    "NL": "netherlands pays-bas niederlande países bajos paesi bassi olanda",
    "PL": "poland pologne polen polonia",
    "SA": "saudi arabia arabie saoudite saudi-arabien arabia saudí saudita",
    "SE": "sweden suède schweden suecia svezia",
    "SG": "singapore singapour singapur",
    "TR": "turkey turquie türkei turquía turchia türkiye",
    "US": "united states usa états-unis vereinigte staaten estados unidos stati uniti",
    "ZA": "south africa afrique du sud südafrika sudáfrica sudafrica",
}
SHOP_WORDS = "csv file manual orders own website shop shipstation sendcloud shippingeasy excel"
FILE_WORDS = "files file csv txt report unshipped orders individual upload download"


@dataclass(frozen=True, slots=True)
class Tile:
    """One Amazon marketplace in the catalog, with how many stores it has here."""

    market: Marketplace
    stores: int


@dataclass(frozen=True, slots=True)
class Catalog:
    """What a search found. `regions` holds the name of a region and its tiles."""

    has_amazon: bool
    has_files: bool
    has_shop: bool
    regions: tuple[tuple[str, tuple[Tile, ...]], ...]

    @property
    def is_empty(self) -> bool:
        return not (self.has_amazon or self.has_files or self.has_shop or self.regions)


def find(workspace: Workspace, query: str) -> Catalog:
    """Return what every word of the query stands in; everything for an empty query."""
    words = query.casefold().split()
    counts = Counter(workspace.stores.values_list("marketplace_id", flat=True))
    regions = tuple(
        (gettext(name), tiles)
        for region, name in REGION_NAMES.items()
        if (tiles := _tiles(region, words, counts))
    )
    names = " ".join([gettext("Files, without the API"), FILE_WORDS])
    is_country = bool(words) and bool(regions) and not _has(AMAZON_WORDS, words)
    shop = " ".join([gettext("A shop of your own"), SHOP_WORDS])
    return Catalog(
        has_amazon=_has(AMAZON_WORDS, words) or is_country,
        has_files=_has(names, words),
        has_shop=_has(shop, words),
        regions=regions,
    )


def _tiles(region: str, words: list[str], counts: Counter[str]) -> tuple[Tile, ...]:
    return tuple(
        Tile(market, counts[market.id])
        for market in MARKETPLACES
        if market.region == region and _has(_text(market), words)
    )


def _text(market: Marketplace) -> str:
    country = COUNTRY_WORDS[market.country]
    facts = (market.name, market.domain, market.id, market.country, market.currency, country)
    region = REGION_NAMES[market.region]
    return " ".join([*facts, gettext(region), AMAZON_WORDS])


def _has(text: str, words: list[str]) -> bool:
    return all(word in text.casefold() for word in words)
