"""An amount and its currency, never apart."""

from decimal import Decimal

from msgspec import Struct


class Money(Struct, frozen=True):
    """An exact amount in an ISO 4217 currency, as the store gave it (JPY has no decimals)."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


def amount(number: Decimal | None, currency: str) -> Money | None:
    """Join two columns to an amount; None where there is none."""
    return None if number is None or not currency else Money(number, currency)
