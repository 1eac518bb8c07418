"""Pictures are fetched from Amazon only, made small by us, and served by the desk."""

import io
import struct
import zlib
from datetime import timedelta

import pytest
from PIL import Image

from packbench.channels.registry import open_images
from packbench.lib.errors import Rejected
from packbench.products.models import Product, ProductImage
from packbench.products.picturing import MOST_TRIES, claim_images, fetch_image, thumbnail
from tests.making import NOW
from tests.products.conftest import product

pytestmark = pytest.mark.django_db


def png(width, height, rows=b"", *, bits=8):
    """A PNG that claims a size and holds these rows."""
    header = struct.pack(">IIBBBBB", width, height, bits, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    body = b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


def picture(size, kind="JPEG", mode="RGB"):
    written = io.BytesIO()
    Image.new(mode, size, "teal").save(written, kind)
    return written.getvalue()


def opened(content):
    return Image.open(io.BytesIO(content), formats=("WEBP",))


@pytest.mark.parametrize(
    ("kind", "mode"), [("JPEG", "RGB"), ("JPEG", "CMYK"), ("PNG", "RGBA"), ("GIF", "P")]
)
def test_a_picture_becomes_small_and_keeps_its_shape(kind, mode):
    small = opened(thumbnail(picture((1600, 800), kind, mode)))

    assert (small.format, small.size) == ("WEBP", (160, 80))


def test_what_a_camera_wrote_beside_the_picture_is_gone():
    written = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "Canary"
    Image.new("RGB", (300, 300)).save(written, "JPEG", exif=exif, comment=b"Canary")

    small = thumbnail(written.getvalue())

    assert b"Canary" in written.getvalue()
    assert b"Canary" not in small


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (png(60_000, 60_000), "image_too_large"),
        (png(8_000, 8_000), "image_too_large"),
        (png(2**31 - 1, 2**31 - 1), "image_too_large"),
        (png(100, 100, b"\0" * 10), "image_unreadable"),
        (png(0, 0), "image_unreadable"),
        (SVG, "image_unreadable"),
        (b"GIF89a" + b"\xff" * 50, "image_unreadable"),
        (b"<html>Sign in</html>", "image_unreadable"),
        (picture((400, 400))[:300], "image_unreadable"),
        (b"", "image_unreadable"),
    ],
    ids=["bomb", "large", "huge", "lie", "none", "svg", "gif", "html", "half", "empty"],
)
def test_a_hostile_picture_is_refused(content, code):
    with pytest.raises(Rejected) as refusal:
        thumbnail(content)

    assert refusal.value.code == code


def test_more_rows_than_a_picture_claims_are_not_unpacked():
    small = opened(thumbnail(png(20, 20, (b"\0" + b"\x80" * 60) * 20 + b"\0" * 50_000_000)))

    assert small.size == (20, 20)


def fetch_all(now):
    for each in claim_images(now=now):
        fetch_image(each, open_images(), now=now)


def test_the_picture_that_amazon_names_is_kept(sell, fetch):
    sell("MUG-ENAMEL-350")
    fetch()

    fetch_all(NOW)

    mug = product("MUG-ENAMEL-350")
    assert opened(bytes(mug.image.content)).size == (160, 160)
    assert (len(mug.image_version), mug.next_image_at, mug.image_error) == (16, None, None)
    assert claim_images(now=NOW + timedelta(days=2)) == []


def test_another_picture_takes_its_place(sell, fetch, now, sandbox):
    sell("MUG-ENAMEL-350")
    fetch()
    fetch_all(NOW)
    first = product("MUG-ENAMEL-350").image_version
    Product.objects.update(image_url=f"{sandbox.url}/images/I/OLD.png")
    now.advance(86_400)

    fetch()
    assert product("MUG-ENAMEL-350").image_version == first
    fetch_all(now())

    assert ProductImage.objects.count() == 1
    assert product("MUG-ENAMEL-350").next_image_at is None


def test_a_picture_is_not_asked_of_another_host(sell, fetch, sandbox):
    sell("MUG-ENAMEL-350")
    fetch()
    Product.objects.update(image_url="http://169.254.169.254/latest/meta-data/")

    fetch_all(NOW)

    mug = product("MUG-ENAMEL-350")
    assert (mug.image_error["code"], mug.next_image_at) == ("image_elsewhere", None)
    assert sandbox.stats()["calls"].get("image", 0) == 0


def test_an_address_that_is_none_keeps_no_other_picture_waiting(sell, fetch, sandbox):
    sell("MUG-ENAMEL-350", "TOWEL-LINEN 50x70")
    fetch()
    odd = Product.objects.filter(sku="MUG-ENAMEL-350")
    odd.update(image_url=f"{sandbox.url}/images/\x01.png")

    fetch_all(NOW)

    assert product("MUG-ENAMEL-350").image_error["code"] == "image_elsewhere"
    assert product("TOWEL-LINEN 50x70").image_version


def test_a_picture_that_does_not_come_is_tried_a_few_times(sell, fetch, sandbox):
    sell("MUG-ENAMEL-350")
    fetch()
    sandbox.faults.arm("500", "image", count=50)

    for hour in range(10):
        fetch_all(NOW + timedelta(hours=2 * hour))

    mug = product("MUG-ENAMEL-350")
    assert (mug.image_tries, mug.next_image_at, mug.image_version) == (MOST_TRIES, None, "")
    assert sandbox.stats()["calls"]["image"] == MOST_TRIES


def test_two_workers_take_no_picture_twice(sell, fetch):
    sell("MUG-ENAMEL-350", "TOWEL-LINEN 50x70")
    fetch()

    first, second = claim_images(now=NOW), claim_images(now=NOW)

    assert (len(first), second) == (2, [])
