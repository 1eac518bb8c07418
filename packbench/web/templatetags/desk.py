"""Words for people: sentences in their language, weights, marks."""

from typing import Any

from django import template
from django.utils.translation import gettext

from packbench.events.catalog import EVENTS
from packbench.lib.sentences import Sentence
from packbench.orders.standing import PROBLEMS
from packbench.shipments.planning import REFUSALS

register = template.Library()


@register.filter
def sentence(value: Any) -> str:
    """Say a Sentence, as an object or as it is stored, in the reader's language."""
    if not value:
        return ""
    said = value if isinstance(value, Sentence) else Sentence.from_json(value)
    return gettext(said.text) % said.values if said.values else gettext(said.text)


@register.filter
def problem(code: str) -> str:
    """Say why an order cannot be shipped, and what mends it."""
    text = PROBLEMS.get(code) or REFUSALS.get(code)
    return gettext(text) if text else code


@register.filter
def event_name(name: str) -> str:
    text = EVENTS.get(name)
    return gettext(text) if text else name
