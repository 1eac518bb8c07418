"""Scanning: what a scanned piece is, and whether it belongs in the parcel."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction

from packbench.accounts.models import Workspace
from packbench.lib.gtin import read_gtin
from packbench.lib.sentences import Sentence, marked
from packbench.packing.models import PackedLine, Packing
from packbench.products.models import Alias
from packbench.products.naming import find_by_barcode

LONGEST_SERIAL, LONGEST_CODE = 100, 200

COUNTED = marked("%(name)s: %(packed)s of %(expected)s")
SCAN_SERIAL = marked("%(name)s: now scan its serial number.")
SCAN_CODE = marked("%(name)s: now scan its Transparency code.")
WRONG = marked("%(name)s is not in this parcel. Put it back.")
UNKNOWN = marked(
    "“%(given)s” is no item of this parcel. Put it back, or scan another barcode of it."
)
SURPLUS = marked("Only %(expected)s of %(name)s go in this parcel. Put this one back.")
NOT_A_SERIAL = marked("That is the barcode of %(name)s, not a number of the piece. Scan the other.")
TWICE = marked("“%(given)s” was scanned already. Every piece has a number of its own.")


class Result(StrEnum):
    """What a scan did, for the sound and the colour."""

    RIGHT = "right"
    WANTED = "wanted"  # counted; its own number is scanned next
    DONE = "done"  # everything is in
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Scanned:
    """What the bench says to a scan; `line` is the one that it was about."""

    result: Result
    sentence: Sentence
    line_id: int | None = None


@transaction.atomic
def scan_piece(packing: Packing, given: str) -> Scanned:
    """Count the scanned piece, or take its serial number or Transparency code where one is due.

    A piece is known by SKU, ASIN, or any EAN, UPC or alias of its product. What does not belong
    in the parcel changes nothing.
    """
    Packing.objects.select_for_update().get(pk=packing.pk)
    lines = lines_of(packing)
    given = given.replace("\0", "").strip()
    named = [line for line in lines if _key(given) in _names(packing.workspace, line)]
    waiting = next((line for line in lines if line.lacks_serial or line.lacks_transparency), None)
    if waiting is not None:
        return _take_number(lines, waiting, given, is_product=bool(named))
    if not named:
        return _unknown(packing.workspace, given)
    line = next((each for each in named if each.packed < each.expected), None)
    if line is None:
        values = {"name": name_of(named[0]), "expected": str(sum(each.expected for each in named))}
        return Scanned(Result.WRONG, Sentence(SURPLUS, values), named[0].pk)
    line.packed += 1
    line.save(update_fields=["packed"])
    return _after(lines, line)


def lines_of(packing: Packing) -> list[PackedLine]:
    """What belongs in the parcel, bin by bin, with the products."""
    rows = packing.lines.select_related("order_item__product", "order_item__order__store")
    return sorted(rows, key=lambda row: (_bin(row), row.order_item.position, row.pk))


def name_of(line: PackedLine) -> str:
    return line.order_item.sku or line.order_item.title or line.order_item.external_id


def _bin(line: PackedLine) -> str:
    return line.order_item.product.storage_bin if line.order_item.product else ""


def _take_number(
    lines: Sequence[PackedLine], line: PackedLine, given: str, *, is_product: bool
) -> Scanned:
    if is_product or not given:
        return Scanned(Result.WRONG, Sentence(NOT_A_SERIAL, {"name": name_of(line)}), line.pk)
    field = "serial_numbers" if line.lacks_serial else "transparency_codes"
    value = given[: LONGEST_SERIAL if line.lacks_serial else LONGEST_CODE]
    if any(value in getattr(each, field) for each in lines):
        return Scanned(Result.WRONG, Sentence(TWICE, {"given": value}), line.pk)
    getattr(line, field).append(value)
    line.save(update_fields=[field])
    return _after(lines, line)


def _after(lines: Iterable[PackedLine], line: PackedLine) -> Scanned:
    name = {"name": name_of(line)}
    if line.lacks_serial:
        return Scanned(Result.WANTED, Sentence(SCAN_SERIAL, name), line.pk)
    if line.lacks_transparency:
        return Scanned(Result.WANTED, Sentence(SCAN_CODE, name), line.pk)
    counts = {"packed": str(line.packed), "expected": str(line.expected)}
    result = Result.DONE if all(each.is_complete for each in lines) else Result.RIGHT
    return Scanned(result, Sentence(COUNTED, name | counts), line.pk)


def _unknown(workspace: Workspace, given: str) -> Scanned:
    product = find_by_barcode(workspace, given) or workspace.products.filter(sku=given).first()
    if product:
        return Scanned(Result.WRONG, Sentence(WRONG, {"name": product.sku}))
    return Scanned(Result.WRONG, Sentence(UNKNOWN, {"given": given[:40]}))


def _names(workspace: Workspace, line: PackedLine) -> set[str]:
    """All that may be scanned for a piece of the line."""
    item, product = line.order_item, line.order_item.product
    names = {item.sku, item.asin}
    if product:
        names |= {product.sku, product.asin}
        aliases = workspace.product_aliases.filter(product=product).values_list(
            "kind", "value", "store"
        )
        names |= {
            value
            for kind, value, store in aliases
            if kind == Alias.Kind.BARCODE or store in (None, item.order.store_id)
        }
    return {_key(name) for name in names if name}


def _key(text: str) -> str:
    """The text as it is compared: a barcode by its 14 digits, the rest in capitals."""
    return read_gtin(text) or text.upper()
