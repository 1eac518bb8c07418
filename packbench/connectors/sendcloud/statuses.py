"""What Sendcloud's words for a parcel mean.

Version 3 of its API writes them in capitals, its tracking in small letters, and its webhooks have
the numbers of version 2 (sendcloud.dev, Parcel statuses).
"""

from packbench.carriers.base import TrackingCode

UNSOLD = frozenset({"announcement_failed", "cancelled", "cancelled_upstream"})
CANCELLED = UNSOLD | {"cancellation_requested", "submitting_cancellation_request", "cancelling"}
RETURNED = frozenset({"returned_to_sender", "returned_sender", "refused_by_recipient"})
CODES = {
    "accepted": TrackingCode.ACCEPTED,
    "shipment_picked_up_by_driver": TrackingCode.ACCEPTED,
    **dict.fromkeys(
        (
            "announced",
            "announced_not_collected",
            "announcing",
            "being_announced",
            "cancellation_requested",
            "cancelled",
            "cancelled_upstream",
            "labelled",
            "no_label",
            "ready_to_send",
            "submitting_cancellation_request",
        ),
        TrackingCode.NOT_YET,
    ),
    **dict.fromkeys(
        (
            "at_customs",
            "at_sorting_centre",
            "being_sorted",
            "customs",
            "delivery_address_changed",
            "delivery_date_changed",
            "delivery_delayed",
            "delivery_method_changed",
            "driver_en_route",
            "dropped",
            "en_route_to_sorting_center",
            "in_delivery",
            "in_transit",
            "not_sorted",
            "parcel_en_route",
            "sorted",
        ),
        TrackingCode.IN_TRANSIT,
    ),
    "attempted": TrackingCode.ATTEMPT,
    "delivery_attempt_failed": TrackingCode.ATTEMPT,
    "awaiting_customer_pickup": TrackingCode.COLLECTION_POINT,
    "pup": TrackingCode.COLLECTION_POINT,
    **dict.fromkeys(
        ("delivered", "delivery_forced", "shipment_collected_by_customer"), TrackingCode.DELIVERED
    ),
    **dict.fromkeys(
        (
            "address_invalid",
            "announcement_failed",
            "error_collecting",
            "exception",
            "refused_by_recipient",
            "returned_sender",
            "returned_to_sender",
            "unable_to_deliver",
        ),
        TrackingCode.EXCEPTION,
    ),
}
NUMBERS = {
    1: "announced",
    3: "en_route_to_sorting_center",
    4: "delivery_delayed",
    5: "sorted",
    6: "not_sorted",
    7: "being_sorted",
    8: "delivery_attempt_failed",
    11: "delivered",
    12: "awaiting_customer_pickup",
    13: "announced_not_collected",
    15: "error_collecting",
    22: "shipment_picked_up_by_driver",
    80: "unable_to_deliver",
    91: "parcel_en_route",
    92: "driver_en_route",
    93: "shipment_collected_by_customer",
    999: "no_label",
    1000: "ready_to_send",
    1001: "being_announced",
    1002: "announcement_failed",
    1998: "cancelled_upstream",
    1999: "cancellation_requested",
    2000: "cancelled",
    2001: "submitting_cancellation_request",
    62989: "at_customs",
    62990: "at_sorting_centre",
    62991: "refused_by_recipient",
    62992: "returned_to_sender",
    62993: "delivery_method_changed",
    62994: "delivery_date_changed",
    62995: "delivery_address_changed",
    62996: "exception",
    62997: "address_invalid",
}


def word_of(status: str) -> str:
    """A status as it is written here."""
    return "_".join(status.casefold().replace("-", " ").replace("_", " ").split())


def code_of(word: str) -> TrackingCode:
    return CODES.get(word, TrackingCode.UNKNOWN)
