"""Orders made by hand: entered, changed, cancelled, sent once more."""

import pytest

from packbench.events.models import Event
from packbench.orders.models import Order
from packbench.privacy.revealing import reveal
from packbench.products.models import Product
from tests.making import make_account, make_order, make_store
from tests.orders.tabling import make_shop
from tests.web.orders.conftest import labeled

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(workspace):
    return make_shop(workspace)


def form(shop, *items, **changes):
    lines = items or ({"sku": "MUG-BLUE", "title": "Blue mug", "quantity": "2", "price": "12.90"},)
    rows = {
        f"item-{place}-{name}": value
        for place, line in enumerate(lines)
        for name, value in line.items()
    }
    return {
        "store": shop.pk,
        "name": "Ada Núñez",
        "line1": "Calle de la Luna 14",
        "postal_code": "46001",
        "city": "Valencia",
        "state": "Valencia",
        "country": "ES",
        "ship_by": "2027-01-04",
        "weight_g": "420",
        "item-TOTAL_FORMS": str(len(lines)),
        "item-INITIAL_FORMS": "0",
        **rows,
        **changes,
    }


def enter(browser, shop, *items, **changes):
    browser.post("/orders/new", form(shop, *items, **changes))
    return Order.objects.filter(store=shop).latest("imported_at")


def text(answer):
    return answer.content.decode()


def test_an_order_is_entered_by_hand_and_is_ready_to_ship(packer, shop):
    order = enter(packer, shop, note="Ring twice", service_level="EXPEDITED")

    assert (order.external_id, order.status, order.problems) == ("M-1001", "awaiting_shipment", [])
    assert (order.weight_g, order.quantity, str(order.total_amount)) == (420, 2, "25.8000")
    assert order.ship_by_at.isoformat() == "2027-01-04T22:59:59+00:00"
    assert reveal(order, "buyer", order.key).note == "Ring twice"
    assert Product.objects.get().sku == "MUG-BLUE"
    assert Event.objects.get(name="order.entered").order_id == order.pk
    assert "Ring twice" in text(packer.get(f"/orders/{order.pk}"))
    assert labeled(order).status == "purchased"
    assert Order.objects.get().status == "shipped"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": ""}, "Enter a name or a company."),
        ({"line1": ""}, "This field is required."),
        ({"postal_code": "4"}, "Postal codes of this country look like"),
        ({"weight_g": "heavy"}, "whole number of grams"),
        ({"item-0-quantity": "0"}, "greater than or equal to 1"),
        ({"item-0-sku": "", "item-0-title": ""}, "Enter the SKU or say what it is."),
    ],
)
def test_what_is_wrong_with_an_order_is_said_where_it_stands(packer, shop, changes, said):
    page = text(packer.post("/orders/new", form(shop, **changes)))

    assert said in page
    assert not Order.objects.exists()


def test_an_order_needs_an_item_and_a_number_of_its_own(packer, shop):
    blank = {"sku": "", "title": "", "quantity": "", "price": ""}
    assert "Enter at least one item." in text(packer.post("/orders/new", form(shop, blank)))

    enter(packer, shop, number="A-1")
    taken = text(packer.post("/orders/new", form(shop, number="A-1")))

    assert "There is an order with this number already" in taken
    assert Order.objects.count() == 1


def test_more_rows_keep_what_was_typed(packer, shop):
    page = text(packer.post("/orders/new", form(shop, more="1")))

    assert 'value="Ada Núñez"' in page
    assert 'value="MUG-BLUE"' in page
    assert not Order.objects.exists()


def test_items_are_suggested_by_sku_and_title(packer, shop):
    enter(packer, shop)

    by_title = text(packer.get("/orders/new/items?item-0-sku=blue%20m"))

    assert by_title.strip() == '<option value="MUG-BLUE">Blue mug</option>'


def test_an_order_is_changed_while_it_has_no_label(packer, shop):
    order = enter(packer, shop)
    page = text(packer.get(f"/orders/{order.pk}/edit"))
    assert 'value="Calle de la Luna 14"' in page
    item = order.items.get().external_id
    changed = {"external_id": item, "sku": "MUG-BLUE", "quantity": "3"}
    tea = {"sku": "TEA", "title": "Green tea", "quantity": "1"}

    sent = form(shop, changed, tea, line1="Am Markt 2", weight_g="", note="Soon")
    packer.post(f"/orders/{order.pk}/edit", sent | {"item-INITIAL_FORMS": "1"})

    order = Order.objects.get()
    assert reveal(order, "recipient", order.key).line1 == "Am Markt 2"
    assert {each.sku: each.quantity for each in order.items.all()} == {"MUG-BLUE": 3, "TEA": 1}
    assert (order.is_weight_given, order.problems) == (False, ["missing_weight"])
    assert Event.objects.filter(name="order.edited").count() == 1


def test_an_order_with_a_label_is_not_changed_nor_cancelled(packer, shop):
    order = enter(packer, shop)
    labeled(order)

    packer.post(f"/orders/{order.pk}/edit", form(shop, line1="Elsewhere"))
    packer.post(f"/orders/{order.pk}/cancel")

    order = Order.objects.get()
    assert order.status == "shipped"
    assert reveal(order, "recipient", order.key).line1 == "Calle de la Luna 14"
    assert "Change the order" not in text(packer.get(f"/orders/{order.pk}"))


def test_an_order_is_cancelled_here(packer, shop):
    order = enter(packer, shop)

    packer.post(f"/orders/{order.pk}/cancel")
    packer.post(f"/orders/{order.pk}/cancel")

    assert Order.objects.get().status == "cancelled"
    assert Event.objects.filter(name="order.withdrawn").count() == 1


def test_an_amazon_order_is_sent_once_more_as_one_of_the_own_shop(packer, shop, workspace):
    first = make_order(make_store(make_account(workspace)))

    page = text(packer.get(f"/orders/new?again={first.pk}"))
    assert 'value="Calle de la Luna 14"' in page
    assert f'value="{first.external_id}-R"' in page
    packer.post(f"/orders/new?again={first.pk}", form(shop, number=f"{first.external_id}-R"))

    second = Order.objects.get(store=shop)
    assert second.replaces == first.external_id
    assert second.key_id != first.key_id
    labeled(second)
    assert Order.objects.get(pk=first.pk).status == "awaiting_shipment"


def test_without_a_shop_the_page_says_how_to_get_one(owner, packer):
    assert "/stores/connect/shop" in text(owner.get("/orders/new"))
    assert "An owner of the workspace can add one." in text(packer.get("/orders/new"))


def test_viewers_and_strangers_enter_nothing(packer, viewer, stranger, shop):
    order = enter(packer, shop)

    for path in ("/orders/new", f"/orders/{order.pk}/edit", f"/orders/{order.pk}/cancel"):
        assert viewer.post(path, form(shop)).status_code == 403
    assert stranger.get(f"/orders/{order.pk}/edit").status_code == 404
    assert stranger.get(f"/orders/new?again={order.pk}").status_code == 200  # says: no shop
