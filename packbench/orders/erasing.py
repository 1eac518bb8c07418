"""Erasing: what an order holds of its buyer goes for good (SEED-77, SEED-78).

This is the part of the orders; `shipments.erasing` empties the labels in the same transaction.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from packbench.channels.models import SellerAccount
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked
from packbench.orders.customizing import empty_customizations
from packbench.orders.expiring import FINAL, Reason
from packbench.orders.indexing import forget_entries
from packbench.orders.knowing import forget_customers
from packbench.orders.models import WORK, Order, Status
from packbench.privacy.models import DataKey
from packbench.privacy.revealing import reveal
from packbench.privacy.sealing import Unreadable

AT_ONCE = 1000
FIELDS = ("custom_field1", "custom_field2", "custom_field3")
ERASED_ALREADY = marked("The buyer's data of this order was erased already.")
ERASE = """
update orders_order set recipient = null, latin_address = null, address_script = '',
    address_findings = '{}', address_stops = '{}', buyer = null, details = null,
    own_address = null, has_own_address = false, is_address_disputed = false,
    has_address = false, hold_reason = '', erased_at = %(now)s,
    problems = case when status = any(%(waiting)s) then array_prepend('erased', array_remove(
        array_remove(array_remove(array_remove(problems, 'missing_address'), 'missing_role'),
        'address_doubtful'), 'address_changed')) else problems end,
    has_problems = has_problems or status = any(%(waiting)s)
where id = any(%(ids)s)
returning id, workspace_id, store_id, external_id, key_id, erase_reason, erase_at
"""
EMPTY_NOTES = """
update orders_orderitem set notes = null where order_id = any(%s) and notes is not null
returning order_id
"""
EMPTY_ORDER_NOTES = "update orders_ordernote set text = null where order_id = any(%s)"


class Erased(NamedTuple):
    """An order whose data is gone, by which rule it was due, and how many notes went."""

    order_id: str
    workspace_id: str
    store_id: str
    number: str
    key_id: str
    rule: str
    due_at: datetime
    items: int


def erase_orders(ids: Sequence[str], *, now: datetime) -> list[Erased]:
    """Destroy the keys of these orders and empty what they sealed.

    The caller holds the locks of the orders and writes the records, in the same transaction.
    The number, the items, the city, state, postal code and country stay (SEED-84).
    """
    _empty_custom_fields(ids)
    keys = Order.objects.filter(pk__in=ids).values_list("key_id", flat=True)
    DataKey.destroy(keys, now=now)
    forget_entries(ids)
    forget_customers(ids)
    empty_customizations(ids)
    waiting = [*(status.value for status in WORK), Status.ON_HOLD.value]
    with connection.cursor() as cursor:
        cursor.execute(ERASE, {"now": now, "waiting": waiting, "ids": list(ids)})
        rows = cursor.fetchall()
        cursor.execute(EMPTY_NOTES, [list(ids)])
        items = Counter(order_id for (order_id,) in cursor.fetchall())
        cursor.execute(EMPTY_ORDER_NOTES, [list(ids)])
    return [Erased._make((*row, items[row[0]])) for row in rows]


def due_now(order: Order, *, reason: Reason, now: datetime) -> None:
    """Make the order due at once, by its reason. The caller holds its lock. Raises Rejected."""
    alive = Order.objects.filter(pk=order.pk, erased_at__isnull=True)
    if not alive.update(erase_at=now, erase_reason=reason):
        raise Rejected(ERASED_ALREADY, code="erased")


def end_account(account: SellerAccount, *, now: datetime) -> int:
    """Make all orders of a revoked account due at once, in slices; the sweep erases them.

    Safe to run again; returns how many orders became due.
    """
    count = 0
    while ended := _end_slice(account, now=now):
        count += ended
    return count


def accounts_to_end() -> list[str]:
    """The accounts that were revoked here and have orders that are not due for that reason.

    The job that made them due may be lost, and an order may have come in after it: the call that
    brought it was on its way.
    """
    kept = _kept().filter(store__account=OuterRef("pk"))
    revoked = SellerAccount.objects.filter(Exists(kept), refresh_token__isnull=True)
    return list(revoked.order_by("pk").values_list("pk", flat=True))


def _kept() -> QuerySet[Order]:
    """Orders whose buyers' data is here and that no final reason ends."""
    return Order.objects.filter(erased_at__isnull=True).exclude(erase_reason__in=FINAL)


@transaction.atomic
def _end_slice(account: SellerAccount, *, now: datetime) -> int:
    orders = _kept().filter(store__account=account)
    if account.has_token:  # connected again before the job ran: what came since then stays
        orders = orders.filter(imported_at__lte=account.authorized_at)
    ids = list(
        orders.select_for_update(of=("self",)).order_by("id").values_list("pk", flat=True)[:AT_ONCE]
    )
    return Order.objects.filter(pk__in=ids).update(erase_at=now, erase_reason=Reason.REVOKED)


def _empty_custom_fields(ids: Sequence[str]) -> None:
    """Empty the custom fields that hold the purchase order number, whatever filled them then."""
    filled = Order.objects.filter(pk__in=ids).exclude(**dict.fromkeys(FIELDS, ""))
    for order in filled.select_related("key__parent"):
        number = _purchase_order(order)
        told = [name for name in FIELDS if _tells(getattr(order, name), number)]
        if told:
            Order.objects.filter(pk=order.pk).update(**dict.fromkeys(told, ""))


def _purchase_order(order: Order) -> str | None:
    """The buyer's purchase order number; None where nobody can tell any more."""
    if order.buyer is None:
        return ""
    try:
        buyer = reveal(order, "buyer", order.key)
    except Unreadable:
        return None
    return str(buyer.purchase_order_number).strip() if buyer else None


def _tells(value: str, number: str | None) -> bool:
    if number is None:
        return bool(value)
    return bool(value and number and (number in value or value in number))
