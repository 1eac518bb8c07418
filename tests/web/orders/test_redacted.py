"""What people see of an order whose buyer's data was erased (SEED-82 to SEED-84)."""

import json
from datetime import timedelta

import pytest
from django.utils import translation

from packbench.channels.base import Buyer, ItemNotes
from packbench.lib import clock
from packbench.orders.models import Order
from packbench.privacy.models import Disclosure, Sanitization
from packbench.privacy.redacting import REDACTED, redacted
from packbench.shipments.erasing import erase_now
from packbench.shipments.models import Document
from tests.making import make_address, make_channel_order, make_item, make_order
from tests.web.orders.conftest import labeled

HTMX = {"HTTP_HX_REQUEST": "true"}
HIDDEN = ("Lucía Ferrer", "Calle de la Luna", "600 000 000", "¡Feliz!")


def erased(order):
    assert erase_now(order, why="buyer", actor="test", now=clock.now())
    return Order.objects.get(pk=order.pk)


def shown(browser, order, language="en", **headers):
    page = browser.get(f"/orders/{order.pk}", HTTP_ACCEPT_LANGUAGE=language, **headers)
    return page.content.decode()


@pytest.fixture
def gift(store):
    return make_order(
        store,
        items=(
            make_item(is_gift=True, is_customized=True, notes=ItemNotes(gift_message="¡Feliz!")),
        ),
        buyer=Buyer(name="Lucía Ferrer", purchase_order_number="PO-1"),
    )


@pytest.mark.parametrize("language", sorted(REDACTED))
def test_the_order_shows_its_words_in_the_place_of_what_was_erased(owner, gift, language):
    before = shown(owner, gift, language)
    assert all(word in before for word in HIDDEN)  # the control

    page = shown(owner, erased(gift), language)

    assert page.count(REDACTED[language]) >= 4  # name, street, message, customization
    assert not [word for word in HIDDEN if word in page]
    assert page.count('data-redacted="true"') >= 3
    assert "46001 Valencia" in page  # SEED-84
    assert gift.external_id in page


def test_the_guides_words_are_kept_to_the_letter():
    with translation.override("fr"):
        assert redacted() == "EXPURGÉ (Amazon)"
    with translation.override("pt"):
        assert redacted() == "REDACTED (Amazon)"
    assert len(set(REDACTED.values())) == 5


@pytest.mark.parametrize("language", sorted(REDACTED))
def test_the_label_is_drawn_without_name_street_and_city(owner, order, language):
    labeled(order)
    assert "redacted-label" not in shown(owner, order, language)

    page = shown(owner, erased(order), language)

    drawing = page[page.index("redacted-label") : page.index("</figure>")]
    assert REDACTED[language] in drawing
    assert order.shipments.get().tracking_number in drawing
    assert not [word for word in ("Lucía", "Luna", "46001") if word in drawing]
    assert 'value="pdf"' not in page
    assert Document.objects.filter(content__isnull=False).count() == 0


def test_printing_an_erased_label_is_refused_with_its_order(owner, store):
    kept, gone = (make_order(store, external_id=number) for number in ("402-1", "402-2"))
    shipments = [labeled(order) for order in (kept, gone)]
    erased(gone)

    alone = owner.post(f"/shipments/{shipments[1].pk}/print")
    both = owner.post("/orders/print", {"order": [kept.pk, gone.pk]})

    for answer in (alone, both):
        assert answer.status_code == 409
        assert "The label of order 402-2 was erased" in answer.content.decode()
    assert owner.post(f"/shipments/{shipments[0].pk}/print").status_code == 200


def test_the_lists_say_so_too_and_offer_no_print(owner, order):
    labeled(order)
    erased(order)

    grid = owner.get("/orders", {"tab": "all"}).content.decode()
    shipments = owner.get("/shipments").content.decode()

    assert "REDACTED (Amazon)" in grid
    assert 'data-redacted="true"' in grid
    assert "REDACTED (Amazon)" in shipments
    assert "/print" not in shipments


def test_the_panel_says_so_too_and_nobody_is_noted_as_having_looked(owner, order):
    row = erased(order)

    panel = shown(owner, row, HTTP_HX_TARGET="panel", **HTMX)

    assert "REDACTED (Amazon)" in panel
    assert not Disclosure.objects.exists()


class Amazon:
    def fetch_order(self, order_id):
        return make_channel_order(order_id, recipient=make_address(name="Lucía Nueva"))


def test_the_address_is_fetched_again_by_whoever_ships(owner, viewer, order, monkeypatch):
    monkeypatch.setattr("packbench.web.views.privacy.open_channel", lambda account: Amazon())
    erased(order)
    assert "Fetch the address again from Amazon" in shown(owner, order)
    assert "Fetch the address again from Amazon" not in shown(viewer, order)
    assert viewer.post(f"/orders/{order.pk}/readdress").status_code == 403

    answer = owner.post(f"/orders/{order.pk}/readdress", **HTMX)

    assert json.loads(answer["HX-Trigger"])["toast"]["text"] == "Address fetched again."
    page = shown(owner, order)
    assert "Lucía Nueva" in page
    assert "REDACTED" not in page


def test_a_stranger_fetches_nothing(stranger, order):
    erased(order)

    assert stranger.post(f"/orders/{order.pk}/readdress").status_code == 404


def test_the_order_says_when_its_data_ends_and_the_owner_may_end_it(owner, viewer, order):
    Order.objects.filter(pk=order.pk).update(erase_at=clock.now() + timedelta(days=3))

    assert "Erase now…" in shown(owner, order)
    assert "Not shipped here, days after the import" in shown(viewer, order)
    assert "Erase now…" not in shown(viewer, order)
    assert not Sanitization.objects.exists()
