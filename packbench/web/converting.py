"""Amounts in the currency that the workspace likes to see too, beside the true ones (SEED-47).

The rate is that of the day, at the store's marketplace, on which the order was placed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext

from packbench.accounts.models import Workspace
from packbench.currencies.converting import Converted, Wanted, convert_all
from packbench.currencies.keeping import display_currency
from packbench.lib.money import Money, rounded
from packbench.orders.models import Order
from packbench.web import saying


@dataclass(slots=True)
class Totals:
    """Sums by currency, and all of them in the one that people like to see.

    `without` counts the orders that no rate is known for: they are missing in `converted`.
    """

    sums: dict[str, Decimal] = field(default_factory=dict)
    converted: Money | None = None
    without: int = 0

    @property
    def lines(self) -> list[str]:
        """The true sums, in words."""
        return [saying.money(amount, code) for code, amount in sorted(self.sums.items())]

    @property
    def converted_words(self) -> str:
        return (
            saying.money(self.converted.amount, self.converted.currency) if self.converted else ""
        )


def converted_orders(workspace: Workspace, orders: Iterable[Order]) -> dict[str, Converted]:
    """The totals of orders in the other currency, by their ids, in at most four queries.

    Without those that are in it already, that have no total, or that no rate is known for.
    """
    target = display_currency(workspace)
    if not target:
        return {}
    wanted = _wanted(workspace, orders)
    found = convert_all(workspace, target, wanted.values())
    return {
        order_id: found[each]
        for order_id, each in wanted.items()
        if each in found and found[each].rate_on is not None
    }


def converted_words(each: Converted) -> str:
    return f"≈ {saying.money(each.money.amount, each.money.currency)}"


def rate_words(each: Converted) -> str:
    if each.rate_on is None:
        return ""
    return gettext("Rate of %(day)s") % {"day": date_format(each.rate_on, "j M Y", use_l10n=True)}


def totals_of(workspace: Workspace, orders: Iterable[Order]) -> Totals:
    """Sum the orders: each currency by itself, and together by the rates of their days."""
    rows = list(orders)
    totals = Totals()
    for row in rows:
        if row.total:
            code = row.total.currency
            totals.sums[code] = totals.sums.get(code, Decimal()) + row.total.amount
    target = display_currency(workspace)
    if not target or set(totals.sums) <= {target}:
        return totals
    wanted = _wanted(workspace, rows)
    found = convert_all(workspace, target, wanted.values())
    exact = [found[each].exact.amount for each in wanted.values() if each in found]
    totals.without = len(wanted) - len(exact)
    if exact:
        totals.converted = rounded(Money(sum(exact, Decimal()), target))
    return totals


def _wanted(workspace: Workspace, orders: Iterable[Order]) -> dict[str, Wanted]:
    rows = [row for row in orders if row.total]
    zones: Mapping[str, str] = dict(workspace.stores.values_list("pk", "time_zone"))
    return {row.pk: Wanted(row.total, _day(row, zones[row.store_id])) for row in rows if row.total}


def _day(order: Order, time_zone: str) -> date:
    return order.placed_at.astimezone(ZoneInfo(time_zone)).date()
