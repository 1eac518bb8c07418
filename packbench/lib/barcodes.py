"""Barcodes as modules: Code 128 for scanners, QR for phones (Zint)."""

from collections.abc import Sequence
from functools import lru_cache

import zint

Bars = tuple[tuple[int, int], ...]  # first module and number of modules of each dark bar


class NoSymbol(Exception):
    """The text is too long for the symbol, or has characters that it cannot hold."""


@lru_cache(maxsize=16)  # PDF and ZPL of one label ask for the same
def code_128(text: str) -> tuple[int, Bars]:
    """Return how many modules wide the symbol is, without quiet zones, and its dark bars."""
    symbol = _encoded(zint.Symbology.CODE128, text)
    # Zint draws with two points a module.
    bars = tuple((int(bar.x) // 2, int(bar.width) // 2) for bar in symbol.vector.rectangles)
    return bars[-1][0] + bars[-1][1], bars


@lru_cache(maxsize=16)
def qr_rows(text: str) -> tuple[tuple[bool, ...], ...]:
    """Return the rows of the symbol, True where it is dark, without a quiet zone."""
    symbol = _encoded(zint.Symbology.QRCODE, text)
    side = round(symbol.vector.width / 2)
    rows = [[False] * side for _ in range(side)]
    for dark in symbol.vector.rectangles:
        left, width = int(dark.x) // 2, int(dark.width) // 2
        for row in range(int(dark.y) // 2, int(dark.y + dark.height) // 2):
            rows[row][left : left + width] = [True] * width
    return tuple(map(tuple, rows))


def stretches(modules: Sequence[bool]) -> list[tuple[int, int]]:
    """Return where dark modules begin and how many follow each other."""
    found: list[tuple[int, int]] = []
    for place, dark in enumerate(modules):
        if dark and found and sum(found[-1]) == place:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        elif dark:
            found.append((place, 1))
    return found


def _encoded(symbology: zint.Symbology, text: str) -> zint.Symbol:
    symbol = zint.Symbol()
    symbol.symbology = symbology
    symbol.show_text = False
    symbol.input_mode = zint.InputMode.UNICODE
    try:
        symbol.encode(text)
    except (RuntimeError, ValueError) as error:
        raise NoSymbol from error
    symbol.buffer_vector()
    return symbol
