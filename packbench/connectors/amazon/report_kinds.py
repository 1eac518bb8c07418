"""Whether a file is the report that we want, and if not, what to say of it."""

from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked

REQUIRED = (
    "order-id",
    "order-item-id",
    "purchase-date",
    "quantity-purchased",
    "recipient-name",
    "ship-address-1",
    "ship-country",
)

EMPTY = marked("This file is empty. Download the report “Unshipped orders” again.")
SPREADSHEET = marked(
    "This is a spreadsheet or a packed file. Upload the text file (.txt) of the report "
    "“Unshipped orders” as Seller Central gave it."
)
NOT_TEXT = marked("This is not a text file. Upload the .txt file of the report “Unshipped orders”.")
WEB_PAGE = marked(
    "This is a web page. Sign in to Seller Central and download the report “Unshipped orders” "
    "again."
)
XML = marked("This is an XML file. Download the report “Unshipped orders” as a text file.")
COMMAS = marked(
    "This file has commas or semicolons between its columns. Upload the .txt file, which has "
    "tabs, as Seller Central gave it."
)
WRONG_REPORT = marked(
    "This is another report (%(kind)s). In Seller Central open Orders → Order reports → "
    "Unshipped orders."
)
NO_REPORT = marked(
    "This is not an order report of Amazon. In Seller Central open Orders → Order reports → "
    "Unshipped orders."
)
COLUMNS_MISSING = marked(
    "The file lacks the column %(columns)s. Download the report “Unshipped orders” again and "
    "upload it unchanged."
)

# The first column that is found decides; order ids occur in most of them.
OTHER_REPORTS = {
    "settlement-id": "settlement",
    "fulfillment-center-id": "FBA",
    "shipment-item-id": "FBA shipments",
    "fnsku": "FBA inventory",
    "return-date": "returns",
    "listing-id": "listings",
    "amazon-order-id": "all orders",
}
SPREADSHEET_STARTS = (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0", b"\x1f\x8b")


def check_bytes(content: bytes) -> None:
    """Raise Rejected where this cannot be a text file, whatever its charset."""
    if content.startswith(SPREADSHEET_STARTS):
        raise Rejected(SPREADSHEET, code="file_is_spreadsheet")
    if content.startswith(b"%PDF"):
        raise Rejected(NOT_TEXT, code="file_not_text")


def check_text(text: str) -> None:
    """Raise Rejected where the text is of another kind than a table."""
    start = text.lstrip()[:200].lower()
    if not start:
        raise Rejected(EMPTY, code="file_empty")
    if start.startswith("<?xml"):
        raise Rejected(XML, code="file_is_xml")
    if start.startswith("<"):
        raise Rejected(WEB_PAGE, code="file_is_web_page")
    if "\0" in text:
        raise Rejected(NOT_TEXT, code="file_not_text")


def columns(header: str) -> tuple[str, ...]:
    """Return the names of the columns; raises Rejected where the report is another one."""
    names = tuple(cell.strip().strip('"').strip().lower() for cell in header.split("\t"))
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise _wrong_report(header.lower(), names, missing)
    return names


def _wrong_report(header: str, names: tuple[str, ...], missing: list[str]) -> Rejected:
    for name, kind in OTHER_REPORTS.items():
        if name in names:
            return Rejected(WRONG_REPORT, code="wrong_report", kind=kind)
    if "\t" not in header and "order-id" in header:
        return Rejected(COMMAS, code="file_has_commas")
    if "order-id" in names:
        return Rejected(COLUMNS_MISSING, code="column_missing", columns=", ".join(missing))
    return Rejected(NO_REPORT, code="wrong_report")
