"""Arranging: rules written, ordered, switched and removed by people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction

from packbench.accounts.models import Workspace
from packbench.events.recording import record
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked
from packbench.rules.actions import ACTIONS, LONGEST_TEXT, Action
from packbench.rules.conditions import (
    FIELDS,
    LONGEST_VALUE,
    MOST_VALUES,
    Condition,
    Kind,
    Op,
)
from packbench.rules.models import Rule, RuleEffect

MOST_RULES = 200
MOST_PARTS = 20  # conditions, or actions, of one rule
NO_NAME = marked("Give the rule a name.")
NO_CONDITION = marked("Say which orders it is about: a rule needs at least one condition.")
NO_ACTION = marked("Say what is to be done: a rule needs at least one action.")
TOO_MANY_PARTS = marked("A rule takes at most %(most)s conditions and as many actions.")
TOO_MANY_RULES = marked("There are %(most)s rules already. Remove one first.")
NO_VALUE = marked("Condition %(n)s: choose or write at least one value.")
NO_BOUND = marked("Condition %(n)s: write a number from which, or up to which, it holds.")
NO_CURRENCY = marked("Condition %(n)s: write the currency by its three letters, such as EUR.")
BAD_CONDITION = marked("Condition %(n)s cannot be asked like this. Choose it anew.")
BAD_ACTION = marked("Action %(n)s is not complete. Choose or write what it needs.")


@dataclass(frozen=True, slots=True)
class Draft:
    """A rule as a person wrote it."""

    name: str
    match: str
    conditions: Sequence[Condition]
    actions: Sequence[Action]
    is_enabled: bool = True
    is_last: bool = False


@transaction.atomic
def save_rule(
    workspace: Workspace, rule: Rule | None, draft: Draft, *, actor: str, now: datetime
) -> Rule:
    """Make a rule, the last one, or change one. Safe to run again. Raises Rejected.

    What it asks or does being other than before, it is a new version, and so is carried out anew.
    """
    check_draft(draft)
    if rule is None and workspace.rules.count() >= MOST_RULES:
        raise Rejected(TOO_MANY_RULES, code="too_many_rules", most=MOST_RULES)
    row = _locked(rule) if rule else Rule(workspace=workspace, position=_end(workspace))
    before = (row.match, row.conditions, row.actions)
    row.name, row.match = _name(draft), Rule.Match(draft.match)
    row.is_enabled, row.is_last = draft.is_enabled, draft.is_last
    row.conditions = _stored(draft.conditions)
    row.actions = _stored(draft.actions)
    if rule and before != (row.match, row.conditions, row.actions):
        row.version += 1
    row.changed_at = now
    row.save()
    record("rule.saved", workspace.pk, actor=actor, now=now, rule_id=row.pk, version=row.version)
    return row


def drafted_rule(workspace: Workspace, draft: Draft) -> Rule:
    """The rule as it would be, not saved, to be tried. Raises Rejected."""
    check_draft(draft)
    return Rule(
        workspace=workspace,
        name=_name(draft),
        match=draft.match,
        conditions=_stored(draft.conditions),
        actions=_stored(draft.actions),
    )


def check_draft(draft: Draft) -> None:
    """Raise Rejected with the sentence that says what is missing."""
    if not _name(draft):
        raise Rejected(NO_NAME, code="no_name")
    if not draft.conditions:
        raise Rejected(NO_CONDITION, code="no_condition")
    if not draft.actions:
        raise Rejected(NO_ACTION, code="no_action")
    if max(len(draft.conditions), len(draft.actions)) > MOST_PARTS:
        raise Rejected(TOO_MANY_PARTS, code="too_many_parts", most=MOST_PARTS)
    for place, condition in enumerate(draft.conditions, start=1):
        _check_condition(condition, place)
    for place, action in enumerate(draft.actions, start=1):
        if not _is_whole(action):
            raise Rejected(BAD_ACTION, code="bad_action", n=place)


@transaction.atomic
def switch_rule(rule: Rule, *, is_enabled: bool, actor: str, now: datetime) -> None:
    """Switch a rule on or off. Safe to run again."""
    row = _locked(rule)
    if row.is_enabled == is_enabled:
        return
    row.is_enabled, row.changed_at = is_enabled, now
    row.save(update_fields=["is_enabled", "changed_at"])
    record("rule.saved", row.workspace_id, actor=actor, now=now, rule_id=row.pk)


@transaction.atomic
def move_rule(rule: Rule, *, by: int, actor: str, now: datetime) -> None:
    """Move a rule so many places up (below zero) or down; at an end it stays there."""
    rows = Rule.objects.select_for_update().filter(workspace_id=rule.workspace_id)
    order = list(rows.order_by("position", "id"))
    here = next(place for place, row in enumerate(order) if row.pk == rule.pk)
    there = min(max(here + by, 0), len(order) - 1)
    if there == here:
        return
    order.insert(there, order.pop(here))
    for place, row in enumerate(order):
        row.position = place
    Rule.objects.bulk_update(order, ["position"])
    record("rule.moved", rule.workspace_id, actor=actor, now=now, rule_id=rule.pk)


@transaction.atomic
def remove_rule(rule: Rule, *, actor: str, now: datetime) -> None:
    """Remove a rule; what it did stays, and is still told on the orders. Safe to run again."""
    if Rule.objects.filter(pk=rule.pk).delete()[0]:
        record("rule.removed", rule.workspace_id, actor=actor, now=now, rule_id=rule.pk)


def effects_of(order_id: str) -> list[RuleEffect]:
    """What rules did to an order, the latest first."""
    return list(RuleEffect.objects.filter(order_id=order_id).order_by("-at", "-id")[:50])


def _locked(rule: Rule) -> Rule:
    return Rule.objects.select_for_update().get(pk=rule.pk)


def _end(workspace: Workspace) -> int:
    last = workspace.rules.order_by("-position").values_list("position", flat=True).first()
    return 0 if last is None else last + 1


def _name(draft: Draft) -> str:
    return " ".join(draft.name.replace("\0", "").split())[:80]


def _stored(parts: Sequence[Condition] | Sequence[Action]) -> list[Any]:
    """As the row gives them back: PostgreSQL's JSON has no NUL."""
    text = msgspec.json.encode(parts).replace(b"\\u0000", b"")
    stored: list[Any] = msgspec.json.decode(text)
    return stored


def _check_condition(condition: Condition, place: int) -> None:
    field = FIELDS.get(condition.field)
    if field is None or condition.op not in field.ops:
        raise Rejected(BAD_CONDITION, code="bad_condition", n=place)
    if condition.op == Op.UNKNOWN:
        return
    if condition.op != Op.BETWEEN:
        if not any(value.strip() for value in condition.values):
            raise Rejected(NO_VALUE, code="no_value", n=place)
        longest = max(map(len, condition.values))
        if len(condition.values) > MOST_VALUES or longest > LONGEST_VALUE:
            raise Rejected(BAD_CONDITION, code="bad_condition", n=place)
        return
    bounds = [bound for bound in (condition.least, condition.most) if bound is not None]
    if not bounds or not all(bound.is_finite() for bound in bounds):
        raise Rejected(NO_BOUND, code="no_bound", n=place)
    if field.kind is Kind.MONEY and len(condition.currency) != 3:
        raise Rejected(NO_CURRENCY, code="no_currency", n=place)


def _is_whole(action: Action) -> bool:
    deed = ACTIONS.get(action.name)
    if deed is None or len(action.text) > LONGEST_TEXT:
        return False
    return deed.is_whole(action)
