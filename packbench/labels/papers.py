"""Papers: pages that are filled from top to bottom, in every script that our fonts have.

Lengths are points. `y` is where the next line begins, counted from the top of the page.
"""

import secrets
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from PIL import Image
from reportlab.lib.colors import HexColor
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from packbench.lib import fonts
from packbench.lib.text import Line, Paragraph, line_of, printable

A4 = (595.3, 841.9)
LETTER = (612.0, 792.0)
LETTER_COUNTRIES = frozenset({"US", "CA", "MX"})
MARGIN = 40.0
LEADING = 1.35
ASCENT = 0.95
INK, GREY, RULE = "#181c20", "#5c6670", "#c3cad1"
EMBOLDENING = 0.03  # of the size: the outline that stands in for a missing bold cut
PICTURE_PX = 900
MOST_PIXELS = 4_100_000
MISREAD = (OSError, ValueError, SyntaxError, Image.DecompressionBombError)


class Paper:
    """A document being filled. Hold `fonts.lock` meanwhile."""

    def __init__(self, size: tuple[float, float], title: str) -> None:
        self.width, self.height = size
        self._file = BytesIO()
        self._canvas: Any = Canvas(self._file, size, pageCompression=1, invariant=1)
        self._canvas.setTitle(title)
        self._used: set[fonts.Font] = set()
        self._head = ""
        self.pages = 0
        self.y = MARGIN

    @property
    def inner(self) -> float:
        return self.width - 2 * MARGIN

    def begin(self, head: str) -> None:
        """Begin a page; `head` stands small above what goes on on further pages."""
        if self.pages:
            self._canvas.showPage()
        self.pages += 1
        self._head, self.y = head, MARGIN

    def need(self, height: float) -> None:
        """Go on on another page where so much does not fit below."""
        if self.y + height > self.height - MARGIN and self.y > 2 * MARGIN:
            self.begin(self._head)
            self.write(self._head, size=8, color=GREY)
            self.y += 6

    def write(
        self,
        text: str,
        *,
        x: float = MARGIN,
        width: float | None = None,
        size: float = 10,
        is_bold: bool = False,
        color: str = INK,
    ) -> None:
        """Write the text below what is there, its own line breaks kept, wide lines broken."""
        for line in _lines(text, (width or self.inner) / size, is_bold=is_bold):
            self.need(size * LEADING)
            self.put(line, x, self.y + ASCENT * size, size=size, color=color)
            self.y += size * LEADING

    def put(self, line: Line, x: float, baseline: float, *, size: float, color: str = INK) -> None:
        """Draw one line at a place of its own."""
        self._canvas.setFillColor(HexColor(color))
        self._canvas.setStrokeColor(HexColor(color))
        for run in line.runs:
            self._used.add(run.font)
            self._canvas.setFont(run.font.name, size)
            self._canvas.setLineWidth(EMBOLDENING * size)
            mode = 2 if run.font.is_emboldened else 0
            self._canvas.drawString(x, self.height - baseline, run.text, mode=mode)
            x += run.width * size

    def put_right(self, text: str, baseline: float, *, size: float, is_bold: bool = False) -> None:
        line = line_of(fonts.spelled_out(printable(text)), is_bold=is_bold)
        self.put(line, self.width - MARGIN - line.width * size, baseline, size=size)

    def rule(self) -> None:
        self._canvas.setStrokeColor(HexColor(RULE))
        self._canvas.setLineWidth(0.7)
        self._canvas.line(MARGIN, self.height - self.y, self.width - MARGIN, self.height - self.y)
        self.y += 8

    def swatch(self, color: str, x: float, top: float, side: float) -> None:
        """A square of a colour, outlined so that white is seen too."""
        self._canvas.setFillColor(HexColor(color))
        self._canvas.setStrokeColor(HexColor(GREY))
        self._canvas.setLineWidth(0.5)
        self._canvas.rect(x, self.height - top - side, side, side, stroke=1, fill=1)

    def picture(self, content: bytes, x: float, top: float, box: tuple[float, float]) -> float:
        """Draw a picture into the box, its shape kept; return its height, 0 if unreadable."""
        jpeg = _for_paper(content)
        if jpeg is None:
            return 0.0
        reader = ImageReader(BytesIO(jpeg))
        width, height = reader.getSize()
        scale = min(box[0] / width, box[1] / height)
        self._canvas.drawImage(
            reader, x, self.height - top - height * scale, width * scale, height * scale
        )
        return float(height * scale)

    def finish(self) -> bytes:
        """Return the PDF. Its subsets bear names of their own, so that it may be merged."""
        tag = secrets.token_hex(4)
        for font in self._used:
            fonts.registered(font).face.name = f"{font.name}-{tag}".encode()
        self._canvas.showPage()
        self._canvas.save()
        return self._file.getvalue()


def paper_for(country: str) -> tuple[float, float]:
    """The paper that offices of the country have."""
    return LETTER if country in LETTER_COUNTRIES else A4


def _lines(text: str, limit: float, *, is_bold: bool) -> Iterator[Line]:
    for part in text.split("\n"):
        paragraph = Paragraph(fonts.spelled_out(printable(part)), is_bold=is_bold)
        for line in paragraph.lines(limit) or [""]:
            yield line_of(line, is_bold=is_bold)


def _for_paper(content: bytes) -> bytes | None:
    """The picture on white, as large as a print shows; None where it cannot be read."""
    try:
        with Image.open(BytesIO(content), formats=("WEBP",)) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                return None
            picture.thumbnail((PICTURE_PX, PICTURE_PX), Image.Resampling.BICUBIC)
            colored = picture.convert("RGBA")
            white = Image.new("RGB", colored.size, "white")
            white.paste(colored, mask=colored.getchannel("A"))
    except MISREAD:
        return None
    written = BytesIO()
    white.save(written, "JPEG", quality=85)
    return written.getvalue()
