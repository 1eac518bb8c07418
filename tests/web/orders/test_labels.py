"""Labels through the door: asked for, printed, voided, and the store told again."""

import json

import pytest

from packbench.channels.base import OrderStatus
from packbench.lib import clock
from packbench.orders.models import BulkRun, Order, Status
from packbench.privacy.models import Disclosure
from packbench.shipments.batching import plan_more
from packbench.shipments.confirming import record_acceptance
from packbench.shipments.models import Batch, Notice, Shipment
from packbench.shipments.status import Status as ShipmentStatus
from tests.making import make_item, make_means, make_order
from tests.web.orders.conftest import buy_all, labeled

HTMX = {"HTTP_HX_REQUEST": "true"}


def said(answer):
    """The sentence that an answer to htmx makes the page say."""
    return json.loads(answer["HX-Trigger"])["toast"]["text"]


def test_labels_are_asked_for_and_those_that_cannot_be_are_told_why(owner, workspace, store):
    make_means(workspace)
    good = make_order(store, external_id="402-1")
    bad = make_order(store, external_id="402-2", weight_g=None, items=(make_item("2", sku="NEW"),))

    page = owner.post("/orders/labels", {"order": [good.pk, bad.pk]}, follow=True)

    batch = Batch.objects.get()
    assert page.redirect_chain == [(f"/batches/{batch.pk}", 302)]
    assert [refusal["number"] for refusal in batch.refused] == ["402-2"]
    assert "No weight. Set the weight" in page.content.decode()
    assert "1 left" in page.content.decode()


def test_the_batch_shows_how_far_it_got_and_stops_asking_when_done(owner, workspace, order):
    make_means(workspace)
    owner.post("/orders/labels", {"order": order.pk}, **HTMX)
    url = f"/batches/{Batch.objects.get().pk}"

    under_way = owner.get(url, **HTMX).content.decode()
    buy_all(workspace)
    done = owner.get(url, **HTMX)

    assert 'hx-trigger="every 1s"' in under_way
    assert "every" not in done.content.decode()
    assert "Print 1 label" in done.content.decode()
    assert done["HX-Trigger"] == "orders-changed"


def test_without_a_ship_from_address_nothing_is_bought_and_the_way_is_shown(owner, order):
    page = owner.post("/orders/labels", {"order": order.pk}, HTTP_HX_TARGET="panel", **HTMX)

    assert 'href="/settings/warehouses"' in page.content.decode()
    assert not Batch.objects.exists()


def test_an_order_gets_a_label_with_a_weight_and_a_service_of_its_own(owner, workspace, order):
    make_means(workspace)

    answer = owner.post(
        f"/orders/{order.pk}/label", {"weight_g": "480", "service": "express"}, **HTMX
    )

    shipment = order.shipments.get()
    assert (shipment.weight_g, shipment.service) == (480, "express")
    assert said(answer) == "Label asked for."


@pytest.mark.parametrize(
    ("weight", "sentence"),
    [("", "Enter the weight in grams."), ("a lot", "Enter the weight as a whole number of grams.")],
)
def test_a_bad_weight_is_told_and_nothing_is_bought(owner, workspace, order, weight, sentence):
    make_means(workspace)

    answer = owner.post(
        f"/orders/{order.pk}/label", {"weight_g": weight, "service": "standard"}, **HTMX
    )

    assert said(answer) == sentence
    assert not Shipment.objects.exists()


def test_what_the_carrier_refused_is_shown_and_tried_again(owner, workspace, store):
    make_means(workspace)
    order = make_order(store, weight_g=900_000)
    owner.post("/orders/labels", {"order": order.pk})
    buy_all(workspace)
    url = f"/batches/{Batch.objects.get().pk}"

    assert "more than the" in owner.get(url).content.decode()
    owner.post("/orders/weigh", {"order": order.pk, "weight_g": "800"})
    page = owner.post(f"{url}/again", follow=True)
    plan_more(BulkRun.objects.get().pk, clock=clock.now)
    buy_all(workspace)

    assert page.redirect_chain[-1][0] == url
    assert order.shipments.get().status == ShipmentStatus.PURCHASED


def test_selected_orders_are_printed_in_the_order_of_the_page(owner, store):
    shipments = [labeled(make_order(store, external_id=f"402-{number}")) for number in (1, 2)]
    orders = [shipment.order_id for shipment in reversed(shipments)]

    answer = owner.post("/orders/print", {"order": orders, "format": "zpl"})

    one_by_one = [
        owner.post(f"/shipments/{shipment.pk}/print", {"format": "zpl"}).content
        for shipment in reversed(shipments)
    ]
    assert answer.content == b"".join(one_by_one)
    assert "no-store" in answer["Cache-Control"]
    assert answer["Content-Disposition"] == 'attachment; filename="labels.zpl"'


def test_a_printed_pdf_opens_in_the_browser_and_is_written_down(owner, order):
    shipment = labeled(order)

    answer = owner.post(f"/shipments/{shipment.pk}/print", {"format": "pdf"})

    assert answer.content.startswith(b"%PDF")
    assert answer["Content-Disposition"] == 'inline; filename="labels.pdf"'
    assert Shipment.objects.get().status == ShipmentStatus.PRINTED
    assert Disclosure.objects.get().reason == "print"


def test_printing_orders_without_labels_says_so(owner, order):
    answer = owner.post("/orders/print", {"order": order.pk})

    assert answer.status_code == 409
    assert "None of these orders has a label to print." in answer.content.decode()


def test_a_batch_is_printed_at_once(owner, workspace, store):
    make_means(workspace)
    orders = [make_order(store, external_id=f"402-{number}") for number in range(3)]
    owner.post("/orders/labels", {"order": [order.pk for order in orders]})
    buy_all(workspace)

    answer = owner.post(f"/batches/{Batch.objects.get().pk}/print")

    assert answer.content.startswith(b"%PDF")
    assert Shipment.objects.filter(status=ShipmentStatus.PRINTED).count() == 3


def test_a_label_is_voided_and_the_order_waits_for_another(owner, order):
    shipment = labeled(order)

    answer = owner.post(f"/shipments/{shipment.pk}/void", **HTMX)

    assert said(answer) == "Label voided."
    assert "ship-form" in owner.get(f"/orders/{order.pk}").content.decode()


def test_a_label_that_amazon_knows_is_voided_and_the_next_one_takes_its_place(owner, order):
    shipment = labeled(order)
    record_acceptance(shipment.notices.get(), request_id="r", now=clock.now())

    owner.post(f"/shipments/{shipment.pk}/void", **HTMX)
    page = owner.get(f"/orders/{order.pk}").content.decode()
    again = labeled(Order.objects.get(pk=order.pk))

    assert "Amazon still shows this parcel" in page
    notice = Notice.objects.get()
    assert (notice.shipment, notice.status, notice.is_correction) == (again, "pending", True)


def test_a_refused_notice_shows_its_reason_and_is_sent_again(owner, order):
    notice = labeled(order).notices.get()
    problem = {"text": "Amazon does not know the item.", "values": {}, "request_id": "8d1f-7a2c"}
    Notice.objects.filter(pk=notice.pk).update(status="failed", problem=problem)

    page = owner.get(f"/orders/{order.pk}").content.decode()
    owner.post(f"/notices/{notice.pk}/again", **HTMX)

    assert "Amazon does not know the item." in page
    assert "8d1f-7a2c" in page
    assert "Notify Amazon again" in page
    assert Notice.objects.get().status == Notice.Status.PENDING


def test_a_notice_that_was_not_refused_is_left_alone(owner, order):
    notice = labeled(order).notices.get()

    answer = owner.post(f"/notices/{notice.pk}/again", **HTMX)

    assert said(answer) == (
        "Amazon is being told of this parcel already, or the parcel is no more."
    )


def test_shipments_are_listed_and_found_by_tracking_number(owner, store):
    first, second = (labeled(make_order(store, external_id=f"402-{n}")) for n in (1, 2))

    everything = owner.get("/shipments").content.decode()
    found = owner.get("/shipments", {"q": first.tracking_number[:12]}).content.decode()

    assert first.tracking_number in everything
    assert second.tracking_number in everything
    assert first.tracking_number in found
    assert second.tracking_number not in found


def test_the_list_of_shipments_is_paged_without_repeats(owner, store, monkeypatch):
    from packbench.web import shipment_list

    monkeypatch.setattr(shipment_list, "PAGE", 2)
    for number in range(5):
        labeled(make_order(store, external_id=f"402-{number}"))

    seen, url = [], "/shipments"
    while url:
        page = owner.get(url, **HTMX)
        seen += [line["row"].pk for line in page.context["shipments"]]
        url = page.context["more_url"]

    assert len(seen) == len(set(seen)) == 5


def test_a_shipped_order_offers_no_label(owner, store):
    order = make_order(store, status=OrderStatus.SHIPPED)

    assert "ship-form" not in owner.get(f"/orders/{order.pk}").content.decode()
    assert Order.objects.get().status == Status.SHIPPED
