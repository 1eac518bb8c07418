"""Whether a street has its house number: a heuristic, only where all houses have one."""

import re

NUMBERED = frozenset(
    "AT AU BE BR CA CH CZ DE DK ES FI HU IT JP LI LU NL NO PL PT SE SK US".split()  # noqa: SIM905
)
# Houses without a number that say so, and numbers in words.
EXCUSED = re.compile(
    r"\bs\s?[/.]?\s?n\b|\bs/?n[ºo°]\b|\bsin\s+n[uú]mero\b|\bsem\s+n[uú]mero\b|\bs\.?\s?n\.?\s?c\b"
    r"|\bkm\b|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b"
    r"|番|丁目|[一二三四五六七八九十百]"
)
# Floors and doors are no houses.
INDOORS = re.compile(
    r"\d+\s*[ºª°]|\d+\s?\.?\s?(?:og|ug|etage|stock|stiege|floor|étage|etg|krs|piso|planta|piano)\b"
    r"|\b(?:apt|apto|apartment|appartement|piso|planta|puerta|wohnung|whg|etage|stock|top|floor|étage"
    r"|unit|suite|ste|flat|interno|scala|bloque|bloco|escalera|esc|andar|lgh|byt)\s?\.?\s?\d+"
)
DIGIT = re.compile(r"\d|[\u2460-\u2473]")


def lacks_house_number(text: str, country: str) -> bool:
    """Whether the lines hold no number, but of floors and doors, where houses have one.

    The lines come in small letters and as they are written: º would become an o elsewhere.
    """
    if country not in NUMBERED or EXCUSED.search(text):
        return False
    return not DIGIT.search(text) or not DIGIT.search(INDOORS.sub("", text))
