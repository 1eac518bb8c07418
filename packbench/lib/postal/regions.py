"""Territories and remote areas, told by country, state and postal code."""

import re

OWN_CODE = {
    **dict.fromkeys(
        ("BL", "GF", "GP", "MF", "MQ", "NC", "PF", "PM", "RE", "TF", "WF", "YT"),
        "region_overseas_france",
    ),
    **dict.fromkeys(("AS", "GU", "MP", "PR", "UM", "VI"), "region_us_territory"),
    **dict.fromkeys(("GG", "JE"), "region_channel_islands"),
    **dict.fromkeys(("FO", "GL"), "region_faroe_greenland"),
    **dict.fromkeys(("CC", "CX", "NF"), "region_islands_of_australia"),
    "AX": "region_aland",
    "GI": "region_gibraltar",
    "IC": "region_canary",
    "IM": "region_isle_of_man",
    "SJ": "region_svalbard",
}
BY_POSTAL_CODE = {
    "AU": [("region_islands_of_australia", "2898|2899|6798|6799")],
    "CA": [("region_canada_north", "[XY]")],
    "DE": [("region_busingen", "78266"), ("region_heligoland", "27498")],
    "DK": [("region_faroe_greenland", r"39\d\d$")],
    "ES": [
        ("region_canary", "35|38"),
        ("region_ceuta_melilla", "51|52"),
        ("region_balearic", "07"),
    ],
    "FI": [("region_aland", "22")],
    "FR": [("region_overseas_france", "97[1-8]|98[4-8]"), ("region_corsica", "20")],
    "GB": [
        ("region_northern_ireland", "BT"),
        ("region_channel_islands", "JE|GY"),
        ("region_isle_of_man", "IM"),
        ("region_scottish_highlands", r"HS|ZE|IV|KW|PH(?:1[7-9]|[234]\d|50)|PA[2-7]\d|KA2[78]"),
    ],
    "GR": [("region_mount_athos", "63086")],
    "IT": [("region_livigno", "23041|22061")],
    "JP": [("region_okinawa", "90[0-7]"), ("region_islands_of_tokyo", "1000[1-6]|1001[0-7]|1002")],
    "NO": [("region_svalbard", "917[01]|8099")],
    "NZ": [("region_chatham", "8942")],
    "PT": [("region_azores_madeira", "9")],
    "US": [
        ("region_alaska", "99[5-9]"),
        ("region_us_territory", "00[6-9]|969|96799"),
        ("region_hawaii", "96[78]"),
    ],
}
PATTERNS = {
    country: [(code, re.compile(pattern)) for code, pattern in regions]
    for country, regions in BY_POSTAL_CODE.items()
}


def region_of(country: str, postal_code: str) -> str:
    """The code of the finding for where it goes, or nothing; `postal_code` has no spaces."""
    for code, pattern in PATTERNS.get(country, ()):
        if pattern.match(postal_code):
            return code
    return OWN_CODE.get(country, "")
