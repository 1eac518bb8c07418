"""Sealing: the buyer's part of an order, taken whole from the state that shows it best.

Stores withhold it at times: for want of a role, once an order is over, while it is unpaid. What
is known is not forgotten for that. A state with a whole address counts before one without, and
among these the newest, so that it does not matter in which order the states come in.
"""

from typing import Any

from msgspec.structs import replace

from packbench.channels.base import Buyer, ChannelItem, ChannelOrder, OrderDetails
from packbench.lib.addresses import Address, OwnAddress
from packbench.orders.models import Order, OrderItem, Script
from packbench.privacy.fields import sealer, unseal
from packbench.privacy.sealing import OpenKey, Sealed, Unreadable

seal_recipient = sealer(Order, "recipient")
seal_buyer = sealer(Order, "buyer")
seal_details = sealer(Order, "details")
seal_latin = sealer(Order, "latin_address")
seal_notes = sealer(OrderItem, "notes")

NOBODY = Buyer()
NOTHING = OrderDetails()
PRIVATE_FIELDS = [
    "private_at",
    "has_address",
    "is_address_disputed",
    "ship_to_city",
    "ship_to_state",
    "ship_to_postal_code",
    "ship_to_country",
    "recipient",
    "buyer",
    "details",
]


def shows_address(order: ChannelOrder) -> bool:
    """Whether the state of the order names who gets the parcel, and where."""
    return order.recipient is not None and order.recipient.is_complete


def shows_more(order: ChannelOrder, row: Order, key: OpenKey | None) -> bool:
    """Whether the state's private part is better than the row's, or newer and as good."""
    if row.private_at is None:
        return True
    here, there = _has_stores_address(row, key), shows_address(order)
    return there if here != there else order.updated_at >= row.private_at


def fill_private(row: Order, order: ChannelOrder, key: OpenKey | None) -> bool:
    """Set the buyer's part if the state shows more than is here; False: it does not.

    City, state, postal code and country stay readable (SEED-84). Without key nothing is sealed:
    the buyer's data was erased. Of orders that Amazon fulfills nothing is kept (SEED-49).
    """
    if not shows_more(order, row, key):
        return False
    row.private_at = order.updated_at
    place = order.recipient
    if key and order.is_ours_to_ship:
        row.recipient = seal_recipient(place, key) if place else None
        row.buyer = seal_buyer(order.buyer, key) if order.buyer != NOBODY else None
        row.details = seal_details(order.details, key) if order.details != NOTHING else None
    if row.has_own_address:
        judge_own_address(row, place, key)
    else:
        row.has_address = bool(key and order.is_ours_to_ship and shows_address(order))
        show_place(row, place)
    return True


def judge_own_address(row: Order, place: Address | None, key: OpenKey | None) -> None:
    """Say whether the store's address is another one than when a person entered theirs."""
    own = own_address(row, key)
    row.is_address_disputed = bool(own and place and not is_same_place(place, own.instead_of))


def is_same_place(one: Address, other: Address | None) -> bool:
    """Whether a parcel would go to the same person and door: phones and hints do not count."""
    return other is not None and _place_alone(one) == _place_alone(other)


def show_place(row: Order, place: Address | None) -> None:
    """Set what stays readable of where the parcel goes."""
    row.ship_to_city = text(place.city, 120) if place else ""
    row.ship_to_state = text(place.state, 120) if place else ""
    row.ship_to_postal_code = text(place.postal_code, 30) if place else ""
    row.ship_to_country = text(place.country, 2) if place else ""


def stores_address(row: Order, key: OpenKey | None) -> Address | None:
    """The address that the store gave, for the machine's own use."""
    place: Address | None = _opened(row.recipient, key)
    return place


def own_address(row: Order, key: OpenKey | None) -> OwnAddress | None:
    """The address that a person entered in its place."""
    own: OwnAddress | None = _opened(row.own_address, key)
    return own


def place_of(row: Order, key: OpenKey | None) -> Address | None:
    """The address that the order ships to: a person's, else the store's."""
    own = own_address(row, key) if row.has_own_address else None
    return own.address if own else stores_address(row, key)


def latin_address(row: Order, key: OpenKey | None) -> OwnAddress | None:
    """The same in Latin letters, as a person took it, and which address it stands for."""
    latin: OwnAddress | None = _opened(row.latin_address, key)
    return latin


def label_address(row: Order, script: str, key: OpenKey | None) -> Address | None:
    """The address for a label that was claimed in this Script."""
    latin = latin_address(row, key) if script == Script.LATIN else None
    return latin.address if latin else place_of(row, key)


def sealed_notes(item: ChannelItem, key: OpenKey) -> Sealed:
    """What the buyer wrote for one item."""
    notes = item.notes
    if item.cancel_reason:
        notes = replace(notes, cancel_reason=item.cancel_reason)
    return seal_notes(notes, key)


def text(given: str, longest: int) -> str:
    """The text as a column can hold it: PostgreSQL has no NUL, columns have an end."""
    return given.replace("\0", "")[:longest]


def _has_stores_address(row: Order, key: OpenKey | None) -> bool:
    if not row.has_own_address:
        return row.has_address
    place = stores_address(row, key)
    return bool(place and place.is_complete)


def _opened(sealed: Sealed | None, key: OpenKey | None) -> Any:
    """What it says; None where nobody can read it any more: that must not stop an import."""
    if sealed is None or key is None:
        return None
    try:
        return unseal(sealed, key)
    except Unreadable:
        return None


def _place_alone(place: Address) -> Address:
    return replace(place, phone="", kind="", instructions="")
