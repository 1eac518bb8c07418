"""Reading rates from a file: the European Central Bank's history, or one rate a line. Pure."""

import csv
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked

NOT_RATES = marked(
    "This is no file of rates. Upload the European Central Bank's eurofxref-hist, or a CSV with "
    "the columns date, from, to and rate."
)
TOO_LARGE = marked("This file holds more than %(most)s MB of rates. Upload a shorter one.")
BAD_LINE = marked(
    "Line %(line)s: write it as 2026-11-20,EUR,USD,1.0867 – a day, two currencies by their three "
    "letters, and a rate above zero."
)
MOST_BYTES = 16 * 1024 * 1024
MOST_RATES = 500_000
EURO = "EUR"
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the others may take memory without end
# What zipfile raises for archives that are damaged or made to harm.
MISREAD = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    RuntimeError,
    NotImplementedError,
    OverflowError,
    OSError,
    EOFError,
    ValueError,
)
HIGHEST = Decimal("1e9")
LEAST = Decimal("1e-9")
COLUMNS = ["date", "from", "to", "rate"]


class DatedRate(NamedTuple):
    """One unit of `base` was `rate` units of `currency` on that day."""

    on: date
    base: str
    currency: str
    rate: Decimal


@dataclass(frozen=True, slots=True)
class RatesFile:
    """What a file says: each pair and day once, the last line of several counts."""

    is_ecb: bool
    rates: tuple[DatedRate, ...]


def read_rates(content: bytes) -> RatesFile:
    """Read a file of rates, zipped as the bank gives it or plain. Raises Rejected."""
    text = _text(content)
    lines = csv.reader(io.StringIO(text.replace("\0", "")), dialect=_dialect(text))
    try:
        head = [cell.strip() for cell in next(lines, [])]
        if [cell.casefold() for cell in head[:4]] == COLUMNS:
            return RatesFile(is_ecb=False, rates=_once(_lines(lines)))
        if head[:1] == ["Date"] and all(is_code(cell) for cell in head[1:] if cell):
            return RatesFile(is_ecb=True, rates=_once(_history(head[1:], lines)))
    except csv.Error as error:
        raise Rejected(NOT_RATES, code="not_rates") from error
    raise Rejected(NOT_RATES, code="not_rates")


def read_rate(on: str, base: str, currency: str, rate: str, *, line: int = 1) -> DatedRate:
    """Read one rate as a person writes it. Raises Rejected."""
    codes = base.strip().upper(), currency.strip().upper()
    try:
        day, number = date.fromisoformat(on.strip()), Decimal(_point(rate.strip()))
    except (ValueError, InvalidOperation) as error:
        raise Rejected(BAD_LINE, code="bad_rate", line=line) from error
    is_good = all(map(is_code, codes)) and codes[0] != codes[1]
    if not (is_good and number.is_finite() and LEAST <= number <= HIGHEST):
        raise Rejected(BAD_LINE, code="bad_rate", line=line)
    return DatedRate(day, *codes, round(number, 10))


def is_code(text: str) -> bool:
    return len(text) == 3 and text.isascii() and text.isalpha() and text.isupper()


def _text(content: bytes) -> str:
    if content.startswith(b"PK"):
        content = _unzipped(content)
    if len(content) > MOST_BYTES:
        raise Rejected(TOO_LARGE, code="file_too_large", most=MOST_BYTES // 1024 // 1024)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Rejected(NOT_RATES, code="not_rates") from error


def _unzipped(content: bytes) -> bytes:
    """The one CSV of an archive; no more of it is read than is taken."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            found = [each for each in archive.infolist() if each.filename.lower().endswith(".csv")]
            if len(found) != 1 or found[0].compress_type not in METHODS:
                raise Rejected(NOT_RATES, code="not_rates")
            with archive.open(found[0]) as file:
                return file.read(MOST_BYTES + 1)
    except MISREAD as error:
        raise Rejected(NOT_RATES, code="not_rates") from error


def _dialect(text: str) -> type[csv.Dialect]:
    """Commas, or the semicolons of a spreadsheet whose decimals have commas."""

    class Rates(csv.excel):
        delimiter = ";" if ";" in text.partition("\n")[0] else ","

    return Rates


def _lines(lines: Iterator[list[str]]) -> Iterator[DatedRate]:
    for number, cells in enumerate(lines, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) < 4:
            raise Rejected(BAD_LINE, code="bad_rate", line=number)
        yield read_rate(*cells[:4], line=number)


def _history(codes: list[str], lines: Iterator[list[str]]) -> Iterator[DatedRate]:
    """The bank's table: a day, then so many of each currency for one euro; N/A where none."""
    for number, cells in enumerate(lines, start=2):
        for code, cell in zip(codes, cells[1:], strict=False):
            if code and cell.strip() not in ("", "N/A"):
                yield read_rate(cells[0], EURO, code, cell, line=number)


def _once(rates: Iterator[DatedRate]) -> tuple[DatedRate, ...]:
    latest: dict[tuple[date, str, str], DatedRate] = {}
    for rate in rates:
        latest[rate[:3]] = rate
        if len(latest) > MOST_RATES:
            raise Rejected(TOO_LARGE, code="file_too_large", most=MOST_BYTES // 1024 // 1024)
    return tuple(latest.values())


def _point(number: str) -> str:
    return number.replace(",", ".") if "." not in number else number
