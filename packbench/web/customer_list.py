"""What the pages of customers show. Who bought is revealed to those who may see, on the record."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, OuterRef, Sum

from packbench.accounts.models import Member, Workspace
from packbench.customers.models import Customer
from packbench.lib.relays import is_masked, is_relay
from packbench.orders.knowing import Known, newest_known
from packbench.orders.models import Order
from packbench.privacy.redacting import redacted
from packbench.privacy.revealing import record_disclosure
from packbench.web import saying
from packbench.web.converting import totals_of

PAGE = 50
MOST_ORDERS = 200  # on one customer's page
NAME, ALL = ("recipient.name",), ("recipient", "buyer")


@dataclass(frozen=True, slots=True)
class Line:
    """A customer of the list. `name` is empty for those who may not see it."""

    customer: Customer
    name: str
    is_redacted: bool
    place: str
    country: str
    orders: int
    sums: list[str]
    stores: str


def customers_context(
    workspace: Workspace, member: Member, after: str, *, now: datetime
) -> dict[str, Any]:
    """One page of customers, those who bought last first."""
    rows = workspace.customers.filter(Exists(Order.objects.filter(customer=OuterRef("pk"))))
    found = list(_beyond(rows, after).order_by("-last_order_at", "id")[: PAGE + 1])
    shown = found[:PAGE]
    return {
        "lines": _lines(workspace, member, shown, now=now),
        "redacted": redacted(),
        "more": _key(shown[-1]) if len(found) > PAGE else "",
    }


def customer_context(customer: Customer, member: Member, *, now: datetime) -> dict[str, Any]:
    """One customer with their orders, and what is known of them."""
    workspace = customer.workspace
    orders = workspace.orders.filter(customer=customer).select_related("store")
    latest = list(orders.order_by("-placed_at", "id")[:MOST_ORDERS])
    known = newest_known([customer]).get(customer.pk)
    if known and member.can_see_buyers:
        _disclose(workspace, [known], ALL, member, now=now)
    return {
        "customer": customer,
        "known": known if member.can_see_buyers else None,
        "is_redacted": known is None,
        "redacted": redacted(),
        "has_relay": bool(known and is_relay(known.buyer.email)),
        "has_masked_phone": bool(known and is_masked(known.address.phone)),
        "orders": latest,
        "count": orders.count(),
        "totals": totals_of(workspace, latest),
        "stores": sorted({order.store.name for order in latest}),
        "place": saying.place(*_place(latest)) if latest else "",
        "country": latest[0].ship_to_country if latest else "",
    }


def _lines(
    workspace: Workspace, member: Member, shown: Sequence[Customer], *, now: datetime
) -> list[Line]:
    known = newest_known(shown)
    if member.can_see_buyers:
        _disclose(workspace, known.values(), NAME, member, now=now)
    counts, sums, last, stores = _figures(workspace, shown)
    return [
        Line(
            customer=row,
            name=known[row.pk].name if row.pk in known and member.can_see_buyers else "",
            is_redacted=row.pk not in known,
            place=last[row.pk].ship_to_city if row.pk in last else "",
            country=last[row.pk].ship_to_country if row.pk in last else "",
            orders=counts.get(row.pk, 0),
            sums=[saying.money(amount, code) for code, amount in sorted(sums.get(row.pk, []))],
            stores=", ".join(sorted(stores.get(row.pk, ()))),
        )
        for row in shown
    ]


def _figures(workspace: Workspace, shown: Sequence[Customer]) -> tuple[Any, Any, Any, Any]:
    """Counts, sums by currency, the latest order and the stores of these customers."""
    orders = workspace.orders.filter(customer__in=shown)
    groups = orders.values_list("customer_id", "total_currency", "store__name").order_by()
    counts: dict[str, int] = {}
    sums: dict[str, dict[str, Decimal]] = {}
    stores: dict[str, set[str]] = {}
    for pk, code, store, count, amount in groups.annotate(n=Count("id"), sum=Sum("total_amount")):
        counts[pk] = counts.get(pk, 0) + count
        stores.setdefault(pk, set()).add(store)
        if code and amount is not None:
            by_code = sums.setdefault(pk, {})
            by_code[code] = by_code.get(code, Decimal()) + amount
    newest = orders.order_by("customer_id", "-placed_at", "id").distinct("customer_id")
    last = {order.customer_id: order for order in newest}
    return counts, {pk: list(each.items()) for pk, each in sums.items()}, last, stores


def _disclose(
    workspace: Workspace,
    known: Iterable[Known],
    fields: Sequence[str],
    member: Member,
    *,
    now: datetime,
) -> None:
    record_disclosure(
        workspace.pk,
        [each.order.pk for each in known],
        fields,
        actor=member.person_id,
        reason="customers",
        now=now,
    )


def _place(orders: Sequence[Order]) -> tuple[str, str, str, str]:
    last = orders[0]
    return last.ship_to_city, last.ship_to_state, last.ship_to_postal_code, last.ship_to_country


def _key(customer: Customer) -> str:
    micros = (customer.last_order_at - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1)
    return f"{micros}-{customer.pk}"


def _beyond(rows: Any, after: str) -> Any:
    micros, _, pk = after.replace("\0", "").partition("-")
    try:
        at = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=int(micros))
    except (ValueError, OverflowError):
        return rows
    earlier = rows.filter(last_order_at__lte=at)
    return earlier.exclude(last_order_at=at, pk__lte=pk)
