"""Picturing: a small copy of each product's picture, made by us of what Amazon serves.

What comes from outside is never passed on: it is decoded within bounds and written anew.
"""

import hashlib
import io
import struct
import warnings
from datetime import datetime, timedelta

from django.db import transaction
from PIL import Image

from packbench.channels.base import Images
from packbench.jobs.leasing import lease
from packbench.lib.errors import Rejected, RemoteError, TemporaryError
from packbench.lib.sentences import marked
from packbench.products.models import Product, ProductImage

SIDE_PX = 160
MOST_PIXELS = 40_000_000  # 120 MB when decoded
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
AT_ONCE = 50
MOST_TRIES = 5
RETRY_AFTER = timedelta(hours=1)
# What Pillow raises for files that are damaged or made to harm.
MISREAD = (OSError, ValueError, SyntaxError, EOFError, struct.error, IndexError, KeyError)

NO_IMAGE = marked("What Amazon gave as the picture is no picture that can be read.")
TOO_MANY_PIXELS = marked("The picture has more than %(most)s pixels.")


def claim_images(*, now: datetime) -> list[Product]:
    """Take products whose picture is due, for ourselves; who dies leaves them after the lease."""
    with transaction.atomic():
        due = Product.objects.filter(next_image_at__lte=now).order_by("next_image_at", "pk")
        rows = list(due.select_for_update(skip_locked=True)[:AT_ONCE])
        mine = Product.objects.filter(pk__in=[row.pk for row in rows])
        mine.update(next_image_at=now + lease())
    return rows


def fetch_image(product: Product, images: Images, *, now: datetime) -> None:
    """Fetch the product's picture and keep a small copy; note why where that fails."""
    try:
        content = thumbnail(images.fetch(product.image_url))
    except RemoteError as error:
        _note(product, error, now=now)
    else:
        _keep(product, content, now=now)


def thumbnail(content: bytes) -> bytes:
    """Return the picture as WebP of at most 160 px a side. Raises Rejected for anything else."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
                return _small(picture)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_large() from error
    except MISREAD as error:
        raise Rejected(NO_IMAGE, code="image_unreadable") from error


def _small(picture: Image.Image) -> bytes:
    """The size is what the header says; what follows is decoded into no more than that."""
    if picture.width * picture.height > MOST_PIXELS:
        raise _too_large()
    picture.draft("RGB", (2 * SIDE_PX, 2 * SIDE_PX))
    has_alpha = picture.has_transparency_data
    small = picture.convert("RGBA" if has_alpha else "RGB")
    small.thumbnail((SIDE_PX, SIDE_PX), Image.Resampling.LANCZOS)
    written = io.BytesIO()
    small.save(written, "WEBP", quality=80, method=4)
    return written.getvalue()


def _too_large() -> Rejected:
    return Rejected(TOO_MANY_PIXELS, code="image_too_large", most=MOST_PIXELS)


@transaction.atomic
def _keep(product: Product, content: bytes, *, now: datetime) -> None:
    """Unless Amazon named another picture meanwhile."""
    same = Product.objects.filter(pk=product.pk, image_url=product.image_url)
    version = hashlib.sha256(content).hexdigest()[:16]
    if same.update(image_version=version, next_image_at=None, image_tries=0, image_error=None):
        ProductImage.objects.update_or_create(
            product_id=product.pk, defaults={"content": content, "saved_at": now}
        )


def _note(product: Product, error: RemoteError, *, now: datetime) -> None:
    tries = product.image_tries + 1
    may_come = isinstance(error, TemporaryError) and tries < MOST_TRIES
    Product.objects.filter(pk=product.pk, image_url=product.image_url).update(
        image_tries=tries,
        next_image_at=now + RETRY_AFTER if may_come else None,
        image_error={**error.sentence.as_json(), "code": error.code},
    )
