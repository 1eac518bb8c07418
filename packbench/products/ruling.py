"""Ruling: the default weights of a workspace, in the order in which they are tried (SEED-56)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from packbench.accounts.models import Workspace
from packbench.channels.models import Store
from packbench.channels.settling import match_products_again
from packbench.events.recording import record
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked
from packbench.products.describing import BAD_WEIGHT, MOST_G
from packbench.products.models import WeightRule

MOST_RULES = 100
TOO_MANY = marked("There are at most %(most)s default weights.")
TWICE = marked("There is a default weight for exactly this already. Change that one.")


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a rule says: grams a piece for what it is about; empty texts stand for anything."""

    weight_g: int
    store: Store | None = None
    tag: str = ""
    product_type: str = ""
    sku_prefix: str = ""


@transaction.atomic
def add_rule(workspace: Workspace, ruling: Ruling, *, actor: str, now: datetime) -> WeightRule:
    """Add a default weight after the others. Raises Rejected."""
    rows = _locked(workspace)
    if len(rows) >= MOST_RULES:
        raise Rejected(TOO_MANY, code="too_many_rules", most=MOST_RULES)
    _check(ruling, rows)
    row = WeightRule(
        workspace=workspace, position=_last(rows) + 1, created_at=now, **_columns(ruling)
    )
    row.save(force_insert=True)
    _changed(workspace, actor=actor, now=now)
    return row


@transaction.atomic
def change_rule(rule: WeightRule, ruling: Ruling, *, actor: str, now: datetime) -> None:
    """Raises Rejected. Safe to run again."""
    workspace = rule.workspace
    rows = _locked(workspace)
    _check(ruling, [row for row in rows if row.pk != rule.pk])
    if WeightRule.objects.filter(pk=rule.pk).update(**_columns(ruling)):
        _changed(workspace, actor=actor, now=now)


@transaction.atomic
def remove_rule(rule: WeightRule, *, actor: str, now: datetime) -> None:
    """Safe to run again."""
    workspace = rule.workspace
    _locked(workspace)
    if WeightRule.objects.filter(pk=rule.pk).delete()[0]:
        _changed(workspace, actor=actor, now=now)


@transaction.atomic
def move_rule(rule: WeightRule, by: int, *, actor: str, now: datetime) -> bool:
    """Let the rule be tried one place earlier (-1) or later (1). False at the end of the list."""
    workspace = rule.workspace
    rows = [row for row in _locked(workspace) if not row.is_default]
    here = next((place for place, row in enumerate(rows) if row.pk == rule.pk), None)
    if here is None or not 0 <= here + by < len(rows):
        return False
    rows[here], rows[here + by] = rows[here + by], rows[here]
    for place, row in enumerate(rows):
        row.position = place
    WeightRule.objects.bulk_update(rows, ["position"])
    _changed(workspace, actor=actor, now=now)
    return True


def _locked(workspace: Workspace) -> list[WeightRule]:
    """All rules in their order; whoever else changes them waits."""
    Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)
    return list(workspace.weight_rules.select_related("store").order_by("position", "id"))


def _last(rows: Sequence[WeightRule]) -> int:
    return max((row.position for row in rows), default=0)


def _check(ruling: Ruling, others: Sequence[WeightRule]) -> None:
    if not 0 < ruling.weight_g <= MOST_G:
        raise Rejected(BAD_WEIGHT, code="bad_weight", most=MOST_G, given=ruling.weight_g)
    about = _about(ruling)
    if any(_about(row) == about for row in others):
        raise Rejected(TWICE, code="rule_twice")


def _about(rule: Ruling | WeightRule) -> tuple[str | None, str, str, str]:
    store_id = rule.store.pk if rule.store else None
    return (store_id, rule.tag, rule.product_type, rule.sku_prefix)


def _columns(ruling: Ruling) -> dict[str, object]:
    return {name: getattr(ruling, name) for name in Ruling.__slots__}


def _changed(workspace: Workspace, *, actor: str, now: datetime) -> None:
    """The open orders of all stores follow by a job for each."""
    record("weights.changed", workspace.pk, actor=actor, now=now)
    match_products_again(workspace.pk)
