"""What we must know of countries: who is in the EU, and how each writes its own name."""

EU = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # noqa: SIM905
)

# Printed beside the English name, for those who deliver there. Where both are the same, nothing.
LOCAL_NAMES = {
    "AE": "الإمارات العربية المتحدة",
    "AT": "ÖSTERREICH",
    "BE": "BELGIË / BELGIQUE",
    "BG": "БЪЛГАРИЯ",
    "BR": "BRASIL",
    "CH": "SCHWEIZ / SUISSE / SVIZZERA",
    "CN": "中国",
    "CY": "ΚΥΠΡΟΣ",
    "CZ": "ČESKO",
    "DE": "DEUTSCHLAND",
    "DK": "DANMARK",
    "EE": "EESTI",
    "EG": "مصر",
    "ES": "ESPAÑA",
    "FI": "SUOMI",
    "GR": "ΕΛΛΑΔΑ",
    "HR": "HRVATSKA",
    "HU": "MAGYARORSZÁG",
    "IE": "ÉIRE",
    "IL": "ישראל",
    "IS": "ÍSLAND",
    "IT": "ITALIA",
    "JP": "日本",
    "KR": "대한민국",
    "LT": "LIETUVA",
    "LV": "LATVIJA",
    "MX": "MÉXICO",
    "NL": "NEDERLAND",
    "NO": "NORGE",
    "PL": "POLSKA",
    "RO": "ROMÂNIA",
    "RS": "СРБИЈА",
    "SA": "المملكة العربية السعودية",
    "SE": "SVERIGE",
    "SI": "SLOVENIJA",
    "SK": "SLOVENSKO",
    "TR": "TÜRKİYE",
    "TW": "臺灣",
    "UA": "УКРАЇНА",
}
