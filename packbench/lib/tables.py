"""Tables that people upload: text in the usual alphabets, cells, amounts. Pure and bounded."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation

from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked

NOT_TEXT = marked("This is not a text file. Save the table as CSV (UTF-8) and upload it again.")
TOO_LARGE = marked("The file is larger than %(most)s MB. Split it.")
TOO_MANY = marked("The table has more than %(most)s rows. Split it.")
DELIMITERS = ",;\t|"
LOOKED_AT = 4_000  # letters
LONGEST_AMOUNT = 24
# Euros and cents: a sign, digits in groups, and one or two decimals behind the last mark.
AMOUNT = re.compile(r"[-+]?[\d.,' \u00a0\u202f]*\d[\d.,]*-?|\([\d.,' \u00a0]*\d[\d.,]*\)")


def read_table(
    content: bytes, *, most_bytes: int, most_rows: int
) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the header and the rows that hold something, each with its line in the file.

    Raises Rejected where it is no table, or a larger one than that.
    """
    if len(content) > most_bytes:
        raise Rejected(TOO_LARGE, code="file_too_large", most=most_bytes // 2**20)
    records = _records(_text(content))
    _, header = next(records, (1, []))
    rows = []
    for row in records:
        rows.append(row)
        if len(rows) > most_rows:
            raise Rejected(TOO_MANY, code="file_too_long", most=f"{most_rows:,}")
    return [" ".join(cell.split()) for cell in header], rows


def read_amount(cell: str) -> Decimal | None:
    """Return the amount however it is written: 1,234.56 · 1.234,56 · (3.20) · 3.20-; else None.

    The last mark parts the decimals where one, two or four digits follow it.
    """
    text = re.sub(r"[€$£¥]|\b[A-Z]{3}\b", "", cell).strip()
    if len(text) > LONGEST_AMOUNT or not AMOUNT.fullmatch(text):
        return None
    is_below_zero = text.startswith(("-", "(")) or text.endswith("-")
    digits = re.sub(r"[^\d.,]", "", text)
    place = max(digits.rfind("."), digits.rfind(","))
    decimals = digits[place + 1 :] if place >= 0 else ""
    if place >= 0 and len(decimals) in (1, 2, 4):
        plain = f"{re.sub('[.,]', '', digits[:place])}.{decimals}"
    else:
        plain = re.sub("[.,]", "", digits)
    try:
        amount = Decimal(plain)
    except InvalidOperation:
        return None
    return -amount if is_below_zero else amount


def _text(content: bytes) -> str:
    charset = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(charset)
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    if "\0" in text:
        raise Rejected(NOT_TEXT, code="file_not_text")
    return text


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    delimiter = max(DELIMITERS, key=text[:LOOKED_AT].split("\n", 1)[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, [_plain(cell) for cell in cells]
    except csv.Error:
        raise Rejected(NOT_TEXT, code="file_not_text") from None


def _plain(cell: str) -> str:
    """Without what spreadsheets put around a number to keep it a text: ="1Z…" and '1Z…."""
    text = cell.strip()
    found = re.fullmatch(r'="([^"]*)"', text)
    return found[1] if found else text.removeprefix("'")


def named(header: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    """The cells by the names of their columns, in small letters; the first of a name counts."""
    row: dict[str, str] = {}
    for name, cell in zip(header, cells, strict=False):
        row.setdefault(name.casefold(), cell)
    return row
