"""A carrier's invoice as a table: which column is what, and what each row says. Pure.

Nothing is read but number, amount, currency and the invoice's own number: what else stands in
such files, names and addresses among it, goes nowhere.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from packbench.lib.cells import harmless
from packbench.lib.errors import Rejected
from packbench.lib.sentences import Sentence, marked
from packbench.lib.tables import named, read_amount, read_table

MOST_BYTES, MOST_ROWS = 32 * 1024 * 1024, 50_000
LONGEST_INVOICE, LONGEST_NUMBER = 40, 60
NO_COLUMNS = marked(
    "Packbench does not know the columns of this file. Choose which holds the tracking number and "
    "which the amount. It has: %(columns)s."
)
NOT_THERE = marked("The file has no column “%(column)s”. It has: %(columns)s.")
NO_INVOICE = marked("Enter the number of the invoice: no column of the file holds it.")
NO_NUMBER = marked("The row has no tracking number.")
NO_AMOUNT = marked("“%(column)s” holds no amount.")
NO_CURRENCY = marked("“%(column)s” holds no currency of three letters.")


class Meaning(StrEnum):
    """What the amounts of an invoice are."""

    TOTAL = "total"  # all that the parcel costs, in one row or several
    ADDED = "added"  # what comes on top of what was paid


class Columns(Struct, frozen=True, kw_only=True):
    """The names of the columns, as the file's first line has them; empty where it has none."""

    tracking: str = ""
    amount: str = ""
    currency: str = ""
    invoice: str = ""


class BilledRow(Struct, frozen=True):
    """One amount of one parcel. `line` is the row's in the file, from 1."""

    line: int
    tracking_number: str
    amount: Decimal
    currency: str
    invoice: str


class ReadInvoice(Struct, frozen=True):
    """What a file says, and which rows it does not."""

    columns: Columns
    rows: tuple[BilledRow, ...]
    refused: Mapping[int, Sentence]


# What carriers call their columns, the surest first (UPS, FedEx, DHL, DPD, GLS, EasyPost, Sendcloud
# and what people write). Names are compared in small letters, without marks.
KNOWN: Mapping[str, tuple[str, ...]] = {
    "tracking": (
        "tracking number", "tracking code", "tracking id", "tracking no", "tracking",
        "express or ground tracking id", "airwaybill number", "air waybill number", "awb number",
        "shipment tracking number", "parcel number", "parcel no", "package number", "barcode",
        "shipment number", "identcode", "sendungsnummer", "paketnummer", "paketscheinnummer",
        "numéro de suivi", "n de suivi", "numéro de colis", "número de seguimiento",
        "numero de seguimiento", "nº de envío", "número de envío", "numero di tracking",
        "numero spedizione", "ldv",
    ),
    "amount": (
        "net amount", "net charge amount", "net charge", "billed charge", "adjustment amount",
        "adjustment", "total amount excl vat", "total excl vat", "amount excl vat",
        "amount excluding tax", "price excl vat", "total charge", "charge amount", "charge",
        "total amount", "amount", "total", "price", "nettobetrag", "betrag netto", "betrag",
        "montant ht", "montant", "importe neto", "importe", "importo netto", "importo",
    ),
    "currency": (
        "currency", "currency code", "invoice currency", "invoice currency code",
        "transaction currency", "billing currency", "währung", "devise", "moneda", "valuta",
    ),
    "invoice": (
        "invoice number", "invoice no", "invoice id", "invoice", "rechnungsnummer", "rechnung",
        "numéro de facture", "n facture", "facture", "número de factura", "factura",
        "numero fattura", "fattura",
    ),
}  # fmt: skip


def guess(header: Sequence[str]) -> Columns:
    """Return the columns that are called as carriers call them."""
    by_word = {_word(name): name for name in reversed(header)}
    return Columns(
        **{
            field: next((by_word[word] for word in words if word in by_word), "")
            for field, words in KNOWN.items()
        }
    )


def read_invoice(content: bytes, wanted: Columns, *, invoice: str, currency: str) -> ReadInvoice:
    """Read a file; empty names of `wanted` are guessed, `invoice` and `currency` stand in for a
    column that is not there. Raises Rejected that names the columns, or what else is missing.
    """
    header, rows = read_table(content, most_bytes=MOST_BYTES, most_rows=MOST_ROWS)
    columns = _columns(header, wanted)
    if not columns.invoice and not invoice.strip():
        raise Rejected(NO_INVOICE, code="no_invoice_number")
    found: list[BilledRow] = []
    refused: dict[int, Sentence] = {}
    for line, cells in rows:
        row = _row(line, named(header, cells), columns, invoice=invoice, currency=currency)
        if isinstance(row, Sentence):
            refused[line] = row
        else:
            found.append(row)
    return ReadInvoice(columns, tuple(found), refused)


def refused_file(content: bytes, reasons: Mapping[int, str]) -> bytes:
    """The rows of the file that have a reason, with it, for a spreadsheet."""
    header, rows = read_table(content, most_bytes=MOST_BYTES, most_rows=MOST_ROWS)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*map(harmless, header), "Why it was left out"])
    for line, cells in rows:
        if line in reasons:
            writer.writerow([*map(harmless, cells), harmless(reasons[line])])
    return out.getvalue().encode("utf-8-sig")


def plain_number(text: str) -> str:
    """A tracking number as it is compared: capitals and digits."""
    return re.sub(r"[^0-9A-Z]", "", text.upper())[:LONGEST_NUMBER]


def _columns(header: Sequence[str], wanted: Columns) -> Columns:
    known = {name.casefold(): name for name in header}
    shown = ", ".join(name for name in header if name)[:1000]
    guessed = guess(header)
    chosen: dict[str, str] = {}
    for field in Columns.__struct_fields__:
        name = getattr(wanted, field)
        if name and name.casefold() not in known:
            raise Rejected(NOT_THERE, code="no_such_column", column=name[:80], columns=shown)
        chosen[field] = known[name.casefold()] if name else getattr(guessed, field)
    if not (chosen["tracking"] and chosen["amount"]):
        raise Rejected(NO_COLUMNS, code="unknown_columns", columns=shown)
    return Columns(**chosen)


def _row(
    line: int, row: Mapping[str, str], columns: Columns, *, invoice: str, currency: str
) -> BilledRow | Sentence:
    number = plain_number(row.get(columns.tracking.casefold(), ""))
    amount = read_amount(row.get(columns.amount.casefold(), ""))
    code = row.get(columns.currency.casefold(), "").strip().upper() or currency
    own = row.get(columns.invoice.casefold(), "").strip() if columns.invoice else ""
    if not number:
        return Sentence(NO_NUMBER)
    if amount is None:
        return Sentence(NO_AMOUNT, {"column": columns.amount})
    if not re.fullmatch("[A-Z]{3}", code):
        return Sentence(NO_CURRENCY, {"column": columns.currency})
    return BilledRow(line, number, amount, code, (own or invoice.strip())[:LONGEST_INVOICE])


def _word(name: str) -> str:
    return " ".join(re.sub(r"[^\w]+", " ", name.casefold().replace("_", " ")).split())
