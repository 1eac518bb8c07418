"""A store without API: reports in, confirmations out."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from packbench.carriers.registry import open_carrier
from packbench.channels.connecting import add_file_store
from packbench.channels.models import ImportRun, Store
from packbench.events.models import Event
from packbench.lib import clock
from packbench.orders.models import Order, Status
from packbench.orders.weighing import weigh_products
from packbench.shipments.buying import buy_label
from packbench.shipments.models import NoticeFile
from packbench.shipments.planning import plan_shipment
from tests.making import DE, ES, make_account, make_means, make_store
from tests.web.stores.consenting import text_of

pytestmark = pytest.mark.django_db

COLUMNS = (
    *("order-id", "order-item-id", "purchase-date", "payments-date", "buyer-email", "buyer-name"),
    *("sku", "product-name", "quantity-purchased", "quantity-to-ship", "ship-service-level"),
    *("recipient-name", "ship-address-1", "ship-city", "ship-postal-code", "ship-country"),
    "promise-date",
)
SENT = "shipping-confirmation"


def row(number, **changes):
    cells = {
        "order-id": f"304-0000000-{number:07}",
        "order-item-id": f"{number:014}",
        "purchase-date": "2026-11-20T08:00:00+00:00",
        "buyer-name": "Jörg Müller",
        "sku": "MUG-BLUE",
        "product-name": "Blue mug",
        "quantity-purchased": "1",
        "recipient-name": "Jörg Müller",
        "ship-address-1": "Kaiserstraße 1",
        "ship-city": "Köln",
        "ship-postal-code": "50667",
        "ship-country": "DE",
        **changes,
    }
    return "\t".join(cells.get(column, "") for column in COLUMNS)


def report(*rows, charset="cp1252"):
    text = "\r\n".join(["\t".join(COLUMNS), *rows]) + "\r\n"
    return SimpleUploadedFile("unshipped.txt", text.encode(charset), "text/plain")


@pytest.fixture
def store(workspace):
    return add_file_store(workspace, DE, name="Laden", actor="test", now=clock.now())


def upload(browser, store, file):
    return browser.post(f"/stores/{store.pk}/report", {"report": file})


def test_a_file_store_needs_a_name_and_a_country(owner):
    answer = owner.post("/stores/connect/files", {"name": "Laden", "country": "DE"})

    store = Store.objects.get()
    assert answer["Location"] == f"/stores/{store.pk}"
    assert (store.is_file_store, store.marketplace_id) == (True, DE)
    page = text_of(owner.get(answer["Location"]))
    assert "Import the report" in page
    assert "Import now" not in page


def test_a_report_becomes_orders_and_refused_rows_are_shown_with_their_reasons(packer, store):
    broken = row(3, **{"quantity-purchased": "many"})

    page = text_of(upload(packer, store, report(row(1), row(2), broken)))

    assert "2 new orders in Laden" in page
    assert "The cell quantity-purchased holds no whole number." in page
    assert ">4<" in page  # the line in the file
    assert "Müller" not in page
    assert set(Order.objects.values_list("ship_to_city", flat=True)) == {"Köln"}
    run = ImportRun.objects.get()
    assert (run.store, run.created_count, run.skipped_count) == (store, 2, 1)
    assert Event.objects.get(name="report.imported").store_id == store.pk


def test_the_same_report_twice_makes_no_order_twice(packer, store):
    upload(packer, store, report(row(1)))

    assert "0 new orders" in text_of(upload(packer, store, report(row(1), charset="utf-8")))
    assert Order.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "This file is empty."),
        (b"PK\x03\x04 rest", "This is a spreadsheet or a packed file."),
        (b"%PDF-1.7", "This is not a text file."),
        (b"<!doctype html><html>", "This is a web page."),
        (b"settlement-id\tx\r\n1\t2\r\n", "This is another report (settlement)."),
        (b"order-id,order-item-id\r\n1,2\r\n", "commas or semicolons"),
        (b"order-id\torder-item-id\r\n1\t2\r\n", "The file lacks the column"),
    ],
)
def test_another_file_is_refused_with_its_sentence(packer, store, content, sentence):
    answer = upload(packer, store, SimpleUploadedFile("x.txt", content, "text/plain"))

    assert sentence in text_of(answer)
    assert not Order.objects.exists()


def test_no_file_at_all_is_said(packer, store):
    assert "Choose the file first." in text_of(packer.post(f"/stores/{store.pk}/report"))


def test_a_store_with_api_takes_no_report_and_writes_no_file(packer, workspace):
    store = make_store(make_account(workspace), ES)

    report_answer = upload(packer, store, report(row(1)))
    file_answer = packer.post(f"/stores/{store.pk}/confirmations")

    assert "come through Amazon's API" in text_of(report_answer)
    assert "through its API. No file is needed." in text_of(file_answer)
    assert not Order.objects.exists()
    assert not NoticeFile.objects.exists()


def ship(store):
    order = Order.objects.get()
    weigh_products(store.workspace, {"MUG-BLUE": 350}, actor="test", now=clock.now())
    order.refresh_from_db()
    means = make_means(store.workspace)
    shipment = plan_shipment(order, means, batch=None, actor="test", now=clock.now())
    buy_label(shipment, open_carrier(shipment.carrier_account), now=clock.now())


def test_what_was_shipped_goes_into_one_confirmation_file(packer, store):
    upload(packer, store, report(row(1)))
    ship(store)
    assert "1 parcel waits to be confirmed" in text_of(packer.get(f"/stores/{store.pk}"))

    ready = packer.post(f"/stores/{store.pk}/confirmations")

    file = NoticeFile.objects.get()
    url = f"/stores/{store.pk}/files/{file.pk}"
    assert ready["Refresh"] == f"0;url={url}"
    taken = packer.get(url)
    assert taken["Content-Disposition"].startswith(f'attachment; filename="{SENT}')
    assert b"304-0000000-0000001\t00000000000001\t1\t" in taken.content
    assert Order.objects.get().status == Status.SHIPPED
    again = text_of(packer.post(f"/stores/{store.pk}/confirmations"))
    assert "No parcel of this store waits to be confirmed." in again
    assert url in again


def test_a_file_of_another_store_is_not_there(packer, store, workspace):
    upload(packer, store, report(row(1)))
    ship(store)
    packer.post(f"/stores/{store.pk}/confirmations")
    other = add_file_store(workspace, ES, name="Tienda", actor="test", now=clock.now())

    url = f"/stores/{other.pk}/files/{NoticeFile.objects.get().pk}"

    assert packer.get(url).status_code == 404


def test_a_viewer_drops_no_files(viewer, store):
    assert upload(viewer, store, report(row(1))).status_code == 403
    assert viewer.post(f"/stores/{store.pk}/confirmations").status_code == 403
    assert "Import the report" not in text_of(viewer.get(f"/stores/{store.pk}"))
