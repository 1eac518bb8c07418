"""Photographing: a picture of the parcel while it is open, for the day that somebody asks.

What a browser sends is never kept: it is decoded within bounds and written anew, without where
and with what it was taken.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from packbench.events.recording import record
from packbench.lib.errors import Rejected
from packbench.lib.pictures import Redrawn, TooManyPixels, Unreadable, redrawn
from packbench.lib.sentences import marked
from packbench.orders.models import Order
from packbench.privacy.fields import sealer
from packbench.privacy.revealing import record_disclosure, reveal
from packbench.shipments.models import Companion, ParcelPhoto, Shipment

MOST_BYTES = 8 * 1024 * 1024
MOST_PIXELS = 24_000_000  # 72 MB when decoded
SIDE_PX = 1600
MOST_PHOTOS = 8  # of one order
FORMATS = ("JPEG", "PNG", "WEBP")
FIELD = "photo"  # as it is recorded in a Disclosure

TOO_LARGE = marked("The photo is larger than 8 MB. Take it with fewer pixels.")
TOO_MANY_PIXELS = marked("The photo has more than 24 million pixels. Take it with fewer.")
NO_PHOTO = marked("This is no JPEG, PNG or WebP picture that can be read. Take it again.")
TOO_MANY = marked("There are %(most)s photos of this order already.")
ERASED = marked("The buyer's data of this order was erased: no photo is kept.")

seal_photo = sealer(ParcelPhoto, "content")


def keep_photo(
    order: Order, content: bytes, *, shipment: Shipment | None, actor: str, now: datetime
) -> ParcelPhoto:
    """Keep a photo of the order's open parcel, sealed. Raises Rejected with what to change."""
    made = _redrawn(content)
    with transaction.atomic():
        rows = Order.objects.select_for_update(of=("self",)).select_related("key__parent")
        row = rows.get(pk=order.pk)
        if row.erased_at is not None:
            raise Rejected(ERASED, code="erased")
        if row.photos.count() >= MOST_PHOTOS:
            raise Rejected(TOO_MANY, code="too_many_photos", most=MOST_PHOTOS)
        photo = ParcelPhoto.objects.create(
            workspace_id=row.workspace_id,
            order=row,
            shipment=shipment,
            content=seal_photo(made.content, row.key.opened()),
            width=made.width,
            height=made.height,
            taken_by=actor,
            taken_at=now,
        )
        record(
            "packing.photographed",
            row.workspace_id,
            actor=actor,
            now=now,
            order_id=row.pk,
            store_id=row.store_id,
            shipment_id=shipment.pk if shipment else "",
        )
    return photo


def open_photo(photo: ParcelPhoto, order: Order, *, actor: str, now: datetime) -> bytes | None:
    """The WebP for a person, on the record; None where the buyer's data was erased."""
    content: bytes | None = reveal(photo, "content", photo.order.key)
    if content is not None:
        record_disclosure(
            order.workspace_id, [order.pk], [FIELD], actor=actor, reason="order", now=now
        )
    return content


def photos_of(order: Order) -> list[ParcelPhoto]:
    """The photos of the order's parcels, shared ones too, without their contents; oldest first."""
    along = Companion.objects.filter(order=order).values("shipment")
    rows = ParcelPhoto.objects.filter(Q(order=order) | Q(shipment__in=along))
    return list(rows.filter(content__isnull=False).defer("content").order_by("taken_at", "id"))


def attach_photos(shipment: Shipment) -> None:
    """Say of which parcel the photos are that were taken before it had a label."""
    ParcelPhoto.objects.filter(order=shipment.order_id, shipment=None).update(shipment=shipment)


def forget_photos(order_ids: Sequence[str]) -> None:
    """Empty the photos of these orders' parcels, within the erasure's transaction."""
    ids = list(order_ids)
    along = Companion.objects.filter(order__in=ids).values("shipment")
    rows = ParcelPhoto.objects.filter(Q(order__in=ids) | Q(shipment__in=along))
    rows.filter(content__isnull=False).update(content=None)


def _redrawn(content: bytes) -> Redrawn:
    """The picture as WebP of at most 1600 px a side. Raises Rejected for anything else."""
    if len(content) > MOST_BYTES:
        raise Rejected(TOO_LARGE, code="photo_too_large")
    try:
        return redrawn(
            content, formats=FORMATS, side_px=SIDE_PX, most_pixels=MOST_PIXELS, quality=82
        )
    except TooManyPixels as error:
        raise Rejected(TOO_MANY_PIXELS, code="photo_too_many_pixels") from error
    except Unreadable as error:
        raise Rejected(NO_PHOTO, code="photo_unreadable") from error
