"""Ruling: carrying out the workspace's rules on orders (SEED-32).

A rule is carried out once for an order and its version, and leaves alone what a person decided.
To add an action: a line in `rules.actions.ACTIONS`, and a function in DOING.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

import msgspec
from django.db import transaction

from packbench.accounts.models import Member, Workspace
from packbench.carriers.models import Preset
from packbench.channels.models import Store
from packbench.events.models import Event
from packbench.events.recording import event, record_all
from packbench.orders.models import OPEN, WORK, Order, OrderItem, OrderNote
from packbench.orders.slotting import LONGEST, SLOT_FIELDS, fill_slots
from packbench.orders.standing import STANDING_FIELDS, restand, waits
from packbench.orders.tagging import ASSIGNEE, HELD, MOST_ON_ORDER, decided_tag
from packbench.orders.waiving import WAIVABLE
from packbench.privacy.fields import sealer
from packbench.privacy.models import opened_if_alive
from packbench.products.describing import MOST_G
from packbench.rules.actions import LONGEST_TEXT, MOST_DAYS, Action
from packbench.rules.deciding import rules_that_hold
from packbench.rules.facts import Facts
from packbench.rules.models import Rule, RuleEffect, Tag

Moment = Literal["new", "changed", "asked"]
ACTOR = "packbench"
PRESET = "preset"  # in what rules gave an order
AT_ONCE = 500
HOUR = Decimal(3600)
WRITTEN = (
    "tags",
    "assignee",
    "ruled",
    "held_at",
    "hold_reason",
    "held_until",
    "weight_g",
    "waived",
    "note_count",
    *SLOT_FIELDS,
    *STANDING_FIELDS,
)
seal_text = sealer(OrderNote, "text")


@dataclass(frozen=True, slots=True)
class _Frame:
    """What holds for all orders that are ruled together."""

    moment: Moment
    now: datetime
    stores: Mapping[str, Store]
    tags: frozenset[str]
    people: frozenset[str]
    presets: frozenset[str]


@dataclass(slots=True)
class Case:
    """An order and its lines, and what the rules did to it. Nothing is saved in here."""

    order: Order
    frame: _Frame
    skus: tuple[str, ...] = ()
    asins: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    quantity: int = 0
    effects: list[RuleEffect] = field(default_factory=list)
    notes: list[OrderNote] = field(default_factory=list)

    @property
    def is_changed(self) -> bool:
        return any(effect.done for effect in self.effects)

    def facts(self) -> Facts:
        """What the rules may know, as the order stands by now."""
        order, frame = self.order, self.frame
        due = order.ship_by_at
        return Facts(
            moment=frame.moment,
            store_id=order.store_id,
            marketplace_id=frame.stores[order.store_id].marketplace_id,
            country=order.ship_to_country,
            state=order.ship_to_state,
            postal_code=order.ship_to_postal_code,
            service_level=order.service_level,
            status=order.status,
            marks=frozenset(_marks(order)),
            programs=frozenset(order.programs),
            problems=frozenset(order.problems),
            skus=self.skus,
            asins=self.asins,
            titles=self.titles,
            tags=frozenset(order.tags),
            quantity=order.quantity,
            lines=len(self.skus),
            weight_g=order.weight_g,
            total=order.total_amount,
            currency=order.total_currency,
            hours_left=Decimal((due - frame.now).total_seconds()) / HOUR if due else None,
        )


@transaction.atomic
def rule_orders(
    workspace: Workspace, orders: Sequence[Order], *, moment: Moment, now: datetime
) -> list[Case]:
    """Carry out the rules on locked orders and save what that changes. Safe to run again.

    Orders that wait for nothing any more are left alone. Returns those that are other than before.
    """
    cases = _decided(workspace, orders, moment=moment, now=now)
    _save(cases, now=now)
    return [case for case in cases if case.is_changed]


def rehearse_rules(
    workspace: Workspace, orders: Sequence[Order], rule: Rule | None = None, *, now: datetime
) -> list[Case]:
    """What the rules would change now, if a person asked; nothing is saved.

    With a rule, only that one, switched on or not, and as if it were new.
    """
    cases = _decided(workspace, orders, rule, moment="asked", now=now)
    return [case for case in cases if case.is_changed]


def _decided(
    workspace: Workspace,
    orders: Sequence[Order],
    only: Rule | None = None,
    *,
    moment: Moment,
    now: datetime,
) -> list[Case]:
    rules = [only] if only else list(workspace.rules.filter(is_enabled=True).order_by(*IN_ORDER))
    open_orders = [order for order in orders if order.status in OPEN]
    if not rules or not open_orders:
        return []
    frame = _frame(workspace, moment, now)
    cases = _cases(open_orders, frame)
    carried_out = {} if only else _carried_out(open_orders)
    for case in cases:
        _rule(case, rules, carried_out.get(case.order.pk, frozenset()))
    return cases


IN_ORDER = ("position", "id")


def _rule(case: Case, rules: Sequence[Rule], carried_out: frozenset[tuple[str, int]]) -> None:
    """Carry out each rule that holds; the next one is asked about what this one made of it."""
    for rule in rules_that_hold(rules, case.facts):
        if (rule.pk, rule.version) in carried_out:
            continue
        done: list[Any] = []
        left: list[Any] = []
        for action in rule.all_actions:
            does = DOING.get(action.name)
            (done if does and does(case, action) else left).append(msgspec.to_builtins(action))
        case.effects.append(
            RuleEffect(
                workspace_id=case.order.workspace_id,
                order_id=case.order.pk,
                rule_id=rule.pk,
                version=rule.version,
                rule_name=rule.name,
                done=done,
                left=left,
                at=case.frame.now,
            )
        )


def _frame(workspace: Workspace, moment: Moment, now: datetime) -> _Frame:
    stores = Store.objects.filter(workspace=workspace).defer("brand_logo")
    return _Frame(
        moment=moment,
        now=now,
        stores={store.pk: store for store in stores},
        tags=frozenset(Tag.objects.filter(workspace=workspace).values_list("pk", flat=True)),
        people=frozenset(
            Member.objects.filter(workspace=workspace).values_list("person_id", flat=True)
        ),
        presets=frozenset(Preset.objects.filter(workspace=workspace).values_list("pk", flat=True)),
    )


def _cases(orders: Sequence[Order], frame: _Frame) -> list[Case]:
    lines: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    rows = OrderItem.objects.of(orders).values_list("order_id", "sku", "asin", "title")
    for order_id, *words in rows:
        lines[order_id].append((words[0], words[1], words[2]))
    cases = []
    for order in orders:
        columns = list(zip(*lines[order.pk], strict=True)) or [(), (), ()]
        cases.append(Case(order, frame, columns[0], columns[1], columns[2]))
    return cases


def _carried_out(orders: Iterable[Order]) -> dict[str, frozenset[tuple[str, int]]]:
    found: dict[str, set[tuple[str, int]]] = defaultdict(set)
    rows = RuleEffect.objects.filter(order_id__in=[order.pk for order in orders])
    for order_id, rule_id, version in rows.values_list("order_id", "rule_id", "version"):
        found[order_id].add((rule_id, version))
    return {order_id: frozenset(rules) for order_id, rules in found.items()}


def _marks(order: Order) -> Iterable[str]:
    marks = {
        "prime": order.is_prime,
        "business": order.is_business,
        "gift": order.is_gift,
        "custom": order.is_customized,
        "replacement": bool(order.replaces),
        "cancel_requested": order.is_cancel_requested,
    }
    return (mark for mark, has in marks.items() if has)


def _save(cases: Iterable[Case], *, now: datetime) -> None:
    ruled = [case for case in cases if case.effects]
    changed = [case.order for case in ruled if case.is_changed]
    Order.objects.bulk_update(changed, WRITTEN, batch_size=AT_ONCE)
    OrderNote.objects.bulk_create(note for case in ruled for note in case.notes)
    effects = [effect for case in ruled for effect in case.effects]
    RuleEffect.objects.bulk_create(effects, ignore_conflicts=True)
    record_all(_event(case.order, effect, now) for case in ruled for effect in case.effects)


def _event(order: Order, effect: RuleEffect, now: datetime) -> Event:
    return event(
        "order.ruled",
        order.workspace_id,
        actor=ACTOR,
        now=now,
        order_id=order.pk,
        store_id=order.store_id,
        rule_id=effect.rule_id,
        actions=[action["name"] for action in effect.done],
    )


# What the actions do. Each returns whether it changed anything.


def _add_tag(case: Case, action: Action) -> bool:
    order = case.order
    if not _may_tag(case, action) or action.value in order.tags:
        return False
    if len(order.tags) >= MOST_ON_ORDER:
        return False
    order.tags = [*order.tags, action.value]
    return True


def _remove_tag(case: Case, action: Action) -> bool:
    order = case.order
    if not _may_tag(case, action) or action.value not in order.tags:
        return False
    order.tags = [tag for tag in order.tags if tag != action.value]
    return True


def _may_tag(case: Case, action: Action) -> bool:
    return action.value in case.frame.tags and decided_tag(action.value) not in case.order.decided


def _hold(case: Case, action: Action) -> bool:
    order, now = case.order, case.frame.now
    if HELD in order.decided or order.held_at is not None or order.status not in WORK:
        return False
    order.held_at, order.hold_reason = now, action.text[:LONGEST_TEXT]
    if action.number:
        order.held_until = now + timedelta(days=min(action.number, MOST_DAYS))
    restand(order)
    return True


def _assign(case: Case, action: Action) -> bool:
    order = case.order
    if ASSIGNEE in order.decided or action.value not in case.frame.people:
        return False
    if order.assignee_id == action.value:
        return False
    order.assignee_id = action.value
    return True


def _preset(case: Case, action: Action) -> bool:
    """What is sent by itself goes that way (`shipments.choosing`); a person may choose another."""
    order = case.order
    if action.value not in case.frame.presets or order.ruled.get(PRESET) == action.value:
        return False
    order.ruled = {**order.ruled, PRESET: action.value}
    return True


def _default_weight(case: Case, action: Action) -> bool:
    """It stands below whatever is known of the products, now or later."""
    order, grams = case.order, action.number or 0
    if order.weight_g or order.is_weight_given or not 0 < grams <= MOST_G:
        return False
    order.ruled = {**order.ruled, "weight_g": grams}
    order.weight_g = grams
    if waits(order.status):
        restand(order)
    return True


def _custom_field(case: Case, action: Action) -> bool:
    """Only a field that the store fills with nothing of its own."""
    order, store = case.order, case.frame.stores[case.order.store_id]
    if action.value not in SLOT_FIELDS or store.slots[SLOT_FIELDS.index(action.value)]:
        return False
    text = action.text.replace("\0", "")[:LONGEST]
    if getattr(order, action.value) == text:
        return False
    order.ruled = {**order.ruled, action.value: text}
    return fill_slots(order, store)


def _note(case: Case, action: Action) -> bool:
    key = opened_if_alive(case.order.key)
    if key is None or not action.text:
        return False
    note = OrderNote(
        order=case.order,
        kind=OrderNote.Kind.INTERNAL,
        author=ACTOR,
        written_at=case.frame.now,
        text=seal_text(action.text[:LONGEST_TEXT], key),
    )
    case.notes.append(note)
    case.order.note_count += 1
    return True


def _waive(case: Case, action: Action) -> bool:
    order = case.order
    if action.value not in WAIVABLE or action.value not in order.problems:
        return False
    order.waived = sorted({*order.waived, action.value})
    restand(order)
    return True


DOING: dict[str, Callable[[Case, Action], Any]] = {
    "add_tag": _add_tag,
    "remove_tag": _remove_tag,
    "hold": _hold,
    "assign": _assign,
    "preset": _preset,
    "default_weight": _default_weight,
    "custom_field": _custom_field,
    "note": _note,
    "waive": _waive,
}
