"""Invented buyers: names, addresses and telephone numbers as each country writes them."""

from __future__ import annotations

import random
import string
from typing import Any

from packbench_sandbox.world.marketplaces import Marketplace, load


def fill(pattern: str, dice: random.Random) -> str:
    """Replace # by a digit and @ by a capital letter."""
    swap = {"#": string.digits, "@": "ABCDEFGHJKLMNPRSTUVWXY"}
    return "".join(dice.choice(swap[sign]) if sign in swap else sign for sign in pattern)


def person(country: str, dice: random.Random) -> str:
    pool = load("countries")[country]
    given, family = dice.choice(pool["given"]), dice.choice(pool["family"])
    if country == "JP":
        return family + dice.choice(["", " ", "　"]) + given
    return f"{given} {family}"


def company(country: str, dice: random.Random) -> str:
    pool = load("countries")[country]
    return pool["company"].format(family=dice.choice(pool["family"]))


def address(country: str, dice: random.Random) -> dict[str, Any]:
    """An address without a name; fields that the country does not use are absent."""
    pool = load("countries")[country]
    city, state, postcode = dice.choice(pool["cities"])
    facts = {
        "addressLine1": _first_line(pool, dice),
        "addressLine2": _second_line(pool["language"], dice),
        "city": city,
        "stateOrRegion": state,
        "postalCode": fill(postcode, dice),
        "countryCode": country,
        "phone": fill(pool["phone"], dice),
        "addressType": "RESIDENTIAL",
    }
    return {name: value for name, value in facts.items() if value}


def relay_email(market: Marketplace, dice: random.Random) -> str:
    """The anonymous address behind which Amazon hides the buyer's own."""
    name = "".join(dice.choices(string.ascii_lowercase + string.digits, k=15))
    return f"{name}@marketplace.{market.domain}"


def box_number(country: str, dice: random.Random) -> str:
    return load("countries")[country]["box"].format(number=dice.randint(10, 9999))


def language(country: str) -> str:
    return load("countries")[country]["language"]


def _first_line(pool: dict[str, Any], dice: random.Random) -> str:
    return pool["house"].format(
        street=dice.choice(pool["streets"]),
        number=dice.randint(1, 189),
        suffix=dice.choice(["", "", "", "a", " b"]),
        floor=dice.randint(1, 9),
        letter=dice.choice("ABCDE"),
    )


def _second_line(tongue: str, dice: random.Random) -> str:
    if dice.random() < 0.75:
        return ""
    lines = {
        "es": "Escalera izquierda", "fr": "Bâtiment C, 2e étage", "de": "Hinterhaus, 3. OG",
        "it": "Scala B, interno 4", "nl": "achterom", "sv": "c/o Åkesson", "pl": "klatka 2",
        "tr": "B Blok, Kat 3", "pt": "Bloco 2, apto 31", "ja": "コーポ若葉 203号室",
        "ar": "الطابق الثاني",
    }  # fmt: skip
    return lines.get(tongue, "Flat 2B")
