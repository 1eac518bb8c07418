"""Knowing customers: which orders are of the same buyer, and what may be shown of that one.

A customer's record holds nothing personal: name, address and e-mail are read from the newest
order that still has them. So an order's erasure is the customer's as well, in the same moment
and in every backup (SEED-77); what other shops' orders know stays as long as these do.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection

from packbench.accounts.models import Workspace
from packbench.channels.base import Buyer, ChannelOrder
from packbench.customers.keeping import Sighting, know_customers
from packbench.customers.models import Customer
from packbench.lib.addresses import Address
from packbench.lib.relays import canonical, is_masked, is_relay
from packbench.orders.models import Order
from packbench.privacy.revealing import reveal

# Locked first, in the order of imports: what is asked next then sees what others did meanwhile.
HOLD = """
select id from customers_customer where id = any(%s) and match is not null
order by match for update
"""
FORGET = """
update customers_customer c set match = null
where c.id = any(%(held)s)
    and not exists (select 1 from orders_order o where o.customer_id = c.id
        and o.erased_at is null and not o.id = any(%(ids)s))
"""
NEWEST = """
select distinct on (o.customer_id) o.id from orders_order o
join channels_store s on s.id = o.store_id
where o.customer_id = any(%s) and o.erased_at is null and o.buyer is not null
    and (%s or s.marketplace_id = '')
order by o.customer_id, o.placed_at desc, o.id
"""


@dataclass(frozen=True, slots=True)
class Known:
    """What the newest living order of a customer says; printing it shows nothing."""

    order: Order
    buyer: Buyer
    address: Address

    @property
    def name(self) -> str:
        return self.buyer.name or self.address.name or self.address.company

    @property
    def company(self) -> str:
        return self.buyer.company or self.address.company

    @property
    def is_masked(self) -> bool:
        """Whether Amazon stands between: then it is for the order only, never for marketing."""
        return is_relay(self.buyer.email) or is_masked(self.address.phone)

    def __repr__(self) -> str:
        return f"Known({self.order.pk})"


def link_customers(
    workspace: Workspace, rows: Iterable[Order], orders: Mapping[str, ChannelOrder]
) -> None:
    """Set the customers of orders that are about to be saved; `orders` by the store's number.

    Part of the transaction that saves them. Where no address is shown, or the buyer's data was
    erased, the order stays as it is.
    """
    living = [row for row in rows if row.erased_at is None]
    emails = {row.pk: canonical(orders[row.external_id].buyer.email) for row in living}
    sightings = [Sighting(emails[row.pk], row.placed_at) for row in living if emails[row.pk]]
    ids = know_customers(workspace, sightings)
    moved = [row for row in living if ids.get(emails[row.pk], row.customer_id) != row.customer_id]
    _forget({row.customer_id for row in moved} - {None, *ids.values()}, [row.pk for row in moved])
    for row in moved:
        row.customer_id = ids[emails[row.pk]]


def forget_customers(order_ids: Sequence[str]) -> None:
    """Let nobody be known again by customers whose last living order is among these.

    Part of the transaction that erases them; the caller holds their locks.
    """
    of_these = Order.objects.filter(pk__in=order_ids, customer__isnull=False)
    _forget(of_these.values_list("customer_id", flat=True), order_ids)


def _forget(customer_ids: Iterable[str | None], without: Sequence[str]) -> None:
    """Forget those of the customers whom no order that lives shows, without these orders."""
    wanted = list(set(customer_ids))
    if not wanted:
        return
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [wanted])
        held = [pk for (pk,) in cursor.fetchall()]
        cursor.execute(FORGET, {"held": held, "ids": list(without)})


def newest_known(
    customers: Iterable[Customer], *, without_amazon: bool = False
) -> dict[str, Known]:
    """What is known of these customers, by their ids; nothing of those who were erased.

    With `without_amazon`, only what other shops know. The caller records the disclosure.
    """
    with connection.cursor() as cursor:
        wanted = [customer.pk for customer in customers]
        cursor.execute(NEWEST, [wanted, not without_amazon])
        ids = [pk for (pk,) in cursor.fetchall()]
    found = {}
    for order in Order.objects.filter(pk__in=ids).select_related("key__parent", "store"):
        buyer = reveal(order, "buyer", order.key)
        if buyer is not None and order.customer_id:
            address = reveal(order, "recipient", order.key) or Address()
            found[order.customer_id] = Known(order, buyer, address)
    return found
