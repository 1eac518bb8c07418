"""What a parcel's labels cost, line by line: quoted, bought, adjusted, refunded."""

from typing import Any

from django.utils.translation import gettext

from packbench.shipments.models import Charge, Shipment
from packbench.web import saying


def charges_of(shipment: Shipment) -> list[dict[str, Any]]:
    """The lines of the shipment's labels, oldest first.

    A quote counts only until the label is bought, or where it differs from what was paid.
    """
    lines = []
    for label in sorted(shipment.labels.all(), key=lambda each: each.claimed_at):
        charges = sorted(label.charges.all(), key=lambda each: (each.at, each.pk))
        bought = next((each for each in charges if each.kind == Charge.Kind.BOUGHT), None)
        for each in charges:
            is_same = bought is not None and _amounts(each) == _amounts(bought)
            if each.kind == Charge.Kind.QUOTED and is_same:
                continue
            lines.append(
                {
                    "word": each.get_kind_display(),
                    "amount": saying.money(each.amount, each.currency),
                    "at": each.at,
                    "source": source_words(each.source),
                }
            )
    return lines


def source_words(source: str) -> str:
    """What brought a charge: the invoice and its row."""
    invoice, _, rest = source.rpartition(" · ")
    number, _, line = invoice.rpartition(" · ")
    if not (number and rest):
        return source
    said = gettext("invoice %(number)s, row %(line)s")
    return said % {"number": number, "line": line}


def _amounts(charge: Charge) -> tuple[object, str]:
    return (charge.amount, charge.currency)
