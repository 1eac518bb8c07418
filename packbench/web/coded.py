"""Which lines of a parcel have, or may need, codes of their pieces."""

import msgspec

from packbench.channels.base import ItemFacts
from packbench.shipments.models import Notice, ShipmentItem

TRANSPARENCY = "TRANSPARENCY"  # the program, as an item of an order names it


def coded_items(notice: Notice) -> list[ShipmentItem]:
    """The order's lines in the parcel that are in Transparency or need serial numbers."""
    items = notice.shipment.items.filter(order_item__order=notice.order_id)
    rows = items.select_related("order_item").order_by("order_item__position", "id")
    return [row for row in rows if _may_need(row)]


def _may_need(row: ShipmentItem) -> bool:
    facts = msgspec.convert(row.order_item.facts, ItemFacts, strict=False)
    known = row.transparency_codes or row.serial_numbers
    return bool(known) or TRANSPARENCY in row.order_item.programs or facts.needs_serials
