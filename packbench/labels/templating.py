"""Templating: what a seller's template makes of an order, as text with a few tags.

Templates know no loader, no file and no other template; what they are given is values that
cannot be changed, and what buyers wrote is escaped wherever it stands.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.template import Context, Template, TemplateSyntaxError
from django.template.engine import Engine
from django.utils.translation import override

from packbench.labels.markup import BadMarkup, Block, check_tags, read_markup
from packbench.labels.template_words import TooLong
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked

MOST_CHARACTERS = 20_000
MOST_WRITTEN = 400_000
MASKED = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)
MISSING = re.compile("\ue000(.{0,80}?)\ue001", re.DOTALL)

TOO_LONG = marked("The template is longer than %(most)s characters. Shorten it.")
BROKEN = marked("Line %(line)s of the template: %(why)s")
ENDLESS = marked("The template repeats itself too often. Put fewer loops into each other.")
TOO_MUCH = marked("The template writes more than a paper can hold. Let it write less.")
NESTED = marked("The template nests too deeply. Put fewer tags into each other.")
UNKNOWN = marked("Line %(line)s of the template: there is no “%(name)s”.")
UNTAGGED = marked("Line %(line)s of the template: %(why)s")


class BrokenTemplate(Rejected):
    """A template that cannot be used; the sentence says which line to change."""


class _Words(Engine):
    """An engine that knows the words of template_words and nothing else."""

    default_builtins = ["packbench.labels.template_words"]


ENGINE = _Words(loaders=[], autoescape=True)
STRICT = _Words(loaders=[], autoescape=True, string_if_invalid="\ue000%s\ue001")


def check_template(text: str, samples: Mapping[str, Any]) -> None:
    """Raise BrokenTemplate where the template cannot be read, drawn, or names what is not there."""
    _check_length(text)
    masked = MASKED.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
    try:
        check_tags(masked)
    except BadMarkup as error:
        raise BrokenTemplate(
            UNTAGGED, code="template_broken", line=error.line, why=str(error.sentence)
        ) from None
    written = _written(_compiled(text, is_strict=True), samples)
    if missing := MISSING.search(written):
        name = missing[1]
        line = text[: max(0, text.find(name))].count("\n") + 1
        raise BrokenTemplate(UNKNOWN, code="template_broken", line=line, name=name)
    _read(written)


def fill_template(text: str, values: Mapping[str, Any], *, language: str) -> list[Block]:
    """Return what the template says of these values, in that language. Raises BrokenTemplate."""
    with override(language):
        return _read(_written(_compiled(text), values))


def _check_length(text: str) -> None:
    if len(text) > MOST_CHARACTERS:
        raise BrokenTemplate(TOO_LONG, code="template_broken", most=MOST_CHARACTERS)


@lru_cache(maxsize=64)
def _compiled(text: str, *, is_strict: bool = False) -> Template:
    _check_length(text)
    try:
        return Template(text, engine=STRICT if is_strict else ENGINE)
    except TemplateSyntaxError as error:
        line = getattr(getattr(error, "token", None), "lineno", 1)
        raise BrokenTemplate(
            BROKEN, code="template_broken", line=line, why=str(error)[:300]
        ) from None
    except RecursionError:
        raise BrokenTemplate(NESTED, code="template_broken") from None


def _written(template: Template, values: Mapping[str, Any]) -> str:
    try:
        written = str(template.render(Context(dict(values), autoescape=True)))
    except TooLong:
        raise BrokenTemplate(ENDLESS, code="template_broken") from None
    except RecursionError:
        raise BrokenTemplate(NESTED, code="template_broken") from None
    except (TemplateSyntaxError, TypeError, ValueError, AttributeError, KeyError) as error:
        line = getattr(getattr(error, "token", None), "lineno", 1)
        # The class alone: the text of such an error may hold what a buyer wrote.
        raise BrokenTemplate(
            BROKEN, code="template_broken", line=line, why=type(error).__name__
        ) from None
    if len(written) > MOST_WRITTEN:
        raise BrokenTemplate(TOO_MUCH, code="template_broken")
    return written


def _read(written: str) -> list[Block]:
    try:
        return read_markup(written)
    except BadMarkup as error:
        raise BrokenTemplate(
            UNTAGGED, code="template_broken", line=error.line, why=str(error.sentence)
        ) from None
