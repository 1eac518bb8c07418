"""Cells: what their text means, and how a cell is written so that no spreadsheet runs it."""

import re
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from packbench.lib.sentences import marked

NO_DATE = marked("The cell %(column)s holds no date that can be read.")
TWO_DATES = marked(
    "The date in %(column)s can be read in two ways. Choose on the map which comes first, day or "
    "month."
)
NO_NUMBER = marked("The cell %(column)s holds no number.")
NO_WHOLE_NUMBER = marked("The cell %(column)s holds no whole number of pieces.")
NO_WEIGHT = marked("The cell %(column)s holds no weight.")

# OWASP's list of what may start a formula, in full width too.
FORMULAS = frozenset("=+-@\t\r\n＝＋－＠")
UNITS_G = {
    "g": Decimal(1),
    "gr": Decimal(1),
    "kg": Decimal(1000),
    "oz": Decimal("28.349523125"),
    "lb": Decimal("453.59237"),
    "lbs": Decimal("453.59237"),
}
MOST_G = 1_000_000
MOST_DIGITS = 12
END_OF_DAY = time(23, 59, 59)
YEARS = range(2000, 2100)
LONGEST = 60  # letters of a number, a weight, a date: expressions need not look at more
NUMBER = re.compile(r"[+-]?[0-9.,' \u00a0\u202f]*[0-9][0-9.,' \u00a0\u202f]*")
WEIGHT = re.compile(r"(.*?)\s*(kg|gr?|oz|lbs?)?\.?", re.IGNORECASE | re.DOTALL)
CURRENCY_SIGNS = "€$£¥"
CURRENCY_CODE = re.compile(r"^[A-Za-z]{3}\s+|\s+[A-Za-z]{3}$")
DATE = re.compile(
    r"(\d{1,4})[-/. ](\d{1,2})[-/. ](\d{1,4})\.?"
    r"(?:[T ,]+(\d{1,2})[:h](\d{2})(?::(\d{2})(?:\.\d+)?)? ?([AaPp]\.?[Mm]\.?)?)?",
    re.ASCII,
)


class BadCell(Exception):
    """A cell cannot be what its column says; the text names the column by `%(column)s`."""


def guarded(cell: str) -> str:
    """The cell as a spreadsheet shows it instead of running it; `unguarded` takes it back."""
    return f"'{cell}" if cell.lstrip("'")[:1] in FORMULAS and cell.lstrip("'") else cell


def unguarded(cell: str) -> str:
    """Without the apostrophe that keeps a spreadsheet from running the cell."""
    rest = cell[1:].lstrip("'")
    return cell[1:] if cell.startswith("'") and rest and rest[0] in FORMULAS else cell


def read_number(text: str, decimal: str) -> Decimal:
    """Return the number; `decimal` is the sign before its decimals. Raises BadCell."""
    bare = text.strip().strip(CURRENCY_SIGNS).strip()
    bare = CURRENCY_CODE.sub("", bare[: LONGEST + 1])
    if len(bare) > LONGEST or not NUMBER.fullmatch(bare):
        raise BadCell(NO_NUMBER)
    plain = "".join(letter for letter in bare if letter in f"+-0123456789{decimal}")
    groups = bare.replace(decimal, "\0").split("\0")
    if len(groups) > 2 or not _is_grouped(groups[0]) or sum(map(str.isdigit, plain)) > MOST_DIGITS:
        raise BadCell(NO_NUMBER)
    try:
        return Decimal(plain.replace(decimal, "."))
    except InvalidOperation:
        raise BadCell(NO_NUMBER) from None


def _is_grouped(whole: str) -> bool:
    """Whether the marks within the whole part stand before groups of three: 1.234 is no 1,234."""
    parts = re.split(r"[.,' \u00a0\u202f]", whole.lstrip("+-"))
    return len(parts) == 1 or (
        1 <= len(parts[0]) <= 3 and all(len(part) == 3 for part in parts[1:])
    )


def read_amount(text: str, decimal: str) -> Decimal:
    """Return an amount of money with at most four decimals. Raises BadCell."""
    return read_number(text, decimal).quantize(Decimal("0.0001")).normalize() + Decimal(0)


def read_pieces(text: str, decimal: str) -> int:
    """Return a whole number of at least one. Raises BadCell."""
    try:
        number = read_number(text, decimal)
    except BadCell:
        raise BadCell(NO_WHOLE_NUMBER) from None
    if number != int(number) or not 1 <= number <= MOST_G:
        raise BadCell(NO_WHOLE_NUMBER)
    return int(number)


def read_grams(text: str, decimal: str, unit: str) -> Decimal:
    """Return grams; a unit in the cell goes before `unit`. 0 means not known. Raises BadCell."""
    found = WEIGHT.fullmatch(text.strip()[: LONGEST + 1])
    try:
        number = read_number(found[1] if found else "", decimal)
    except BadCell:
        raise BadCell(NO_WEIGHT) from None
    grams = number * UNITS_G[(found[2] if found and found[2] else unit).lower()]
    if not 0 <= grams <= MOST_G:
        raise BadCell(NO_WEIGHT)
    return grams


def read_moment(text: str, order: str, zone: ZoneInfo, *, day_ends: bool = False) -> datetime:
    """Return the instant in UTC; days and times without zone are those of `zone`.

    `order` is the map's `date_order`. Raises BadCell.
    """
    moment = _iso(text) or _read_date(text, order)
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, END_OF_DAY if day_ends else time())
    if moment.year not in YEARS:
        raise BadCell(NO_DATE)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def _iso(text: str) -> datetime | date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
    except ValueError:
        return None


def _read_date(text: str, order: str) -> datetime | date:
    found = DATE.fullmatch(text.strip()[: LONGEST + 1])
    if not found:
        raise BadCell(NO_DATE)
    try:
        day = _day(found[1], found[2], found[3], order)
        return datetime.combine(day, _time(found)) if found[4] else day
    except ValueError:
        raise BadCell(NO_DATE) from None


def _day(first: str, second: str, third: str, order: str) -> date:
    if len(first) == 4:
        return date(int(first), int(second), int(third))
    year = int(third) + (2000 if len(third) <= 2 else 0)
    one, two = int(first), int(second)
    if order == "ymd":
        raise BadCell(NO_DATE)
    if not order and one <= 12 and two <= 12 and one != two:
        raise BadCell(TWO_DATES)
    is_day_first = order == "dmy" or (not order and one > 12)
    return date(year, two, one) if is_day_first else date(year, one, two)


def _time(found: re.Match[str]) -> time:
    hour, half = int(found[4]), (found[7] or "").lower()[:1]
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return time(hour, int(found[5]), int(found[6] or 0))
