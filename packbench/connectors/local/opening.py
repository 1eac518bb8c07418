"""How the registry opens the seller's own labels."""

from typing import Any

from packbench.connectors.local.carrier import LocalCarrier
from packbench.connectors.local.rates import RateTable


def open_carrier(settings: dict[str, Any], *, sandbox_url: str | None = None) -> LocalCarrier:
    """Return the carrier for an account's settings: `rates`, `carrier_name`, `dpi`.

    Raises Rejected where they are malformed.
    """
    rates = RateTable.from_json(settings["rates"]) if "rates" in settings else None
    return LocalCarrier(
        rates, carrier_name=settings.get("carrier_name", ""), dpi=settings.get("dpi", 203)
    )
