"""A sentence for a person, kept translatable: the English text is the message id."""

from dataclasses import dataclass, field
from typing import Self


def marked(text: str) -> str:
    """Mark a text for the translators (xgettext keyword `marked`) and return it unchanged."""
    return text


@dataclass(frozen=True, slots=True)
class Sentence:
    """English text with `%(name)s` places and the values that go there.

    Values are codes, numbers and names of things, never a buyer's data: sentences are stored,
    logged and shown in lists.
    """

    text: str
    values: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text % self.values if self.values else self.text

    def as_json(self) -> dict[str, object]:
        return {"text": self.text, "values": self.values}

    @classmethod
    def from_json(cls, body: dict[str, object]) -> Self:
        values = body.get("values")
        named = {str(k): str(v) for k, v in values.items()} if isinstance(values, dict) else {}
        return cls(str(body.get("text", "")), named)
