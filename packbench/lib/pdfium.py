"""PDFium, one caller at a time: it keeps state that no two threads may touch."""

import threading
from collections.abc import Generator
from contextlib import closing
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
    with closing(gray_pages(pdf, dpi=dpi)) as pages:
        return next(pages)


def gray_pages(pdf: bytes, *, dpi: int) -> Generator[GrayPage]:
    """Render page after page."""
    with lock:
        document = pypdfium2.PdfDocument(pdf)
        try:
            for page in document:
                bitmap = page.render(scale=dpi / 72, grayscale=True)
                yield GrayPage(bytes(bitmap.buffer), bitmap.stride, bitmap.width, bitmap.height)
        finally:
            document.close()
