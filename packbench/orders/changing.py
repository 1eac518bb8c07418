"""Changing: what became of an order between two states, as the events that say so."""

from dataclasses import dataclass

from packbench.lib.addresses import Address
from packbench.orders.models import Order, Status
from packbench.orders.sealing import is_same_place, stores_address
from packbench.orders.standing import waits
from packbench.privacy.sealing import OpenKey


@dataclass(frozen=True, slots=True)
class Before:
    """An order before it is filled with a newer state."""

    status: str
    is_cancel_requested: bool
    place: Address | None  # only of orders that wait for a parcel

    @classmethod
    def of(cls, row: Order, key: OpenKey | None) -> "Before":
        place = stores_address(row, key) if waits(row.status) else None
        return cls(row.status, row.is_cancel_requested, place)

    def changes(self, row: Order, key: OpenKey | None) -> list[str]:
        """The names of the events to record, now that the row is filled."""
        is_cancelled = row.status == Status.CANCELLED != self.status
        names = ["order.cancelled" if is_cancelled else "order.changed"]
        if row.is_cancel_requested and not self.is_cancel_requested:
            names.append("order.recalled")
        place = stores_address(row, key) if self.place else None
        if self.place and place and not is_same_place(place, self.place):
            names.append("order.redirected")
        return names
