"""What a label consists of, whatever draws it: texts, rules and barcodes, in points.

The origin is the top left corner and y grows downwards. PDF and ZPL are drawn from this alone,
so they cannot say different things.
"""

from dataclasses import dataclass

from packbench.carriers.base import LabelSize
from packbench.lib.text import Line, is_tall

POINTS_PER_MM = 72 / 25.4
PAPER = {
    LabelSize.FOUR_BY_SIX: (288.0, 432.0),
    LabelSize.A6: (105 * POINTS_PER_MM, 148 * POINTS_PER_MM),
}
# Of the size: what a line of text may cover above and below its baseline.
ASCENT, DESCENT = 0.95, 0.27
TALL_ASCENT, TALL_DESCENT = 1.07, 0.43


@dataclass(frozen=True, slots=True)
class Box:
    """A place on the paper."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text at a baseline."""

    x: float
    baseline: float
    size: float
    line: Line
    is_bold: bool = False
    is_centered: bool = False  # `x` is then the middle

    @property
    def left(self) -> float:
        return self.x - self.width / 2 if self.is_centered else self.x

    @property
    def width(self) -> float:
        return self.line.width * self.size

    @property
    def box(self) -> Box:
        tall = is_tall(self.line.text)
        ascent, descent = (TALL_ASCENT, TALL_DESCENT) if tall else (ASCENT, DESCENT)
        top = self.baseline - ascent * self.size
        return Box(self.left, top, self.width, (ascent + descent) * self.size)


@dataclass(frozen=True, slots=True)
class Rule:
    """A filled bar that parts two sections."""

    box: Box


@dataclass(frozen=True, slots=True)
class TrackingBarcode:
    """Code 128, centered in its box, which holds its quiet zones too."""

    box: Box
    text: str


@dataclass(frozen=True, slots=True)
class OrderBarcode:
    """A QR code, filling its box; the quiet zone is inside."""

    box: Box
    text: str


Item = Text | Rule | TrackingBarcode | OrderBarcode


@dataclass(frozen=True, slots=True)
class Drawing:
    """One label."""

    width: float
    height: float
    items: tuple[Item, ...]

    def texts(self) -> list[Text]:
        return [item for item in self.items if isinstance(item, Text)]
