"""A form from a carrier's JSON schema: a bounded part of JSON Schema, and the answers back.

Read are objects, arrays, texts, numbers, yes or no, lists to choose from, and what is required.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext

from packbench.lib.errors import Unsupported
from packbench.lib.sentences import marked

DEEPEST = 5
MOST_FIELDS = 80
MOST_ITEMS = 3  # of a list of objects
LONGEST = 500
TOO_MUCH = marked(
    "This service asks for more than can be entered here. Choose another one, or buy its label at "
    "the carrier."
)
PREFIX = "input"

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """One field of the form, and where its answer goes. `is_list`: one answer a line."""

    path: Path
    field: forms.Field
    kind: str = "string"
    is_list: bool = False
    is_required: bool = False

    @property
    def name(self) -> str:
        return ".".join((PREFIX, *(str(step) for step in self.path)))


class SchemaForm(forms.Form):
    """The questions of a schema in their order; `answers` gives the object that it describes."""

    def __init__(self, schema: Mapping[str, Any], *args: Any, **options: Any) -> None:
        """Raises Unsupported for a schema that asks for what cannot be entered here."""
        super().__init__(*args, **options)
        self.questions = questions_of(schema)
        for question in self.questions:
            self.fields[question.name] = question.field

    def answers(self) -> dict[str, Any]:
        found: dict[Path, Any] = {}
        for question in self.questions:
            value = _answer(question, self.cleaned_data.get(question.name))
            is_said = value is not False or question.is_required
            if is_said and value not in (None, "", []):
                found[question.path] = value
        return _nested(found)


def questions_of(schema: Mapping[str, Any]) -> list[Question]:
    """Return the questions. Raises Unsupported."""
    found: list[Question] = []
    _walk(schema, (), found, is_required=True, title="")
    return found


def _walk(
    schema: Mapping[str, Any], path: Path, found: list[Question], *, is_required: bool, title: str
) -> None:
    kind = _kind(schema)
    if len(path) > DEEPEST:
        raise _too_much()
    if kind == "object":
        required = set(_strings(schema.get("required")))
        for name, part in _parts(schema):
            words = _title(part, name, title)
            must = is_required and name in required
            _walk(part, (*path, name), found, is_required=must, title=words)
    elif kind == "array":
        _walk_list(schema, path, found, is_required=is_required, title=title)
    else:
        found.append(_question(schema, path, kind, is_required=is_required, title=title))
    if len(found) > MOST_FIELDS:
        raise _too_much()


def _walk_list(
    schema: Mapping[str, Any], path: Path, found: list[Question], *, is_required: bool, title: str
) -> None:
    items = schema.get("items")
    if not isinstance(items, Mapping):
        raise _too_much()
    if _kind(items) not in ("object", "array"):
        field = forms.CharField(
            label=title,
            help_text=gettext("One a line."),
            required=is_required,
            max_length=LONGEST,
            widget=forms.Textarea(attrs={"rows": 3}),
        )
        found.append(Question(path, field, _kind(items), is_list=True))
        return
    least = schema.get("minItems", 1)
    count = min(max(least if isinstance(least, int) else 1, 1), MOST_ITEMS)
    for place in range(count):
        words = f"{title} {place + 1}" if count > 1 else title
        _walk(items, (*path, place), found, is_required=is_required, title=words)


def _question(
    schema: Mapping[str, Any], path: Path, kind: str, *, is_required: bool, title: str
) -> Question:
    words: dict[str, Any] = {
        "label": title or str(path[-1] if path else ""),
        "help_text": _text(schema.get("description")),
        "required": is_required,
        "initial": schema.get("default"),
    }
    return Question(path, _field(schema, kind, words), kind, is_required=is_required)


def _field(schema: Mapping[str, Any], kind: str, words: dict[str, Any]) -> forms.Field:
    if "const" in schema:
        choices = [(str(schema["const"]), str(schema["const"]))]
        return forms.ChoiceField(choices=choices, **words)
    if isinstance(schema.get("enum"), list):
        named = [(str(each), str(each)) for each in schema["enum"][:MOST_FIELDS]]
        return forms.ChoiceField(
            choices=named if words["required"] else [("", "–"), *named], **words
        )
    if kind == "boolean":
        return forms.BooleanField(**{**words, "required": False})
    if kind in ("integer", "number"):
        limits = {
            "min_value": _number(schema.get("minimum")),
            "max_value": _number(schema.get("maximum")),
        }
        make = forms.IntegerField if kind == "integer" else forms.DecimalField
        return make(**words, **limits)
    longest = schema.get("maxLength")
    least = schema.get("minLength")
    return forms.CharField(
        max_length=min(longest, LONGEST) if isinstance(longest, int) else LONGEST,
        min_length=least if isinstance(least, int) and words["required"] else None,
        **words,
    )


def _answer(question: Question, value: Any) -> Any:
    if question.is_list:
        lines = [line.strip() for line in str(value or "").splitlines() if line.strip()]
        return [_typed(line, question.kind) for line in lines]
    if isinstance(value, Decimal):
        return float(value)
    if question.kind in ("integer", "number") and isinstance(value, str) and value:
        return _typed(value, question.kind)
    return value


def _typed(text: str, kind: str) -> Any:
    try:
        return int(text) if kind == "integer" else float(text) if kind == "number" else text
    except ValueError:
        return text


def _nested(found: Mapping[Path, Any]) -> dict[str, Any]:
    """The object by its paths; lists are filled in order, without holes."""
    root: dict[str, Any] = {}
    for path, value in found.items():
        place: dict[Any, Any] = root
        for step in path[:-1]:
            place = place.setdefault(step, {})
        place[path[-1]] = value
    closed: dict[str, Any] = _closed(root)
    return closed


def _closed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(isinstance(key, int) for key in value):
        return [_closed(value[key]) for key in sorted(value)]
    return {key: _closed(each) for key, each in value.items()}


def _kind(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((each for each in kind if each != "null"), None)
    if kind is None:
        kind = "object" if "properties" in schema else "string" if "enum" in schema else None
    if kind is None and "const" in schema:
        kind = "string"
    if kind not in ("object", "array", "string", "number", "integer", "boolean"):
        raise _too_much()
    return str(kind)


def _parts(schema: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    properties = schema.get("properties", {})
    if not isinstance(properties, Mapping):
        raise _too_much()
    parts = []
    for name, part in properties.items():
        if not isinstance(part, Mapping) or "." in str(name):
            raise _too_much()
        parts.append((str(name), part))
    return parts


def _title(part: Mapping[str, Any], name: str, above: str) -> str:
    own = _text(part.get("title")) or name
    return f"{above} › {own}" if above and _kind(part) not in ("object", "array") else own


def _text(value: Any) -> str:
    return value[:300] if isinstance(value, str) else ""


def _strings(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _number(value: Any) -> Any:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _too_much() -> Unsupported:
    return Unsupported(TOO_MUCH, code="inputs_too_much")
