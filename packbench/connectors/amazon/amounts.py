"""Amazon's amounts: each with its currency, as it was given (SEED-46). Pure."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from packbench.channels.base import Charge, Payment
from packbench.connectors.amazon import wire
from packbench.lib.money import Money

LARGEST_EXPONENT = 14
SMALLEST = Decimal("1E-10")


def read_money(amount: wire.Amount | None) -> Money | None:
    """Return the amount, or None where there is none that can be read."""
    if amount is None or amount.amount is None:
        return None
    try:
        number = Decimal(str(amount.amount))
    except InvalidOperation:
        return None
    if not number.is_finite() or number.adjusted() > LARGEST_EXPONENT:
        return None
    _, _, exponent = number.as_tuple()
    if isinstance(exponent, int) and exponent < SMALLEST.adjusted():
        number = number.quantize(SMALLEST)
    return Money(number, amount.currencyCode or "")


def read_charges(breakdowns: Iterable[wire.Breakdown] | None) -> tuple[Charge, ...]:
    """Return the parts of a price; one whose amount cannot be read is left out."""
    found = ((each, read_money(each.subtotal)) for each in breakdowns or ())
    return tuple(
        [
            Charge(
                kind=each.type or "OTHER",
                total=total,
                status=each.status or "",
                parts=_parts(each.detailedBreakdowns),
            )
            for each, total in found
            if total is not None
        ]
    )


def read_payments(payment: wire.OrderPayment | None) -> tuple[Payment, ...]:
    executions = (payment.paymentExecutions if payment else None) or ()
    return tuple(
        [
            Payment(method=each.paymentMethod or "", total=read_money(each.paymentAmount))
            for each in executions
        ]
    )


def _parts(details: Iterable[wire.DetailedBreakdown] | None) -> tuple[tuple[str, Money], ...]:
    found = ((each.subtype or "OTHER", read_money(each.value)) for each in details or ())
    return tuple([(kind, total) for kind, total in found if total is not None])
