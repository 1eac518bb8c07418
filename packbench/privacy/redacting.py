"""The words in the place of a value that was erased (SEED-82).

Fixed by the guides for each language rather than left to a catalog: people search for them.
"""

from django.utils.translation import get_language

REDACTED = {
    "en": "REDACTED (Amazon)",
    "fr": "EXPURGÉ (Amazon)",
    "de": "GESCHWÄRZT (Amazon)",
    "es": "SUPRIMIDO (Amazon)",
    "it": "OSCURATO (Amazon)",
}


def redacted() -> str:
    """What stands for an erased value, in the reader's language."""
    language = (get_language() or "en").split("-")[0]
    return REDACTED.get(language, REDACTED["en"])
