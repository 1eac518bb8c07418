"""Return labels on the page of an order: bought, given, taken on the record, e-mailed."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from packbench.carriers.registry import open_carrier
from packbench.lib import clock
from packbench.privacy.models import Disclosure
from packbench.shipments import jobs
from packbench.shipments.erasing import erase_now
from packbench.shipments.models import ApprovedSender, ReturnLabel, ReturnMail
from packbench.shipments.returning import ways_back
from packbench.web.return_urls import urlpatterns
from tests.making import make_order
from tests.posting import MailServer, use
from tests.web.orders.conftest import labeled

PDF = b"%PDF-1.4 the way back"


@pytest.fixture
def server(settings):
    with MailServer() as server:
        yield use(server, settings)


@pytest.fixture
def parcel(store):
    return labeled(make_order(store))


def page(browser, parcel):
    return browser.get(f"/orders/{parcel.order_id}").content.decode()


def give(browser, parcel, content=PDF):
    file = SimpleUploadedFile("back.pdf", content, content_type="application/pdf")
    return browser.post(f"/shipments/{parcel.pk}/return/file", {"file": file}, follow=True)


def test_it_is_bought_from_the_page_and_printed_on_the_record(owner, parcel):
    assert "Return label…" in page(owner, parcel)
    account, service, _ = ways_back(parcel)[0]

    answer = owner.post(
        f"/shipments/{parcel.pk}/return", {"way": f"{account.pk}|{service}"}, follow=True
    )
    assert "is being bought" in answer.content.decode()
    row = ReturnLabel.objects.get()
    jobs.buy_return(row.pk)

    shown = page(owner, parcel)
    row.refresh_from_db()
    assert row.tracking_number in shown
    assert "Print return label" in shown
    file = owner.post(f"/returns/{row.pk}/file")
    assert file.content.startswith(b"%PDF")
    assert "no-store" in file["Cache-Control"]
    assert Disclosure.objects.filter(fields=["return_label"]).count() == 1
    assert open_carrier(account).features


def test_a_file_of_ones_own_is_kept_and_can_be_removed(owner, parcel):
    assert "no PDF file" in give(owner, parcel, b"GIF89a").content.decode()
    no_file = owner.post(f"/shipments/{parcel.pk}/return/file", follow=True)
    assert "Choose the PDF file" in no_file.content.decode()

    assert "a file of yours" in give(owner, parcel).content.decode()
    row = ReturnLabel.objects.get()
    assert owner.post(f"/returns/{row.pk}/file").content == PDF
    assert "already" in give(owner, parcel).content.decode()
    owner.post(f"/returns/{row.pk}/remove")

    assert "Return label…" in page(owner, parcel)


def test_it_is_e_mailed_once_the_sender_is_approved(owner, parcel, server):
    give(owner, parcel)
    row = ReturnLabel.objects.get()
    refused = owner.post(f"/returns/{row.pk}/mail", follow=True).content.decode()
    assert "approved sender in Seller Central" in refused
    store_page = owner.get(f"/stores/{parcel.order.store_id}").content.decode()
    assert "Not approved yet" in store_page
    assert "desk@packbench.example" in store_page
    assert "/gp/help/external/G201054220" in store_page

    owner.post(f"/stores/{parcel.order.store_id}/sender", {"is_approved": "on"})
    owner.post(f"/returns/{row.pk}/mail")
    jobs.sweep_returns(0)
    jobs.mail_a_return(ReturnMail.objects.get().pk)

    assert len(server.letters) == 1
    shown = page(owner, parcel)
    assert "Sent" in shown
    assert "E-mail it to the buyer" not in shown
    owner.post(f"/stores/{parcel.order.store_id}/sender", {"is_approved": ""})
    assert not ApprovedSender.objects.exists()


def test_after_the_erasure_there_is_no_file_and_none_is_made(owner, parcel):
    give(owner, parcel)
    row = ReturnLabel.objects.get()
    erase_now(parcel.order, why="asked", actor="t", now=clock.now())

    assert owner.post(f"/returns/{row.pk}/file").status_code == 404
    shown = page(owner, parcel)
    assert "The file was erased" in shown
    assert "Print return label" not in shown
    owner.post(f"/returns/{row.pk}/remove")
    assert "Return label…" not in page(owner, parcel)


@pytest.mark.parametrize("pattern", urlpatterns, ids=lambda one: one.name)
def test_viewers_and_strangers_are_kept_out(owner, viewer, stranger, parcel, pattern):
    give(owner, parcel)
    ids = {"shipment_id": parcel.pk, "return_id": ReturnLabel.objects.get().pk}
    url = reverse(pattern.name, kwargs={name: ids[name] for name in pattern.pattern.converters})

    assert viewer.post(url).status_code == 403
    assert stranger.post(url).status_code == 404
    assert owner.get(url).status_code == 405
    assert ReturnLabel.objects.get().status == "made"


def test_who_only_looks_sees_that_there_is_one(owner, viewer, parcel):
    assert "Return label" not in page(viewer, parcel)
    give(owner, parcel)

    shown = page(viewer, parcel)
    assert "Return label" in shown
    assert "Print return label" not in shown


def test_only_owners_vouch_for_the_sender(viewer, parcel, server):
    url = f"/stores/{parcel.order.store_id}/sender"

    assert viewer.post(url, {"is_approved": "on"}).status_code == 403
    assert (
        "This address is approved there"
        not in viewer.get(url.removesuffix("/sender")).content.decode()
    )
