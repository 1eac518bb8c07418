"""Own prices as a table of rows, in and out: one row a zone, a step of a price or a surcharge."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from packbench.carriers.rate_table import MOST_G, Extra, RateTable
from packbench.lib.cells import harmless
from packbench.lib.errors import Rejected
from packbench.lib.sentences import Sentence, marked
from packbench.lib.tables import named, read_table

COLUMNS = (
    "row",
    "service",
    "zone",
    "countries",
    "postal_codes",
    "up_to_g",
    "price",
    "percent",
    "over_mm",
    "currency",
)
ZONE_ROW, PRICE_ROW = "zone", "price"
KINDS = (ZONE_ROW, PRICE_ROW, *(each.value for each in Extra))
MOST_BYTES = 1024 * 1024
MOST_ROWS = 2_000
NO_COLUMNS = marked("The first line must name the columns: %(columns)s.")
UNKNOWN_ROW = marked("The column “row” must say one of %(known)s.")
NO_GRAMS = marked("The column “up_to_g” must be a whole number of grams, such as 2000.")
NO_LENGTH = marked("The column “over_mm” must be a whole number of millimeters, such as 1200.")
OTHER_CURRENCY = marked("The table is in %(currency)s: a row cannot be in another currency.")

Row = Mapping[str, str]


class RefusedLine(Struct, frozen=True):
    """A row that cannot be read: its line in the file, from 1, and what to change."""

    line: int
    reason: Sentence


class ReadRates(Struct, frozen=True):
    """What a file says; no table where a row cannot be read."""

    table: RateTable | None
    refused: tuple[RefusedLine, ...] = ()


def read_file(content: bytes) -> ReadRates:
    """Read a CSV of own prices. Raises Rejected where the file is no such table."""
    return read_rows(_rows_of(content))


def read_rows(rows: Iterable[tuple[int, Row]]) -> ReadRates:
    """Read numbered rows. Each that cannot be read is named with what to change."""
    body = _Body()
    refused = []
    zones_last = sorted(rows, key=lambda each: _cell(each[1], "row") != ZONE_ROW)
    for line, row in zones_last:  # zones first: others speak of them
        try:
            body.add(row)
        except Rejected as refusal:
            refused.append(RefusedLine(line, refusal.sentence))
    if refused:
        return ReadRates(None, tuple(sorted(refused, key=lambda each: each.line)))
    return ReadRates(RateTable.from_json(body.json()))


def rows_of(table: RateTable) -> list[dict[str, str]]:
    """The rows that `read_rows` reads, zones first."""
    said = table.as_json()
    rows = [
        {
            "row": ZONE_ROW,
            "zone": zone["name"],
            "countries": " ".join(zone["countries"]),
            "postal_codes": " ".join(zone["postal_codes"]),
        }
        for zone in said["zones"]
    ]
    rows += [
        {
            "row": PRICE_ROW,
            "service": service,
            "zone": zone,
            "up_to_g": str(grams),
            "price": price or "",
            "currency": table.currency,
        }
        for service, zones in said["prices"].items()
        for zone, steps in zones.items()
        for grams, price in steps
    ]
    return rows + [_surcharge_row(each) for each in said["surcharges"]]


def write_file(table: RateTable) -> bytes:
    """The CSV that `read_file` reads, with a mark that says UTF-8."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="")
    writer.writeheader()
    for row in rows_of(table):
        writer.writerow({name: harmless(cell) for name, cell in row.items()})
    return out.getvalue().encode("utf-8-sig")


class _Body:
    """The table's JSON as it grows; each row is tried in a table of its own first."""

    def __init__(self) -> None:
        self._zones: list[dict[str, Any]] = []
        self._prices: dict[str, dict[str, list[list[Any]]]] = {}
        self._surcharges: list[dict[str, Any]] = []
        self._currency = ""

    def json(self) -> dict[str, Any]:
        return {
            "currency": self._currency or "EUR",
            "max_weight_g": self._heaviest(),
            "zones": self._zones,
            "prices": self._prices,
            "surcharges": self._surcharges,
        }

    def add(self, row: Row) -> None:
        """Raises Rejected that says what to change of the row."""
        kind = _kind(row)
        if kind == ZONE_ROW:
            self._add_zone(row)
        elif kind == PRICE_ROW:
            self._add_price(row)
        else:
            self._add_surcharge(kind, row)

    def _add_zone(self, row: Row) -> None:
        zone = {
            "name": _cell(row, "zone"),
            "countries": _words(row, "countries"),
            "postal_codes": _words(row, "postal_codes"),
        }
        twins = [each for each in self._zones if each["name"] == zone["name"]]
        self._try(zones=[*twins, zone])
        self._zones.append(zone)

    def _add_price(self, row: Row) -> None:
        service, zone = _cell(row, "service"), _cell(row, "zone")
        self._agree(_cell(row, "currency").upper())
        step = [_whole(row, "up_to_g", NO_GRAMS), _number(row, "price") or None]
        steps = self._prices.get(service, {}).get(zone, [])
        self._try(zones=self._named(zone), prices={service: {zone: [*steps, step]}})
        self._prices.setdefault(service, {}).setdefault(zone, []).append(step)

    def _add_surcharge(self, kind: str, row: Row) -> None:
        given = _cell(row, "over_mm")
        extra: dict[str, Any] = {
            "kind": kind,
            "amount": _number(row, "price"),
            "percent": _number(row, "percent"),
            "service": _cell(row, "service"),
            "zone": _cell(row, "zone"),
            "over_mm": _whole(row, "over_mm", NO_LENGTH) if given else 0,
        }
        self._try(zones=self._named(extra["zone"]), surcharges=[extra])
        self._surcharges.append(extra)

    def _named(self, zone: str) -> list[dict[str, Any]]:
        """The zone alone; all of them where there is none of that name, to be told of."""
        return [each for each in self._zones if each["name"] == zone] or self._zones

    def _agree(self, currency: str) -> None:
        self._currency = self._currency or currency
        if currency and currency != self._currency:
            raise Rejected(OTHER_CURRENCY, code="bad_rate_table", currency=self._currency)

    def _try(self, **parts: Any) -> None:
        RateTable.from_json({"currency": self._currency or "EUR", **parts})

    def _heaviest(self) -> int:
        last = (steps[-1] for zones in self._prices.values() for steps in zones.values())
        return max(MOST_G, max((grams for grams, _ in last), default=0))


def _rows_of(content: bytes) -> Iterator[tuple[int, Row]]:
    """The rows with their lines in the file. Raises Rejected."""
    header, rows = read_table(content, most_bytes=MOST_BYTES, most_rows=MOST_ROWS)
    if not {"row", "price"} <= {name.casefold() for name in header}:
        raise Rejected(NO_COLUMNS, code="no_columns", columns=", ".join(COLUMNS))
    return ((line, named(header, cells)) for line, cells in rows)


def _kind(row: Row) -> str:
    word = _cell(row, "row")
    if word not in KINDS:
        raise Rejected(UNKNOWN_ROW, code="bad_rate_table", known=", ".join(KINDS))
    return word


def _cell(row: Row, name: str) -> str:
    text = row.get(name, "").strip()
    return text.lower() if name in ("row", "service", "zone") else text


def _words(row: Row, name: str) -> list[str]:
    return _cell(row, name).upper().replace(",", " ").split()


def _number(row: Row, name: str) -> str:
    """The number with a point before its decimals, also where the file has a comma."""
    cell = _cell(row, name).removesuffix("%").strip()
    return "" if cell == "-" else cell.replace(",", ".") if cell.count(",") == 1 else cell


def _whole(row: Row, name: str, text: str) -> int:
    cell = _cell(row, name)
    if not (cell.isascii() and cell.isdigit() and len(cell) <= 8):
        raise Rejected(text, code="bad_rate_table")
    return int(cell)


def _surcharge_row(said: Mapping[str, Any]) -> dict[str, str]:
    return {
        "row": said["kind"],
        "service": said.get("service", ""),
        "zone": said.get("zone", ""),
        "price": said.get("amount", ""),
        "percent": said.get("percent", ""),
        "over_mm": str(said.get("over_mm") or ""),
    }
