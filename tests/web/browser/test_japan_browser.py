"""A Japanese order at the packing desk: kanji, a proposal beside them, taken, printed."""

import pytest

from packbench.carriers.models import Warehouse
from packbench.carriers.registry import open_carrier
from packbench.lib import clock
from packbench.orders.models import Order, Script
from packbench.privacy.revealing import reveal
from packbench.shipments.buying import buy_label
from packbench.shipments.models import Document, Shipment
from packbench.shipments.status import Status
from tests.connectors.local.local_labels import text_of
from tests.making import JP, make_account, make_order, make_store
from tests.orders.test_romanizing import KANJI
from tests.web.browser.test_orders_browser import CHROMIUM, chromium, open_page, workspace

__all__ = ["chromium", "open_page", "workspace"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium: apt-get install chromium"),
]


@pytest.fixture
def order(workspace):
    Warehouse.objects.update(country="JP")  # at home, where customs ask for nothing
    account = make_account(workspace, "fe", "A9JP", (JP,))
    return make_order(make_store(account, JP, "Amazon JP"), recipient=KANJI)


def printed(order):
    """Do what a worker does with the label that was asked for, and read it."""
    shipment = Shipment.objects.with_order().get(order=order, status=Status.READY)
    buy_label(shipment, open_carrier(shipment.carrier_account), now=clock.now())
    pdf = Document.objects.get(label__shipment=shipment, format="pdf")
    return text_of(reveal(pdf, "content", order.key))


@pytest.mark.parametrize("width", [1440, 390])
def test_kanji_are_shown_and_the_latin_letters_that_a_person_took_are_printed(
    open_page, order, width
):
    with open_page(f"/orders/{order.pk}", width=width) as page:
        card = page.locator("#latin")
        assert "山田太郎" in card.locator("address").inner_text()
        assert card.get_by_label("Address line 1").input_value() == "1-2-3 Jingumae"
        assert page.evaluate("document.documentElement.scrollWidth") <= width

        card.get_by_label("Name").fill("Yamada Tarou")
        card.get_by_label("Name").press("Enter")
        card.get_by_role("button", name="Use it as it came").wait_for()

        assert card.locator("address").all_inner_texts()[0].startswith("山田太郎")
        assert card.locator("address").all_inner_texts()[1].startswith("Yamada Tarou")
        assert Order.objects.get().address_script == Script.LATIN

        page.get_by_role("button", name="Create label").click()
        page.get_by_text("Label in progress").or_(page.locator(".parcel")).first.wait_for()
        label = printed(order)

    assert "Yamada Tarou" in label
    assert "1-2-3 Jingumae" in label
    assert "神宮前" not in label
