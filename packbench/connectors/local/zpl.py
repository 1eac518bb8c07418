"""A drawing as ZPL II, for label printers of 203 and 300 dpi.

Text that the printer's built-in font has is sent as text; other scripts, and the QR code, are sent
as bitmaps, so that every printer shows the same.
"""

import re

from packbench.connectors.local.barcodes import code_128, qr_rows
from packbench.connectors.local.drawing import (
    Box,
    Drawing,
    Item,
    OrderBarcode,
    Rule,
    Text,
    TrackingBarcode,
)
from packbench.connectors.local.pdf import QR_QUIET_MODULES
from packbench.lib.pdfium import GrayPage, gray_page

DPI = {203: 3, 300: 5}  # resolution: dots of one module of the tracking barcode
PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .,-/#")
# Without the backslash, which field blocks take for a command of their own.
BUILT_IN = re.compile(r"[\x20-\x5b\x5d-\x7e\xa1-\xac\xae-\u017f‘’“”–—…€×·]*")
DARK = 144  # gray below this prints
BITS = bytes(49 if gray < DARK else 48 for gray in range(256))
REPEATS = {count: chr(ord("F") + count) for count in range(1, 20)} | {
    count * 20: chr(ord("f") + count) for count in range(1, 21)
}


def zpl_of(drawing: Drawing, pdf: bytes, *, dpi: int) -> bytes:
    """Draw one label; `pdf` is the same drawing, from which bitmaps of text are taken."""
    return _Printer(drawing, pdf, dpi).label().encode("ascii")


def field_data(text: str) -> str:
    """Return the text as hex-escaped field data: no byte of it can be taken for a command."""
    escaped = (chr(b) if b in PLAIN else f"_{b:02X}" for b in text.encode("utf-8"))
    return f"^FH^FD{''.join(escaped)}^FS"


def is_built_in(text: str) -> bool:
    """Whether the printer's own scalable font has every character."""
    return BUILT_IN.fullmatch(text) is not None


class _Printer:
    def __init__(self, drawing: Drawing, pdf: bytes, dpi: int) -> None:
        self.drawing, self.pdf, self.dpi = drawing, pdf, dpi
        self._page: GrayPage | None = None

    def label(self) -> str:
        width, height = self.dots(self.drawing.width), self.dots(self.drawing.height)
        fields = "\n".join(self.field(item) for item in self.drawing.items)
        return f"^XA\n^CI28\n^PW{width}\n^LL{height}\n^LH0,0\n{fields}\n^PQ1\n^XZ\n"

    def dots(self, points: float) -> int:
        return round(points * self.dpi / 72)

    def field(self, item: Item) -> str:
        match item:
            case Rule():
                return self.rule(item.box)
            case TrackingBarcode():
                return self.tracking_barcode(item)
            case OrderBarcode():
                return self.order_barcode(item)
            case Text():
                return self.text(item) if is_built_in(item.line.text) else self.bitmap(item)

    def rule(self, box: Box) -> str:
        width, height = self.dots(box.width), max(1, self.dots(box.height))
        return f"^FO{self.dots(box.x)},{self.dots(box.y)}^GB{width},{height},{height}^FS"

    def text(self, text: Text) -> str:
        size, y = self.dots(text.size), self.dots(text.baseline)
        if text.is_centered:
            top, width = self.dots(text.baseline - 0.75 * text.size), self.dots(2 * text.x)
            return f"^FO0,{top}^A0N,{size}^FB{width},1,0,C^{field_data(text.line.text)[1:]}"
        return f"^FT{self.dots(text.x)},{y}^A0N,{size}{field_data(text.line.text)}"

    def tracking_barcode(self, item: TrackingBarcode) -> str:
        module, (modules, _) = DPI[self.dpi], code_128(item.text)
        x = self.dots(item.box.x + item.box.width / 2) - modules * module // 2
        letters = item.text.rstrip("0123456789")
        data = f">:{letters}>5{item.text[len(letters) :]}"  # code set B, then C for the digits
        return (
            f"^FO{x},{self.dots(item.box.y)}^BY{module}"
            f"^BCN,{self.dots(item.box.height)},N,N,N^FD{data}^FS"
        )

    def order_barcode(self, item: OrderBarcode) -> str:
        rows = qr_rows(item.text)
        room = self.dots(item.box.width)
        module = room // (len(rows) + QR_QUIET_MODULES)
        start = (room - module * len(rows)) // 2
        bits = ["".join("01"[dark] * module for dark in row) for row in rows for _ in range(module)]
        return _graphic(self.dots(item.box.x) + start, self.dots(item.box.y) + start, bits)

    def bitmap(self, text: Text) -> str:
        """Cut the line out of the rendered label."""
        if self._page is None:
            self._page = gray_page(self.pdf, dpi=self.dpi)
        box = text.box
        left, right = max(0, self.dots(box.x) - 2), self.dots(box.right) + 3
        top, bottom = max(0, self.dots(box.y)), self.dots(box.bottom)
        rows = self._page.rows(left, right, top, bottom)
        return _graphic(left, top, [row.translate(BITS).decode() for row in rows])


def _graphic(x: int, y: int, rows: list[str]) -> str:
    """Return rows of 0 and 1 as a compressed graphic field, which every ZPL printer takes."""
    width = -(-len(rows[0]) // 8)
    hexes = [f"{int(row.ljust(8 * width, '0'), 2):0{2 * width}X}" for row in rows]
    packed = [":" if i and line == hexes[i - 1] else _packed(line) for i, line in enumerate(hexes)]
    total = width * len(rows)
    return f"^FO{x},{y}^GFA,{total},{total},{width},{''.join(packed)}^FS"


def _packed(line: str) -> str:
    """Return a row with its repeats counted; a comma fills the rest with white."""
    kept = line.rstrip("0")
    if len(kept) < len(line):
        return re.sub(r"(.)\1{2,}", _counted, kept) + ","
    return re.sub(r"(.)\1{2,}", _counted, line)


def _counted(found: re.Match[str]) -> str:
    """Count one stretch; no row reaches the 420 digits where the letters run out."""
    twenties, ones = divmod(len(found[0]), 20)
    return REPEATS.get(twenties * 20, "") + REPEATS.get(ones, "") + found[1]
