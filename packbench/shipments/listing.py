"""Listing: what a list shows of many orders, with their items and parcels, in one query."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from packbench.accounts.models import Workspace
from packbench.orders.models import Order
from packbench.privacy.models import DataKey
from packbench.privacy.sealing import Sealed

# The columns that lists need; the others stay unread.
NEEDED = (
    "id",
    "workspace_id",
    "store_id",
    "external_id",
    "seller_order_id",
    "status",
    "remote_status",
    "placed_at",
    "imported_at",
    "ship_by_at",
    "deliver_by_at",
    "due_at",
    "rest_by_at",
    "service_level",
    "programs",
    "replaces",
    "total_amount",
    "total_currency",
    "quantity",
    "weight_g",
    "is_gift",
    "is_customized",
    "problems",
    "hold_reason",
    "held_until",
    "tags",
    "assignee_id",
    "note_count",
    "payment_methods",
    "charges",
    "has_own_address",
    "is_amazon_fulfilled",
    "ship_to_city",
    "ship_to_state",
    "ship_to_postal_code",
    "ship_to_country",
    "key_id",
    "custom_field1",
    "custom_field2",
    "custom_field3",
    "erased_at",
)
# In the order of the model, as its rows are made of them.
COLUMNS = [each.column for each in Order._meta.concrete_fields if each.column in NEEDED]
LIST = f"""
select {", ".join(f"o.{column}" for column in COLUMNS)}, o.recipient,
    o.own_address, case when %s then o.buyer end, {DataKey.LISTED},
    (select coalesce(json_agg(json_build_array(i.title, i.sku, i.quantity, p.id, p.image_version,
            p.storage_bin, p.weight_g, p.amazon_weight_g)
        order by i.position, i.id), '[]')
        from orders_orderitem i left join products_product p on p.id = i.product_id
        where i.order_id = o.id),
    (select coalesce(json_agg(json_build_array(s.status, s.problem, n.status, n.problem,
            coalesce(n.awaits_scan, false))
        order by s.created_at, s.id), '[]')
        from shipments_shipment s
            left join shipments_notice n on n.shipment_id = s.id and n.order_id = o.id
        where s.status <> 'voided' and s.id in (
            select own.id from shipments_shipment own where own.order_id = o.id
            union select c.shipment_id from shipments_companion c where c.order_id = o.id))
from orders_order o {DataKey.LISTED_FROM}
where o.workspace_id = %s and o.id = any(%s)
"""  # noqa: S608 - put together from constants
RECIPIENT: Any = Order._meta.get_field("recipient")
OWN: Any = Order._meta.get_field("own_address")
BUYER: Any = Order._meta.get_field("buyer")


@dataclass(frozen=True, slots=True)
class Listed:
    """An order of a list: only COLUMNS, where it goes and, where asked for, the buyer are loaded.

    `items` are (title, SKU, quantity, product's id, version of its picture, storage bin, grams
    entered here, grams at Amazon), `parcels` (status, problem, notice's status and problem,
    whether it awaits the first scan) of the shipments that are not voided.
    """

    order: Order
    items: list[tuple[Any, ...]]
    parcels: list[tuple[Any, ...]]


def list_orders(
    workspace: Workspace, ids: Sequence[str], *, with_buyers: bool = False
) -> dict[str, Listed]:
    """Return the workspace's orders among these ids."""
    with connection.cursor() as cursor:
        cursor.execute(LIST, [with_buyers, workspace.pk, list(ids)])
        return {listed.order.pk: listed for listed in _read(cursor.fetchall(), workspace)}


def _read(rows: Sequence[tuple[Any, ...]], workspace: Workspace) -> Iterator[Listed]:
    for row in rows:
        *columns, recipient, own, buyer, destroyed_at, parent_id, items, parcels = row
        order = Order.from_db("default", COLUMNS, columns)
        order.charges = json.loads(order.charges)  # as the driver leaves it
        order.key = DataKey.listed(order.key_id, (destroyed_at, parent_id), workspace.key)
        order.recipient = recipient and Sealed(bytes(recipient), RECIPIENT.place, RECIPIENT.kind)
        order.own_address = own and Sealed(bytes(own), OWN.place, OWN.kind)
        order.buyer = buyer and Sealed(bytes(buyer), BUYER.place, BUYER.kind)
        yield Listed(order, [tuple(item) for item in items], [tuple(line) for line in parcels])
