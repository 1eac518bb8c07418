"""Addressing: a person enters where an order ships to, in place of the store's address.

The store's own stays beside it. Imports leave a person's address alone; where the store's changes
afterwards, the order waits until somebody chooses (SEED-42).
"""

from datetime import datetime
from typing import Any

from django.db import transaction

from packbench.events.recording import record
from packbench.lib.addresses import Address, OwnAddress
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked
from packbench.orders.checking import FIELDS as CHECKED
from packbench.orders.checking import check_again
from packbench.orders.indexing import index_again
from packbench.orders.models import Order
from packbench.orders.sealing import own_address, show_place, stores_address
from packbench.orders.standing import waits
from packbench.orders.weighing import look_at_border
from packbench.privacy.fields import sealer
from packbench.privacy.models import opened_if_alive
from packbench.privacy.sealing import OpenKey

seal_own = sealer(Order, "own_address")

NOT_WAITING = marked("This order does not wait for a parcel: its address stays as it is.")
ERASED = marked("The buyer's data of this order was erased. Fetch it again from Amazon first.")
INCOMPLETE = marked("An address needs a name or company, a street and a country.")
FIELDS = (
    "own_address",
    "has_own_address",
    "is_address_disputed",
    "has_address",
    "ship_to_city",
    "ship_to_state",
    "ship_to_postal_code",
    "ship_to_country",
    "lacks_customs",
    *CHECKED,
)


@transaction.atomic
def enter_address(order: Order, address: Address, *, actor: str, now: datetime) -> bool:
    """Let the order ship to this address. False: it does already. Safe to run again.

    Raises Rejected where the order waits for no parcel, was erased, or the address lacks a name,
    a street or a country. A label that was made before stays as it was printed.
    """
    row, key = _locked(order)
    if not address.is_complete:
        raise Rejected(INCOMPLETE, code="bad_address")
    before, stores = own_address(row, key), stores_address(row, key)
    if (before.address if before else stores) == address:
        return False
    row.own_address = seal_own(OwnAddress(address=address, instead_of=stores), key)
    row.has_own_address, row.is_address_disputed = True, False
    _ship_to(row, address, key)
    _note("order.addressed", row, actor=actor, now=now)
    return True


@transaction.atomic
def restore_address(order: Order, *, actor: str, now: datetime) -> bool:
    """Let the store's address count again. False: it does. Raises Rejected."""
    row, key = _locked(order)
    if not row.has_own_address:
        return False
    row.own_address, row.has_own_address, row.is_address_disputed = None, False, False
    _ship_to(row, stores_address(row, key), key)
    _note("order.restored", row, actor=actor, now=now)
    return True


@transaction.atomic
def keep_address(order: Order, *, actor: str, now: datetime) -> bool:
    """Let a person's address count though the store's changed. False: there is no dispute.

    Raises Rejected.
    """
    row, key = _locked(order)
    own = own_address(row, key)
    if own is None or not row.is_address_disputed:
        return False
    kept = OwnAddress(address=own.address, instead_of=stores_address(row, key))
    row.own_address, row.is_address_disputed = seal_own(kept, key), False
    _ship_to(row, own.address, key)
    _note("order.upheld", row, actor=actor, now=now)
    return True


def _locked(order: Order) -> tuple[Order, OpenKey]:
    """The order's row under lock, and its key. Raises Rejected."""
    rows = Order.objects.select_related("key__parent", "store")
    row = rows.select_for_update(of=("self",)).get(pk=order.pk)
    key = opened_if_alive(row.key)
    if row.erased_at is not None or key is None:
        raise Rejected(ERASED, code="erased")
    if not waits(row.status):
        raise Rejected(NOT_WAITING, code="not_waiting")
    return row, key


def _ship_to(row: Order, place: Address | None, key: OpenKey) -> None:
    row.has_address = place is not None and place.is_complete
    show_place(row, place)
    check_again(row, key, row.store)
    look_at_border(row)
    row.save(update_fields=list(FIELDS))
    index_again(row, key)


def _note(name: str, row: Order, *, actor: str, now: datetime) -> None:
    ids: dict[str, Any] = {"order_id": row.pk, "store_id": row.store_id}
    record(name, row.workspace_id, actor=actor, now=now, **ids)
