"""PDFium, one caller at a time: it keeps state that no two threads may touch."""

import threading
from dataclasses import dataclass

import pypdfium2

lock = threading.RLock()


@dataclass(frozen=True, slots=True)
class GrayPage:
    """A rendered page: one byte a dot, 255 is white."""

    dots: bytes
    stride: int
    width: int
    height: int

    def rows(self, left: int, right: int, top: int, bottom: int) -> list[bytes]:
        """Return the part between these dots, cut at the edges of the page."""
        right, bottom = min(right, self.width), min(bottom, self.height)
        return [
            self.dots[row * self.stride + left : row * self.stride + right]
            for row in range(top, bottom)
        ]


def gray_page(pdf: bytes, *, dpi: int) -> GrayPage:
    """Render the first page."""
    with lock:
        document = pypdfium2.PdfDocument(pdf)
        try:
            bitmap = document[0].render(scale=dpi / 72, grayscale=True)
            return GrayPage(bytes(bitmap.buffer), bitmap.stride, bitmap.width, bitmap.height)
        finally:
            document.close()
