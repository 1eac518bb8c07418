"""Requesting: what a carrier is asked for one shipment."""

from packbench.carriers.base import Contents, LabelRequest, LabelSize
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked
from packbench.privacy.revealing import reveal
from packbench.shipments.models import Label, Shipment

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
    items = shipment.items.select_related("order_item").order_by("order_item__position")
    return LabelRequest(
        reference=label.pk,
        order_number=order.external_id,
        service=shipment.service,
        ship_from=shipment.warehouse.address,
        ship_to=ship_to,
        weight_g=shipment.weight_g,
        ships_at=label.claimed_at,
        label_size=LabelSize(shipment.carrier_account.label_size),
        contents=tuple(
            Contents(sku=item.order_item.sku, title=item.order_item.title, quantity=item.quantity)
            for item in items
        ),
    )
