"""One row of the report “Unshipped orders”, read. Cells hold buyers' data: no reason shows one."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, time, tzinfo

from packbench.channels.base import Buyer, ChannelItem, ItemNotes
from packbench.connectors.amazon.people import iso_country
from packbench.lib.addresses import Address
from packbench.lib.sentences import Sentence, marked

TOO_MANY_CELLS = marked("The row has more cells than the file has columns.")
NO_ORDER_ID = marked("The cell order-id holds no Amazon order id.")
NO_ITEM_ID = marked(
    "The cell order-item-id holds no number. If the file was opened in a spreadsheet, download it "
    "again."
)
NO_QUANTITY = marked("The cell %(column)s holds no whole number.")
NO_DATE = marked("The cell purchase-date holds no date.")
LETTERS_LOST = marked(
    "Letters of this row were lost when the file was saved. Download it again and upload it "
    "unchanged."
)
OTHER_ROW_BROKEN = marked("Another row of the same order cannot be read.")

ORDER_ID = re.compile(r"[A-Z0-9]{3}-\d{7}-\d{7}")
OLD_DATE = re.compile(r"(\d{4})[-/](\d\d)[-/](\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?: ?([A-Z]{2,5}))?")
REPLACEMENT_CHARACTER = "\ufffd"
END_OF_DAY = time(23, 59, 59)
MOST_DIGITS = 9

# The report names levels in its own words, and older ones by country ("Std DE Dom_1").
SERVICE_LEVELS = (
    (r"second ?day", "SECOND_DAY"),
    (r"next ?day", "NEXT_DAY"),
    (r"same ?day", "SAME_DAY"),
    (r"free ?economy", "FREE_ECONOMY"),
    (r"scheduled", "SCHEDULED"),
    (r"priority", "PRIORITY"),
    (r"exp", "EXPEDITED"),
    (r"st(d|andard)", "STANDARD"),
)
PROGRAMS = {
    "is-prime": "PRIME",
    "is-business-order": "AMAZON_BUSINESS",
    "is-premium-order": "PREMIUM",
    "is-ispu-order": "IN_STORE_PICK_UP",
    "is-iba": "INVOICE_BY_AMAZON",
}


class BrokenRow(Exception):
    """The row cannot be read; the sentence says what is wrong with it, without its data."""

    def __init__(self, text: str, **values: str) -> None:
        self.sentence = Sentence(text, values)
        super().__init__(str(self.sentence))


class Row:
    """The cells of a row by column; a column that the file lacks is empty."""

    def __init__(self, cells: Mapping[str, str], *, has_more_cells: bool = False) -> None:
        self._cells = cells
        self.has_more_cells = has_more_cells

    def __getitem__(self, column: str) -> str:
        return self._cells.get(column, "")

    @property
    def has_lost_letters(self) -> bool:
        return any(REPLACEMENT_CHARACTER in cell for cell in self._cells.values())

    def first(self, *columns: str) -> str:
        return next((self[column] for column in columns if self[column]), "")

    def is_true(self, column: str) -> bool:
        return self[column].lower() in ("true", "yes", "y", "1")


def read_row(line: str, columns: tuple[str, ...]) -> Row:
    """Return the row as it is: quotation marks are letters, empty last cells may be left out."""
    cells = [cell.strip() for cell in line.split("\t")]
    more = any(cells[len(columns) :])
    return Row(dict(zip(columns, cells, strict=False)), has_more_cells=more)


def check_row(row: Row, zone: tzinfo) -> None:
    """Raise BrokenRow where an order cannot be made of the row."""
    if row.has_more_cells:
        raise BrokenRow(TOO_MANY_CELLS)
    if not ORDER_ID.fullmatch(row["order-id"]):
        raise BrokenRow(NO_ORDER_ID)
    if row.has_lost_letters:
        raise BrokenRow(LETTERS_LOST)
    if not row["order-item-id"].isdigit():
        raise BrokenRow(NO_ITEM_ID)
    if read_time(row["purchase-date"], zone) is None:
        raise BrokenRow(NO_DATE)
    quantities(row)


def quantities(row: Row) -> tuple[int, int]:
    """Return pieces ordered and pieces shipped; raises BrokenRow."""
    ordered = _number(row, "quantity-purchased")
    if row["quantity-to-ship"]:
        return ordered, max(0, ordered - _number(row, "quantity-to-ship"))
    return ordered, _number(row, "quantity-shipped") if row["quantity-shipped"] else 0


def _number(row: Row, column: str) -> int:
    text = row[column]
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS):
        raise BrokenRow(NO_QUANTITY, column=column)
    return int(text)


def read_time(text: str, zone: tzinfo, *, day_ends: bool = False) -> datetime | None:
    """Return the instant in UTC; a time without zone, and a day, are the marketplace's."""
    old = OLD_DATE.fullmatch(text)
    if old:
        text = f"{old[1]}-{old[2]}-{old[3]}T{old[4]}" + ("Z" if old[5] in ("UTC", "GMT") else "")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if day_ends and len(text) == len("2026-01-31"):
        moment = datetime.combine(moment, END_OF_DAY)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def programs(row: Row) -> tuple[str, ...]:
    return tuple(name for column, name in PROGRAMS.items() if row.is_true(column))


def service_level(row: Row) -> str:
    """Return the level in Amazon's eight words, or the report's own where none fits."""
    text = row["ship-service-level"]
    for pattern, level in SERVICE_LEVELS:
        if re.match(pattern, text, re.IGNORECASE):
            return level
    return text


def buyer(row: Row) -> Buyer:
    return Buyer(
        name=row["buyer-name"],
        email=row["buyer-email"],
        company=row["buyer-company-name"],
        purchase_order_number=row["purchase-order-number"],
    )


def recipient(row: Row) -> Address:
    pickup = row.is_true("is-pickup-point-order")
    return Address(
        name=row["recipient-name"],
        company=row["ship-company-name"],
        line1=row["ship-address-1"],
        line2=row["ship-address-2"],
        line3=row["ship-address-3"],
        city=row["ship-city"],
        state=row["ship-state"],
        postal_code=row["ship-postal-code"],
        country=iso_country(row["ship-country"]),
        phone=row.first("ship-phone-number", "buyer-phone-number"),
        kind="pickup_point" if pickup else row["address-type"].lower(),
        instructions=row["delivery-instructions"],
    )


def item(row: Row) -> ChannelItem:
    ordered, shipped = quantities(row)
    message = row.first("gift-message-text", "gift-message")
    wrap = row["gift-wrap-type"]
    url = row["customized-url"]
    return ChannelItem(
        external_id=row["order-item-id"],
        sku=row["sku"],
        asin=row["asin"],
        title=row["product-name"],
        quantity=ordered,
        quantity_fulfilled=shipped,
        gift_wrap=wrap,
        is_gift=bool(message or wrap),
        is_customized=bool(url),
        cancel_requested=row.is_true("is-buyer-requested-cancellation"),
        cancel_reason=row["buyer-requested-cancel-reason"],
        programs=("TRANSPARENCY",) if row.is_true("is-transparency") else (),
        notes=ItemNotes(gift_message=message, customization_url=url),
    )
