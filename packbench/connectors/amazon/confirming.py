"""Telling Amazon that a parcel went: checked before it is sent, explained when it is refused."""

import re

from packbench.channels.base import Confirmation
from packbench.connectors.amazon.errors import Refused
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked

NO_ORDER = marked("A confirmation needs the Amazon order id and the marketplace.")
BAD_REFERENCE = marked("Amazon needs a positive whole number as the parcel's reference.")
NO_CARRIER = marked("Choose a carrier: Amazon takes no confirmation without a carrier code.")
NO_CARRIER_NAME = marked("Enter the carrier's name: Amazon needs it with the carrier code Other.")
NO_TRACKING = marked("Enter a tracking number: Amazon takes no confirmation without one.")
NO_ITEMS = marked("Choose at least one order item for this parcel.")
BAD_QUANTITY = marked("Each item of a parcel needs a quantity of one or more.")
NO_TIME_ZONE = marked("The time of shipping needs a time zone.")

SHIP_PLUS = marked(
    "Amazon confirms orders of the program Ship+ itself. Buy the label through Amazon Buy "
    "Shipping or a carrier of the program, and send no confirmation."
)
PACKAGE_UNKNOWN = marked(
    "Amazon does not know the parcel to correct, or the order is already complete there. Look at "
    "the order in Seller Central."
)
ITEM_UNKNOWN = marked(
    "Amazon does not know an order item of this parcel. Import the order again, then confirm."
)
REFERENCE_INVALID = marked("Amazon refused the parcel's reference: it must be a positive number.")
QUANTITY_TOO_HIGH = marked(
    "Amazon was told of more pieces than are left to ship. Compare the parcel with the order in "
    "Seller Central."
)
PACKAGE_DELIVERED = marked("This parcel was delivered: Amazon takes no more corrections of it.")
ORDER_PENDING = marked("Amazon has not released this order yet. Confirm it once it is unshipped.")
NOT_OURS = marked("Amazon ships this order itself: there is nothing to confirm.")
ORDER_CLOSED = marked("This order is cancelled at Amazon. Do not ship it, or stop the parcel.")
CARRIER_INVALID = marked("Amazon does not know this carrier. Choose another carrier code.")
TRACKING_INVALID = marked("Amazon refused the tracking number. Check it for typing errors.")
SHIP_DATE_INVALID = marked(
    "Amazon refused the ship date: it must not lie before the order or in the future."
)
NOT_IN_MARKETPLACE = marked("Amazon refused the marketplace: the order was placed in another one.")

# The first that fits Amazon's code and words decides; its codes are few, its words many.
KNOWN = (
    (r"ship[_ ]?plus|ship\+", "ship_plus", SHIP_PLUS),
    (r"packagetoupdatenotfound|failed to create package", "package_unknown", PACKAGE_UNKNOWN),
    (r"package ?reference ?id", "reference_invalid", REFERENCE_INVALID),
    (r"delivered", "package_delivered", PACKAGE_DELIVERED),
    (r"fulfilled by amazon", "not_ours", NOT_OURS),
    (r"\bpending", "order_pending", ORDER_PENDING),
    (r"quantity", "quantity_too_high", QUANTITY_TOO_HIGH),
    (r"order ?item", "item_unknown", ITEM_UNKNOWN),
    (r"tracking", "tracking_invalid", TRACKING_INVALID),
    (r"carrier", "carrier_invalid", CARRIER_INVALID),
    (r"ship ?date", "ship_date_invalid", SHIP_DATE_INVALID),
    (r"marketplace", "marketplace_invalid", NOT_IN_MARKETPLACE),
    (r"cancel", "order_closed", ORDER_CLOSED),
)


def check(confirmation: Confirmation) -> None:
    """Raise Rejected where Amazon would refuse anyway, before a call is spent on it."""
    if not confirmation.order_id or not confirmation.marketplace_id:
        raise Rejected(NO_ORDER, code="order_missing")
    if not _is_positive_number(confirmation.package_reference):
        raise Rejected(BAD_REFERENCE, code="reference_invalid")
    if confirmation.shipped_at.tzinfo is None:
        raise Rejected(NO_TIME_ZONE, code="ship_date_invalid")
    _check_carrier(confirmation)
    _check_items(confirmation.items)


def explained(refusal: Refused) -> Rejected:
    """Return the refusal in a seller's words, under a code that stays the same."""
    fault = refusal.fault
    for pattern, code, text in KNOWN:
        if re.search(pattern, fault.text, re.IGNORECASE):
            return Rejected(text, code=code, request_id=refusal.request_id)
    return refusal


def _is_positive_number(reference: str) -> bool:
    return reference.isascii() and reference.isdigit() and int(reference) > 0


def _check_carrier(confirmation: Confirmation) -> None:
    if not confirmation.carrier_code.strip():
        raise Rejected(NO_CARRIER, code="carrier_missing")
    if confirmation.carrier_code == "Other" and not confirmation.carrier_name.strip():
        raise Rejected(NO_CARRIER_NAME, code="carrier_missing")
    if not confirmation.tracking_number.strip():
        raise Rejected(NO_TRACKING, code="tracking_missing")


def _check_items(items: tuple[tuple[str, int], ...]) -> None:
    if not items or not all(item_id for item_id, _ in items):
        raise Rejected(NO_ITEMS, code="items_missing")
    if any(quantity < 1 for _, quantity in items):
        raise Rejected(BAD_QUANTITY, code="quantity_invalid")
