"""Papers: pages that are filled from top to bottom, in every script that our fonts have.

Lengths are points. `y` is where the next line begins, counted from the top of the page.
"""

import hashlib
import secrets
from collections.abc import Iterable, Iterator
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
KEPT_PICTURES = 16  # of those that were shown last
MISREAD = (OSError, ValueError, SyntaxError, Image.DecompressionBombError)


class Paper:
    """A document being filled. Hold `fonts.lock` meanwhile."""

    def __init__(
        self, size: tuple[float, float], title: str, *, margin: float = MARGIN, scale: float = 1.0
    ) -> None:
        self.width, self.height = size
        self.margin, self.scale = margin, scale
        self._file = BytesIO()
        self._canvas: Any = Canvas(self._file, size, pageCompression=1, invariant=1)
        self._canvas.setTitle(title)
        self._used: set[fonts.Font] = set()
        self._pictures: dict[bytes, ImageReader | None] = {}
        self._head = ""
        self.pages = 0
        self.y = margin

    @property
    def inner(self) -> float:
        return self.width - 2 * self.margin

    def begin(self, head: str) -> None:
        """Begin a page; `head` stands small above what goes on on further pages."""
        if self.pages:
            self._canvas.showPage()
        self.pages += 1
        self._head, self.y = head, self.margin

    def need(self, height: float) -> None:
        """Go on on another page where so much does not fit below."""
        if self.y + height > self.height - self.margin and self.y > 2 * self.margin:
            self.begin(self._head)
            self.write(self._head, size=8 * self.scale, color=GREY)
            self.y += 6

    def write(
        self,
        text: str,
        *,
        x: float | None = None,
        width: float | None = None,
        size: float = 10,
        is_bold: bool = False,
        color: str = INK,
    ) -> None:
        """Write the text below what is there, its own line breaks kept, wide lines broken."""
        left = self.margin if x is None else x
        for line in lines_of(text, (width or self.inner) / size, is_bold=is_bold):
            self.need(size * LEADING)
            self.put(line, left, self.y + ASCENT * size, size=size, color=color)
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
        self.put(line, self.width - self.margin - line.width * size, baseline, size=size)

    def rule(self) -> None:
        self._canvas.setStrokeColor(HexColor(RULE))
        self._canvas.setLineWidth(0.7)
        y = self.height - self.y
        self._canvas.line(self.margin, y, self.width - self.margin, y)
        self.y += 8

    def swatch(self, color: str, x: float, top: float, side: float) -> None:
        """A square of a colour, outlined so that white is seen too."""
        self._canvas.setFillColor(HexColor(color))
        self._canvas.setStrokeColor(HexColor(GREY))
        self._canvas.setLineWidth(0.5)
        self._canvas.rect(x, self.height - top - side, side, side, stroke=1, fill=1)

    def picture(self, content: bytes, x: float, top: float, box: tuple[float, float]) -> float:
        """Draw a picture into the box, its shape kept; return its height, 0 if unreadable."""
        reader = self._reader(content)
        if reader is None:
            return 0.0
        width, height = reader.getSize()
        scale = min(box[0] / width, box[1] / height)
        self._canvas.drawImage(
            reader, x, self.height - top - height * scale, width * scale, height * scale
        )
        return float(height * scale)

    def bars(self, boxes: Iterable[tuple[float, float, float, float]]) -> None:
        """Fill rectangles with ink: left, top, width and height of each."""
        # Straight into the content stream: path objects are ten times slower.
        self._canvas.setFillColor(HexColor("#000000"))
        self._canvas._code += [
            f"{x:.3f} {self.height - top - height:.3f} {width:.3f} {height:.3f} re"
            for x, top, width, height in boxes
        ]
        self._canvas._code.append("f")

    def frame(self, x: float, top: float, width: float, height: float) -> None:
        """Outline a box."""
        self._canvas.setStrokeColor(HexColor(INK))
        self._canvas.setLineWidth(0.6)
        self._canvas.rect(x, self.height - top - height, width, height, stroke=1, fill=0)

    def _reader(self, content: bytes) -> ImageReader | None:
        """The picture, read once where several pages show it."""
        digest = hashlib.sha256(content).digest()
        if digest not in self._pictures:
            picture = _for_paper(content)
            while len(self._pictures) >= KEPT_PICTURES:
                del self._pictures[next(iter(self._pictures))]
            self._pictures[digest] = ImageReader(BytesIO(picture)) if picture else None
        return self._pictures[digest]

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


def lines_of(text: str, limit: float, *, is_bold: bool = False) -> Iterator[Line]:
    """The text in lines that are no wider than `limit` at size 1."""
    for part in text.split("\n"):
        paragraph = Paragraph(fonts.spelled_out(printable(part)), is_bold=is_bold)
        for line in paragraph.lines(limit) or [""]:
            yield line_of(line, is_bold=is_bold)


def _for_paper(content: bytes) -> bytes | None:
    """The picture on white, as large as a print shows; None where it cannot be read."""
    try:
        with Image.open(BytesIO(content), formats=("WEBP", "PNG")) as picture:
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
