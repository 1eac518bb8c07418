"""The words that templates of papers may use: what decides, repeats and translates, no more.

No word here reads a file, loads another template, switches escaping off or makes text longer than
what it was given. Repetition is counted, so that no template runs for ever.
"""

from typing import Any

from django.template import Library, Node, defaultfilters, defaulttags
from django.template.base import Parser, Token
from django.template.context import Context
from django.templatetags import i18n

TAGS = ("if", "with", "comment", "firstof", "cycle", "verbatim", "ifchanged")
FILTERS = (
    "capfirst", "default", "default_if_none", "first", "last", "length", "lower", "pluralize",
    "title", "truncatechars", "truncatewords", "upper", "yesno",
)  # fmt: skip
STEPS = "packbench_steps"
MOST_STEPS = 60_000  # parts of a template that are drawn again and again, for one paper

register = Library()
for _name in TAGS:
    register.tags[_name] = defaulttags.register.tags[_name]
for _name in ("translate", "trans", "blocktranslate", "blocktrans"):
    register.tags[_name] = i18n.register.tags[_name]
for _name in FILTERS:
    register.filters[_name] = defaultfilters.register.filters[_name]


class TooLong(Exception):
    """A template repeats itself without end."""


@register.tag("for")
def counted_for(parser: Parser, token: Token) -> Node:
    """Django's own `for`, which counts what it repeats."""
    node = defaulttags.do_for(parser, token)
    loop: Any = node.nodelist_loop
    loop.insert(0, _Step(1 + len(loop.get_nodes_by_type(Node))))
    return node


class _Step(Node):
    """One more time through a loop."""

    def __init__(self, weight: int) -> None:
        self.weight = weight
        self.child_nodelists = ()

    def render(self, context: Context) -> Any:
        kept: Any = context.render_context.dicts[0]
        steps: list[int] = kept.setdefault(STEPS, [0])
        steps[0] += self.weight
        if steps[0] > MOST_STEPS:
            raise TooLong
        return ""
