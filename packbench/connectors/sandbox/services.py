"""What the pretend carrier offers."""

from packbench.carriers.base import Service

CARRIER_NAME = "Sandbox Carrier"

SERVICES = tuple(
    Service(
        code=code,
        name=f"{CARRIER_NAME} {name}",
        channel_code="Other",
        channel_name=CARRIER_NAME,
        channel_method=name,
    )
    for code, name in (("standard", "Standard"), ("express", "Express"))
)
"""Other needs a carrierName (SP-API confirmShipment)."""
