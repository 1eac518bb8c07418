"""Products by file: a table of what is known of each, in and out (SEED-60)."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from packbench.accounts.models import Workspace
from packbench.lib.errors import Rejected
from packbench.lib.sentences import Sentence, marked
from packbench.orders.editing import edit_products
from packbench.products.describing import EMPTY, FIELDS, empty_of, read_field, show_field

TOLD = (
    "asin",
    "title",
    "amazon_weight_g",
    "item_weight_g",
    "amazon_length_mm",
    "amazon_width_mm",
    "amazon_height_mm",
    "product_type",
    "stock_quantity",
)
COLUMNS = ("sku", *FIELDS, *TOLD)
MOST_ROWS = 200_000
MOST_REFUSED = 5_000
FORMULAS = ("=", "+", "-", "@", "\t")  # what a spreadsheet would run instead of show

NOT_TEXT = marked("This is not a text file. Save the table as CSV (UTF-8) and upload it again.")
NO_COLUMN = marked(
    "The first line must name the column sku and at least one of the others, such as weight_g."
)
TOO_LONG = marked("The file has more than %(most)s rows. Split it.")
TOO_MANY_REFUSED = marked(
    "More than %(most)s rows cannot be read, so nothing was changed. Check the columns."
)
NO_SKU = marked("The row has no SKU.")
UNKNOWN_SKU = marked("There is no product with this SKU.")
TWICE = marked("The SKU stands in an earlier row already; that one counts.")


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that changed nothing: its line in the file, from 1, what it held, and why."""

    line: int
    sku: str
    cells: Mapping[str, str]
    reason: Sentence


@dataclass(frozen=True, slots=True)
class ImportedProducts:
    """What a file brought: products changed, waiting orders mended, rows refused."""

    changed: int
    mended: int
    refused: Sequence[RefusedRow]


@dataclass(slots=True)
class _Read:
    changes: dict[str, tuple[int, dict[str, str], dict[str, Any]]] = field(default_factory=dict)
    refused: list[RefusedRow] = field(default_factory=list)

    def refuse(self, line: int, cells: Mapping[str, str], reason: Sentence) -> None:
        self.refused.append(RefusedRow(line, cells.get("sku", ""), cells, reason))
        if len(self.refused) > MOST_REFUSED:
            raise Rejected(TOO_MANY_REFUSED, code="too_many_refused", most=MOST_REFUSED)


def import_products(
    workspace: Workspace, content: bytes, *, actor: str, now: datetime
) -> ImportedProducts:
    """Set what a CSV file says; rows that cannot be read leave the others alone.

    An empty cell leaves its value alone, a “-” empties it. Raises Rejected where the file is no
    such table.
    """
    read = _read(content)
    known = set(workspace.products.filter(sku__in=read.changes).values_list("sku", flat=True))
    for sku, (line, cells, _) in read.changes.items():
        if sku not in known:
            read.refuse(line, cells, Sentence(UNKNOWN_SKU))
    changes = {sku: fields for sku, (_, _, fields) in read.changes.items() if sku in known}
    edited = edit_products(workspace, changes, actor=actor, now=now)
    refused = sorted(read.refused, key=lambda row: row.line)
    return ImportedProducts(edited.changed, edited.mended, tuple(refused))


def export_products(workspace: Workspace, columns: Sequence[str] = COLUMNS) -> Iterator[str]:
    """Return the table of all products, line by line; it can be filled in and imported."""
    yield _line(columns)
    rows = workspace.products.order_by("sku").values_list(*columns)
    for row in rows.iterator(chunk_size=2000):
        yield _line([_cell(name, value) for name, value in zip(columns, row, strict=True)])


def refused_table(refused: Sequence[RefusedRow], say: Any) -> Iterator[str]:
    """Return the refused rows as a table with their reasons, to be mended and uploaded again."""
    columns = list(dict.fromkeys(name for row in refused for name in row.cells))
    yield _line([*columns, "reason"])
    for row in refused:
        yield _line([*(row.cells.get(name, "") for name in columns), say(row.reason)])


def _line(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def _cell(name: str, value: Any) -> str:
    text = show_field(name, value)
    return f"'{text}" if name == "title" and text.startswith(FORMULAS) else text


def _read(content: bytes) -> _Read:
    read = _Read()
    try:
        for line, cells in _rows(_decoded(content)):
            _take(read, line, cells)
    except csv.Error:
        raise Rejected(NOT_TEXT, code="file_not_text") from None
    return read


def _take(read: _Read, line: int, cells: dict[str, str]) -> None:
    sku = cells["sku"]
    if not sku or sku in read.changes:
        read.refuse(line, cells, Sentence(TWICE if sku else NO_SKU))
        return
    try:
        fields = {name: _value(name, cells[name]) for name in FIELDS if cells.get(name)}
    except Rejected as error:
        read.refuse(line, cells, error.sentence)
        return
    if fields:
        read.changes[sku] = (line, cells, fields)


def _value(name: str, text: str) -> Any:
    return empty_of(name) if text == EMPTY else read_field(name, text)


def _rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    names = {(name or "").strip().lower(): name for name in reader.fieldnames or ()}
    if "sku" not in names or names.keys().isdisjoint(FIELDS):
        raise Rejected(NO_COLUMN, code="column_missing")
    for number, row in enumerate(reader):
        if number >= MOST_ROWS:
            raise Rejected(TOO_LONG, code="file_too_long", most=MOST_ROWS)
        yield reader.line_num, {name: (row[own] or "").strip() for name, own in names.items()}


def _decoded(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Rejected(NOT_TEXT, code="file_not_text") from None
    if "\0" in text:
        raise Rejected(NOT_TEXT, code="file_not_text")
    return text
