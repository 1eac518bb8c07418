"""Assembling: the rows of one number become one order. No reason shows a buyer's data."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from packbench.channels.base import Buyer, ChannelItem, ChannelOrder, ItemNotes, OrderStatus
from packbench.channels.tables import Field, TableMap, TableOrder
from packbench.connectors.tables.cells import (
    BadCell,
    read_amount,
    read_grams,
    read_moment,
    read_pieces,
)
from packbench.connectors.tables.countries import country_of, needs_city
from packbench.lib.addresses import Address
from packbench.lib.money import Money
from packbench.lib.personal import HIDDEN
from packbench.lib.sentences import Sentence, marked

# Where a file says nothing of a time. Whoever saves the order knows better.
UNSAID = datetime(1970, 1, 1, tzinfo=UTC)

MISSING = marked("The cell %(column)s is empty.")
NO_NAME = marked("The row names neither a person nor a company.")
NO_COUNTRY = marked("The cell %(column)s holds no country. Use two letters, such as DE.")
NO_CURRENCY = marked("The cell %(column)s holds no currency. Use three letters, such as EUR.")
NO_ITEM = marked("No row of this order names an item.")
TOO_MANY_ITEMS = marked("The order has more than %(most)s rows.")
TOO_LONG = marked("The cell %(column)s is longer than %(most)s letters.")
LETTERS_LOST = marked("Letters of this row were lost. Choose another alphabet on the map.")
TWO_ADDRESSES = marked(
    "The rows of this number go to different addresses. Give each its own number."
)
SHIPPED_THERE = marked("The file says that this order was shipped already.")
CANCELLED_THERE = marked("The file says that this order was cancelled.")

MOST_ITEMS = 1_000
LONGEST = {
    Field.NUMBER: 50,
    Field.SKU: 100,
    Field.TITLE: 500,
    Field.SERVICE_LEVEL: 40,
    Field.CITY: 120,
    Field.STATE: 120,
    Field.POSTAL_CODE: 30,
    Field.PURCHASE_ORDER: 60,
    Field.NOTE: 1_000,
    Field.INSTRUCTIONS: 1_000,
    Field.GIFT_MESSAGE: 1_000,
}
LONGEST_OTHER = 200
SAME_IN_ALL_ROWS = (
    *(Field.NAME, Field.FIRST_NAME, Field.LAST_NAME, Field.COMPANY),
    *(Field.LINE1, Field.HOUSE_NUMBER, Field.POSTAL_CODE, Field.CITY, Field.COUNTRY),
)
SHIPPED = frozenset({"shipped", "fulfilled", "completed", "delivered", "sent"})
CANCELLED = frozenset({"cancelled", "canceled", "voided", "refunded"})
UNPAID = frozenset({"awaiting payment", "awaiting_payment", "unpaid", "pending payment"})
LEVELS = frozenset(
    {"STANDARD", "EXPEDITED", "PRIORITY", "SCHEDULED", "NEXT_DAY", "SECOND_DAY", "SAME_DAY"}
)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its line in the file, and what it holds for us."""

    line: int
    cells: Mapping[str, str]

    def __repr__(self) -> str:
        return f"Row({self.line}, {HIDDEN})"

    def __getitem__(self, field: Field) -> str:
        return self.cells.get(field, "")


@dataclass(frozen=True, slots=True)
class Reading:
    """What holds for a whole file. `headers` name the columns in reasons."""

    map: TableMap
    zone: ZoneInfo
    currency: str

    def column(self, field: Field) -> str:
        """The header of the field's column; the field's own name where it is fixed."""
        return next((name for name, own in self.map.columns.items() if own == field), field.value)

    def refusal(self, text: str, field: Field, **values: object) -> Sentence:
        said = {name: str(value) for name, value in values.items()}
        return Sentence(text, {"column": self.column(field), **said})


class Refused(Exception):
    """The rows of one number become no order: reasons by line."""

    def __init__(self, reasons: Mapping[int, Sentence]) -> None:
        self.reasons = reasons
        super().__init__()


class _Bad(Exception):
    def __init__(self, line: int, reason: Sentence) -> None:
        self.line, self.reason = line, reason
        super().__init__()


def assemble(number: str, rows: Sequence[Row], reading: Reading) -> TableOrder:
    """Return the order of these rows. Raises Refused."""
    reasons: dict[int, Sentence] = {}
    for problem in _problems(rows, reading):
        reasons.setdefault(problem.line, problem.reason)
    if reasons:
        raise Refused(reasons)
    try:
        return _Order(rows, reading).made(number)
    except _Bad as bad:
        raise Refused({bad.line: bad.reason}) from None


def _problems(rows: Sequence[Row], reading: Reading) -> Iterator[_Bad]:
    """What can be said of cells alone, in every row."""
    if len(rows) > MOST_ITEMS:
        for row in rows:
            yield _Bad(row.line, Sentence(TOO_MANY_ITEMS, {"most": str(MOST_ITEMS)}))
        return
    for row in rows:
        for name, cell in row.cells.items():
            field = Field(name)
            most = LONGEST.get(field, LONGEST_OTHER)
            if len(cell) > most:
                yield _Bad(row.line, reading.refusal(TOO_LONG, field, most=most))
            if "\ufffd" in cell:
                yield _Bad(row.line, Sentence(LETTERS_LOST))
    for field in SAME_IN_ALL_ROWS:
        if len({row[field].casefold() for row in rows} - {""}) > 1:
            for row in rows:
                yield _Bad(row.line, Sentence(TWO_ADDRESSES))


class _Order:
    """The rows of one order: what concerns the whole of it stands in the first that says it."""

    def __init__(self, rows: Sequence[Row], reading: Reading) -> None:
        self._rows, self._reading = rows, reading
        self._map = reading.map

    def made(self, number: str) -> TableOrder:
        status = self._status()
        currency = self._currency()
        items, weights = self._items(number, currency)
        order = ChannelOrder(
            external_id=number,
            marketplace_id="",
            status=status,
            remote_status="",
            created_at=self._moment(Field.PLACED_AT) or UNSAID,
            updated_at=UNSAID,
            service_level=self._service_level(),
            ship_by_at=self._moment(Field.SHIP_BY, day_ends=True),
            deliver_by_at=self._moment(Field.DELIVER_BY, day_ends=True),
            total=self._total(items, currency),
            buyer=self._buyer(),
            recipient=self._recipient(),
            items=items,
        )
        lines = tuple(row.line for row in self._rows)
        return TableOrder(order, lines, self._weight(items, weights))

    def _of(self, field: Field) -> Row:
        return next((row for row in self._rows if row[field]), self._rows[0])

    def _text(self, field: Field) -> str:
        return self._of(field)[field]

    def _bad(self, field: Field, text: str, row: Row | None = None) -> _Bad:
        return _Bad((row or self._of(field)).line, self._reading.refusal(text, field))

    def _needed(self, field: Field) -> str:
        text = self._text(field)
        if not text:
            raise self._bad(field, MISSING)
        return text

    def _status(self) -> OrderStatus:
        word = self._text(Field.STATUS).casefold()
        if word in SHIPPED:
            raise self._bad(Field.STATUS, SHIPPED_THERE)
        if word in CANCELLED:
            raise self._bad(Field.STATUS, CANCELLED_THERE)
        return OrderStatus.AWAITING_PAYMENT if word in UNPAID else OrderStatus.AWAITING_SHIPMENT

    def _moment(self, field: Field, *, day_ends: bool = False) -> datetime | None:
        text = self._text(field)
        if not text:
            return None
        try:
            return read_moment(text, self._map.date_order, self._reading.zone, day_ends=day_ends)
        except BadCell as bad:
            raise self._bad(field, str(bad)) from None

    def _service_level(self) -> str:
        text = self._text(Field.SERVICE_LEVEL)
        level = text.upper().replace(" ", "_").replace("-", "_")
        return level if level in LEVELS else text

    def _currency(self) -> str:
        code = self._text(Field.CURRENCY).upper() or self._reading.currency
        if not (len(code) == 3 and code.isascii() and code.isalpha()):
            raise self._bad(Field.CURRENCY, NO_CURRENCY)
        return code

    def _total(self, items: Sequence[ChannelItem], currency: str) -> Money | None:
        """What the file says; else the sum, where every item has its price."""
        if Field.TOTAL in self._map.fields:
            return self._money(Field.TOTAL, self._of(Field.TOTAL), currency)
        prices = [(item.unit_price, item.quantity) for item in items]
        known = [price.amount * pieces for price, pieces in prices if price]
        return Money(sum(known, Decimal()), currency) if len(known) == len(items) else None

    def _money(self, field: Field, row: Row, currency: str) -> Money | None:
        if not row[field]:
            return None
        try:
            return Money(read_amount(row[field], self._map.decimal), currency)
        except BadCell as bad:
            raise self._bad(field, str(bad), row) from None

    def _buyer(self) -> Buyer:
        return Buyer(
            email=self._text(Field.EMAIL),
            company="",
            purchase_order_number=self._text(Field.PURCHASE_ORDER),
            note=self._text(Field.NOTE),
        )

    def _recipient(self) -> Address:
        country = country_of(self._needed(Field.COUNTRY))
        if not country:
            raise self._bad(Field.COUNTRY, NO_COUNTRY)
        if needs_city(country):
            self._needed(Field.CITY)
        street = f"{self._needed(Field.LINE1)} {self._text(Field.HOUSE_NUMBER)}".strip()
        return Address(
            name=self._name(),
            company=self._text(Field.COMPANY),
            line1=street,
            line2=self._text(Field.LINE2),
            line3=self._text(Field.LINE3),
            city=self._text(Field.CITY),
            state=self._text(Field.STATE),
            postal_code=self._text(Field.POSTAL_CODE),
            country=country,
            phone=self._text(Field.PHONE),
            instructions=self._text(Field.INSTRUCTIONS),
        )

    def _name(self) -> str:
        parts = f"{self._text(Field.FIRST_NAME)} {self._text(Field.LAST_NAME)}".strip()
        name = self._text(Field.NAME) or parts
        if not (name or self._text(Field.COMPANY)):
            raise _Bad(self._rows[0].line, Sentence(NO_NAME))
        return name

    def _items(
        self, number: str, currency: str
    ) -> tuple[tuple[ChannelItem, ...], list[Decimal | None]]:
        """The items, and what a piece of each weighs in grams as far as the file says."""
        if self._map.fields.isdisjoint((Field.SKU, Field.TITLE)):
            return (ChannelItem(external_id="1", title=number, quantity=1),), [None]
        named = [row for row in self._rows if row[Field.SKU] or row[Field.TITLE]]
        if not named:
            raise _Bad(self._rows[0].line, Sentence(NO_ITEM))
        seen: set[str] = set()
        items = tuple([self._item(row, _item_id(row, seen), currency) for row in named])
        return items, [self._grams(Field.ITEM_WEIGHT, row) for row in named]

    def _item(self, row: Row, item_id: str, currency: str) -> ChannelItem:
        message = row[Field.GIFT_MESSAGE]
        return ChannelItem(
            external_id=item_id,
            sku=row[Field.SKU],
            title=row[Field.TITLE],
            quantity=self._pieces(row),
            unit_price=self._money(Field.PRICE, row, currency),
            is_gift=bool(message),
            notes=ItemNotes(gift_message=message),
        )

    def _pieces(self, row: Row) -> int:
        if not row[Field.QUANTITY]:
            return 1
        try:
            return read_pieces(row[Field.QUANTITY], self._map.decimal)
        except BadCell as bad:
            raise self._bad(Field.QUANTITY, str(bad), row) from None

    def _grams(self, field: Field, row: Row) -> Decimal | None:
        if not row[field]:
            return None
        try:
            return read_grams(row[field], self._map.decimal, self._map.weight_unit) or None
        except BadCell as bad:
            raise self._bad(field, str(bad), row) from None

    def _weight(
        self, items: Sequence[ChannelItem], weights: Sequence[Decimal | None]
    ) -> int | None:
        """Grams of the order: as the file says, else of all its pieces where each has its own."""
        whole = self._grams(Field.WEIGHT, self._of(Field.WEIGHT))
        if whole is None and all(weights):
            pairs = zip(items, weights, strict=True)
            whole = sum((each * item.quantity for item, each in pairs if each), Decimal())
        return max(1, round(whole)) if whole else None


def _item_id(row: Row, seen: set[str]) -> str:
    """A name for the line that stays the same when the file comes again: its SKU or title."""
    name = (row[Field.SKU] or row[Field.TITLE])[:40]
    number = 1
    item_id = name
    while item_id in seen:
        number += 1
        item_id = f"{name} #{number}"
    seen.add(item_id)
    return item_id
