"""Rules in words: what they ask, what they do, and what they did."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext

from packbench.accounts.models import Workspace
from packbench.lib.marketplaces import MARKETPLACES
from packbench.orders.slotting import SLOT_FIELDS
from packbench.orders.waiving import WAIVABLE
from packbench.rules.actions import ACTIONS, Action, Takes
from packbench.rules.conditions import FIELDS, MARKS, MOMENTS, OP_WORDS, Condition, Kind, Op
from packbench.rules.models import Rule, RuleEffect, Tag
from packbench.web import saying
from packbench.web.rows import PROBLEM_WORDS

MOST_SHOWN = 6  # values of a condition


@dataclass(frozen=True, slots=True)
class Names:
    """What ids and codes of a workspace's rules are called, by the kind of choice."""

    by_kind: Mapping[str, Mapping[str, str]]

    @classmethod
    def of(cls, workspace: Workspace, tags: Iterable[Tag] | None = None) -> "Names":
        shown = list(workspace.tags.order_by("name")) if tags is None else list(tags)
        people = workspace.memberships.select_related("person").order_by("person__name", "id")
        return cls(
            {
                Kind.STORE: dict(workspace.stores.order_by("name").values_list("pk", "name")),
                Kind.MARKETPLACE: {each.id: each.domain for each in MARKETPLACES},
                Kind.SERVICE: {code: str(word) for code, word in saying.SERVICE_WORDS.items()},
                Kind.MARK: {code: str(word) for code, word in MARKS.items()},
                Kind.MOMENT: {code: str(word) for code, word in MOMENTS.items()},
                Kind.PROBLEM: {code: str(word) for code, word in PROBLEM_WORDS.items()},
                Kind.TAG: {tag.pk: tag.name for tag in shown},
                Takes.MEMBER: {each.person_id: str(each.person) for each in people},
                Takes.PRESET: dict(workspace.presets.order_by("name").values_list("pk", "name")),
                Takes.SLOT: {
                    name: gettext("Custom field %(n)s") % {"n": place}
                    for place, name in enumerate(SLOT_FIELDS, start=1)
                },
                "waivable": {code: str(PROBLEM_WORDS.get(code, code)) for code in sorted(WAIVABLE)},
            }
        )

    def choices(self, kind: str) -> list[tuple[str, str]]:
        return list(self.by_kind.get(kind, {}).items())

    def name(self, kind: str, value: str) -> str:
        """The name; what was removed since then says so."""
        known = self.by_kind.get(kind)
        if known is None:
            return value
        return known.get(value) or gettext("(removed)")


def condition_words(condition: Condition, names: Names) -> str:
    """`Country is one of DE, AT`."""
    field = FIELDS.get(condition.field)
    if field is None:
        return gettext("(cannot be asked any more)")
    if condition.op == Op.BETWEEN:
        return f"{field.word}: {_bounds(condition, field.kind)}"
    parts = [str(field.word), str(OP_WORDS[condition.op])]
    values = [names.name(field.kind, value) for value in condition.values]
    shown = ", ".join(values[:MOST_SHOWN]) + (" …" if len(values) > MOST_SHOWN else "")
    return " ".join([*parts, shown]).strip()


def action_words(action: Action, names: Names) -> str:
    """`Add the tag Fragile`."""
    deed = ACTIONS.get(action.name)
    if deed is None:
        return action.name
    said = {
        Takes.TAG: lambda: names.name(Kind.TAG, action.value),
        Takes.MEMBER: lambda: names.name(Takes.MEMBER, action.value),
        Takes.PRESET: lambda: names.name(Takes.PRESET, action.value),
        Takes.GRAMS: lambda: saying.weight(action.number),
        Takes.SLOT: lambda: f"{names.name(Takes.SLOT, action.value)}: {action.text}",
        Takes.TEXT: lambda: f"“{action.text}”",
        Takes.PROBLEM: lambda: names.name("waivable", action.value),
        Takes.HOLD: lambda: _hold_words(action),
    }[deed.takes]()
    return f"{deed.word} {said}".strip()


def rule_lines(rule: Rule, names: Names) -> dict[str, Any]:
    """A rule for the list."""
    joint = gettext("or") if rule.match == Rule.Match.ANY else gettext("and")
    return {
        "rule": rule,
        "asks": [condition_words(each, names) for each in rule.all_conditions],
        "joint": joint,
        "does": [action_words(each, names) for each in rule.all_actions],
    }


def effect_lines(
    workspace: Workspace, effects: Sequence[RuleEffect], tags: Iterable[Tag] | None = None
) -> list[dict[str, Any]]:
    """What rules did to an order, and by which rule."""
    if not effects:
        return []
    names = Names.of(workspace, tags)
    ids = {effect.rule_id for effect in effects}
    alive = set(workspace.rules.filter(pk__in=ids).values_list("pk", flat=True))
    return [
        {
            "rule_id": effect.rule_id if effect.rule_id in alive else "",
            "name": effect.rule_name,
            "at": effect.at,
            "done": [action_words(each, names) for each in Action.many(effect.done)],
            "left": [action_words(each, names) for each in Action.many(effect.left)],
        }
        for effect in effects
    ]


def _hold_words(action: Action) -> str:
    days = gettext("for %(n)s days") % {"n": action.number} if action.number else ""
    reason = f"“{action.text}”" if action.text else ""
    return " ".join(filter(None, [days, reason]))


def _bounds(condition: Condition, kind: Kind) -> str:
    unit = {Kind.GRAMS: " g", Kind.HOURS: " h", Kind.MONEY: f" {condition.currency}"}.get(kind, "")
    least, most = (
        "" if bound is None else f"{number_format(bound)}{unit}"
        for bound in (condition.least, condition.most)
    )
    if least and most:
        return gettext("%(least)s to %(most)s") % {"least": least, "most": most}
    if least:
        return gettext("at least %(least)s") % {"least": least}
    return gettext("at most %(most)s") % {"most": most}
