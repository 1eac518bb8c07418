"""Comparing: offers in several currencies, by the rates that the seller brought, else apart."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from packbench.accounts.models import Workspace
from packbench.carriers.base import Rate
from packbench.carriers.models import CarrierAccount
from packbench.currencies.converting import Wanted, convert_all


@dataclass(frozen=True, slots=True)
class Offer:
    """A rate of one account; `is_in_time` is None where nobody promised anything.

    `price` is what it costs in the currency that most offers are in: None where its price is
    not known, or no exchange rate leads there. It is for comparing only: what is paid is the
    rate's own cost.
    """

    account: CarrierAccount
    rate: Rate
    is_in_time: bool | None
    price: Decimal | None = None


def main_currency(rates: Sequence[Rate]) -> str:
    """The currency that most of the rates are in; empty where none has a price."""
    counts = Counter(rate.cost.currency for rate in rates if rate.cost)
    return min(counts, key=lambda code: (-counts[code], code), default="")


def prices_of(rates: Sequence[Rate], workspace: Workspace, day: date) -> list[Decimal | None]:
    """Return what each rate costs in their main currency, by the seller's own exchange rates.

    None where its price is not known, or no exchange rate leads there.
    """
    wanted = [Wanted(rate.cost, day) for rate in rates if rate.cost]
    found = convert_all(workspace, main_currency(rates), wanted)
    exact = {each: done.exact.amount for each, done in found.items()}
    return [exact.get(Wanted(rate.cost, day)) if rate.cost else None for rate in rates]
