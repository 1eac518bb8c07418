"""Drawing blocks on a paper: texts, tables, barcodes, in type as large as the paper allows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from packbench.labels.customization_sheets import draw_customization
from packbench.labels.markup import Block, Cell, Choices, Figure, NewPage, Rule, Table, Text
from packbench.labels.papers import ASCENT, GREY, INK, LEADING, Paper, lines_of
from packbench.lib.barcodes import NoSymbol, code_128, qr_rows, stretches
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked
from packbench.lib.text import Line
from packbench.orders.customized import Customized

SIZES = {"h1": 18.0, "h2": 12.0, "p": 10.0, "small": 8.0, "b": 10.0}
BOLD = frozenset({"h1", "h2", "b"})
AFTER = {"h1": 4.0, "h2": 3.0, "p": 3.0, "small": 2.0, "b": 3.0}
LARGE = 1.35
GAP = 8.0  # between columns
CELL_PAD = 3.0
QR_SIDE, BAR_HEIGHT, PICTURE = 64.0, 34.0, (170.0, 56.0)
QR_QUIET, BAR_QUIET = 4, 10  # modules of white around
MODULE, LEAST_MODULE = 1.0, 0.6  # points; narrower bars are not read
MOST_CODE = 60  # characters
MOST_PAGES = 20

TOO_MANY_PAGES = marked("The papers of order %(number)s would have more than %(most)s pages.")


@dataclass(frozen=True, slots=True)
class Material:
    """What blocks refer to by name, and whose papers they are."""

    number: str
    pictures: Mapping[str, bytes]
    customized: Sequence[Customized] = ()


def draw_blocks(
    paper: Paper, blocks: Sequence[Block], material: Material, *, most_pages: int = MOST_PAGES
) -> None:
    """Draw the blocks from a new page on. Raises Rejected where they have no end."""
    paper.begin(material.number)
    last = paper.pages + most_pages
    for block in blocks:
        match block:
            case Text():
                _draw_text(paper, block)
            case Table():
                _draw_table(paper, block, material)
            case Rule():
                paper.y += 2 * paper.scale
                paper.rule()
            case Figure():
                _draw_figure(paper, block, material)
            case NewPage():
                paper.begin(material.number)
            case Choices():
                _draw_choices(paper, material)
        if paper.pages > last:
            raise Rejected(
                TOO_MANY_PAGES, code="too_many_pages", number=material.number, most=most_pages
            )


def _draw_text(paper: Paper, text: Text) -> None:
    size = _size(paper, text)
    for line in _lines(paper, text, paper.inner):
        paper.need(size * LEADING)
        _put(paper, line, text, paper.margin, paper.inner, size)
        paper.y += size * LEADING
    paper.y += AFTER[text.kind] * paper.scale


def _put(paper: Paper, line: Line, text: Text, left: float, width: float, size: float) -> None:
    room = width - line.width * size
    if "right" in text.classes or (line.is_rtl and "center" not in text.classes):
        left += room
    elif "center" in text.classes:
        left += room / 2
    color = GREY if "muted" in text.classes else INK
    paper.put(line, left, paper.y + ASCENT * size, size=size, color=color)


def _lines(paper: Paper, text: Text, width: float) -> list[Line]:
    is_bold = text.kind in BOLD or "bold" in text.classes
    return list(lines_of(text.text, width / _size(paper, text), is_bold=is_bold))


def _size(paper: Paper, text: Text) -> float:
    size = SIZES[text.kind] * paper.scale
    return size * LARGE if "large" in text.classes else size


def _draw_table(paper: Paper, table: Table, material: Material) -> None:
    is_ruled = "plain" not in table.classes
    for row in table.rows:
        if row:
            _draw_row(paper, row, _widths(paper, row, table), material)
            if is_ruled:
                paper.y += CELL_PAD * paper.scale
                paper.rule()
                paper.y -= CELL_PAD * paper.scale
    paper.y += 6 * paper.scale


def _widths(paper: Paper, row: Sequence[Cell], table: Table) -> list[float]:
    """The widths of the row's cells: as its head says, the rest in equal parts."""
    head = table.rows[0]
    said = [cell.width or _of(head, place) for place, cell in enumerate(row)]
    room = paper.inner - GAP * (len(row) - 1)
    named = [share / 100 * room for share in said]
    open_ = sum(1 for share in said if not share)
    rest = max(0.0, room - sum(named)) / open_ if open_ else 0.0
    widths = [share or rest for share in named]
    total = sum(widths)
    if total > room:
        widths = [width * room / total for width in widths]
    return [max(width, 8.0) for width in widths]


def _of(head: Sequence[Cell], place: int) -> int:
    return head[place].width if place < len(head) else 0


@dataclass(slots=True)
class _Laid:
    """A cell with its lines, each with the text that it belongs to."""

    left: float
    width: float
    lines: list[tuple[Line, Text]]
    figure: Figure | None


def _draw_row(
    paper: Paper, row: Sequence[Cell], widths: Sequence[float], material: Material
) -> None:
    """Line by line over all cells, so that a row that is longer than a page goes on overleaf."""
    laid, left = [], paper.margin
    for cell, width in zip(row, widths, strict=True):
        texts = [_as_cell(text, cell) for text in cell.texts]
        lines = [(line, text) for text in texts for line in _lines(paper, text, width)]
        laid.append(_Laid(left, width, lines, cell.figure))
        left += width + GAP
    heights = [_figure_height(paper, one.figure, one.width) for one in laid if one.figure]
    count = max((len(one.lines) for one in laid), default=0)
    steps = [_step(paper, laid, place) for place in range(count)]
    paper.need(max([sum(steps[:3]), *heights], default=0))
    top, page = paper.y, paper.pages
    for one in laid:
        if one.figure:
            _put_figure(paper, one.figure, one.left, paper.y, one.width, material)
    for place, step in enumerate(steps):
        paper.need(step)
        for one in laid:
            if place < len(one.lines):
                line, text = one.lines[place]
                _put(paper, line, text, one.left, one.width, _size(paper, text))
        paper.y += step
    if paper.pages == page:
        paper.y = max(paper.y, top + max(heights, default=0.0))


def _step(paper: Paper, laid: Sequence[_Laid], place: int) -> float:
    sizes = [_size(paper, one.lines[place][1]) for one in laid if place < len(one.lines)]
    return max(sizes) * LEADING


def _as_cell(text: Text, cell: Cell) -> Text:
    classes = text.classes | cell.classes | ({"bold"} if cell.is_head else frozenset())
    return Text(text.kind, frozenset(classes), text.text)


def _draw_figure(paper: Paper, figure: Figure, material: Material) -> None:
    height = _figure_height(paper, figure, paper.inner)
    paper.need(height)
    _put_figure(paper, figure, paper.margin, paper.y, paper.inner, material)
    paper.y += height + 4 * paper.scale


def _figure_height(paper: Paper, figure: Figure | None, width: float) -> float:
    if figure is None:
        return 0.0
    heights = {"qr": QR_SIDE, "barcode": BAR_HEIGHT, "img": PICTURE[1]}
    height = heights[figure.kind] * paper.scale
    return min(height, width) if figure.kind == "qr" else height


def _put_figure(
    paper: Paper, figure: Figure, left: float, top: float, width: float, material: Material
) -> None:
    if figure.width:
        width = width * figure.width / 100
    if figure.kind == "img":
        content = material.pictures.get(figure.text)
        if content:
            box = (min(width, PICTURE[0] * paper.scale), PICTURE[1] * paper.scale)
            paper.picture(content, left, top, box)
    elif figure.text:
        put_code(paper, figure, left, top, width)


def put_code(paper: Paper, figure: Figure, left: float, top: float, width: float) -> None:
    """Draw a QR code or a Code 128; what no scanner could read as bars becomes a QR code."""
    text = figure.text[:MOST_CODE]
    if figure.kind == "barcode":
        try:
            modules, bars = code_128(text)
        except NoSymbol:
            modules, bars = 0, ()
        module = min(MODULE, width / (modules + 2 * BAR_QUIET))
        if bars and module >= LEAST_MODULE:
            x = left + _shift(figure.classes, width - (modules + 2 * BAR_QUIET) * module)
            x += BAR_QUIET * module
            height = BAR_HEIGHT * paper.scale
            paper.bars((x + place * module, top, count * module, height) for place, count in bars)
            return
    _put_qr(paper, text, figure.classes, (left, top, width))


def _put_qr(
    paper: Paper, text: str, classes: frozenset[str], place: tuple[float, float, float]
) -> None:
    left, top, width = place
    rows = qr_rows(text)
    side = min(QR_SIDE * paper.scale, width)
    module = side / (len(rows) + QR_QUIET)
    x = left + _shift(classes, width - side) + module * QR_QUIET / 2
    y = top + module * QR_QUIET / 2
    paper.bars(
        (x + start * module, y + row * module, count * module, module)
        for row, dark in enumerate(rows)
        for start, count in stretches(dark)
    )


def _shift(classes: frozenset[str], room: float) -> float:
    if "right" in classes:
        return room
    return room / 2 if "center" in classes else 0.0


def _draw_choices(paper: Paper, material: Material) -> None:
    for customized in material.customized:
        paper.need(60)
        item = customized.item
        words = f"{item.quantity} × {item.title or item.sku}"
        paper.write(words, size=SIZES["b"] * paper.scale, is_bold=True)
        paper.y += 4
        draw_customization(paper, customized)
