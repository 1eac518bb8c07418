"""The page of one order, and what people do there."""

import pytest

from packbench.channels.base import ItemNotes, OrderStatus
from packbench.lib import clock
from packbench.orders.models import Order, Status
from packbench.privacy.models import DataKey, Disclosure
from tests.making import make_channel_order, make_item, make_means, make_order
from tests.web.orders.conftest import labeled

HTMX = {"HTTP_HX_REQUEST": "true"}


def shown(browser, order, **headers):
    return browser.get(f"/orders/{order.pk}", **headers).content.decode()


def test_the_page_shows_who_bought_what_and_writes_down_who_looked(owner, store):
    order = make_order(
        store,
        items=(make_item(is_gift=True, notes=ItemNotes(gift_message="¡Feliz cumpleaños!")),),
    )

    page = shown(owner, order)

    assert "Lucía Ferrer" in page
    assert "¡Feliz cumpleaños!" in page
    assert "Calle de la Luna 14" in page
    assert Disclosure.objects.get(reason="order").order_ids == [order.pk]


def test_a_viewer_sees_the_order_without_its_buyer(viewer, store):
    order = make_order(store, items=(make_item(notes=ItemNotes(gift_message="¡Feliz!")),))

    page = shown(viewer, order)

    assert "Blue mug" in page
    assert "Valencia" in page  # SEED-84: the city stays readable
    assert "Lucía" not in page
    assert "¡Feliz!" not in page
    assert "Luna" not in page
    assert not Disclosure.objects.exists()


def test_an_order_whose_buyer_was_erased_still_opens(owner, order):
    DataKey.destroy([order.key_id], now=clock.now())

    page = shown(owner, order)

    assert order.external_id in page
    assert "Lucía" not in page


def test_the_panel_is_the_order_without_the_page_around_it(owner, order):
    panel = shown(owner, order, HTTP_HX_TARGET="panel", **HTMX)

    assert "<html" not in panel
    assert "Open page" in panel


def test_what_happened_is_told_with_names(owner, order, workspace):
    owner.post("/orders/hold", {"order": order.pk, "reason": "Waiting for stock"})

    page = shown(owner, order)

    assert "Put on hold." in page
    assert "ines@example.com" in page
    assert "Waiting for stock" in page


def test_orders_are_held_and_released(owner, store):
    orders = [make_order(store, external_id=f"402-{number}").pk for number in range(2)]

    owner.post("/orders/hold", {"order": orders})
    assert set(Order.objects.values_list("status", flat=True)) == {Status.ON_HOLD}
    owner.post("/orders/release", {"order": orders})

    assert set(Order.objects.values_list("status", flat=True)) == {Status.AWAITING_SHIPMENT}


def test_a_weight_set_once_mends_all_orders_of_the_product(owner, store):
    orders = [make_order(store, external_id=f"402-{number}", weight_g=None) for number in range(3)]
    assert "No weight" in shown(owner, orders[0])

    owner.post(f"/orders/{orders[0].pk}/product-weight", {"sku": "MUG-BLUE", "weight_g": "380"})

    assert list(Order.objects.values_list("weight_g", "has_problems")) == [(380, False)] * 3


@pytest.mark.parametrize("weight", ["0", "-3", "1.5", "1000001", "", "x"])
def test_an_impossible_weight_changes_nothing(owner, order, weight):
    owner.post("/orders/weigh", {"order": order.pk, "weight_g": weight})

    assert Order.objects.get().weight_g == order.weight_g


def test_amazons_own_message_to_the_buyer_is_mentioned(owner, order):
    from packbench.shipments.confirming import record_acceptance

    notice = labeled(order).notices.get()
    record_acceptance(notice, request_id="r", now=clock.now())

    assert "Amazon itself e-mails the buyer" in shown(owner, order)


def test_an_order_that_nobody_knows_is_not_found(owner):
    assert owner.get("/orders/ord_nothing").status_code == 404


def test_a_carrier_that_cannot_be_asked_says_so_and_breaks_no_page(owner, order, settings):
    settings.SANDBOX_URL = None
    account = make_means(order.workspace).carrier_account
    account.carrier = "sandbox"
    account.save()

    page = shown(owner, order)

    assert "The test carrier needs a running sandbox" in page
    assert owner.get("/shipments").status_code == 200


def test_a_cancel_request_can_be_waived_and_stays_so(owner, store):
    row = make_order(store, items=(make_item(cancel_requested=True),))
    assert "Ship anyway" in shown(owner, row)

    owner.post(f"/orders/{row.pk}/waive", {"problem": "cancel_requested"})

    assert Order.objects.get().problems == []
    assert "Ship anyway" not in shown(owner, row)


def test_what_must_be_mended_cannot_be_waived(owner, store):
    row = make_order(store, weight_g=None)

    owner.post(f"/orders/{row.pk}/waive", {"problem": "missing_weight"})

    assert Order.objects.get().problems == ["missing_weight"]


def test_an_order_without_address_is_fetched_again(owner, store, monkeypatch):
    row = make_order(
        store, recipient=None, remote_status="PENDING", status=OrderStatus.AWAITING_PAYMENT
    )

    class Channel:
        def fetch_order(self, order_id):
            return make_channel_order(order_id, updated_at=clock.now())

    monkeypatch.setattr("packbench.web.views.orders.open_channel", lambda account: Channel())
    owner.post(f"/orders/{row.pk}/refetch")

    assert Order.objects.get().has_address
