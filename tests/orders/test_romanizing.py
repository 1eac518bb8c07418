"""Japanese orders: kanji stay, Latin letters are taken by a person, and labels say which."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from packbench.carriers.registry import open_carrier
from packbench.channels.models import Store
from packbench.events.models import Event
from packbench.lib.errors import Rejected
from packbench.lib.postal import romanizing as reading
from packbench.lib.postal.findings import BLOCKING, Check
from packbench.orders.addressing import enter_address
from packbench.orders.models import Order, Script
from packbench.orders.romanizing import (
    proposal,
    romanize_waiting,
    stores_to_romanize,
    use_latin,
    use_native,
)
from packbench.orders.saving import save_orders
from packbench.orders.sealing import label_address, place_of
from packbench.privacy.models import opened_if_alive
from packbench.shipments.buying import buy_label
from packbench.shipments.models import Document, Label, Shipment
from packbench.shipments.planning import plan_shipment
from tests.connectors.local.local_labels import text_of
from tests.making import (
    JP,
    NOW,
    make_account,
    make_address,
    make_channel_order,
    make_means,
    make_order,
    make_store,
)

pytestmark = pytest.mark.django_db

KANJI = make_address(
    name="山田太郎",
    line1="神宮前1-2-3",
    line2="コーポ若葉 203号室",
    city="渋谷区",
    state="東京都",
    postal_code="150-0001",
    country="JP",
    phone="03-3234-5678",
)


@pytest.fixture
def store(db):
    return make_store(make_account(region="fe", marketplace_ids=(JP,)), JP, "Amazon JP")


@pytest.fixture
def order(store):
    return make_order(store, recipient=KANJI)


def again(order):
    return Order.objects.get(pk=order.pk)


def opened(order):
    row = again(order)
    key = opened_if_alive(row.key)
    return label_address(row, row.address_script, key), place_of(row, key)


def take(order):
    use_latin(order, proposal(KANJI), actor="test", now=NOW)


def label_of(order):
    """Buy a label by the seller's own delivery; returns its row and what is printed."""
    order.workspace.products.update(hs_code="691200", country_of_origin="PT", weight_g=300)
    shipment = plan_shipment(
        again(order), make_means(order.workspace), batch=None, actor="test", now=NOW
    )
    shipment = Shipment.objects.with_order().get(pk=shipment.pk)
    buy_label(shipment, open_carrier(shipment.carrier_account), now=NOW)
    label = Label.objects.get(shipment=shipment)
    pdf = Document.objects.get(label=label, format="pdf")
    from packbench.privacy.revealing import reveal

    return label, text_of(reveal(pdf, "content", order.key))


def test_nothing_is_romanized_unless_somebody_says_so(order):
    assert order.address_findings == ["not_latin"]
    assert order.problems == []

    label, printed = label_of(order)

    assert label.address_script == ""
    assert "神宮前1-2-3" in printed
    assert "山田太郎" in printed


def test_a_label_uses_the_latin_letters_that_a_person_took_and_says_so(order):
    take(order)
    take(order)

    label, printed = label_of(order)

    assert label.address_script == Script.LATIN
    assert "1-2-3 Jingumae" in printed
    assert "Yamada Taro" in printed
    assert "神宮前" not in printed
    assert opened(order)[1] == KANJI
    assert again(order).address_findings == []
    assert Event.objects.filter(name="order.romanized").count() == 1


def test_a_person_goes_back_to_the_address_as_it_came(order):
    take(order)

    use_native(order, actor="test", now=NOW)
    use_native(order, actor="test", now=NOW)

    row = again(order)
    assert (row.address_script, row.latin_address) == (Script.NATIVE, None)
    assert row.address_findings == ["not_latin"]
    assert opened(order)[0] == KANJI
    assert Event.objects.filter(name="order.unromanized").count() == 1


def test_latin_letters_of_another_address_are_dropped(order, store):
    take(order)
    moved = make_channel_order(
        marketplace_id=JP,
        updated_at=NOW + timedelta(minutes=1),
        recipient=replace(KANJI, line1="神宮前4-5-6"),
    )

    save_orders([moved], {JP: store}, account=store.account, now=NOW)

    row = again(order)
    assert (row.address_script, row.latin_address) == ("", None)
    assert opened(order)[0].line1 == "神宮前4-5-6"


def test_latin_letters_stay_where_the_address_comes_again_unchanged(order, store):
    take(order)
    same = make_channel_order(
        marketplace_id=JP, updated_at=NOW + timedelta(minutes=1), recipient=KANJI
    )

    save_orders([same], {JP: store}, account=store.account, now=NOW)

    assert again(order).address_script == Script.LATIN
    assert opened(order)[0].line1 == "1-2-3 Jingumae"


def test_an_address_entered_here_ends_the_latin_letters_of_the_other_one(order):
    take(order)

    enter_address(order, replace(KANJI, line1="神宮前4-5-6"), actor="test", now=NOW)

    assert opened(order)[0].line1 == "神宮前4-5-6"


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"name": "山田"}, "not_latin"), ({"line1": ""}, "latin_incomplete")],
)
def test_what_is_not_fit_for_a_label_is_refused(order, changes, code):
    with pytest.raises(Rejected) as refusal:
        use_latin(order, replace(proposal(KANJI), **changes), actor="test", now=NOW)

    assert refusal.value.code == code
    assert again(order).address_script == ""


def test_a_store_may_keep_kanji_from_labels_until_they_are_romanized(store):
    Store.objects.filter(pk=store.pk).update(address_checks=[*BLOCKING, Check.CHARACTERS])
    order = make_order(store, recipient=KANJI)

    assert order.problems == ["address_doubtful"]
    take(order)
    assert again(order).problems == []


def test_a_store_may_have_them_romanized_by_itself(store):
    Store.objects.filter(pk=store.pk).update(romanizes=True)
    order = make_order(store, recipient=KANJI)
    kept = make_order(store, recipient=KANJI, external_id="249-2")
    use_native(kept, actor="test", now=NOW)

    assert stores_to_romanize() == [store.pk]
    assert romanize_waiting(store.pk, now=NOW) == 1
    assert romanize_waiting(store.pk, now=NOW) == 0

    assert again(order).address_script == Script.LATIN
    assert again(kept).address_script == Script.NATIVE
    assert stores_to_romanize() == []


def test_without_the_extra_nothing_is_romanized_by_itself(store, monkeypatch):
    Store.objects.filter(pk=store.pk).update(romanizes=True)
    order = make_order(store, recipient=KANJI)
    monkeypatch.setattr(reading, "find_spec", lambda name: None)

    assert stores_to_romanize() == []
    assert romanize_waiting(store.pk, now=NOW) == 0
    assert again(order).address_script == ""


def test_other_stores_are_left_alone(order):
    assert stores_to_romanize() == []
