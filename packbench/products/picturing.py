"""Picturing: a small copy of each product's picture, made by us of what Amazon serves.

What comes from outside is never passed on: it is decoded within bounds and written anew.
"""

import hashlib
import io
from datetime import datetime, timedelta

from django.db import transaction
from PIL import Image

from packbench.channels.base import Images
from packbench.events.recording import record
from packbench.jobs.leasing import lease
from packbench.lib.errors import Rejected, RemoteError, TemporaryError
from packbench.lib.pictures import TooManyPixels, Unreadable, check_size, opened
from packbench.lib.sentences import marked
from packbench.products.models import Product, ProductImage

SIDE_PX = 160
MOST_PIXELS = 40_000_000  # 120 MB when decoded
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
AT_ONCE = 50
MOST_TRIES = 5
RETRY_AFTER = timedelta(hours=1)

NO_IMAGE = marked("What Amazon gave as the picture is no picture that can be read.")
TOO_MANY_PIXELS = marked("The picture has more than %(most)s pixels.")


def claim_images(*, now: datetime) -> list[Product]:
    """Take products whose picture is due, for ourselves; who dies leaves them after the lease."""
    with transaction.atomic():
        due = Product.objects.filter(next_image_at__lte=now, is_image_own=False)
        ordered = due.order_by("next_image_at", "pk").select_for_update(skip_locked=True)
        rows = list(ordered[:AT_ONCE])
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
        with opened(content, formats=FORMATS) as picture:
            return _small(picture)
    except TooManyPixels as error:
        raise Rejected(TOO_MANY_PIXELS, code="image_too_large", most=MOST_PIXELS) from error
    except Unreadable as error:
        raise Rejected(NO_IMAGE, code="image_unreadable") from error


@transaction.atomic
def keep_picture(product: Product, content: bytes, *, actor: str, now: datetime) -> None:
    """Keep an uploaded picture: it counts before Amazon's. Raises Rejected for anything else."""
    small = thumbnail(content)
    version = hashlib.sha256(small).hexdigest()[:16]
    Product.objects.filter(pk=product.pk).update(
        image_version=version, is_image_own=True, next_image_at=None, image_error=None
    )
    ProductImage.objects.update_or_create(
        product_id=product.pk, defaults={"content": small, "saved_at": now}
    )
    record("product.pictured", product.workspace_id, actor=actor, now=now, product_id=product.pk)


@transaction.atomic
def remove_picture(product: Product, *, actor: str, now: datetime) -> None:
    """Forget an uploaded picture; Amazon's is fetched again. Safe to run again."""
    row = Product.objects.select_for_update(no_key=True).get(pk=product.pk)
    if not row.is_image_own:
        return
    row.is_image_own, row.image_version, row.image_tries = False, "", 0
    row.next_image_at = now if row.image_url else None
    row.save(update_fields=["is_image_own", "image_version", "image_tries", "next_image_at"])
    ProductImage.objects.filter(product=row).delete()
    record("product.pictured", row.workspace_id, actor=actor, now=now, product_id=row.pk)


def _small(picture: Image.Image) -> bytes:
    check_size(picture, MOST_PIXELS)
    picture.draft("RGB", (2 * SIDE_PX, 2 * SIDE_PX))
    has_alpha = picture.has_transparency_data
    small = picture.convert("RGBA" if has_alpha else "RGB")
    small.thumbnail((SIDE_PX, SIDE_PX), Image.Resampling.LANCZOS)
    written = io.BytesIO()
    small.save(written, "WEBP", quality=80, method=4)
    return written.getvalue()


@transaction.atomic
def _keep(product: Product, content: bytes, *, now: datetime) -> None:
    """Unless Amazon named another picture meanwhile."""
    same = Product.objects.filter(pk=product.pk, image_url=product.image_url, is_image_own=False)
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
