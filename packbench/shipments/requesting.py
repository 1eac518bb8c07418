"""Requesting: what a carrier is asked for one shipment."""

from packbench.carriers.base import Contents, LabelRequest, LabelSize, Source
from packbench.carriers.models import options_of
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked
from packbench.orders.models import Order
from packbench.privacy.revealing import reveal
from packbench.shipments.models import Label, Shipment, ShipmentItem

ERASED_CODE = "erased"
ERASED = marked("The buyer's address was erased: no label can be made for this order any more.")


def label_request(shipment: Shipment, label: Label) -> LabelRequest:
    """Return the request under the label's reference. Raises Rejected: the address is gone.

    The same shipment and label always give the same request, so that a carrier may be asked again.
    """
    order = shipment.order
    ship_to = reveal(order, "recipient", order.key)
    if ship_to is None:
        raise Rejected(ERASED, code=ERASED_CODE)
    items = shipment.items.select_related("order_item__product")
    return LabelRequest(
        reference=label.pk,
        order_number=order.external_id,
        service=shipment.service,
        ship_from=shipment.warehouse.address,
        ship_to=ship_to,
        weight_g=shipment.weight_g,
        size_mm=shipment.size_mm,
        ships_at=shipment.ships_at or label.claimed_at,
        deliver_by=order.deliver_by_at,
        label_size=LabelSize(shipment.carrier_account.label_size),
        contents=tuple(_contents(item) for item in items.order_by("order_item__position")),
        source=source_of(order),
        options=options_of(shipment.options),
        ticket=reveal(label, "ticket", order.key) or "",
    )


def source_of(order: Order) -> Source:
    """Return the order as its store's own carrier knows it."""
    return Source(
        order_id=order.external_id,
        marketplace_id=order.store.marketplace_id,
        channel="amazon" if order.store.account_id else "",
    )


def _contents(item: ShipmentItem) -> Contents:
    line = item.order_item
    return Contents(
        sku=line.sku, title=line.title, quantity=item.quantity, item_id=line.external_id
    )
