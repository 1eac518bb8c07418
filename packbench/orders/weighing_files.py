"""Weighing by file: a table of SKUs and grams, in and out (SEED-60)."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from packbench.accounts.models import Workspace
from packbench.lib.errors import Rejected
from packbench.lib.sentences import Sentence, marked
from packbench.orders.weighing import BAD_WEIGHT, MOST_G, weigh_products

COLUMNS = ("sku", "weight_g")
MOST_ROWS = 200_000

NOT_TEXT = marked("This is not a text file. Save the table as CSV (UTF-8) and upload it again.")
NO_COLUMN = marked("The first line must name the columns sku and weight_g.")
TOO_LONG = marked("The file has more than %(most)s rows. Split it.")
NO_SKU = marked("The row has no SKU.")
UNKNOWN_SKU = marked("There is no product with this SKU.")
TWICE = marked("The SKU stands in an earlier row already; that one counts.")
NO_NUMBER = marked("“%(given)s” is no whole number of grams.")


@dataclass(frozen=True, slots=True)
class RefusedWeight:
    """A row that changed nothing: its line in the file, from 1, its SKU, and why."""

    line: int
    sku: str
    reason: Sentence


@dataclass(frozen=True, slots=True)
class ImportedWeights:
    """What a file brought: products weighed, waiting orders mended, rows refused."""

    weighed: int
    mended: int
    refused: tuple[RefusedWeight, ...]


def import_weights(
    workspace: Workspace, content: bytes, *, actor: str, now: datetime
) -> ImportedWeights:
    """Set the weights of a CSV file; rows that cannot be read leave the others alone.

    Cells without a weight are passed over. Raises Rejected where the file is no such table.
    """
    weights, refused = _read(content)
    known = workspace.products.by_sku(weights)
    unknown = [
        RefusedWeight(line, sku, Sentence(UNKNOWN_SKU))
        for sku, (line, _) in weights.items()
        if sku not in known
    ]
    grams = {sku: weight for sku, (_, weight) in weights.items() if sku in known}
    mended = weigh_products(workspace, grams, actor=actor, now=now)
    every = sorted([*refused, *unknown], key=lambda row: row.line)
    return ImportedWeights(len(grams), mended, tuple(every))


def export_weights(workspace: Workspace) -> Iterator[str]:
    """Return the table of all products, line by line; it can be filled in and imported."""
    yield ",".join(COLUMNS) + "\r\n"
    rows = workspace.products.order_by("sku").values_list(*COLUMNS)
    for sku, weight in rows.iterator(chunk_size=2000):
        line = io.StringIO()
        csv.writer(line).writerow([sku, weight or ""])
        yield line.getvalue()


def _read(content: bytes) -> tuple[dict[str, tuple[int, int]], list[RefusedWeight]]:
    weights: dict[str, tuple[int, int]] = {}
    refused: list[RefusedWeight] = []
    try:
        for line, sku, text in _rows(_decoded(content)):
            problem = _problem(sku, text, weights)
            if problem:
                refused.append(RefusedWeight(line, sku, problem))
            elif text:
                weights[sku] = (line, int(text))
    except csv.Error:
        raise Rejected(NOT_TEXT, code="file_not_text") from None
    return weights, refused


def _rows(text: str) -> Iterator[tuple[int, str, str]]:
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    names = {(name or "").strip().lower(): name for name in reader.fieldnames or ()}
    if not set(COLUMNS) <= set(names):
        raise Rejected(NO_COLUMN, code="column_missing")
    for number, row in enumerate(reader):
        if number >= MOST_ROWS:
            raise Rejected(TOO_LONG, code="file_too_long", most=MOST_ROWS)
        sku, weight = ((row[names[name]] or "").strip() for name in COLUMNS)
        yield reader.line_num, sku, weight


def _problem(sku: str, text: str, seen: dict[str, tuple[int, int]]) -> Sentence | None:
    if not sku:
        return Sentence(NO_SKU)
    if sku in seen:
        return Sentence(TWICE)
    if text and not (text.isascii() and text.isdigit()):
        return Sentence(NO_NUMBER, {"given": text[:20]})
    if text and not 0 < int(text[:12]) <= MOST_G:
        return Sentence(BAD_WEIGHT, {"most": str(MOST_G), "given": text[:12]})
    return None


def _decoded(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Rejected(NOT_TEXT, code="file_not_text") from None
    if "\0" in text:
        raise Rejected(NOT_TEXT, code="file_not_text")
    return text
