"""Amazon's tracking events in ShipEngine's codes (Shipping v2, EventCode)."""

from packbench.carriers.base import Tracked, Tracking, TrackingCode
from packbench.connectors.amazon.shipping.answers import WireEvent, WireTracking

CODES = {
    "ReadyForReceive": TrackingCode.NOT_YET,
    "PickupDone": TrackingCode.ACCEPTED,
    "ArrivedAtCarrierFacility": TrackingCode.IN_TRANSIT,
    "Departed": TrackingCode.IN_TRANSIT,
    "OutForDelivery": TrackingCode.IN_TRANSIT,
    "RecipientRequestedAlternateDeliveryTiming": TrackingCode.IN_TRANSIT,
    "DeliveryAttempted": TrackingCode.ATTEMPT,
    "AvailableForPickup": TrackingCode.COLLECTION_POINT,
    "Delivered": TrackingCode.DELIVERED,
    "Lost": TrackingCode.EXCEPTION,
    "Rejected": TrackingCode.EXCEPTION,
    "Undeliverable": TrackingCode.EXCEPTION,
    "PickupCancelled": TrackingCode.NOT_YET,
    "ReturnInitiated": TrackingCode.IN_TRANSIT,
}


def tracking_of(answer: WireTracking) -> Tracking:
    """Return codes and times; places and texts stay unread."""
    return Tracking(
        events=tuple(_event(event) for event in answer.event_history),
        estimated_at=answer.promised_delivery_date,
    )


def _event(event: WireEvent) -> Tracked:
    return Tracked(
        at=event.event_time,
        code=CODES.get(event.event_code, TrackingCode.UNKNOWN),
        raw_code=event.event_code,
        is_return=event.shipment_type == "RETURNS" or event.event_code == "ReturnInitiated",
    )
