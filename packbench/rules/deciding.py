"""Deciding: which rules hold for an order, in their order. Pure, and the same every time."""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

from packbench.rules.actions import Action
from packbench.rules.conditions import Condition, holds
from packbench.rules.facts import Facts


class Asked(Protocol):
    """What deciding needs of a rule; `models.Rule` has it."""

    match: str
    is_last: bool

    @property
    def all_conditions(self) -> tuple[Condition, ...]: ...

    @property
    def all_actions(self) -> tuple[Action, ...]: ...


R = TypeVar("R", bound=Asked)


def is_met(conditions: Iterable[Condition], match: str, facts: Facts) -> bool:
    """Whether the order is as all of them, or one of them, asks. Without any, no order is."""
    answers = [holds(condition, facts) for condition in conditions]
    return bool(answers) and (any(answers) if match == "any" else all(answers))


def rules_that_hold(rules: Iterable[R], facts: Callable[[], Facts]) -> Iterator[R]:
    """The rules that hold, one after the other. `facts` are asked anew after each of them.

    So whoever carries one out before asking for the next lets the next one see what it did.
    """
    known = facts()
    for rule in rules:
        if is_met(rule.all_conditions, rule.match, known):
            yield rule
            if rule.is_last:
                return
            known = facts()
