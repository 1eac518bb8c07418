"""ZPL II as printers read it: data that cannot be taken for a command, and bitmaps."""

import re

PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .,-/#")
DARK = 144  # gray below this prints
BITS = bytes(49 if gray < DARK else 48 for gray in range(256))
MOST_REPEATS = 419  # where the letters run out
REPEATS = {count: chr(ord("F") + count) for count in range(1, 20)} | {
    count * 20: chr(ord("f") + count) for count in range(1, 21)
}


def field_data(text: str) -> str:
    """Return the text as hex-escaped field data: no byte of it can be taken for a command."""
    escaped = (chr(b) if b in PLAIN else f"_{b:02X}" for b in text.encode("utf-8"))
    return f"^FH^FD{''.join(escaped)}^FS"


def dots_of(row: bytes) -> str:
    """Return a row of gray, a byte a dot, as 0 and 1."""
    return row.translate(BITS).decode()


def graphic(x: int, y: int, rows: list[str]) -> str:
    """Return rows of 0 and 1 as a compressed graphic field, which every ZPL printer takes."""
    width = -(-len(rows[0]) // 8)
    hexes = [f"{int(row.ljust(8 * width, '0'), 2):0{2 * width}X}" for row in rows]
    packed = [":" if i and line == hexes[i - 1] else _packed(line) for i, line in enumerate(hexes)]
    total = width * len(rows)
    return f"^FO{x},{y}^GFA,{total},{total},{width},{''.join(packed)}^FS"


def _packed(line: str) -> str:
    """Return a row with its repeats counted; a comma fills the rest with white."""
    kept = line.rstrip("0")
    if len(kept) < len(line):
        return re.sub(r"(.)\1{2,418}", _counted, kept) + ","
    return re.sub(r"(.)\1{2,418}", _counted, line)


def _counted(found: re.Match[str]) -> str:
    """Count one stretch of at most MOST_REPEATS."""
    twenties, ones = divmod(len(found[0]), 20)
    return REPEATS.get(twenties * 20, "") + REPEATS.get(ones, "") + found[1]
