"""Making lines fit a box: first smaller, then broken, never cut off."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from packbench.connectors.local.drawing import ASCENT, TALL_ASCENT, Box, Text
from packbench.lib.fonts import check_printable
from packbench.lib.postal.lines import AddressLine
from packbench.lib.text import Paragraph, is_rtl, is_tall, line_of

STEP = 0.5
LEADING, TALL_LEADING = 1.26, 1.5
MAX_CHARACTERS = 1500  # more cannot fit; known before anything is measured


class NoRoom(Exception):
    """The text does not fit, even in the smallest type."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Type sizes: down to `unwrapped` no line is broken, down to `whole_words` no word."""

    largest: float
    unwrapped: float
    whole_words: float
    smallest: float
    strong: float  # how much larger a strong line is set

    def down_to(self, lowest: float) -> Iterator[float]:
        size = self.largest
        while size >= lowest:
            yield size
            size -= STEP


def fitted(
    lines: Sequence[AddressLine], box: Box, sizes: Sizes, *, at_foot: bool = False
) -> list[Text]:
    """Set the lines as large as the box allows. Raises NoRoom; leaves nothing out.

    Lines shrink, then break between words, then anywhere.
    """
    if sum(len(line.text) for line in lines) > MAX_CHARACTERS:
        raise NoRoom
    check_printable("".join(line.text for line in lines))
    block = _Block([Paragraph(line.text, is_bold=line.is_strong) for line in lines], sizes.strong)
    for lowest, widest in (
        (sizes.unwrapped, block.widest_line),
        (sizes.whole_words, block.widest_word),
        (sizes.smallest, lambda size: 0.0),
    ):
        if texts := block.largest(sizes.down_to(lowest), box, widest):
            return _moved_to_foot(texts, box) if at_foot else texts
    raise NoRoom


class _Block:
    """Paragraphs that are set together."""

    def __init__(self, paragraphs: list[Paragraph], strong: float) -> None:
        self.paragraphs, self.strong = paragraphs, strong
        is_high = any(is_tall(paragraph.text) for paragraph in paragraphs)
        self.leading, self.ascent = (TALL_LEADING, TALL_ASCENT) if is_high else (LEADING, ASCENT)
        self.is_rtl = 2 * sum(is_rtl(paragraph.text) for paragraph in paragraphs) > len(paragraphs)

    def size_of(self, paragraph: Paragraph, size: float) -> float:
        return size * (self.strong if paragraph.is_bold else 1.0)

    def widest_line(self, size: float) -> float:
        return max(p.width * self.size_of(p, size) for p in self.paragraphs)

    def widest_word(self, size: float) -> float:
        return max(word.width * self.size_of(p, size) for p in self.paragraphs for word in p.words)

    def largest(
        self, sizes: Iterator[float], box: Box, widest: Callable[[float], float]
    ) -> list[Text]:
        """Return the texts at the first size where they fit; none where there is no such size."""
        for size in sizes:
            if widest(size) <= box.width and (texts := self._placed(size, box)):
                return texts
        return []

    def _placed(self, size: float, box: Box) -> list[Text]:
        texts, top = [], box.y
        for paragraph in self.paragraphs:
            own = self.size_of(paragraph, size)
            for text in paragraph.lines(box.width / own):
                line = line_of(text, is_bold=paragraph.is_bold)
                x = box.right - line.width * own if self.is_rtl else box.x
                baseline = top + self.ascent * own
                texts.append(Text(x, baseline, own, line, paragraph.is_bold))
                top += self.leading * own
                if top > box.bottom + 0.01:
                    return []
        return texts


def _moved_to_foot(texts: list[Text], box: Box) -> list[Text]:
    drop = box.bottom - texts[-1].box.bottom
    return [
        Text(text.x, text.baseline + drop, text.size, text.line, text.is_bold) for text in texts
    ]
