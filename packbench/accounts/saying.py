"""Saying a Sentence in the reader's language."""

import re
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext

from packbench.lib.sentences import Sentence

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def say(value: Any) -> str:
    """Say a Sentence, as an object or as it is stored, in the reader's language."""
    if not value:
        return ""
    said = value if isinstance(value, Sentence) else Sentence.from_json(value)
    if not said.values:
        return gettext(said.text)
    return gettext(said.text) % {name: _say_value(value) for name, value in said.values.items()}


def _say_value(value: str) -> str:
    """A day as the reader writes it; words of ours in their language; the rest as it is."""
    if DAY.fullmatch(value):
        return date_format(date.fromisoformat(value), "DATE_FORMAT")
    return gettext(value) if value else ""
