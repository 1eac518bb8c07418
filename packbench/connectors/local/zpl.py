"""A drawing as ZPL II, for label printers of 203 and 300 dpi.

Text that the printer's built-in font has is sent as text; other scripts, and the QR code, are sent
as bitmaps, so that every printer shows the same.
"""

import re

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
from packbench.lib.barcodes import code_128, qr_rows
from packbench.lib.pdfium import GrayPage, gray_page
from packbench.lib.zpl import dots_of, field_data, graphic

DPI = {203: 3, 300: 5}  # resolution: dots of one module of the tracking barcode
# Without the backslash, which field blocks take for a command of their own.
BUILT_IN = re.compile(r"[\x20-\x5b\x5d-\x7e\xa1-\xac\xae-\u017f‘’“”–—…€×·]*")


def zpl_of(drawing: Drawing, pdf: bytes, *, dpi: int) -> bytes:
    """Draw one label; `pdf` is the same drawing, from which bitmaps of text are taken."""
    return _Printer(drawing, pdf, dpi).label().encode("ascii")


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
        return graphic(self.dots(item.box.x) + start, self.dots(item.box.y) + start, bits)

    def bitmap(self, text: Text) -> str:
        """Cut the line out of the rendered label."""
        if self._page is None:
            self._page = gray_page(self.pdf, dpi=self.dpi)
        box = text.box
        left, right = max(0, self.dots(box.x) - 2), self.dots(box.right) + 3
        top, bottom = max(0, self.dots(box.y)), self.dots(box.bottom)
        rows = self._page.rows(left, right, top, bottom)
        return graphic(left, top, [dots_of(row) for row in rows])
