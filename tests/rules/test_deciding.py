"""What rules ask and do: the same every time, and nothing that crashes."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from packbench.orders.ruling import DOING
from packbench.rules.actions import ACTIONS, Action
from packbench.rules.conditions import FIELDS, Condition, Op, conditions_of, holds
from packbench.rules.deciding import is_met
from packbench.rules.facts import Facts
from packbench.web.forms.rules import CHOSEN

ORDER = Facts(
    moment="new",
    store_id="sto_1",
    country="CH",
    postal_code="8001",
    marks=frozenset({"gift"}),
    skus=("MUG-BLUE", "plate-7"),
    tags=frozenset({"tag_1"}),
    quantity=3,
    lines=2,
    weight_g=900,
    total=Decimal("120.00"),
    currency="EUR",
    hours_left=Decimal("5.5"),
)


def asks(field, op, *values, **bounds):
    return holds(Condition(field=field, op=op, values=values, **bounds), ORDER)


def test_one_of_the_values_is_enough_whatever_the_case():
    assert asks("country", "is", "de", "ch")
    assert not asks("country", "is_not", "CH")
    assert asks("country", "is_not", "DE", "AT")
    assert asks("postal_code", "begins", "80")
    assert asks("mark", "is", "gift", "prime")
    assert not asks("tag", "is_not", "tag_1")


def test_a_line_and_every_line_are_two_questions():
    assert asks("sku", "begins", "mug")
    assert not asks("sku_every", "begins", "mug")
    assert asks("sku_every", "begins", "mug", "plate")
    assert asks("sku", "lacks", "cup")
    assert not asks("sku", "lacks", "mug")


def test_bounds_are_counted_in_and_another_currency_is_no_answer():
    assert asks("weight", "between", least=Decimal(900), most=Decimal(900))
    assert not asks("weight", "between", least=Decimal("900.5"))
    assert asks("total", "between", least=Decimal(100), currency="EUR")
    assert not asks("total", "between", least=Decimal(100), currency="JPY")
    assert asks("hours_left", "between", most=Decimal(6))


def test_what_is_not_known_is_neither_much_nor_little():
    unknown = Facts(moment="new")

    for field in ("weight", "total", "hours_left"):
        few = Condition(field=field, op="between", least=Decimal(-(10**9)))
        assert not holds(few, unknown)
        assert holds(Condition(field=field, op="unknown"), unknown)
        assert not asks(field, "unknown")


def test_a_condition_without_values_and_a_rule_without_conditions_hold_for_nothing():
    assert not asks("country", "is")
    assert not asks("country", "is_not", " ")
    assert not is_met((), "all", ORDER)
    assert not is_met((), "any", ORDER)


def test_all_and_any():
    swiss = Condition(field="country", op="is", values=("CH",))
    german = Condition(field="country", op="is", values=("DE",))

    assert is_met([swiss, german], "any", ORDER)
    assert not is_met([swiss, german], "all", ORDER)


def test_each_action_that_can_be_chosen_is_done_by_somebody():
    assert set(DOING) == set(ACTIONS)


def test_each_field_has_ops_and_says_how_its_values_are_asked_for():
    for field in FIELDS.values():
        assert field.ops
        if field.kind in CHOSEN:
            assert set(field.ops) == {Op.IS, Op.IS_NOT}


texts = st.text(max_size=8)
facts = st.builds(
    Facts,
    moment=st.sampled_from(["new", "changed", "asked"]),
    country=texts,
    state=texts,
    postal_code=texts,
    marks=st.frozensets(texts, max_size=3),
    skus=st.lists(texts, max_size=3).map(tuple),
    titles=st.lists(texts, max_size=3).map(tuple),
    tags=st.frozensets(texts, max_size=3),
    quantity=st.integers(0, 10**9),
    weight_g=st.none() | st.integers(1, 10**9),
    total=st.none() | st.decimals(-(10**9), 10**9, places=4),
    currency=st.sampled_from(["", "EUR", "JPY"]),
    hours_left=st.none() | st.decimals(-(10**6), 10**6, places=2),
)
conditions = st.builds(
    Condition,
    field=st.sampled_from([*FIELDS, "", "nothing"]),
    op=st.sampled_from([*(op.value for op in Op), "", "like"]),
    values=st.lists(texts, max_size=4).map(tuple),
    least=st.none() | st.decimals(-(10**6), 10**6, places=2),
    most=st.none() | st.decimals(-(10**6), 10**6, places=2),
    currency=st.sampled_from(["", "EUR"]),
)


@given(conditions, facts)
def test_any_condition_has_the_same_answer_twice_and_a_negation_the_other_one(condition, order):
    answer = holds(condition, order)

    assert answer is holds(condition, order)
    field = FIELDS.get(condition.field)
    if answer and field and Op.IS_NOT in field.ops and condition.op == Op.IS and not field.is_every:
        other = Condition(field=condition.field, op=Op.IS_NOT.value, values=condition.values)
        assert not holds(other, order)


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=8,
)


@given(st.lists(junk, max_size=4), facts)
def test_a_row_that_holds_nonsense_holds_for_no_order(stored, order):
    for condition in conditions_of(stored):
        assert not holds(condition, order)
    assert all(action.name for action in Action.many(stored))
