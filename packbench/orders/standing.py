"""Where an order stands and what keeps it from being shipped. Pure."""

from collections.abc import Iterable

from packbench.channels.base import ChannelOrder, OrderStatus
from packbench.lib.addresses import Address
from packbench.lib.sentences import marked
from packbench.orders.models import WORK, Status

# Somebody else makes the label or hands the goods over: for us these orders are view only.
SHIPPED_BY_OTHERS = frozenset({"IN_STORE_PICK_UP", "AMAZON_EASY_SHIP", "DELIVERY_BY_AMAZON"})
NEEDS_BUY_SHIPPING = "FBM_SHIP_PLUS"  # confirmShipment answers 400 for these

PROBLEMS: dict[str, str] = {
    "cancel_requested": marked("The buyer asked to cancel. Cancel it at Amazon, or ship anyway."),
    "erased": marked(
        "The buyer's address was erased, as Amazon's policy demands. Fetch it again from Amazon "
        "to ship this order."
    ),
    "missing_address": marked(
        "No address. Fetch the order again, or look at it in Seller Central."
    ),
    "missing_role": marked(
        "Amazon withholds the address: your application lacks the role Direct-to-Consumer "
        "Delivery (Restricted). Add it in Seller Central, then authorize the account again."
    ),
    "missing_weight": marked("No weight. Set the weight of its products, or of this order."),
    "needs_buy_shipping": marked(
        "Ship+ orders need a label bought through Amazon Buy Shipping. Buy it in Seller Central."
    ),
}


def channel_status(order: ChannelOrder) -> Status:
    """What the store says, in our words."""
    if Status(order.status.value) in WORK and not SHIPPED_BY_OTHERS.isdisjoint(order.programs):
        return Status.PENDING_FULFILLMENT
    return Status(order.status.value)


def standing(
    status: Status, *, is_held: bool, is_confirmed: bool, is_reopened: bool = False
) -> Status:
    """The order's status: the store's word, unless we know or decided better.

    A confirmed order is shipped even while the store, minutes behind, still says it waits. One
    whose told parcel was voided waits again, though the store calls it shipped (SEED-65).
    """
    if is_reopened and status == Status.SHIPPED:
        status = Status.AWAITING_SHIPMENT
    if status not in WORK:
        return status
    if is_confirmed:
        return Status.SHIPPED
    return Status.ON_HOLD if is_held else status


def is_bare(place: Address | None) -> bool:
    """Whether name and street are missing: at most a country, as where Amazon withholds them."""
    return place is None or not (place.name or place.company or place.line1)


def address_problems(
    order: ChannelOrder, *, has_address: bool, is_withheld: bool, is_erased: bool = False
) -> list[str]:
    """What keeps the order from a label, its weight apart.

    A country without a name and a street means that Amazon withholds them: a role is missing.
    """
    problems = []
    if is_erased:
        problems.append("erased")
    elif not has_address:
        place = order.recipient
        role = is_withheld if place is None else is_bare(place)
        problems.append("missing_role" if role else "missing_address")
    if any(item.cancel_requested for item in order.items):
        problems.append("cancel_requested")
    if NEEDS_BUY_SHIPPING in order.programs:
        problems.append("needs_buy_shipping")
    return problems


def with_weight(problems: Iterable[str], *, weight_g: int | None) -> list[str]:
    """The same problems, with or without the missing weight."""
    others = [problem for problem in problems if problem != "missing_weight"]
    return others if weight_g else [*others, "missing_weight"]


def waits(status: Status | str) -> bool:
    """Whether the order still asks for a parcel, held or not."""
    return status in WORK or status == OrderStatus.ON_HOLD.value
