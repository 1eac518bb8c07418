"""Reading: a table of orders, row by row; nothing of it is kept longer than it is needed."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo

from packbench.channels.tables import (
    LONGEST_HEADER,
    MOST_BYTES,
    MOST_COLUMNS,
    MOST_LETTERS,
    MOST_ROWS,
    Columns,
    Field,
    RefusedLine,
    TableMap,
    TableOrder,
    TableOrders,
)
from packbench.connectors.tables.assembling import MISSING, Reading, Refused, Row, assemble
from packbench.connectors.tables.cells import guarded, unguarded
from packbench.connectors.tables.decoding import decode
from packbench.connectors.tables.sniffing import DELIMITERS, find_delimiter
from packbench.lib.errors import Rejected
from packbench.lib.personal import HIDDEN
from packbench.lib.sentences import Sentence, marked

TOO_LARGE = marked("The file is larger than %(most)s MB. Split it.")
TOO_MANY_ROWS = marked("The file has more than %(most)s rows. Split it.")
TOO_MANY_COLUMNS = marked("The file has more than %(most)s columns. Export only those of orders.")
NO_HEADER = marked("The first line must name the columns, such as “Order number” and “City”.")
NO_ROWS = marked("The file names its columns but holds no rows.")
QUOTE_OPEN = marked("From line %(line)s on a quotation mark is not closed. Mend it there.")
TOO_MANY_CELLS = marked("The row has more cells than the file has columns.")
CELL_TOO_LONG = marked("A cell of the row is longer than %(most)s letters.")
OTHER_ROW = marked("Another row of the same order is refused.")

REASON = "Why it was refused"  # a column of ours: never read, written anew
SAMPLES = 3
SAMPLED_ROWS = 200
LINES_KEPT = frozenset({Field.NOTE, Field.INSTRUCTIONS, Field.GIFT_MESSAGE})


class Reader:
    """One file as text; each question goes through it once. Printing it shows nothing of it."""

    def __init__(self, content: bytes, *, charset: str = "", delimiter: str = "") -> None:
        """Raises Rejected where this is no table."""
        if len(content) > MOST_BYTES:
            raise Rejected(TOO_LARGE, code="file_too_large", most=MOST_BYTES // 2**20)
        self._text, self._charset = decode(content, charset)
        self._delimiter = delimiter if delimiter in DELIMITERS else find_delimiter(self._text)
        self._headers = _named(next(self._records(), (1, []))[1])

    def __repr__(self) -> str:
        return f"Reader({HIDDEN})"

    def columns(self) -> Columns:
        samples: list[list[str]] = [[] for _ in self._headers]
        count = 0
        for count, (_, cells) in enumerate(self._rows(), start=1):
            if count <= SAMPLED_ROWS:
                _sample(samples, cells)
        if not count:
            raise Rejected(NO_ROWS, code="file_empty")
        shown = [
            (name, tuple(values))
            for name, values in zip(self._headers, samples, strict=True)
            if name != REASON
        ]
        return Columns(
            headers=tuple(name for name, _ in shown),
            samples=tuple(values for _, values in shown),
            rows=count,
            charset=self._charset,
            delimiter=self._delimiter,
        )

    def orders(self, given: TableMap, *, time_zone: str, currency: str) -> TableOrders:
        reading = Reading(given, ZoneInfo(time_zone), currency)
        places = self._places(given)
        refused: dict[int, Sentence] = {}
        by_number: dict[str, list[Row]] = defaultdict(list)
        for line, cells in self._rows():
            row = Row(line, _mapped(cells, places, given))
            number = row[Field.NUMBER]
            problem = self._problem(cells, number, reading)
            if problem:
                refused[line] = problem
            by_number[number or f"\n{line}"].append(row)  # no number has a line break
        orders = list(_assembled(by_number, reading, refused))
        lines = (RefusedLine(line, refused[line]) for line in sorted(refused))
        return TableOrders(tuple(orders), tuple(lines))

    def refused_file(self, reasons: Mapping[int, str]) -> bytes:
        """With a mark that says UTF-8, so that spreadsheets read every letter."""
        out = io.StringIO()
        writer = csv.writer(out, delimiter=self._delimiter)
        kept = [place for place, name in enumerate(self._headers) if name != REASON]
        writer.writerow([*(guarded(self._headers[place]) for place in kept), REASON])
        for line, cells in self._rows():
            if line in reasons:
                own = [cells[place] if place < len(cells) else "" for place in kept]
                beyond = [cell for cell in cells[len(self._headers) :] if cell]
                cleaned = [guarded(_plain(cell)[:MOST_LETTERS]) for cell in (*own, *beyond)]
                writer.writerow([*cleaned, guarded(reasons[line])])
        return out.getvalue().encode("utf-8-sig")

    def _problem(self, cells: list[str], number: str, reading: Reading) -> Sentence | None:
        """What is wrong with the row as such."""
        if any(cells[len(self._headers) :]):
            return Sentence(TOO_MANY_CELLS)
        if any(len(cell) > MOST_LETTERS for cell in cells):
            return Sentence(CELL_TOO_LONG, {"most": str(MOST_LETTERS)})
        return None if number else reading.refusal(MISSING, Field.NUMBER)

    def _places(self, given: TableMap) -> list[tuple[int, Field]]:
        """Which cell of a row is which field; columns that this file lacks are left out."""
        return [
            (place, Field(given.columns[name]))
            for place, name in enumerate(self._headers)
            if name in given.columns and name != REASON
        ]

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        """The rows below the header that hold something. Raises Rejected."""
        records = self._records()
        next(records, None)
        for count, record in enumerate(records, start=1):
            if count > MOST_ROWS:
                raise _too_many_rows()
            yield record

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        """All rows with the line where each begins, blank ones left out. Raises Rejected."""
        reader = csv.reader(io.StringIO(self._text, newline=""), delimiter=self._delimiter)
        line, blank = 1, 0
        while blank <= MOST_ROWS:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:  # a cell without end: its text must not come along
                break
            if any(cell.strip() for cell in cells):
                yield line, cells
            else:
                blank += 1
            line = reader.line_num + 1
        if blank > MOST_ROWS:
            raise _too_many_rows()
        raise Rejected(QUOTE_OPEN, code="quote_open", line=line)


def _too_many_rows() -> Rejected:
    return Rejected(TOO_MANY_ROWS, code="file_too_long", most=f"{MOST_ROWS:,}")


def _named(cells: list[str]) -> list[str]:
    """Name every column once. Raises Rejected where the line does not name columns."""
    if len(cells) > MOST_COLUMNS:
        raise Rejected(TOO_MANY_COLUMNS, code="too_many_columns", most=MOST_COLUMNS)
    names = [" ".join(unguarded(cell.strip()).split())[:LONGEST_HEADER] for cell in cells]
    if not any(names) or any(map(_is_data, names)):
        raise Rejected(NO_HEADER, code="no_header")
    seen: set[str] = set()
    return [_unique(name or f"({place})", seen) for place, name in enumerate(names, start=1)]


def _is_data(name: str) -> bool:
    """Whether this is a value and no name: a saved map must not hold a buyer's."""
    digits = sum(letter.isdigit() for letter in name)
    return "@" in name or digits >= 4 or (digits > 0 and digits * 2 > len(name))


def _unique(name: str, seen: set[str]) -> str:
    number, own = 1, name
    while own in seen:
        number += 1
        own = f"{name} ({number})"
    seen.add(own)
    return own


def _plain(cell: str) -> str:
    """The cell without what stands around it, and without the guard against formulas."""
    return unguarded(cell.strip()).strip()


def _sample(samples: list[list[str]], cells: list[str]) -> None:
    for values, cell in zip(samples, cells, strict=False):
        text = unguarded(" ".join(cell.split()))[:60]
        if text and len(values) < SAMPLES and text not in values:
            values.append(text)


def _mapped(cells: list[str], places: list[tuple[int, Field]], given: TableMap) -> dict[str, str]:
    row: dict[str, str] = {}
    for place, field in places:
        text = _plain(cells[place]) if place < len(cells) else ""
        row[field.value] = text if field in LINES_KEPT else " ".join(text.split())
    for name, value in given.fixed.items():
        row[name] = row.get(name) or value
    return row


def _assembled(
    by_number: Mapping[str, list[Row]], reading: Reading, refused: dict[int, Sentence]
) -> Iterator[TableOrder]:
    """The orders that are whole; the lines of the others go to `refused`, all of them."""
    for number, rows in by_number.items():
        if not any(row.line in refused for row in rows):
            try:
                yield assemble(number, rows, reading)
                continue
            except Refused as refusal:
                refused.update(refusal.reasons)
        for row in rows:
            refused.setdefault(row.line, Sentence(OTHER_ROW))
