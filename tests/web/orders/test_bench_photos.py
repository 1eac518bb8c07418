"""Photos of open parcels: made anew, sealed, shown on the record, and erased with the order."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from packbench.accounts.models import Member
from packbench.events.models import Event
from packbench.lib import clock
from packbench.packing.models import BenchSettings, Packing
from packbench.privacy.models import Disclosure
from packbench.shipments import photographing
from packbench.shipments.combining import combine_orders
from packbench.shipments.erasing import erase_now
from packbench.shipments.models import ParcelPhoto
from tests.making import make_item, make_means, make_member, make_order
from tests.web.orders.conftest import browser_of, labeled
from tests.web.orders.test_bench import scan, scan_all
from tests.web.stores.consenting import text_of

GPS = 0x8825


@pytest.fixture
def packer(workspace):
    BenchSettings.objects.create(workspace=workspace, takes_photo=True)
    return browser_of(make_member(workspace, "paco@example.com", Member.Role.PACKER))


@pytest.fixture
def order(store):
    return make_order(store, items=(make_item(sku="MUG", quantity=1),), weight_g=900)


def jpeg(width=2000, height=1000, *, turned=False):
    """A red picture with the place it was taken at; turned by its header, as phones do."""
    file, exif = io.BytesIO(), Image.Exif()
    exif.get_ifd(GPS)[1] = "N"
    if turned:
        exif[0x0112] = 6
    Image.new("RGB", (width, height), "red").save(file, "JPEG", exif=exif)
    return file.getvalue()


def send(browser, content, packing=None):
    packing = packing or Packing.objects.latest("opened_at")
    file = SimpleUploadedFile("parcel.jpg", content, "image/jpeg")
    return browser.post(f"/bench/{packing.pk}/photo", {"photo": file}).json()


def test_a_photo_is_made_anew_sealed_and_shown_on_the_order_on_the_record(packer, order):
    scan(packer, labeled(order).tracking_number)

    said = send(packer, jpeg(turned=True))

    assert said["kind"] == "success"
    row = ParcelPhoto.objects.get()
    assert (row.width, row.height) == (800, 1600)
    assert b"RIFF" not in bytes(row.content.ciphertext)
    page = packer.get(f"/orders/{order.pk}").content.decode()
    url = f"/orders/{order.pk}/photos/{row.pk}"
    assert url in page
    picture = packer.get(url)
    with Image.open(io.BytesIO(picture.content)) as made:
        assert (made.format, made.size, dict(made.getexif())) == ("WEBP", (800, 1600), {})
    assert picture.headers["Cache-Control"] == "no-store"
    look = Disclosure.objects.get(fields=["photo"])
    assert (look.order_ids, look.reason) == ([order.pk], "order")
    assert Event.objects.filter(name="packing.photographed", order_id=order.pk).exists()
    assert "1 photo of this order" in text_of(packer.get("/bench"))


def test_a_photo_taken_before_the_label_is_of_its_parcel(packer, order, workspace):
    scan(packer, order.external_id)
    send(packer, jpeg())
    assert ParcelPhoto.objects.get().shipment is None

    packer.post("/bench/leave")
    shipment = labeled(order)
    scan_all(packer, shipment.tracking_number, "MUG")

    assert ParcelPhoto.objects.get().shipment_id == shipment.pk
    assert send(packer, jpeg())["kind"] == "success"  # the closed parcel is still on the bench


def test_viewers_and_strangers_see_no_photo(packer, viewer, stranger, order):
    scan(packer, labeled(order).tracking_number)
    send(packer, jpeg())
    url = f"/orders/{order.pk}/photos/{ParcelPhoto.objects.get().pk}"

    assert viewer.get(url).status_code == 403
    assert stranger.get(url).status_code == 404
    assert url not in viewer.get(f"/orders/{order.pk}").content.decode()
    assert send(packer, jpeg())["kind"] == "success"
    packing = Packing.objects.get()
    assert viewer.post(f"/bench/{packing.pk}/photo").status_code == 403


def test_a_photo_ends_with_the_order(packer, order):
    shipment = labeled(order)
    scan_all(packer, shipment.tracking_number, "MUG")
    send(packer, jpeg())
    url = f"/orders/{order.pk}/photos/{ParcelPhoto.objects.get().pk}"

    erase_now(order, why="asked", actor="ines", now=clock.now())

    assert ParcelPhoto.objects.get().content is None
    assert packer.get(url).status_code == 404
    assert url not in packer.get(f"/orders/{order.pk}").content.decode()
    assert "was erased" in send(packer, jpeg())["text"]
    assert ParcelPhoto.objects.filter(content__isnull=False).count() == 0


def test_the_photo_of_a_shared_parcel_is_on_both_orders_and_ends_with_the_first(
    packer, order, store, workspace
):
    other = make_order(store, external_id="402-2", items=(make_item("2", sku="MUG"),))
    combine_orders([order, other], make_means(workspace), actor="t", now=clock.now())
    scan(packer, order.external_id)
    send(packer, jpeg())
    urls = [f"/orders/{pk}/photos/{ParcelPhoto.objects.get().pk}" for pk in (other.pk, order.pk)]
    assert [packer.get(url).status_code for url in urls] == [200, 200]

    erase_now(other, why="asked", actor="ines", now=clock.now())

    assert ParcelPhoto.objects.get().content is None
    assert (
        packer.get(f"/orders/{order.pk}/photos/{ParcelPhoto.objects.get().pk}").status_code == 404
    )


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "no JPEG, PNG or WebP"),
        (b"<svg onload=alert(1)>", "no JPEG, PNG or WebP"),
        (jpeg()[:900], "no JPEG, PNG or WebP"),
        (b"x" * (8 * 1024 * 1024 + 1), "larger than 8 MB"),
    ],
)
def test_what_is_no_photo_is_refused_with_what_to_do(packer, order, content, word):
    scan(packer, labeled(order).tracking_number)

    said = send(packer, content)

    assert said["kind"] == "error"
    assert word in said["text"]
    assert not ParcelPhoto.objects.exists()


@pytest.mark.parametrize("side", [5_000, 30_000])
def test_a_bomb_of_pixels_is_refused_before_it_is_opened(packer, order, side):
    file = io.BytesIO()
    Image.new("1", (side, side)).save(file, "PNG")
    scan(packer, labeled(order).tracking_number)

    assert "24 million pixels" in send(packer, file.getvalue())["text"]


def test_no_more_than_some_photos_of_an_order_and_none_where_the_bench_takes_none(
    packer, order, monkeypatch
):
    monkeypatch.setattr(photographing, "MOST_PHOTOS", 1)
    scan(packer, labeled(order).tracking_number)
    send(packer, jpeg(20, 20))
    assert "1 photos of this order already" in send(packer, jpeg(20, 20))["text"]

    BenchSettings.objects.update(takes_photo=False)

    assert "takes no photos" in send(packer, jpeg(20, 20))["text"]
    assert ParcelPhoto.objects.count() == 1
