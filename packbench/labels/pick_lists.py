"""Pick lists: what to fetch from the shelves, without anything of buyers.

By SKU: every product once, as one walks past the bins. By order: what belongs together. By wave:
so many orders at once, each in a tote of its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from packbench.labels.drawing import Material, draw_blocks
from packbench.labels.markup import Block, Cell, Figure, Table, Text
from packbench.labels.slip_values import Packed
from packbench.labels.slips import new_paper
from packbench.lib import fonts
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked
from packbench.shipments.models import ShipmentItem
from packbench.shipments.picking import natural

NOTHING = marked("None of these orders has anything to pick.")
MOST_PAGES = 200
NONE: frozenset[str] = frozenset()
RIGHT = frozenset({"right"})
BOLD = frozenset({"bold"})


class Shape(StrEnum):
    """How a pick list is arranged."""

    SKU = "sku"
    ORDER = "order"
    WAVE = "wave"


@dataclass(slots=True)
class Pick:
    """A product to fetch, from which bin, how many, and how many for each parcel by its place."""

    bin: str
    sku: str  # or the ASIN, in a store that goes by those (SEED-21)
    title: str
    quantity: int = 0
    parcels: dict[int, int] = field(default_factory=dict)


def draw_pick_list(
    parcels: Sequence[Packed], shape: Shape, *, paper: str, wave_size: int, now: datetime
) -> bytes:
    """Draw the list. Raises Rejected where there is nothing to pick."""
    full = [packed for packed in parcels if packed.items]
    if not full:
        raise Rejected(NOTHING, code="nothing_to_pick")
    with fonts.lock:
        sheet = new_paper(paper, gettext("Pick list"))
        for blocks in _lists(full, shape, wave_size, now):
            material = Material(gettext("Pick list"), {})
            draw_blocks(sheet, blocks, material, most_pages=MOST_PAGES)
        return sheet.finish()


def picks_of(parcels: Sequence[Packed]) -> list[Pick]:
    """What is in the parcels, product by product, as one walks past the bins."""
    found: dict[tuple[str, str], Pick] = {}
    for place, packed in enumerate(parcels):
        for item in packed.items:
            pick = found.setdefault((_bin(item), item.order_item.known_by), _pick(item))
            pick.quantity += item.quantity
            pick.parcels[place] = pick.parcels.get(place, 0) + item.quantity
    return sorted(found.values(), key=lambda pick: (not pick.bin, natural(pick.bin), pick.sku))


def _lists(
    parcels: Sequence[Packed], shape: Shape, wave_size: int, now: datetime
) -> Iterator[list[Block]]:
    match shape:
        case Shape.SKU:
            yield [*_head(parcels, now), _by_sku(picks_of(parcels))]
        case Shape.ORDER:
            yield [*_head(parcels, now), _by_order(parcels)]
        case Shape.WAVE:
            for number, start in enumerate(range(0, len(parcels), wave_size), 1):
                wave = parcels[start : start + wave_size]
                yield [*_head(wave, now, wave=number), _by_tote(wave), _totes(wave)]


def _head(parcels: Sequence[Packed], now: datetime, *, wave: int = 0) -> list[Block]:
    title = gettext("Wave %(n)s") % {"n": wave} if wave else gettext("Pick list")
    pieces = sum(item.quantity for packed in parcels for item in packed.items)
    orders = ngettext("%(n)s order", "%(n)s orders", len(parcels)) % {"n": len(parcels)}
    said = ngettext("%(n)s piece", "%(n)s pieces", pieces) % {"n": pieces}
    day = date_format(now, "DATE_FORMAT", use_l10n=True)
    return [Text("h1", NONE, title), Text("p", NONE, f"{day} · {orders} · {said}")]


def _by_sku(picks: Sequence[Pick]) -> Table:
    head = [_th(gettext("Bin"), 14), _th(gettext("Item"), 58), _th(gettext("Pieces"), 14, RIGHT),
            _th(gettext("Orders"), 14, RIGHT)]  # fmt: skip
    rows = [
        [
            _td(pick.bin or "–", 14, BOLD),
            _product(pick, 58),
            _td(str(pick.quantity), 14, BOLD | RIGHT),
            _td(str(len(pick.parcels)), 14, RIGHT),
        ]
        for pick in picks
    ]
    return Table(NONE, [head, *rows])


def _by_order(parcels: Sequence[Packed]) -> Table:
    head = [_th(gettext("Order"), 30), _th(gettext("Bin"), 14), _th(gettext("Item"), 44),
            _th(gettext("Pieces"), 12, RIGHT)]  # fmt: skip
    rows = []
    for packed in parcels:
        numbers = " ".join(order.external_id for order in packed.orders)
        for place, pick in enumerate(picks_of([packed])):
            number = _td(numbers, 30, BOLD) if place == 0 else _td("", 30)
            pieces = _td(str(pick.quantity), 12, BOLD | RIGHT)
            rows.append([number, _td(pick.bin or "–", 14), _product(pick, 44), pieces])
    return Table(NONE, [head, *rows])


def _by_tote(wave: Sequence[Packed]) -> Table:
    head = [_th(gettext("Bin"), 14), _th(gettext("Item"), 44), _th(gettext("Pieces"), 12, RIGHT),
            _th(gettext("Totes"), 30)]  # fmt: skip
    rows = []
    for pick in picks_of(wave):
        totes = " · ".join(f"{place + 1}: {count}" for place, count in pick.parcels.items())
        cells = [_td(pick.bin or "–", 14, BOLD), _product(pick, 44)]
        rows.append([*cells, _td(str(pick.quantity), 12, BOLD | RIGHT), _td(totes, 30)])
    return Table(NONE, [head, *rows])


def _totes(wave: Sequence[Packed]) -> Table:
    """Which order lies in which tote, with its number to scan."""
    head = [_th(gettext("Tote"), 14), _th(gettext("Order"), 40), _th(gettext("Pieces"), 12, RIGHT),
            _th("", 34)]  # fmt: skip
    rows = []
    for place, packed in enumerate(wave, 1):
        number = packed.order.external_id
        code = Cell(RIGHT, 34)
        code.figure = Figure("barcode", number, RIGHT)
        pieces = str(sum(item.quantity for item in packed.items))
        tote = [_td(str(place), 14, BOLD), _td(number, 40, BOLD), _td(pieces, 12, RIGHT), code]
        rows.append(tote)
    return Table(NONE, [head, *rows])


def _product(pick: Pick, width: int) -> Cell:
    cell = Cell(NONE, width)
    cell.texts = [Text("b", NONE, pick.sku or "–"), Text("small", frozenset({"muted"}), pick.title)]
    return cell


def _pick(item: ShipmentItem) -> Pick:
    return Pick(_bin(item), item.order_item.known_by, item.order_item.title[:120])


def _bin(item: ShipmentItem) -> str:
    product = item.order_item.product
    return product.storage_bin if product else ""


def _th(text: str, width: int, classes: frozenset[str] = NONE) -> Cell:
    cell = _td(text, width, classes)
    cell.is_head = True
    return cell


def _td(text: str, width: int, classes: frozenset[str] = NONE) -> Cell:
    cell = Cell(classes, width)
    cell.texts = [Text("p", NONE, text)] if text else []
    return cell
