"""Forms from a carrier's JSON schema: what is read of it, and what is refused."""

import pytest

from packbench.lib.errors import Unsupported
from packbench.web.schema_form import SchemaForm, questions_of

CUSTOMS = {
    "properties": {
        "export": {
            "type": "object",
            "required": ["reason", "items"],
            "properties": {
                "reason": {"enum": ["SALE", "GIFT"]},
                "isFragile": {"type": "boolean"},
                "weight": {"type": "number", "minimum": 0.1},
                "note": {"type": ["string", "null"], "maxLength": 5},
                "items": {
                    "type": "array",
                    "minItems": 2,
                    "items": {
                        "type": "object",
                        "required": ["code"],
                        "properties": {"code": {"type": "string"}, "count": {"type": "integer"}},
                    },
                },
            },
        }
    },
    "required": ["export"],
}
GIVEN = {
    "input.export.reason": "SALE",
    "input.export.weight": "1.5",
    "input.export.items.0.code": "392410",
    "input.export.items.1.code": "691110",
    "input.export.items.1.count": "2",
}


def test_answers_become_the_object_that_the_schema_describes():
    form = SchemaForm(CUSTOMS, GIVEN)

    assert form.is_valid(), form.errors
    assert form.answers() == {
        "export": {
            "reason": "SALE",
            "weight": 1.5,
            "items": [{"code": "392410"}, {"code": "691110", "count": 2}],
        }
    }


def test_what_is_required_and_limited_is_asked_for():
    form = SchemaForm(CUSTOMS, {"input.export.note": "too long", "input.export.weight": "0"})

    assert not form.is_valid()
    assert set(form.errors) == {
        "input.export.reason",
        "input.export.weight",
        "input.export.note",
        "input.export.items.0.code",
        "input.export.items.1.code",
    }


def deep(levels):
    schema = {"type": "string"}
    for _ in range(levels):
        schema = {"type": "object", "properties": {"more": schema}}
    return schema


@pytest.mark.parametrize(
    "schema",
    [
        {"oneOf": [{"type": "string"}]},
        {"type": "object", "properties": {"a": {"$ref": "#/x"}}},
        {"type": "object", "properties": {"a": "b"}},
        {"type": "object", "properties": [1]},
        {"type": "array"},
        {"type": "object", "properties": {f"f{n}": {"type": "string"} for n in range(500)}},
        deep(40),
    ],
)
def test_what_cannot_be_entered_here_is_said(schema):
    with pytest.raises(Unsupported):
        questions_of(schema)


def test_an_empty_schema_asks_nothing():
    assert questions_of({"type": "object"}) == []
