"""Slotting: what the three custom fields of an order hold, as its store's settings say (SEED-39).

A field holds data, not words: a day of the marketplace as ISO writes it, Amazon's own code of the
service level, `Business`. Pages say it in the reader's language.
"""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from packbench.channels.base import Buyer
from packbench.channels.models import Store
from packbench.orders.models import Order
from packbench.privacy.revealing import reveal
from packbench.privacy.sealing import Unreadable

Source = Store.CustomField
SLOT_FIELDS = ("custom_field1", "custom_field2", "custom_field3")
LONGEST = 100
BUSINESS = "Business"


def fill_slots(row: Order, store: Store) -> bool:
    """Set the order's custom fields. Returns whether one changed. Safe to run again."""
    changed = False
    for field, source in zip(SLOT_FIELDS, store.slots, strict=True):
        value = SOURCES[source](row, store) if source else str(row.ruled.get(field, ""))
        value = value.replace("\0", "")[:LONGEST]
        changed = changed or getattr(row, field) != value
        setattr(row, field, value)
    return changed


def _purchase_order_number(row: Order, _: Store) -> str:
    """It is sealed with the buyer; nothing where the buyer's data was erased or damaged."""
    try:
        buyer: Buyer | None = reveal(row, "buyer", row.key)
    except Unreadable:
        return ""
    return buyer.purchase_order_number if buyer else ""


def _day(at: datetime | None, store: Store) -> str:
    return at.astimezone(ZoneInfo(store.time_zone)).date().isoformat() if at else ""


SOURCES: dict[str, Callable[[Order, Store], str]] = {
    Source.SELLER_ORDER_ID: lambda row, _: row.seller_order_id,
    Source.ORDER_NUMBER: lambda row, _: row.external_id,
    Source.PURCHASE_ORDER_NUMBER: _purchase_order_number,
    Source.EARLIEST_SHIP_DATE: lambda row, store: _day(row.ship_from_at, store),
    Source.LATEST_DELIVERY_DATE: lambda row, store: _day(row.deliver_by_at, store),
    Source.BUSINESS_ORDER: lambda row, _: BUSINESS if row.is_business else "",
    Source.SERVICE_LEVEL: lambda row, _: row.service_level,
}
