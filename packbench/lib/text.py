"""Text as it is printed: cleaned, shaped, put in visual order, measured and broken into lines."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from arabic_reshaper import ArabicReshaper  # type: ignore[import-untyped]
from bidi import get_display  # type: ignore[import-untyped]

from packbench.lib.fonts import Run, runs_of, width_of

CJK = r"\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
RTL = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
TOKEN = re.compile(rf"[{CJK}]|[^\s{CJK}]+")
TALL = re.compile(r"[\u0590-\u08ff\u0e00-\u0e7f\u1ea0-\u1ef9\ufb1d-\ufeff]")

_reshaper = ArabicReshaper(configuration={"delete_harakat": False, "ARABIC LIGATURE ALLAH": False})


class Line(NamedTuple):
    """A line ready to be drawn: `runs` in visual order, `width` at size 1."""

    text: str
    runs: tuple[Run, ...]
    width: float
    is_rtl: bool


class _Word(NamedTuple):
    text: str
    glue: str  # what stands before it, unless it begins a line
    width: float


def printable(text: str) -> str:
    """Return the text composed (NFC), without controls, bidi overrides and invisible characters."""
    kept = "".join(_shown(character) for character in unicodedata.normalize("NFC", text))
    return " ".join(kept.split())


def _shown(character: str) -> str:
    category = unicodedata.category(character)
    if category in {"Cc", "Zl", "Zp"}:
        return " "
    is_selector = "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
    return "" if category in {"Cf", "Cs"} or is_selector else character


def has_cjk(text: str) -> bool:
    return re.search(f"[{CJK}]", text) is not None


def is_rtl(text: str) -> bool:
    """Whether the first letter with a direction goes from right to left."""
    directions = (unicodedata.bidirectional(character) for character in text)
    return next((way for way in directions if way in {"L", "R", "AL"}), "L") != "L"


def is_tall(text: str) -> bool:
    """Whether the script reaches above capitals or far below the line."""
    return TALL.search(text) is not None


def line_of(text: str, *, is_bold: bool = False) -> Line:
    """Shape one line and put it in visual order."""
    rtl = is_rtl(text)
    visual = _reordered(_joined(text), "R" if rtl else "L") if RTL.search(text) else text
    runs = tuple(runs_of(visual, is_bold=is_bold))
    return Line(text, runs, sum(run.width for run in runs), rtl)


def _reordered(text: str, direction: str) -> str:
    """Return the text as it stands on paper from left to right (Unicode's bidi algorithm)."""
    return str(get_display(text, base_dir=direction))


def shortened(text: str, limit: float, *, after: str = "") -> Line:
    """Return the text and what comes after it; where it is wider than `limit`, with an ellipsis."""
    line = line_of(text + after)
    while line.width > limit and len(text) > 1:
        text = text[: max(1, int(len(text) * min(0.9, limit / line.width)))].rstrip()
        line = line_of(f"{text}…{after}")
    return line


class Paragraph:
    """One text, measured once, to be broken for any width."""

    def __init__(self, text: str, *, is_bold: bool = False) -> None:
        self.text, self.is_bold = text, is_bold
        self.words = list(self._words())
        self.space = width_of(" ", is_bold=is_bold)
        self.width = sum(word.width + self.space * len(word.glue) for word in self.words)

    def lines(self, limit: float) -> list[str]:
        """Break into lines no wider than `limit` at size 1; a word too wide breaks anywhere."""
        lines: list[str] = []
        text, width = "", 0.0
        for word in self._pieces(limit):
            wider = width + self.space * len(word.glue) + word.width
            if text and wider > limit:
                lines.append(text)
                text, width = word.text, word.width
            else:
                text += (word.glue if text else "") + word.text
                width = wider if text != word.text else word.width
        return [*lines, text] if text else lines

    def _words(self) -> Iterator[_Word]:
        end = 0
        for found in TOKEN.finditer(self.text):
            glue = " " if found.start() > end and end else ""
            end = found.end()
            yield _Word(found[0], glue, self._width(found[0]))

    def _pieces(self, limit: float) -> Iterable[_Word]:
        for word in self.words:
            if word.width <= limit:
                yield word
            else:
                yield from self._broken(word, limit)

    def _broken(self, word: _Word, limit: float) -> Iterator[_Word]:
        glue, piece = word.glue, ""
        for character in word.text:
            if piece and self._width(piece + character) > limit:
                yield _Word(piece, glue, self._width(piece))
                glue, piece = "", ""
            piece += character
        yield _Word(piece, glue, self._width(piece))

    def _width(self, text: str) -> float:
        return width_of(_joined(text), is_bold=self.is_bold)


def _joined(text: str) -> str:
    """Return Arabic letters in the forms they take beside each other, as presentation forms."""
    return str(_reshaper.reshape(text)) if RTL.search(text) else text
