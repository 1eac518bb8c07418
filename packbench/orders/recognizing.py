"""Recognizing: an order number in whatever was pasted. Pure."""

import re
import unicodedata
from dataclasses import dataclass

LONGEST = 1000  # characters that are looked at
EXAMPLE = "402-1234567-1234567"

# Ordinary orders begin with three digits, multi-channel and digital ones with S01 or D01.
AMAZON = re.compile(
    r"(?<![0-9A-Z])([0-9]{3}|[SD][0-9]{2})[\s-]{0,3}([0-9]{7})[\s-]{0,3}([0-9]{7})(?![0-9A-Z])"
)
OWN = re.compile(r"[./#:+-]*\w[\w./#:+-]{0,59}")
HYPHENS = {ord(hyphen): "-" for hyphen in "‐‑‒–—―−﹣－⁃"}


@dataclass(frozen=True, slots=True)
class OrderNumber:
    """A number to look for: Amazon's own, or else what may be the seller's."""

    text: str
    is_amazon: bool


def recognize_number(pasted: str) -> OrderNumber | None:
    """Return the first Amazon order number in the text, else its only word; None for neither."""
    given = unicodedata.normalize("NFKC", pasted[:LONGEST].translate(HYPHENS))
    given = "".join(letter for letter in given if not _is_hidden(letter)).strip()
    found = AMAZON.search(given.upper())
    if found:
        return OrderNumber("-".join(found.groups()), is_amazon=True)
    if OWN.fullmatch(given):
        return OrderNumber(given, is_amazon=False)
    return None


def _is_hidden(letter: str) -> bool:
    """Whether the letter is a zero-width mark or a control, as copying brings along."""
    return unicodedata.category(letter) in ("Cf", "Cc", "Cs", "Cn") and not letter.isspace()
