"""Japanese addresses: their parts, with blocks and houses as numbers."""

import re
import unicodedata
from dataclasses import dataclass

from packbench.lib.addresses import Address
from packbench.lib.postal.checking import area_of
from packbench.lib.postal.countries import country_of

JAPANESE = re.compile(r"[\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f]")
DASHES = re.compile("[-\u2010-\u2015\u2212\u30fc\u301c\uff0d](?=\\d)")
KANJI_DIGITS = {sign: value for value, sign in enumerate("〇一二三四五六七八九")}
KANJI_CHOME = re.compile("([一二三四五六七八九十]+)(?=丁目)")
# Sapporo counts streets: 北1条西2丁目 is a neighborhood and its second block.
BLOCKS = re.compile(r"\d+(?!\d|\s*(?:条|線))(?:(?:丁目|番地の|番地|番|号(?!室)|の(?=\d)|-)\s*\d*)*")
SPACE = re.compile(r"(?<![A-Za-z])\s+|\s+(?![A-Za-z])")
NUMBER = re.compile(r"\d+")
POSTAL_MARK = re.compile(r"〒?\s*\d{3}-\d{4}\s*|〒")


@dataclass(frozen=True, slots=True)
class Parts:
    """What an address says, in its own script. `blocks` is like 4-2-8."""

    prefecture: str
    rest: str  # city and neighborhood, without the numbers
    blocks: str
    building: str


def is_japanese(address: Address) -> bool:
    """Whether it is a Japanese address in kanji or kana, which most carriers refuse."""
    given = (address.name, address.company, address.line1, address.line2, address.line3)
    text = "".join((*given, address.city, address.state, address.district))
    return address.country == "JP" and JAPANESE.search(text) is not None


def plain(text: str) -> str:
    """The text with full-width letters and digits made plain, dashes between numbers too."""
    text = unicodedata.normalize("NFKC", text)
    text = KANJI_CHOME.sub(lambda found: str(_kanji_number(found[1])), text)
    return " ".join(DASHES.sub("-", text).split())


def parts_of(address: Address) -> Parts:
    """Part the address: prefecture, city and neighborhood, block numbers, building."""
    country = country_of("JP")
    area = area_of(address, country) if country else None
    prefecture = area.key if area else ""
    lines = [plain(line) for line in (address.line1, address.line2, address.line3)]
    first = POSTAL_MARK.sub("", " ".join((plain(address.city), plain(address.district), lines[0])))
    street = _without(first.strip(), prefecture)
    found = BLOCKS.search(street)
    if found is None:  # the numbers may stand in the second line
        street = f"{street} {lines[1]}".strip()
        lines[1], found = "", BLOCKS.search(street)
    if found is None:
        rest = SPACE.sub("", street)
        return Parts(prefecture, rest, "", " ".join(filter(None, lines[1:])))
    building = (street[found.end() :].strip(" 、,"), *lines[1:])
    blocks = "-".join(NUMBER.findall(found[0]))
    rest = street[: found.start()].strip(" 、,")
    return Parts(prefecture, SPACE.sub("", rest), blocks, " ".join(filter(None, building)))


def _without(text: str, prefecture: str) -> str:
    text = text.replace(prefecture, "", 1) if prefecture else text
    return text.strip()


def _kanji_number(text: str) -> int:
    """十二 is 12, 三 is 3, 二十 is 20: no street has a hundred chome."""
    tens, ten, ones = text.rpartition("十")
    value = KANJI_DIGITS.get(ones[-1:], 0)
    return value + 10 * KANJI_DIGITS.get(tens[-1:], 1) if ten else value
