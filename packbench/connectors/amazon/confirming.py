"""Telling Amazon that a parcel went: checked before it is sent, explained when it is refused."""

import re

from packbench.channels.base import Confirmation
from packbench.connectors.amazon.answers import Fault
from packbench.connectors.amazon.errors import NO_MESSAGE, REFUSED, Refused
from packbench.connectors.amazon.marketplaces import by_country
from packbench.lib.carrier_codes import example_of, fits
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked

JAPAN = by_country("JP").id
NO_ORDER = marked("A confirmation needs the Amazon order id and the marketplace.")
BAD_REFERENCE = marked("Amazon needs a positive whole number as the parcel's reference.")
NO_CARRIER = marked("Choose a carrier: Amazon takes no confirmation without a carrier code.")
NO_CARRIER_NAME = marked("Enter the carrier's name: Amazon needs it with the carrier code Other.")
NO_TRACKING = marked("Enter a tracking number: Amazon takes no confirmation without one.")
NOT_ITS_SHAPE = marked(
    "%(number)s does not look like a tracking number of %(carrier)s, such as %(example)s. Compare "
    "it with the label, choose another carrier, or send it as it is."
)
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

NO_CODES = marked(
    "Amazon takes this parcel with the Transparency codes of its pieces only. Enter them on the "
    "notice's page."
)

# The first that fits Amazon's code and words decides; its codes are few, its words many.
KNOWN = (
    (r"ship[_ ]?plus|ship\+", "ship_plus", SHIP_PLUS),
    (r"packagetoupdatenotfound|failed to create package", "package_unknown", PACKAGE_UNKNOWN),
    (r"transparency", "transparency_missing", NO_CODES),
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
    return _known(refusal.fault, refusal.request_id) or refusal


def words_for(fault: Fault) -> Rejected:
    """The same for a row of a feed's report."""
    return _known(fault, "") or Refused(
        REFUSED,
        code="rejected",
        fault=fault,
        request_id="",
        operation="confirmShipment",
        message=fault.message or NO_MESSAGE,
        amazon_code=fault.code,
    )


def is_paid_at_the_door(confirmation: Confirmation) -> bool:
    """Whether Amazon is told so: it knows cash on delivery in Japan only (Orders v0)."""
    return confirmation.is_cash_on_delivery and confirmation.marketplace_id == JAPAN


def _known(fault: Fault, request_id: str) -> Rejected | None:
    for pattern, code, text in KNOWN:
        if re.search(pattern, fault.text, re.IGNORECASE):
            return Rejected(text, code=code, request_id=request_id)
    return None


def _is_positive_number(reference: str) -> bool:
    return reference.isascii() and reference.isdigit() and int(reference) > 0


def _check_carrier(confirmation: Confirmation) -> None:
    if not confirmation.carrier_code.strip():
        raise Rejected(NO_CARRIER, code="carrier_missing")
    if confirmation.carrier_code == "Other" and not confirmation.carrier_name.strip():
        raise Rejected(NO_CARRIER_NAME, code="carrier_missing")
    if not confirmation.tracking_number.strip():
        raise Rejected(NO_TRACKING, code="tracking_missing")
    _check_shape(confirmation)


def _check_shape(confirmation: Confirmation) -> None:
    """A number that cannot be the carrier's is a typing error, and counts as no valid tracking."""
    code, number = confirmation.carrier_code, confirmation.tracking_number
    if not confirmation.is_unchecked and not fits(code, number):
        raise Rejected(
            NOT_ITS_SHAPE,
            code="tracking_shape",
            number=number,
            carrier=code,
            example=example_of(code),
        )


def _check_items(items: tuple[tuple[str, int], ...]) -> None:
    if not items or not all(item_id for item_id, _ in items):
        raise Rejected(NO_ITEMS, code="items_missing")
    if any(quantity < 1 for _, quantity in items):
        raise Rejected(BAD_QUANTITY, code="quantity_invalid")
