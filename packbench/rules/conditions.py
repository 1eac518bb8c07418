"""Conditions: what a rule asks of an order. Pure.

To add one: a line in FIELDS, and the fact that it looks at in `facts`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec
from django.utils.translation import gettext_lazy as _
from msgspec import Struct

from packbench.rules.facts import Facts

MOST_VALUES = 200
LONGEST_VALUE = 100


class Op(StrEnum):
    """How a fact is held against the values: one of them is enough."""

    IS = "is"
    IS_NOT = "is_not"
    BEGINS = "begins"
    CONTAINS = "contains"
    LACKS = "lacks"
    BETWEEN = "between"
    UNKNOWN = "unknown"


class Kind(StrEnum):
    """What a field's values are, and so how they are asked for."""

    STORE = "store"
    MARKETPLACE = "marketplace"
    SERVICE = "service"
    MARK = "mark"
    TAG = "tag"
    MOMENT = "moment"
    PROBLEM = "problem"
    COUNTRY = "country"
    TEXT = "text"
    NUMBER = "number"
    GRAMS = "grams"
    HOURS = "hours"
    MONEY = "money"


class Condition(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is asked. Numbers are bounds, both counted in; None: no bound there."""

    field: str
    op: str
    values: tuple[str, ...] = ()
    least: Decimal | None = None
    most: Decimal | None = None
    currency: str = ""


CHOICE_OPS = (Op.IS, Op.IS_NOT)
TEXT_OPS = (Op.IS, Op.IS_NOT, Op.BEGINS, Op.CONTAINS, Op.LACKS)
NUMBER_OPS = (Op.BETWEEN, Op.UNKNOWN)
OP_WORDS: dict[str, Any] = {
    Op.IS: _("is one of"),
    Op.IS_NOT: _("is none of"),
    Op.BEGINS: _("begins with"),
    Op.CONTAINS: _("contains"),
    Op.LACKS: _("does not contain"),
    Op.BETWEEN: _("is from … to"),
    Op.UNKNOWN: _("is not known"),
}
MARKS: dict[str, Any] = {
    "prime": _("Prime"),
    "business": _("Business"),
    "gift": _("Gift"),
    "custom": _("Custom"),
    "replacement": _("Replacement"),
    "cancel_requested": _("Cancel requested"),
}
MOMENTS: dict[str, Any] = {
    "new": _("new"),
    "changed": _("changed at the store"),
    "asked": _("asked for by a person"),
}


@dataclass(frozen=True, slots=True)
class Field:
    """A fact that can be asked about. `is_every`: each line of the order must hold, not one."""

    word: Any
    kind: Kind
    ops: tuple[Op, ...]
    fact: Callable[[Facts], Any]
    is_every: bool = False


FIELDS: dict[str, Field] = {
    "store": Field(_("Store"), Kind.STORE, CHOICE_OPS, lambda it: [it.store_id]),
    "marketplace": Field(
        _("Marketplace"), Kind.MARKETPLACE, CHOICE_OPS, lambda it: [it.marketplace_id]
    ),
    "service": Field(_("Service level"), Kind.SERVICE, CHOICE_OPS, lambda it: [it.service_level]),
    "mark": Field(_("Mark"), Kind.MARK, CHOICE_OPS, lambda it: it.marks),
    "program": Field(_("Amazon's program"), Kind.TEXT, CHOICE_OPS, lambda it: it.programs),
    "tag": Field(_("Tag"), Kind.TAG, CHOICE_OPS, lambda it: it.tags),
    "problem": Field(_("Problem"), Kind.PROBLEM, CHOICE_OPS, lambda it: it.problems),
    "moment": Field(_("The order is"), Kind.MOMENT, CHOICE_OPS, lambda it: [it.moment]),
    "country": Field(_("Country"), Kind.COUNTRY, CHOICE_OPS, lambda it: [it.country]),
    "state": Field(_("State or province"), Kind.TEXT, TEXT_OPS, lambda it: [it.state]),
    "postal_code": Field(_("Postal code"), Kind.TEXT, TEXT_OPS, lambda it: [it.postal_code]),
    "sku": Field(_("SKU of a line"), Kind.TEXT, TEXT_OPS, lambda it: it.skus),
    "sku_every": Field(
        _("SKU of every line"), Kind.TEXT, TEXT_OPS, lambda it: it.skus, is_every=True
    ),
    "asin": Field(_("ASIN of a line"), Kind.TEXT, TEXT_OPS, lambda it: it.asins),
    "title": Field(_("Product name of a line"), Kind.TEXT, TEXT_OPS, lambda it: it.titles),
    "title_every": Field(
        _("Product name of every line"), Kind.TEXT, TEXT_OPS, lambda it: it.titles, is_every=True
    ),
    "quantity": Field(_("Pieces"), Kind.NUMBER, (Op.BETWEEN,), lambda it: it.quantity),
    "lines": Field(_("Lines"), Kind.NUMBER, (Op.BETWEEN,), lambda it: it.lines),
    "weight": Field(_("Weight"), Kind.GRAMS, NUMBER_OPS, lambda it: it.weight_g),
    "total": Field(_("Total"), Kind.MONEY, NUMBER_OPS, lambda it: it.total),
    "hours_left": Field(_("Hours until ship-by"), Kind.HOURS, NUMBER_OPS, lambda it: it.hours_left),
}


def holds(condition: Condition, facts: Facts) -> bool:
    """Whether the order is as the condition asks. One that nobody knows never holds."""
    field = FIELDS.get(condition.field)
    if field is None or condition.op not in field.ops:
        return False
    if condition.op == Op.UNKNOWN:
        return field.fact(facts) is None
    if condition.op == Op.BETWEEN:
        if field.kind is Kind.MONEY and condition.currency != facts.currency:
            return False
        return _lies_between(field.fact(facts), condition)
    return _is_said(condition, [_plain(fact) for fact in field.fact(facts)], field.is_every)


def conditions_of(stored: Iterable[Any]) -> tuple[Condition, ...]:
    """Read what a row holds. What cannot be read holds for no order."""
    return tuple(_read(each) for each in stored)


def _read(stored: Any) -> Condition:
    try:
        return msgspec.convert(stored, Condition)
    except (msgspec.ValidationError, ArithmeticError):
        return Condition(field="", op="")


def _lies_between(number: int | Decimal | None, condition: Condition) -> bool:
    if number is None or (condition.least is None and condition.most is None):
        return False
    is_low = condition.least is not None and number < condition.least
    is_high = condition.most is not None and number > condition.most
    return not (is_low or is_high)


def _is_said(condition: Condition, said: list[str], is_every: bool) -> bool:
    """Negations ask that no line is so; what has no values asks for nothing and never holds."""
    values = [plain for plain in map(_plain, condition.values) if plain]
    if not values:
        return False
    test = TESTS[Op(condition.op)]
    found = [any(test(text, value) for value in values) for text in said]
    if condition.op in (Op.IS_NOT, Op.LACKS):
        return not any(found)
    return all(found) and bool(found) if is_every else any(found)


def _plain(text: str) -> str:
    return text.strip().casefold()


TESTS: dict[Op, Callable[[str, str], bool]] = {
    Op.IS: str.__eq__,
    Op.IS_NOT: str.__eq__,
    Op.BEGINS: str.startswith,
    Op.CONTAINS: str.__contains__,
    Op.LACKS: str.__contains__,
}
