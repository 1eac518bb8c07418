"""Where an order stands and what keeps it from being shipped. Pure."""

from collections.abc import Callable, Iterable, Sequence

from packbench.channels.base import ChannelOrder, Constraint, OrderStatus
from packbench.lib.addresses import Address
from packbench.lib.postal.findings import is_missing
from packbench.lib.sentences import marked
from packbench.orders.models import WORK, Order, Status

# Somebody else makes the label or hands the goods over: for us these orders are view only.
SHIPPED_BY_OTHERS = frozenset({"IN_STORE_PICK_UP", "AMAZON_EASY_SHIP", "DELIVERY_BY_AMAZON"})
NEEDS_BUY_SHIPPING = "FBM_SHIP_PLUS"  # confirmShipment answers 400 for these
PREORDER = "PREORDER"
ADDRESS_DOUBTFUL = "address_doubtful"
ASKS_TO_CANCEL = "cancel_requested"
EARLY = ("pre_order", "label_window")  # mended by time alone
HOLDING = frozenset({ASKS_TO_CANCEL, *EARLY})  # orders with one of these are on hold
OTHER_CONSTRAINT = "constraint_other"
# What the carrier must do, as problems that a person vouches for.
CONSTRAINTS = frozenset({OTHER_CONSTRAINT, *(f"constraint_{each.value}" for each in Constraint)})

PROBLEMS: dict[str, str] = {
    "address_changed": marked(
        "The address changed at Amazon after another one was entered here. Choose which one counts."
    ),
    ADDRESS_DOUBTFUL: marked(
        "Something about the address is doubtful. Look at it beside “Ship to”, then mend it or "
        "ship anyway."
    ),
    ASKS_TO_CANCEL: marked("The buyer asked to cancel. Cancel it at Amazon, or ship anyway."),
    "constraint_age": marked(
        "The carrier must check the recipient's age. Choose a service that does, then ship anyway."
    ),
    "constraint_cash_on_delivery": marked(
        "The carrier must collect the money at the door. Choose a service that does, then ship "
        "anyway."
    ),
    "constraint_identity": marked(
        "The carrier must check who takes the parcel. Choose a service that does, then ship anyway."
    ),
    OTHER_CONSTRAINT: marked(
        "Amazon demands something of the carrier that Packbench does not know. Look at the order "
        "in Seller Central, then ship anyway."
    ),
    "constraint_pallet": marked(
        "It must be delivered by pallet. Choose a service that does, then ship anyway."
    ),
    "constraint_signature": marked(
        "The recipient must sign for it. Choose a service that asks for it, then ship anyway."
    ),
    "erased": marked(
        "The buyer's address was erased, as Amazon's policy demands. Fetch it again from Amazon "
        "to ship this order."
    ),
    "label_window": marked(
        "Amazon allows no label yet. The order becomes ready by itself when the time has come."
    ),
    "missing_address": marked(
        "No address, or a part of it is missing. Fetch the order again, or enter it here."
    ),
    "missing_customs": marked(
        "Customs data is missing. Enter HS code and country of origin of its products."
    ),
    "missing_role": marked(
        "Amazon withholds the address: your application lacks the role Direct-to-Consumer "
        "Delivery (Restricted). Add it in Seller Central, then authorize the account again."
    ),
    "missing_weight": marked("No weight. Set the weight of its products, or of this order."),
    "needs_buy_shipping": marked(
        "Ship+ orders need a label bought through Amazon Buy Shipping. Buy it in Seller Central."
    ),
    "pre_order": marked(
        "A pre-order: it must not leave yet. It becomes ready by itself when the time has come."
    ),
}


def channel_status(order: ChannelOrder) -> Status:
    """What the store says, in our words. What others ship is never work (SEED-34)."""
    is_others = not (order.is_ours_to_ship and SHIPPED_BY_OTHERS.isdisjoint(order.programs))
    if Status(order.status.value) in WORK and is_others:
        return Status.PENDING_FULFILLMENT
    return Status(order.status.value)


def standing(
    status: Status,
    *,
    is_held: bool,
    is_confirmed: bool,
    is_reopened: bool = False,
    is_partly_sent: bool = False,
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
    if is_held:
        return Status.ON_HOLD
    return Status.PARTIALLY_SHIPPED if is_partly_sent else status


def restand(row: Order) -> None:
    """Set status and problems from what the row says of itself; nothing is saved."""
    row.status = standing(
        Status(row.channel_status),
        is_held=row.is_held,
        is_confirmed=row.confirmed_at is not None,
        is_reopened=row.reopened_at is not None,
        is_partly_sent=row.is_partly_sent,
    )
    row.problems = problems_of(row)
    row.has_problems = bool(row.problems)


STANDING_FIELDS = ("status", "problems", "has_problems")  # what restand sets


def problems_of(row: Order) -> list[str]:
    """What keeps the order from a label; nothing where it waits for none."""
    if not waits(row.status):
        return []
    found = [code for check in CHECKS for code in check(row)]
    return [code for code in found if code not in row.waived]


def is_bare(place: Address | None) -> bool:
    """Whether name and street are missing: at most a country, as where Amazon withholds them."""
    return place is None or not (place.name or place.company or place.line1)


def with_weight(problems: Iterable[str], *, weight_g: int | None) -> list[str]:
    """The same problems, with or without the missing weight."""
    others = [problem for problem in problems if problem != "missing_weight"]
    return others if weight_g else [*others, "missing_weight"]


def waits(status: Status | str) -> bool:
    """Whether the order still asks for a parcel, held or not."""
    return status in WORK or status == OrderStatus.ON_HOLD.value


def _address(row: Order) -> Sequence[str]:
    if row.erased_at is not None:
        return ("erased",)
    if row.is_address_disputed:
        return ("address_changed",)
    if row.has_address:
        return _doubts(row)
    return ("missing_role",) if row.is_address_withheld else ("missing_address",)


def _doubts(row: Order) -> Sequence[str]:
    """What the checks of the address found, where the store lets it count (orders/checking.py)."""
    if not row.address_stops:
        return ()
    return ("missing_address",) if any(map(is_missing, row.address_stops)) else (ADDRESS_DOUBTFUL,)


def _wish(row: Order) -> Sequence[str]:
    return (ASKS_TO_CANCEL,) if row.is_cancel_requested else ()


def _date(row: Order) -> Sequence[str]:
    if not row.is_early:
        return ()
    return ("pre_order",) if PREORDER in row.programs else ("label_window",)


def _program(row: Order) -> Sequence[str]:
    return ("needs_buy_shipping",) if NEEDS_BUY_SHIPPING in row.programs else ()


def _constraints(row: Order) -> Sequence[str]:
    codes = (constraint_problem(constraint) for constraint in row.constraints)
    return tuple(dict.fromkeys(codes))


def constraint_problem(constraint: str) -> str:
    """The code that stands for a constraint among the problems."""
    code = f"constraint_{constraint}"
    return code if code in CONSTRAINTS else OTHER_CONSTRAINT


def _weight(row: Order) -> Sequence[str]:
    return () if row.weight_g else ("missing_weight",)


def _customs(row: Order) -> Sequence[str]:
    return ("missing_customs",) if row.lacks_customs else ()


CHECKS: tuple[Callable[[Order], Sequence[str]], ...] = (
    _address,
    _wish,
    _date,
    _program,
    _constraints,
    _weight,
    _customs,
)
