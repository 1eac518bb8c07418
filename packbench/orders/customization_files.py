"""Customizations by file: what buyers chose, as a table or as JSON, without a paid partner.

The files hold personal data: whoever takes one is on the record (SEED-52, SEED-78).
"""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from packbench.channels.customizations import Choice
from packbench.lib.cells import harmless
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked
from packbench.orders.customized import FIELD, Customized, open_customizations
from packbench.orders.models import Order
from packbench.privacy.revealing import record_disclosure

MOST_ORDERS = 1000
CONTAINS = (
    "Personal data: what Amazon's buyers wrote and chose for customized items. Delete this file "
    "when it is no longer needed."
)
COLUMNS = (
    "order_number",
    "order_item_id",
    "sku",
    "asin",
    "title",
    "quantity",
    "state",
    "surface",
    "kind",
    "label",
    "text",
    "font",
    "color",
    "color_name",
    "price",
)

NOTHING = marked("None of these orders has a customized item.")
TOO_MANY = marked("A file holds at most %(most)s orders. Choose fewer.")


@dataclass(frozen=True, slots=True)
class CustomizationFile:
    """A file that holds what buyers wrote, and what kind it is."""

    content: bytes
    name: str
    type: str

    def __repr__(self) -> str:
        return f"CustomizationFile({self.name})"


def write_customizations(
    orders: Sequence[Order], *, format: str, actor: str, now: datetime
) -> CustomizationFile:
    """Write what was chosen as "json" or "csv", and note who took it. Raises Rejected."""
    if len(orders) > MOST_ORDERS:
        raise Rejected(TOO_MANY, code="too_many_orders", most=MOST_ORDERS)
    customized = open_customizations(orders)
    if not customized:
        raise Rejected(NOTHING, code="nothing_customized")
    seen = sorted({each.item.order_id for each in customized if each.details is not None})
    workspace_id = customized[0].order.workspace_id
    record_disclosure(workspace_id, seen, [FIELD], actor=actor, reason="export", now=now)
    name = f"customizations-personal-data-{now:%Y-%m-%d-%H%M}.{format}"
    if format == "json":
        return CustomizationFile(_json(customized, now=now), name, "application/json")
    return CustomizationFile(_csv(customized), name, "text/csv; charset=utf-8")


def _csv(customized: Sequence[Customized]) -> bytes:
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for each in customized:
        writer.writerows([*map(_cell, _facts(each)), *map(_cell, row)] for row in _rows(each))
    return table.getvalue().encode("utf-8-sig")


def _facts(each: Customized) -> tuple[object, ...]:
    item = each.item
    state = each.row.state if each.row else "none"
    return (each.order.external_id, item.external_id, item.sku, item.asin, item.title,
            item.quantity, state)  # fmt: skip


def _rows(each: Customized) -> Iterator[tuple[object, ...]]:
    """One line a choice; one without any where nothing is known."""
    surfaces = each.details.surfaces if each.details else ()
    lines = [(surface.name, choice) for surface in surfaces for choice in surface.choices]
    for name, choice in lines:
        yield (name, choice.kind.value, choice.label, choice.text, choice.font, choice.color,
               choice.color_name, choice.price)  # fmt: skip
    if not lines:
        yield ("",) * (len(COLUMNS) - 7)


def _cell(value: object) -> object:
    return harmless(value) if isinstance(value, str) else value


def _json(customized: Sequence[Customized], *, now: datetime) -> bytes:
    body = {
        "contains": CONTAINS,
        "written_at": now.isoformat(),
        "items": [_item(each) for each in customized],
    }
    return json.dumps(body, ensure_ascii=False, indent=1).encode()


def _item(each: Customized) -> dict[str, Any]:
    facts = dict(zip(COLUMNS, _facts(each), strict=False))
    if each.details is None:
        return {**facts, "surfaces": []}
    return {
        **facts,
        "is_cut": each.details.is_cut,
        "pictures": len(each.pictures),
        "surfaces": [
            {"name": surface.name, "choices": [_choice(choice) for choice in surface.choices]}
            for surface in each.details.surfaces
        ],
    }


def _choice(choice: Choice) -> dict[str, str]:
    facts = {
        "kind": choice.kind.value,
        "label": choice.label,
        "text": choice.text,
        "font": choice.font,
        "color": choice.color,
        "color_name": choice.color_name,
        "price": choice.price,
    }
    return {name: value for name, value in facts.items() if value}
