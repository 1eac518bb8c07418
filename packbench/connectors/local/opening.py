"""How the registry opens the seller's own labels."""

from packbench.carriers.base import Opening
from packbench.carriers.rate_table import RateTable
from packbench.connectors.local.carrier import LocalCarrier


def open_carrier(opening: Opening) -> LocalCarrier:
    """Return the carrier for an account's settings: `rates`, `carrier_name`, `dpi`.

    Raises Rejected where they are malformed.
    """
    settings = opening.settings
    rates = RateTable.from_json(settings["rates"]) if "rates" in settings else None
    return LocalCarrier(
        rates, carrier_name=settings.get("carrier_name", ""), dpi=settings.get("dpi", 203)
    )
