"""Tables of orders: our fields, the map from a file's columns to them, and what was read.

Values only; the reader is a connector that is named by its dotted path.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, cast

from django.utils.module_loading import import_string
from msgspec import Struct

from packbench.channels.base import ChannelOrder
from packbench.lib.personal import HIDDEN
from packbench.lib.sentences import Sentence, marked

READER = "packbench.connectors.tables.reading.Reader"

MOST_BYTES = 20 * 1024 * 1024
MOST_ROWS = 50_000
MOST_COLUMNS = 200
MOST_LETTERS = 2_000  # in one cell
LONGEST_HEADER = 200
LONGEST_MAP_NAME = 60


class Field(StrEnum):
    """What a column can be for us."""

    NUMBER = "number"
    STATUS = "status"
    PLACED_AT = "placed_at"
    SHIP_BY = "ship_by"
    DELIVER_BY = "deliver_by"
    SERVICE_LEVEL = "service_level"
    TOTAL = "total"
    CURRENCY = "currency"
    WEIGHT = "weight"
    NOTE = "note"
    PURCHASE_ORDER = "purchase_order"
    NAME = "name"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    COMPANY = "company"
    LINE1 = "line1"
    HOUSE_NUMBER = "house_number"
    LINE2 = "line2"
    LINE3 = "line3"
    CITY = "city"
    STATE = "state"
    POSTAL_CODE = "postal_code"
    COUNTRY = "country"
    PHONE = "phone"
    EMAIL = "email"
    INSTRUCTIONS = "instructions"
    SKU = "sku"
    TITLE = "title"
    QUANTITY = "quantity"
    PRICE = "price"
    ITEM_WEIGHT = "item_weight"
    GIFT_MESSAGE = "gift_message"


# One of each group must come from a column or be fixed.
NEEDED: tuple[tuple[Field, ...], ...] = (
    (Field.NUMBER,),
    (Field.NAME, Field.FIRST_NAME, Field.LAST_NAME, Field.COMPANY),
    (Field.LINE1,),
    (Field.CITY,),
    (Field.COUNTRY,),
)
# What may be the same for every row of a file.
FIXABLE = (
    Field.COUNTRY,
    Field.CURRENCY,
    Field.SERVICE_LEVEL,
    Field.QUANTITY,
    Field.WEIGHT,
)


class TableMap(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a file's columns become our fields. Nothing of it is about a buyer.

    `columns` are our fields by header, `fixed` are values for every row. `date_order` is `ymd`,
    `dmy` or `mdy`; "" takes only dates that can be read in one way. `charset` and `delimiter` are
    found out where they are "".
    """

    columns: dict[str, str] = {}
    fixed: dict[str, str] = {}
    date_order: str = ""
    decimal: str = "."
    weight_unit: str = "g"
    charset: str = ""
    delimiter: str = ""

    @property
    def fields(self) -> frozenset[str]:
        """The fields that a file read by this map says something of."""
        return frozenset(self.columns.values()) | frozenset(self.fixed)


@dataclass(frozen=True, slots=True)
class Columns:
    """A file's columns: headers in order, and for each up to three of its values."""

    headers: tuple[str, ...]
    samples: tuple[tuple[str, ...], ...]
    rows: int
    charset: str
    delimiter: str

    def __repr__(self) -> str:
        return f"Columns({len(self.headers)}, {HIDDEN})"


@dataclass(frozen=True, slots=True)
class TableOrder:
    """One order of a file, and the lines where it stands. `weight_g` as the file says it."""

    order: ChannelOrder
    lines: tuple[int, ...]
    weight_g: int | None = None


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A row that becomes no order: its line in the file, from 1, and why. No buyer's data."""

    line: int
    reason: Sentence


@dataclass(frozen=True, slots=True)
class TableOrders:
    """What a file holds, in its order."""

    orders: tuple[TableOrder, ...]
    refused: tuple[RefusedLine, ...] = field(default=())


class TableReader(Protocol):
    """One file. Raises errors.Rejected where it is no table that can be read."""

    def columns(self) -> Columns: ...

    def orders(self, given: TableMap, *, time_zone: str, currency: str) -> TableOrders:
        """Read all orders; days end in `time_zone`, amounts without currency are in `currency`."""

    def refused_file(self, reasons: Mapping[int, str]) -> bytes:
        """The rows of these lines as a file of their own, each with its reason, to be mended."""


def open_table(content: bytes, *, charset: str = "", delimiter: str = "") -> TableReader:
    """Return what reads the file. Raises Rejected where it is no table."""
    opener = import_string(READER)
    return cast(TableReader, opener(content, charset=charset, delimiter=delimiter))


def missing_of(given: TableMap) -> list[Sequence[Field]]:
    """The groups of which the map gives no field."""
    return [group for group in NEEDED if given.fields.isdisjoint(group)]


BUILT_IN = "packbench.connectors.tables.maps"


def built_in_maps() -> dict[str, TableMap]:
    """The maps of other desks' files, by the desks' names."""
    return cast(dict[str, TableMap], import_string(f"{BUILT_IN}.BUILT_IN_MAPS"))


def guess_map(columns: Columns) -> TableMap:
    """The map that the headers and values of a file suggest; a person looks at it."""
    return cast(TableMap, import_string(f"{BUILT_IN}.guess_map")(columns))


def fit_map(given: TableMap, columns: Columns) -> TableMap:
    """The map in this file's spelling of its headers, without columns that the file lacks."""
    return cast(TableMap, import_string(f"{BUILT_IN}.fitted_to")(given, columns.headers))


WORDS: dict[str, str] = {
    Field.NUMBER: marked("Order number"),
    Field.STATUS: marked("Order status"),
    Field.PLACED_AT: marked("Order date"),
    Field.SHIP_BY: marked("Ship by"),
    Field.DELIVER_BY: marked("Deliver by"),
    Field.SERVICE_LEVEL: marked("Service level"),
    Field.TOTAL: marked("Order total"),
    Field.CURRENCY: marked("Currency"),
    Field.WEIGHT: marked("Weight of the order"),
    Field.NOTE: marked("Note"),
    Field.PURCHASE_ORDER: marked("Purchase order number"),
    Field.NAME: marked("Name"),
    Field.FIRST_NAME: marked("First name"),
    Field.LAST_NAME: marked("Last name"),
    Field.COMPANY: marked("Company"),
    Field.LINE1: marked("Street and number"),
    Field.HOUSE_NUMBER: marked("House number"),
    Field.LINE2: marked("Address line 2"),
    Field.LINE3: marked("Address line 3"),
    Field.CITY: marked("City"),
    Field.STATE: marked("State or region"),
    Field.POSTAL_CODE: marked("Postal code"),
    Field.COUNTRY: marked("Country"),
    Field.PHONE: marked("Phone"),
    Field.EMAIL: marked("E-mail address"),
    Field.INSTRUCTIONS: marked("Delivery instructions"),
    Field.SKU: marked("SKU"),
    Field.TITLE: marked("Item"),
    Field.QUANTITY: marked("Quantity"),
    Field.PRICE: marked("Price of one piece"),
    Field.ITEM_WEIGHT: marked("Weight of one piece"),
    Field.GIFT_MESSAGE: marked("Gift message"),
}
GROUPS: tuple[tuple[str, tuple[Field, ...]], ...] = (
    (marked("Order"), tuple(Field)[:11]),
    (marked("Ship to"), tuple(Field)[11:26]),
    (marked("Items"), tuple(Field)[26:]),
)
