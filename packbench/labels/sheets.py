"""Sheets: labels on the paper that lies in the printer, one or several to a sheet.

A label is never made larger, and smaller only where it would not fit; where it lies better on its
side, it is turned. What is larger than any label has a page of its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import NamedTuple

import pypdfium2
import pypdfium2.raw as pdfium_c

from packbench.labels.merging import NOTHING, CannotMerge, actual_size, opened
from packbench.lib import pdfium

POINTS_PER_MM = 72 / 25.4
TOLERANCE = 0.75  # points: carriers round the size of their paper
LARGEST_LABEL = (120.0, 180.0)  # mm: whatever is larger is a page, not a label
DRAWN_TOGETHER = 10  # sheets: PDFium draws a page the slower the more its document holds


class Sheet(NamedTuple):
    """A paper, lengths in mm, and how many labels go beside and below each other on it."""

    code: str
    width_mm: float
    height_mm: float
    columns: int = 1
    rows: int = 1

    @property
    def places(self) -> int:
        return self.columns * self.rows

    @property
    def size(self) -> tuple[float, float]:
        """In points."""
        return self.width_mm * POINTS_PER_MM, self.height_mm * POINTS_PER_MM


SHEETS = {
    sheet.code: sheet
    for sheet in (
        Sheet("4x6in", 101.6, 152.4),
        Sheet("a6", 105.0, 148.0),
        Sheet("a4_1", 210.0, 297.0),
        Sheet("a4_2", 210.0, 297.0, 1, 2),
        Sheet("a4_4", 210.0, 297.0, 2, 2),
        Sheet("letter_1", 215.9, 279.4),
        Sheet("letter_2", 215.9, 279.4, 1, 2),
        Sheet("letter_4", 215.9, 279.4, 2, 2),
    )
}


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page of a document: which document, which of its pages, both counted from 0."""

    document: int
    page: int


def page_sizes(documents: Sequence[bytes]) -> list[list[tuple[float, float]]]:
    """The sizes of all pages in points, as they are seen. Raises CannotMerge."""
    with pdfium.lock:
        return [_sizes(content, place, len(documents)) for place, content in enumerate(documents)]


def is_label(size: tuple[float, float]) -> bool:
    """Whether a page is no larger than labels are."""
    short, long = sorted(size)
    return short <= LARGEST_LABEL[0] * POINTS_PER_MM and long <= LARGEST_LABEL[1] * POINTS_PER_MM


def compose(
    documents: Sequence[bytes], leaves: Sequence[Leaf], sheet: Sheet | None, *, start: int = 0
) -> bytes:
    """Return these pages in this order, labels on the sheet, beginning at place `start` of it.

    Without a sheet every page keeps its own size. Raises CannotMerge naming a broken document.
    """
    if not leaves:
        raise CannotMerge(NOTHING, index=None)
    with pdfium.lock:
        composer = _Composer(documents, sheet, start)
        try:
            for leaf in leaves:
                composer.put(leaf)
            return composer.finish()
        finally:
            composer.close()


class _Composer:
    """A document that grows; PDFium is held meanwhile.

    Sheets are pages of documents made here, and come in like those that stay as they are.
    """

    def __init__(self, documents: Sequence[bytes], sheet: Sheet | None, start: int) -> None:
        self.sources = documents
        self.open: dict[int, pypdfium2.PdfDocument] = {}
        self.sheet = sheet
        self.target = pypdfium2.PdfDocument.new()
        self.order: list[Leaf] = []
        self.sheets: list[pypdfium2.PdfPage] = []
        self.next = start % sheet.places if sheet else 0
        self.is_begun = False

    def put(self, leaf: Leaf) -> None:
        size = self._page(leaf).get_size() if self.sheet else (0.0, 0.0)
        if self.sheet is None or not is_label(size):
            self.order.append(leaf)
            self.is_begun, self.next = False, 0 if self.is_begun else self.next
            return
        if not self.is_begun or self.next == self.sheet.places:
            self._begin_sheet(self.sheet)
        self._place(leaf, size, self.next)
        self.next += 1

    def finish(self) -> bytes:
        for page in self.sheets:
            page.gen_content()
        self._import_pages()
        paper = BytesIO()
        self.target.save(paper)
        return actual_size(paper.getvalue())

    def close(self) -> None:
        self.target.close()
        for document in self.open.values():
            document.close()

    def _page(self, leaf: Leaf) -> pypdfium2.PdfPage:
        return self._document(leaf.document)[leaf.page]

    def _document(self, place: int) -> pypdfium2.PdfDocument:
        if place not in self.open:
            self.open[place] = opened(self.sources[place], place, len(self.sources))
        return self.open[place]

    def _begin_sheet(self, sheet: Sheet) -> None:
        self.next = 0 if self.is_begun else self.next % sheet.places
        self.is_begun = True
        batch, page = divmod(len(self.sheets), DRAWN_TOGETHER)
        place = len(self.sources) + batch
        if page == 0:
            self.open[place] = pypdfium2.PdfDocument.new()
        self.sheets.append(self.open[place].new_page(*sheet.size))
        self.order.append(Leaf(place, page))

    def _place(self, leaf: Leaf, size: tuple[float, float], place: int) -> None:
        assert self.sheet is not None  # noqa: S101
        column, row = place % self.sheet.columns, place // self.sheet.columns
        width, height = self.sheet.size
        cell = (width / self.sheet.columns, height / self.sheet.rows)
        left, bottom = column * cell[0], height - (row + 1) * cell[1]
        # PDFium's form stands as the page is seen, its lower left corner at the origin.
        matrix, shown = _fitted(size, cell)
        matrix = matrix.translate(
            left + (cell[0] - shown[0]) / 2, bottom + (cell[1] - shown[1]) / 2
        )
        drawn = self._document(self.order[-1].document)
        form = self._document(leaf.document).page_as_xobject(leaf.page, drawn)
        picture = form.as_pageobject()
        picture.set_matrix(matrix)
        self.sheets[-1].insert_obj(picture)
        form.close()

    def _import_pages(self) -> None:
        """Bring each document's pages in at once, then sort all.

        Page by page PDFium would copy the fonts of a document anew for each.
        """
        wanted: dict[int, list[int]] = {}
        for leaf in self.order:
            wanted.setdefault(leaf.document, []).append(leaf.page)
        places: dict[Leaf, int] = {}
        for document, pages in wanted.items():
            begin = len(self.target)
            self.target.import_pages(self._document(document), pages)
            places |= {Leaf(document, page): begin + n for n, page in enumerate(pages)}
        order = [places[each] for each in self.order]
        if order != sorted(order):
            _sort(self.target, order)


def _sizes(content: bytes, place: int, count: int) -> list[tuple[float, float]]:
    document = opened(content, place, count)
    try:
        return [page.get_size() for page in document]
    finally:
        document.close()


def _fitted(
    size: tuple[float, float], cell: tuple[float, float]
) -> tuple[pypdfium2.PdfMatrix, tuple[float, float]]:
    """Turn the page where it fits better on its side, and shrink it where it does not fit."""
    matrix, (width, height) = pypdfium2.PdfMatrix(), size
    upright = _scale(width, height, cell)
    lying = _scale(height, width, cell)
    if lying > upright:
        matrix, (width, height) = matrix.rotate(90).translate(0, width), (height, width)
    scale = max(upright, lying)
    if scale < 1:
        matrix = matrix.scale(scale, scale)
    return matrix, (width * scale, height * scale)


def _scale(width: float, height: float, cell: tuple[float, float]) -> float:
    return min(1.0, (cell[0] + TOLERANCE) / width, (cell[1] + TOLERANCE) / height)


def _sort(document: pypdfium2.PdfDocument, order: Sequence[int]) -> None:
    indices = (pdfium_c.c_int * len(order))(*order)
    if not pdfium_c.FPDF_MovePages(document.raw, indices, len(order), 0):
        raise CannotMerge(NOTHING, index=None)


def leaves_of(sizes: Sequence[Sequence[object]]) -> Iterator[Leaf]:
    """All pages of all documents, one after the other."""
    for document, pages in enumerate(sizes):
        for page in range(len(pages)):
            yield Leaf(document, page)
