"""The page that closes the day, and the papers for the driver."""

from datetime import timedelta

import pypdfium2
import pytest
from django.urls import reverse

from packbench.carriers.models import CarrierAccount
from packbench.lib import clock
from packbench.privacy.fields import sealer
from packbench.privacy.models import DataKey
from packbench.shipments.models import Manifest, Shipment
from packbench.shipments.status import Status
from packbench.web.closing_urls import urlpatterns
from tests.making import make_order
from tests.web.orders.conftest import labeled


@pytest.fixture
def parcels(store):
    rows = [labeled(make_order(store, external_id=f"402-000000{n}-0000001")) for n in range(3)]
    Shipment.objects.filter(pk__in=[row.pk for row in rows[:2]]).update(status=Status.PRINTED)
    return rows


def text_of(pdf):
    document = pypdfium2.PdfDocument(pdf)
    return "\n".join(page.get_textpage().get_text_range() for page in document)


def close(browser, rows, **form):
    return browser.post("/shipments/closing/begin", {"shipment": [row.pk for row in rows], **form})


def test_what_waits_is_shown_by_carrier_and_address_and_the_printed_is_ticked(owner, parcels):
    page = owner.get("/shipments/closing")

    [group] = page.context["groups"]
    assert (group["count"], group["ticked"], group["unprinted"]) == (3, 2, 1)
    assert "1 label is not printed" in page.content.decode()
    assert "Forms for drivers" in owner.get("/shipments").content.decode()


def test_the_day_is_closed_and_the_list_has_the_parcels_and_no_buyer(owner, parcels):
    answer = close(owner, parcels[:2], own="1")

    manifest = Manifest.objects.get()
    assert answer["Location"] == f"/shipments/closing/{manifest.pk}"
    page = owner.get(answer["Location"])
    assert "List for the driver" in page.content.decode()
    paper = owner.get(f"/shipments/closing/{manifest.pk}/list")
    assert paper["Content-Type"] == "application/pdf"
    text = text_of(paper.content)
    for row in parcels[:2]:
        row.refresh_from_db()
        assert row.status == Status.IN_TRANSIT
        assert row.tracking_number in text
        assert row.order.external_id in text
    assert parcels[2].tracking_number not in text
    assert "2 parcels" in text
    assert "Ferrer" not in text
    assert "Luna" not in text


def test_what_leaves_later_or_elsewhere_is_not_ticked_with_the_rest(owner, parcels, workspace):
    other = CarrierAccount.objects.create(
        workspace=workspace, carrier="local", name="Van", created_at=clock.now()
    )
    Shipment.objects.filter(pk=parcels[0].pk).update(carrier_account=other)
    later = clock.now() + timedelta(days=9)
    Shipment.objects.filter(pk=parcels[1].pk).update(ships_at=later)

    groups = owner.get("/shipments/closing").context["groups"]

    assert sorted((group["count"], group["ticked"]) for group in groups) == [(1, 1), (2, 0)]
    assert close(owner, parcels)["Location"] == "/shipments/closing"
    assert Manifest.objects.count() == 0


def test_nothing_to_close_says_so(owner, store):
    assert "Nothing waits for a driver" in owner.get("/shipments/closing").content.decode()
    answer = owner.post("/shipments/closing/begin", {}, follow=True)
    assert "Tick a parcel first" in answer.content.decode()


def test_the_carriers_form_is_shown_where_there_is_one(owner, parcels, workspace):
    close(owner, parcels[:1])
    manifest = Manifest.objects.get()
    assert owner.get(f"/shipments/closing/{manifest.pk}/form").status_code == 404
    row, key = DataKey.make(workspace.key, now=clock.now())
    DataKey.keep([row])
    sealed = sealer(Manifest, "form")(b"%PDF-1.4 x", key)
    Manifest.objects.update(form=sealed, key=row, form_format="pdf", form_ends_at=clock.now())

    answer = owner.get(f"/shipments/closing/{manifest.pk}/form")

    assert answer.content == b"%PDF-1.4 x"
    assert "no-store" in answer["Cache-Control"]


def test_a_form_that_fails_says_why_and_can_be_left(owner, parcels):
    close(owner, parcels[:1])
    problem = {"text": "The carrier sleeps.", "values": {}, "code": "x"}
    Manifest.objects.update(status="asked", problem=problem, next_try_at=None, is_own=False)
    manifest = Manifest.objects.get()

    page = owner.get(f"/shipments/closing/{manifest.pk}").content.decode()
    assert "The carrier sleeps." in page
    assert "Ask again now" in page
    owner.post(f"/shipments/closing/{manifest.pk}/again")
    manifest.refresh_from_db()
    assert manifest.next_try_at is not None
    owner.post(f"/shipments/closing/{manifest.pk}/own")
    manifest.refresh_from_db()
    assert (manifest.status, manifest.is_own) == ("made", True)


@pytest.fixture
def manifest(owner, parcels):
    close(owner, parcels[:1])
    return Manifest.objects.get()


def url_of(pattern, manifest):
    needs = pattern.pattern.converters
    return reverse(pattern.name, kwargs={"manifest_id": manifest.pk} if needs else {})


@pytest.mark.parametrize("pattern", urlpatterns, ids=lambda one: one.name)
def test_whom_these_pages_let_in(client, viewer, stranger, manifest, parcels, pattern):
    url = url_of(pattern, manifest)

    nobody = [client.get(url).status_code, client.post(url).status_code]
    assert set(nobody) <= {302, 405}
    if pattern.pattern.converters:
        others = [stranger.get(url).status_code, stranger.post(url).status_code]
        assert set(others) <= {404, 405}
    viewers = viewer.post(url, {"shipment": parcels[1].pk}).status_code
    assert viewers in (403, 405)
    assert Manifest.objects.count() == 1


def test_papers_are_for_those_who_ship(viewer, manifest):
    assert viewer.get(f"/shipments/closing/{manifest.pk}").status_code == 200
    for paper in ("form", "list"):
        assert viewer.get(f"/shipments/closing/{manifest.pk}/{paper}").status_code == 403


def test_what_others_ticked_is_not_theirs(stranger, parcels):
    close(stranger, parcels)

    assert Manifest.objects.count() == 0
