"""Sorting: which states of which orders of a page are saved, and why others are not. Pure.

States come late, twice, and in any order. The newest one counts; where two are of the same
second, the one that is further on. An older one may still show an address that was withheld since.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from packbench.channels.base import ChannelOrder, OrderStatus
from packbench.channels.models import Skip, Store
from packbench.orders.models import WORK, Order, Status
from packbench.orders.sealing import shows_address
from packbench.orders.standing import channel_status

RANKS: dict[str, int] = {
    status: rank
    for rank, status in enumerate(
        (
            Status.AWAITING_PAYMENT,
            Status.PENDING_FULFILLMENT,
            Status.AWAITING_SHIPMENT,
            Status.ON_HOLD,
            Status.PARTIALLY_SHIPPED,
            Status.SHIPPED,
            Status.UNFULFILLABLE,
            Status.CANCELLED,
        )
    )
}

Age = tuple[datetime, int]


def age(order: ChannelOrder) -> Age:
    return order.updated_at, RANKS[channel_status(order)]


def age_of(row: Order) -> Age:
    """The age of the state that the row was filled with."""
    return row.changed_at, RANKS[row.channel_status]


def is_newer(order: ChannelOrder, row: Order) -> bool:
    return age(order) > age_of(row)


def in_waves(orders: Iterable[ChannelOrder]) -> list[list[ChannelOrder]]:
    """The newest state of each order, after the newest with an address where that has none.

    Each wave holds an order once; the waves are saved one after the other.
    """
    newest: dict[str, ChannelOrder] = {}
    addressed: dict[str, ChannelOrder] = {}
    for order in orders:
        _keep_newest(newest, order)
        if shows_address(order):
            _keep_newest(addressed, order)
    before = [
        order for external_id, order in addressed.items() if not shows_address(newest[external_id])
    ]
    return [wave for wave in (before, list(newest.values())) if wave]


def reason_to_skip(
    order: ChannelOrder, stores: Mapping[str, Store], row: Order | None, *, is_withheld: bool
) -> str:
    """Why the order is not taken in; nothing where it is. `row` is what is here of it."""
    store = stores.get(order.marketplace_id)
    if not order.is_from_channel:
        return Skip.Reason.OTHER_CHANNEL
    if store is None:
        return Skip.Reason.NO_STORE
    if not order.is_ours_to_ship:
        return "" if row or _shows_amazons(store, order) else Skip.Reason.AMAZON_FULFILLED
    return Skip.Reason.DIGITAL if _is_digital(order, row, is_withheld=is_withheld) else ""


def _shows_amazons(store: Store, order: ChannelOrder) -> bool:
    return store.has_amazon_fulfilled and order.status is OrderStatus.SHIPPED  # SEED-34


def _is_digital(order: ChannelOrder, row: Order | None, *, is_withheld: bool) -> bool:
    """A physical order shows at least its country, whatever roles are missing (SEED-37)."""
    if order.recipient is not None or is_withheld or Status(order.status.value) not in WORK:
        return False
    return row is None or not (row.has_address or row.ship_to_country)


def _keep_newest(kept: dict[str, ChannelOrder], order: ChannelOrder) -> None:
    seen = kept.get(order.external_id)
    if seen is None or age(order) >= age(seen):
        kept[order.external_id] = order
