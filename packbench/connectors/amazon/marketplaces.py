"""The marketplaces, and the addresses at which Amazon, or a pretend one, answers."""

from dataclasses import dataclass
from typing import Self

from packbench.lib.marketplaces import (
    MARKETPLACES,
    REGION_NAMES,
    REGIONS,
    Marketplace,
    by_country,
    by_id,
    in_region,
    is_known,
)

__all__ = [
    "AMAZON",
    "MARKETPLACES",
    "REGIONS",
    "REGION_NAMES",
    "Endpoints",
    "Marketplace",
    "by_country",
    "by_id",
    "in_region",
    "is_known",
]


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where Amazon is. `seller_central` is empty for the real one, which has a host a country."""

    lwa_url: str
    na: str
    eu: str
    fe: str
    portal: str
    seller_central: str = ""

    def api(self, region: str) -> str:
        """Return the base URL of the region's Selling Partner API; KeyError for other regions."""
        return {"na": self.na, "eu": self.eu, "fe": self.fe}[region]

    def seller_central_of(self, marketplace: Marketplace) -> str:
        if self.seller_central:
            return f"{self.seller_central}/{marketplace.country}"
        return marketplace.seller_central

    @classmethod
    def at(cls, url: str) -> Self:
        """Return the addresses of a pretend Amazon that answers under one URL."""
        base = url.rstrip("/")
        return cls(
            lwa_url=f"{base}/auth/o2/token",
            na=f"{base}/na",
            eu=f"{base}/eu",
            fe=f"{base}/fe",
            portal=f"{base}/portal",
            seller_central=f"{base}/sellercentral",
        )


AMAZON = Endpoints(
    lwa_url="https://api.amazon.com/auth/o2/token",
    na="https://sellingpartnerapi-na.amazon.com",
    eu="https://sellingpartnerapi-eu.amazon.com",
    fe="https://sellingpartnerapi-fe.amazon.com",
    portal="https://solutionproviderportal.amazon.com",
)
