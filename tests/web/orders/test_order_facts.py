"""What the page says of an order besides items and parcels, and what people enter there."""

from datetime import timedelta
from decimal import Decimal

import pytest

from packbench.channels.base import (
    Buyer,
    CardPayment,
    Charge,
    DeliveryHours,
    ItemFacts,
    ItemNotes,
    OrderDetails,
    OrderStatus,
    Payment,
    TaxRegistration,
)
from packbench.lib import clock
from packbench.lib.money import Money
from packbench.orders.models import Order, OrderNote
from packbench.orders.saving import save_orders
from packbench.privacy.models import Disclosure
from tests.making import NOW, make_address, make_channel_order, make_item, make_order
from tests.web.orders.conftest import labeled

YEN = Money(Decimal("1980"), "JPY")
ADDRESS = {
    "name": "Ana Núñez",
    "line1": "Plaza Nueva 1",
    "postal_code": "42001",
    "city": "Soria",
    "country": "ES",
}


def page_of(browser, order):
    return browser.get(f"/orders/{order.pk}").content.decode()


def everything(store):
    """An order that has every field."""
    item = make_item(
        is_gift=True,
        gift_wrap="Premium",
        programs=("TRANSPARENCY", "SUBSCRIBE_AND_SAVE"),
        constraints=("signature",),
        promotions=("SPRING-5",),
        charges=(Charge(kind="GIFT_WRAP", total=YEN),),
        condition="USED VERY_GOOD",
        condition_note="One scratch",
        serial_numbers=("SN-4711",),
        ioss_number="IM5280000000",
        tax_scheme="IOSS",
        facts=ItemFacts(
            measure="24 COUNT",
            points=60,
            points_value=YEN,
            scheduled_by_at=NOW + timedelta(days=2),
            tax_party="Amazon Services",
        ),
        notes=ItemNotes(gift_message="¡Felicidades!"),
    )
    return make_order(
        store,
        programs=("PREMIUM", "PRIME"),
        service_level="PRIORITY",
        seller_order_id="WEB-0042",
        deliver_from_at=NOW + timedelta(days=3),
        total=YEN,
        charges=(
            Charge(kind="COD_FEE", total=YEN),
            Charge(kind="DISCOUNT", total=Money(Decimal("-100"), "JPY")),
        ),
        payments=(Payment(method="CashOnDelivery", total=YEN),),
        invoice_status="NOT_FOUND",
        buyer=Buyer(
            name="Lucía Ferrer",
            email="abc@marketplace.amazon.es",
            company="Ferrer S.L.",
            purchase_order_number="PO-77",
        ),
        details=OrderDetails(
            taxes=(TaxRegistration(entity="BUYER", kind="CPF", number="11144477735"),),
            cards=(CardPayment(method="Pix", acquirer="00.000.000/0001-00"),),
            hours=(DeliveryHours(day="MON", spans=("09:00–17:30",)),),
            capabilities=("PALLET_DISABLED",),
        ),
        items=(item,),
    )


SHOWN = (
    "Premium shipping", "Priority", "WEB-0042", "Transparency", "Subscribe &amp; Save",
    "Signature", "SPRING-5", "Used, very good: One scratch", "SN-4711", "IM5280000000", "IOSS",
    "24 COUNT", "Amazon Services", "Cash-on-delivery fee", "Discount", "¥1,980", "-¥100",
    "Cash on delivery", "not uploaded yet", "UNSHIPPED", "To collect at the door", "Gift wrap",
)  # fmt: skip
PRIVATE = (
    "Lucía Ferrer", "abc@marketplace.amazon.es", "Ferrer S.L.", "PO-77", "11144477735",
    "00.000.000/0001-00", "Monday", "takes no pallets", "¡Felicidades!", "+34 600 000 000",
)  # fmt: skip


def test_every_field_is_on_the_page_and_looking_is_recorded(owner, store):
    page = page_of(owner, everything(store))

    assert [text for text in (*SHOWN, *PRIVATE) if text not in page.replace("¥-100", "-¥100")] == []
    assert "never for marketing" in page  # SEED-48
    assert "details" in Disclosure.objects.get(reason="order").fields


def test_a_viewer_sees_what_was_bought_and_nothing_of_who_bought(viewer, store):
    page = page_of(viewer, everything(store))

    assert [text for text in PRIVATE if text in page] == []
    assert "IM5280000000" in page
    assert "Change the address" not in page


def test_another_address_is_entered_and_taken_back(owner, order):
    owner.post(f"/orders/{order.pk}/address", ADDRESS)
    page = page_of(owner, order)
    assert "Changed here" in page
    assert "Plaza Nueva 1" in page
    assert "Calle de la Luna 14" in page  # Amazon's, beside it

    owner.post(f"/orders/{order.pk}/address/restore")

    assert "Changed here" not in page_of(owner, order)


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"line1": ""}, {"country": ""}, {"postal_code": "1"}]
)
def test_an_address_that_cannot_be_is_refused_with_a_sentence(owner, order, wrong):
    answer = owner.post(f"/orders/{order.pk}/address", {**ADDRESS, **wrong}, follow=True)

    assert not Order.objects.get().has_own_address
    assert "toast" in answer.content.decode() or "messages" in answer.content.decode()


def test_a_dispute_is_settled_on_the_page(owner, order):
    owner.post(f"/orders/{order.pk}/address", ADDRESS)
    moved = make_channel_order(updated_at=NOW, recipient=make_address(line1="Calle Otra 9"))
    store = order.store
    save_orders([moved], {store.marketplace_id: store}, account=store.account, now=clock.now())
    assert "Keep the address entered here" in page_of(owner, order)

    owner.post(f"/orders/{order.pk}/address/keep")

    assert Order.objects.get().problems == []


def test_a_wish_to_cancel_says_how_and_ship_anyway_releases(owner, store):
    order = make_order(store, items=(make_item(cancel_requested=True, cancel_reason="Too late"),))
    page = page_of(owner, order)
    assert "sellercentral" in page
    assert "Too late" in page
    assert "Cancel requested" in page

    owner.post(f"/orders/{order.pk}/waive", {"problem": "cancel_requested"})

    assert Order.objects.get().status == "awaiting_shipment"


def test_a_change_after_the_label_is_a_warning_beside_it(owner, order):
    labeled(order)
    store = order.store
    moved = make_channel_order(updated_at=clock.now(), recipient=make_address(line1="Calle Otra 9"))
    save_orders([moved], {store.marketplace_id: store}, account=store.account, now=clock.now())

    assert "The address changed at Amazon after the label was made." in page_of(owner, order)


def test_notes_are_written_and_removed(owner, order):
    owner.post(f"/orders/{order.pk}/notes", {"text": "Ring <first>", "kind": "internal"})
    owner.post(f"/orders/{order.pk}/notes", {"text": "Thank you!", "kind": "buyer"})
    page = page_of(owner, order)
    assert "Ring &lt;first&gt;" in page
    assert "For the buyer" in page
    assert "ines@example.com" in page

    note = OrderNote.objects.get(kind="internal")
    owner.post(f"/orders/{order.pk}/notes/{note.pk}/remove")

    assert "Ring" not in page_of(owner, order)


def test_viewers_and_strangers_neither_write_nor_move(viewer, stranger, order):
    paths = (
        ("notes", {"text": "Hi", "kind": "internal"}),
        ("address", ADDRESS),
        ("address/restore", {}),
        ("address/keep", {}),
        ("notes/nte_none/remove", {}),
    )
    for path, data in paths:
        assert viewer.post(f"/orders/{order.pk}/{path}", data).status_code == 403
        assert stranger.post(f"/orders/{order.pk}/{path}", data).status_code == 404

    assert not OrderNote.objects.exists()
    assert not Order.objects.get().has_own_address


@pytest.mark.parametrize(
    ("kind", "there", "back"),
    [("replacement", "Replaces", "Replaced by"), ("exchange", "Exchange for", "Exchanged by")],
)
def test_replacements_and_exchanges_lead_both_ways(owner, store, kind, there, back):
    first = make_order(store, status=OrderStatus.SHIPPED)
    second = make_order(
        store,
        external_id="402-0000002-0000002",
        replaces=first.external_id,
        replaces_kind=kind,
    )

    page = page_of(owner, second)
    assert there in page
    assert f"/orders/{first.pk}" in page
    page = page_of(owner, first)
    assert back in page
    assert f"/orders/{second.pk}" in page


def test_a_pre_order_says_from_when_on(owner, store):
    order = make_order(store, programs=("PREORDER",), ship_from_at=clock.now() + timedelta(days=9))

    page = page_of(owner, order)

    assert "A pre-order" in page
    assert "ship-form" not in page


def test_an_order_that_amazon_ships_offers_nothing_to_do(owner, store):
    store.has_amazon_fulfilled = True
    store.save()
    order = make_order(
        store, weight_g=None, status=OrderStatus.SHIPPED, is_ours_to_ship=False, recipient=None
    )

    page = page_of(owner, order)

    assert "Amazon names nobody in orders that it ships itself." in page
    assert "ship-form" not in page
    assert "banner bad" not in page
