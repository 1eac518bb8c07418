"""Writing: what is here of a page's orders, locked, and what one transaction writes of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db.models import Q

from packbench.accounts.models import Workspace
from packbench.channels.base import ChannelOrder
from packbench.database.copying import copy_rows
from packbench.events.models import Event
from packbench.events.recording import record_all
from packbench.orders import checking
from packbench.orders.indexing import Indexer
from packbench.orders.models import Order, OrderItem
from packbench.orders.sealing import PRIVATE_FIELDS
from packbench.orders.slotting import SLOT_FIELDS
from packbench.privacy.models import DataKey
from packbench.privacy.sealing import Sealed

KEPT_WHEN_CHANGED = (
    "id",
    "workspace",
    "store",
    "external_id",
    "key",
    "imported_at",
    "held_at",
    "hold_reason",
    "confirmed_at",
    "reopened_at",
    "own_address",
    "has_own_address",
    "note_count",
    "tags",
    "assignee",
    "ruled",
    "decided",
    "held_until",
    "erase_at",
    "erase_reason",
    "erased_at",
)
ORDER_FIELDS = [
    field.name for field in Order._meta.concrete_fields if field.name not in KEPT_WHEN_CHANGED
]
ITEM_FIELDS = [
    field.name
    for field in OrderItem._meta.concrete_fields
    if field.name not in ("id", "order", "external_id", "quantity_told")
]
UNVEILED_FIELDS = [*PRIVATE_FIELDS, *checking.FIELDS, *SLOT_FIELDS]


class KnownItem(NamedTuple):
    """Pieces of an item that is here already, and what its buyer wrote."""

    quantity: int
    told: int
    elsewhere: int
    notes: Sealed | None


KnownItems = dict[str, dict[str, KnownItem]]  # by order id, then the store's item id
NEW_ITEM = KnownItem(0, 0, 0, None)


@dataclass(slots=True)
class Rows:
    """What one transaction writes.

    `gone` are items that a store no longer lists, `unveiled` orders of which an older state
    showed the address, `notes` what it showed of their items.
    """

    indexer: Indexer
    keys: list[DataKey] = field(default_factory=list)
    created: list[Order] = field(default_factory=list)
    changed: list[Order] = field(default_factory=list)
    unveiled: list[Order] = field(default_factory=list)
    new_items: list[OrderItem] = field(default_factory=list)
    changed_items: list[OrderItem] = field(default_factory=list)
    gone: dict[str, set[str]] = field(default_factory=dict)
    notes: dict[str, dict[str, Sealed]] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)

    def write(self) -> None:
        DataKey.keep(self.keys)
        copy_rows(self.created)
        copy_rows(self.new_items)
        _overwrite(self.changed, self.changed_items)
        for order_id, item_ids in self.gone.items():
            _take_out(order_id, item_ids)
        self._write_unveiled()
        self.indexer.write()
        record_all(self.events)

    def _write_unveiled(self) -> None:
        for row in self.unveiled:
            row.save(update_fields=UNVEILED_FIELDS)
            for item_id, notes in self.notes[row.pk].items():
                OrderItem.objects.filter(order=row, external_id=item_id).update(notes=notes)


def known_orders(
    orders: Iterable[ChannelOrder], workspace: Workspace, own: Iterable[str] | None = None
) -> dict[str, Order]:
    """Lock and return the orders that are here already, by the store's number.

    Amazon's numbers are the same in all its stores; those of `own` shops are only theirs.
    """
    place = ~Q(store__marketplace_id="") if own is None else Q(store__in=own)
    rows = (
        Order.objects.filter(
            place, workspace=workspace, external_id__in=[order.external_id for order in orders]
        )
        .select_related("key__parent")
        .select_for_update(of=("self",))
        .order_by("id")
    )
    return {row.external_id: row for row in rows}


def known_items(rows: Iterable[Order]) -> KnownItems:
    items: KnownItems = {row.pk: {} for row in rows}
    found: Iterable[Any] = OrderItem.objects.filter(order__in=list(items)).values_list(
        "order_id", "external_id", "quantity", "quantity_told", "quantity_elsewhere", "notes"
    )
    for order_id, item_id, *known in found:
        items[order_id][item_id] = KnownItem(*known)
    return items


def _overwrite(rows: list[Order], items: list[OrderItem]) -> None:
    Order.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["id"], update_fields=ORDER_FIELDS
    )
    OrderItem.objects.bulk_create(
        items,
        update_conflicts=True,
        unique_fields=["order", "external_id"],
        update_fields=ITEM_FIELDS,
    )


def _take_out(order_id: str, item_ids: set[str]) -> None:
    """Take out items that the store no longer lists; of those in a parcel none are left to send."""
    if not item_ids:
        return
    gone = OrderItem.objects.filter(order_id=order_id, external_id__in=item_ids)
    gone.filter(shipment_items__isnull=False).update(quantity=0)
    gone.filter(shipment_items__isnull=True).delete()
