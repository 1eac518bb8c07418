"""Extended producer responsibility: which country asks for which registration (SEED-91).

The facts are in `epr.json`, with the day they were put together and where they come from. They
are help for the seller, not legal advice.
"""

import re
import unicodedata
from datetime import date
from pathlib import Path

import msgspec

from packbench.lib.sentences import marked

CATEGORIES: dict[str, str] = {
    "packaging": marked("Packaging"),
    "weee": marked("Electrical and electronic equipment (WEEE)"),
    "batteries": marked("Batteries, built-in ones too"),
    "textiles": marked("Clothing, textiles and shoes"),
    "furniture": marked("Furniture"),
    "toys": marked("Toys"),
    "sports": marked("Sports and leisure goods"),
    "diy": marked("Do-it-yourself and garden goods"),
    "paper": marked("Printed paper"),
    "tyres": marked("Tires"),
}

NOTES: dict[str, str] = {
    "per_category": marked("One number for each category: the middle part tells which."),
    "dual_system": marked(
        "Register as a producer, and have a contract with a dual system as well. Registering in "
        "LUCID is free and is done online."
    ),
    "representative": marked("A seller without a seat there needs an authorized representative."),
    "threshold_nl": marked("Needed above 50,000 kg of packaging a year."),
    "threshold_be": marked("Needed above 300 kg of packaging a year."),
    "threshold_ie": marked("Needed above 10 t of packaging and 1 million € of turnover a year."),
    "threshold_gb": marked("Needed above 25 t of packaging and 1 million £ of turnover a year."),
    "one_number": marked("One BDO number stands for packaging, equipment and batteries."),
}


class Link(msgspec.Struct, frozen=True):
    """A page to read: an authority, a register, Amazon's help."""

    name: str
    url: str


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """What one country asks for one category.

    `pattern` is a regular expression for the number without its spaces, `example` one that fits.
    `is_always`: whoever sells there needs it. `checked_since`: from when Amazon checks it.
    `lead_weeks`: a registration takes more than so many. `confirmed` names the facts that a
    source states (need, format, since, lead, pay_on_behalf); the rest is working knowledge.
    """

    category: str
    register: str
    number: str
    pattern: str
    example: str
    is_always: bool = False
    can_pay_on_behalf: bool = False
    checked_since: date | None = None
    lead_weeks: int | None = None
    note: str = ""
    links: tuple[Link, ...] = ()
    confirmed: tuple[str, ...] = ()

    def read(self, given: str) -> str:
        """The number as it is registered, from what was typed or pasted; "" if it cannot be."""
        compact = re.sub(r"\s+", "", unicodedata.normalize("NFKC", given)).upper()
        found = re.search(rf"(?<![0-9A-Z])({self.pattern})$", compact)
        return found[1] if found else ""


class Country(msgspec.Struct, frozen=True):
    """A country (ISO 3166-1 alpha-2) and what it asks for."""

    country: str
    rules: tuple[Rule, ...]
    links: tuple[Link, ...] = ()


class Facts(msgspec.Struct, frozen=True):
    """All that `epr.json` says."""

    as_of: date
    sources: tuple[Link, ...]
    countries: tuple[Country, ...]


def _read() -> Facts:
    content = Path(__file__).with_name("epr.json").read_bytes()
    return msgspec.json.decode(content, type=Facts)


FACTS = _read()
_BY_COUNTRY = {country.country: country for country in FACTS.countries}


def rules_of(country: str) -> tuple[Rule, ...]:
    """What the country asks for; nothing where we know of no rule."""
    found = _BY_COUNTRY.get(country)
    return found.rules if found else ()


def links_of(country: str) -> tuple[Link, ...]:
    found = _BY_COUNTRY.get(country)
    return found.links if found else ()


def rule_of(country: str, category: str) -> Rule | None:
    return next((rule for rule in rules_of(country) if rule.category == category), None)
