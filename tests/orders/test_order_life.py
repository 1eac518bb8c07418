"""The life of an order: what becomes of it at Amazon, and what people decided here."""

from datetime import timedelta
from decimal import Decimal

import pytest

from packbench.channels.base import (
    Buyer,
    Charge,
    ItemNotes,
    OrderDetails,
    OrderStatus,
    Payment,
    TaxRegistration,
)
from packbench.channels.models import Skip
from packbench.events.models import Event
from packbench.lib.addresses import Address
from packbench.lib.errors import Rejected
from packbench.lib.money import Money
from packbench.orders.addressing import enter_address, keep_address, restore_address
from packbench.orders.holding import hold_order, release_order
from packbench.orders.models import Order, OrderNote, Status
from packbench.orders.noting import notes_of, remove_note, write_note
from packbench.orders.opening import open_orders
from packbench.orders.recognizing import recognize_number
from packbench.orders.saving import save_orders
from packbench.orders.sealing import place_of, stores_address
from packbench.orders.tracing import trace_order
from packbench.orders.waiving import waive_problem
from packbench.privacy.models import opened_if_alive
from packbench.privacy.revealing import reveal
from packbench.shipments.erasing import erase_now
from packbench.shipments.planning import CannotPlan, plan_shipment
from tests.making import (
    ES,
    NOW,
    make_address,
    make_channel_order,
    make_item,
    make_means,
    make_order,
    make_store,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WHO = {"actor": "ines", "now": NOW}


def save(store, *orders, now=NOW):
    return save_orders(orders, {ES: store}, account=store.account, now=now)


def later(order, *, hours=1, **changes):
    """What the store shows of the order some time later."""
    state = make_channel_order(
        order.external_id, updated_at=order.changed_at + hours * HOUR, **changes
    )
    save(order.store, state)
    return fresh(order)


def fresh(order):
    return Order.objects.select_related("key__parent", "store__account").get(pk=order.pk)


def names(order):
    return list(
        Event.objects.filter(order_id=order.pk).order_by("id").values_list("name", flat=True)
    )


def asks_to_cancel(order):
    return later(order, items=(make_item(cancel_requested=True, cancel_reason="Too late"),))


# From payment to the end.


def test_an_order_is_paid_then_shipped_in_parts():
    store = make_store()
    save(store, make_channel_order(status=OrderStatus.AWAITING_PAYMENT, recipient=None))
    order = fresh(Order.objects.get())

    seen = [order.status]
    for status in (
        OrderStatus.AWAITING_SHIPMENT,
        OrderStatus.PARTIALLY_SHIPPED,
        OrderStatus.SHIPPED,
    ):
        order = later(order, status=status)
        seen.append(order.status)

    assert seen == ["awaiting_payment", "awaiting_shipment", "partially_shipped", "shipped"]


@pytest.mark.parametrize("status", [OrderStatus.CANCELLED, OrderStatus.UNFULFILLABLE])
def test_what_ends_otherwise_is_no_work_and_has_no_problem(status):
    order = later(make_order(weight_g=None), status=status)

    assert (order.status, order.problems) == (status.value, [])
    assert not Order.objects.to_ship().exists()


def test_quantities_and_items_follow_the_store():
    order = make_order(items=(make_item("1", quantity=2), make_item("2"), make_item("3")))

    order = later(order, items=(make_item("1", quantity=5), make_item("3", quantity=0)))

    assert dict(order.items.values_list("external_id", "quantity")) == {"1": 5, "3": 0}
    assert (order.quantity, order.weight_g) == (5, 5 * 350)


def test_an_item_in_a_parcel_stays_when_the_store_no_longer_lists_it():
    order = make_order(items=(make_item("1"), make_item("2")))
    plan_shipment(order, make_means(order.workspace), batch=None, **WHO)

    order = later(order, items=(make_item("1"),))

    assert dict(order.items.values_list("external_id", "quantity")) == {"1": 1, "2": 0}


def test_a_changed_address_is_taken_and_told():
    order = later(make_order(), recipient=make_address(line1="Calle Otra 9", city="Lugo"))

    assert order.ship_to_city == "Lugo"
    assert place_of(order, opened_if_alive(order.key)).line1 == "Calle Otra 9"
    assert names(order)[-1] == "order.redirected"


def test_what_a_person_set_stays_when_the_store_changes_the_order():
    order = make_order()
    hold_order(order, reason="Look", **WHO)

    order = later(order, ship_by_at=NOW + 3 * DAY)

    assert (order.status, order.hold_reason) == (Status.ON_HOLD, "Look")


def test_an_address_that_an_older_state_shows_fills_the_gap():
    store = make_store()
    bare = Address(city="Valencia", country="ES")
    newest = make_channel_order(updated_at=NOW, recipient=bare, buyer=Buyer())
    save(store, newest)
    assert fresh(Order.objects.get()).problems == ["missing_role", "missing_weight"]

    save(store, make_channel_order(updated_at=NOW - HOUR, status=OrderStatus.AWAITING_PAYMENT))

    order = fresh(Order.objects.get())
    assert order.status == Status.AWAITING_SHIPMENT
    assert order.problems == ["missing_weight"]
    assert reveal(order, "buyer", order.key).name == "Lucía Ferrer"


# The buyer asks to cancel.


def test_a_wish_to_cancel_puts_the_order_on_hold_and_stops_its_label():
    order = asks_to_cancel(make_order())

    assert (order.status, order.problems) == (Status.ON_HOLD, ["cancel_requested"])
    assert reveal(order.items.get(), "notes", order.key).cancel_reason == "Too late"
    assert names(order).count("order.recalled") == 1
    with pytest.raises(CannotPlan) as refusal:
        plan_shipment(order, make_means(order.workspace), batch=None, **WHO)
    assert refusal.value.problems == ["cancel_requested"]


def test_ship_anyway_releases_it_and_the_next_import_leaves_it_so():
    order = asks_to_cancel(make_order())

    waive_problem(order, "cancel_requested", **WHO)
    order = asks_to_cancel(fresh(order))

    assert (order.status, order.problems) == (Status.AWAITING_SHIPMENT, [])


def test_releasing_alone_does_not_ship_what_the_buyer_wants_to_cancel():
    order = make_order()
    hold_order(order, reason="Look", **WHO)
    order = asks_to_cancel(order)

    assert release_order(order, **WHO)

    assert fresh(order).status == Status.ON_HOLD
    assert not release_order(order, **WHO)


def test_a_cancellation_at_amazon_ends_the_wish():
    order = later(asks_to_cancel(make_order()), status=OrderStatus.CANCELLED)

    assert (order.status, order.problems) == (Status.CANCELLED, [])


# Not before its time.


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"programs": ("PREORDER",), "ship_from_at": NOW + DAY}, "pre_order"),
        ({"label_from_at": NOW + DAY}, "label_window"),
    ],
)
def test_an_early_order_waits_and_becomes_ready_by_itself(changes, code):
    order = make_order(**changes)
    assert (order.status, order.problems) == (Status.ON_HOLD, [code])

    assert open_orders(now=NOW + DAY - HOUR) == 0
    assert open_orders(now=NOW + DAY) == 1

    order = fresh(order)
    assert (order.status, order.problems) == (Status.AWAITING_SHIPMENT, [])
    assert names(order)[-1] == "order.opened"


def test_a_person_can_hold_a_pre_order_beyond_its_time():
    order = make_order(programs=("PREORDER",), ship_from_at=NOW + DAY)
    assert hold_order(order, reason="Damaged", **WHO)

    open_orders(now=NOW + 2 * DAY)

    assert fresh(order).status == Status.ON_HOLD


def test_an_ordinary_order_may_leave_before_its_window_opens():
    assert make_order(ship_from_at=NOW + DAY).can_ship


# An address of one's own.


def test_an_address_entered_here_counts_and_the_stores_stays_beside_it():
    order = make_order()

    assert enter_address(order, make_address(line1="Plaza Nueva 1", city="Soria"), **WHO)
    order = later(order, ship_by_at=NOW + 3 * DAY)

    key = opened_if_alive(order.key)
    assert place_of(order, key).line1 == "Plaza Nueva 1"
    assert stores_address(order, key).line1 == "Calle de la Luna 14"
    assert (order.ship_to_city, order.problems) == ("Soria", [])
    assert "Plaza" not in str(Event.objects.filter(order_id=order.pk).values())


def test_a_change_at_amazon_afterwards_is_put_before_a_person():
    order = make_order()
    enter_address(order, make_address(line1="Plaza Nueva 1"), **WHO)

    order = later(order, recipient=make_address(line1="Calle Otra 9"))
    assert order.problems == ["address_changed"]

    assert keep_address(order, **WHO)
    assert fresh(order).problems == []
    assert place_of(fresh(order), opened_if_alive(order.key)).line1 == "Plaza Nueva 1"


def test_the_way_back_is_the_stores_newest_address():
    order = make_order()
    enter_address(order, make_address(line1="Plaza Nueva 1", city="Soria"), **WHO)
    order = later(order, recipient=make_address(line1="Calle Otra 9", city="Lugo"))

    assert restore_address(order, **WHO)

    order = fresh(order)
    assert (order.ship_to_city, order.has_own_address, order.problems) == ("Lugo", False, [])
    assert not restore_address(order, **WHO)


def test_an_address_mends_an_order_that_came_without_one():
    order = make_order(recipient=make_address(name="", line1=""))
    assert order.problems == ["missing_role"]

    enter_address(order, make_address(), **WHO)

    assert fresh(order).problems == []


@pytest.mark.parametrize("missing", [{"name": ""}, {"line1": ""}, {"country": ""}])
def test_an_address_without_name_street_or_country_is_refused(missing):
    with pytest.raises(Rejected):
        enter_address(make_order(), make_address(**missing), **WHO)


def test_an_order_that_is_over_keeps_its_address():
    order = later(make_order(), status=OrderStatus.SHIPPED)

    with pytest.raises(Rejected):
        enter_address(order, make_address(line1="Plaza Nueva 1"), **WHO)


# Notes.


def test_notes_are_sealed_counted_and_removed():
    order = make_order()
    note = write_note(order, " Ring first ", kind=OrderNote.Kind.INTERNAL, **WHO)
    write_note(order, "Thank you!", kind=OrderNote.Kind.BUYER, **WHO)

    order = fresh(order)
    assert {(each.kind, each.text) for each in notes_of(order)} == {
        ("internal", "Ring first"),
        ("buyer", "Thank you!"),
    }
    assert b"Ring" not in bytes(OrderNote.objects.get(pk=note.pk).text.ciphertext)
    assert order.note_count == 2

    assert remove_note(order, note.pk, **WHO)
    assert not remove_note(order, note.pk, **WHO)
    assert fresh(order).note_count == 1


@pytest.mark.parametrize("text", ["", "  ", "x" * 1001])
def test_an_empty_or_endless_note_is_refused(text):
    with pytest.raises(Rejected):
        write_note(make_order(), text, kind=OrderNote.Kind.INTERNAL, **WHO)


def test_all_of_it_ends_with_the_buyers_data():
    order = make_order(details=OrderDetails(taxes=(TaxRegistration(kind="CPF", number="1"),)))
    enter_address(order, make_address(line1="Plaza Nueva 1"), **WHO)
    write_note(order, "Ring first", kind=OrderNote.Kind.INTERNAL, **WHO)

    erase_now(order, why="buyer", **WHO)

    order = fresh(order)
    assert (order.own_address, order.details, order.has_own_address) == (None, None, False)
    assert [note.text for note in notes_of(order)] == [None]
    with pytest.raises(Rejected):
        write_note(order, "Again", kind=OrderNote.Kind.INTERNAL, **WHO)
    with pytest.raises(Rejected):
        enter_address(order, make_address(), **WHO)


# What carriers must do, who fulfills, what is left out.


def test_a_demand_on_the_carrier_waits_until_somebody_vouches_for_it():
    order = make_order(items=(make_item(constraints=("age", "coldChain")),))
    assert order.problems == ["constraint_age", "constraint_other"]

    waive_problem(order, "constraint_age", **WHO)
    waive_problem(order, "constraint_other", **WHO)

    assert fresh(order).can_ship


def test_an_order_that_amazon_ships_keeps_nothing_of_its_buyer_and_is_never_work():
    store = make_store()
    store.has_amazon_fulfilled = True
    store.save()
    save(store, make_channel_order(status=OrderStatus.SHIPPED, is_ours_to_ship=False))
    order = fresh(Order.objects.get())

    order = later(order, status=OrderStatus.PARTIALLY_SHIPPED, is_ours_to_ship=False)

    assert (order.status, order.problems) == (Status.PENDING_FULFILLMENT, [])
    assert (order.recipient, order.buyer, order.is_amazon_fulfilled) == (None, None, True)


def test_an_older_state_of_an_order_that_came_in_leaves_no_skip():
    store = make_store()
    store.has_amazon_fulfilled = True
    store.save()
    by_amazon = {"is_ours_to_ship": False, "recipient": None}
    save(store, make_channel_order(status=OrderStatus.SHIPPED, updated_at=NOW, **by_amazon))

    save(store, make_channel_order(**by_amazon))

    assert not Skip.objects.exists()


def test_a_digital_order_is_skipped_though_its_unpaid_state_comes_late():
    store = make_store()
    save(store, make_channel_order(recipient=None))

    unpaid = make_channel_order(
        status=OrderStatus.AWAITING_PAYMENT, recipient=None, updated_at=NOW - DAY
    )
    save(store, unpaid)

    assert not Order.objects.exists()
    trace = trace_order(store.workspace, recognize_number("402-0000001-0000001"), now=NOW)
    assert [skip.reason for skip, _ in trace.skips] == ["digital"]


def test_money_stays_in_the_currency_of_the_store():
    yen, euros = Money(Decimal("1980"), "JPY"), Money(Decimal("-2.5"), "EUR")
    order = make_order(
        total=yen,
        charges=(Charge(kind="ITEM", total=yen), Charge(kind="DISCOUNT", total=euros)),
        payments=(Payment(method="CashOnDelivery", total=yen),),
    )

    assert [(entry["amount"], entry["currency"]) for entry in order.charges] == [
        ("1980", "JPY"),
        ("-2.5", "EUR"),
    ]
    assert (order.discount, order.cod) == (euros, yen)


def test_gift_messages_are_not_forgotten_where_the_store_withholds_them_today():
    gift = make_item(is_gift=True, notes=ItemNotes(gift_message="¡Felicidades!"))
    order = make_order(items=(gift,))

    order = later(order, recipient=Address(city="Valencia", country="ES"), buyer=Buyer())

    assert reveal(order.items.get(), "notes", order.key).gift_message == "¡Felicidades!"
