"""What the seller's own delivery offers, in our words and in those stores expect."""

from packbench.carriers.base import Service
from packbench.carriers.rate_table import EXPRESS, STANDARD

NAMES = {STANDARD: "Own delivery", EXPRESS: "Own delivery express"}


def own_services(carrier_name: str = "") -> tuple[Service, ...]:
    """Return both services, named to stores as Self Delivery or, with a name, as Other.

    Amazon's codes (SP-API confirmShipment, carrierCode): Other needs a carrierName. Nobody scans
    these parcels on the way, so neither has automatic tracking (SEED-80).
    """
    return tuple(
        Service(
            code=code,
            name=name,
            channel_code="Other" if carrier_name else "Self Delivery",
            channel_name=carrier_name,
            channel_method=code.capitalize(),
            has_tracking=False,
        )
        for code, name in NAMES.items()
    )
