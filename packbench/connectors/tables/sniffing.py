"""Sniffing: what stands between the columns, by the first rows alone."""

import csv
from collections import Counter
from itertools import islice

DELIMITERS = (",", ";", "\t", "|")
LOOKED_AT = 64 * 1024  # letters
ROWS = 25


def find_delimiter(text: str) -> str:
    """Return what parts the most rows into as many columns as the header; a comma in doubt."""
    head = text[:LOOKED_AT]
    scored = {delimiter: _score(head, delimiter) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda delimiter: scored[delimiter])
    return best if scored[best] > (0, 0) else ","


def _score(head: str, delimiter: str) -> tuple[float, int]:
    """How many of the rows are as wide as the first one, and how wide that is."""
    widths = _widths(head, delimiter)
    if not widths or widths[0] < 2:
        return (0, 0)
    alike = Counter(widths)[widths[0]] / len(widths)
    return (round(alike, 1), widths[0])


def _widths(head: str, delimiter: str) -> list[int]:
    reader = csv.reader(head.splitlines(keepends=True), delimiter=delimiter)
    try:
        return [len(row) for row in islice(reader, ROWS) if row]
    except csv.Error:
        return []
