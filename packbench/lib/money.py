"""An amount and its currency, never apart."""

from decimal import ROUND_HALF_EVEN, Decimal

from msgspec import Struct

# Decimals of a currency where they are not two (CLDR, supplemental currencyData).
DIGITS = {
    **dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI"), 0
    ),
    **dict.fromkeys(("VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}


class Money(Struct, frozen=True):
    """An exact amount in an ISO 4217 currency, as the store gave it (JPY has no decimals)."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


def amount(number: Decimal | None, currency: str) -> Money | None:
    """Join two columns to an amount; None where there is none."""
    return None if number is None or not currency else Money(number, currency)


def columns(money: Money | None) -> tuple[Decimal | None, str]:
    """Take an amount apart for the two columns: the inverse of `amount`."""
    return (money.amount, money.currency[:3]) if money else (None, "")


def digits(currency: str) -> int:
    """How many decimals amounts of the currency are written with."""
    return DIGITS.get(currency, 2)


def rounded(money: Money) -> Money:
    """The amount as it is paid: half cents go to the even one."""
    step = Decimal(1).scaleb(-digits(money.currency))
    return Money(money.amount.quantize(step, ROUND_HALF_EVEN), money.currency)
