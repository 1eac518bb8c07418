"""Rules carried out: at the import, on change and on demand; once, and never against a person."""

from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from procrastinate.contrib.django.models import ProcrastinateJob

from packbench.carriers.models import Preset
from packbench.channels.base import OrderStatus
from packbench.events.models import Event
from packbench.lib.errors import Rejected
from packbench.orders.holding import hold_order, release_order
from packbench.orders.jobs import ask_rules
from packbench.orders.models import Order, OrderNote, Status
from packbench.orders.releasing import release_due
from packbench.orders.reruling import ask_for, ask_for_all, go_on, rehearse_open_orders
from packbench.orders.saving import save_orders
from packbench.orders.tagging import assign_orders, remove_tag, save_tag, tag_orders
from packbench.orders.weighing import weigh_products
from packbench.privacy.revealing import reveal
from packbench.rules.actions import ACTIONS, Action
from packbench.rules.arranging import (
    Draft,
    drafted_rule,
    move_rule,
    remove_rule,
    save_rule,
    switch_rule,
)
from packbench.rules.conditions import FIELDS, Condition, Op
from packbench.rules.models import Rule, RuleEffect, RuleRun, Tag
from packbench.shipments.choosing import choose_means, ways_of
from tests.making import (
    NOW,
    make_address,
    make_channel_order,
    make_item,
    make_member,
    make_order,
    make_store,
    make_warehouse,
    make_workspace,
)
from tests.shipments.test_locks import Beside

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
SPAIN = Condition(field="country", op="is", values=("ES",))
SWISS = Condition(field="country", op="is", values=("CH",))


@pytest.fixture
def store():
    return make_store()


@pytest.fixture
def workspace(store):
    return store.workspace


def make_tag(workspace, name="Fragile"):
    return save_tag(workspace, None, name=name, color="red", actor="ines", now=NOW)


def make_rule(workspace, *actions, conditions=(SPAIN,), rule=None, name="A rule", **more):
    draft = Draft(name=name, match="all", conditions=conditions, actions=actions, **more)
    return save_rule(workspace, rule, draft, actor="ines", now=NOW)


def tagging(tag):
    return Action(name="add_tag", value=tag.pk)


def again(order, *, hours=1, **changes):
    """The store shows the order anew."""
    seen = make_channel_order(order.external_id, updated_at=NOW + hours * HOUR, **changes)
    store = order.store
    save_orders([seen], {store.marketplace_id: store}, account=store.account, now=NOW + HOUR)
    return Order.objects.get(pk=order.pk)


def fresh(order):
    return Order.objects.get(pk=order.pk)


def test_an_order_is_tagged_held_and_assigned_as_it_comes_in(store, workspace):
    tag, member = make_tag(workspace), make_member(workspace)
    rule = make_rule(
        workspace,
        tagging(tag),
        Action(name="hold", text="Ask first", number=2),
        Action(name="assign", value=member.person_id),
    )

    order = make_order(store)

    assert (order.tags, order.assignee_id) == ([tag.pk], member.person_id)
    assert (order.status, order.hold_reason) == (Status.ON_HOLD, "Ask first")
    assert order.held_until == NOW + timedelta(days=2)
    event = Event.objects.get(name="order.ruled")
    assert (event.order_id, event.data["rule_id"]) == (order.pk, rule.pk)
    assert event.data["actions"] == ["add_tag", "hold", "assign"]
    assert RuleEffect.objects.get().rule_name == "A rule"


def test_an_order_that_is_otherwise_stays_as_it_is(store, workspace):
    make_rule(workspace, tagging(make_tag(workspace)), conditions=(SWISS,))

    order = make_order(store)

    assert order.tags == []
    assert not RuleEffect.objects.exists()


def test_a_rule_is_carried_out_once_for_an_order_and_again_as_a_new_version(store, workspace):
    first, second = make_tag(workspace), make_tag(workspace, "Second")
    rule = make_rule(workspace, tagging(first))
    order = make_order(store)
    Order.objects.filter(pk=order.pk).update(tags=[])

    assert again(order).tags == []
    assert RuleEffect.objects.count() == 1

    make_rule(workspace, tagging(second), rule=rule)
    assert again(order, hours=2).tags == [second.pk]
    assert set(RuleEffect.objects.values_list("version", flat=True)) == {1, 2}


def test_a_new_name_is_no_new_version(workspace):
    tag = make_tag(workspace)
    rule = make_rule(workspace, tagging(tag))

    assert make_rule(workspace, tagging(tag), rule=rule, name="Another name").version == 1


def test_a_rule_that_holds_only_after_a_change_is_carried_out_then(store, workspace):
    tag = make_tag(workspace)
    many = Condition(field="quantity", op="between", least=Decimal(3))
    make_rule(workspace, tagging(tag), conditions=(many,))
    order = make_order(store)
    assert order.tags == []

    assert again(order, items=(make_item(quantity=3),)).tags == [tag.pk]


@pytest.mark.parametrize(("moment", "expected"), [("new", 1), ("changed", 0), ("asked", 0)])
def test_a_rule_may_hold_for_new_orders_only(store, workspace, moment, expected):
    asked = Condition(field="moment", op="is", values=(moment,))
    make_rule(workspace, tagging(make_tag(workspace)), conditions=(asked,))

    assert len(make_order(store).tags) == expected


def test_rules_never_fight_with_a_person(store, workspace):
    tag, other = make_tag(workspace), make_tag(workspace, "Other")
    ines = make_member(workspace)
    rule = make_rule(workspace, tagging(tag), Action(name="hold"))
    order = make_order(store)
    tag_orders([order], tag, is_on=False, actor="ines", now=NOW)
    release_order(order, actor="ines", now=NOW)
    assign_orders([order], None, actor="ines", now=NOW)

    make_rule(
        workspace,
        tagging(tag),
        tagging(other),
        Action(name="hold", text="again"),
        Action(name="assign", value=ines.person_id),
        rule=rule,
    )
    row = again(order)

    assert (row.tags, row.assignee_id) == ([other.pk], None)
    assert row.status == Status.AWAITING_SHIPMENT
    left = RuleEffect.objects.get(version=2).left
    assert [action["name"] for action in left] == ["add_tag", "hold", "assign"]


def test_what_a_person_held_is_not_put_off_by_a_rule(store, workspace):
    order = make_order(store)
    hold_order(order, reason="Mine", actor="ines", now=NOW)
    make_rule(workspace, Action(name="hold", text="Rule", number=1))

    assert (again(order).hold_reason, fresh(order).held_until) == ("Mine", None)


def test_the_next_rule_sees_what_the_one_before_did_and_one_may_be_the_last(store, workspace):
    first, second, third = (make_tag(workspace, name) for name in ("One", "Two", "Three"))
    make_rule(workspace, tagging(first))
    tagged = Condition(field="tag", op="is", values=(first.pk,))
    make_rule(workspace, tagging(second), conditions=(tagged,), is_last=True)
    make_rule(workspace, tagging(third))

    assert make_order(store).tags == [first.pk, second.pk]


def test_a_last_rule_that_was_carried_out_still_ends_the_asking(store, workspace):
    first, second = make_tag(workspace, "One"), make_tag(workspace, "Two")
    make_rule(workspace, tagging(first), is_last=True)
    order = make_order(store)
    make_rule(workspace, tagging(second))

    assert again(order).tags == [first.pk]


def test_the_order_of_rules_is_changed_by_moving_one(workspace):
    tag = make_tag(workspace)
    rules = [make_rule(workspace, tagging(tag), name=name) for name in "abc"]

    move_rule(rules[2], by=-1, actor="ines", now=NOW)
    move_rule(rules[0], by=-1, actor="ines", now=NOW)

    names = Rule.objects.order_by("position").values_list("name", flat=True)
    assert list(names) == ["a", "c", "b"]
    assert Event.objects.filter(name="rule.moved").count() == 1


def test_a_rule_that_is_off_or_removed_does_nothing(store, workspace):
    off, gone = (make_rule(workspace, tagging(make_tag(workspace, name))) for name in "ab")
    switch_rule(off, is_enabled=False, actor="ines", now=NOW)
    remove_rule(gone, actor="ines", now=NOW)

    assert make_order(store).tags == []


def test_a_default_weight_stands_below_all_that_is_known(store, workspace):
    unknown = Condition(field="weight", op="unknown")
    make_rule(workspace, Action(name="default_weight", number=800), conditions=(unknown,))

    order = make_order(store, weight_g=None)
    assert (order.weight_g, order.problems) == (800, [])
    assert again(order).weight_g == 800

    weigh_products(workspace, {"MUG-BLUE": 350}, actor="ines", now=NOW)
    assert fresh(order).weight_g == 350


def test_a_custom_field_is_filled_where_the_store_fills_none_and_kept(store, workspace):
    type(store).objects.filter(pk=store.pk).update(custom_fields=["order_number", "", ""])
    make_rule(
        workspace,
        Action(name="custom_field", value="custom_field1", text="Mine"),
        Action(name="custom_field", value="custom_field2", text="Shelf 4"),
    )

    order = make_order(store)

    assert (order.custom_field1, order.custom_field2) == (order.external_id, "Shelf 4")
    assert again(order).custom_field2 == "Shelf 4"


def test_an_order_is_sent_with_the_preset_that_a_rule_gave_it_unless_a_person_chose(
    store, workspace
):
    make_warehouse(workspace)
    heavy, mine = (
        Preset.objects.create(workspace=workspace, name=name, weight_g=grams, created_at=NOW)
        for name, grams in (("Heavy", 9000), ("Mine", 100))
    )
    make_rule(workspace, Action(name="preset", value=heavy.pk), Action(name="preset", value="gone"))

    order = make_order(store)

    assert choose_means(ways_of(workspace, now=NOW), order, now=NOW).weight_g == 9000
    chosen = ways_of(workspace, preset=mine, now=NOW)
    assert choose_means(chosen, order, now=NOW).weight_g == 100
    assert RuleEffect.objects.get(order_id=order.pk).left == [{"name": "preset", "value": "gone"}]
    heavy.delete()
    assert choose_means(ways_of(workspace, now=NOW), order, now=NOW).weight_g is None


def test_a_note_is_sealed_with_the_order(store, workspace):
    make_rule(workspace, Action(name="note", text="Wrap it twice"))

    order = make_order(store)

    note = OrderNote.objects.get(order=order)
    assert reveal(note, "text", order.key) == "Wrap it twice"
    assert (note.kind, order.note_count) == ("internal", 1)


def test_a_wish_to_cancel_is_waived_where_a_rule_says_so(store, workspace):
    make_rule(workspace, Action(name="waive", value="cancel_requested"))

    order = make_order(store, items=(make_item(cancel_requested=True),))

    assert order.waived == ["cancel_requested"]
    assert "cancel_requested" not in order.problems


def test_what_waits_for_nothing_any_more_is_left_alone(store, workspace):
    make_rule(workspace, tagging(make_tag(workspace)))

    assert make_order(store, status=OrderStatus.SHIPPED).tags == []


def test_an_order_held_until_a_time_goes_on_by_itself(store, workspace):
    make_rule(workspace, Action(name="hold", number=1))
    order = make_order(store)

    assert release_due(now=NOW + timedelta(days=1) - timedelta(seconds=1)) == 0
    assert release_due(now=NOW + timedelta(days=1)) == 1

    row = fresh(order)
    assert (row.status, row.held_at, row.held_until) == (Status.AWAITING_SHIPMENT, None, None)
    assert release_due(now=NOW + timedelta(days=1)) == 0


# On demand.


def test_a_rehearsal_says_what_would_change_and_changes_nothing(store, workspace):
    spanish = make_order(store, external_id="1")
    make_order(store, external_id="2", recipient=make_address(country="CH"))
    tag = make_tag(workspace)
    draft = Draft(name="x", match="all", conditions=(SPAIN,), actions=(tagging(tag),))

    found = rehearse_open_orders(workspace, drafted_rule(workspace, draft), now=NOW)

    assert [case.order.pk for case in found.cases] == [spanish.pk]
    assert (found.looked_at, found.has_more) == (2, False)
    assert fresh(spanish).tags == []
    assert not RuleEffect.objects.exists()
    assert not Event.objects.filter(name="order.ruled").exists()


def test_rules_are_carried_out_on_a_selection_once(store, workspace):
    orders = [make_order(store, external_id=str(number)) for number in range(3)]
    make_rule(workspace, tagging(make_tag(workspace)))
    ids = [order.pk for order in orders[:2]]

    assert ask_for(workspace, ids, now=NOW) == 2
    assert ask_for(workspace, ids, now=NOW) == 0
    assert fresh(orders[2]).tags == []


def test_orders_of_another_workspace_are_not_touched(store, workspace):
    order = make_order(store)
    elsewhere = make_workspace("Elsewhere")
    make_rule(elsewhere, tagging(make_tag(elsewhere)))

    assert ask_for(elsewhere, [order.pk], now=NOW) == 0
    assert fresh(order).tags == []


def test_all_open_orders_are_done_in_slices_that_may_be_killed_anywhere(store, workspace):
    for number in range(5):
        make_order(store, external_id=str(number))
    make_rule(workspace, tagging(make_tag(workspace)))
    run = ask_for_all(workspace, actor="ines", now=NOW)
    with pytest.raises(Rejected):
        ask_for_all(workspace, actor="ines", now=NOW)

    assert go_on(run.pk, now=NOW, most=2)
    assert go_on(run.pk, now=NOW, most=2)
    ask_rules(run_id=run.pk)
    ask_rules(run_id=run.pk)

    row = RuleRun.objects.get()
    assert (row.looked_at, row.changed) == (5, 5)
    assert row.finished_at is not None
    assert RuleEffect.objects.count() == 5
    assert ProcrastinateJob.objects.filter(task_name="orders.ask_rules").count() == 1


# Drafts.


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": "  "}, "no_name"),
        ({"conditions": ()}, "no_condition"),
        ({"actions": ()}, "no_action"),
        ({"conditions": (Condition(field="country", op="is"),)}, "no_value"),
        ({"conditions": (Condition(field="country", op="between"),)}, "bad_condition"),
        ({"conditions": (Condition(field="weight", op="between"),)}, "no_bound"),
        (
            {"conditions": (Condition(field="total", op="between", least=Decimal(1)),)},
            "no_currency",
        ),
        ({"actions": (Action(name="add_tag"),)}, "bad_action"),
        ({"actions": (Action(name="default_weight", number=-1),)}, "bad_action"),
        ({"actions": (Action(name="hold", number=0),)}, "bad_action"),
        ({"actions": (Action(name="explode", value="x"),)}, "bad_action"),
    ],
)
def test_a_draft_that_lacks_something_is_refused_with_a_sentence(workspace, changes, code):
    whole = {"name": "x", "match": "all", "conditions": (SPAIN,), "actions": (Action(name="hold"),)}

    with pytest.raises(Rejected) as refusal:
        save_rule(workspace, None, Draft(**{**whole, **changes}), actor="ines", now=NOW)

    assert refusal.value.code == code
    assert not Rule.objects.exists()


# Tags.


def test_a_tag_that_is_removed_leaves_no_order_with_it(store, workspace):
    tag, kept = make_tag(workspace), make_tag(workspace, "Kept")
    order = make_order(store)
    for each in (tag, kept):
        tag_orders([order], each, is_on=True, actor="ines", now=NOW)
    make_rule(workspace, tagging(tag))

    assert remove_tag(tag, actor="ines", now=NOW) == 1

    assert fresh(order).tags == [kept.pk]
    assert again(order).tags == [kept.pk]
    assert list(Tag.objects.all()) == [kept]


@pytest.mark.django_db(transaction=True)
def test_removing_a_tag_locks_orders_in_the_order_of_imports():
    store = make_store()
    tag = make_tag(store.workspace)
    first, second = sorted((make_order(store, external_id=n) for n in "12"), key=lambda it: it.pk)
    tag_orders([first, second], tag, is_on=True, actor="ines", now=NOW)
    Order.objects.filter(pk=first.pk).update(note_count=0)  # now it lies behind the second one

    with transaction.atomic():
        Order.objects.select_for_update().get(pk=first.pk)
        beside = Beside(lambda: remove_tag(tag, actor="ines", now=NOW))
        beside.join(1)
        assert Order.objects.select_for_update(nowait=True).get(pk=second.pk)
    beside.join(30)

    assert beside.error is None
    assert not Order.objects.filter(tags__len__gt=0).exists()


def test_a_name_is_given_once_whatever_its_case(workspace):
    make_tag(workspace, "Fragile")

    with pytest.raises(Rejected):
        make_tag(workspace, " FRAGILE ")
    assert Tag.objects.count() == 1


def test_tagging_again_changes_nothing_and_leaves_one_event(store, workspace):
    tag, order = make_tag(workspace), make_order(store)

    counts = [tag_orders([order], tag, is_on=True, actor="ines", now=NOW) for _ in range(2)]

    assert counts == [1, 0]
    assert Event.objects.filter(name="order.tagged").count() == 1


# Whatever somebody writes into rules.

VALUES = ["ES", "CH", "MUG-BLUE", "new", "gift", "", "custom_field2", "cancel_requested", "tag"]
fuzzed_conditions = st.builds(
    Condition,
    field=st.sampled_from([*FIELDS]),
    op=st.sampled_from([op.value for op in Op]),
    values=st.lists(st.sampled_from(VALUES), max_size=2).map(tuple),
    least=st.none() | st.integers(-10, 2000).map(Decimal),
    most=st.none() | st.integers(-10, 2000).map(Decimal),
    currency=st.sampled_from(["", "EUR"]),
)
fuzzed_actions = st.builds(
    Action,
    name=st.sampled_from([*ACTIONS, "explode"]),
    value=st.sampled_from(VALUES),
    text=st.sampled_from(["", "Shelf 4", "x" * 300]),
    number=st.none() | st.integers(-5, 10**12),
)
fuzzed_rules = st.lists(
    st.tuples(
        st.lists(fuzzed_conditions, max_size=3),
        st.lists(fuzzed_actions, max_size=3),
        st.sampled_from(["all", "any"]),
        st.booleans(),
    ),
    max_size=4,
)
SHOWN = ("tags", "status", "weight_g", "problems", "waived", "ruled", "custom_field2", "held_until")


def fuzz(examples):
    """Settings of a test that begins anew within the rows of one fixture."""
    health = [HealthCheck.function_scoped_fixture]
    return settings(max_examples=examples, deadline=None, suppress_health_check=health)


@fuzz(10)
@given(fuzzed_rules)
def test_any_rules_are_carried_out_alike_twice_and_then_never_again(store, workspace, fuzzed):
    carry_out_twice(store, workspace, fuzzed)


@pytest.mark.proof
@fuzz(400)
@given(fuzzed_rules)
def test_many_rules_are_carried_out_alike_twice_and_then_never_again(store, workspace, fuzzed):
    carry_out_twice(store, workspace, fuzzed)


def carry_out_twice(store, workspace, fuzzed):
    tag = Tag.objects.filter(workspace=workspace).first() or make_tag(workspace)
    with transaction.atomic():
        for place, (conditions, actions, match, is_last) in enumerate(fuzzed):
            named = [
                msgspec.structs.replace(each, value=tag.pk) if "tag" in each.name else each
                for each in actions
            ]
            Rule.objects.create(
                workspace=workspace,
                name=str(place),
                position=place,
                match=match,
                is_last=is_last,
                conditions=msgspec.to_builtins(conditions),
                actions=msgspec.to_builtins(named),
                changed_at=NOW,
            )
        seen = [
            make_order(store, external_id=number, weight_g=None, items=(make_item(number),))
            for number in ("1", "2")
        ]
        first, second = ({name: getattr(row, name) for name in SHOWN} for row in seen)
        assert first == second
        assert ask_for(workspace, [seen[0].pk], now=NOW) in (0, 1)
        before = {name: getattr(fresh(seen[0]), name) for name in SHOWN}
        assert ask_for(workspace, [seen[0].pk], now=NOW) == 0
        assert {name: getattr(fresh(seen[0]), name) for name in SHOWN} == before
        transaction.set_rollback(True)
