"""Places that are no doors: PO boxes, DHL's Packstation, parcel lockers, military mail."""

import re

# Longer words count everywhere, short ones only where people write them so.
PO_BOX = re.compile(
    r"\bp\s?\.?\s?o\s?\.?\s?box\b|\bpost\s?office\s+box\b|\bpost\s?box\s*(?:no\.?\s*)?\d|\bpost\s?bag\b"
    r"|\bpostfach\b|\bpostbus\b|\bantwoordnummer\b|\bpost(?:boks|box)\b"
    r"|\bbo[iî]te\s+postale\b|\bapartado\s+(?:de\s+)?(?:correos|postal)|\bapartado\s+\d|\bap(?:do|tdo)\.?\s*(?:de\s+correos)?\s*\d"
    r"|\bcasella\s+postale\b|\bcaixa\s+postal\b|\bcasilla\s+(?:de\s+correo|postal)?\s*\d"
    r"|\bskr(?:ytka|\.)\s*poczt|\bpo[sš]tovn[ií]\s+p[rř]ihr[aá]dka|\bpo[sš]tov[yý]\s+prie[cč]inok"
    r"|\bpostafi[oó]k\b|\bposta\s+kutusu\b|\bpostilokero\b|\bposti\s?kast\b|\bc[aă]su[tț][aă]\s+po[sș]tal"
    r"|\bpo[sš]tanski\s+pretinac\b|\bpo[sš]tni\s+predal\b|\bpašto\s+dėžutė\b|\babonenta\s+kast"
    r"|τ\s?\.\s?θ\s?\.|ταχυδρομικ[ηή]\s+θυρ[ιί]δα|а/я|абонентский\s+ящик|абонаментна\s+кутия"
    r"|поштова\s+скринька|пощенска\s+кутия|ص\s?\.\s?ب|صندوق\s+(?:ال)?بريد|ת\s?\.\s?ד|תא\s+דואר"
    r"|私書箱|邮政信箱|郵政信箱|信箱\s*\d|사서함|ตู้\s?ป\s?ณ|hộp\s+thư"
)
PO_BOX_OF = {
    "FR": re.compile(r"\b(?:b\s?\.?p\s?\.?|c\s?\.?s\s?\.?)\s*\d{2,5}\b"),
    "BE": re.compile(r"\bb\s?\.?p\s?\.?\s*\d"),
    "CH": re.compile(r"\bcase\s+postale\b|\bc\s?\.\s?p\s?\.\s*\d"),
    "CA": re.compile(r"\bc\s?\.\s?p\s?\.\s*\d|\bcase\s+postale\b"),
    "IT": re.compile(r"\bc\s?\.\s?p\s?\.\s*\d"),
    "SE": re.compile(r"^box\s+\d", re.MULTILINE),
    "HU": re.compile(r"\bpf\s?\.?\s*\d"),
    "TR": re.compile(r"\bp\s?\.?k\s?\.?\s*:?\s*\d"),
    "FI": re.compile(r"\bpl\s*\d"),
    "US": re.compile(r"^box\s+\d|\bp\s?\.?\s?o\s?\.?\s?b\s?\.?\s*#?\d", re.MULTILINE),
    "AU": re.compile(r"\blocked\s+bag\b|\bgpo\s+box\b"),
}
PACKSTATION = re.compile(r"\bpack\s?-?station\b|\bpost\s?-?filiale\b|\bpaket(?:box|shop)\b")
POST_NUMBER = re.compile(r"(?<!\d)\d{6,10}(?!\d)")
LOCKER = re.compile(
    r"\bamazon\s+(?:hub|locker|counter)\b|\blocker\b|\binpost\b|\bpaczkomat|\bparcel\s+?(?:locker|box|shop)"
    r"|\bpoint\s+relais\b|\bmondial\s+relay\b|\brelais\s+(?:colis|pickup)\b|\bpickup\s+(?:point|station)\b"
    r"|\bpunto\s+(?:pack|de\s+recogida)\b|\bcitypaq\b|\bpostnord\s+(?:collect|ombud)|\bpakkeboks\b"
    r"|\bpakettiautomaatti\b|\bz-box\b|\bzásilkovna\b|\bpacketa\b|\balzabox\b|\beasybox\b|\bparcellocker\b"
    r"|宅配ロッカー|\bpudo\b|コンビニ受取|丰巢|快递柜|무인택배함"
)
MILITARY_STATES = frozenset({"AA", "AE", "AP"})
MILITARY = {
    "US": re.compile(r"^(?:apo|fpo|dpo)\b|\b(?:apo|fpo|dpo)\s*,?\s*a[aep]\b", re.MULTILINE),
    "GB": re.compile(r"\bbfpo\s*\d"),
    "DE": re.compile(r"\bfeldpost\b"),
    "CA": re.compile(r"\bc?fpo\s+\d|\bpo\s+box\s+\d+\s+stn\s+forces\b"),
}


# A substring is found a hundred times faster than a pattern: no hint, no search.
PO_HINTS = (
    "box", "post", "poš", "apartado", "apdo", "aptdo", "casella", "casilla", "caixa", "skr", "bag",
    "căsu", "casu", "paš", "abonent", "τ", "ταχ", "а/я", "абон", "пош", "пощ", "ص", "صندوق",
    "ת", "信箱", "私書", "사서", "ตู้", "hộp", "boi", "boî",
)  # fmt: skip
LOCKER_HINTS = (
    "locker", "amazon", "inpost", "paczkomat", "parcel", "relais", "relay", "pickup", "punto",
    "citypaq", "postnord", "pakk", "pakett", "z-box", "zásil", "packeta", "alzabox", "easybox",
    "宅配", "pudo", "コンビニ", "丰巢", "快递", "무인",
)  # fmt: skip


def is_po_box(text: str, country: str) -> bool:
    """Whether the folded lines of an address name a PO box."""
    own = PO_BOX_OF.get(country)
    if own is not None and own.search(text):
        return True
    return any(hint in text for hint in PO_HINTS) and PO_BOX.search(text) is not None


def is_packstation(text: str, country: str) -> bool:
    return country == "DE" and PACKSTATION.search(text) is not None


def has_post_number(text: str) -> bool:
    """Whether the name or a line holds what may be a DHL post number."""
    return POST_NUMBER.search(text) is not None


def is_locker(text: str) -> bool:
    return any(hint in text for hint in LOCKER_HINTS) and LOCKER.search(text) is not None


def is_military(text: str, country: str, state: str) -> bool:
    if country == "US" and state.strip().upper() in MILITARY_STATES:
        return True
    pattern = MILITARY.get(country)
    return pattern is not None and pattern.search(text) is not None
