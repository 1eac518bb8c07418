"""Checking an address without asking anybody. Nothing is changed; codes come back."""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

from packbench.lib.addresses import Address
from packbench.lib.postal.countries import Area, Country, country_of, folded
from packbench.lib.postal.phones import is_phone
from packbench.lib.postal.places import (
    has_post_number,
    is_locker,
    is_military,
    is_packstation,
    is_po_box,
)
from packbench.lib.postal.regions import region_of
from packbench.lib.postal.streets import lacks_house_number

LONG_LINE = 35
LONGEST_TEXT = 2000  # characters that are looked at; no address has as many
# Where carriers refuse an address without its state, and where states are a closed list.
NEEDS_STATE = frozenset({"AU", "BR", "CA", "IN", "JP", "MX", "US"})
CLOSED_STATES = frozenset({"AU", "BR", "CA", "JP", "US"})
# Where the data on which postal codes lie in which state is known to hold.
KNOWN_ZIPS = frozenset("AU BR CA ES IN IT JP KR MX TR TW US".split())  # noqa: SIM905
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
POSTAL_MARK = re.compile(r"^(?:日本国?)?\s*(?:〒\s*)?(?:\d{3}-?\d{4}\s*)?(?:日本国?)?")
KINDS = (("hidden", "hidden_characters"), ("foreign", "not_latin"))
UNUSUAL = re.compile("[^ -~\u00a1-\u00ac\u00ae-\u024f\u1e00-\u1eff\n]")


def check_address(address: Address) -> list[str]:
    """Return the codes of what is to be said of the address (`findings.FINDINGS`), once each.

    Never raises, whatever the address holds.
    """
    country = country_of(address.country)
    if country is None:
        return ["unknown_country" if address.country else "missing_country"]
    lines = _lines(address)
    text = _plain(lines).casefold()
    codes = [*_parts(address, country), *_postal(address, country)]
    codes += _places(address, text)
    codes += _writing(address, lines)
    return list(dict.fromkeys(codes))


def bare_postal_code(given: str) -> str:
    """A postal code to be compared: capitals and digits, full-width ones made plain."""
    text = _plain(given[:20]).upper().replace("〒", "")
    return "".join(c for c in text if c.isalnum())


def area_of(address: Address, country: Country) -> Area | None:
    """The state that the address names, in whatever words; in Japan also within its lines."""
    if found := country.areas.get(folded(address.state[:100])):
        return found
    if country.code == "JP":
        return _prefecture(address, country)
    return None


def _prefecture(address: Address, country: Country) -> Area | None:
    """Prefectures come with or without their last sign, and at the beginning of a line."""
    for text in (address.state[:100], address.city[:100], address.line1[:100]):
        start = POSTAL_MARK.sub("", _plain(text).strip())
        if start and (beginning := country.beginnings.match(start)):
            return country.areas.get(beginning[0])
        if found := country.areas.get(start + _LAST_SIGNS.get(start, "県")):
            return found
    return None


_LAST_SIGNS = {"東京": "都", "大阪": "府", "京都": "府"}


def _plain(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def _parts(address: Address, country: Country) -> Iterator[str]:
    if not (address.name.strip() or address.company.strip()):
        yield "missing_name"
    if not (address.line1.strip() or address.line2.strip() or address.line3.strip()):
        yield "missing_street"
    required = country.required
    if "city" in required and not address.city.strip():
        yield "missing_city"
    if "postal_code" in required and country.zip and not address.postal_code.strip():
        yield "missing_postal_code"
    if country.code in NEEDS_STATE and area_of(address, country) is None:
        if not address.state.strip():
            yield "missing_state"
        elif country.code in CLOSED_STATES:
            yield "state_unknown"


def _postal(address: Address, country: Country) -> Iterator[str]:
    given = _plain(address.postal_code[:20]).strip().upper()
    if not given or country.zip is None:
        return
    if not country.zip.fullmatch(given.removeprefix("〒").strip()):
        yield "postal_code_malformed"
        return
    bare = bare_postal_code(given)
    if region := region_of(country.code, bare):
        yield region
    area = area_of(address, country)
    if area is None or country.code not in KNOWN_ZIPS:
        return
    if area.zip and not (area.zip.match(bare) or area.zip.match(given)):
        yield "postal_code_not_of_state"
    elif (city := area.city_zips.get(folded(address.city[:100]))) and not city.match(bare):
        yield "postal_code_not_of_city"


def _places(address: Address, text: str) -> Iterator[str]:
    country = address.country
    who = f"{address.name} {address.company}"[:400]
    if is_packstation(text, country):
        yield "packstation" if has_post_number(f"{_plain(who)}\n{text}") else "no_post_number"
    elif is_military(f"{text}\n{_plain(address.city[:100]).casefold()}", country, address.state):
        yield "military"
    elif is_po_box(text, country):
        yield "po_box"
    elif is_locker(text) or is_locker(_plain(who).casefold()):
        yield "parcel_locker"
    elif address.kind == "pickup_point":
        yield "pickup_point"
    elif text.strip() and lacks_house_number(_lines(address).casefold(), country):
        yield "no_house_number"
    if country_region := region_of(country, "") if not address.postal_code.strip() else "":
        yield country_region


def check_writing(codes: list[str], latin: Address) -> list[str]:
    """The findings of an address where labels write it as `latin` instead."""
    lines = _lines(latin)
    kept = [code for code in codes if code not in ("not_latin", "long_lines")]
    return [*kept, *_script(latin, lines), *_length(lines)]


def is_latin(address: Address) -> bool:
    """Whether all of it is written in Latin letters."""
    return "not_latin" not in _script(address, _lines(address))


def _lines(address: Address) -> str:
    return "\n".join((address.line1, address.line2, address.line3))[:LONGEST_TEXT]


def _writing(address: Address, lines: str) -> Iterator[str]:
    phone = address.phone.strip()
    if not phone:
        yield "phone_missing"
    elif not is_phone(phone, address.country):
        yield "phone_invalid"
    yield from _script(address, lines)
    yield from _length(lines)


def _script(address: Address, lines: str) -> list[str]:
    fields = (address.name, address.company, lines, address.district, address.city, address.state)
    text = "".join(field[:LONGEST_TEXT] for field in fields)
    if text.isascii() and text.isprintable():
        return []
    kinds = set(map(_kind, set(UNUSUAL.findall(text))))
    return [code for kind, code in KINDS if kind in kinds]


def _length(lines: str) -> list[str]:
    is_long = len(lines) > LONG_LINE and max(map(len, lines.split("\n"))) > LONG_LINE
    return ["long_lines"] if is_long else []


@cache
def _kind(sign: str) -> str:
    """What a character beyond the Latin letters is. Keyed by single characters, never a text."""
    if unicodedata.category(sign) in HIDDEN:
        return "hidden"
    return "foreign" if sign.isalpha() else ""
