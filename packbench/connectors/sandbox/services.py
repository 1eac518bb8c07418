"""What the pretend carrier offers."""

from packbench.carriers.base import Service, TrackingCode

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

TRACKING_CODES = {
    "ANNOUNCED": TrackingCode.NOT_YET,
    "PICKUP": TrackingCode.ACCEPTED,
    "DEPOT": TrackingCode.IN_TRANSIT,
    "NOT_HOME": TrackingCode.ATTEMPT,
    "SHOP": TrackingCode.COLLECTION_POINT,
    "DELIVERED": TrackingCode.DELIVERED,
    "DAMAGED": TrackingCode.EXCEPTION,
    "RETURNING": TrackingCode.EXCEPTION,
    "RETURNED": TrackingCode.DELIVERED,
}
RETURNS = frozenset({"RETURNING", "RETURNED"})
