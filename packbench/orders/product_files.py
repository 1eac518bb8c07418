"""Products by file: a table of what is known of each, in and out (SEED-60)."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Prefetch

from packbench.accounts.models import Workspace
from packbench.channels.models import Store
from packbench.channels.settling import match_products_again
from packbench.events.models import Event
from packbench.events.recording import event, record_all
from packbench.lib.errors import Rejected
from packbench.lib.sentences import Sentence, marked
from packbench.orders.editing import edit_products
from packbench.products.describing import EMPTY, FIELDS, empty_of, read_field, show_field
from packbench.products.models import Alias, Product
from packbench.products.naming import (
    Name,
    check_name,
    read_barcodes,
    read_names,
    set_names,
    show_barcodes,
    show_names,
)

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
NAMES = ("aliases", "barcodes")  # columns that hold other names of the product
COLUMNS = ("sku", *FIELDS, *NAMES, *TOLD)
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
MERGED = marked("This product was merged into another one. Change that one.")
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
    stores: Sequence[Store]
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
    read = _read(content, list(workspace.stores.defer("brand_logo")))
    _refuse_strangers(read, workspace)
    changes = {sku: fields for sku, (_, _, fields) in read.changes.items()}
    with transaction.atomic():
        renamed = _rename(read, workspace, actor=actor, now=now)
        edited = edit_products(workspace, changes, actor=actor, now=now)
    only_renamed = [sku for sku in renamed if not edited.fields.get(sku)]
    refused = sorted(read.refused, key=lambda row: row.line)
    return ImportedProducts(edited.changed + len(only_renamed), edited.mended, tuple(refused))


def _refuse_strangers(read: _Read, workspace: Workspace) -> None:
    """Rows of products that are not here, or that another one stands for."""
    rows = workspace.products.filter(sku__in=read.changes)
    merged = dict(rows.values_list("sku", "merged_into"))
    for sku, (line, cells, _) in list(read.changes.items()):
        if sku not in merged or merged[sku]:
            read.refuse(line, cells, Sentence(MERGED if sku in merged else UNKNOWN_SKU))
            del read.changes[sku]


def _rename(read: _Read, workspace: Workspace, *, actor: str, now: datetime) -> list[str]:
    """Give the products the names of their rows; return the SKUs of those that have others now.

    A row whose name belongs to another product is refused as a whole.
    """
    named = [sku for sku, (_, _, fields) in read.changes.items() if set(NAMES) & set(fields)]
    renamed = []
    products = workspace.products.filter(sku__in=named).order_by("pk")
    for product in products.select_for_update(no_key=True):
        line, cells, fields = read.changes[product.sku]
        try:
            if _set_names(product, fields, now=now):
                renamed.append(product)
        except Rejected as error:
            read.refuse(line, cells, error.sentence)
            fields.clear()
    if renamed:
        record_all(_renamed(product, actor=actor, now=now) for product in renamed)
        match_products_again(workspace.pk)
    return [product.sku for product in renamed]


def _set_names(product: Product, fields: Mapping[str, Any], *, now: datetime) -> bool:
    """Raises Rejected before anything is changed."""
    names = [name for column in NAMES for name in fields.get(column, ())]
    for name in names:
        check_name(product, name)
    kinds = {"aliases": (Alias.Kind.SKU, Alias.Kind.ASIN), "barcodes": (Alias.Kind.BARCODE,)}
    wanted = [kind for column in NAMES if column in fields for kind in kinds[column]]
    return set_names(product, wanted, names, now=now)


def _renamed(product: Product, *, actor: str, now: datetime) -> Event:
    return event(
        "product.changed",
        product.workspace_id,
        actor=actor,
        now=now,
        product_id=product.pk,
        fields=["aliases"],
    )


def export_products(workspace: Workspace, columns: Sequence[str] = COLUMNS) -> Iterator[str]:
    """Return the table of all products, line by line; it can be filled in and imported."""
    yield _line(columns)
    rows = workspace.products.listed().order_by("sku")
    if set(NAMES) & set(columns):
        named = Prefetch("aliases", Alias.objects.select_related("store").order_by("pk"))
        rows = rows.prefetch_related(named)
    for row in rows.iterator(chunk_size=2000):
        yield _line([_shown(row, name) for name in columns])


def _shown(row: Product, name: str) -> str:
    if name not in NAMES:
        return _cell(name, getattr(row, name))
    aliases = row.aliases.all()
    return show_names(aliases) if name == "aliases" else show_barcodes(aliases)


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


def _read(content: bytes, stores: Sequence[Store]) -> _Read:
    read = _Read(stores)
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
        fields |= {name: _names(read, name, cells[name]) for name in NAMES if cells.get(name)}
    except Rejected as error:
        read.refuse(line, cells, error.sentence)
        return
    if fields:
        read.changes[sku] = (line, cells, fields)


def _value(name: str, text: str) -> Any:
    return empty_of(name) if text == EMPTY else read_field(name, text)


def _names(read: _Read, column: str, text: str) -> list[Name]:
    if text == EMPTY:
        return []
    return read_names(text, read.stores) if column == "aliases" else read_barcodes(text)


def _rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    names = {(name or "").strip().lower(): name for name in reader.fieldnames or ()}
    if "sku" not in names or names.keys().isdisjoint((*FIELDS, *NAMES)):
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
