"""The fonts that papers are set in, out of installed packages, parsed once a process.

Noto Sans (OFL-1.1, package manimgx-fonts) for alphabets, WenQuanYi Micro Hei (Apache-2.0, package
paperang-p2-fonts-cjk) for Chinese, Japanese and Korean. Both have TrueType outlines, which
reportlab can subset.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Any, NamedTuple

import uharfbuzz  # type: ignore[import-untyped]
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked

NOT_PRINTABLE = marked(
    "Replace the characters that no font here can print: %(code_points)s (%(count)s in all)."
)
ALPHABETS = (
    "NotoSans",
    "NotoSansArabic",
    "NotoSansHebrew",
    "NotoSansThai",
    "NotoSansArmenian",
    "NotoSansGeorgian",
)
CJK = "WenQuanYi"
FIRST_CJK = 0x2000  # below are alphabets, of which it has some without the rules to join them
BOLD_WEIGHT = 700

# Guards parsing and drawing: reportlab's font objects keep a reading position of their own.
lock = threading.RLock()


@dataclass(frozen=True, slots=True, eq=False)
class Font:
    """A font that reportlab knows by `name`; `widths` are per thousand of the size."""

    name: str
    glyphs: dict[int, int]
    widths: dict[int, float]
    is_emboldened: bool = False  # has no bold cut: its outline is drawn as well


class Run(NamedTuple):
    """Characters set in one font; `width` is at size 1."""

    text: str
    font: Font
    width: float


def width_of(text: str, *, is_bold: bool) -> float:
    """Return the width at size 1."""
    return sum(run.width for run in runs_of(text, is_bold=is_bold))


def runs_of(text: str, *, is_bold: bool) -> Iterator[Run]:
    """Part the text by fonts. Raises Rejected naming the code points that no font has."""
    start, font = 0, None
    for place, character in enumerate(text):
        if font is not None and ord(character) in font.glyphs:
            continue
        found = _font_for(character, is_bold)
        if found is None:
            raise _not_printable(text)
        if font is not None:
            yield _run(text[start:place], font)
        start, font = place, found
    if font is not None:
        yield _run(text[start:], font)


def check_printable(text: str) -> None:
    """Raise Rejected naming all code points that no font has."""
    if any(_font_for(character, False) is None for character in set(text)):
        raise _not_printable(text)


def spelled_out(text: str) -> str:
    """Return the text with what no font has as its code point in brackets: nothing is lost."""
    return "".join(
        character if _font_for(character, False) else f"[U+{ord(character):04X}]"
        for character in text
    )


def _run(text: str, font: Font) -> Run:
    widths = font.widths
    return Run(text, font, sum([widths[ord(character)] for character in text]) / 1000)


def _not_printable(text: str) -> Rejected:
    missing = dict.fromkeys(c for c in text if _font_for(c, False) is None)
    named = [f"U+{ord(character):04X}" for character in missing]
    return Rejected(
        NOT_PRINTABLE,
        code="characters_not_printable",
        code_points=", ".join(named[:8]),
        count=len(named),
    )


@cache
def _font_for(character: str, is_bold: bool) -> Font | None:
    # Keyed by single characters, so that nothing of a buyer's stays in memory.
    names = ALPHABETS if ord(character) < FIRST_CJK else (*ALPHABETS, CJK)
    return next((f for f in (_font(n, is_bold) for n in names) if ord(character) in f.glyphs), None)


@cache
def _font(name: str, is_bold: bool) -> Font:
    with lock:
        if name == CJK:
            face = _cjk_face()
            return Font(CJK, face.charToGlyph, face.charWidths, is_emboldened=is_bold)
        data = (files("manimgx_fonts") / f"{name}[wght].ttf").read_bytes()
        cut = f"{name}-{'Bold' if is_bold else 'Regular'}"
        face = _registered(cut, _bold_cut(data) if is_bold else data)
        return Font(cut, face.charToGlyph, face.charWidths)


@cache
def _cjk_face() -> Any:
    path = files("paperang_p2_fonts_cjk") / "fonts" / "wqy-microhei.ttc"
    return _registered(CJK, path.read_bytes())


def registered(font: Font) -> Any:
    """Return reportlab's own object for the font."""
    return pdfmetrics.getFont(font.name)


def _registered(name: str, data: bytes) -> Any:
    """Make the font known to reportlab; both cuts of a variable font bear the same inner name."""
    font = TTFont(name, BytesIO(data), asciiReadable=False, shapable=False)
    font.face.name = name.encode()
    pdfmetrics.registerFont(font)
    return font.face


def _bold_cut(data: bytes) -> bytes:
    """Return the bold instance of a variable font, whose default is the regular one."""
    face = uharfbuzz.Face(data)
    wanted = uharfbuzz.SubsetInput()
    wanted.keep_everything()
    wanted.pin_axis_location(face, "wght", BOLD_WEIGHT)
    return bytes(uharfbuzz.subset(face, wanted).blob.data)
