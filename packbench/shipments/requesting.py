"""Requesting: what a carrier is asked for one shipment."""

from packbench.carriers import models as carriers
from packbench.carriers.base import Contents, LabelRequest, LabelSize, Source, TaxNumber
from packbench.carriers.models import options_of
from packbench.lib.errors import Rejected
from packbench.lib.money import amount
from packbench.lib.sentences import marked
from packbench.orders.models import Order, OrderItem
from packbench.orders.sealing import label_address
from packbench.privacy.models import opened_if_alive
from packbench.privacy.revealing import reveal
from packbench.products.weighing import weight_of
from packbench.shipments.models import Label, Shipment

ERASED_CODE = "erased"
ERASED = marked("The buyer's address was erased: no label can be made for this order any more.")


def label_request(shipment: Shipment, label: Label) -> LabelRequest:
    """Return the request under the label's reference. Raises Rejected: the address is gone.

    The same shipment and label always give the same request, so that a carrier may be asked again.
    """
    order, orders = shipment.order, shipment.orders()
    ship_to = label_address(order, label.address_script, opened_if_alive(order.key))
    if ship_to is None:
        raise gone()
    items = shipment.items.select_related("order_item__product", "order_item__order__store")
    return LabelRequest(
        reference=label.pk,
        order_number=order.external_id,
        service=shipment.service,
        ship_from=shipment.warehouse.address,
        ship_from_email=shipment.warehouse.email,
        ship_to=ship_to,
        weight_g=shipment.weight_g,
        size_mm=shipment.size_mm,
        ships_at=shipment.ships_at or label.claimed_at,
        deliver_by=min(filter(None, (each.deliver_by_at for each in orders)), default=None),
        label_size=LabelSize(shipment.carrier_account.label_size),
        contents=tuple(
            contents_of(item.order_item, item.quantity)
            for item in items.order_by("order_item__position")
        ),
        source=source_of(order),
        tax_numbers=tax_numbers_of(*orders),
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


def tax_numbers_of(*orders: Order) -> tuple[TaxNumber, ...]:
    """Return the seller's numbers, and the store's own IOSS numbers where it collected the tax."""
    rows = carriers.TaxNumber.objects.filter(workspace=orders[0].workspace_id)
    own = [
        TaxNumber(kind=row.kind, number=row.number, country=row.country)
        for row in rows.order_by("kind", "country")
    ]
    taxed = OrderItem.objects.filter(order__in=orders).exclude(ioss_number="")
    of_store = taxed.values_list("ioss_number", flat=True)
    numbers = sorted(set(of_store.order_by()))
    if not numbers:
        return tuple(own)
    others = [each for each in own if each.kind != "ioss"]  # the store paid: its number counts
    return (*others, *(TaxNumber(kind="ioss", number=number) for number in numbers))


def contents_of(line: OrderItem, quantity: int) -> Contents:
    """Return pieces of an order's line with what customs asks, as far as it is known.

    A value that a person gave counts before what the buyer paid.
    """
    product = line.product
    paid = line.unit_price
    if product is None:
        return Contents(
            sku=line.sku,
            title=line.title,
            quantity=quantity,
            item_id=line.external_id,
            unit_value=paid,
        )
    return Contents(
        sku=line.sku,
        title=line.title,
        quantity=quantity,
        item_id=line.external_id,
        weight_g=weight_of(product, uses_amazon=line.order.store.has_weights) or 0,
        unit_value=amount(product.customs_value, product.customs_currency) or paid,
        customs_description=product.customs_description,
        hs_code=product.hs_code,
        country_of_origin=product.country_of_origin,
        is_dangerous=product.is_dangerous,
    )


def gone() -> Rejected:
    """The buyer's address was erased."""
    return Rejected(ERASED, code=ERASED_CODE)
