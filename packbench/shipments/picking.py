"""Picking: the order in which labels are printed, so that they lie as the goods are picked."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from packbench.shipments.models import Shipment, ShipmentItem

NUMBERS = re.compile(r"(\d+)")


class PrintOrder(TextChoices):
    """How the labels of a batch follow each other."""

    PICKED = "picked", _("As picked: service, one line first, bin, SKU")
    SKU = "sku", _("By SKU")
    DUE = "due", _("By ship-by")
    ASKED = "asked", _("As asked for")


@dataclass(frozen=True, slots=True)
class Line:
    """What is picked for a parcel from one place."""

    bin: str
    sku: str
    quantity: int

    @property
    def place(self) -> tuple[Any, ...]:
        """Where it lies on the way through the shelves; what has no bin comes last."""
        return (not self.bin, natural(self.bin), natural(self.sku), self.quantity)


def in_print_order(
    shipments: Iterable[Shipment], by: str = PrintOrder.PICKED.value
) -> list[Shipment]:
    """Return the shipments in the order in which they are printed and packed.

    As picked: each service by itself; in it the parcels with one line, bin by bin, so that the
    same products follow each other, then those with several. Slips and pick lists that go with
    the labels follow the same order.
    """
    rows = list(shipments)
    lines = lines_of(rows)
    keys: dict[str, Callable[[Shipment], tuple[Any, ...]]] = {
        PrintOrder.PICKED: lambda row: _as_picked(row, lines[row.pk]),
        PrintOrder.SKU: lambda row: (natural(_first(lines[row.pk]).sku), _due(row)),
        PrintOrder.DUE: lambda row: (_due(row),),
        PrintOrder.ASKED: lambda row: (),
    }
    key = keys.get(by, keys[PrintOrder.PICKED])
    return sorted(rows, key=lambda row: (*key(row), row.created_at, row.pk))


def lines_of(shipments: Iterable[Shipment]) -> dict[str, list[Line]]:
    """What is in each of them, by id, as one walks along the shelves."""
    items = ShipmentItem.objects.filter(shipment__in=[row.pk for row in shipments]).values_list(
        "shipment", "order_item__product__storage_bin", "order_item__sku", "quantity"
    )
    found: dict[str, list[Line]] = defaultdict(list)
    for pk, bin, sku, quantity in items:
        found[pk].append(Line(bin or "", sku, quantity))
    for lines in found.values():
        lines.sort(key=lambda line: line.place)
    return found


def natural(text: str) -> tuple[Any, ...]:
    """A key that puts A2 before A10."""
    parts = NUMBERS.split(text.casefold())
    return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in parts)


def _as_picked(row: Shipment, lines: list[Line]) -> tuple[Any, ...]:
    service = (natural(row.service_name or row.service), row.carrier_account_id)
    return (service, len(lines) > 1, _first(lines).place, len(lines), _due(row))


def _first(lines: list[Line]) -> Line:
    return lines[0] if lines else Line("", "", 0)


def _due(row: Shipment) -> Any:
    return row.ship_by_at or row.order.due_at
