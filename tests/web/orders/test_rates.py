"""Rates of an order: compared, bought as shown, asked for more; presets by key; doubts."""

import re
from datetime import timedelta
from html import unescape

import pytest

from packbench.carriers.base import Options
from packbench.carriers.models import CarrierAccount, Preset, options_of
from packbench.events.models import Event
from packbench.lib import clock
from packbench.shipments import jobs
from packbench.shipments.models import Charge, Label, Shipment
from packbench.shipments.status import Status
from tests.making import NOW, make_order, make_warehouse
from tests.shipments.rated import SOLD, make_rated

pytestmark = pytest.mark.django_db
FORM = {"weight_g": "350", "service": "", "signature": "", "insured": "", "length_mm": ""}


@pytest.fixture
def order(store, workspace):
    SOLD.clear()
    make_warehouse(workspace)
    return make_order(store, deliver_by_at=clock.now() + timedelta(days=9))


@pytest.fixture
def post(workspace):
    return make_rated(
        workspace,
        ["good", "4.90", "EUR", 2, "protected", "extras"],
        ["slow", "3.10", "EUR", 30],
        ["form", "6.00", "EUR", 1, "inputs"],
    )


def compare(browser, order, **changes):
    answer = browser.post(f"/orders/{order.pk}/rates", FORM | changes, headers={"HX-Request": "1"})
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def offer(page, name):
    """The sealed word of the offer of that name."""
    part = next(each for each in page.split('<li class="offer')[1:] if f">{name}<" in each)
    return re.search(r'name="offer" value="([^"]+)"', part).group(1)


def buy(browser, order, token, **more):
    return browser.post(f"/orders/{order.pk}/rates/buy", {"offer": token, **more}, follow=True)


def finish(order):
    for shipment in order.shipments.filter(status=Status.READY):
        jobs.buy(shipment.pk)
    return order.shipments.get()


def test_offers_stand_side_by_side_with_what_speaks_for_and_against_them(
    owner, order, post, workspace
):
    make_rated(workspace, fails="yes", name="Slow Post")

    page = compare(owner, order)

    assert page.index(">Slow<") < page.index(">Good<") < page.index(">Form<")
    assert "Buy for €4.90" in page
    assert "Fuel" in page
    assert "Protected by Amazon" in page
    assert "Amazon covers claims" in page
    assert "late:" in page
    assert "Slow Post does not answer." in page
    assert "too heavy" in page
    assert not Shipment.objects.exists()


def test_exactly_what_was_shown_is_bought(owner, order, post):
    page = compare(owner, order, weight_g="700", signature="adult", length_mm="300",
                   width_mm="200", height_mm="100")  # fmt: skip

    buy(owner, order, offer(page, "Good"))
    shipment = finish(order)

    assert (shipment.status, shipment.service, shipment.carrier_account) == (
        Status.PURCHASED, "good", post)  # fmt: skip
    assert (str(shipment.quoted), shipment.is_protected) == ("4.9000 EUR", True)
    assert (shipment.weight_g, shipment.size_mm) == (700, (300, 200, 100))
    assert options_of(shipment.options).signature == "adult"
    assert [line.kind for line in Charge.objects.order_by("id")] == ["quoted", "bought"]
    page = owner.get(f"/orders/{order.pk}").content.decode()
    assert "Good" in page
    assert "<dt>Bought" in page
    assert "<dt>Quoted" not in page


def test_a_price_that_rose_since_comes_back_to_a_person(owner, order, post):
    token = offer(compare(owner, order), "Good")
    CarrierAccount.objects.filter(pk=post.pk).update(settings=post.settings | {"dearer": "0.10"})

    buy(owner, order, token)

    assert finish(order).problem["code"] == "dearer"
    assert not SOLD


def test_an_extra_is_part_of_the_price_that_was_agreed(owner, order, post):
    page = compare(owner, order)
    assert "To the door + €1.50" in page

    buy(owner, order, offer(page, "Good"), extra=["door", "never shown"])

    shipment = finish(order)
    assert (shipment.status, str(shipment.quoted)) == (Status.PURCHASED, "6.4000 EUR")
    assert options_of(shipment.options) == Options(extras=("door",))


def test_a_service_that_asks_for_more_gets_its_form_and_its_answers(owner, order, post):
    token = offer(compare(owner, order), "Form")
    asked = owner.post(
        f"/orders/{order.pk}/rates/inputs", {"offer": token}, headers={"HX-Request": "1"}
    ).content.decode()
    assert "Why it is sent" in asked

    lacking = buy(owner, order, token)
    assert "This field is required." in lacking.content.decode()
    assert not Shipment.objects.exists()
    answers = {"input.parcel.why": "SALE", "input.parcel.pieces": "2", "input.hints": "top\nup"}
    buy(owner, order, token, **answers)
    finish(order)

    assert [given for _, _, given in SOLD] == [
        {"parcel": {"why": "SALE", "pieces": 2}, "hints": ["top", "up"]}
    ]


def test_an_offer_of_another_order_or_a_forged_one_buys_nothing(owner, order, post, store):
    token = offer(compare(owner, order), "Good")
    other = make_order(store, external_id="402-0000009-0000001")

    for number, said in ((other.pk, token), (order.pk, token[:-2] + "xx"), (order.pk, "")):
        page = owner.post(f"/orders/{number}/rates/buy", {"offer": said}, follow=True)
        assert "no longer fresh" in page.content.decode()

    assert not Shipment.objects.exists()


def test_rates_are_for_those_who_ship_in_this_workspace(viewer, stranger, order, post):
    for what in ("rates", "rates/inputs", "rates/buy"):
        assert viewer.post(f"/orders/{order.pk}/{what}", FORM).status_code == 403
        assert stranger.post(f"/orders/{order.pk}/{what}", FORM).status_code == 404


def test_a_preset_creates_the_labels_of_the_selection(owner, order, post, store, workspace):
    preset = Preset.objects.create(
        workspace=workspace, name="Fast lane", hotkey=1, carrier_account=post, service="good",
        created_at=NOW)  # fmt: skip
    other = make_order(store, external_id="402-0000009-0000001")
    assert 'data-preset="1"' in owner.get("/orders").content.decode()
    assert 'data-preset="1"' in owner.get(f"/orders/{order.pk}").content.decode()

    owner.post("/orders/labels", {"order": [order.pk], "preset": preset.pk})
    owner.post(f"/orders/{other.pk}/label", {"preset": preset.pk})

    assert {each.service for each in Shipment.objects.all()} == {"good"}


def test_the_preset_of_another_workspace_is_not_there(stranger, owner, order, workspace, post):
    theirs = Preset.objects.create(workspace=workspace, name="X", created_at=NOW)

    assert stranger.post("/orders/labels", {"order": "x", "preset": theirs.pk}).status_code == 404


@pytest.fixture
def doubt(owner, order, post):
    """A purchase whose answer got lost at a carrier where nobody can look."""
    CarrierAccount.objects.filter(pk=post.pk).update(settings=post.settings | {"loses": "yes"})
    buy(owner, order, offer(compare(owner, order), "Good"))
    shipment = finish(order)
    Shipment.objects.update(next_try_at=clock.now() - timedelta(seconds=1))
    jobs.settle(shipment.pk)
    shipment.refresh_from_db()
    assert (shipment.status, shipment.next_try_at) == (Status.UNKNOWN, None)
    return shipment


def test_a_doubt_shows_all_that_is_known_and_does_not_move_under_ones_hands(owner, doubt):
    page = owner.get(f"/orders/{doubt.order_id}").content.decode()

    assert Label.objects.get().pk in page
    assert "It was bought" in page
    assert "It was not: buy again" in page
    assert "every 1s" not in page
    listed = owner.get("/shipments?parcel=doubt").content.decode()
    assert doubt.order.external_id in listed
    assert doubt.order.external_id not in owner.get("/shipments").content.decode()


def test_it_was_bought(owner, doubt):
    owner.post(f"/shipments/{doubt.pk}/bought", {"tracking_number": " JJD 12 ", "cost": "5.10",
                                                 "currency": "eur"})  # fmt: skip

    doubt.refresh_from_db()
    assert (doubt.status, doubt.tracking_number) == (Status.PURCHASED, "JJD12")
    assert str(doubt.cost) == "5.1000 EUR"
    assert len(SOLD) == 1
    assert Event.objects.get(name="label.decided").data["said"] == "bought"


def test_it_was_not_bought_and_is_asked_for_again_under_the_same_reference(owner, doubt, post):
    CarrierAccount.objects.filter(pk=post.pk).update(settings=post.settings)

    owner.post(f"/shipments/{doubt.pk}/not-bought")
    jobs.buy(doubt.pk)

    doubt.refresh_from_db()
    assert doubt.status == Status.PURCHASED
    assert len(SOLD) == 2
    assert len({reference for reference, _, _ in SOLD}) == 1


def test_a_doubt_is_decided_once_and_only_by_those_who_ship(owner, viewer, stranger, doubt):
    for what in ("bought", "not-bought"):
        assert viewer.post(f"/shipments/{doubt.pk}/{what}").status_code == 403
        assert stranger.post(f"/shipments/{doubt.pk}/{what}").status_code == 404
    page = owner.post(f"/shipments/{doubt.pk}/bought", {"tracking_number": " "}, follow=True)
    assert "Enter the tracking number" in page.content.decode()
    owner.post(f"/shipments/{doubt.pk}/bought", {"tracking_number": "J1"})

    page = owner.post(f"/shipments/{doubt.pk}/not-bought", follow=True)

    assert "no longer in doubt" in page.content.decode()
    assert len(SOLD) == 1
