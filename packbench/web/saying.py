"""Saying: times, weights, money and sentences in the reader's language."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from packbench.accounts.saying import say as say
from packbench.lib.money import digits

SYMBOLS = {
    "EUR": "€",
    "GBP": "£",
    "USD": "$",
    "JPY": "¥",
    "INR": "₹",
    "TRY": "₺",
    "PLN": "zł",
    "SEK": "kr",
    "CAD": "CA$",
    "AUD": "A$",
    "MXN": "MX$",
    "BRL": "R$",
    "SGD": "S$",
}
CITY_FIRST = frozenset({"US", "CA", "AU", "GB", "IE", "IN", "BR", "SG", "ZA"})
KILO = 1000
SERVICE_WORDS: dict[str, Any] = {
    "STANDARD": _("Standard"),
    "EXPEDITED": _("Expedited"),
    "PRIORITY": _("Priority"),
    "SCHEDULED": _("Scheduled"),
    "SCHEDULED_DELIVERY": _("Scheduled"),
    "FREE_ECONOMY": _("Economy"),
    "NEXT_DAY": _("Next day"),
    "SECOND_DAY": _("Second day"),
    "SAME_DAY": _("Same day"),
}


def ago(at: datetime, *, now: datetime) -> str:
    if now - at < timedelta(minutes=1):
        return gettext("just now")
    return gettext("%(span)s ago") % {"span": span(now - at)}


def span(length: timedelta) -> str:
    """A length of time in one unit: minutes, hours, then days."""
    minutes = int(abs(length).total_seconds() // 60)
    if minutes < 60:
        return gettext("%(count)s min") % {"count": minutes}
    if minutes < 48 * 60:
        return gettext("%(count)s h") % {"count": minutes // 60}
    days = minutes // (24 * 60)
    return ngettext("%(count)s day", "%(count)s days", days) % {"count": days}


def weight(grams: int | None) -> str:
    if not grams:
        return ""
    if grams < KILO:
        return f"{grams} g"
    return f"{number_format(round(grams / KILO, 2), use_l10n=True)} kg"


def place(city: str, state: str, postal_code: str, country: str) -> str:
    """The line of the city, in the order that the country writes it."""
    region = state if state != city else ""
    if country in CITY_FIRST:
        return ", ".join(filter(None, [city, f"{region} {postal_code}".strip()]))
    return ", ".join(filter(None, [f"{postal_code} {city}".strip(), region]))


def money(amount: Decimal | None, currency: str) -> str:
    if amount is None or not currency:
        return ""
    return _money(amount, currency, translation.get_language() or "en")


@lru_cache(maxsize=4096)
def _money(amount: Decimal, currency: str, language: str) -> str:
    number = number_format(amount, decimal_pos=digits(currency), force_grouping=True)
    symbol = SYMBOLS.get(currency, currency)
    if language.startswith("en") and len(symbol) < 4 and symbol != currency:
        return f"-{symbol}{number[1:]}" if number.startswith("-") else f"{symbol}{number}"
    return f"{number}\u00a0{symbol}"


def instant(at: datetime, time_zone: str) -> str:
    """A day and time in a marketplace's own zone, and that zone: `20 Nov 2026, 23:59 (…)`."""
    return _instant(at.astimezone(UTC), time_zone, translation.get_language() or "en")


@lru_cache(maxsize=4096)
def _instant(at: datetime, time_zone: str, language: str) -> str:
    there = at.astimezone(ZoneInfo(time_zone))
    day = date_format(there, "D j M Y", use_l10n=True)
    return f"{day}, {there:%H:%M} ({time_zone.replace('_', ' ')})"


def service_word(level: str) -> str:
    word = SERVICE_WORDS.get(level)
    return str(word) if word else level.replace("_", " ").capitalize()
