"""The editor of a rule: rows of conditions and actions that come and go."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as made
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import QueryDict

from packbench.rules.actions import ACTIONS, LONGEST_TEXT, Action, Takes
from packbench.rules.arranging import MOST_PARTS, Draft
from packbench.rules.conditions import (
    FIELDS,
    LONGEST_VALUE,
    MOST_VALUES,
    OP_WORDS,
    Condition,
    Kind,
    Op,
)
from packbench.rules.models import Rule
from packbench.web.rule_words import Names

CHOSEN = frozenset(
    {
        Kind.STORE,
        Kind.MARKETPLACE,
        Kind.SERVICE,
        Kind.MARK,
        Kind.TAG,
        Kind.MOMENT,
        Kind.PROBLEM,
    }
)
UNITS = {Kind.GRAMS: "g", Kind.HOURS: "h"}
FIRST_FIELD, FIRST_ACTION = "country", "add_tag"
PART = re.compile(r"[,;\n\r]+")


@dataclass(slots=True)
class ConditionRow:
    """One condition as it is written. `values` are ids or codes, `text` words with commas."""

    place: int
    field: str = FIRST_FIELD
    op: str = Op.IS.value
    values: list[str] = made(default_factory=list)
    text: str = ""
    least: str = ""
    most: str = ""
    currency: str = ""

    @property
    def kind(self) -> Kind:
        return FIELDS[self.field].kind

    @property
    def is_chosen(self) -> bool:
        return self.kind in CHOSEN

    @property
    def is_between(self) -> bool:
        return self.op == Op.BETWEEN

    @property
    def is_unknown(self) -> bool:
        return self.op == Op.UNKNOWN

    @property
    def is_money(self) -> bool:
        return self.kind is Kind.MONEY

    @property
    def unit(self) -> str:
        return UNITS.get(self.kind, "")

    @property
    def ops(self) -> list[tuple[str, Any]]:
        return [(op.value, OP_WORDS[op]) for op in FIELDS[self.field].ops]

    def condition(self) -> Condition:
        """What it says; a number that is none is left out, and then missed."""
        values = self.values if self.is_chosen else _split(self.text, self.kind)
        return Condition(
            field=self.field,
            op=self.op,
            values=() if self.is_between or self.is_unknown else tuple(values[:MOST_VALUES]),
            least=_number(self.least) if self.is_between else None,
            most=_number(self.most) if self.is_between else None,
            currency=self.currency.strip().upper()[:3] if self.is_money else "",
        )


@dataclass(slots=True)
class ActionRow:
    """One action as it is written."""

    place: int
    name: str = FIRST_ACTION
    value: str = ""
    text: str = ""
    number: str = ""

    @property
    def takes(self) -> Takes:
        return ACTIONS[self.name].takes

    @property
    def choices_of(self) -> str:
        """The kind of choice that `value` is out of; empty where it is none."""
        return {
            Takes.TAG: Kind.TAG.value,
            Takes.MEMBER: Takes.MEMBER.value,
            Takes.SLOT: Takes.SLOT.value,
            Takes.PRESET: Takes.PRESET.value,
            Takes.PROBLEM: "waivable",
        }.get(self.takes, "")

    @property
    def has_text(self) -> bool:
        return self.takes in (Takes.SLOT, Takes.TEXT, Takes.HOLD)

    @property
    def has_number(self) -> bool:
        return self.takes in (Takes.GRAMS, Takes.HOLD)

    def action(self) -> Action:
        number = _number(self.number) if self.has_number else None
        is_whole = number is not None and number == number.to_integral_value()
        return Action(
            name=self.name,
            value=self.value if self.choices_of else "",
            text=" ".join(self.text.split())[:LONGEST_TEXT] if self.has_text else "",
            number=int(number) if number is not None and is_whole and abs(number) < 10**9 else None,
        )


@dataclass(slots=True)
class Editor:
    """The whole form."""

    names: Names
    name: str = ""
    match: str = Rule.Match.ALL.value
    is_enabled: bool = True
    is_last: bool = False
    conditions: list[ConditionRow] = made(default_factory=list)
    actions: list[ActionRow] = made(default_factory=list)

    @classmethod
    def new(cls, names: Names) -> "Editor":
        return cls(names, conditions=[ConditionRow(0)], actions=[ActionRow(0)])

    @classmethod
    def of(cls, rule: Rule, names: Names) -> "Editor":
        conditions = [each for each in rule.all_conditions if each.field in FIELDS]
        actions = [each for each in rule.all_actions if each.name in ACTIONS]
        return cls(
            names,
            name=rule.name,
            match=rule.match,
            is_enabled=rule.is_enabled,
            is_last=rule.is_last,
            conditions=[_condition_row(n, each) for n, each in enumerate(conditions)],
            actions=[
                ActionRow(n, each.name, each.value, each.text, _written(each.number))
                for n, each in enumerate(actions)
            ],
        )

    @classmethod
    def read(cls, post: QueryDict, names: Names) -> "Editor":
        """What was sent, with the row that a button adds or takes away."""
        editor = cls(
            names,
            name=_clean(post.get("name", ""))[:80],
            match=post.get("match", "") if post.get("match") in Rule.Match.values else "all",
            is_enabled="is_enabled" in post,
            is_last="is_last" in post,
            conditions=[_read_condition(post, n) for n in _places(post, "c", "field")],
            actions=[_read_action(post, n) for n in _places(post, "a", "name")],
        )
        editor._follow(post.get("do", ""))
        return editor

    def draft(self) -> Draft:
        return Draft(
            name=self.name,
            match=self.match,
            is_enabled=self.is_enabled,
            is_last=self.is_last,
            conditions=[row.condition() for row in self.conditions],
            actions=[row.action() for row in self.actions],
        )

    def condition_lines(self) -> Iterator[dict[str, Any]]:
        for row in self.conditions:
            choices = self.names.choices(row.kind) if row.is_chosen else []
            yield {"row": row, "choices": choices}

    def action_lines(self) -> Iterator[dict[str, Any]]:
        for row in self.actions:
            yield {"row": row, "choices": self.names.choices(row.choices_of)}

    @property
    def fields(self) -> list[tuple[str, Any]]:
        return [(name, each.word) for name, each in FIELDS.items()]

    @property
    def deeds(self) -> list[tuple[str, Any]]:
        return [(name, each.word) for name, each in ACTIONS.items()]

    @property
    def matches(self) -> list[tuple[str, Any]]:
        return list(Rule.Match.choices)

    def _follow(self, do: str) -> None:
        word, _, place = do.partition(":")
        if word == "add_condition" and len(self.conditions) < MOST_PARTS:
            self.conditions.append(ConditionRow(0))
        elif word == "add_action" and len(self.actions) < MOST_PARTS:
            self.actions.append(ActionRow(0))
        elif word == "drop_condition":
            self.conditions = [row for row in self.conditions if str(row.place) != place]
        elif word == "drop_action":
            self.actions = [row for row in self.actions if str(row.place) != place]
        for number, condition in enumerate(self.conditions):
            condition.place = number
        for number, action in enumerate(self.actions):
            action.place = number


def _places(post: Mapping[str, Any], letter: str, name: str) -> list[int]:
    return [n for n in range(MOST_PARTS) if f"{letter}-{n}-{name}" in post]


def _read_condition(post: QueryDict, n: int) -> ConditionRow:
    def sent(name: str) -> str:
        return _clean(post.get(f"c-{n}-{name}", ""))

    name = sent("field") if sent("field") in FIELDS else FIRST_FIELD
    ops = [op.value for op in FIELDS[name].ops]
    return ConditionRow(
        n,
        field=name,
        op=sent("op") if sent("op") in ops else ops[0],
        values=[_clean(value)[:LONGEST_VALUE] for value in post.getlist(f"c-{n}-values")],
        text=sent("text")[: MOST_VALUES * LONGEST_VALUE],
        least=sent("least")[:20],
        most=sent("most")[:20],
        currency=sent("currency")[:3],
    )


def _read_action(post: QueryDict, n: int) -> ActionRow:
    def sent(name: str) -> str:
        return _clean(post.get(f"a-{n}-{name}", ""))

    name = sent("name") if sent("name") in ACTIONS else FIRST_ACTION
    return ActionRow(n, name, sent("value")[:40], sent("text")[:LONGEST_TEXT], sent("number")[:12])


def _condition_row(n: int, each: Condition) -> ConditionRow:
    return ConditionRow(
        n,
        field=each.field,
        op=each.op if each.op in FIELDS[each.field].ops else FIELDS[each.field].ops[0],
        values=list(each.values),
        text=", ".join(each.values),
        least=_written(each.least),
        most=_written(each.most),
        currency=each.currency,
    )


def _split(text: str, kind: Kind) -> list[str]:
    parts = [part.strip()[:LONGEST_VALUE] for part in PART.split(text)]
    found = [part for part in parts if part]
    if kind is Kind.COUNTRY:
        return ["GB" if part.upper() == "UK" else part.upper() for part in found]
    return found


def _number(text: str) -> Decimal | None:
    """A number as it is written out: one with an exponent may be longer than any page."""
    if "e" in text.casefold():
        return None
    try:
        number = Decimal(text.replace(",", ".").strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < 10**12 else None


def _written(number: Decimal | float | None) -> str:
    return "" if number is None else format(number, "f")


def _clean(text: str) -> str:
    return text.replace("\0", "")
