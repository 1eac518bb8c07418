"""Customers: known again while an order shows who they are, and not a moment longer."""

import csv
import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import translation

from packbench.channels.base import Buyer
from packbench.channels.connecting import add_own_shop
from packbench.customers.keeping import find_customer
from packbench.customers.models import Customer
from packbench.events.models import Event
from packbench.lib.money import Money
from packbench.lib.relays import is_masked, is_relay
from packbench.orders.disclosing import COLUMNS, export_customers
from packbench.orders.knowing import newest_known
from packbench.orders.models import Order
from packbench.orders.saving import save_orders as save
from packbench.privacy.blinding import blind
from packbench.privacy.models import BlindingKey, Disclosure
from packbench.privacy.rotating import GRACE, follow_replaced_keys, replace_workspace_key
from packbench.shipments.erasing import erase_now, erase_slice
from tests.making import (
    NOW,
    make_account,
    make_address,
    make_channel_order,
    make_order,
    make_store,
    make_workspace,
)
from tests.shipments.test_locks import Beside

pytestmark = pytest.mark.django_db
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
RELAY = "qx99417@marketplace.amazon.es"
CANARY = "Xanthippe Quexwold"


def order_of(store, number, email=RELAY, name=CANARY, **changes):
    address = make_address(name=name, **changes.pop("address", {}))
    buyer = Buyer(name=name, email=email)
    return make_order(store, external_id=number, buyer=buyer, recipient=address, **changes)


def elsewhere(workspace, name="My own shop"):
    """A store that is not Amazon's: its buyers are the seller's own."""
    return add_own_shop(
        workspace, name=name, currency="EUR", time_zone="Europe/Madrid", actor="ines", now=NOW
    )


def erased_at(moment):
    return len(erase_slice(now=moment))


def customer_of(order):
    return Order.objects.select_related("customer").get(pk=order.pk).customer


def name_of(customer):
    known = newest_known([customer]).get(customer.pk)
    return known and known.name


def test_orders_of_the_same_address_are_of_one_customer():
    store = make_store()
    orders = [
        order_of(store, "1", created_at=NOW - 3 * DAY),
        order_of(store, "2", email=" QX99417@Marketplace.Amazon.ES", created_at=NOW - DAY),
        order_of(store, "3", email="other@marketplace.amazon.es"),
    ]

    first, second, third = (customer_of(order) for order in orders)

    assert first == second != third
    assert (first.first_order_at, first.last_order_at) == (NOW - 3 * DAY, NOW - DAY)
    assert first.is_relay


def test_an_order_without_an_address_has_no_customer_until_the_store_shows_one():
    store = make_store()
    order = order_of(store, "1", email="")
    assert customer_of(order) is None

    seen = make_channel_order("1", updated_at=NOW, buyer=Buyer(name=CANARY, email=RELAY))
    save([seen], {store.marketplace_id: store}, account=store.account, now=NOW)

    assert customer_of(order).orders.count() == 1


def test_the_same_page_again_makes_nobody_twice():
    store = make_store()
    order_of(store, "1")
    order_of(store, "1", updated_at=NOW)

    assert Customer.objects.count() == 1


def test_two_workspaces_know_nothing_of_each_other():
    mine, theirs = make_store(), make_store(make_account(make_workspace("Elsewhere")))

    customers = [customer_of(order_of(store, "1")) for store in (mine, theirs)]

    assert customers[0] != customers[1]
    assert bytes(customers[0].match) != bytes(customers[1].match)


def test_nothing_of_a_customer_is_written_down_a_second_time():
    customer = customer_of(order_of(make_store(), "1"))

    with connection.cursor() as cursor:
        cursor.execute("select c::text from customers_customer c")
        row = cursor.fetchall()[0][0]

    assert len(bytes(customer.match)) == 32
    assert all(word not in row for word in (CANARY, RELAY, RELAY.encode().hex(), "Calle"))


def test_the_newest_order_says_who_it_is():
    store = make_store()
    order_of(store, "1", name="Old Name", created_at=NOW - 2 * DAY)
    customer = customer_of(order_of(store, "2", created_at=NOW - DAY))

    assert name_of(customer) == CANARY


# The end of Amazon's data (SEED-77).


def test_to_the_second_a_customer_ends_with_the_last_order_and_keeps_counts():
    order = order_of(make_store(), "1")
    customer = customer_of(order)

    assert erased_at(NOW + 14 * DAY - SECOND) == 0
    assert name_of(customer) == CANARY
    assert erased_at(NOW + 14 * DAY) == 1

    customer.refresh_from_db()
    assert name_of(customer) is None
    assert customer.match is None
    assert find_customer(order.workspace, RELAY) is None
    assert customer.orders.count() == 1


def test_while_another_order_lives_the_customer_is_who_that_one_says():
    store = make_store()
    order_of(store, "1", name="Old Name", created_at=NOW - 2 * DAY)
    later = order_of(store, "2", created_at=NOW - DAY)
    customer = customer_of(later)

    erase_now(later, why="buyer", actor="ines", now=NOW)

    customer.refresh_from_db()
    assert name_of(customer) == "Old Name"
    assert customer.match is not None
    assert erased_at(NOW + 14 * DAY) == 1
    customer.refresh_from_db()
    assert (name_of(customer), customer.match) == (None, None)


def test_what_another_shop_knows_stays_when_amazons_data_goes():
    amazon = make_store()
    theirs = order_of(amazon, "1", created_at=NOW - DAY)
    own = order_of(
        elsewhere(amazon.workspace), "2", name="Xanthippe of my shop", created_at=NOW - 2 * DAY
    )
    customer = customer_of(theirs)
    assert customer == customer_of(own)
    assert name_of(customer) == CANARY

    Order.objects.filter(pk=own.pk).update(erase_at=NOW + 400 * DAY)
    assert erased_at(NOW + 14 * DAY) == 1

    customer.refresh_from_db()
    assert name_of(customer) == "Xanthippe of my shop"
    assert customer.match is not None


def test_an_erasure_that_dies_in_the_middle_is_done_again_whole(monkeypatch):
    customer = customer_of(order_of(make_store(), "1"))

    class Dead(BaseException):
        pass

    def die(*_, **__):
        raise Dead

    with monkeypatch.context() as patch:
        patch.setattr("packbench.shipments.erasing.record_all", die)
        with pytest.raises(Dead):
            erase_slice(now=NOW + 14 * DAY)

    customer.refresh_from_db()
    assert name_of(customer) is None  # the key is gone: the key store knows no way back
    assert customer.match is not None
    assert erased_at(NOW + 14 * DAY) == 1
    customer.refresh_from_db()
    assert customer.match is None


@pytest.mark.django_db(transaction=True)
def test_two_erasures_at_once_leave_nobody_who_is_known_again():
    store = make_store()
    first, second = order_of(store, "1"), order_of(store, "2")

    def erase_second():
        erase_now(second, why="buyer", actor="ines", now=NOW)

    with transaction.atomic():
        erase_now(first, why="buyer", actor="ines", now=NOW)
        beside = Beside(erase_second)
        beside.join(1)
    beside.join(30)

    assert beside.error is None
    assert not Order.objects.filter(erased_at__isnull=True).exists()
    assert Customer.objects.get().match is None


def test_who_has_another_address_now_is_not_known_by_the_former_one():
    store = make_store()
    order = order_of(store, "1")
    former = customer_of(order)

    order_of(store, "1", email="other@marketplace.amazon.es", updated_at=NOW + SECOND)

    assert customer_of(order) != former
    assert find_customer(store.workspace, RELAY) is None
    erase_now(order, why="buyer", actor="ines", now=NOW)
    assert not Customer.objects.filter(match__isnull=False).exists()


def test_addresses_that_two_orders_swap_stay_known():
    store = make_store()
    first, second = order_of(store, "1"), order_of(store, "2", email="other@example.es")
    before = [customer_of(first), customer_of(second)]

    swapped = [
        make_channel_order(
            number, buyer=Buyer(email=email), recipient=make_address(), updated_at=NOW + SECOND
        )
        for number, email in (("1", "other@example.es"), ("2", RELAY))
    ]
    save(swapped, {store.marketplace_id: store}, account=store.account, now=NOW)

    assert [customer_of(second), customer_of(first)] == before
    assert not Customer.objects.filter(match__isnull=True).exists()


def test_after_the_erasure_nobody_is_known_again_by_the_old_record():
    store = make_store()
    old = customer_of(order_of(store, "1"))
    erase_slice(now=NOW + 14 * DAY)

    new = customer_of(order_of(store, "2", created_at=NOW + 15 * DAY))

    assert new != old


def test_an_import_does_not_bring_an_erased_customer_back():
    store = make_store()
    order = order_of(store, "1")
    customer = customer_of(order)
    erase_slice(now=NOW + 14 * DAY)

    order_of(store, "1", updated_at=NOW + 15 * DAY)

    assert customer_of(order) == customer
    assert Customer.objects.count() == 1
    assert name_of(customer) is None


@pytest.mark.parametrize(
    ("language", "words"), [("fr", "EXPURGÉ (Amazon)"), ("en", "REDACTED (Amazon)")]
)
def test_the_words_for_it_are_in_the_readers_language(language, words):
    from packbench.web.customer_list import customer_context
    from tests.making import make_member

    order = order_of(make_store(), "1")
    customer = customer_of(order)
    erase_slice(now=NOW + 14 * DAY)
    member = make_member(order.workspace)

    with translation.override(language):
        context = customer_context(customer, member, now=NOW + 15 * DAY)

    assert (context["is_redacted"], context["redacted"]) == (True, words)


# Who may be written to (SEED-48).


@pytest.mark.parametrize(
    "email",
    [
        "a@marketplace.amazon.es",
        "A@Marketplace.Amazon.CO.UK ",
        "x@m.marketplace.amazon.com.au",
        "y@marketplace.amazon.co.jp",
    ],
)
def test_amazons_relays_are_known(email):
    assert is_relay(email)


@pytest.mark.parametrize(
    "email", ["a@example.com", "marketplace.amazon.es@example.com", "a@marketplace-amazon.es", ""]
)
def test_other_addresses_are_no_relays(email):
    assert not is_relay(email)


def test_a_number_with_amazons_extension_is_masked():
    assert is_masked("+1 207-835-4259 ext. 12345")
    assert is_masked("+44 20 7946 0000 EXT 55512")
    assert not is_masked("+34 600 000 000")


def rows_of(content):
    lines = list(csv.reader(content.decode("utf-8-sig").splitlines()))
    assert tuple(lines[0]) == COLUMNS
    return [row[0] for row in lines[1:]]


def test_a_file_of_customers_has_nobody_whom_amazon_stands_before():
    amazon = make_store()
    shop = elsewhere(amazon.workspace)
    order_of(amazon, "1")
    order_of(amazon, "2", email="real@example.com")  # Amazon showed it: still Amazon's
    order_of(shop, "3", email=RELAY)
    order_of(shop, "4", email="masked@example.com", address={"phone": "+1 207 835 ext. 12345"})
    mine = order_of(shop, "5", email="ana@example.com", name="=cmd()")

    content = export_customers(amazon.workspace, actor="ines", now=NOW)

    assert rows_of(content) == ["ana@example.com"]
    assert "'=cmd()" in content.decode()
    look = Disclosure.objects.get(reason="export")
    assert (look.order_ids, look.actor) == ([mine.pk], "ines")
    assert Event.objects.get(name="customers.exported").data == {"count": 1}


@pytest.mark.parametrize("name", ["=1+1", "＝1+1", "\n=1+1"])
def test_nothing_that_a_buyer_writes_is_run_by_a_spreadsheet(name):
    own = elsewhere(make_workspace())
    order_of(own, "1", email="ana@example.es", name=name)

    file = export_customers(own.workspace, actor="ines", now=NOW).decode("utf-8-sig")

    (row,) = csv.DictReader(io.StringIO(file, newline=""))
    assert row["name"] == f"'{name}"


def test_a_customer_of_both_is_in_the_file_with_what_the_other_shop_knows():
    amazon = make_store()
    order_of(amazon, "1", email="ana@example.com", name="As Amazon says", created_at=NOW)
    shop = elsewhere(amazon.workspace)
    order_of(shop, "2", email="ana@example.com", name="Ana", created_at=NOW - 9 * DAY)

    content = export_customers(amazon.workspace, actor="ines", now=NOW).decode()

    assert "Ana" in content
    assert "As Amazon says" not in content


# Blinding.


def test_a_blinded_text_says_nothing_and_is_the_same_after_new_keys():
    workspace = make_workspace()
    before = blind(workspace, "customer.email", RELAY)

    replace_workspace_key(workspace, now=NOW)
    while follow_replaced_keys(now=NOW + GRACE):
        continue

    assert blind(workspace, "customer.email", RELAY) == before  # by the workspace of before, too
    assert blind(type(workspace).objects.get(pk=workspace.pk), "customer.email", RELAY) == before
    assert blind(workspace, "another.purpose", RELAY) != before
    assert RELAY.encode() not in before
    assert BlindingKey.objects.count() == 1


def test_the_database_knows_nobody_twice():
    customer = customer_of(order_of(make_store(), "1"))

    with pytest.raises(DatabaseError), transaction.atomic():
        Customer.objects.create(
            workspace=customer.workspace,
            match=bytes(customer.match),
            first_order_at=NOW,
            last_order_at=NOW,
        )


def test_sums_stay_apart_by_currency():
    from packbench.web.converting import totals_of

    store = make_store()
    orders = [
        order_of(store, "1", total=Money(Decimal("10.50"), "EUR")),
        order_of(store, "2", total=Money(Decimal("2.50"), "EUR")),
        order_of(store, "3", total=Money(Decimal(900), "JPY")),
    ]

    assert totals_of(store.workspace, orders).lines == ["€13.00", "¥900"]
