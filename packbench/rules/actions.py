"""Actions: what a rule does. This table says which there are; `orders.ruling.DOING` does them.

To add one: a line here, and the function of the same name there.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

import msgspec
from django.utils.translation import gettext_lazy as _
from msgspec import Struct

LONGEST_TEXT = 200
MOST_DAYS = 365


class Takes(StrEnum):
    """What an action needs to be told."""

    TAG = "tag"
    HOLD = "hold"  # a reason, and for how many days
    GRAMS = "grams"
    SLOT = "slot"  # which custom field, and its text
    MEMBER = "member"
    TEXT = "text"
    PROBLEM = "problem"
    PRESET = "preset"


class Action(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing to do: `value` is the id or code it is about, `text` what a person wrote."""

    name: str
    value: str = ""
    text: str = ""
    number: int | None = None

    @classmethod
    def many(cls, stored: Iterable[Any]) -> tuple[Self, ...]:
        """Read what a row holds; what cannot be read is left out."""
        found = []
        for each in stored:
            try:
                found.append(msgspec.convert(each, cls))
            except msgspec.ValidationError:
                continue
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Deed:
    """An action that can be chosen: its words, and what it takes."""

    word: Any
    takes: Takes

    def is_whole(self, action: Action) -> bool:
        """Whether the action was told all that it needs."""
        if self.takes is Takes.HOLD:
            return action.number is None or 0 < action.number <= MOST_DAYS
        if self.takes is Takes.GRAMS:
            return action.number is not None and action.number > 0
        if self.takes is Takes.TEXT:
            return bool(action.text.strip())
        if self.takes is Takes.SLOT:
            return bool(action.value and action.text.strip())
        return bool(action.value)


ACTIONS: dict[str, Deed] = {
    "add_tag": Deed(_("Add the tag"), Takes.TAG),
    "remove_tag": Deed(_("Take off the tag"), Takes.TAG),
    "hold": Deed(_("Put on hold"), Takes.HOLD),
    "assign": Deed(_("Assign to"), Takes.MEMBER),
    "preset": Deed(_("Send with the preset"), Takes.PRESET),
    "default_weight": Deed(_("Weight, where none is known"), Takes.GRAMS),
    "custom_field": Deed(_("Fill the custom field"), Takes.SLOT),
    "note": Deed(_("Add an internal note"), Takes.TEXT),
    "waive": Deed(_("Ship all the same, in spite of"), Takes.PROBLEM),
}
